"""How results of each kind are shown: in a notebook, in cards, tables, and without widgets."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from faces import speech
from notebook.ledgers import client_of, made_up
from notebook.tab import Tab

import lipsync_nb as ls
from lipsync_nb.ledger.record import Record
from lipsync_nb.notebook.card import job_card
from lipsync_nb.notebook.display import job_bundle, result_bundle
from lipsync_nb.notebook.fallback import job_html, table_html, table_text
from lipsync_nb.notebook.form_footer import VERBS
from lipsync_nb.notebook.player import FilePlayer
from lipsync_nb.notebook.remedies import remedy
from lipsync_nb.notebook.result_card import preview_of
from lipsync_nb.results import Subtitle, to_json
from lipsync_nb.status import JobStatus

PARTS = (Subtitle(0.0, 0.9, "<b>Hello</b> there,"), Subtitle(0.9, 1.6, "my friend."))
STATUS_JS = Path(ls.__file__).parent / "notebook" / "static" / "status.js"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second and a half of speech."""
    return speech(tmp_path_factory.mktemp("sound") / "speech.wav", "Hello there, my friend.")


def spoken(sound: Path) -> Record:
    """A job that has made an audio."""
    facts: dict[str, Any] = {"vendor": "chanjing", "kind": "Speech", "makes": "Audio"}
    return made_up(
        1, status="succeeded", path=str(sound), result=to_json(None, PARTS), cost=None, **facts
    )


def made(thing: ls.Voice | ls.Avatar | ls.Text, **facts: Any) -> Record:
    """A job that has made what is no file."""
    known: dict[str, Any] = {"status": "succeeded", "makes": type(thing).__name__}
    return made_up(1, **(known | {"kind": "Make", "result": to_json(thing)} | facts))


def test_an_audio_is_an_audio_everywhere(
    tmp_path: Path, sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A player for sound, its subtitles with times; nowhere is it called a video."""
    monkeypatch.chdir(sound.parent)
    with client_of(tmp_path, spoken(sound)) as client:
        job = client.job(made_up(1).id)
        html = job_bundle(job)["text/html"] + result_bundle(job.result())["text/html"]
        card = job_card(job.record)
        shown = html + repr(card) + repr(job) + "".join(client.table().fallback().values())

    assert '<audio controls preload="metadata" src="speech.wav"' in html
    assert "0.9 – 1.6 s" in html
    assert "&lt;b&gt;Hello&lt;/b&gt; there," in html
    assert card["result"]["kind"] == "audio"
    assert card["result"]["subtitles"] == [[0.0, 0.9, PARTS[0].text], [0.9, 1.6, PARTS[1].text]]
    assert "video" not in shown.lower().replace("lipsync_nb", "")


def test_the_kernel_gives_an_audio(sound: Path) -> None:
    """Where no server has it, with the type by which the browser plays it."""
    with Tab() as tab:
        answer = tab.ask(FilePlayer(ls.Audio(sound)), op="blob", video="", offset=0)

    assert (answer["data"], answer["mime"]) == (sound.read_bytes(), "audio/wav")


def test_a_text_is_shown_as_itself(tmp_path: Path) -> None:
    """Also one that looks like markup; it is a str."""
    text = ls.Text("first <b>line</b>\nsecond")
    bundle = result_bundle(text)
    with client_of(tmp_path, made(text)) as client:
        job = client.job(made_up(1).id)
        card, row = job_card(job.record), table_text([job.record])

    assert bundle["text/plain"] == text
    assert "first &lt;b&gt;line&lt;/b&gt;\nsecond" in bundle["text/html"]
    assert card["result"] == {"kind": "text", "text": text}
    assert "first <b>line</b> second" in row


@pytest.mark.parametrize(
    ("resource", "element"),
    [
        (ls.Voice("chanjing", "C-1", "<i>Ann</i>", "https://a.example/a.mp3"), "<audio controls"),
        (ls.Avatar("xingyun", "look", "<i>Ann</i>", "https://a.example/a.png?x=1"), "<img src="),
        (ls.Avatar("xingyun", "look", "<i>Ann</i>", "https://a.example/a.mp4"), "<video controls"),
    ],
)
def test_a_voice_and_a_person_have_previews(
    tmp_path: Path, resource: ls.Voice | ls.Avatar, element: str
) -> None:
    """With name, id and vendor, all of them escaped."""
    html = result_bundle(resource)["text/html"] + job_html(made(resource))
    with client_of(tmp_path, made(resource)) as client:
        card = job_card(client.job(made_up(1).id).record)["result"]

    assert html.count(element) == 2
    assert html.count("&lt;i&gt;Ann&lt;/i&gt;</strong>") == 2
    assert "<i>" not in html
    assert (card["id"], card["name"]) == (resource.id, "<i>Ann</i>")
    assert card["preview"]["url"] == resource.preview


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//x/y", "https://", ""],
)
def test_other_previews_are_not_shown(url: str) -> None:
    """A vendor gives any text for a URL; only http(s) ones are put into the page."""
    voice = ls.Voice("chanjing", "C-1", "Ann", url)

    assert preview_of(voice) is None
    assert "src=" not in result_bundle(voice)["text/html"]


def test_an_unreadable_result_is_no_result() -> None:
    """The job is shown without it."""
    card = job_card(made(ls.Voice("chanjing", "C-1"), result='{"of": "another version"}'))

    assert card["result"] is None


def test_an_expired_voice_can_be_made_again() -> None:
    """It is marked, and says what to do; its preview is gone."""
    card = job_card(made(ls.Voice("chanjing", "C-1"), status="expired"))

    assert (card["status"], card["result"], card["buttons"]) == ("expired", None, ["resubmit"])
    assert card["remedy"] == (
        "the vendor has it no longer: job.resubmit() makes it again, at full cost"
    )


def test_an_answer_that_is_the_result_cannot_be_attached(monkeypatch: pytest.MonkeyPatch) -> None:
    """The vendor has no id of it: neither a button nor the remedy offers that."""
    monkeypatch.setattr(ls.chanjing.Speech, "is_answered", True)
    lost = made_up(2, vendor="chanjing", kind="Speech", status="unknown", vendor_id=None)

    assert job_card(lost)["buttons"] == ["resubmit", "abandon"]
    assert "attach" not in (remedy(lost) or "")


def test_a_table_says_what_jobs_make(sound: Path) -> None:
    """Beside the kind, also without widgets."""
    html = table_html([spoken(sound), made(ls.Text("a"))])

    assert "<td>Speech</td><td>Audio</td>" in html
    assert "<td>Make</td><td>Text</td>" in html


@pytest.mark.parametrize("status", JobStatus)
def test_every_status_has_a_sign_and_words(status: JobStatus) -> None:
    """In the browser and in forms."""
    assert f"\n  {status}: " in STATUS_JS.read_text("utf-8")
    assert VERBS[status]


def test_ipython_shows_every_result(sound: Path) -> None:
    """By its formatters; a text is shown as the text, not as its repr."""
    code = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance(); import lipsync_nb as ls\n"
        "from pathlib import Path\n"
        f"results = ls.Audio(Path({str(sound)!r})), ls.Text('it''s me'), ls.Voice('yunai', 'v1'),"
        " ls.Avatar('yunai', 'a1')\n"
        "for result in results: print(shell.display_formatter.format(result)[0])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.stderr == ""
    audio, text, voice, avatar = done.stdout.splitlines()
    assert "<figure" in audio
    assert "'text/plain': 'its me'" in text
    assert "Voice <strong>v1</strong>" in voice
    assert "Avatar <strong>a1</strong>" in avatar
