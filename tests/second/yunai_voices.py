"""自研声音克隆, from the facts about it: voices from samples, and sounds of texts."""

from typing import TYPE_CHECKING, Any

from second.app import Seen
from second.fields import Wrong, demand, flag, integer, number, one_of, text
from second.hosts import SOUND_TYPES, sound
from second.yunai_media import seconds_of
from starlette.requests import Request
from starlette.responses import Response

if TYPE_CHECKING:
    from second.yunai import Yunai

MODELS = ("speech-1.5", "speech-1.6", "s1", "s1-mini")
FORMATS = ("mp3", "wav", "opus")


class Voices:
    """``/model`` and ``/v1/tts``; their errors have HTTP statuses, and no envelope.

    Args:
        yunai: Which has the key and the wishes.

    Attributes:
        models: What was sent for each voice.
    """

    def __init__(self, yunai: "Yunai") -> None:
        self._yunai = yunai
        self.models: dict[str, dict[str, list[str]]] = {}

    async def model(self, request: Request) -> Response:
        """创建新的语音模型."""
        if refusal := self._refusal(request):
            return refusal
        headers = [(key.decode(), value.decode()) for key, value in request.headers.raw]
        try:
            fields = _checked(Seen("POST", "", headers, await request.body()))
        except Wrong as wrong:
            return self._error(422, str(wrong))
        model_id = self._yunai.new_id()
        self.models[model_id] = fields
        told: dict[str, Any] = {
            "_id": model_id,
            "type": "tts",
            "title": fields["title"][0],
            "description": (fields.get("description") or [""])[0],
        }
        if self._yunai.fails:
            told["state"] = "failed"
        elif self._yunai.origin.odd:
            told |= {"state": "created", "created_at": "2026-01-13T12:00:00"}
        return self._yunai.origin.answer(told, 201)

    async def tts(self, request: Request) -> Response:
        """将文本转换为语音."""
        if refusal := self._refusal(request):
            return refusal
        try:
            given = await request.json()
            _check_tts(given)
            demand(
                {"model": request.headers.get("model", MODELS[0])}, {"model": one_of(*MODELS)}, {}
            )
        except (Wrong, ValueError) as wrong:
            return self._error(422, str(wrong))
        if self._yunai.fails:
            return self._error(402, "余额不足")
        kind = given.get("format", "mp3")
        mime = "application/octet-stream" if self._yunai.origin.odd else SOUND_TYPES[kind]
        return Response(sound(kind), media_type=mime)

    def _refusal(self, request: Request) -> Response | None:
        if self._yunai.refusal(request) is None:
            return None
        return self._error(401, "Invalid Token")

    def _error(self, status: int, why: str) -> Response:
        if self._yunai.origin.odd:
            told = {"error": {"message": why, "code": f"e_{status}", "type": "new_api_error"}}
            return self._yunai.origin.answer(told, status)
        return self._yunai.origin.answer({"status": status, "message": why}, status)


def _checked(seen: Seen) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    files: dict[str, list[bytes]] = {}
    for name, (file, _, body) in seen.all_parts:
        if file is None:
            fields.setdefault(name, []).append(body.decode())
        else:
            files.setdefault(name, []).append(body)
    demand(
        fields,
        {
            "type": one_once("tts"),
            "title": lambda given: len(given) == 1 and bool(given[0]),
            "train_mode": one_once("fast"),
            "visibility": one_once("private", "public"),
        },
        {
            "description": lambda given: len(given) == 1,
            "texts": bool,
            "tags": bool,
            "enhance_audio_quality": one_once("true", "false"),
        },
    )
    demand(files, {"voices": bool}, {"cover_image": lambda given: len(given) == 1})
    if not all(seconds_of(each, "audio") > 0 for each in files["voices"]):
        raise Wrong("voices")
    return fields


def one_once(*values: str) -> Any:
    """Accept one field with one of these values."""
    return lambda given: len(given) == 1 and given[0] in values


def _check_tts(given: Any) -> None:
    def within(low: float, high: float) -> Any:
        return lambda value: number(value) and low <= value <= high

    demand(
        given,
        {"text": text},
        {
            "reference_id": text,
            "chunk_length": lambda value: integer(value) and 100 <= value <= 300,
            "format": one_of(*FORMATS, "pcm"),
            "mp3_bitrate": one_of(64, 128, 192),
            "normalize": flag,
            "latency": one_of("normal", "balanced"),
            "temperature": within(0.1, 2),
            "top_p": within(0.1, 1),
        },
    )
