"""蝉镜 Chanjing's speech: a text becomes an audio. From copies of its page."""

import hashlib
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from lipsync_nb.sandbox.jobs.job import Pace, RenderOrder, VendorJob
from lipsync_nb.sandbox.vendors.base import ApiCall, json_body
from lipsync_nb.sandbox.vendors.chanjing.api import BAD_PARAMETER, ChanjingApi
from lipsync_nb.sandbox.vendors.chanjing.product_calls import ProductCalls
from lipsync_nb.sandbox.vendors.chanjing.spoken_text import (
    beans,
    estimated_s,
    refuse_emoji,
    spoken_text,
)
from lipsync_nb.sandbox.vendors.chanjing.voices import Voices
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


class Speech(ProductCalls):
    """The calls of the product.

    Args:
        api: What all products share.
        voices: Those that can speak.
    """

    PRODUCT = SPEECH

    def __init__(self, api: ChanjingApi, voices: Voices) -> None:
        super().__init__(api)
        self._voices = voices

    def calls(self) -> list[ApiCall]:
        """The page's two calls."""
        create, state = "/open/v1/create_audio_task", "/open/v1/audio_task_state"
        return [
            ApiCall("POST", create, "submit", self.create, product=SPEECH),
            ApiCall("POST", state, "poll", self.state, product=SPEECH),
        ]

    def order(self, fields: Fields) -> tuple[RenderOrder, int]:
        """The parameters as an order, and its price."""
        speech = speech_of(fields, self._voices)
        return RenderOrder("speech", {}, {}, speech), beans(estimated_s(speech), BEANS_PER_S)

    def created(self, job_id: str) -> Any:
        """Its id, in an object."""
        return {"task_id": job_id}

    async def state(self, request: Request) -> Response:
        """POST audio_task_state: one job."""
        return self.told(Fields(await json_body(request)).text("task_id"))

    def row(self, job: VendorJob) -> dict[str, Any]:
        """What is told of a job. Before it has ended, the values of its result are empty."""
        done = job.state == "done"
        return {
            "id": job.id,
            "type": "tts",
            "status": ENDED if job.ended else RUNNING,
            "text": [job.request["text"]["text"]],
            "full": {
                "url": self.api.result_url(job) if done else "",
                "path": f"{job.id}.{job.order.suffix}" if done else "",
                "duration": round(job.duration_s, 2),
            },
            "slice": None,
            "errMsg": job.reason,
            "errReason": "",
            "subtitles": [subtitle(row) for row in job.subtitles],
        }


def speech_of(fields: Fields, voices: Voices) -> dict[str, Any]:
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
    return spoken_text(text, fields, "audio_man", voices)


def subtitle(row: dict[str, Any]) -> dict[str, Any]:
    """A sentence as it is answered; its key is a hash."""
    key = f"{row['begin_s']} {row['text']}"
    return {
        "key": hashlib.sha1(key.encode(), usedforsecurity=False).hexdigest(),
        "start_time": round(row["begin_s"], 2),
        "end_time": round(row["end_s"], 2),
        "subtitle": row["text"],
    }
