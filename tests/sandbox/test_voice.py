"""The sandbox's text to speech."""

import os
import subprocess
import sys
import time
import wave
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from pathlib import Path

import espeakng_loader
import numpy as np
import pytest

from lipsync_nb.sandbox.render import espeak
from lipsync_nb.sandbox.render.speech import VOICES, speak, speak_all, voice_for

TEXT = {
    "en": "The rain in Spain falls mainly on the plain.",
    "cmn": "今天天气很好，我们去公园散步吧。",
}
IDS = [voice.id for voice in VOICES]


def samples_of(path: Path) -> np.ndarray:
    with wave.open(str(path)) as wav:
        assert (wav.getnchannels(), wav.getsampwidth(), wav.getframerate()) == (1, 2, 22050)
        return np.frombuffer(wav.readframes(wav.getnframes()), "<i2").astype(float)


def pitch_hz(samples: np.ndarray) -> float:
    """The median of the voiced pieces' fundamental frequencies, by autocorrelation."""
    found = []
    for start in range(0, len(samples) - 1024, 512):
        piece = samples[start : start + 1024]
        if np.abs(piece).max() > 4000:
            alike = np.correlate(piece, piece, "full")[1023:]
            period = 22050 // 400 + int(np.argmax(alike[22050 // 400 : 22050 // 70]))
            found.append(22050 / period)
    return float(np.median(found))


@pytest.mark.parametrize("voice", VOICES, ids=IDS)
def test_every_voice_speaks(voice, tmp_path):
    """Each voice speaks its language aloud, and says how long that takes."""
    seconds = speak(TEXT[voice.language], tmp_path / "a.wav", voice=voice.id)

    samples = samples_of(tmp_path / "a.wav")
    assert seconds == pytest.approx(len(samples) / 22050)
    assert 2 < seconds < 6
    assert np.abs(samples).max() > 5000


def test_voices_cover_both_languages_and_genders():
    """There is a woman's and a man's voice in English and in Mandarin, each with its own id."""
    kinds = {(voice.language, voice.gender) for voice in VOICES}

    assert kinds == {(lang, sex) for lang in ("en", "cmn") for sex in ("female", "male")}
    assert len(set(IDS)) == len(VOICES)


def test_womens_voices_are_higher_than_mens(tmp_path):
    """The lowest woman's voice lies well above the highest man's."""
    heights: dict[str, list[float]] = {"female": [], "male": []}
    for voice in VOICES:
        speak(TEXT[voice.language], tmp_path / "a.wav", voice=voice.id)
        heights[voice.gender].append(pitch_hz(samples_of(tmp_path / "a.wav")))

    assert min(heights["female"]) > 1.3 * max(heights["male"])


def test_same_text_gives_same_samples_even_at_once(tmp_path):
    """Speech does not depend on the time of day, nor on what else is being spoken."""
    alone = tmp_path / "alone.wav"
    speak(TEXT["en"], alone, voice="en-emma")
    time.sleep(1.1)  # espeak-ng's own random seed changes with the second

    def say(number: int) -> bytes:
        path = tmp_path / f"{number}.wav"
        speak(TEXT["en"] if number % 2 else TEXT["cmn"], path, voice="en-emma")
        return path.read_bytes()

    with ThreadPoolExecutor(4) as pool:
        spoken = list(pool.map(say, range(8)))

    assert set(spoken[1::2]) == {alone.read_bytes()}
    assert len(set(spoken[::2])) == 1


@pytest.mark.parametrize(("speed", "share"), [(0.5, 2.0), (0.8, 1.25), (1.25, 0.8), (2.0, 0.5)])
def test_speed_is_honoured(speed, share, tmp_path):
    """Half the speed takes about twice the time, and so on."""
    usual = speak(TEXT["en"], tmp_path / "usual.wav", voice="en-james")

    other = speak(TEXT["en"], tmp_path / "other.wav", voice="en-james", speed=speed)

    assert other / usual == pytest.approx(share, rel=0.15)


def test_pitch_is_honoured(tmp_path):
    """A higher pitch is a higher voice, a lower one a lower voice."""
    heights = []
    for pitch in (0.7, 1.0, 1.4):
        speak(TEXT["en"], tmp_path / "a.wav", voice="en-emma", pitch=pitch)
        heights.append(pitch_hz(samples_of(tmp_path / "a.wav")))

    assert heights[0] < 0.93 * heights[1]
    assert heights[2] > 1.07 * heights[1]


def test_volume_is_honoured(tmp_path):
    """Volume 50 is half as loud as 100."""
    levels = []
    for volume in (50, 100):
        speak(TEXT["en"], tmp_path / "a.wav", voice="en-emma", volume=volume)
        levels.append(samples_of(tmp_path / "a.wav").std())

    assert levels[0] / levels[1] == pytest.approx(0.5, rel=0.1)


def test_an_english_voice_reads_chinese_as_chinese(tmp_path):
    """As long as a Chinese voice takes, and not as "Chinese letter" for each character."""
    english = speak("你好 my friend", tmp_path / "english.wav", voice="en-james")
    chinese = speak("你好 my friend", tmp_path / "chinese.wav", voice="cmn-dawei")

    assert english == pytest.approx(chinese, rel=0.05)


def bands_db(samples: np.ndarray) -> np.ndarray:
    """The levels of 24 bands of the long-term spectrum, relative to all of it."""
    pieces = np.lib.stride_tricks.sliding_window_view(samples, 1024)[::512]
    power = (np.abs(np.fft.rfft(pieces * np.hanning(1024))) ** 2).mean(axis=0)
    bands = np.add.reduceat(power, np.unique(np.geomspace(4, 512, 25).astype(int))[:-1])
    return 10 * np.log10(bands / bands.sum())


def test_no_two_voices_sound_alike(tmp_path):
    """Of the same text: at least a semitone apart in pitch, or 2 dB in the spectrum."""
    heard = {}
    for voice in VOICES:
        speak(TEXT["cmn"], tmp_path / "a.wav", voice=voice.id)
        samples = samples_of(tmp_path / "a.wav")
        heard[voice.id] = (pitch_hz(samples), bands_db(samples))

    for one, other in combinations(IDS, 2):
        (pitch, bands), (other_pitch, other_bands) = heard[one], heard[other]
        semitones = abs(12 * np.log2(pitch / other_pitch))
        spectrum_db = float(np.sqrt(np.mean((bands - other_bands) ** 2)))
        assert semitones >= 1 or spectrum_db >= 2, (one, other, semitones, spectrum_db)


def test_texts_follow_each_other_and_their_times_are_known(tmp_path):
    """Each begins where the last one ended, and sounds as long as alone; the last ends the file."""
    texts = ["今天天气很好。", "我们去公园散步吧！", "Hello."]
    said = speak_all(texts, tmp_path / "all.wav", voice="cmn-yating")
    alone = [speak_all([text, "好"], tmp_path / "a.wav", voice="cmn-yating")[0] for text in texts]

    assert [each.text for each in said] == texts
    assert [each.begin_s for each in said] == [0.0, *(each.end_s for each in said[:-1])]
    assert said[-1].end_s == len(samples_of(tmp_path / "all.wav")) / 22050
    lengths = [each.end_s - each.begin_s for each in said]
    assert lengths == pytest.approx([each.end_s for each in alone], abs=0.03)


def test_long_texts_are_spoken_whole(tmp_path):
    """A text of 2,400 characters takes ten times as long as a tenth of it."""
    tenth = speak(TEXT["cmn"] * 15, tmp_path / "a.wav", voice="cmn-yating")

    whole = speak(TEXT["cmn"] * 150, tmp_path / "b.wav", voice="cmn-yating")

    assert whole / tenth == pytest.approx(10, rel=0.05)


def test_it_speaks_from_deep_folders(tmp_path):
    """espeak-ng has no room for paths over 160 bytes; installed that deep, it still speaks."""
    deep = tmp_path / ("a" * 100) / ("b" * 100)
    deep.mkdir(parents=True)
    (deep / "espeakng_loader").symlink_to(Path(espeakng_loader.__file__).parent)
    out = tmp_path / "a.wav"

    settings = ["en-us", "175", "50", "100", str(out)]
    program = [sys.executable, espeak.__file__, *settings]
    subprocess.run(program, input=b"Hello", env={**os.environ, "PYTHONPATH": str(deep)}, check=True)

    assert np.abs(samples_of(out)).max() > 5000


@pytest.mark.parametrize("text", ["", "   ", "😀🎉", "?! …", "。，、"])
def test_nothing_to_speak_is_refused(text, tmp_path):
    """A text without letters and digits is refused, and no file is left."""
    with pytest.raises(ValueError, match="nothing to speak"):
        speak(text, tmp_path / "a.wav", voice="en-emma")

    assert not (tmp_path / "a.wav").exists()


def test_unknown_voices_are_refused(tmp_path):
    """The error for a voice that does not exist names those that do."""
    with pytest.raises(ValueError, match=r"unknown voice 'nobody'.*en-emma"):
        speak("Hello", tmp_path / "a.wav", voice="nobody")


def test_any_name_has_a_voice():
    """A foreign name gets a voice of the gender asked for, always the same; an id its own."""
    names = [f"vendor voice {number}" for number in range(20)]

    assert {voice_for(name, "male").gender for name in names} == {"male"}
    assert [voice_for(name, "female") for name in names] == [
        voice_for(name, "female") for name in names
    ]
    assert len({voice_for(name, "female") for name in names}) > 1
    assert voice_for("cmn-dawei", "female").id == "cmn-dawei"
