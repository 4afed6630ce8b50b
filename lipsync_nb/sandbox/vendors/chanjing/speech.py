"""蝉镜 Chanjing's speech: a text becomes an audio. From copies of its page."""

import hashlib
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lipsync_nb.sandbox.jobs.job import Pace, RenderOrder, VendorJob
from lipsync_nb.sandbox.vendors.base import ApiCall, json_body
from lipsync_nb.sandbox.vendors.chanjing.api import BAD_PARAMETER, ChanjingApi
from lipsync_nb.sandbox.vendors.chanjing.spoken_text import (
    EmojiError,
    beans,
    estimated_s,
    refuse_emoji,
    spoken_text,
)
from lipsync_nb.sandbox.vendors.chanjing.token_and_rate_limits import RateWindow
from lipsync_nb.sandbox.vendors.fields import FieldError, Fields
from lipsync_nb.sandbox.vendors.product import Product

RUNNING, ENDED = 1, 9  # in other products, the numbers mean other things
SPEECH = Product(
    pace=Pace(queue_s=0.4, base_s=0.8, per_second_s=0.1),
    no_job=(BAD_PARAMETER, "参数错误: no such task"),
    status_at=("data", "status"),
    result_at=("data", "full", "url"),
    done_status=ENDED,
    odd_status=77,
    name="speech",
)
LONGEST_TEXT = 3999  # characters
BEANS_PER_S = 1  # not on the page; like a text in a lip sync


class Speech:
    """The calls of the product.

    Args:
        api: What all products share.
    """

    def __init__(self, api: ChanjingApi) -> None:
        self._api = api
        self._create_limit = RateWindow(10, 60)

    def calls(self) -> list[ApiCall]:
        """The page's two calls."""
        create, state = "/open/v1/create_audio_task", "/open/v1/audio_task_state"
        return [
            ApiCall("POST", create, "submit", self.create, product=SPEECH),
            ApiCall("POST", state, "poll", self.state, product=SPEECH),
        ]

    async def create(self, request: Request) -> Response:
        """POST create_audio_task: a job, paid in beans."""
        self._api.within(self._create_limit)
        body = await json_body(request)
        fields = Fields(body)
        callback = fields.url("callback", "")
        try:
            speech = speech_of(fields)
        except EmojiError:
            raise self._api.has_emoji() from None
        order, price = (
            RenderOrder("speech", {}, {}, speech),
            beans(estimated_s(speech), BEANS_PER_S),
        )
        task_id = self._api.paid_job(body, order, callback, price, SPEECH)
        return self._api.success({"task_id": task_id})

    async def state(self, request: Request) -> Response:
        """POST audio_task_state: one job."""
        fields = Fields(await json_body(request))
        job = self._api.job(fields.text("task_id"), SPEECH)
        return JSONResponse(self._api.callback(job))

    def row(self, job: VendorJob) -> dict[str, Any]:
        """What is told of a job. Before it has ended, the values of its result are empty."""
        done = job.state == "done"
        return {
            "id": job.id,
            "type": "tts",
            "status": ENDED if job.ended else RUNNING,
            "text": [job.request["text"]["text"]],
            "full": {
                "url": self._api.result_url(job) if done else "",
                "path": f"{job.id}.{job.order.suffix}" if done else "",
                "duration": round(job.duration_s, 2),
            },
            "slice": None,
            "errMsg": job.reason,
            "errReason": "",
            "subtitles": [subtitle(row) for row in job.subtitles],
        }


def speech_of(fields: Fields) -> dict[str, Any]:
    """The text and how to speak it. ``plain_text`` and ``aigc_watermark`` change nothing here.

    Raises:
        FieldError: A parameter is wrong.
        EmojiError: The text has an emoji.
    """
    inner = fields.inner("text")
    text, plain_text = inner.text("text"), inner.text("plain_text", "")
    if max(len(text), len(plain_text)) > LONGEST_TEXT:
        raise FieldError(f"text must have at most {LONGEST_TEXT} characters")
    fields.flag("aigc_watermark", default=False)
    refuse_emoji(plain_text)
    return spoken_text(text, fields, "audio_man")


def subtitle(row: dict[str, Any]) -> dict[str, Any]:
    """A sentence as it is answered; its key is a hash."""
    key = f"{row['begin_s']} {row['text']}"
    return {
        "key": hashlib.sha1(key.encode(), usedforsecurity=False).hexdigest(),
        "start_time": round(row["begin_s"], 2),
        "end_time": round(row["end_s"], 2),
        "subtitle": row["text"],
    }
