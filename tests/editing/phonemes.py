"""Speaks a text as the sandbox does, and tells when each phoneme is spoken.

It is also a program, as espeak-ng keeps its state in globals:
``python phonemes.py VOICE RATE_WPM PITCH VOLUME OUT.wav < text`` prints JSON.
"""

import ctypes
import json
import os
import subprocess
import sys
import wave
from pathlib import Path
from typing import NamedTuple

import espeakng_loader

from lipsync_nb.sandbox.render import espeak
from lipsync_nb.sandbox.render.speech import BASE_VOICES, MIDDLE_PITCH, NORMAL_RATE_WPM, find_voice

WORD, PHONEME, LAST = 1, 7, 0
"""Types of espeak-ng's events, from its speak_lib.h."""
PHONEME_EVENTS = 1
SILENT = frozenset({"_", "_:", "_!", "_|", ""})
"""Phonemes that are pauses."""


class Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


class Phoneme(NamedTuple):
    """A phoneme, and when it is spoken, in seconds."""

    name: str
    start_s: float
    end_s: float

    @property
    def is_silent(self) -> bool:
        """Whether it is a pause."""
        return self.name in SILENT


def spoken(text: str, path: Path, voice: str) -> list[Phoneme]:
    """Speak a text into a WAV file, and return its phonemes."""
    chosen = find_voice(voice)
    arguments = (f"{BASE_VOICES[chosen.language]}+{chosen.timbre}", NORMAL_RATE_WPM, MIDDLE_PITCH)
    command = [sys.executable, __file__, *map(str, arguments), "100", str(path)]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=True)
    found = json.loads(done.stdout)
    ends = [start for _, start in found[1:]] + [found[-1][1]]
    return [Phoneme(name, start, end) for (name, start), end in zip(found, ends, strict=True)]


def main(voice: str, rate: str, pitch: str, volume: str, out: str) -> None:
    """Speak standard input; print the phonemes with their times in seconds."""
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    os.chdir(Path(espeakng_loader.get_data_path()).parent)
    hz = library.espeak_Initialize(espeak.SYNCHRONOUS, 0, b".", PHONEME_EVENTS)
    library.espeak_SetVoiceByName(voice.encode())
    for parameter, value in ((espeak.RATE, rate), (espeak.VOLUME, volume), (espeak.PITCH, pitch)):
        library.espeak_SetParameter(parameter, int(value), 0)
    pieces: list[bytes] = []
    phonemes: list[tuple[str, float]] = []

    def collect(samples: int | None, count: int, events: "ctypes._Pointer[Event]") -> int:
        if samples and count > 0:
            pieces.append(ctypes.string_at(samples, count * espeak.SAMPLE_BYTES))
        number = 0
        while events[number].type != LAST:
            if events[number].type == PHONEME:
                name = events[number].id.decode(errors="replace")
                phonemes.append((name, events[number].sample / hz))
            number += 1
        return 0

    kind = ctypes.CFUNCTYPE(
        ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(Event)
    )
    callback = kind(collect)
    library.espeak_SetSynthCallback(callback)
    text = sys.stdin.buffer.read()
    flags = espeak.CHARS_UTF8 | espeak.END_PAUSE
    library.espeak_ng_SetRandSeed(ctypes.c_long(espeak.RANDOM_SEED))
    library.espeak_Synth(text, len(text) + 1, 0, espeak.POSITION_CHARACTER, 0, flags, None, None)
    library.espeak_Synchronize()
    with wave.open(out, "wb") as wav:
        wav.setparams((1, espeak.SAMPLE_BYTES, hz, 0, "NONE", "not compressed"))
        wav.writeframes(b"".join(pieces))
    sys.stdout.write(json.dumps(phonemes))


if __name__ == "__main__":
    main(*sys.argv[1:])
