"""Media to send to the vendors."""

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pptx
import skimage.data
from PIL import Image

import lipsync_nb as ls

RATE = 16_000


@dataclass(frozen=True)
class Media:
    """Files to send.

    Attributes:
        face: A portrait.
        clip: The portrait as a clip.
        speech: A second of sound.
        sample: Sound that is long enough to clone a voice.
        slides: A deck of one slide.
        long_clip: The portrait as a clip that is long enough to train a person from.
        long_sample: Sound that is long enough to train a voice from.
    """

    face: Path
    clip: Path
    speech: Path
    sample: Path
    slides: Path
    long_clip: Path
    long_sample: Path

    @classmethod
    def make(cls, folder: Path) -> "Media":
        """Make them in a folder."""
        face = folder / "face.jpg"
        Image.fromarray(skimage.data.astronaut()).save(face)
        return cls(
            face=face,
            clip=ls.still_video(face, 1.0, folder / "clip.mp4"),
            speech=sound(folder / "speech.wav", 1.0),
            sample=sound(folder / "sample.wav", 20.5),
            slides=slides(folder / "幻灯片.pptx"),
            long_clip=ls.still_video(face, 30.5, folder / "long_clip.mp4"),
            long_sample=sound(folder / "long_sample.wav", 30.5),
        )


def sound(path: Path, seconds: float) -> Path:
    """Write a hum that comes and goes."""
    time = np.arange(int(seconds * RATE)) / RATE
    hum = np.sin(2 * np.pi * 180 * time) * np.abs(np.sin(2 * np.pi * 2 * time))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((hum * 12_000).astype("<i2").tobytes())
    return path


def slides(path: Path) -> Path:
    """Write a deck of one slide, with a note."""
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[0])
    slide.shapes.title.text = "标题"
    slide.notes_slide.notes_text_frame.text = "大家好。"
    deck.save(str(path))
    return path
