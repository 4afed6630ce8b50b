"""One speech of espeak-ng, run as a separate program by ``speech.py``.

espeak-ng keeps its state in globals. Two threads would disturb each other, and a second speech
of the same text would differ from the first. A new process for each speech avoids both, and
turns a crash in C into an exit code.

Usage: ``python espeak.py VOICE RATE_WPM PITCH VOLUME OUT.wav < texts``, where texts are separated
by NUL. It prints the sample at which each text ends.
"""

import ctypes
import os
import sys
import wave
from pathlib import Path

import espeakng_loader

# From espeak-ng's speak_lib.h.
SYNCHRONOUS = 2
CHARS_UTF8 = 1
POSITION_CHARACTER = 1
END_PAUSE = 0x1000
RATE, VOLUME, PITCH = 1, 2, 3

RANDOM_SEED = 1
"""Seed of the noise in a voice's breath. By default espeak-ng uses the time of day."""

SAMPLE_BYTES = 2

SynthCallback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


def main(voice: str, rate: str, pitch: str, volume: str, out: str) -> None:
    """Speak standard input into the WAV file ``out``; on failure, exit with the reason."""
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    os.chdir(Path(espeakng_loader.get_data_path()).parent)  # it allows paths of 160 bytes
    sample_rate = library.espeak_Initialize(SYNCHRONOUS, 0, b".", 0)
    if sample_rate <= 0:
        sys.exit("espeak-ng did not start")
    if library.espeak_SetVoiceByName(voice.encode()) != 0:
        sys.exit(f"espeak-ng has no voice {voice!r}")
    for parameter, value in ((RATE, rate), (PITCH, pitch), (VOLUME, volume)):
        library.espeak_SetParameter(parameter, int(value), 0)
    pieces: list[bytes] = []

    def collect(samples: int | None, count: int, _events: int | None) -> int:
        if samples and count > 0:
            pieces.append(ctypes.string_at(samples, count * SAMPLE_BYTES))
        return 0

    callback = SynthCallback(collect)
    library.espeak_SetSynthCallback(callback)
    flags = CHARS_UTF8 | END_PAUSE
    for text in sys.stdin.buffer.read().split(b"\0"):
        library.espeak_ng_SetRandSeed(ctypes.c_long(RANDOM_SEED))
        library.espeak_Synth(text, len(text) + 1, 0, POSITION_CHARACTER, 0, flags, None, None)
        library.espeak_Synchronize()
        sys.stdout.write(f"{sum(map(len, pieces)) // SAMPLE_BYTES}\n")
    with wave.open(out, "wb") as wav:
        wav.setparams((1, SAMPLE_BYTES, sample_rate, 0, "NONE", "not compressed"))
        wav.writeframes(b"".join(pieces))


if __name__ == "__main__":
    main(*sys.argv[1:])
