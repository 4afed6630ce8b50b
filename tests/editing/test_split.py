"""A long speech as parts, cut in its pauses."""

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from editing.numbered import hum
from editing.phonemes import spoken
from editing.texts import SPEECHES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lipsync_nb as ls
from lipsync_nb.editing.cuts import NoPause, cuts
from lipsync_nb.editing.sound import Sound, read_sound

RATE = 16_000


def speech_of(phrases: list[tuple[float, float]], rate: int = RATE, channels: int = 1) -> Sound:
    """Phrases of noise, each followed by a pause; lengths in seconds."""
    rng, pieces = np.random.default_rng(0), []
    for phrase_s, pause_s in phrases:
        pieces.append(rng.normal(0, 0.1, (channels, round(phrase_s * rate))))
        pieces.append(np.zeros((channels, round(pause_s * rate))))
    return Sound(np.concatenate(pieces, axis=1).clip(-1, 1).astype(np.float32), rate)


def decoded(path: Path) -> np.ndarray:
    """The samples of a file as 16 bits."""
    sound = read_sound(path)
    assert sound is not None
    return np.rint(sound.samples * 32768).clip(-32768, 32767).astype(int)


SPEECH = st.lists(st.tuples(st.floats(0.3, 4), st.floats(0.25, 1.5)), min_size=1, max_size=8)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    phrases=SPEECH,
    longest=st.floats(4.6, 12),
    rate=st.sampled_from([8_000, 11_025, 22_050, 44_100]),
    channels=st.integers(1, 2),
)
def test_parts_are_the_speech_cut_in_pauses(
    tmp_path: Path, phrases, longest: float, rate: int, channels: int
) -> None:
    """Sample by sample; none is longer than the limit; each cut has silence on both sides."""
    path = tmp_path / "speech.wav"
    speech_of(phrases, rate, channels).write_wav(path)
    parts = ls.split(path, longest)
    whole, pieces = decoded(path), [decoded(part.path) for part in parts]

    assert np.array_equal(np.concatenate(pieces, axis=1), whole)
    assert max(piece.shape[1] for piece in pieces) <= longest * rate
    margin = round(0.03 * rate)
    for before, after in pairwise(pieces):
        assert not before[:, -margin:].any()
        assert not after[:, :margin].any()


@settings(max_examples=60)
@given(phrases=SPEECH, longest=st.floats(4.6, 12))
def test_there_are_as_few_parts_as_possible(phrases, longest: float) -> None:
    """No more than if each part ends at the last end of a pause that it can reach."""
    spans, at = [], 0.0
    for phrase_s, pause_s in phrases:
        spans.append(ls.Pause(at + phrase_s, at + phrase_s + pause_s))
        at += phrase_s + pause_s
    rate, end = 1_000, round(at * 1_000)
    most = int(longest * rate)
    found = cuts(spans, end, rate, most)

    places = [round(at * rate) for p in spans for at in (p.start_s + 0.05, p.end_s - 0.05)]
    reach, parts = 0, 1
    while end - reach > most:
        reach = max(place for place in places if place <= reach + most)
        parts += 1
    assert len(found) + 1 <= parts
    assert all(b - a <= most for a, b in pairwise([0, *found, end]))


def test_no_cut_of_twenty_speeches_is_inside_a_word(tmp_path: Path, figure) -> None:
    """Both languages, cut into parts of at most 9 s: by the phonemes that were spoken."""
    count = wrong = wide = 0
    for name, text, voice in SPEECHES:
        path = tmp_path / f"{name}.wav"
        phonemes = spoken(text, path, voice)
        at = 0.0
        for part in ls.split(path, 9)[:-1]:
            at += part.duration_s
            count += 1
            wrong += not any(p.is_silent and p.start_s <= at <= p.end_s for p in phonemes)
            wide += abs(at / 0.04 - round(at / 0.04)) < 1e-3

    figure(f"20 speeches: {count} cuts, {wrong} inside a word, {wide} at whole frames")
    assert count >= 20
    assert wrong == 0


def test_parts_are_of_similar_length(tmp_path: Path) -> None:
    """lipsync.studio bills at least 5 s of each: a last part of one second would be dear."""
    path = tmp_path / "speech.wav"
    speech_of([(1.7, 0.3)] * 11).write_wav(path)  # 22 s
    lengths = [part.duration_s for part in ls.split(path, 10)]

    assert len(lengths) == 3
    assert min(lengths) > 5.5


def test_a_long_pause_is_cut_in_rather_than_a_short_one(tmp_path: Path) -> None:
    """If both give parts of nearly the same lengths."""
    path = tmp_path / "speech.wav"
    speech_of([(4.5, 0.25), (0.7, 1.0), (5, 0.5)]).write_wav(path)
    first, _ = ls.split(path, 8)

    assert 5.5 < first.duration_s < 6.5


def test_parts_are_whole_numbers_of_frames(tmp_path: Path) -> None:
    """At 25 and at 30 frames per second, where the pauses are long enough."""
    path = tmp_path / "speech.wav"
    speech_of([(1.73, 0.31), (2.39, 0.44), (1.11, 0.52)] * 4).write_wav(path)
    *parts, _ = ls.split(path, 6)

    for part in parts:
        assert part.duration_s / 0.2 == pytest.approx(round(part.duration_s / 0.2))


def test_a_short_speech_is_one_part(tmp_path: Path) -> None:
    """Which is the speech."""
    path = tmp_path / "speech.wav"
    speech_of([(2, 0.5)]).write_wav(path)
    [part] = ls.split(path)

    assert part.path.parent == tmp_path / "speech-parts"
    assert re.fullmatch(r"speech-[0-9a-f]{8}-part-01\.wav", part.path.name)
    assert np.array_equal(decoded(part.path), decoded(path))


def test_a_second_run_writes_nothing_anew(tmp_path: Path) -> None:
    """So the jobs of the parts are those that were paid; a part that was spoilt is mended."""
    path = tmp_path / "speech.wav"
    speech_of([(2, 0.5)] * 4).write_wav(path)
    parts = [part.path for part in ls.split(path, 3)]
    before = [part.stat().st_mtime_ns for part in parts]
    content = parts[0].read_bytes()
    parts[0].write_bytes(b"spoilt")
    again = [part.path for part in ls.split(path, 3)]

    assert again == parts
    assert parts[0].read_bytes() == content
    assert [part.stat().st_mtime_ns for part in parts[1:]] == before[1:]


def test_the_parts_of_a_folder(tmp_path: Path) -> None:
    """Are put where the user says; they are numbered so that they sort."""
    path = tmp_path / "speech.wav"
    speech_of([(0.6, 0.5)] * 110, rate=8_000).write_wav(path)
    parts = ls.split(path, 1.2, folder=tmp_path / "here")

    assert [part.path.name[-12:] for part in parts[:2]] == ["part-001.wav", "part-002.wav"]
    assert sorted((tmp_path / "here").iterdir()) == [part.path for part in parts]


def test_a_long_silence_is_cut(tmp_path: Path) -> None:
    """A silence that is longer than a part is no phrase."""
    path = tmp_path / "speech.wav"
    speech_of([(2, 14), (2, 0.5)]).write_wav(path)

    assert len(ls.split(path, 5)) == 4


def test_a_phrase_that_is_too_long_is_named(tmp_path: Path) -> None:
    """With its times and what can be done; nothing is written."""
    path = tmp_path / "speech.wav"
    speech_of([(2, 0.5), (7.1, 0.5), (1, 0.5)]).write_wav(path)

    with pytest.raises(ls.BadRequest, match=r"from 2\.5 s to 9\.6 s there is no pause of 0\.2 s"):
        ls.split(path, 6)
    assert list(tmp_path.iterdir()) == [path]


def test_a_phrase_is_too_long_by_its_own_length() -> None:
    """Pauses around it are cut near its ends if that helps."""
    spans = [ls.Pause(0.9, 2.0), ls.Pause(6.8, 8.0)]

    assert cuts(spans, 9_000, 1_000, 5_000)
    with pytest.raises(NoPause):
        cuts(spans, 9_000, 1_000, 4_700)


@pytest.mark.parametrize("longest", [0, -1, True, "30", None, float("nan"), float("inf"), 0.5])
def test_a_limit_out_of_range_is_refused(tmp_path: Path, longest) -> None:
    """By an error that names it."""
    hum(1).write_wav(tmp_path / "speech.wav")

    with pytest.raises(ls.BadRequest, match=r"^longest="):
        ls.split(tmp_path / "speech.wav", longest)


def test_parts_of_other_speeches_and_cuts_have_other_names(tmp_path: Path) -> None:
    """Two speeches of one name in one folder, and two cuts: no part replaces another's."""
    made = []
    for folder, phrase_s in (("a", 2.0), ("b", 2.2)):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / "speech.wav"
        speech_of([(phrase_s, 0.5)] * 4).write_wav(path)
        for longest in (3, 6):
            made += [p.path for p in ls.split(path, longest, folder=tmp_path / "parts")]

    assert len(set(made)) == len(made) == 12
    assert all(path.is_file() for path in made)


def test_a_file_of_the_users_is_not_taken_for_a_part(tmp_path: Path) -> None:
    """Whatever it contains."""
    path = tmp_path / "sp.wav"
    speech_of([(2, 0.5)]).write_wav(path)
    (tmp_path / "sp-part-01.wav").write_bytes(b"the user's")

    ls.split(path, folder=tmp_path)

    assert (tmp_path / "sp-part-01.wav").read_bytes() == b"the user's"


def test_a_speech_that_is_none_is_named(tmp_path: Path, samples) -> None:
    """With the argument; bytes need a folder; a folder is no file."""
    speech = speech_of([(2, 0.5)])
    speech.write_wav(tmp_path / "speech.wav")

    with pytest.raises(ls.BadRequest, match=r"^speech: .*face.*give a speech"):
        ls.split(samples.face)
    with pytest.raises(ls.BadRequest, match=r"^folder: .*bytes"):
        ls.split(speech.wav())
    with pytest.raises(ls.BadRequest, match=r"^folder=.* is a file"):
        ls.split(speech.wav(), folder=tmp_path / "speech.wav")
    [part] = ls.split(speech.wav(), np.float32(9), folder=tmp_path / "parts")
    assert part.duration_s == pytest.approx(2.5)
