"""Lengths are counted where a container has none, or a wrong one; prices and limits follow."""

import av
import numpy as np
import pytest
from media_files import made
from unusual_media import amr, film, recording, with_cover, with_wav_size

import lipsync_nb as ls
from lipsync_nb.errors import BadRequest
from lipsync_nb.files import LocalFile
from lipsync_nb.jobs.validation import speech_seconds
from lipsync_nb.media import Takes
from lipsync_nb.media.probe import duration_s

FRAGMENTS = {"movflags": "+frag_keyframe+empty_moov+default_base_moof", "frag_duration": "500000"}

SOUNDS = {
    "raw.aac": lambda path: recording(path, "aac", "adts"),
    "bare.mp3": lambda path: recording(path, "mp3", "mp3", quality="500", write_xing="0"),
    "known.mp3": lambda path: recording(path, "mp3", "mp3", quality="500"),
    "piped.flac": lambda path: recording(path, "flac", "flac", piped=True),
    "known.flac": lambda path: recording(path, "flac"),
    "browser.webm": lambda path: recording(path, "libopus", "webm", piped=True, live="1"),
    "piped.mka": lambda path: recording(path, "flac", "matroska", piped=True),
    "known.weba": lambda path: recording(path, "libopus", "webm"),
    "voice.ogg": lambda path: recording(path, "libopus", "ogg"),
    "memo.m4a": lambda path: recording(path, "aac", "ipod"),
    "memo.3gp": lambda path: recording(path, "aac", "3gp"),
    "memo.mov": lambda path: recording(path, "pcm_s16le", "mov"),
    "fragmented.mp4": lambda path: recording(path, "aac", "mp4", **FRAGMENTS),
    "streamed.mp4": lambda path: recording(path, "aac", "mp4", piped=True, **FRAGMENTS),
    "radio.ts": lambda path: recording(path, "aac", "mpegts"),
    "piped.flv": lambda path: recording(path, "aac", "flv", rate=44_100, piped=True),
    "old.avi": lambda path: recording(path, "mp3", "avi"),
    "mac.aiff": lambda path: recording(path, "pcm_s16be"),
    "mac.caf": lambda path: recording(path, "pcm_s16be", "caf"),
    "telephone.amr": amr,
    "telephone.wav": lambda path: recording(path, "pcm_mulaw", rate=8000),
}


def wave(path):
    """Write the plain WAV file of the recording."""
    return recording(path.with_name("plain.wav"), "pcm_s16le")


def joined(path, **given):
    """Write a recording of five seconds twice into one file."""
    once = recording(path.with_name("once"), seconds=5.0, **given)
    path.write_bytes(2 * once.read_bytes())
    return path


SOUNDS |= {
    "streamed.wav": lambda path: with_wav_size(wave(path), path, 0xFFFFFFFF),
    "empty.wav": lambda path: with_wav_size(wave(path), path, 0),
    "sox.wav": lambda path: with_wav_size(wave(path), path, 0x7FFFF000),
    "cover.mp3": lambda path: with_cover(SOUNDS["bare.mp3"](path.with_name("a")), path, b"x" * 999),
    "tags.aac": lambda path: with_cover(SOUNDS["raw.aac"](path.with_name("a")), path, b"x" * 999),
    "joined.mp3": lambda path: joined(path, codec="mp3", container="mp3", quality="500"),
    "joined.aac": lambda path: joined(path, codec="aac", container="adts"),
    "joined.ogg": lambda path: joined(path, codec="libopus", container="ogg"),
    "joined.ts": lambda path: joined(path, codec="aac", container="mpegts"),
}

FILMS = {
    "known.mp4": {},
    "known.mkv": {},
    "live.mkv": {"container": "matroska", "piped": True},
    "live.webm": {"codec": "libvpx", "container": "webm", "piped": True, "live": "1"},
    "fragmented.mp4": FRAGMENTS,
    "camcorder.mts": {"container": "mpegts"},
    "disc.m2ts": {"container": "mpegts", "mpegts_m2ts_mode": "1"},
    "disc.vob": {"codec": "mpeg2video", "container": "vob"},
    "piped.flv": {"container": "flv", "piped": True},
    "old.avi": {},
}


IS_OLD = int(av.__version__.partition(".")[0]) < 18
NOT_READ = {"piped.flv", "disc.vob", "joined.ogg"} if IS_OLD else set()
"""Files that older versions of PyAV do not survive, or whose packets they give wrong times."""


@pytest.mark.parametrize("name", sorted(SOUNDS.keys() - NOT_READ))
def test_a_sound_is_as_long_as_its_packets(tmp_path, name):
    """Its bit rate varies, so no length can be guessed from it."""
    path = SOUNDS[name](tmp_path / name)

    assert duration_s(path) == pytest.approx(10.0, abs=0.11)


@pytest.mark.parametrize("sound", [False, True], ids=["mute", "sound"])
@pytest.mark.parametrize("name", sorted(FILMS.keys() - NOT_READ))
def test_a_clip_is_as_long_as_its_packets(tmp_path, name, sound):
    """Of two seconds, with and without sound."""
    black = np.zeros((48, 64, 3), np.uint8)
    if sound and name in {"live.webm", "disc.vob"}:
        pytest.skip("it takes no AAC")
    path = film(tmp_path / name, [black], sound=sound, **FILMS[name])

    assert duration_s(path) == pytest.approx(2.0, abs=0.11)


@pytest.mark.parametrize("name", ["raw.aac", "bare.mp3", "piped.flac", "browser.webm"])
def test_prices_follow(tmp_path, name):
    """They are those of the sound in a container that knows its length."""
    vendor = ls.Lingdong("key", base_url="https://vendor.test/api/v1")
    price = []
    for path in (SOUNDS[name](tmp_path / name), wave(tmp_path / name)):
        request = ls.lingdong.Generate(source="face.png", audio=path)
        price.append(vendor.estimate(request, speech_seconds).amount)

    assert price[0] == pytest.approx(price[1], rel=0.02)


def test_limits_follow(tmp_path):
    """A recording of ten seconds is no sample of twenty."""
    path = SOUNDS["browser.webm"](tmp_path / "browser.webm")

    refusal = Takes(("audio",), min_seconds=20).refusal(LocalFile.of(path))

    assert refusal in {
        "9.9 s is under the minimum of 20 s",
        "10.0 s is under the minimum of 20 s",
    }


@pytest.mark.parametrize("ending", ["jpg", "png", "webp"])
def test_a_picture_has_no_length(tmp_path, ending):
    """The error says so."""
    with pytest.raises(BadRequest, match=f"made.{ending}: a picture has no length"):
        duration_s(made(tmp_path, ending))


def test_zeros_behind_a_wav_have_no_length(tmp_path):
    """Some recorders reserve room; FFmpeg would look through all of it for further parts."""
    path = wave(tmp_path / "any")
    known = duration_s(path)
    with path.open("r+b") as file:
        file.truncate(99_000_000)  # a sparse file

    assert duration_s(path) == known
