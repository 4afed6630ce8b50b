"""魔珐星云 Xingyun's speech: a voice speaks a text. From a copy of its page, developers/56-190."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from lipsync_nb.sandbox.jobs.job import Pace, RenderOrder, VendorJob
from lipsync_nb.sandbox.render.speech import voice_for
from lipsync_nb.sandbox.vendors.base import ApiCall
from lipsync_nb.sandbox.vendors.fields import FieldError, Fields
from lipsync_nb.sandbox.vendors.product import Product
from lipsync_nb.sandbox.vendors.xingyun.api import XingyunApi, times_of
from lipsync_nb.sandbox.vendors.xingyun.signature import signed_data

API = "/user/v1/tts_task"
NO_TASK, NOT_CREATED, NOT_CANCELLED = 40001, 40002, 40003
"""Only the numbers are known. They are given the meanings of 30004 to 30006, in their order."""
STATES = {
    "queued": "waiting",
    "processing": "processing",
    "done": "finished",
    "failed": "error",
    "cancelled": "cancel",
}
SPEECH = Product(
    pace=Pace(queue_s=0.4, base_s=0.8, per_second_s=0.1),
    no_job=(NO_TASK, "音频任务未找到"),
    status_at=("data", "synth_status"),
    result_at=("data", "file_oss"),
    done_status="finished",
    odd_status="suspended",
    name="speech",
)


class Speech:
    """The calls of the product.

    Args:
        api: What all products share.
    """

    def __init__(self, api: XingyunApi) -> None:
        self._api = api

    def calls(self) -> list[ApiCall]:
        """The page's three calls."""
        return [
            ApiCall("POST", f"{API}/create_tts_task", "submit", self.create, product=SPEECH),
            ApiCall("GET", f"{API}/get_tts_task", "poll", self.get, product=SPEECH),
            ApiCall("POST", f"{API}/cancel_tts_task", "other", self.cancel, product=SPEECH),
        ]

    async def create(self, request: Request) -> Response:
        """POST create_tts_task: a task. Any name of a voice is accepted; the same one sounds so."""
        try:
            fields = Fields(await signed_data(request))
            voice, text = fields.text("tts_vcn"), fields.text("text")
            sent = {"tts_vcn": voice, "text": text, "audio_name": fields.text("audio_name", "")}
        except FieldError as error:
            raise self._api.refusal(NOT_CREATED, f"创建音频任务错误: {error}") from None
        speech = {"text": text, "voice": voice_for(voice).id}
        return self._api.new_task(sent, RenderOrder("speech", {}, {}, speech), SPEECH)

    async def get(self, request: Request) -> Response:
        """GET get_tts_task: one task."""
        return self._api.success(self._detail(self._api.asked(request, SPEECH)))

    def _detail(self, job: VendorJob) -> dict[str, Any]:
        return {
            "id": int(job.id),
            "error_reason": job.reason,
            **times_of(job),
            **job.request,
            "synth_status": STATES[job.state],
            "file_oss": self._api.result_url(job) if job.state == "done" else None,
        }

    async def cancel(self, request: Request) -> Response:
        """POST cancel_tts_task: cancel a task that has not ended."""
        job = await self._api.named(request, SPEECH)
        if not self._api.runner.cancel(job):
            raise self._api.refusal(NOT_CANCELLED, f"取消音频任务错误: {STATES[job.state]}")
        return self._api.success()
