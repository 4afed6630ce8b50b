"""蝉镜 Chanjing's lip sync: a clip says something else."""

from typing import Any

from lipsync_nb.sandbox.jobs.job import Pace, RenderOrder, VendorJob
from lipsync_nb.sandbox.vendors.base import ApiCall
from lipsync_nb.sandbox.vendors.chanjing.api import BAD_PARAMETER, ChanjingApi
from lipsync_nb.sandbox.vendors.chanjing.lip_sync_order import priced_order
from lipsync_nb.sandbox.vendors.chanjing.product_calls import ProductCalls
from lipsync_nb.sandbox.vendors.chanjing.uploaded_files import Files
from lipsync_nb.sandbox.vendors.chanjing.voices import Voices
from lipsync_nb.sandbox.vendors.fields import Fields
from lipsync_nb.sandbox.vendors.product import Product

LIP_SYNC = Product(
    pace=Pace(queue_s=0.8, base_s=1.6, per_second_s=0.6),
    no_job=(BAD_PARAMETER, "参数错误: no such video"),
    status_at=("data", "status"),
    result_at=("data", "video_url"),
    done_status=20,
    odd_status=77,
)
STATES = {"queued": 0, "processing": 10, "done": 20, "failed": 30}


class LipSync(ProductCalls):
    """The calls of the product.

    Args:
        api: What all products share.
        files: The client's uploaded files.
        voices: Those that can speak a text.
    """

    PRODUCT = LIP_SYNC

    def __init__(self, api: ChanjingApi, files: Files, voices: Voices) -> None:
        super().__init__(api)
        self._files, self._voices = files, voices

    def calls(self) -> list[ApiCall]:
        """The page's three calls."""
        path = "/open/v1/video_lip_sync"
        return [
            ApiCall("POST", f"{path}/create", "submit", self.create, product=LIP_SYNC),
            ApiCall("POST", f"{path}/list", "poll", self.listing, product=LIP_SYNC),
            ApiCall("GET", f"{path}/detail", "poll", self.detail, product=LIP_SYNC),
        ]

    def order(self, fields: Fields) -> tuple[RenderOrder, int]:
        """The parameters as an order, and its price."""
        return priced_order(fields, self._files, self._voices)

    def row(self, job: VendorJob) -> dict[str, Any]:
        """What is told of a job."""
        done = job.state == "done"
        return {
            "id": job.id,
            "status": STATES[job.state],
            "progress": self.progress(job),
            "msg": "success" if done else job.reason,
            "video_url": self.api.result_url(job) if done else "",
            "preview_url": self.api.result_url(job, "jpg") if done else "",
            "duration": round(job.duration_s * 1000),
            "create_time": int(job.created),
        }
