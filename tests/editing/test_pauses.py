"""The pauses of a speech, found by its sound."""

from pathlib import Path

import av
import numpy as np
import pytest
from editing.phonemes import Phoneme, spoken
from editing.texts import SPEECHES

import lipsync_nb as ls
from lipsync_nb.editing.pauses import pauses_of
from lipsync_nb.editing.sound import Sound, read_sound
from lipsync_nb.sandbox.render.speech import speak

LONG_S = 0.25
"""Seconds of a pause that must be found; the default of `ls.pauses` is 0.2."""
EDGE_S = 0.04
"""Seconds by which a pause may be wrong: a window, and the last echo of a sound."""


def silences(phonemes: list[Phoneme]) -> list[tuple[float, float]]:
    """When nothing is spoken, in seconds."""
    found: list[tuple[float, float]] = []
    for phoneme in phonemes:
        if phoneme.is_silent and found and found[-1][1] == phoneme.start_s:
            found[-1] = found[-1][0], phoneme.end_s
        elif phoneme.is_silent:
            found.append((phoneme.start_s, phoneme.end_s))
    return found


def pink(sound: Sound, ratio_db: float) -> Sound:
    """The sound with the noise of a room, so far below it."""
    spectrum = np.fft.rfft(np.random.default_rng(0).normal(size=len(sound)))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    noise = np.fft.irfft(spectrum, len(sound))
    level = np.sqrt((sound.samples**2).mean()) * 10 ** (-ratio_db / 20)
    samples = sound.samples + level * noise / noise.std()
    return Sound(samples.astype(np.float32), sound.rate)


@pytest.fixture(scope="module")
def speeches(tmp_path_factory) -> dict[str, tuple[Sound, list[tuple[float, float]]]]:
    """Twenty speeches of the sandbox in two languages, and when nothing is spoken in them."""
    folder, made = tmp_path_factory.mktemp("speeches"), {}
    for name, text, voice in SPEECHES:
        phonemes = spoken(text, folder / f"{name}.wav", voice)
        sound = read_sound(folder / f"{name}.wav")
        assert sound is not None
        made[name] = sound, silences(phonemes)
    return made


def test_phonemes_are_those_of_the_sandbox(tmp_path: Path) -> None:
    """What tells the phonemes speaks the same samples as the sandbox."""
    name, text, voice = SPEECHES[0]
    spoken(text, tmp_path / f"{name}.wav", voice)
    speak(text, tmp_path / "sandbox.wav", voice=voice)

    assert (tmp_path / f"{name}.wav").read_bytes() == (tmp_path / "sandbox.wav").read_bytes()


@pytest.mark.parametrize("noise_db", [None, 40, 30, 25, 20])
def test_every_long_pause_of_twenty_speeches_is_found(speeches, figure, noise_db) -> None:
    """Of 10 texts in each language, with and without the noise of a room."""
    found = expected = 0
    for sound, silent in speeches.values():
        heard = sound if noise_db is None else pink(sound, noise_db)
        pauses = pauses_of(heard, 0.2)
        long = [(a, b) for a, b in silent if b - a >= LONG_S]
        expected += len(long)
        found += sum(any(p.start_s < b and a < p.end_s for p in pauses) for a, b in long)

    noise = "no noise" if noise_db is None else f"noise at -{noise_db} dB"
    figure(f"pauses of 20 speeches, {noise}: {found} of {expected} found")
    assert expected > 70
    assert found >= 0.95 * expected


@pytest.mark.parametrize("noise_db", [None, 30, 20])
def test_the_middle_of_a_pause_is_never_inside_a_word(speeches, figure, noise_db) -> None:
    """By the phonemes that were spoken: so a cut there divides no word."""
    middles = wrong = 0
    for sound, silent in speeches.values():
        heard = sound if noise_db is None else pink(sound, noise_db)
        for pause in pauses_of(heard, 0.2):
            middle = (pause.start_s + pause.end_s) / 2
            middles += 1
            wrong += not any(a <= middle <= b for a, b in silent)

    noise = "no noise" if noise_db is None else f"noise at -{noise_db} dB"
    figure(f"pauses of 20 speeches, {noise}: {wrong} of {middles} inside a word")
    assert wrong == 0


SPANS = [(0.0, 0.5), (1.5, 1.8), (2.8, 3.6), (4.6, 5.0)]
"""Silence in what `talk` makes, in seconds; between 1.0 and 1.1 there is a gap that is none."""


def talk(rate: int, channels: int = 1, gain: float = 0.5) -> Sound:
    """Five seconds of a buzz with pauses, and with a closure as that of a stop."""
    at = np.arange(round(5 * rate)) / rate
    buzz = sum(np.sin(2 * np.pi * 150 * k * at) / k for k in range(1, 25))
    for start, end in [*SPANS, (1.0, 1.1)]:
        buzz[(at >= start) & (at < end)] = 0
    samples = np.tile(gain * buzz / np.abs(buzz).max(), (channels, 1))
    return Sound(samples.astype(np.float32), rate)


def is_near(pauses: list[ls.Pause]) -> bool:
    """Whether these are the pauses of `talk`."""
    ends = [(pause.start_s, pause.end_s) for pause in pauses]
    return np.shape(ends) == np.shape(SPANS) and bool(np.allclose(ends, SPANS, atol=EDGE_S))


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000])
def test_pauses_are_found_at_any_rate(tmp_path: Path, rate: int) -> None:
    """Where they are, in mono and stereo; a gap of 0.1 s is none."""
    for channels in (1, 2):
        talk(rate, channels).write_wav(tmp_path / "talk.wav")

        assert is_near(ls.pauses(tmp_path / "talk.wav"))


@pytest.mark.parametrize(("codec", "ending"), [("mp3", "mp3"), ("aac", "m4a"), ("flac", "flac")])
def test_pauses_are_found_in_any_format(tmp_path: Path, codec: str, ending: str) -> None:
    """Losses of the codec blur their edges by less than a window."""
    path, sound = tmp_path / f"talk.{ending}", talk(44_100)
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=44_100, layout="mono")
        samples = (sound.samples * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(samples, "s16", "mono")
        frame.sample_rate, frame.pts = 44_100, 0
        resampler = av.AudioResampler(stream.format, "mono", 44_100, stream.frame_size or None)
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(stream.encode(piece))
        out.mux(stream.encode(None))

    assert is_near(ls.pauses(path))


@pytest.mark.parametrize("gain", [0.9, 0.05, 0.003])
def test_pauses_are_found_at_any_gain(gain: float) -> None:
    """They are quieter than the speech, however quiet that is."""
    assert is_near(pauses_of(talk(48_000, gain=gain), 0.2))


def test_hum_is_no_speech() -> None:
    """The hum of mains, as loud as the voice, does not hide a pause."""
    sound = talk(48_000)
    hum = 0.5 * np.sin(2 * np.pi * 50 * np.arange(len(sound)) / sound.rate)

    assert is_near(pauses_of(Sound(np.float32(sound.samples + hum), sound.rate), 0.2))


def test_silence_before_the_noise_of_a_room_hides_no_pause() -> None:
    """As when a silent beginning was added in an editor."""
    noisy = pink(talk(48_000), 25)
    silence = Sound.silence(48_000, 1, 48_000)
    both = Sound(np.concatenate([silence.samples, noisy.samples], axis=1), 48_000)
    found = pauses_of(both, 0.2)

    assert [round(p.end_s, 1) for p in found[-3:]] == [2.8, 4.6, 6.0]


def test_a_short_pause_is_found_on_request() -> None:
    """A gap of 0.1 s counts if 0.08 s are enough."""
    assert len(pauses_of(talk(48_000), 0.08)) == len(SPANS) + 1


def test_a_sound_without_pauses_has_none() -> None:
    """Neither a steady tone nor a noise is quieter than itself."""
    tone = Sound(np.float32(0.3 * np.sin(np.arange(96_000) * 0.2))[None], 48_000)
    noise = np.random.default_rng(0).normal(0, 0.1, (1, 96_000))

    assert pauses_of(tone, 0.2) == []
    assert pauses_of(Sound(noise.astype(np.float32), 48_000), 0.2) == []


def test_silence_is_one_pause() -> None:
    """From its beginning to its end; and no sound has no pause."""
    assert pauses_of(Sound.silence(8_000, 1, 8_000), 0.2) == [ls.Pause(0.0, 1.0)]
    assert pauses_of(Sound.silence(8_000, 1, 0), 0.2) == []


@pytest.mark.parametrize("shortest", [0, -1, 0.01, True, "long", float("nan")])
def test_a_length_out_of_range_is_refused(tmp_path: Path, shortest) -> None:
    """By an error that names it."""
    talk(8_000).write_wav(tmp_path / "talk.wav")

    with pytest.raises(ls.BadRequest, match=r"^shortest="):
        ls.pauses(tmp_path / "talk.wav", shortest=shortest)


def test_a_clip_without_sound_is_refused(samples) -> None:
    """By an error that says so."""
    with pytest.raises(ls.BadRequest, match=r"speech: .*has no sound"):
        ls.pauses(samples.clip)
