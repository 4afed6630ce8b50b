"""Media, and one request of every kind of every vendor made of them."""

import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pptx
import skimage.data
from PIL import Image

import lipsync_nb as ls
from lipsync_nb.vendors.base import Request

RATE = 16_000


@dataclass(frozen=True)
class Media:
    """Files to send."""

    face: Path
    clip: Path
    speech: Path
    sample: Path
    slides: Path

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


FIGURE = {
    "look_name": "AM054_Jap_9021_new",
    "tts_vcn_name": "XMOV_HN_TTS__236",
    "studio_name": "youling_2d_v",
}

ORDERS: dict[str, Callable[[Media], Request]] = {
    "lingdong picture": lambda m: ls.lingdong.Generate(source=m.face, audio=m.speech),
    "lingdong clip": lambda m: ls.lingdong.Generate(source=m.clip, audio=m.speech),
    "yunai audio": lambda m: ls.yunai.AvatarVideo(avatar=m.face, audio=m.speech, no_watermark=True),
    "yunai clone": lambda m: ls.yunai.AvatarVideo(
        avatar=m.face, clone=ls.yunai.CloneVoice(audio=m.sample, language="zh", text="大家好")
    ),
    "yunai voice": lambda m: ls.yunai.AvatarVideo(
        avatar=m.clip,
        voice=ls.yunai.UseVoice(
            voice_engine_id="nina",
            audio_id="b92d7e1c40d0447eb563a13ec92d9042",
            language="en",
            text="Hello, world!",
        ),
    ),
    "lipsync_studio clip": lambda m: ls.lipsync_studio.LipSyncVideo(
        video=m.clip, audio=m.speech, resolution="720p", prompt="calm", seed=42, mask_image=m.face
    ),
    "lipsync_studio picture": lambda m: ls.lipsync_studio.LipSyncImage(
        image=m.face, audio=m.speech
    ),
    "lipsync_studio dialogue": lambda m: ls.lipsync_studio.LipSyncDialogue(
        image=m.face, left_audio=m.speech, right_audio=m.speech, order="left_right"
    ),
    "xingyun script": lambda m: ls.xingyun.RenderScript(
        **FIGURE,
        segments=[
            ls.xingyun.Segment(text="大家好 hello", media_url=m.face),
            ls.xingyun.Segment(text="再见"),
        ],
    ),
    "xingyun slides": lambda m: ls.xingyun.RenderSlides(
        **FIGURE, ppt=m.slides, video_name="测试", sub_title="off", if_aigc_mark=False
    ),
    "chanjing audio": lambda m: ls.chanjing.LipSync(video=m.clip, audio=m.speech, model=1),
    "chanjing text": lambda m: ls.chanjing.LipSync(
        video=m.clip,
        tts=ls.chanjing.Speech(
            text="君不见黄河之水天上来",
            audio_man_id="C-f2429d07554749839849497589199916",
            speed=1.2,
        ),
    ),
}
"""Every kind of request, with every way of giving it a voice."""
