"""Chanjing's lip sync: a clip with audio, or with a text to speak.

Calls: ``video_lip_sync/create``, ``detail``, ``list``.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal, Self

from pydantic import model_validator

from lipsync_nb.vendors.base import (
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
    Product,
    Purpose,
    Request,
    Snapshot,
    Takes,
    Talk,
    Video,
    frame_size,
    spoken_seconds,
)
from lipsync_nb.vendors.chanjing.answers import API
from lipsync_nb.vendors.chanjing.api import ChanjingApi
from lipsync_nb.vendors.chanjing.prices import UNIT, price
from lipsync_nb.vendors.chanjing.speech import Speech
from lipsync_nb.vendors.chanjing.spoken_text import Pitch, Speed, Spoken, VoiceId
from lipsync_nb.vendors.chanjing.video_reply import VideoReply

STATUSES = {
    0: JobStatus.queued,
    10: JobStatus.running,
    20: JobStatus.succeeded,
    30: JobStatus.failed,
}
"""The statuses of video_lip_sync; those of create_video are other numbers."""


class SpokenText(Model):
    """A text and the voice that speaks it (``tts_config``). A `Speech` is taken for one too."""

    text: Spoken
    """The text to speak, without emoji."""
    audio_man_id: VoiceId
    """The voice's id, from ``client.chanjing.voices()``."""
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
            voice = talk.needed_voice("an id from client.chanjing.voices()")
            spoken = {"tts": SpokenText(text=talk.needed_text(), audio_man_id=voice)}
        clip = talk.any_clip()
        if clip.path is not None:
            spoken["screen_width"], spoken["screen_height"] = frame_size(clip.path)
        return cls(video=clip, **spoken)


class LipSyncReply(VideoReply):
    """A job (``detail``, ``list``): duration in milliseconds."""

    statuses = STATUSES
    units_per_second = 1000


class LipSyncProduct(Product[ChanjingApi]):
    """The lip sync of clips."""

    kinds = (LipSync,)
    lists = True

    async def submission(self, request: LipSync, delivery: Delivery) -> Call[Snapshot]:
        """Upload the clip and the audio once both are local files; return the call for the job."""
        files = {field: await delivery.file(media) for field, media, _ in request.media()}
        body = request.model_dump(exclude={"video", "audio", "tts"}, exclude_none=True)
        clip = await self.vendor.upload(files["video"], "lip_sync_video", delivery)
        body["video_file_id"] = clip.file_id
        if request.audio is not None:
            sound = await self.vendor.upload(files["audio"], "lip_sync_audio", delivery)
            body |= {"audio_type": "audio", "audio_file_id": sound.file_id}
        elif request.tts is not None:
            body |= {"audio_type": "tts", "tts_config": request.tts.model_dump()}
        path, read = f"{API}video_lip_sync/create", self.vendor.created
        return Call("POST", path, read, purpose=Purpose.paid, json=body, rate="create")

    def poll(self, request: LipSync, vendor_id: str) -> Call[Snapshot]:
        """Ask ``video_lip_sync/detail``."""
        return self.vendor.job_detail(f"{API}video_lip_sync/detail", vendor_id, LipSyncReply)

    def listing(self, page: int) -> Call[JobPage]:
        """Ask ``video_lip_sync/list``."""
        return self.vendor.job_list(f"{API}video_lip_sync/list", page, LipSyncReply)

    def estimate(self, request: LipSync, seconds: Callable[[Media], float | None]) -> Cost | None:
        """Return the cost by the begun second of speech; that of a text is estimated."""
        length = None if request.audio is None else seconds(request.audio)
        if request.tts is not None:
            length = spoken_seconds(request.tts.text, request.tts.speed)
        if length is None:
            return None
        return Cost(price(request.model, length, self.vendor.base_fee), UNIT, estimated=True)
