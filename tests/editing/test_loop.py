"""A clip that is played forwards and backwards, until its speech ends."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from editing.numbered import frame, hum, numbered, numbers
from hypothesis import given
from hypothesis import strategies as st

import lipsync_nb as ls
from lipsync_nb.decode.containers import picture_track, sound_track
from lipsync_nb.editing.back_and_forth import BackAndForth, runs
from lipsync_nb.editing.clip import Clip

FORTH_AND_BACK = [*range(40), *range(38, -1, -1), *range(1, 40)]


def played(length: int) -> list[int]:
    """One period of the sequence, by hand: 0, 1, 2, 3, 2, 1."""
    return [*range(length), *range(length - 2, 0, -1)]


@given(length=st.integers(1, 40), first=st.integers(0, 300), count=st.integers(0, 200))
def test_the_runs_are_the_endless_sequence(length: int, first: int, count: int) -> None:
    """From any place in it, for any number of frames."""
    period = played(length)
    expected = [period[place % len(period)] for place in range(first, first + count)]

    assert [k for run in runs(length, first, count) for k in range(*run)] == expected


def test_no_frame_is_doubled_at_the_turns(tmp_path: Path) -> None:
    """The sequence is 0 … 39, 38 … 0, 1 … and so on."""
    clip = numbered(tmp_path / "clip.mp4", range(40), sound=hum(1.6))
    made = ls.loop(clip, 4.0)

    assert numbers(made.path) == FORTH_AND_BACK[:100]
    assert made.path == tmp_path / "clip-looped.mp4"
    with av.open(str(made.path)) as container:
        assert sound_track(container) is None


@pytest.mark.parametrize("key_frames", [5, 250])
def test_a_long_clip_is_decoded_piece_by_piece(tmp_path: Path, key_frames: int) -> None:
    """With the same result as if all of it was kept, however far apart its key frames are."""
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as out:
        options = {"g": str(key_frames), "bf": "3", "crf": "10"}
        stream = out.add_stream("libx264", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(90):
            shown = frame(number)
            shown.pts, shown.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(shown))
        out.mux(stream.encode(None))
    sequence = BackAndForth(Clip.open(path), kept_bytes=10 * 64 * 48 * 3 // 2)

    shown_numbers = [
        round((shown.to_ndarray()[24, 32] - 24) / 2) for shown in sequence.frames(30, 200)
    ]

    expected = played(90) * 2
    assert shown_numbers == expected[30:230]


def test_each_part_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    """The clips of a speech's parts, put together, are one loop without a jump."""
    clip = numbered(tmp_path / "clip.mp4", range(40))
    speech = tmp_path / "speech.wav"
    hum(1.2).write_wav(speech)
    made = ls.loop(clip, [1.0, speech, 1.8])

    assert [len(numbers(each.path)) for each in made] == [25, 30, 45]
    assert [k for each in made for k in numbers(each.path)] == FORTH_AND_BACK[:100]
    assert made[0].path == tmp_path / "clip-looped" / "clip-01.mp4"


def test_lengths_between_two_frames_do_not_add_up(tmp_path: Path) -> None:
    """A part is rounded up to whole frames, and the next one begins at its own time."""
    clip = numbered(tmp_path / "clip.mp4", range(90), 30)
    made = ls.loop(clip, [0.99] * 3)

    begins = [numbers(each.path)[0] for each in made]
    assert begins == [round(k * 0.99 * 30) for k in range(3)]


def test_a_clip_of_one_frame_is_a_still(tmp_path: Path) -> None:
    """It is shown for the whole time."""
    made = ls.loop(numbered(tmp_path / "clip.mp4", [7]), 0.4)

    assert numbers(made.path) == [7] * 10


def test_a_picture_is_shown_for_the_whole_time(tmp_path: Path, samples) -> None:
    """It becomes a still video, as `still_video` makes it."""
    made = ls.loop(samples.face, [0.4, 0.8], tmp_path / "stills")

    assert [each.duration_s for each in made] == pytest.approx([0.4, 0.8])


def test_a_clip_in_webm_ends_with_its_picture(tmp_path: Path) -> None:
    """Its container has one length for picture and sound; the last frame is not repeated."""
    path = tmp_path / "clip.webm"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libvpx", rate=25, options={"crf": "10", "b": "1M"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        sound = out.add_stream("libopus", rate=48_000, layout="mono")
        for number in range(20):
            shown = frame(number)
            shown.pts, shown.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(shown))
        said = av.AudioFrame.from_ndarray(np.zeros((1, 96_000), np.float32), "flt", "mono")
        said.sample_rate, said.pts = 48_000, 0
        out.mux([*stream.encode(None), *sound.encode(said), *sound.encode(None)])
    with av.open(str(path)) as container:
        assert picture_track(container) is not None

    assert numbers(ls.loop(path, 2.0, tmp_path / "out.mp4").path) == (played(20) * 2)[:50]


@pytest.mark.parametrize("seconds", [0, -1.0, True, float("nan"), float("inf"), 1e9])
def test_a_length_out_of_range_is_refused(tmp_path: Path, seconds: float) -> None:
    """By an error that names it, and nothing is written."""
    clip = numbered(tmp_path / "clip.mp4", range(3))

    with pytest.raises(ls.BadRequest, match=r"^seconds\[1\]="):
        ls.loop(clip, [1.0, seconds])
    assert list(tmp_path.iterdir()) == [clip]


def test_the_clip_itself_is_never_overwritten(tmp_path: Path) -> None:
    """Not even if its own path is given."""
    clip = numbered(tmp_path / "clip.mp4", range(3))
    before = clip.read_bytes()

    with pytest.raises(ls.BadRequest, match="give another path"):
        ls.loop(clip, 1.0, clip)
    assert clip.read_bytes() == before
