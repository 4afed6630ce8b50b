"""云AI's 自研声音克隆: voices from samples, and texts that voices speak.

Errors have an HTTP status and no envelope.
"""

import re
import uuid
import zlib
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lipsync_nb.sandbox.errors import JobError
from lipsync_nb.sandbox.jobs.job import Pace, RenderOrder, VendorJob
from lipsync_nb.sandbox.jobs.renderer import TYPES
from lipsync_nb.sandbox.jobs.worker_tasks import Probe
from lipsync_nb.sandbox.render import speech
from lipsync_nb.sandbox.vendors.base import ApiCall, Refusal, json_body
from lipsync_nb.sandbox.vendors.fields import FieldError, Fields
from lipsync_nb.sandbox.vendors.multipart import form, save_part
from lipsync_nb.sandbox.vendors.product import Product
from lipsync_nb.sandbox.vendors.yunai.api import YunaiProduct, answering

INVALID, NOT_FOUND = 422, 404
CREATED = 201
CHINESE = re.compile("[\u3400-\u9fff]")
MODELS = ("speech-1.5", "speech-1.6", "s1", "s1-mini")
FORMATS = ("mp3", "wav", "pcm", "opus")
BITRATES = (128, 64, 192)
FLAGS = ("false", "true")


def error_body(status: int, message: str) -> dict[str, Any]:
    """The body of an error."""
    return {"status": status, "message": message}


def answered_product(name: str, pace: Pace) -> Product:
    """A product whose results come in the answers to its paid calls, so that it has no polls."""
    return Product(pace, (404, ""), ("state",), ("_id",), "trained", "odd", name, error_body)


OWN_VOICE = answered_product("own_voice", Pace(0.0, 1.0, 0.02))
SPEECH = answered_product("speech", Pace(0.0, 0.3, 0.1))


class OwnVoice(YunaiProduct):
    """A voice like that of samples; the first one counts."""

    PRODUCT = OWN_VOICE

    def calls(self) -> list[ApiCall]:
        """The call."""
        handler = answering(self.model, error_body, self.api, INVALID)
        return [ApiCall("POST", "/model", "submit", handler, product=OWN_VOICE)]

    async def model(self, request: Request) -> Response:
        """POST /model: the voice."""
        parts = await form(request)
        given = checked(parts)
        folder = self.api.resources.media_folder
        samples = [await save_part(sample, folder) for sample in files(parts, "voices")]
        place = str(samples[0].relative_to(self.api.resources.home))
        language = "zh" if CHINESE.search(given["title"] + "".join(given["texts"])) else "en"
        said = "你好，很高兴见到你。" if language == "zh" else "Hello, nice to meet you."
        spoken = {"text": said, "language": language}
        order = RenderOrder("voice", {"sample": place}, {}, spoken)
        told = {"_id": uuid.uuid4().hex, **given}
        try:
            await self.api.at_once(OWN_VOICE, given, order, told["_id"])
        except JobError as failed:
            told |= {"state": "failed", "message": self.api.reason(failed)}
        return JSONResponse({"state": "trained", **told}, CREATED)

    def check(self, job: VendorJob, probes: dict[str, Probe]) -> None:  # noqa: ARG002 -- not asked
        """A sound, or a clip with one."""
        if probes["sample"].kind not in {"audio", "video"}:
            raise JobError("bad_media", "voices")

    def voice_settings(self, reference_id: str, text: str) -> dict[str, Any]:
        """How a voice speaks. The vendor has many public ones: any unknown id is one of them.

        A Refusal if it is the id of something else, such as a model of the deprecated cloning. No
        page says how that is answered: here as what is not found.
        """
        job = self.api.resources.jobs.get(self.api.NAME, reference_id)
        if job is not None:
            if job.product != OWN_VOICE.name or job.state != "done":
                raise Refusal(NOT_FOUND, error_body(NOT_FOUND, f"no such voice: {reference_id}"))
            return {name: job.facts[name] for name in ("voice", "pitch")}
        own = "cmn" if CHINESE.search(text) else "en"
        fitting = [each.id for each in speech.VOICES if each.language == own]
        return {"voice": fitting[zlib.crc32(reference_id.encode()) % len(fitting)]}


class Speech(YunaiProduct):
    """A text that a voice speaks; the answer is the sound."""

    PRODUCT = SPEECH

    def calls(self) -> list[ApiCall]:
        """The call."""
        handler = answering(self.tts, error_body, self.api, INVALID)
        return [ApiCall("POST", "/v1/tts", "submit", handler, product=SPEECH)]

    async def tts(self, request: Request) -> Response:
        """POST /v1/tts: the bytes of the sound."""
        body = await json_body(request)
        order = self.order(Fields(body), request.headers.get("model", MODELS[0]))
        job = await self.api.at_once(SPEECH, body, order)
        rendering = self.api.resources.renderer.rendering(job.render)
        content = rendering.file(order.suffix).read_bytes()
        return Response(content, media_type=TYPES[order.suffix])

    def order(self, fields: Fields, model: str) -> RenderOrder:
        """What is to be spoken; a FieldError if a field is wrong."""
        if model not in MODELS:
            raise FieldError(f"model must be one of {', '.join(MODELS)}")
        text, voice = fields.text("text"), fields.text("reference_id", "")
        fields.whole("chunk_length", 100, 300, 200)
        fields.flag("normalize", default=True)
        fields.choice("latency", ("normal", "balanced"), "normal")
        fields.number("temperature", 0.1, 2, 0.7)
        fields.number("top_p", 0.1, 1, 0.7)
        sound = {
            "format": fields.choice("format", FORMATS, "mp3"),
            "kbit_per_s": fields.choice("mp3_bitrate", BITRATES, 128),
        }
        settings = OwnVoice(self.api).voice_settings(voice, text)
        return RenderOrder("speech", {}, {}, {"text": text, **settings}, sound)


def checked(parts: FormData) -> dict[str, Any]:
    """The fields of a voice that are no files, as they are answered."""
    texts = {name: [str(v) for v in parts.getlist(name)] for name in ("texts", "tags")}
    fields = Fields({key: v for key, v in parts.multi_items() if isinstance(v, str)})
    fields.choice("train_mode", ("fast",), "")
    fields.choice("enhance_audio_quality", FLAGS, "false")
    if not files(parts, "voices"):
        raise FieldError("voices must be files")
    if any(not isinstance(each, UploadFile) for each in parts.getlist("cover_image")):
        raise FieldError("cover_image must be a file")
    return {
        "type": fields.choice("type", ("tts",), ""),
        "title": fields.text("title"),
        "description": fields.text("description", ""),
        "visibility": fields.choice("visibility", ("public", "private"), "public"),
        **texts,
    }


def files(parts: FormData, name: str) -> list[UploadFile]:
    """The files of a name, if it has only files."""
    found = [each for each in parts.getlist(name) if isinstance(each, UploadFile) and each.size]
    return found if len(found) == len(parts.getlist(name)) else []
