"""Forms, as they are filled in by mouse and keyboard in JupyterLab."""

import re
import shutil
import time
from collections.abc import Callable

import pytest
from browser.accessibility import faint, unnamed, unreached, values
from browser.cells import SANDBOXED, held
from browser.conftest import OpenNotebook
from browser.kernels import KERNELS
from browser.lab import Notebook
from conftest import Samples
from playwright.sync_api import Locator, expect
from vendors.cases import CASES

from lipsync_nb.sandbox import Sandbox
from lipsync_nb.vendors import VENDORS

PROMPT_S = 30
"""For what takes a quarter of a second, on a machine that has much else to do."""
TYPED = {f"{name}.{case.form[0]}": case.form[1] for name, case in CASES.items()}
"""What is typed into which field, by the request."""
KINDS = [f"{name}.{kind.kind()}" for name, vendor in VENDORS.items() for kind in vendor.kinds]

ENDED = re.compile(r"Job \w+ succeeded\.")
"""What the form says at last."""

OpenForm = Callable[..., Notebook]


@pytest.fixture
def open_form(notebook: OpenNotebook, sandbox: Sandbox, beside: Samples) -> OpenForm:
    """Return an opener of notebooks with one form; media lie beside them."""
    assert beside.face.exists()

    def open_form(kind: str, **options: object) -> Notebook:
        begin = SANDBOXED.format(home=str(sandbox.home))
        opened = notebook(begin, f"form = client.form(ls.{kind}); form", **options)
        opened.run_all()
        return opened

    return open_form


def form(opened: Notebook) -> Locator:
    return opened.output(1).locator(".lsf")


def status(opened: Notebook) -> Locator:
    return form(opened).locator(".lsf-status")


def control(opened: Notebook, label: str) -> Locator:
    return form(opened).get_by_label(label, exact=True)


def field(opened: Notebook, label: str) -> Locator:
    """Return a control with all that belongs to it."""
    own = opened.page.get_by_label(label, exact=True)
    return form(opened).locator(".lsf-field").filter(has=own)


def fill(opened: Notebook, typed: dict[str, str]) -> None:
    """Type into fields as a person does: what was there is selected and written over."""
    for label, text in typed.items():
        control(opened, label).click()
        opened.page.keyboard.press("ControlOrMeta+a")
        opened.page.keyboard.type(text)


def press(opened: Notebook, name: str) -> Locator:
    """Press a button by the keyboard: it moves while a preview above it grows; return it."""
    button = form(opened).get_by_role("button", name=name, exact=True)
    button.focus()
    opened.page.keyboard.press("Enter")
    return button


NOTE = """form => {
    window.said = [];
    window.percentages = [];
    new MutationObserver(() => {
        if (!form.isConnected) return;
        window.said.push(form.querySelector(".lsf-status").textContent);
        const bar = form.querySelector("[role=progressbar][aria-label^=Progress], .ls-bar");
        window.percentages.push(bar?.getAttribute("aria-valuenow"));
    }).observe(form, { attributes: true, childList: true, characterData: true, subtree: true });
}"""


@pytest.mark.parametrize("kind", TYPED)
def test_a_form_is_filled_in_submitted_and_shows_the_video(open_form, kind):
    """By mouse and keyboard; the job is seen queued, running and done, then its video plays."""
    opened = open_form(kind)
    form(opened).evaluate(NOTE)

    fill(opened, TYPED[kind])
    button = press(opened, "Submit")

    expect(status(opened)).to_have_text(ENDED)
    expect(button).to_be_focused()
    said = " ".join(opened.page.evaluate("window.said"))
    assert said.index("Submitted") < said.index("running") < said.index("succeeded")
    plays(form(opened).locator("video"))


def plays(video: Locator) -> None:
    """Wait until a video plays."""
    video.evaluate("video => { video.muted = true; video.play(); }")
    deadline = time.monotonic() + 60
    while video.evaluate("video => video.readyState") < 3:
        assert time.monotonic() < deadline, "it does not play"
        time.sleep(0.1)


def test_what_was_typed_last_is_submitted(open_form, tmp_path):
    """Also while the kernel is at work, when the browser holds back what is typed."""
    go_on = tmp_path / "go on"
    opened = open_form("lingdong.Generate")
    fill(opened, {"Source *": "face.png"})

    opened.run(held(go_on))
    fill(opened, {"Audio *": "speech.wav"})
    opened.page.keyboard.press("Tab")
    press(opened, "Submit")
    go_on.touch()

    expect(status(opened)).to_have_text(ENDED)


@pytest.mark.campaign(small=lambda kernel: kernel == KERNELS[-1])
@pytest.mark.parametrize("kernel", KERNELS)
def test_a_job_is_followed_while_a_cell_blocks(open_form, sandbox, kernel):
    """Whatever the kernel's version: progress goes on, and so does the end."""
    sandbox.configure(pace=1)  # polls see it often
    sandbox.faults("chanjing", "latency", step="prepare", times=2, seconds=4)  # it blocks first
    opened = open_form("chanjing.LipSync", kernel=kernel)
    fill(opened, TYPED["chanjing.LipSync"])
    press(opened, "Submit")
    expect(status(opened)).to_contain_text(re.compile("[Jj]ob"))

    opened.run("time.sleep(600)")
    opened.await_busy()
    form(opened).evaluate(NOTE)

    expect(status(opened)).to_have_text(ENDED)
    assert opened.busy()
    assert len(set(opened.page.evaluate("window.percentages"))) >= 5


def fill_lingdong(opened: Notebook) -> None:
    """Fill in Lingdong's form until both previews are there: one that grows moves its button."""
    fill(opened, TYPED["lingdong.Generate"])
    expect(form(opened).get_by_role("img", name="Source: face.png")).to_be_visible()
    expect(form(opened).get_by_role("button", name="Play")).to_be_visible()


def submit(opened: Notebook) -> float:
    """Press the button; return how many seconds it takes until an error is shown."""
    began = time.monotonic()
    form(opened).get_by_role("button", name="Submit", exact=True).click()
    expect(form(opened).locator(".lsf-status.lsf-bad")).to_be_visible()
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("fault", "settings", "said"),
    [
        ("status", {"status": 401, "body": "bad key"}, "401"),
        ("status", {"status": 403, "body": "no credits"}, "403"),
        ("rate_limited", {"retry_after": 5}, "429"),
        ("status", {"status": 500}, "500"),
    ],
)
def test_what_the_vendor_refuses_is_reported_at_once(  # noqa: PLR0917 - fixtures
    open_form, sandbox, figure, fault, settings, said
):
    """With what to do; and the button can be pressed again."""
    opened = open_form("lingdong.Generate")
    fill_lingdong(opened)
    sandbox.faults("lingdong", fault, step="submit", **settings)

    seconds = submit(opened)

    expect(status(opened)).to_contain_text(said)
    expect(form(opened).get_by_role("button", name="Submit", exact=True)).to_be_enabled()
    figure(f"{said} shown in the form after {seconds:.2f} s")
    assert seconds < PROMPT_S


def test_an_exception_in_a_callback_is_reported_at_once(open_form):
    """Widgets by themselves would show it nowhere."""
    opened = open_form("lingdong.Generate")
    fill_lingdong(opened)
    opened.run("client.submit = lambda *_, **__: 1 / 0")

    seconds = submit(opened)

    expect(status(opened)).to_contain_text("ZeroDivisionError")
    expect(form(opened).get_by_role("button", name="Submit", exact=True)).to_be_enabled()
    assert seconds < PROMPT_S


def test_errors_stand_beside_their_fields(open_form):
    """All at once after the button; each goes when it is mended."""
    opened = open_form("chanjing.LipSync")

    submit(opened)
    expect(form(opened).get_by_role("alert")).to_have_text(["Field required"] * 2)
    opened.shot("form-errors", of=form(opened))

    fill(opened, {"Video *": "face.mp4", "Volume (1 – 100)": "500"})
    opened.page.keyboard.press("Tab")
    expect(form(opened).get_by_role("alert")).to_have_text(
        ["Field required", re.compile("less than or equal to 100")]
    )


def test_a_voice_is_chosen_from_the_vendors_list(open_form):
    """It is fetched when its field appears; only the chosen alternative is seen."""
    opened = open_form("chanjing.LipSync")
    fill(opened, {"Video *": "face.mp4"})
    expect(form(opened).get_by_role("img")).to_be_visible()
    expect(control(opened, "Audio *")).to_be_visible()

    form(opened).get_by_role("radio", name="Text to speak").check()

    expect(control(opened, "Audio *")).to_be_hidden()
    options = form(opened).locator("datalist option")
    voice = field(opened, "Voice *")
    expect(voice.get_by_text("to choose from")).to_be_visible()
    assert options.count() >= 3
    opened.shot("form-voices", of=form(opened))


def test_segments_are_added_and_removed(open_form):
    """By their buttons."""
    opened = open_form("xingyun.RenderScript")

    form(opened).get_by_role("button", name="Add segment").click()
    expect(control(opened, "Text *")).to_have_count(2)
    control(opened, "Text *").last.fill("the second")
    form(opened).get_by_role("button", name="Remove segment 1").click()

    expect(control(opened, "Text *")).to_have_count(1)
    expect(control(opened, "Text *")).to_have_value("the second")
    expect(form(opened).get_by_role("button", name="Add segment")).to_be_focused()


def test_a_path_completes_itself_and_is_looked_at(open_form):
    """A picture is shown; a clip plays; what lies elsewhere is not asked for unbidden."""
    opened = open_form("lingdong.Generate")
    source = field(opened, "Source *")

    fill(opened, {"Source *": "fa"})
    expect(source.locator("datalist option[value='face.mp4']")).to_have_count(1)
    fill(opened, {"Source *": "face.mp4"})
    expect(source.get_by_role("img", name="Source: face.mp4")).to_be_visible()
    source.get_by_role("button", name="Play: Source").click()
    plays(source.locator("video"))

    fill(opened, {"Source *": "https://example.com/face.png"})
    button = source.get_by_role("button", name="Load a preview from example.com: Source")
    expect(button).to_be_visible()


def test_a_file_that_no_server_has_plays_all_the_same(open_form, tmp_path, samples):
    """The kernel brings it, once, however often its button is pressed."""
    path = shutil.copy(samples.clip, tmp_path / "elsewhere.mp4")
    opened = open_form("lingdong.Generate")
    source = field(opened, "Source *")

    fill(opened, {"Source *": str(path)})
    source.get_by_role("button", name="Play: Source").dblclick()

    plays(source.locator("video"))
    expect(source.locator("video")).to_be_focused()
    assert source.locator("video").get_attribute("src").startswith("blob:")


def test_the_cost_follows_the_fields(open_form):
    """While they are filled in."""
    opened = open_form("lipsync_studio.LipSyncImage")
    expect(form(opened).locator(".lsf-cost")).to_contain_text("not known yet")

    fill(opened, {"Image *": "face.png", "Audio *": "speech.wav"})
    expect(form(opened).locator(".lsf-cost")).to_contain_text("≈ 10 credits")
    control(opened, "Resolution").select_option("720p")
    expect(form(opened).locator(".lsf-cost")).to_contain_text("≈ 20 credits")


@pytest.mark.campaign(small=lambda kind: kind in TYPED)
@pytest.mark.parametrize("kind", KINDS)
def test_a_form_is_for_everybody(open_form, kind):
    """Every control has a name, Tab comes to each, and every text is legible in both themes."""
    opened = open_form(kind)
    submit(opened)
    wide = "notes => notes.filter(note => note.scrollWidth > note.clientWidth).length"

    assert form(opened).locator(".lsf-note").evaluate_all(wide) == 0
    assert unnamed(form(opened)) == []
    assert unreached(form(opened)) == []
    for theme in ("light", "dark"):
        opened.theme(theme)
        assert faint(form(opened)) == []
        opened.shot(f"form-{kind}-{theme}", of=form(opened))


def test_progress_is_reported_to_everybody(open_form):
    """An upload's bar has a value."""
    opened = open_form("lingdong.Generate")
    audio = field(opened, "Audio *")
    huge = {"name": "long.wav", "mimeType": "audio/wav", "buffer": bytes(40_000_000)}
    audio.locator("input[type=file]").set_input_files(huge)

    expect(audio.get_by_role("progressbar")).to_have_attribute("aria-valuenow", re.compile(r"\d+"))
    assert values(form(opened), "progressbar") != [None]


@pytest.mark.parametrize("width", [420, 700])
def test_a_form_fits_into_a_narrow_window(open_form, width):
    """Nothing is cut off, and nothing has to be scrolled sideways."""
    opened = open_form("chanjing.LipSync", size=(width, 1800))
    fill(opened, {"Video *": "face.mp4"})
    expect(form(opened).get_by_role("img")).to_be_visible()
    form(opened).get_by_role("radio", name="Text to speak").check()

    overflow = form(opened).evaluate("form => form.scrollWidth - form.clientWidth")

    assert overflow <= 0
    opened.shot(f"form-narrow-{width}", of=form(opened))
