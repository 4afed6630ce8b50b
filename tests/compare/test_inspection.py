"""The verdict on a video: pass, warn or fail, with the reasons in words."""

import math
import re

import numpy as np
import pytest
from faces import no_face
from hosts import PATIENCE
from PIL import Image
from raw_video import RawVideo, after, repeated, replace

import lipsync_nb as ls
from lipsync_nb.compare.columns import NAMES
from lipsync_nb.compare.inspection import reasons_of, verdict_text
from lipsync_nb.sandbox import Sandbox


@pytest.fixture(scope="module")
def plain(studio):
    return RawVideo.of(studio.video())


def inspected(video, studio, **limits):
    """Inspect a video against its speech."""
    limits = ls.Limits(**limits) if limits else None
    return ls.inspect(video, studio.said("en-emma"), limits=limits)


def test_a_good_video_passes(studio):
    """It has no reasons, and its metrics are there."""
    found = inspected(studio.video(), studio)

    assert (found.verdict, found.reasons, str(found)) == ("pass", [], "pass")
    assert found.row.sync_reliable
    assert found._repr_html_() == "<p>Verdict: <b>pass</b></p>"


@pytest.mark.parametrize(
    ("offset_ms", "verdict", "text"),
    [
        (-70, "warn", "the sound is 7. ms early"),
        (-160, "fail", "the sound is 1.. ms early"),
        (100, "pass", None),
        (155, "warn", "the sound is 1.. ms late"),
        (280, "fail", "the sound is 2.. ms late"),
    ],
)
def test_sound_and_mouth_apart(offset_ms, verdict, text, studio):
    """By ITU-R BT.1359: what is noticed is a warning, what is not accepted fails."""
    found = inspected(studio.video(av_offset_ms=offset_ms), studio)

    assert found.verdict == verdict, str(found)
    if text:
        (reason,) = found.reasons
        assert reason.column == "av_offset_ms"
        assert math.isclose(abs(found.row.av_offset_ms), abs(offset_ms), abs_tol=20)


def silent(plain):
    return replace(plain, sound=plain.sound * 0)


def mute(plain):
    return replace(plain, sound=plain.sound[:0])


def still(plain):
    return replace(plain, frames=plain.frames[:1] * len(plain.frames))


def black(plain):
    dark = [frame * 0 if 20 <= at < 80 else frame for at, frame in enumerate(plain.frames)]
    return replace(plain, frames=dark)


def frozen(plain):
    stays = [plain.frames[min(at, 60)] if at < 110 else f for at, f in enumerate(plain.frames)]
    return replace(plain, frames=stays)


def quiet(plain):
    return replace(plain, sound=plain.sound * 0.01)


def clipped(plain):
    return replace(plain, sound=np.clip(plain.sound * 30, -1, 1))


def other_rate(plain):
    """Sound of 48 kHz that is played as if it had 44.1 kHz."""
    samples = round(plain.sound.shape[1] * 48000 / 44100)
    at = np.linspace(0, plain.sound.shape[1] - 1, samples)
    sound = np.interp(at, np.arange(plain.sound.shape[1]), plain.sound[0])
    return replace(plain, sound=sound[None].astype(np.float32))


def short(plain):
    return replace(plain.select_frames(range(60)), sound=plain.sound[:, : round(2.4 * plain.rate)])


@pytest.mark.parametrize(
    ("change", "verdict", "text"),
    [
        (silent, "fail", "the sound is silent"),
        (mute, "fail", "no sound"),
        (still, "fail", "the mouth never moves"),
        (black, "fail", r"2\.4 s are black"),
        (frozen, "warn", "the picture does not change for"),
        (quiet, "fail", "it is quiet, with -"),
        (clipped, "fail", "of the samples are clipped"),
        (other_rate, "warn", r"the sound is 8\.\d% longer than the picture"),
        (short, "fail", r"it is 2\.7 s shorter than the speech"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_is_wrong_is_said(change, verdict, text, studio, tmp_path):
    """The worst reason decides."""
    changed = change(RawVideo.of(studio.video())).save(tmp_path / "changed.mp4")

    found = inspected(changed, studio)

    assert found.verdict == verdict, str(found)
    assert re.search(text, str(found))


def test_shots_with_offsets_of_their_own_are_judged_one_by_one(studio, tmp_path):
    """One shot that is late makes the video late."""
    early, late = (studio.video("photo", "en-emma", av_offset_ms=ms) for ms in (0, 400))

    found = ls.inspect(after(RawVideo.of(early), RawVideo.of(late)).save(tmp_path / "cut.mp4"))

    assert found.verdict == "fail"
    assert re.match(r"fail: the sound is (39|40|41). ms late; the offset changes, from", str(found))


def test_sound_that_jumps_has_no_single_offset(studio, tmp_path):
    """The picture is one shot; the windows before and after disagree."""
    video = RawVideo.of(repeated(studio.video(), 4, tmp_path / "long.mp4"))
    middle, lost = video.sound.shape[1] // 2, round(0.4 * video.rate)
    silence = np.zeros((1, lost), np.float32)
    sound = np.concatenate([video.sound[:, :middle], silence, video.sound[:, middle:-lost]], axis=1)

    found = ls.inspect(replace(video, sound=sound).save(tmp_path / "jump.mp4"))

    assert not found.row.sync_reliable
    assert "drift_ms_per_min: the offset does not change evenly" in found.row.notes
    assert found.row.av_offset_min_ms == pytest.approx(0, abs=20)
    assert found.row.av_offset_max_ms == pytest.approx(400, abs=20)
    assert found.verdict == "fail"


def test_sound_beyond_the_range_is_late_at_least(studio, tmp_path):
    """The best lag is at the end of the range."""
    long = RawVideo.of(repeated(studio.video(), 3, tmp_path / "long.mp4"))
    late = np.pad(long.sound, ((0, 0), (round(0.7 * long.rate), 0)))

    found = ls.inspect(replace(long, sound=late).save(tmp_path / "late.mp4"))

    assert found.verdict == "fail"
    assert "the best lag is at the end of the range, 6" in str(found)


def test_a_video_that_is_too_short_to_be_judged(plain, tmp_path):
    """It does not pass, as nothing is known of its sync."""
    parts = replace(plain.select_frames(range(30)), sound=plain.sound[:, : round(1.2 * plain.rate)])

    found = ls.inspect(parts.save(tmp_path / "short.mp4"))

    assert found.verdict == "warn"
    assert "is not known (only 1.2 s to compare, 2 s are needed)" in str(found)


@pytest.mark.parametrize("given", [5, (5,), None, (200, 100), (math.nan, 1)], ids=repr)
def test_what_is_no_limit_is_refused(given):
    """Before anything is measured; the error names the limit."""
    with pytest.raises(ls.BadRequest, match="Limits: late_ms="):
        ls.Limits(late_ms=given)


def test_many_videos_are_judged_by_limits_of_ones_own(studio):
    """By the rows of `measure_all`."""
    rows = ls.measure_all([studio.video(), studio.video(av_offset_ms=280)], cache=False)

    verdicts = rows.apply(ls.Limits(late_ms=(200, 500)).verdict, axis=1)

    assert verdicts[0] == "pass"
    assert verdicts[1].startswith("warn: the sound is 2")


def test_a_video_without_a_face_fails(plain, studio, tmp_path):
    """There is nobody who speaks."""
    hills = np.array(Image.open(no_face(tmp_path / "hills.png", 240)))

    found = inspected(plain.map_frames(lambda _: hills).save(tmp_path / "hills.mp4"), studio)

    assert found.verdict == "fail"
    assert "no face was found" in str(found)


def test_a_file_that_breaks_off_fails(studio):
    """A player would stop before the end."""
    content = studio.video().read_bytes()

    found = ls.inspect(content[: len(content) * 3 // 4])

    assert found.verdict == "fail"
    assert "it breaks off: 1." in str(found)


def test_a_file_that_is_no_video_fails():
    """With the reason that it cannot be measured."""
    found = ls.inspect(b"<html>403</html>" * 100)

    assert found.verdict == "fail"
    assert str(found).startswith("fail: it cannot be played: ")
    assert len(found.reasons) == 1


def test_thresholds_can_be_set(studio):
    """One by one; infinity switches one off."""
    late = studio.video(av_offset_ms=280)

    assert inspected(late, studio, late_ms=(300, 500)).verdict == "pass"
    assert inspected(late, studio, late_ms=(100, math.inf)).verdict == "warn"


def test_a_row_that_was_not_measured_fails():
    """As of a job without a video in `measure_all`."""
    row = dict.fromkeys(NAMES) | {"notes": "not measured: JobFailed: no face"}

    reasons = reasons_of(row, ls.Limits())

    assert verdict_text(reasons) == "fail: it cannot be played: not measured: JobFailed: no face"


def test_the_verdict_on_a_job_is_kept(studio, shared_sandbox: Sandbox, tmp_path):
    """In the ledger, for the table of jobs and for the next kernel."""
    options = {"ledger": tmp_path / "jobs.sqlite", "results": tmp_path / "results"}
    media = {"image": studio.face("photo"), "audio": studio.said("en-emma")}
    with ls.Client.sandbox(shared_sandbox, **options) as client:
        job = client.submit(ls.lipsync_studio.LipSyncImage(**media))
        job.result(PATIENCE)
        assert client.jobs["verdict"].isna().all()

        found = ls.inspect(job)

        assert client.jobs["verdict"].tolist() == [str(found)]
    with ls.Client.sandbox(shared_sandbox, **options) as client:
        assert client.jobs["verdict"].tolist() == [str(found)]
