"""What is no good film gives a row all the same, and says what is missing."""

import io

import numpy as np
import pytest
from faces import no_face
from films import Film, replace
from PIL import Image

import lipsync_nb as ls
from lipsync_nb.compare.columns import NAMES

HTML = b"<html><body>403: this link has expired</body></html>" * 50
SYNC = {"av_offset_ms", "sync_corr", "sync_conf", "sync_reliable"}
SOUND = {"audio_lag_ms", "audio_corr", "audio_mel_corr", "audio_sisdr_db"}
FACE = {"upper_face_ncc", "sharp_face", "sharp_mouth"}
TIME = {"fps", "vfr", "duration_s", "duration_delta_s", "bitrate_kbps", "frozen"}


@pytest.fixture(scope="module")
def plain(studio):
    return Film.of(studio.film())


def missing(row):
    """Return the missing figures with their reasons, each of which must be told."""
    reasons = dict(note.split(": ", 1) for note in row.notes.split("; ") if note)
    assert {name for name in NAMES if row.isna()[name]} == set(reasons)
    return reasons


def measured(film, studio):
    """Measure against the speech and the face that the film was made from."""
    return ls.measure(film, studio.said("en-emma"), studio.face("photo"))


def test_nothing_is_missing_from_a_good_film(studio):
    """Given its speech and its face."""
    assert missing(measured(studio.film(), studio)) == {}


def test_no_speech_and_no_face_given(studio):
    """What needs them is missing, and no more."""
    row = ls.measure(studio.film())

    wants_speech = dict.fromkeys([*SOUND, "duration_delta_s"], "no speech was given")
    assert missing(row) == wants_speech | {"upper_face_ncc": "no face was given"}


def test_without_sound(plain, studio, tmp_path):
    """A silent film has a face, and times."""
    row = measured(replace(plain, sound=plain.sound[:0]).save(tmp_path / "mute.mp4"), studio)

    assert missing(row) == dict.fromkeys(SYNC | SOUND | {"silence_motion_ratio"}, "no sound")


def test_with_a_track_of_silence(plain, studio, tmp_path):
    """It has a sound track, with nothing in it."""
    row = measured(replace(plain, sound=plain.sound * 0).save(tmp_path / "hush.mp4"), studio)

    reasons = missing(row)
    assert set(reasons) == SYNC | SOUND | {"silence_motion_ratio"}
    assert set(reasons.values()) == {"the sound is silent"}


def test_without_a_face(plain, studio, tmp_path):
    """A landscape speaks."""
    hills = np.array(Image.open(no_face(tmp_path / "hills.png", 240)))
    row = measured(plain.drawn(lambda _: hills).save(tmp_path / "hills.mp4"), studio)

    gone = SYNC | FACE | {"silence_motion_ratio"}
    assert missing(row) == dict.fromkeys(gone, "no face was found")
    assert row.face_found == 0
    assert row.audio_corr > 0.99


def test_a_face_without_a_mouth_that_moves(plain, studio, tmp_path):
    """A photograph with sound is not lip-synced, neither well nor badly."""
    still = replace(plain, frames=plain.frames[:1] * len(plain.frames))
    row = measured(still.save(tmp_path / "still.mp4"), studio)

    gone = SYNC | {"silence_motion_ratio"}
    assert missing(row) == dict.fromkeys(gone, "the mouth does not move")
    assert row.frozen > 0.95


def test_a_single_frame(plain, studio, tmp_path):
    """It has a size and a sound, but no time passes."""
    row = measured(plain.keeping([0]).save(tmp_path / "one.mp4"), studio)

    gone = TIME | SYNC | FACE | {"silence_motion_ratio"}
    assert missing(row) == dict.fromkeys(gone, "a single frame")
    assert (row.width, row.face_found) == (240, 1)


@pytest.mark.parametrize("size", [(2, 2), (16, 16), (16, 480), (1000, 4)])
def test_a_film_of_no_shape(size, plain, tmp_path):
    """Too small or too narrow for a face."""
    width, height = size
    film = plain.drawn(lambda frame: np.ascontiguousarray(np.resize(frame, (height, width, 3))))

    row = ls.measure(film.save(tmp_path / "odd.mp4"))

    assert (row.width, row.height) == size
    assert missing(row)["sync_corr"] == "no face was found"


def test_too_short_to_compare(plain, studio, tmp_path):
    """A second of pictures says nothing of the sync."""
    row = measured(plain.keeping(range(25)).save(tmp_path / "short.mp4"), studio)

    assert "2 s are needed" in missing(row)["sync_corr"]


def test_an_unreliable_offset_is_not_told(plain, tmp_path):
    """The sound is noise: any offset would be chance."""
    noise = np.random.default_rng(1).normal(0, 0.1, plain.sound.shape).astype(np.float32)
    row = ls.measure(replace(plain, sound=noise).save(tmp_path / "noise.mp4"))

    assert row.sync_reliable is False
    assert "not reliable" in missing(row)["av_offset_ms"]
    assert row.sync_conf < 0.33


def test_a_file_cut_in_its_middle(studio):
    """What came is measured; the missing rest shows in the length."""
    film = studio.film().read_bytes()
    row = measured(film[: len(film) * 3 // 4], studio)

    assert 2 < row.duration_s < 4.5
    assert row.duration_delta_s < -0.5
    assert row.sync_reliable


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (HTML, "not readable"),
        (b"\0" * 5000, "not readable"),
        ("cut within its first kilobyte", "not readable"),
        ("sound", "no picture"),
    ],
    ids=["empty", "HTML", "zeros", "cut", "sound"],
)
def test_what_is_no_video_is_a_row_of_nothing(data, reason, studio):
    """And the reason."""
    if data == "sound":
        data = studio.said("en-emma")
    elif isinstance(data, str):
        data = studio.film().read_bytes()[:1000]

    row = measured(data, studio)

    reasons = missing(row)
    assert set(reasons) == set(NAMES)
    assert all(reason in given for given in reasons.values())


def test_damage_in_the_middle(studio):
    """Packets that do not decode are left out."""
    film = bytearray(studio.film().read_bytes())
    film[len(film) // 2 : len(film) // 2 + 2000] = HTML[:2000]

    row = measured(bytes(film), studio)

    assert row.duration_s > 4
    assert row.sync_reliable


@pytest.mark.parametrize("given", ["speech", "face"])
def test_speech_or_face_of_no_use(given, studio, tmp_path):
    """What needs them is missing; the rest is there."""
    (tmp_path / "page.html").write_bytes(HTML)
    row = ls.measure(studio.film(), **{given: tmp_path / "page.html"})

    column = {"speech": "audio_corr", "face": "upper_face_ncc"}[given]
    assert "not readable" in missing(row)[column]
    assert row.sync_reliable


def test_every_way_to_give_a_file(studio):
    """A path, its text, a `Video`, bytes and a file object are the same film."""
    path = studio.film()
    forms = [path, str(path), ls.Video(path), path.read_bytes(), io.BytesIO(path.read_bytes())]

    rows = [ls.measure(form) for form in forms]

    assert all(row.equals(rows[0]) for row in rows)


@pytest.mark.parametrize("source", ["nowhere.mp4", ".", "https://example.com/out.mp4"])
def test_what_is_not_here_is_refused(source, studio):
    """As video, as speech and as face."""
    for args in ((source,), (studio.film(), source), (studio.film(), None, source)):
        with pytest.raises(ls.BadRequest):
            ls.measure(*args)
