"""Yunai 云AI: an avatar and audio, a cloned voice or a stock voice, all at public URLs.

Page: 数字人, 标准版数字人合成 (生成数字人视频, 获取任务详情). Resellers wrap the same task in an
envelope of their own; both are read.
"""

import re
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, ClassVar, Literal, Self

import httpx
from pydantic import SecretStr, model_validator

from lipsync_nb.vendors.base import (
    MB,
    AliasChoices,
    Answer,
    BearerAuth,
    Call,
    Code,
    Delivery,
    Display,
    Field,
    FromJob,
    JobId,
    JobStatus,
    Lenient,
    Media,
    Message,
    Model,
    NonBlank,
    OutOfCredit,
    Purpose,
    Reply,
    Request,
    Snapshot,
    Takes,
    Talk,
    Text,
    Time,
    Vendor,
    Video,
    Voice,
    as_code,
    in_path,
    reason,
    status_error,
    translate,
    without_empty,
)

LARGEST = 100 * MB
"""Bytes, by the page: 限制100m大小."""
CLONE_SECONDS = 20
"""The shortest sample that a voice can be cloned from, in seconds."""

DONE = 200
"""``web_work_status`` of a finished work; below 0 it failed, anything else is still running."""
SUCCESS_CODES = (0, 200, "success")
"""The page's text says 200 is success, its example shows 0, resellers send a word."""
NO_CREDIT_CODES = {"quota_not_enough", "insufficient_user_quota"}
"""Codes of services that resellers are built on, for an empty account; on no page of the vendor."""
HTTP_ERRORS = range(400, 600)
"""Codes that repeat an HTTP status."""
REFUSALS = range(400, 500)
"""The codes among them that prove that nothing was made."""
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

Speech = Annotated[NonBlank, Display(lines=4), FromJob(Text)]
Language = Annotated[Literal["zh", "en"], Display(options={"zh": "Chinese", "en": "English"})]


class CloneVoice(Model):
    """A voice cloned from a sample, speaking a text (``create_voice``)."""

    audio: Annotated[
        Media, Takes(("audio",), max_bytes=LARGEST, min_seconds=CLONE_SECONDS, spoken=False)
    ]
    """The sample of the voice, at least 20 s long and at most 100 MB."""
    language: Language
    """The language of the text."""
    text: Speech
    """What is spoken."""


class UseVoice(Model):
    """A stock voice, speaking a text (``use_voice``)."""

    voice_engine_id: Annotated[NonBlank, Display(label="Voice engine")]
    """The voice's engine, such as ``nina``."""
    audio_id: Annotated[NonBlank, Display(label="Voice"), FromJob(Voice, "yunai")]
    """The voice's id."""
    language: Language
    """The language of the text."""
    text: Speech
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


class _Task(Reply):
    @model_validator(mode="before")
    @classmethod
    def _unwrapped(cls, task: Any) -> Any:
        """Merge nested ``data``: a reseller may wrap the vendor's task, or its whole answer."""
        while isinstance(task, dict) and isinstance(inner := task.get("data"), dict):
            outer = {key: value for key, value in without_empty(task).items() if key != "data"}
            task = {**without_empty(inner), **outer}
        return task


class _Submitted(_Task):
    id: JobId = Field(validation_alias=AliasChoices("id", "task_id"))

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, task: Any) -> Any:
        """Read a bare id, as resellers send it."""
        return {"id": task} if isinstance(task, str | int) else task


class _Work(_Task):
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


class Yunai(Vendor):
    """Yunai 云AI.

    Args:
        api_key: ``YUNAI_API_KEY``.
        base_url: ``YUNAI_BASE_URL``; the API is sold under several hosts.
        proxy: Its proxy, such as ``http://127.0.0.1:7890``, or ``"direct"`` for none; by default
            the environment's.
    """

    name = "yunai"
    title = "Yunai 云AI"
    kinds = (AvatarVideo,)
    variables: ClassVar = {"api_key": "YUNAI_API_KEY"}
    default_base_url = "https://api.yunai.xyz"  # on no page: inferred from public clients
    takes_urls_only = True

    def __init__(
        self,
        api_key: str | SecretStr | None = None,
        *,
        base_url: str | None = None,
        proxy: str | None = None,
    ) -> None:
        super().__init__(base_url=base_url, proxy=proxy, api_key=api_key)

    def auth(self) -> httpx.Auth:
        """Send the key as a bearer token."""
        return BearerAuth(self.key("api_key"))

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
        return Call("POST", "avatar/generation", self._submitted, purpose=Purpose.paid, json=body)

    def poll(self, request: AvatarVideo, vendor_id: str) -> Call[Snapshot]:
        """Ask ``GET /avatar/task/{id}``."""
        read = partial(self._work, vendor_id)
        return Call("GET", f"avatar/task/{in_path(vendor_id)}", read, purpose=Purpose.poll)

    def check(self, answer: Answer) -> None:
        """Raise by the code for no credit, then by the HTTP status, then by the envelope's code."""
        payload = answer.payload if isinstance(answer.payload, dict) else {}
        code, why = as_code(payload.get("code")), reason(payload) or "no reason given"
        if (empty := _no_credit_code(payload)) is not None:
            raise OutOfCredit(f"yunai: {empty}, {why}", code=empty)
        super().check(answer)
        if code is None or code in SUCCESS_CODES:
            return
        status = code if isinstance(code, int) and code in HTTP_ERRORS else answer.status
        raise status_error(self.name, Answer(status, payload, answer.retry_after), why, code=code)

    def refuses(self, answer: Answer) -> bool:
        """Return whether the code repeats an HTTP status from 400 to 499, or is for no credit."""
        payload = answer.payload if isinstance(answer.payload, dict) else {}
        return as_code(payload.get("code")) in REFUSALS or _no_credit_code(payload) is not None

    def _submitted(self, payload: Any) -> Snapshot:
        task = self.read_data(_Submitted, payload)
        return Snapshot(JobStatus.queued, "submitted", task.id)

    def _work(self, task_id: str, payload: Any) -> Snapshot:
        work = self.read_data(_Work, payload)
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


def _no_credit_code(payload: Mapping[str, Any]) -> int | str | None:
    """Return the code of an answer or of the error in it, if it is for an empty account."""
    error = payload.get("error")
    inner = error.get("code") if isinstance(error, dict) else None
    codes = (as_code(payload.get("code")), as_code(inner))
    return next((code for code in codes if code in NO_CREDIT_CODES), None)


def _status(word: int | str) -> JobStatus:
    if isinstance(word, str):
        return translate(RESELLER_STATUSES, word)
    if word == DONE:
        return JobStatus.succeeded
    return JobStatus.failed if word < 0 else JobStatus.running
