"""Players: a job's card in each of its states, its video in parts, and the static fallback."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from faces import drawn_face
from notebook.ledgers import change, client_of, made_up
from notebook.tab import Tab
from waiting import wait_until

import lipsync_nb as ls
from lipsync_nb.notebook.card import job_card
from lipsync_nb.notebook.display import job_bundle
from lipsync_nb.notebook.etas import Etas
from lipsync_nb.notebook.player import FilePlayer, Player
from lipsync_nb.notebook.remedies import REMEDIES, remedy
from lipsync_nb.notebook.result_card import media_card
from lipsync_nb.notebook.widget import CHUNK


@pytest.fixture
def tab() -> Iterator[Tab]:
    with Tab() as opened:
        yield opened


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of two seconds."""
    folder = tmp_path_factory.mktemp("clip")
    return ls.still_video(drawn_face(folder / "face.png"), 2.0, folder / "clip.mp4")


def test_a_player_follows_its_job(tmp_path: Path, tab: Tab, clip: Path) -> None:
    """Progress while it runs, then the video with a still; other jobs do not concern it."""
    with client_of(tmp_path, made_up(2, status="running"), made_up(3, status="running")) as client:
        Player(client.job(made_up(2).id))

        change(client, 3, progress=0.99)
        change(client, 2, progress=0.5)
        wait_until(
            lambda: (
                tab.messages_with("card")
                and tab.messages_with("card")[-1]["card"]["progress"] == 0.5
            )
        )
        change(client, 2, status="succeeded", path=str(clip), finished_at=1.0)
        wait_until(lambda: tab.messages_with("card")[-1]["card"]["result"])

    card = tab.messages_with("card")[-1]["card"]
    assert {message["card"]["id"] for message in tab.messages_with("card")} == {made_up(2).id}
    assert card["result"]["poster"].startswith("data:image/jpeg;base64,")
    assert (card["result"]["duration"], card["result"]["name"]) == (2.0, "clip.mp4")


def test_a_card_has_when_its_job_is_expected(tmp_path: Path, tab: Tab) -> None:
    """Also that of a job which waits for another one: that one's time is added."""
    first, then = made_up(2, status="running"), made_up(3, status="waiting", inputs=made_up(2).id)
    with client_of(tmp_path, first, then) as client:
        for job in (first, then):
            tab.ask(Player(client.job(job.id)), op="ready", view="a")
        etas = wait_until(lambda: estimated(tab), lambda known: len(known) == 2)

    assert etas[then.id] - etas[first.id] == pytest.approx(60, abs=3)


def estimated(tab: Tab) -> dict[str, float]:
    """When the jobs of cards are expected, by their ids, as far as that was sent."""
    cards = [message["card"] for message in tab.messages_with("card")]
    return {card["id"]: card["eta"][1] for card in cards if card["eta"]}


def test_what_was_estimated_is_kept_only_until_the_end(tmp_path: Path) -> None:
    """A notebook that is open for weeks shows thousands of jobs."""
    first, then = made_up(2, status="running"), made_up(3, status="waiting", inputs=made_up(2).id)
    with client_of(tmp_path, first, then) as client:
        seen: list[str] = []
        etas = Etas(client.session.engine.estimates, lambda record: seen.append(record.id))
        etas.of(first)
        etas.of(then)
        wait_until(lambda: set(seen) == {first.id, then.id})

        for record in (first, then):
            etas.of(replace(record, status=ls.JobStatus.succeeded))

    assert etas._read == set()


def test_what_is_saved_is_the_end(tmp_path: Path) -> None:
    """A saved notebook has the job's last state, without pictures."""
    with client_of(tmp_path, made_up(2, status="running")) as client:
        player = Player(client.job(made_up(2).id))

        change(client, 2, status="failed", error="no face", error_type="VendorError")

        wait_until(lambda: player.saved["card"]["error"] == "no face")


def test_a_view_that_is_still_loading_misses_nothing(tmp_path: Path) -> None:
    """What it shows at first is up to date for a while, also when the kernel is busy."""
    with client_of(tmp_path, made_up(2, status="submitting")) as client:
        player = Player(client.job(made_up(2).id))
        player.refresh()

        change(client, 2, status="queued")
        wait_until(lambda: player.saved["card"]["status"] == "queued")

        player._opened = 0  # long ago
        change(client, 2, status="running", progress=0.5)
        change(client, 2, status="unknown", vendor_id=None, error="lost")
        wait_until(lambda: player.saved["card"]["lost"])


def test_resubmitting_leads_to_the_new_job(tmp_path: Path, tab: Tab) -> None:
    """The player shows the job that was submitted again."""
    media = {"avatar": "https://127.0.0.1:9/a.png", "audio": "https://127.0.0.1:9/a.wav"}
    fingerprint = ls.yunai.AvatarVideo(**media).fingerprint()
    failed = made_up(0, status="failed", request=json.dumps(media), fingerprint=fingerprint)
    with client_of(tmp_path, failed) as client:
        client.vendors["yunai"] = ls.Yunai("key", base_url="http://127.0.0.1:9")
        job = client.job(made_up(0).id)
        player = Player(job)

        answer = tab.ask(player, op="resubmit", job=job.id)

        assert answer["done"] == f"Submitted again as {player.job.id}."
        assert player.job.id == answer["job"] != job.id


def test_the_kernel_gives_a_video_in_pieces(tmp_path: Path, tab: Tab) -> None:
    """Where no server has the file, the browser asks for it piece by piece."""
    path = tmp_path / "large.mp4"
    path.write_bytes(bytes(range(256)) * (CHUNK // 200))
    size, got = path.stat().st_size, b""
    with client_of(tmp_path, made_up(1, status="succeeded", path=str(path))) as client:
        player = Player(client.job(made_up(1).id))

        while len(got) < size:
            got += tab.ask(player, op="blob", video=made_up(1).id, offset=len(got))["data"]

    assert got == path.read_bytes()
    assert len(tab.messages) == 2


def test_only_videos_are_given(tmp_path: Path, tab: Tab) -> None:
    """What is no job's video cannot be asked for."""
    with client_of(tmp_path, made_up(2)) as client:
        player = Player(client.job(made_up(2).id))

        assert "no job /etc" in tab.ask(player, op="blob", video="/etc", offset=0)["error"]
        assert "no file" in tab.ask(player, op="blob", video=made_up(2).id, offset=0)["error"]


def test_a_video_player_gives_its_video(tab: Tab, clip: Path) -> None:
    """A video without a job has a player too."""
    answer = tab.ask(FilePlayer(ls.Video(clip)), op="blob", video="", offset=0)

    assert (answer["data"], answer["mime"]) == (clip.read_bytes(), "video/mp4")


@pytest.mark.parametrize("error_type", REMEDIES)
def test_each_error_has_a_remedy(error_type: str) -> None:
    """What to do is said in full, with the vendor's own variables."""
    job = made_up(4, status="failed", vendor="chanjing", error_type=error_type)

    text = remedy(job)

    assert text
    assert "{title}" not in text
    assert "{variables}" not in text
    if error_type in {"Unauthorized", "MissingCredentials"}:
        assert "CHANJING_APP_ID and CHANJING_SECRET_KEY" in text


@pytest.mark.parametrize(
    ("facts", "buttons"),
    [
        ({"status": "submitting"}, ["cancel"]),
        (
            {"status": "running", "vendor": "xingyun", "kind": "RenderScript", "sent_at": 1.0},
            ["cancel", "attach", "abandon"],
        ),
        ({"status": "running", "vendor": "chanjing", "sent_at": 1.0}, ["attach", "abandon"]),
        ({"status": "submitting", "sent_at": 1.0}, ["abandon"]),
        ({"status": "waiting", "vendor_id": None}, ["cancel"]),
        ({"status": "expired", "makes": "Voice"}, ["resubmit"]),
        ({"status": "failed"}, ["resubmit"]),
        ({"status": "cancelled"}, ["resubmit"]),
        ({"status": "abandoned"}, ["attach", "resubmit"]),
        ({"status": "unknown", "vendor_id": None}, ["attach", "resubmit", "abandon"]),
        ({"status": "unknown", "forgotten": True}, ["attach", "resubmit", "abandon"]),
        ({"status": "succeeded", "error": "404", "error_type": "DownloadError"}, ["fetch"]),
        ({"status": "succeeded"}, []),
        ({"status": "succeeded", "makes": "Voice"}, []),
        ({"status": "succeeded", "makes": "Audio", "vendor_id": None}, []),
    ],
)
def test_a_card_has_the_buttons_that_make_sense(facts: dict, buttons: list[str]) -> None:
    """Cancel where it can be cancelled, attach what was sent, submit again what has no video."""
    assert job_card(made_up(2, **facts))["buttons"] == buttons


def test_a_lost_job_says_how_to_find_it() -> None:
    """Neither paid twice nor given up: the user decides."""
    card = job_card(made_up(6, status="unknown", vendor_id=None))

    assert card["remedy"].startswith(
        "look it up at the vendor: if it is there, job.attach(vendor_id)"
    )


def test_an_unregistered_vendor_is_shown() -> None:
    """A ledger may know a vendor that this version does not."""
    card = job_card(made_up(4, status="failed", vendor="of old"))

    assert (card["title"], card["status"]) == ("of old", "failed")


def test_the_fallback_of_a_finished_job_is_its_video(
    tmp_path: Path, clip: Path, monkeypatch
) -> None:
    """A player by a relative path, with length, size and a link."""
    monkeypatch.chdir(clip.parent)
    with client_of(tmp_path, made_up(1, status="succeeded", path=str(clip))) as client:
        html = job_bundle(client.job(made_up(1).id))["text/html"]

    assert 'src="clip.mp4"' in html
    assert "clip.mp4 · 0:02 · " in html
    assert '<a href="clip.mp4" download>Download</a>' in html


def test_the_fallback_of_a_running_job_is_its_progress(tmp_path: Path) -> None:
    """Where it stands, and the vendor's id, for a reader without a kernel."""
    with client_of(tmp_path, made_up(2, status="running")) as client:
        bundle = job_bundle(client.job(made_up(2).id))

    assert "running 37%, about 1 min left" in bundle["text/html"]
    assert re.search(r"As of [\d-]+ [\d:]+ UTC: about 1 min \(12 s to 5 min\)", bundle["text/html"])
    assert "a guess, as no job of this kind has ended yet" in bundle["text/html"]
    assert '<progress value="0.37" aria-label="Progress">' in bundle["text/html"]
    assert "<code>at-the-vendor-2</code>" in bundle["text/html"]
    said = "<Job job0000000000002 chanjing.LipSync: running 37%, about 1 min left>"
    assert bundle["text/plain"] == said


def test_the_fallback_of_a_failed_job_is_its_error_and_remedy(tmp_path: Path) -> None:
    """Escaped, with what to do."""
    failed = made_up(4, status="failed", error="<b>余额不足</b>", error_type="OutOfCredit")
    with client_of(tmp_path, failed) as client:
        html = job_bundle(client.job(failed.id))["text/html"]

    assert "<p>&lt;b&gt;余额不足&lt;/b&gt;</p>" in html
    assert "top up the account at Yunai 云AI" in html


def test_a_path_is_relative_to_the_notebook(tmp_path: Path, clip: Path, monkeypatch) -> None:
    """The server tells where the notebook lies; a cell may have changed the folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JPY_SESSION_NAME", str(clip.parent / "a.ipynb"))

    assert media_card(clip)["file"] == "clip.mp4"


def test_ipython_shows_a_job_and_a_video(tmp_path: Path, clip: Path) -> None:
    """By its formatters, which importing the package adds to; the widgets are not yet loaded."""
    code = (
        "import sys; from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance(); import lipsync_nb as ls\n"
        "print('ipywidgets' in sys.modules)\n"
        "from notebook.ledgers import *; from pathlib import Path\n"
        f"client = client_of(Path({str(tmp_path)!r}), made_up(2))\n"
        f"for thing in client.job(made_up(2).id), ls.Video(Path({str(clip)!r})):\n"
        "    print(shell.display_formatter.format(thing)[0]['text/html'])\n"
        "client.close()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr == ""
    loaded, job, video = done.stdout.splitlines()
    assert loaded == "False"
    assert "running 37%" in job
    assert "<figure" in video
    assert "clip.mp4" in video


def test_scripts_import_no_widgets(tmp_path: Path) -> None:
    """Importing the package, and showing a job in a script, leaves ipywidgets alone."""
    code = (
        "import sys; from notebook.ledgers import *; from pathlib import Path\n"
        f"client = client_of(Path({str(tmp_path)!r}), made_up(2))\n"
        "from lipsync_nb.notebook.display import job_bundle\n"
        "job_bundle(client.job(made_up(2).id)); client._repr_mimebundle_()\n"
        "client.close()\n"
        "print(sorted({'ipywidgets', 'anywidget', 'IPython'} & set(sys.modules)))\n"
    )
    folder = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )

    assert done.stdout == "[]\n", done.stderr
