"""The calls of 蝉镜 Chanjing."""

import math
import secrets
import uuid
from collections.abc import Sequence
from typing import Any, ClassVar, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lipsync_nb.sandbox.jobs.job import Pace, VendorJob
from lipsync_nb.sandbox.jobs.job_runner import JobRunner
from lipsync_nb.sandbox.resources import Resources
from lipsync_nb.sandbox.vendors.base import COMMON_STEPS, ApiCall, Refusal, VendorService, json_body
from lipsync_nb.sandbox.vendors.chanjing.render_order import EmojiError, priced_order
from lipsync_nb.sandbox.vendors.chanjing.token_and_rate_limits import RateWindow, Token
from lipsync_nb.sandbox.vendors.chanjing.uploaded_files import Files
from lipsync_nb.sandbox.vendors.chanjing.voices import common_audio
from lipsync_nb.sandbox.vendors.fields import FieldError, Fields

T = TypeVar("T")

BAD_FORMAT, NO_TOKEN, BAD_PARAMETER, TOO_FAST, BROKEN = 400, 10400, 40000, 40001, 50000
STATES = {"queued": 0, "processing": 10, "done": 20, "failed": 30}


class ChanjingService(VendorService):
    """蝉镜: a token, uploads, a job with polling or a callback."""

    NAME = "chanjing"
    PATHS = ("/open/",)
    CREDENTIAL_HEADERS = ("access_token",)
    OPENING_CREDITS = 20_000.0
    STEPS = COMMON_STEPS | {"auth", "prepare", "upload", "file", "callback"}
    ALWAYS_200 = True  # not on the page
    NO_JOB = (BAD_PARAMETER, "参数错误: no such video")
    PACE = Pace(queue_s=0.8, base_s=1.6, per_second_s=0.6)
    ERROR_MESSAGES: ClassVar = {
        "no_face": "视频中未检测到人脸",
        "bad_media": "素材解析失败: {}",
        "fault": "视频生成失败",
    }
    STATUS_AT = ("data", "status")
    RESULT_AT = ("data", "video_url")
    DONE_STATUS = 20
    ODD_STATUS = 77

    def __init__(self, keys: dict[str, str], resources: Resources, runner: JobRunner) -> None:
        super().__init__(keys, resources, runner)
        self._token = Token(resources.store, resources.settings)
        self._files = Files(resources)
        self._create_limit = RateWindow(10, 60)
        self._detail_limit = RateWindow(10, 1)
        self._upload_limit = RateWindow(30, 60)

    @staticmethod
    def new_keys() -> dict[str, str]:
        """An application's id and secret key, in hexadecimal digits."""
        return {"app_id": secrets.token_hex(4), "secret_key": secrets.token_hex(16)}

    def calls(self) -> list[ApiCall]:
        """The page's five calls, and three of related pages."""
        return [
            ApiCall("POST", "/open/v1/access_token", "auth", self.access_token, public=True),
            ApiCall("GET", "/open/v1/common/create_upload_url", "prepare", self.create_upload_url),
            ApiCall("GET", "/open/v1/common/file_detail", "file", self.file_detail),
            ApiCall("POST", "/open/v1/video_lip_sync/create", "submit", self.create),
            ApiCall("POST", "/open/v1/video_lip_sync/list", "poll", self.list),
            ApiCall("GET", "/open/v1/video_lip_sync/detail", "poll", self.detail),
            ApiCall("GET", "/open/v1/list_common_audio", "other", self.list_common_audio),
            ApiCall("GET", "/open/v1/user_duration", "other", self.user_duration),
        ]

    def storage_calls(self) -> list[ApiCall]:
        """The presigned upload. The signature in its URL is its only credential."""
        path = "/chanjing/res/{service}/{name}"
        return [ApiCall("PUT", path, "upload", self._files.upload, public=True)]

    async def authorize(self, request: Request) -> None:
        """Check access_token."""
        if not self._token.is_valid(request.headers.get("access_token", "")):
            raise self.refusal(NO_TOKEN, "AccessToken验证失败")

    def resume(self) -> None:
        """Check the files that an earlier run did not check."""
        self._files.resume()

    def forget_token(self) -> None:
        """Invalidate the client's token."""
        self._token.forget()

    def envelope(self, code: int, message: str) -> dict[str, Any]:
        """The body of an error."""
        return {"trace_id": uuid.uuid4().hex, "code": code, "msg": message, "data": None}

    def invalid(self, message: str) -> Refusal:
        """The refusal of a wrong field: 40000, 参数错误."""
        return self.refusal(BAD_PARAMETER, f"参数错误: {message}")

    def broken(self, message: str) -> Refusal:
        """The refusal for an error of the vendor itself: 50000, 系统内部错误."""
        return self.refusal(BROKEN, message)

    async def access_token(self, request: Request) -> Response:
        """POST access_token; wrong credentials are a parameter error (not on the page)."""
        try:
            fields = Fields(await json_body(request))
        except FieldError:
            raise self.refusal(BAD_FORMAT, "参数格式无效") from None
        given = {name: fields.text(name) for name in ("app_id", "secret_key")}
        if given != self.keys:
            raise self.invalid("app_id or secret_key")
        return self._success(self._token.renew())

    async def create_upload_url(self, request: Request) -> Response:
        """GET create_upload_url: a presigned URL for an upload."""
        self._within(self._upload_limit)
        query = Fields(dict(request.query_params))
        return self._success(self._files.create(query.text("service"), query.text("name")))

    async def file_detail(self, request: Request) -> Response:
        """GET file_detail: whether an uploaded file is ready."""
        file = self._files.get(request.query_params.get("id", ""))
        if file is None:
            raise self.invalid("no such file")
        if file.internal_error:
            raise self.broken(file.internal_error)
        return self._success(file.detail())

    async def create(self, request: Request) -> Response:
        """POST video_lip_sync/create: a job, paid in beans."""
        self._within(self._create_limit)
        body = await json_body(request)
        fields = Fields(body)
        callback = fields.url("callback", "")
        try:
            order, beans = priced_order(fields, self._files)
        except EmojiError:
            raise self.refusal(BROKEN, "文本包含emoji表情") from None
        if not self.charge(beans):
            raise self.refusal(BROKEN, "蝉豆余额不足")  # this code is not on the page
        job_id = uuid.uuid4().hex
        self.submit(job_id, body, order, callback, beans)
        return self._success(job_id)

    async def list(self, request: Request) -> Response:
        """POST video_lip_sync/list: the jobs, newest first."""
        fields = Fields(await json_body(request) if await request.body() else {})
        jobs = self.all_jobs()[::-1]
        page, size = fields.whole("page", 1, 10**9, 1), fields.whole("page_size", 1, 1000, 10)
        rows, page_info = page_of(jobs, page, size)
        return self._success({"list": [self._row(job) for job in rows], "page_info": page_info})

    async def detail(self, request: Request) -> Response:
        """GET video_lip_sync/detail: one job."""
        self._within(self._detail_limit)
        job = self.job(request.query_params.get("id", ""))
        return JSONResponse(self.callback(job))

    def callback(self, job: VendorJob) -> dict[str, Any]:
        """The body of a callback, which is also the answer of detail."""
        return self._enveloped(self._row(job))

    def _row(self, job: VendorJob) -> dict[str, Any]:
        done = job.state == "done"
        return {
            "id": job.id,
            "status": STATES[job.state],
            "progress": self._progress(job),
            "msg": "success" if done else job.reason,
            "video_url": self.result_url(job) if done else "",
            "preview_url": self.result_url(job, "jpg") if done else "",
            "duration": round(job.duration_s * 1000),
            "create_time": int(job.created),
        }

    def _progress(self, job: VendorJob) -> int:
        percent = int(100 * self.runner.fraction(job))
        return percent if job.state == "done" else min(percent, 99)

    async def list_common_audio(self, request: Request) -> Response:
        """GET list_common_audio: the voices."""
        query = request.query_params
        numbers = {name: int(text) for name, text in query.items() if text.isdecimal()}
        fields = Fields({**query, **numbers})
        page, size = fields.whole("page", 1, 10**9, 1), fields.whole("size", 1, 1000, 20)
        rows, page_info = page_of(common_audio(self.resources.signer), page, size)
        return self._success({"list": rows, "page_info": page_info})

    async def user_duration(self, request: Request) -> Response:  # noqa: ARG002 -- a handler's signature
        """GET user_duration: the balance."""
        return self._success({"resi_total_bean": int(self.balance())})

    def _within(self, limit: RateWindow) -> None:
        if self.resources.settings.rates and not limit.allows():
            raise self.refusal(TOO_FAST, "超出RPM/QPS限制")

    def _success(self, data: Any) -> Response:
        return JSONResponse(self._enveloped(data))

    def _enveloped(self, data: Any) -> dict[str, Any]:
        return {"trace_id": uuid.uuid4().hex, "code": 0, "msg": "success", "data": data}


def page_of(rows: Sequence[T], page: int, size: int) -> tuple[list[T], dict[str, int]]:
    """One page of a list, and its page_info."""
    info = {
        "page": page,
        "size": size,
        "total_count": len(rows),
        "total_page": math.ceil(len(rows) / size),
    }
    return list(rows[(page - 1) * size : page * size]), info
