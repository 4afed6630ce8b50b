"""Videos that are put together into one."""

import json
import os
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from editing.numbered import hum, numbered, numbers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lipsync_nb as ls
from lipsync_nb.editing.clip import Clip
from lipsync_nb.editing.crossfade import joined
from lipsync_nb.editing.sound import Sound, read_sound

RATE = 48_000


def noise(seconds: float, seed: int, channels: int = 1, rate: int = RATE) -> Sound:
    """Quiet noise in the band of voices, which AAC keeps well."""
    count = round(seconds * rate)
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(size=(channels, count)))
    spectrum[:, np.fft.rfftfreq(count, 1 / rate) > 3000] = 0
    samples = np.fft.irfft(spectrum, count)
    return Sound(np.float32(0.1 * samples / samples.std()), rate)


def shift_of(heard: np.ndarray, said: np.ndarray, most: int = 40) -> int:
    """By how many samples a sound is late, by cross-correlation."""
    core = said[most:-most]
    scores = [float(heard[k : k + len(core)] @ core) for k in range(2 * most + 1)]
    return int(np.argmax(scores)) - most


def test_frames_and_sound_follow_each_other(tmp_path: Path) -> None:
    """Each frame is shown once, and the sound is as long as both parts."""
    one = numbered(tmp_path / "one.mp4", range(25), sound=hum(1))
    two = numbered(tmp_path / "two.mp4", range(30, 80), sound=hum(2))
    made = ls.join([one, two])

    assert made.path == tmp_path / "one-joined.mp4"
    assert numbers(made.path) == [*range(25), *range(30, 80)]
    assert len(read_sound(made.path) or ()) == 3 * RATE


def test_each_part_begins_at_the_sample_at_which_it_is_due(tmp_path: Path) -> None:
    """Twelve parts of lengths that are no whole frames: nothing adds up, in sound or picture."""
    lengths = [0.7 + 0.0137 * k for k in range(12)]
    parts, speeches, begins = [], [], [0]
    for k, seconds in enumerate(lengths):
        sound = noise(seconds, k)
        padded = sound.of_length(len(sound) + 3000)  # as vendors fill the last frame of sound
        count = round(sound.seconds * 25) + 2
        parts.append(numbered(tmp_path / f"{k}.mp4", [7 * k] * count, sound=padded))
        speeches.append(tmp_path / f"{k}.wav")
        sound.write_wav(speeches[-1])
        begins.append(begins[-1] + len(sound))
    made = ls.join(parts, tmp_path / "all.mp4", speeches=speeches)
    heard, shown = read_sound(made.path), numbers(made.path)

    assert heard is not None
    assert len(heard) == begins[-1]
    for k, speech in enumerate(speeches):
        said = read_sound(speech)
        assert said is not None
        length = len(said)
        for part in (slice(0, 4000), slice(length // 2, length // 2 + 4000)):
            piece = heard.samples[0, begins[k] :][part]
            assert shift_of(piece, said.samples[0][part]) == 0
    assert [shown.index(7 * k) for k in range(12)] == [round(s / RATE * 25) for s in begins[:-1]]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lengths=st.lists(st.integers(1, 60), min_size=1, max_size=6), fps=st.sampled_from([24, 30]))
def test_the_frames_of_parts_are_all_there(tmp_path: Path, lengths: list[int], fps: int) -> None:
    """For any number of parts of any number of frames."""
    parts = [numbered(tmp_path / f"{k}.mp4", range(count), fps) for k, count in enumerate(lengths)]
    made = ls.join(parts, tmp_path / "all.mp4")

    assert numbers(made.path) == [n for count in lengths for n in range(count)]


def test_another_rate_is_resampled(tmp_path: Path) -> None:
    """To that of the first: at each time the nearest frame."""
    one = numbered(tmp_path / "one.mp4", range(25), 25)
    two = numbered(tmp_path / "two.mp4", range(50), 50)
    made = ls.join([one, two])

    assert numbers(made.path) == [*range(25), *range(0, 50, 2)]
    assert Clip.open(made.path).rate == 25


@pytest.mark.parametrize(
    ("size", "bars"), [((96, 36), "above"), ((32, 48), "left"), ((128, 96), None)]
)
def test_another_size_is_fitted_in(tmp_path: Path, size: tuple[int, int], bars: str | None) -> None:
    """Its shape is kept, with black bars."""
    one = numbered(tmp_path / "one.mp4", [90])
    two = numbered(tmp_path / "two.mp4", [90], size=size)
    with av.open(str(ls.join([one, two]).path)) as container:
        _, shown = container.decode(video=0)
        grey = shown.to_ndarray(format="gray").astype(int)

    assert grey.shape == (48, 64)
    assert grey[24, 32] > 200
    assert (grey[2, 32] < 20) == (bars == "above")
    assert (grey[24, 2] < 20) == (bars == "left")


def test_sound_is_stereo_if_any_part_is(tmp_path: Path) -> None:
    """And has the first rate; a part without sound is silent."""
    one = numbered(tmp_path / "one.mp4", range(25), sound=noise(1, 0, rate=44_100))
    two = numbered(tmp_path / "two.mp4", range(25), sound=noise(1, 1, channels=2))
    three = numbered(tmp_path / "three.mp4", range(25))
    heard = read_sound(ls.join([one, two, three]).path)

    assert heard is not None
    assert (heard.rate, len(heard.samples), len(heard)) == (44_100, 2, 3 * 44_100)
    assert np.abs(heard.samples[:, -40_000:]).max() < 1e-3
    assert np.abs(heard.samples[:, 44_100:80_000]).max() > 0.1


def test_parts_without_sound_have_none(tmp_path: Path) -> None:
    """The joined video has no track of silence."""
    one = numbered(tmp_path / "one.mp4", range(5))

    assert read_sound(ls.join([one, one]).path) is None


def test_a_part_can_be_made_anew_and_joined_again(tmp_path: Path) -> None:
    """The same path with another content gives another video."""
    one = numbered(tmp_path / "one.mp4", range(5))
    two = numbered(tmp_path / "two.mp4", range(10, 15))
    before = numbers(ls.join([one, two]).path)
    numbered(two, range(50, 55))
    os.utime(two, (0, 0))

    assert before == [*range(5), *range(10, 15)]
    assert numbers(ls.join([one, two]).path) == [*range(5), *range(50, 55)]


def test_tags_are_those_of_the_first_and_labels_those_of_any(tmp_path: Path) -> None:
    """A video that contains synthetic media is labelled."""
    one = numbered(tmp_path / "one.mp4", range(5), tags={"title": "Eins"})
    two = numbered(tmp_path / "two.mp4", range(5), tags={"AIGC": "{}", "title": "Zwei"})
    made = Clip.open(ls.join([one, two]).path)

    assert made.tags == {"title": "Eins", "AIGC": "{}"}


LABEL = {"Label": "1", "ContentProducer": "V"}
WRAPPED = json.dumps({"AIGC": LABEL})


@pytest.mark.parametrize(
    "tags",
    [
        {"AIGC": json.dumps(LABEL)},
        {"com.vendor.aigc": json.dumps(LABEL)},
        {"aigc": WRAPPED},
        {"comment": WRAPPED},
        {"description": f"made by us {WRAPPED}"},
    ],
)
def test_the_label_of_a_later_part_is_kept_wherever_it_is(tags, tmp_path: Path) -> None:
    """In a comment, or under a vendor's own name; the tags of the first part stay."""
    one = numbered(tmp_path / "one.mp4", range(3), tags={"comment": "mine"})
    two = numbered(tmp_path / "two.mp4", range(3), tags=tags)

    made = ls.join([one, two])

    assert ls.ai_label(made) == ls.AiLabel("1", "V")
    assert Clip.open(made.path).tags["comment"] == "mine"


def test_different_labels_are_told(tmp_path: Path, capsys) -> None:
    """A file has one label: the first is kept, and stderr names it."""
    texts = [json.dumps({"Label": "1", "ContentProducer": name}) for name in ("One", "Two")]
    parts = [
        numbered(tmp_path / f"{k}.mp4", range(3), tags={"AIGC": text})
        for k, text in enumerate(texts)
    ]

    assert ls.ai_label(ls.join(parts)).producer == "One"
    assert "different labels of AI; a file has one, so the first is kept: One" in (
        capsys.readouterr().err
    )


def test_what_was_drawn_into_a_later_part_is_known(tmp_path: Path) -> None:
    """A label or subtitles in any part are in the joined video, which `fit` must know."""
    one = numbered(tmp_path / "one.mp4", range(3), size=(320, 240))
    labelled = ls.label_ai(one, tmp_path / "labelled.mp4", producer="x")
    two = ls.burn_in(labelled, [ls.Subtitle(0, 1, "hi")])

    tags = Clip.open(ls.join([one, two]).path).tags

    assert {"ai_label_drawn", "subtitles_drawn"} <= set(tags)


def test_a_joined_video_does_not_claim_to_be_its_first_part(client, samples, tmp_path) -> None:
    """How that part was made is no longer told."""
    request = ls.lipsync_studio.LipSyncImage(image=samples.face, audio=samples.speech, seed=7)
    copy = client.submit(request).download(tmp_path / "one.mp4", sidecar=True)
    media = {"image": samples.face, "audio": samples.speech}
    assert ls.request_from(copy.path, media=media).seed == 7

    made = ls.join([copy, copy])

    with pytest.raises(ls.BadRequest, match="does not tell how it was made"):
        ls.request_from(made.path, media=media)


def test_a_short_sound_does_not_shorten_the_picture(tmp_path: Path) -> None:
    """A part is as long as the longer of both, unless they differ by padding only."""
    one = numbered(tmp_path / "one.mp4", range(50), sound=hum(0.5))
    two = numbered(tmp_path / "two.mp4", range(50, 76), sound=hum(1))
    made = ls.join([one, two])

    assert numbers(made.path) == [*range(50), *range(50, 75)]


def test_a_speech_of_another_length_is_not_taken(tmp_path: Path) -> None:
    """A video of 2 s is no video of a speech of 1 s: nothing of it is cut off."""
    one = numbered(tmp_path / "one.mp4", range(50), sound=hum(2))
    hum(1).write_wav(tmp_path / "said.wav")
    made = ls.join([one, one], speeches=[tmp_path / "said.wav", None])

    assert len(numbers(made.path)) == 100


@given(
    seed=st.integers(0, 99),
    cuts=st.lists(st.integers(1, 9_599), max_size=6, unique=True).map(sorted),
)
def test_a_cut_of_one_sound_cannot_be_heard(seed: int, cuts: list[int]) -> None:
    """Cut anywhere and joined, no jump is larger than inside, and no sample is moved."""
    whole = noise(0.2, seed)
    edges = [0, *cuts, len(whole)]
    parts = [whole[a:b] for a, b in pairwise(edges)]
    made = joined(parts)

    assert len(made) == len(whole)
    jumps, own = np.abs(np.diff(made.samples[0])), np.abs(np.diff(whole.samples[0]))
    assert jumps.max() <= 1.5 * own.max()


@given(seed=st.integers(0, 99))
def test_unlike_sounds_are_crossfaded_without_a_dip(seed: int) -> None:
    """The power around the cut is that of both sides, within 1.5 dB on average."""
    levels = []
    for k in range(20):
        made = joined([noise(0.1, 100 * seed + k), noise(0.1, 7_000 + 100 * seed + k)])
        levels.append((made.samples[0, 4_680:4_920] ** 2).mean())

    assert abs(10 * np.log10(np.mean(levels) / 0.01)) < 1.5


@pytest.mark.parametrize(
    ("videos", "speeches", "why"),
    [
        ([], None, "there are none"),
        ("one.mp4", None, "give a list"),
        (["one.mp4", "none.mp4"], None, r"videos\[1\]: .*is not a file"),
        (["one.mp4", "said.wav"], None, r"videos\[1\]: .*no pictures"),
        (["one.mp4", 5], None, r"videos\[1\]: .*expected a path"),
        (["one.mp4"], ["said.wav"] * 2, "2 speeches, and 1 videos"),
        (["one.mp4"], ["one.mp4"], r"speeches\[0\]: .*no sound"),
    ],
)
def test_what_cannot_be_joined_is_named(tmp_path: Path, monkeypatch, videos, speeches, why) -> None:
    """And nothing is written."""
    monkeypatch.chdir(tmp_path)
    numbered(tmp_path / "one.mp4", range(3))
    hum(0.1).write_wav(tmp_path / "said.wav")
    before = sorted(tmp_path.iterdir())

    with pytest.raises(ls.BadRequest, match=why):
        ls.join(videos, speeches=speeches)
    assert sorted(tmp_path.iterdir()) == before


def test_a_part_is_never_overwritten(tmp_path: Path) -> None:
    """Not even if its own path is given."""
    one = numbered(tmp_path / "one.mp4", range(3))
    two = numbered(tmp_path / "two.mp4", range(3), Fraction(25))

    with pytest.raises(ls.BadRequest, match="give another path"):
        ls.join([one, two], two)
    assert numbers(two) == [0, 1, 2]
