"""云AI's 文案二创 and 视频二创: texts in other words, and clips with other texts."""

import re
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lipsync_nb.sandbox.jobs.job import Pace, RenderOrder, VendorJob
from lipsync_nb.sandbox.jobs.worker_tasks import Probe
from lipsync_nb.sandbox.vendors.base import ApiCall, json_body
from lipsync_nb.sandbox.vendors.fields import FieldError, Fields
from lipsync_nb.sandbox.vendors.product import Product
from lipsync_nb.sandbox.vendors.yunai.api import YunaiProduct, answering, refuse_unless
from lipsync_nb.sandbox.vendors.yunai.own_voices import answered_product
from lipsync_nb.sandbox.vendors.yunai.rewriting import rewritten

INVALID, NOT_FOUND = 400, 404
ROLES = ("user", "system", "assistant")
REWRITE = answered_product("rewrite", Pace(0.0, 0.4, 0.01))
CHINESE = re.compile("[\u3400-\u9fff]")
STYLE = {"height": 480, "fps": 25, "crf": 24}
STATES = {"queued": "pending", "processing": "processing", "done": "completed", "failed": "failed"}


def chat_error(status: int, message: str) -> dict[str, Any]:
    """The body of an error of a completion."""
    return {"error": {"message": message, "type": "invalid_request_error", "code": status}}


def plain_error(_: int, message: str) -> dict[str, Any]:
    """The body of an error of a remix."""
    return {"error": message}


REMIX = Product(
    pace=Pace(queue_s=0.5, base_s=1.5, per_second_s=0.5),
    no_job=(NOT_FOUND, "task not found"),
    status_at=("data", "status"),
    result_at=("data", "result_urls", "public_url"),
    done_status=STATES["done"],
    odd_status="rendering",
    name="remix",
    envelope=plain_error,
)


class Rewrite(YunaiProduct):
    """A text in other words; the answer has it."""

    PRODUCT = REWRITE

    def calls(self) -> list[ApiCall]:
        """The call."""
        handler = answering(self.completions, chat_error, self.api, INVALID)
        return [ApiCall("POST", "/chat/completions", "submit", handler, product=REWRITE)]

    async def completions(self, request: Request) -> Response:
        """POST /chat/completions: the text."""
        body = await json_body(request)
        fields = Fields(body)
        if fields.flag("stream", default=False):
            raise FieldError("stream must be false")
        fields.number("temperature", 0, 1, 1)
        model = fields.text("model", "yunai-rewrite")
        messages = [
            (row.choice("role", ROLES, ""), row.text("content")) for row in fields.rows("messages")
        ]
        given = [content for role, content in messages if role == "user"]
        if not given:
            raise FieldError("messages must have one of the user")
        order = RenderOrder("text", {}, {}, {"text": rewritten(given[-1])})
        job = await self.api.at_once(REWRITE, body, order)
        text, asked = job.order.speech["text"], sum(len(content) for _, content in messages)
        message = {"role": "assistant", "content": text}
        return JSONResponse(
            {
                "id": f"chatcmpl-{job.id}",
                "object": "chat.completion",
                "created": int(time.time()),
                "model": model,
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": {
                    "prompt_tokens": asked,
                    "completion_tokens": len(text),
                    "total_tokens": asked + len(text),
                },
            }
        )


class Remix(YunaiProduct):
    """A clip with another text, spoken, and texts that float over it."""

    PRODUCT = REMIX

    def calls(self) -> list[ApiCall]:
        """Both calls."""
        create, query = (
            answering(handler, plain_error, self.api, INVALID)
            for handler in (self.generate_video, self.query_video)
        )
        return [
            ApiCall("POST", "/generate_video", "submit", create, product=REMIX),
            ApiCall("GET", "/query_video/{task_id}", "poll", query, product=REMIX),
        ]

    async def generate_video(self, request: Request) -> Response:
        """POST /generate_video: a task, without an envelope."""
        body = await json_body(request)
        fields = Fields(body)
        url, text = fields.url("video_url"), fields.text("text_content")
        texts = fields.texts("custom_floating_text") if body.get("custom_floating_text") else []
        language = "zh" if CHINESE.search(text) else "en"
        spoken = {"text": text, "language": language, "likeness": url.partition("?")[0]}
        order = RenderOrder("remix", {"clip": url}, STYLE, spoken, {"texts": texts})
        return JSONResponse({"task_id": self.api.start(REMIX, body, order)})

    async def query_video(self, request: Request) -> Response:
        """GET /query_video/{task_id}: one task."""
        job = self.api.resources.jobs.get(self.api.NAME, request.path_params["task_id"])
        if job is None or job.product != REMIX.name:
            return JSONResponse(plain_error(NOT_FOUND, REMIX.no_job[1]), NOT_FOUND)
        return JSONResponse({"code": 200, "data": self._row(job)})

    def check(self, job: VendorJob, probes: dict[str, Probe]) -> None:
        """A clip, not a picture."""
        refuse_unless("video", job, "clip", probes)

    def _row(self, job: VendorJob) -> dict[str, Any]:
        done = job.state == "done"
        urls = {
            "oss_path": f"remix/{job.id}.mp4",
            "public_url": self.api.result_url(job) if done else "",
        }
        return {
            "status": STATES[job.state],
            "error_message": job.reason or None,
            "result_urls": urls if done else None,
            "created_at": iso(job.created),
            "updated_at": iso(job.finished or job.started or job.created),
            "task_id": job.id,
        }


def iso(moment: float) -> str:
    """A time as the vendor writes it, in Beijing, without a zone."""
    beijing = time.gmtime(moment + 8 * 3600)
    return time.strftime("%Y-%m-%dT%H:%M:%S", beijing)
