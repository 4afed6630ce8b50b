"""魔珐星云 Xingyun, as its page "数字人视频生成API说明" says."""

import time
import uuid
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lipsync_nb.sandbox.vendors.base import COMMON_STEPS, Call, Refusal, Vendor, same
from lipsync_nb.sandbox.vendors.fields import FieldError, Fields
from lipsync_nb.sandbox.vendors.uploads import form, keep_part, part
from lipsync_nb.sandbox.vendors.xingyun_orders import STYLE, script_order, segments_as_told
from lipsync_nb.sandbox.vendors.xingyun_signature import (
    LIFETIME_S,
    signature,
    signed_data,
    signed_path,
)
from lipsync_nb.sandbox.work.jobs import Job, Order, Pace, Trouble

API = "/user/v1/video_synthesis_task"
FIRST_TASK_ID = 135  # the page's own
SHANGHAI = timezone(timedelta(hours=8))
NO_APP, NO_PPT, BAD_PPT, NO_TASK, NOT_CREATED, NOT_CANCELLED = (
    20001,
    30002,
    30003,
    30004,
    30005,
    30006,
)
STATES = {
    "queued": "not_send",
    "processing": "processing",
    "done": "finished",
    "failed": "error",
    "cancelled": "cancel",
}
WAITING_S = 0.2  # how long a job is "waiting" (处理中) before it is "processing" (进行中)


class Xingyun(Vendor):
    """魔珐星云: signed calls; a script or slides become a film."""

    NAME = "xingyun"
    PATHS = ("/user/",)
    CREDENTIAL_HEADERS = ("x-app-id", "x-token")
    STEPS = COMMON_STEPS | {"upload"}
    PACE = Pace(queue_s=0.8, base_s=1.5, per_second_s=0.5)
    TROUBLES: ClassVar = {
        "bad_media": "合成任务失败,素材无法解析: {}",
        "no_face": "合成任务失败,请重新发起或联系客服处理",
        "unreachable": "创建合成任务报错: 素材下载失败 {}",
        "too_large": "创建合成任务报错: 素材过大 {}",
        "fault": "合成任务失败,请重新发起或联系客服处理",
    }
    STATUS_AT = ("data", "synth_state")
    RESULT_AT = ("data", "render_video_oss")
    DONE_STATUS = "finished"
    ODD_STATUS = "suspended"

    @staticmethod
    def new_keys() -> dict[str, str]:
        """An application's id and secret, both UUIDs."""
        return {"app_id": str(uuid.uuid4()), "app_secret": str(uuid.uuid4())}

    def calls(self) -> list[Call]:
        """The page's five calls."""
        return [
            Call("POST", f"{API}/create_render_task", "submit", self.create),
            Call("POST", f"{API}/parse_ppt_file", "upload", self.parse_ppt),
            Call("GET", f"{API}/get_render_task", "poll", self.get),
            Call("POST", f"{API}/cancel_render_task", "other", self.cancel),
            Call("GET", f"{API}/get_render_task_preview_url", "other", self.preview),
        ]

    async def authorize(self, request: Request) -> None:
        """Check X-APP-ID, X-TIMESTAMP and X-TOKEN. All three fail as 20001 (not on the page)."""
        keys, headers = self.world.keys[self.NAME], request.headers
        if headers.get("x-app-id") != keys["app_id"]:
            raise self._refusal(NO_APP, "应用不存在或无法使用")
        stamp = headers.get("x-timestamp", "")
        if not stamp.isdecimal() or abs(time.time() - int(stamp)) > LIFETIME_S:
            raise self._refusal(NO_APP, "X-TIMESTAMP 已过期")
        data = await signed_data(request)
        signed = (signed_path(request), request.method, data, keys["app_secret"], stamp)
        expected = signature(*signed)
        if not same(headers.get("x-token", ""), expected):
            raise self._refusal(NO_APP, "X-TOKEN 校验失败")

    def envelope(self, code: int, message: str) -> dict[str, Any]:
        """An error's body."""
        return {"error_code": code, "error_reason": message, "data": {}}

    def invalid(self, message: str) -> Refusal:
        """Its refusal of a wrong field: 30005, the nearest of the page's codes."""
        return self._refusal(NOT_CREATED, f"创建视频任务错误: {message}")

    async def create(self, request: Request) -> Response:
        """POST create_render_task: a script, or slides parsed before."""
        body = await signed_data(request)
        fields = Fields(body)
        order = self._order(fields)
        sent = self._sent(fields, body)
        task_id = FIRST_TASK_ID + len(self.world.jobs.of(self.NAME))
        self.world.runner.submit(Job(self.NAME, str(task_id), sent, order))
        return self._success({"task_id": task_id})

    def _order(self, fields: Fields) -> Order:
        if fields.given("segment") == fields.given("parse_ppt_file_name"):
            raise FieldError("exactly one of segment, parse_ppt_file_name is required")
        options = {
            "look": fields.text("look_name"),
            "voice": fields.text("tts_vcn_name"),
            "studio": fields.text("studio_name"),
            "subtitles": fields.choice("sub_title", ("on", "off"), "on") == "on",
            "aigc_mark": fields.flag("if_aigc_mark", default=True),
        }
        fields.text("video_name", "")
        if fields.given("segment"):
            return script_order(fields.rows("segment"), options)
        name = fields.text("parse_ppt_file_name")
        ppt = self.world.store.get("ppt", name)
        if ppt is None:
            raise self._refusal(NO_PPT, "PPT文件不存在")
        return Order("slides", {"ppt": ppt["path"]}, STYLE, options=options)

    def _sent(self, fields: Fields, body: dict[str, Any]) -> dict[str, Any]:
        """The fields a task's detail repeats; an unnamed video is named by the time."""
        now = datetime.now(SHANGHAI)
        named = now.strftime("%Y%m%d_%H_%M_%S.") + f"{now.microsecond // 1000:03d}"
        names = ("look_name", "tts_vcn_name", "studio_name")
        return {
            "name": uuid.uuid4().hex,
            "video_name": fields.text("video_name", "") or named,
            **{name: body[name] for name in names},
            "sub_title": body.get("sub_title") or "on",
            "segment": segments_as_told(body.get("segment") or []),
        }

    async def parse_ppt(self, request: Request) -> Response:
        """POST parse_ppt_file: multipart slides, to be rendered by their name."""
        try:
            upload = part(await form(request), "ppt_file")
        except FieldError as error:
            raise self._refusal(NO_PPT, f"PPT文件不存在: {error}") from None
        path = await keep_part(upload, self.world.home / "media")
        if self.world.faults.take(self.NAME, "upload", ("failed",)):
            raise self._refusal(BAD_PPT, "PPT文件解析错误")
        try:
            await self.world.renderer.count_slides(path)
        except Trouble as trouble:
            raise self._refusal(BAD_PPT, f"PPT文件解析错误: {trouble.detail}") from None
        name = f"{uuid.uuid4().hex}.json"
        self.world.store.put("ppt", name, {"path": f"media/{path.name}"})
        return self._success({"parse_ppt_file_name": name})

    async def get(self, request: Request) -> Response:
        """GET get_render_task: one task."""
        return self._success(self._detail(self._found(request.query_params.get("task_id"))))

    def _detail(self, job: Job) -> dict[str, Any]:
        done = job.state == "done"
        return {
            "id": int(job.id),
            "error_reason": job.reason,
            "create_time": _iso(job.created),
            "update_time": _iso(job.finished or job.started or job.created),
            "enable": True,
            "output_resolution": f"{STYLE['height']:.0f}P",
            **job.request,
            "synth_start_time": _iso(job.started) if job.started else None,
            "synth_finish_time": _iso(job.finished) if done else None,
            "synth_state": self._state(job),
            "render_image_oss": self.result_url(job, "jpg") if done else None,
            "render_video_oss": self.result_url(job) if done else None,
        }

    def _state(self, job: Job) -> str:
        if job.state == "processing" and time.time() - job.started < WAITING_S:
            return "waiting"
        return STATES[job.state]

    async def cancel(self, request: Request) -> Response:
        """POST cancel_render_task: a task that has not ended is cancelled."""
        job = self._found((await signed_data(request)).get("task_id"))
        if not self.world.runner.cancel(job):
            raise self._refusal(NOT_CANCELLED, f"取消视频任务错误: {STATES[job.state]}")
        return JSONResponse({"error_code": 0, "error_reason": ""})

    async def preview(self, request: Request) -> Response:
        """GET get_render_task_preview_url: the film's first frame, or "" before it is finished."""
        job = self._found(request.query_params.get("task_id"))
        return self._success(
            {"preview_url": self.result_url(job, "jpg") if job.state == "done" else ""}
        )

    def _found(self, task_id: Any) -> Job:
        job = self.job(str(task_id))
        if job is None:
            raise self._refusal(NO_TASK, "视频任务未找到")
        return job

    def _success(self, data: dict[str, Any]) -> Response:
        return JSONResponse({"error_code": 0, "error_reason": "", "data": data})

    def _refusal(self, code: int, message: str) -> Refusal:
        return Refusal(200, self.envelope(code, message))


def _iso(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, SHANGHAI).isoformat(timespec="microseconds")
