"""The blind vote, as it is seen, heard and steered in JupyterLab."""

import pytest
from browser.accessibility import faint, unnamed, unreached
from browser.cells import BEGIN
from browser.conftest import OpenNotebook
from browser.lab import Notebook
from playwright.sync_api import Locator, expect

SHOWN = (
    BEGIN
    + """
from compare.past import VENDORS, compared, entries

client = client_of(here)
clips = [Path(f"clips/{number}.mp4") for number, _ in enumerate(VENDORS)]
past = compared(client, entries(), clips)
"""
)
pytestmark = pytest.mark.usefixtures("clips")

VOTES = "past.votes['choice'].tolist()"


@pytest.fixture
def opened(notebook: OpenNotebook) -> tuple[Notebook, Locator]:
    """A vote on three videos, the first pair of which is loaded."""
    page = notebook(SHOWN, "past.vote('Ann', seed=1)")
    page.run_all()
    vote = page.output(1).locator(".ls-vote")
    ready(vote, "Pair 1 of 3")
    return page, vote


def ready(vote: Locator, said: str) -> None:
    """Wait for a pair that can be voted on."""
    expect(vote.get_by_role("status")).to_have_text(said)
    expect(vote.get_by_role("button", name="Equal")).to_be_enabled()


def test_a_vote_by_mouse(opened: tuple[Notebook, Locator]) -> None:
    """Pair by pair to the end; each choice is in the ledger."""
    page, vote = opened

    vote.get_by_role("button", name="A is better").click()
    ready(vote, "Pair 2 of 3")
    vote.get_by_role("button", name="Skip").click()
    ready(vote, "Pair 3 of 3")
    vote.get_by_role("button", name="B is better").click()

    expect(vote.get_by_role("status")).to_have_text("All 3 pairs seen. Thank you.")
    expect(vote.locator("video").first).to_be_hidden()
    assert page.ask(VOTES) == "['left', 'skip', 'right']"
    assert page.ask("set(past.votes['voter'])") == "{'Ann'}"


def test_a_vote_by_keyboard(opened: tuple[Notebook, Locator]) -> None:
    """Seek, play, switch the sound, choose; no key does anything to the notebook."""
    page, vote = opened
    left, right = vote.locator("video").all()

    vote.press("ArrowRight")
    expect(right).to_have_js_property("currentTime", 1)
    expect(vote.get_by_role("slider")).to_have_attribute("aria-valuetext", "1.0 of 9.0 s")
    vote.press(" ")
    expect(left).to_have_js_property("paused", False)
    expect(right).to_have_js_property("paused", False)
    expect(left).to_have_js_property("muted", False)
    vote.press("x")
    expect(left).to_have_js_property("muted", True)
    expect(right).to_have_js_property("muted", False)
    vote.press(" ")
    expect(right).to_have_js_property("paused", True)
    for number, key in enumerate(("2", "="), 2):
        vote.press(key)
        ready(vote, f"Pair {number} of 3")
    vote.press("s")

    expect(vote.get_by_role("status")).to_have_text("All 3 pairs seen. Thank you.")
    assert page.ask(VOTES) == "['right', 'equal', 'skip']"
    assert page.page.locator(".jp-Notebook .jp-Cell").count() == 2


def test_nothing_in_the_page_tells_whose_they_are(opened: tuple[Notebook, Locator]) -> None:
    """No vendor, no job, no file's name in the output; the videos come by blob."""
    page, vote = opened
    markup = page.output(1).evaluate("element => element.outerHTML").lower()
    sources = vote.locator("video").evaluate_all("videos => videos.map(v => v.src)")
    secrets = ["lingdong", "yunai", "chanjing", "job0", ".mp4"]

    assert [word for word in secrets if word in markup] == []
    assert all(source.startswith("blob:") for source in sources)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everyone_can_vote(opened: tuple[Notebook, Locator], theme: str) -> None:
    """Every control has a name, every text stands out, Tab reaches everything."""
    page, vote = opened
    page.theme(theme)

    page.shot(f"vote-{theme}", of=page.output(1))
    assert unnamed(vote) == []
    assert faint(vote) == []
    assert unreached(vote) == []
