"""Sounds in the formats that vendors offer."""

import wave
from pathlib import Path
from typing import Any, Final

import av

CODECS: Final = {"mp3": ("mp3", "libmp3lame", 44_100), "opus": ("opus", "libopus", 48_000)}
"""Format → FFmpeg's container and encoder, and the samples per second."""
KBIT = 1000


def convert(wav: Path, out: Path, *, format: str = "wav", kbit_per_s: int = 128) -> None:  # noqa: A002 -- the vendors' name
    """Convert a WAV file, which is deleted.

    Args:
        wav: The WAV file.
        out: Where the other goes.
        format: ``wav``, ``pcm`` (the samples alone), or one of `CODECS`.
        kbit_per_s: The bit rate of an mp3.
    """
    if format == "pcm":
        with wave.open(str(wav)) as sound:
            out.write_bytes(sound.readframes(sound.getnframes()))
    elif format in CODECS:
        _encode(wav, out, format, kbit_per_s)
    else:
        wav.replace(out)
    wav.unlink(missing_ok=True)


def _encode(wav: Path, out: Path, kind: str, kbit_per_s: int) -> None:
    container, codec, rate = CODECS[kind]
    with av.open(str(wav)) as source, av.open(str(out), "w", format=container) as target:
        stream: Any = target.add_stream(codec, rate=rate, layout="mono")
        if kind == "mp3":
            stream.bit_rate = KBIT * kbit_per_s
        for frame in (*source.decode(audio=0), None):
            target.mux(stream.encode(frame))
