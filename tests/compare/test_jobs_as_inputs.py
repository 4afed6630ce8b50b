"""Jobs as the faces and speeches of comparisons, and of what is measured."""

from pathlib import Path

import pytest
from compare.paying import new, paid
from conftest import Samples
from faces import HELLO
from hosts import PATIENCE

import lipsync_nb as ls
from lipsync_nb.sandbox import Sandbox

VENDORS = ["lingdong", "lipsync_studio", "chanjing"]


def speech_job(client: ls.Client, voice: str) -> ls.Job[ls.Audio]:
    """Submit a speech."""
    return client.submit(ls.chanjing.Speech(text=HELLO, voice=voice))


def test_a_job_is_the_speech_of_a_comparison(
    client, voice: str, samples: Samples, sandbox: Sandbox
) -> None:
    """It is used as it is, paid once, and measured against."""
    before = paid(sandbox)
    said = speech_job(client, voice)
    made = client.compare(samples.face, said, vendors=VENDORS)
    frame = made.df

    assert new(sandbox, before) == {"lingdong": 1, "lipsync_studio": 1, "chanjing": 2}
    assert [job.inputs for job in made.jobs] == [[said]] * 3
    assert frame["audio_corr"].min() > 0.99
    assert client.compare(samples.face, said, vendors=VENDORS).id == made.id


def test_a_job_of_another_ledger_is_the_speech(
    connect, voice: str, samples: Samples, tmp_path: Path
) -> None:
    """As its file, once it is there."""
    said = speech_job(connect(ledger=tmp_path / "other.sqlite"), voice)
    here = connect()
    said.result(PATIENCE)

    frame = here.compare(samples.face, said, vendors="lingdong").df

    assert frame["audio_corr"].min() > 0.99


def test_a_job_is_the_face_of_a_comparison(client, samples: Samples) -> None:
    """Its video is taken for a clip, and is compared with what is made of it."""
    face = client.submit(ls.lingdong.Generate(source=samples.face, audio=samples.speech))
    made = client.compare(face, samples.speech, vendors=["chanjing", "lipsync_studio"])
    frame = made.df.set_index("kind")

    assert frame["status"].to_dict() == {"LipSync": "succeeded", "LipSyncVideo": "succeeded"}
    assert [job.inputs for job in made.jobs] == [[face], [face]]
    assert frame["psnr_outside_db"]["LipSyncVideo"] > 30
    assert "no face was given" not in frame["notes"]["LipSync"]


def test_a_job_is_the_speech_that_a_video_is_measured_with(
    client, voice: str, samples: Samples
) -> None:
    """In `measure`, `measure_all` and `inspect`; it is waited for."""
    said = speech_job(client, voice)
    video = client.submit(ls.lingdong.Generate(source=samples.face, audio=said))
    path = video.result(PATIENCE).path
    expected = ls.measure(video)["audio_corr"]

    assert expected > 0.99
    assert ls.measure(path, said)["audio_corr"] == pytest.approx(expected)
    assert ls.measure_all([(path, said)])["audio_corr"][0] == pytest.approx(expected)
    assert ls.inspect(path, said).row["audio_corr"] == pytest.approx(expected)


def test_a_job_that_makes_something_else_is_refused(client, voice: str, samples: Samples) -> None:
    """Before anything is submitted or measured; in a table of many, its row says so."""
    said = speech_job(client, voice)
    count = len(client.jobs)
    with pytest.raises(ls.BadRequest, match=r"^face: job \w+ makes Audio, and this takes Video$"):
        client.compare(said, samples.speech)
    for measure in (ls.measure, ls.inspect):
        with pytest.raises(ls.BadRequest, match=r"the video: .* makes Audio, and not Video"):
            measure(said)
    with pytest.raises(ls.BadRequest, match=r"the face: .* makes Audio, and not Video"):
        ls.measure(samples.clip, samples.speech, said)
    (note,) = ls.measure_all([said])["notes"]

    assert "makes Audio, and not Video" in note
    assert len(client.jobs) == count
