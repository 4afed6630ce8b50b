"""Yunai 云AI: an avatar and audio, a cloned voice or a stock voice, all at public URLs.

Page: 数字人, 标准版数字人合成 (生成数字人视频, 获取任务详情). Resellers wrap the same task in an
envelope of their own; both are read.
"""

import re
from functools import partial
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator

from lipsync_nb.vendors.base import (
    MB,
    AliasChoices,
    Call,
    Code,
    Delivery,
    Display,
    Field,
    FromJob,
    JobStatus,
    Lenient,
    Media,
    Message,
    Model,
    NonBlank,
    Product,
    Purpose,
    Request,
    Snapshot,
    Takes,
    Talk,
    Text,
    Time,
    Video,
    in_path,
    translate,
)
from lipsync_nb.vendors.yunai.answers import Task
from lipsync_nb.vendors.yunai.api import YunaiApi

LARGEST = 100 * MB
"""Bytes, by the page: 限制100m大小."""
CLONE_SECONDS = 20
"""The shortest sample that a voice can be cloned from, in seconds."""

DONE = 200
"""``web_work_status`` of a finished work; below 0 it failed, anything else is still running."""
RESELLER_STATUSES = {
    "NOT_START": JobStatus.queued,
    "SUBMITTED": JobStatus.queued,
    "QUEUED": JobStatus.queued,
    "IN_PROGRESS": JobStatus.running,
    "SUCCESS": JobStatus.succeeded,
    "FAILURE": JobStatus.failed,
    "UNKNOWN": JobStatus.unknown,
}

CHINESE = re.compile("[\u3400-\u9fff]")

SpokenText = Annotated[NonBlank, Display(lines=4), FromJob(Text)]
Language = Annotated[Literal["zh", "en"], Display(options={"zh": "Chinese", "en": "English"})]


class CloneVoice(Model):
    """A voice cloned from a sample, speaking a text (``create_voice``)."""

    audio: Annotated[
        Media, Takes(("audio",), max_bytes=LARGEST, min_seconds=CLONE_SECONDS, spoken=False)
    ]
    """The sample of the voice, at least 20 s long and at most 100 MB."""
    language: Language
    """The language of the text."""
    text: SpokenText
    """What is spoken."""


def _stock(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError(f"takes the id of a stock voice as a text, not a {type(value).__name__}")  # noqa: TRY004 - pydantic wants this one
    return value


class UseVoice(Model):
    """A stock voice, speaking a text (``use_voice``)."""

    voice_engine_id: Annotated[NonBlank, Display(label="Voice engine")]
    """The voice's engine, such as ``nina``."""
    audio_id: Annotated[NonBlank, BeforeValidator(_stock), Display(label="Voice")]
    """The voice's id in that engine. No job makes such a voice: the page does not say that those of
    `OwnVoice` and of the deprecated cloning can be used here."""
    language: Language
    """The language of the text."""
    text: SpokenText
    """What is spoken."""


class AvatarVideo(Request[Video]):
    """An avatar that speaks (生成数字人视频, ``POST /avatar/generation``)."""

    vendor = "yunai"
    exactly_one = ("audio", "clone", "voice")

    avatar: Annotated[Media, Takes(("image", "video"), max_bytes=LARGEST)]
    """The face: a picture or a clip, at most 100 MB (数字人形象)."""
    audio: Annotated[Media | None, Takes(("audio",), max_bytes=LARGEST)] = None
    """The speech, at most 100 MB."""
    clone: Annotated[CloneVoice | None, Display(label="Cloned voice")] = None
    """A voice cloned from a sample."""
    voice: Annotated[UseVoice | None, Display(label="Stock voice")] = None
    """A stock voice."""
    no_watermark: bool = False
    """Whether to leave out the vendor's watermark."""

    @classmethod
    def talking(cls, talk: Talk) -> Self:
        """Return a request from a face and a speech, or a text and a voice ``"engine/id"``."""
        if talk.speech is not None:
            return cls(avatar=talk.needed_face(), audio=talk.speech)
        text = talk.needed_text()
        engine, _, voice = talk.needed_voice('"engine/id", such as "nina/1234"').partition("/")
        language = "zh" if CHINESE.search(text) else "en"
        spoken = UseVoice(voice_engine_id=engine, audio_id=voice, language=language, text=text)
        return cls(avatar=talk.needed_face(), voice=spoken)


class _Work(Task):
    web_work_status: Code | None = None
    status: str | None = None
    no_wm_work_video_path: Lenient[str] = None
    work_video_path: Lenient[str] = None
    wm_work_video_path: Lenient[str] = None
    work_webp_path: Lenient[str] = None
    fail_reason: Message = Field(
        None, validation_alias=AliasChoices("fail_reason", "message", "msg")
    )
    create_time: Lenient[Time] = Field(
        None, validation_alias=AliasChoices("create_time", "submit_time", "created_at")
    )

    @property
    def word(self) -> int | str:
        """The status as it came: a reseller's word, if it is one, else the vendor's number."""
        if self.status in RESELLER_STATUSES or self.web_work_status is None:
            return self.status or ""
        return self.web_work_status


class AvatarVideoProduct(Product[YunaiApi]):
    """The product."""

    kinds = (AvatarVideo,)

    async def submission(self, request: AvatarVideo, delivery: Delivery) -> Call[Snapshot]:
        """Give all media a URL, and return a call with the fields as JSON."""
        body: dict[str, Any] = {"avatar_url": await delivery.url(request.avatar)}
        if request.audio is not None:
            body["audio_url"] = await delivery.url(request.audio)
        elif request.clone is not None:
            sample = await delivery.url(request.clone.audio)
            body["create_voice"] = {
                "audio_url": sample,
                **request.clone.model_dump(exclude={"audio"}),
            }
        elif request.voice is not None:
            body["use_voice"] = request.voice.model_dump()
        if request.no_watermark:
            body["no_watermark"] = True
        read = self.vendor.submitted
        return Call("POST", "avatar/generation", read, purpose=Purpose.paid, json=body)

    def poll(self, request: AvatarVideo, vendor_id: str) -> Call[Snapshot]:
        """Ask ``GET /avatar/task/{id}``."""
        read = partial(self._work, vendor_id)
        return Call("GET", f"avatar/task/{in_path(vendor_id)}", read, purpose=Purpose.poll)

    def _work(self, task_id: str, payload: Any) -> Snapshot:
        work = self.vendor.read_data(_Work, payload)
        status = _status(work.word)
        return Snapshot(
            status=status,
            vendor_status=str(work.word),
            vendor_id=task_id,
            video_url=work.no_wm_work_video_path or work.work_video_path or work.wm_work_video_path,
            poster_url=work.work_webp_path,
            error=work.fail_reason if status is JobStatus.failed else None,
            created_at=work.create_time,
        )


def _status(word: int | str) -> JobStatus:
    if isinstance(word, str):
        return translate(RESELLER_STATUSES, word)
    if word == DONE:
        return JobStatus.succeeded
    return JobStatus.failed if word < 0 else JobStatus.running
