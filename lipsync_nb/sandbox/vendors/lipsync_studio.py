"""lipsync.studio, as described on its API page."""

import math
import secrets
import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lipsync_nb.sandbox.errors import JobError
from lipsync_nb.sandbox.jobs.job import Pace, RenderOrder, VendorJob
from lipsync_nb.sandbox.jobs.worker_tasks import Probe
from lipsync_nb.sandbox.vendors.base import COMMON_STEPS, ApiCall, json_body
from lipsync_nb.sandbox.vendors.bearer_auth import BearerVendorService
from lipsync_nb.sandbox.vendors.fields import FieldError, Fields
from lipsync_nb.sandbox.vendors.product import Product

STYLE = {"fps": 25, "crf": 20, "av_offset_ms": 0.0}
HEIGHTS = {"480p": 480, "720p": 720}
CREDITS_PER_S = {"480p": 2, "720p": 4}
LEAST_BILLED_S = 5
ORDERS = ("meanwhile", "left_right", "right_left")  # the last two are on no page
LOOPBACK = ("127.0.0.1", "localhost", "::1")
SEEDS = 2**63
STATES = {"queued": "processing", "done": "completed"}  # the page has no status for the queue


class LipsyncStudioService(BearerVendorService):
    """lipsync.studio: three similar calls, a job to poll, a webhook."""

    NAME = "lipsync_studio"
    BASE_PATH = "/api/v1"  # the same as Lingdong's
    IS_FALLBACK = True
    OPENING_CREDITS = 20_000.0
    STEPS = COMMON_STEPS | {"callback"}
    HAS_ERROR_CODES = False
    UNAUTHORIZED = "Unauthorized"
    PRODUCTS = (
        Product(
            pace=Pace(queue_s=0.3, base_s=0.8, per_second_s=0.4),
            no_job=(404, "Job not found"),
            status_at=("status",),
            result_at=("output",),
            done_status="completed",
            odd_status="archived",
        ),
    )
    ERROR_MESSAGES: ClassVar = {
        "no_face": "No face detected",
        "bad_media": "Invalid media format: {}",
        "bad_audio": "Invalid audio format",
        "bad_image": "Invalid image format",
        "bad_video": "Invalid video format",
        "unreachable": "Failed to download {}",
        "too_large": "File too large: {}",
        "no_credit": "Insufficient API credits",
        "fault": "Generation failed",
    }

    @staticmethod
    def new_keys() -> dict[str, str]:
        """An API key of the form sk_XXXX_YYYY."""
        return {"api_key": f"sk_{secrets.token_hex(4)}_{secrets.token_hex(16)}"}

    def calls(self) -> list[ApiCall]:
        """The page's four calls."""
        return [
            self._generator("lipsync-video", video_order),
            self._generator("lipsync-image", image_order),
            self._generator("lipsync-image-multi", dialogue_order),
            ApiCall("GET", "/jobs/{request_id}", "poll", self.jobs),
        ]

    def _generator(self, model: str, order_of: Callable[[Fields], RenderOrder]) -> ApiCall:
        handler = partial(self.generate, model, order_of)
        return ApiCall("POST", f"/{model}", "submit", handler)

    def envelope(self, code: int, message: str) -> dict[str, Any]:  # noqa: ARG002 -- its errors have no codes
        """The body of an error (not on the page), like a failed job's."""
        return {"error": message}

    async def generate(
        self, model: str, order_of: Callable[[Fields], RenderOrder], request: Request
    ) -> Response:
        """POST /lipsync-video, /lipsync-image, /lipsync-image-multi: a job."""
        body = Fields(await json_body(request))
        webhook = webhook_of(body)
        form = body.inner("formState")
        order = order_of(form)
        resolution = form.choice("resolution", tuple(HEIGHTS), "480p")
        least = CREDITS_PER_S[resolution] * LEAST_BILLED_S
        if self.balance() < least:
            # Not on the page; 402 is Payment Required.
            raise self.refusal(402, "Insufficient API credits")
        sent = {"model": model, "resolution": resolution}
        job_id = str(uuid.uuid4())
        self.submit(job_id, sent, order, webhook)
        return JSONResponse({"id": job_id, "status": "processing"})

    def check(self, job: VendorJob, probes: dict[str, Probe]) -> None:
        """Check the media and bill the audio's length. A resumed job is not billed again.

        Whether a begun second counts is not on the page. Nor is what is billed if a clip is shorter
        than the audio.
        """
        for role, kind in KINDS.items():
            if role in probes and probes[role].kind != kind:
                raise JobError(f"bad_{kind}")
        lengths = [probe.duration_s for role, probe in probes.items() if KINDS[role] == "audio"]
        both = max if job.order.options.get("order") == "meanwhile" else sum
        billed_s = max(LEAST_BILLED_S, math.ceil(both(lengths)))
        cost = billed_s * CREDITS_PER_S[job.request["resolution"]]
        if not job.cost and not self.charge(cost):
            raise JobError("no_credit")
        self.resources.jobs.save(replace(job, cost=cost))

    async def jobs(self, request: Request) -> Response:
        """GET /jobs/{requestId}: one job."""
        job = self.job(request.path_params["request_id"])
        return JSONResponse(self.callback(job))

    def callback(self, job: VendorJob) -> dict[str, Any]:
        """The body of a webhook, which is also the answer of a poll."""
        done = job.state == "done"
        return {
            "id": job.id,
            "model": job.request["model"] if job.ended else "lipsync",
            "status": STATES.get(job.state, job.state),
            "output": self.result_url(job) if done else None,
            "error": job.reason,
            "executionTime": round((job.finished - job.started) * 1000) if done else None,
            "timings": None,
        }


KINDS = {
    "video": "video",
    "picture": "image",
    "mask": "image",
    "speech": "audio",
    "left": "audio",
    "right": "audio",
}
"""Role → the type of its file."""


def webhook_of(body: Fields) -> str:
    """The webhook, which must be HTTPS. HTTP is allowed on loopback, for tests of callbacks."""
    webhook = body.url("webhook", "")
    parts = urlsplit(webhook)
    if webhook and parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise FieldError("webhook must be an https URL")
    return webhook


def video_order(form: Fields) -> RenderOrder:
    """The render order for lipsync-video's formState."""
    media = {"video": form.url("video"), "speech": form.url("audio")}
    if mask := form.url("mask_image", ""):
        media["mask"] = mask
    return RenderOrder("face_video", media, _style(form))


def image_order(form: Fields) -> RenderOrder:
    """The render order for lipsync-image's formState."""
    media = {"picture": form.url("image"), "speech": form.url("audio")}
    return RenderOrder("portrait", media, _style(form))


def dialogue_order(form: Fields) -> RenderOrder:
    """The render order for lipsync-image-multi's formState. Its default is not on the page."""
    media = {
        "picture": form.url("image"),
        "left": form.url("left_audio"),
        "right": form.url("right_audio"),
    }
    order = form.choice("order", ORDERS, "meanwhile")
    return RenderOrder("dialogue", media, _style(form), options={"order": order})


def _style(form: Fields) -> dict[str, float]:
    """The style. ``prompt`` and ``seed`` are checked, and have no effect."""
    form.text("prompt", "")
    form.whole("seed", -SEEDS, SEEDS, 0)
    return {**STYLE, "height": HEIGHTS[form.choice("resolution", tuple(HEIGHTS), "480p")]}
