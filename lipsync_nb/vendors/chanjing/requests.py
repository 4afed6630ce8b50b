"""Chanjing's requests: a speech, and a clip with audio or a text to speak.

Calls: ``create_audio_task``, ``video_lip_sync/create``.
"""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, model_validator

from lipsync_nb.vendors.base import (
    AliasChoices,
    Audio,
    CallbackURL,
    Display,
    Field,
    FromJob,
    Media,
    Model,
    NonBlank,
    Request,
    Takes,
    Talk,
    Text,
    Video,
    Voice,
    frame_size,
)
from lipsync_nb.vendors.chanjing.prices import spoken_seconds

LONGEST_TEXT = 3_999
"""Characters of a text for a speech; the page says fewer than 4,000."""
EMOJI = re.compile(
    "[\u2600-\u2604\u260e\u2611\u2618\u261d\u2620\u2622\u2623\u2626\u262a\u262e\u262f\u2638-\u263a"
    "\u2640\u2642\u265f\u2660\u2663\u2665\u2666\u2668\u267b\u267e\u2692\u2694-\u2697\u2699\u269b\u269c"
    "\u26a0\u26a7\u26b0\u26b1\u26c8\u26cf\u26d1\u26d3\u26e9\u26f0\u26f1\u26f4\u26f7-\u26f9\u2702\u2708\u2709"
    "\u270c\u270d\u270f\u2712\u2714\u2716\u271d\u2721\u2733\u2734\u2744\u2747\u2763\u2764\u27a1\u2b05-\u2b07"
    "\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1"
    "\u26aa\u26ab\u26bd\u26be\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a"
    "\u270b\u2728\u274c\u274e\u2753-\u2755\u2757\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55"
    "\ufe0f\u20e3\U0001f000-\U0001faff\U000e0020-\U000e007f]"
)
"""Unicode's emoji, except digits, letters and plain arrows; ★, ✓ and ❶ are not in it."""


def _without_emoji(text: str) -> str:
    if found := EMOJI.search(text):
        raise ValueError(f"emoji cannot be spoken; remove U+{ord(found.group()):04X}")
    return text


Spoken = Annotated[NonBlank, AfterValidator(_without_emoji), Display(lines=4), FromJob(Text)]
SpeechText = Annotated[
    NonBlank,
    Field(max_length=LONGEST_TEXT),
    AfterValidator(_without_emoji),
    Display(lines=4),
    FromJob(Text),
]
VoiceId = Annotated[
    NonBlank,
    Display(label="Voice", listed_by="voices", previewed_by="audition"),
    FromJob(Voice, vendor="chanjing"),
]
Speed = Annotated[float, Field(ge=0.5, le=2)]
Pitch = Annotated[float, Field(ge=0.1, le=3)]


class Speech(Request[Audio]):
    """A text that a voice speaks (``POST /open/v1/create_audio_task``)."""

    vendor = "chanjing"
    callback_field = "callback"

    text: SpeechText
    """The text to speak: fewer than 4,000 characters, no emoji."""
    voice: Annotated[VoiceId, Field(validation_alias=AliasChoices("voice", "audio_man_id"))]
    """The voice's id, from ``client.vendors["chanjing"].voices()`` (``audio_man``)."""
    speed: Speed = 1.0
    """Speed of the voice (语速), from 0.5 to 2."""
    pitch: Pitch = 1.0
    """Pitch of the voice (音调), from 0.1 to 3; the limits are those of the vendor's own client."""
    plain_text: Annotated[NonBlank | None, FromJob(Text)] = None
    """The same text without marks, if the text has any (纯文本)."""
    aigc_watermark: bool = False
    """Whether the audio is marked as made by AI."""
    callback: CallbackURL | None = None
    """The URL that the vendor calls when the job ends (回调地址)."""

    @classmethod
    def speaking(cls, text: str, voice: str) -> Self:
        """Return the request for a text that a voice speaks."""
        return cls(text=text, voice=voice)

    def spoken_seconds(self) -> float | None:
        """Return about how long it is, unless the text is still to be made."""
        return spoken_seconds(self.text, self.speed) if isinstance(self.text, str) else None


class SpokenText(Model):
    """A text and the voice that speaks it (``tts_config``). A `Speech` is taken for one too."""

    text: Spoken
    """The text to speak, without emoji."""
    audio_man_id: VoiceId
    """The voice's id, from ``client.vendors["chanjing"].voices()``."""
    speed: Speed = 1.0
    """Speed of the voice (语速), from 0.5 to 2."""
    pitch: Pitch = 1.0
    """Pitch of the voice (音调), from 0.1 to 3; the limits are those of the vendor's own client."""

    @model_validator(mode="before")
    @classmethod
    def _of_speech(cls, value: Any) -> Any:
        """Return the fields that a `Speech` shares with it."""
        if not isinstance(value, Speech):
            return value
        given = {name: getattr(value, name) for name in value.model_fields_set}
        shared = {name: each for name, each in given.items() if name in cls.model_fields}
        return shared | {"audio_man_id": value.voice}


class LipSync(Request[Video]):
    """A clip with its lips synced to another speech (``POST /open/v1/video_lip_sync/create``)."""

    vendor = "chanjing"
    callback_field = "callback"
    exactly_one = ("audio", "tts")

    video: Annotated[Media, Takes(("video",), ("mp4", "mov", "webm"))]
    """The clip with the face: mp4, mov or webm."""
    audio: Annotated[Media | None, Takes(("audio",), ("mp3", "m4a", "wav"))] = None
    """The speech: mp3, m4a or wav."""
    tts: Annotated[SpokenText | None, Display(label="Text to speak")] = None
    """A text to speak instead."""
    screen_width: Annotated[int, Field(ge=1), Display(unit="px")] = 1080
    """Width of the result, in pixels (屏幕宽度)."""
    screen_height: Annotated[int, Field(ge=1), Display(unit="px")] = 1920
    """Height of the result, in pixels (屏幕高度)."""
    backway: Annotated[
        Literal[1, 2],
        Display(label="At the clip's end", options={1: "Start again", 2: "Play backwards"}),
    ] = 1
    """At the clip's end: 1 starts it again, 2 plays it backwards (播放顺序)."""
    drive_mode: Annotated[
        Literal["", "random"],
        Display(options={"": "From the start", "random": "Random start"}),
    ] = ""
    """Empty to begin at the first frame, "random" at a random one (驱动模式)."""
    model: Annotated[Literal[0, 1], Display(options={0: "Basic", 1: "High quality"})] = 0
    """The model: 0 basic, 1 high quality (模型版本)."""
    volume: Annotated[int, Field(ge=1, le=100)] = 100
    """How loud (音量), from 1 to 100."""
    callback: CallbackURL | None = None
    """The URL that the vendor calls when the job ends (回调地址)."""

    @classmethod
    def talking(cls, talk: Talk) -> Self:
        """Return a request from a face and a speech, or a text and a voice; sized as the clip."""
        spoken: dict[str, Any] = {"audio": talk.speech}
        if talk.speech is None:
            voice = talk.needed_voice('an id from client.vendors["chanjing"].voices()')
            spoken = {"tts": SpokenText(text=talk.needed_text(), audio_man_id=voice)}
        clip = talk.any_clip()
        if clip.path is not None:
            spoken["screen_width"], spoken["screen_height"] = frame_size(clip.path)
        return cls(video=clip, **spoken)
