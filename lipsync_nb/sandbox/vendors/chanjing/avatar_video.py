"""蝉镜 Chanjing's avatar videos: a person, public or the client's own, says something."""

import hashlib
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lipsync_nb.sandbox.jobs.job import Pace, RenderOrder, VendorJob
from lipsync_nb.sandbox.signed_urls import StorageError
from lipsync_nb.sandbox.vendors.base import ApiCall
from lipsync_nb.sandbox.vendors.chanjing.api import BAD_PARAMETER, ChanjingApi
from lipsync_nb.sandbox.vendors.chanjing.avatar_video_order import STYLE, avatar_order
from lipsync_nb.sandbox.vendors.chanjing.own_person import OwnPeople
from lipsync_nb.sandbox.vendors.chanjing.product_calls import ProductCalls
from lipsync_nb.sandbox.vendors.chanjing.uploaded_files import Files
from lipsync_nb.sandbox.vendors.chanjing.voices import Voices
from lipsync_nb.sandbox.vendors.fields import Fields
from lipsync_nb.sandbox.vendors.product import Product

RUNNING, DONE, BAD_MEDIA, OWN_FAULT = 10, 30, 40, 50  # in other products, other numbers
AVATAR_VIDEO = Product(
    pace=Pace(queue_s=0.8, base_s=1.6, per_second_s=0.6),
    no_job=(BAD_PARAMETER, "参数错误: no such video"),
    status_at=("data", "status"),
    result_at=("data", "video_url"),
    done_status=DONE,
    odd_status=77,
    name="avatar_video",
)


class AvatarVideo(ProductCalls):
    """The calls of the product.

    Args:
        api: What all products share.
        files: The client's uploaded files.
        voices: Those that can speak a text.
        people: Those of the client's own.
    """

    PRODUCT = AVATAR_VIDEO

    def __init__(self, api: ChanjingApi, files: Files, voices: Voices, people: OwnPeople) -> None:
        super().__init__(api)
        self._files, self._voices, self._people = files, voices, people

    def calls(self) -> list[ApiCall]:
        """The pages' four calls."""
        return [
            ApiCall("POST", "/open/v1/create_video", "submit", self.create, product=AVATAR_VIDEO),
            ApiCall("GET", "/open/v1/video", "poll", self.detail, product=AVATAR_VIDEO),
            ApiCall("POST", "/open/v1/video_list", "poll", self.listing, product=AVATAR_VIDEO),
            ApiCall("POST", "/open/v1/delete_video", "other", self.delete, product=AVATAR_VIDEO),
        ]

    def storage_calls(self) -> list[ApiCall]:
        """The times of the subtitles. The signature in its URL is its only credential."""
        path = "/chanjing/subtitles/{name}"
        return [ApiCall("GET", path, "other", self.subtitles, public=True)]

    def order(self, fields: Fields) -> tuple[RenderOrder, int]:
        """The parameters as an order, and its price."""
        return avatar_order(fields, self._files, self._voices, self._people)

    def listed(self, rows: list[dict[str, Any]], page_info: dict[str, int]) -> dict[str, Any]:
        """The ``data`` of a list, in capital letters as on its page."""
        return {"List": rows, "PageInfo": page_info}

    def row(self, job: VendorJob) -> dict[str, Any]:
        """What is told of a job."""
        done = job.state == "done"
        return {
            "id": job.id,
            "status": self._status(job),
            "progress": self.progress(job),
            "msg": job.reason,
            "video_url": self.api.result_url(job) if done else "",
            "create_time": int(job.created),
            "subtitle_data_url": self._subtitles_url(job) if done else "",
            "preview_url": self.api.result_url(job, "jpg") if done else "",
            "duration": round(job.duration_s, 2),
        }

    async def subtitles(self, request: Request) -> Response:
        """A JSON of the times of a video's sentences, in milliseconds and frames."""
        self.api.resources.signer.check(request)
        job_id = request.path_params["name"].removesuffix(".json")
        job = self.api.resources.jobs.get(self.api.NAME, job_id)
        if job is None:
            raise StorageError(404, "NoSuchKey", "The specified key does not exist.")
        return JSONResponse([_sentence(each) for each in job.subtitles])

    def _status(self, job: VendorJob) -> int:
        if job.state == "failed":
            return OWN_FAULT if job.outcome == "failed" else BAD_MEDIA
        return DONE if job.state == "done" else RUNNING

    def _subtitles_url(self, job: VendorJob) -> str:
        if not job.subtitles:
            return ""
        lifetime_s = self.api.resources.settings.url_lifetime_s
        return self.api.resources.signer.url(f"/chanjing/subtitles/{job.id}.json", lifetime_s)


def _sentence(said: dict[str, Any]) -> dict[str, Any]:
    fps = int(STYLE["fps"])
    key = f"{said['begin_s']} {said['text']}"
    return {
        "min_time": round(said["begin_s"] * 1000),
        "max_time": round(said["end_s"] * 1000),
        "subtitles": said["text"],
        "start_frame": round(said["begin_s"] * fps),
        "end_frame": round(said["end_s"] * fps),
        "fps": fps,
        "key": hashlib.sha1(key.encode(), usedforsecurity=False).hexdigest(),
    }
