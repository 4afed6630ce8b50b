"""Chanjing's avatar videos: a person, public or one's own, says something.

Calls: ``create_video``, ``video``, ``video_list``.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal, Self

from pydantic import model_validator

from lipsync_nb.vendors.base import (
    AliasChoices,
    Call,
    CallbackURL,
    Cost,
    Delivery,
    Display,
    Field,
    JobPage,
    JobStatus,
    Media,
    Model,
    NonBlank,
    Product,
    Purpose,
    Request,
    Snapshot,
    Takes,
    Video,
    spoken_seconds,
)
from lipsync_nb.vendors.chanjing.answers import API
from lipsync_nb.vendors.chanjing.api import ChanjingApi
from lipsync_nb.vendors.chanjing.figures import Figures
from lipsync_nb.vendors.chanjing.picture import Background, Colour, Person, Size, Subtitles
from lipsync_nb.vendors.chanjing.prices import UNIT, price
from lipsync_nb.vendors.chanjing.speech import Speech
from lipsync_nb.vendors.chanjing.spoken_text import Pitch, SpeechText, Speed, VoiceId
from lipsync_nb.vendors.chanjing.video_reply import VideoReply

STATUSES = {
    10: JobStatus.running,
    30: JobStatus.succeeded,
    **dict.fromkeys(range(40, 60), JobStatus.failed),
}
"""The statuses of create_video: 4x are wrong parameters, 5x the vendor's own faults. Those of lip
sync are other numbers."""


class TextToSpeak(Model):
    """A text and the voice that speaks it (``audio.tts``). A `Speech` is taken for one too."""

    text: SpeechText
    """The text to speak (文本): fewer than 4,000 characters, no emoji."""
    voice: Annotated[
        VoiceId, Field(validation_alias=AliasChoices("voice", "audio_man", "audio_man_id"))
    ]
    """The voice's id (音色), from ``client.chanjing.voices()`` or ``own_voices()``, the
    ``audio_man_id`` of a person, or an `OwnVoice`."""
    speed: Speed = 1.0
    """Speed of the voice (语速), from 0.5 to 2."""
    pitch: Pitch = 1.0
    """Pitch of the voice (音调), from 0.1 to 3; the limits are those of the vendor's own client."""
    source: Annotated[
        Literal[1] | None, Display(label="Made", options={1: "On the vendor's website"})
    ] = None
    """1 for a voice that was made on the vendor's website and not through its API (声音来源)."""

    @model_validator(mode="before")
    @classmethod
    def _of_speech(cls, value: Any) -> Any:
        """Return the fields that a `Speech` shares with it."""
        if not isinstance(value, Speech):
            return value
        shared = value.model_fields_set & cls.model_fields.keys()
        return {name: getattr(value, name) for name in shared}


class AvatarVideo(Request[Video]):
    """A person, public or one's own, that says something (``POST /open/v1/create_video``)."""

    vendor = "chanjing"
    callback_field = "callback"
    exactly_one = ("audio", "tts")

    person: Person
    """The person, and the box that the person fills (数字人)."""
    audio: Annotated[Media | None, Takes(("audio",), ("mp3", "m4a", "wav"))] = None
    """The speech: mp3, m4a or wav. For subtitles the vendor wants 8 or 16 kHz and one channel."""
    tts: Annotated[TextToSpeak | None, Display(label="Text to speak")] = None
    """A text to speak instead."""
    volume: Annotated[int, Field(ge=1, le=100)] = 100
    """How loud (音量), from 1 to 100."""
    language: NonBlank = "cn"
    """The language of the speech (语言类型), such as ``cn`` for Chinese."""
    bg_color: Annotated[Colour | None, Display(label="Background colour")] = None
    """The colour behind the person (背景颜色), such as ``#EDEDED``."""
    background: Annotated[
        Background | None, Field(validation_alias=AliasChoices("background", "bg"))
    ] = None
    """A picture behind the person (背景图片)."""
    subtitles: Annotated[
        Subtitles | None, Field(validation_alias=AliasChoices("subtitles", "subtitle_config"))
    ] = None
    """What is said, in writing (字幕), as part of the picture. The vendor offers its times as well,
    as ``subtitle_data_url``: they are not fetched, as no page tells what is behind that URL."""
    screen_width: Size = 1080
    """Width of the video, in pixels (屏幕宽度)."""
    screen_height: Size = 1920
    """Height of the video, in pixels (屏幕高度)."""
    model: Annotated[
        Literal[0, 1, 2], Display(options={0: "Basic", 1: "High quality", 2: "Cartoon"})
    ] = 0
    """The model: 0 basic, 1 high quality, 2 cartoon (模型版本)."""
    resolution_rate: Annotated[
        Literal[0, 1], Display(label="Resolution", options={0: "1080p", 1: "4K"})
    ] = 0
    """The resolution (分辨率): 0 is 1080p, 1 is 4K, which not every person supports."""
    add_compliance_watermark: Annotated[bool, Display(label="AI watermark")] = False
    """Whether the video is marked as made by AI (合规水印)."""
    callback: CallbackURL | None = None
    """The URL that the vendor calls when the job ends (回调地址)."""

    @model_validator(mode="after")
    def _transparent(self) -> Self:
        """Refuse what a transparent video leaves out."""
        shown = {
            "bg_color": self.bg_color is not None,
            "background": self.background is not None,
            "subtitles": self.subtitles is not None and self.subtitles.show,
        }
        if self.person.is_rgba_mode and (
            extra := [name for name, is_set in shown.items() if is_set]
        ):
            raise ValueError(
                f"a transparent video (person.is_rgba_mode) has no {' and no '.join(extra)}; "
                "leave out one or the other"
            )
        return self


class AvatarVideoReply(VideoReply):
    """A job (``video``, ``video_list``): duration in seconds."""

    statuses = STATUSES
    units_per_second = 1


class AvatarVideoProduct(Product[ChanjingApi]):
    """The avatar videos.

    Args:
        vendor: The vendor.
    """

    kinds = (AvatarVideo,)
    lists = True

    def __init__(self, vendor: ChanjingApi) -> None:
        super().__init__(vendor)
        self._figures = Figures(vendor)

    async def submission(self, request: AvatarVideo, delivery: Delivery) -> Call[Snapshot]:
        """Upload the audio and the background if they are local files; return the call."""
        screen = request.screen_width, request.screen_height
        same = {"screen_width", "screen_height", "model", "resolution_rate"}
        others = {"bg_color", "add_compliance_watermark", "callback"}
        body = request.model_dump(include=same | others, exclude_none=True)
        person = await self._person(request.person, delivery)
        body["person"] = person | request.person.box(screen)
        body["audio"] = await self._audio(request, delivery)
        if request.person.source is not None:
            body["source"] = request.person.source
        if request.tts is not None and request.tts.source is not None:
            body["audio_source"] = request.tts.source
        if (background := request.background) is not None:
            picture = await self._background(background.picture, delivery)
            body["bg"] = picture | background.box(screen)
        if request.subtitles is not None:
            body["subtitle_config"] = request.subtitles.config(screen)
        path, read = f"{API}create_video", self.vendor.created
        return Call("POST", path, read, purpose=Purpose.paid, json=body, rate="create_video")

    def poll(self, request: AvatarVideo, vendor_id: str) -> Call[Snapshot]:
        """Ask ``video``."""
        return self.vendor.job_detail(f"{API}video", vendor_id, AvatarVideoReply)

    def listing(self, page: int) -> Call[JobPage]:
        """Ask ``video_list``."""
        return self.vendor.job_list(f"{API}video_list", page, AvatarVideoReply)

    def estimate(
        self, request: AvatarVideo, seconds: Callable[[Media], float | None]
    ) -> Cost | None:
        """Return the cost by the begun second of speech; that of a text is estimated."""
        length = None if request.audio is None else seconds(request.audio)
        if request.tts is not None:
            length = spoken_seconds(request.tts.text, request.tts.speed)
        if length is None:
            return None
        return Cost(price(request.model, length, self.vendor.base_fee), UNIT, estimated=True)

    async def _person(self, person: Person, delivery: Delivery) -> dict[str, Any]:
        body = person.model_dump(exclude={"source"}, exclude_none=True)
        if person.figure_type is None and person.source is None:
            figure = await self._figures.first(person.id, delivery.send)
            body |= {"figure_type": figure} if figure else {}
        return body

    async def _audio(self, request: AvatarVideo, delivery: Delivery) -> dict[str, Any]:
        settings = {"volume": request.volume, "language": request.language}
        if (text := request.tts) is not None:
            spoken = {"text": [text.text], "audio_man": text.voice}
            tts = {**spoken, "speed": text.speed, "pitch": text.pitch}
            return {"type": "tts", "tts": tts, **settings}
        assert request.audio is not None  # noqa: S101 - for the type checker
        if request.audio.url is not None:
            return {"type": "audio", "wav_url": await delivery.url(request.audio), **settings}
        file = await delivery.file(request.audio)
        sound = await self.vendor.upload(file, "make_video_audio", delivery)
        return {"type": "audio", "file_id": sound.file_id, **settings}

    async def _background(self, picture: Media, delivery: Delivery) -> dict[str, Any]:
        if picture.url is not None:
            return {"src_url": await delivery.url(picture)}
        file = await delivery.file(picture)
        uploaded = await self.vendor.upload(file, "make_video_background", delivery)
        return {"file_id": uploaded.file_id}
