"""Results of every kind and chains of jobs, as they are seen in JupyterLab."""

import re

import pytest
from browser.accessibility import faint, unnamed, unreached
from browser.cells import BEGIN, SANDBOXED
from browser.conftest import OpenNotebook
from browser.test_player_browser import plays, source
from conftest import Samples
from playwright.sync_api import expect

from lipsync_nb.sandbox import Sandbox

SPEECH = """
import json, shutil, tempfile
from faces import speech
from lipsync_nb.results import Subtitle, Voice, to_json
parts = [Subtitle(0.0, 0.9, "Hello <b>there</b>,"), Subtitle(0.9, 1.6, "my friend.")]
said = str(speech(here / "speech.wav", "Hello there, my friend."))
spoken = dict(vendor="chanjing", kind="Speech", makes="Audio")
done = dict(status="succeeded", path=said, result=to_json(None, parts))
"""
AUDIO = (
    BEGIN
    + SPEECH
    + "client = client_of(here, made_up(1, **spoken, **done))\n"
    + "job = client.job(made_up(1).id)\n"
    + "outside = shutil.copy(said, tempfile.mkdtemp())\n"
)


def test_an_audio_has_a_player_and_subtitles(notebook: OpenNotebook) -> None:
    """A job, a row's card, and a file that no server has; nothing says that it is a video."""
    opened = notebook(
        AUDIO,
        "job",
        "table = client.table(); table.selected = job; table",
        "ls.Audio(Path(outside), subtitles=tuple(parts))",
    )
    opened.run_all()
    sounds = [opened.output(cell).locator("audio") for cell in range(1, 4)]
    for sound in sounds:
        plays(sound)

    assert source(sounds[2]).startswith("blob:")
    for cell in (2, 3):
        opened.output(cell).get_by_text("Subtitles").click()
        expect(opened.output(cell).get_by_text("Hello <b>there</b>,")).to_be_visible()
    opened.output(3).get_by_role("button", name="Play from 0:00.9").click()
    assert "video" not in "".join(opened.output(cell).inner_text() for cell in range(1, 4)).lower()
    for theme in ("light", "dark"):
        opened.theme(theme)
        opened.shot(f"audio-{theme}")
        for cell in (2, 3):
            shown = opened.output(cell).locator(".ls")
            assert unnamed(shown) == []
            assert faint(shown) == []
            assert unreached(shown) == []


CHAIN = (
    BEGIN
    + SPEECH
    + "ids = made_up(1).id, made_up(2).id, made_up(3).id\n"
    + "now = dict(created_at=time.time())\n"
    + "uses = dict(vendor='chanjing', kind='LipSync', status='waiting', vendor_id=None)\n"
    + "client = client_of(here,\n"
    + "    made_up(1, **spoken, **now, status='running', progress=0.4),\n"
    + "    made_up(2, **uses, **now, inputs=ids[0]),\n"
    + "    made_up(3, **uses, **now, inputs=f'{ids[1]} {ids[0]}'))\n"
)


def test_a_waiting_row_and_a_chain_are_live(notebook: OpenNotebook) -> None:
    """The row says for what it waits; its card draws all steps; both follow the inputs."""
    opened = notebook(CHAIN, "table = client.table(); table.selected = client.job(ids[2]); table")
    opened.run_all()
    output = opened.output(1).locator(".ls")
    row = output.locator(f"tr[data-id={made_up_id(2)}]")
    expect(row.get_by_text("waiting for Speech job0…")).to_be_visible()
    expect(row.locator("[data-column=makes]")).to_have_text("Video")
    chain = output.get_by_role("region", name="How it is made")
    steps = chain.get_by_role("listitem")
    expect(steps).to_have_count(3)
    expect(steps.nth(0)).to_contain_text("running")
    expect(steps.nth(2)).to_contain_text("from LipSync job0… and Speech job0…")
    for theme in ("light", "dark"):
        opened.theme(theme)
        opened.shot(f"chain-{theme}", of=output)
        assert unnamed(output) == []
        assert faint(output) == []
        assert unreached(output) == []

    opened.run("change(client, 1, **done, finished_at=time.time())")
    expect(steps.nth(0)).to_contain_text("succeeded")
    expect(row.get_by_text("waiting for")).to_have_count(0)

    steps.nth(0).get_by_role("button").click()
    plays(output.get_by_role("article").locator("audio"))
    assert opened.ask("table.selected.id") == f"'{made_up_id(1)}'"


def made_up_id(number: int) -> str:
    return f"job{number:013}"


def test_what_is_no_file_is_seen(notebook: OpenNotebook) -> None:
    """A voice with its preview, a text with its lines; an expired voice says what to do."""
    opened = notebook(
        AUDIO
        + "voice = dict(vendor='chanjing', kind='CloneVoice', makes='Voice', path=None)\n"
        + "made = to_json(Voice('chanjing', 'C-1', '<i>Mine</i>', 'https://127.0.0.1:9/a.wav'))\n"
        + "text = dict(kind='Write', makes='Text', result=to_json('first line\\nsecond <b>line'))\n"
        + "client = client_of(here / 'others',\n"
        + "    made_up(1, **voice, status='succeeded', result=made),\n"
        + "    made_up(2, **text, status='succeeded'),\n"
        + "    made_up(3, **voice, status='expired', result=made))\n"
        + "table = client.table()",
        "table",
        "client.job(made_up(1).id)",
        "client.job(made_up(2).id).result()",
    )
    opened.run_all()
    output = opened.output(1).locator(".ls")
    card = output.get_by_role("article")

    output.locator(f"tr[data-id={made_up_id(1)}]").click()
    expect(card.get_by_text("<i>Mine</i>")).to_be_visible()
    expect(card.get_by_label("Preview of voice <i>Mine</i>")).to_be_visible()
    opened.shot("voice", of=output)
    output.locator(f"tr[data-id={made_up_id(2)}]").click()
    expect(card.get_by_role("group", name="Text of")).to_have_text("first line\nsecond <b>line")
    output.locator(f"tr[data-id={made_up_id(3)}]").click()
    expect(card.get_by_text("the vendor has it no longer")).to_be_visible()
    expect(card.get_by_role("button", name="Resubmit…")).to_be_visible()
    opened.shot("expired", of=output)
    expect(opened.output(2).get_by_label("Preview of Voice <i>Mine</i>")).to_be_visible()
    expect(opened.output(3).get_by_text("second <b>line")).to_be_visible()


@pytest.mark.parametrize("width", [480, 1280])
def test_a_job_is_picked_as_an_input(
    notebook: OpenNotebook, sandbox: Sandbox, beside: Samples, width: int
) -> None:
    """A voice is heard and chosen, its speech is picked in the next form, and the video plays."""
    assert beside.clip.exists()
    opened = notebook(
        SANDBOXED.format(home=str(sandbox.home)),
        "speaking = client.form(ls.chanjing.Speech); speaking",
        "syncing = client.form(ls.chanjing.LipSync); syncing",
        size=(width, 2400),
    )
    opened.run_all()
    first, second = (opened.output(cell).locator(".lsf") for cell in (1, 2))

    first.get_by_label("Text *", exact=True).fill("Hello there, my friend.")
    expect(first.get_by_text("to choose from")).to_be_visible()
    voice = first.get_by_label("Voice *", exact=True)
    voice.fill(first.locator("datalist option").nth(1).get_attribute("value") or "")
    first.get_by_role("button", name=re.compile("Load a preview from 127.0.0.1")).click()
    plays(first.locator("audio"))
    opened.shot(f"form-speech-{width}", of=first)
    first.get_by_role("button", name="Submit", exact=True).click()
    expect(first.locator(".lsf-status")).to_contain_text(re.compile("[Jj]ob"))

    second.get_by_label("Video *", exact=True).fill("face.mp4")
    audio = second.locator(".lsf-field").filter(has=opened.page.get_by_label("Audio *", exact=True))
    audio.get_by_role("button", name="Use a job …").click()
    audio.get_by_label("Job for audio").select_option(index=1)
    second.get_by_label("Show the Python for this").check()
    python = re.compile(r'audio=client\.job\("\w{16}"\),')
    expect(second.locator("pre code")).to_contain_text(python)
    for theme in ("light", "dark"):
        opened.theme(theme)
        opened.shot(f"form-picker-{theme}-{width}", of=second)
        assert unnamed(second) == []
        assert faint(second) == []
    second.get_by_role("button", name="Submit", exact=True).click()

    expect(second.locator(".lsf-status")).to_have_text(re.compile(r"Job \w+ succeeded\."))
    steps = second.get_by_role("region", name="How it is made").get_by_role("listitem")
    expect(steps.nth(0)).to_contain_text("Speech")
    plays(second.locator("article video"))
    opened.shot(f"form-chain-{width}", of=second)
