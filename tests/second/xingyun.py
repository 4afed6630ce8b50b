"""数字人视频生成API说明, from its page."""

import hashlib
import io
import json
import time
import zipfile
from collections.abc import Callable
from itertools import count
from secrets import token_hex
from typing import Any

from second.app import Origin
from second.fields import Wrong, address, demand, flag, integer, one_of, text
from second.hosts import Hosts
from second.stand_in import StandIn
from second.xingyun_speech import CODES, Refused, SpeechTasks
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

APP_ID = "37514ac0-3fce-4f4c-bc3f-86eba37da7dd"
SECRET = "bb81b706-ef1f-443e-9e86-9df8399f796b"
PREFIX = "/user/v1/video_synthesis_task"
SPEECH = "/user/v1/tts_task"
FRESH_SECONDS = 60


class Xingyun(StandIn):
    """Segments and slides, the task, its preview, its cancelling; and speech."""

    def __init__(self, hosts: Hosts) -> None:
        super().__init__(hosts)
        self.origin = Origin(
            [
                Route(f"{PREFIX}/parse_ppt_file", self.parse, methods=["POST"]),
                Route(f"{PREFIX}/create_render_task", self.create, methods=["POST"]),
                Route(f"{PREFIX}/get_render_task", self.task),
                Route(f"{PREFIX}/get_render_task_preview_url", self.preview),
                Route(f"{PREFIX}/cancel_render_task", self.cancel, methods=["POST"]),
                Route(f"{SPEECH}/create_tts_task", self.create_speech, methods=["POST"]),
                Route(f"{SPEECH}/get_tts_task", self.speech),
                Route(f"{SPEECH}/cancel_tts_task", self.cancel_speech, methods=["POST"]),
            ]
        )
        self.base_url = self.origin.url
        self.keys = {"app_id": APP_ID, "app_secret": SECRET}
        self.slides: dict[str, bytes] = {}
        self.looks: dict[int, int] = {}
        self.cancelled: set[int] = set()
        self.stays = False
        self._numbers = count(135)
        self._long = count(9_007_199_254_740_993)
        self.speeches = SpeechTasks(hosts, count(7000))

    def reset(self) -> None:
        """Forget what was wished."""
        super().reset()
        self.stays = False

    async def parse(self, request: Request) -> Response:
        """PPT解析接口: the file is no part of the signature."""
        if refusal := self._refusal(request, {}):
            return self._answer(refusal)
        async with request.form() as form:
            file = form.get("ppt_file")
            if set(form) != {"ppt_file"} or not isinstance(file, UploadFile):
                return self._answer(30002)
            content = await file.read()
        try:
            zipfile.ZipFile(io.BytesIO(content)).getinfo("ppt/presentation.xml")
        except (zipfile.BadZipFile, KeyError):
            return self._answer(30003)
        name = f"parsed_{token_hex(8)}.pptx"
        self.slides[name] = content
        return self._answer(0, {"parse_ppt_file_name": name})

    async def create(self, request: Request) -> Response:
        """创建渲染任务接口."""
        given = await _json(request)
        if refusal := self._refusal(request, given):
            return self._answer(refusal)
        try:
            _check(given)
            for segment in given.get("segment", []):
                if url := segment.get("media_url"):
                    await self.hosts.fetch(url)
        except Wrong:
            return self._answer(30005)
        if given.get("parse_ppt_file_name", "") not in {"", *self.slides}:
            return self._answer(30002)
        task_id = next(self._long if self.origin.odd else self._numbers)
        self.looks[task_id] = 0
        return self._answer(0, {"task_id": task_id})

    async def task(self, request: Request) -> Response:
        """查询视频结果."""
        task_id = _asked(request)
        if refusal := self._refusal(request, {}):
            return self._answer(refusal)
        if task_id not in self.looks:
            return self._answer(30004)
        self.looks[task_id] += 1
        return self._answer(0, self._task(task_id))

    async def preview(self, request: Request) -> Response:
        """预览."""
        task_id = _asked(request)
        if refusal := self._refusal(request, {}):
            return self._answer(refusal)
        if task_id not in self.looks:
            return self._answer(30004)
        if self._state(task_id) != "finished":
            return self._answer(0, {} if self.origin.odd else {"preview_url": ""})
        return self._answer(0, {"preview_url": f"{self.hosts.results.url}/preview/{task_id}"})

    async def cancel(self, request: Request) -> Response:
        """取消渲染任务."""
        given = await _json(request)
        if refusal := self._refusal(request, given):
            return self._answer(refusal)
        try:
            task_id = demand(given, {"task_id": integer}, {})["task_id"]
        except Wrong:
            return self._answer(30006)
        if task_id not in self.looks:
            return self._answer(30004)
        if self._state(task_id) in {"finished", "error"}:
            return self._answer(30006)
        self.cancelled.add(task_id)
        return self._answer(0)

    async def create_speech(self, request: Request) -> Response:
        """创建音频任务."""
        given = await _json(request)
        return self._spoken(request, given, lambda: {"task_id": self.speeches.create(given)})

    async def speech(self, request: Request) -> Response:
        """查询音频结果."""
        manner = {"stays": self.stays, "fails": self.fails, "odd": self.origin.odd}
        return self._spoken(request, {}, lambda: self.speeches.state(_asked(request), **manner))

    async def cancel_speech(self, request: Request) -> Response:
        """取消音频任务."""
        given, odd = await _json(request), self.origin.odd
        return self._spoken(request, given, lambda: self.speeches.cancel(given, odd=odd))

    def _spoken(
        self,
        request: Request,
        signed: dict[str, Any],
        told: Callable[[], dict[str, Any] | None],
    ) -> Response:
        if refusal := self._refusal(request, signed):
            return self._answer(refusal)
        try:
            return self._answer(0, told())
        except Refused as refused:
            return self._answer(refused.code)

    def _refusal(self, request: Request, data: dict[str, Any]) -> int:
        # Section 1.1, step by step, over what stands on the wire.
        api_path = request.scope["raw_path"].decode()
        if query := request.scope["query_string"].decode():
            api_path += f"?{query}"
        stamp = request.headers.get("x-timestamp", "")
        sort_json_str = json.dumps(data, sort_keys=True).replace(" ", "")
        secret = self.keys["app_secret"]
        sign = api_path.lower() + request.method.lower() + sort_json_str + secret + stamp
        fresh = stamp.isdecimal() and abs(time.time() - int(stamp)) <= FRESH_SECONDS
        known = request.headers.get("x-app-id") == self.keys["app_id"]
        signed = request.headers.get("x-token") == hashlib.md5(sign.encode("utf-8")).hexdigest()
        return (0 if fresh and signed else 1) if known else 20001

    def _state(self, task_id: int) -> str:
        if task_id in self.cancelled:
            return "cancel"
        words = ["not_send", "waiting", "processing"]
        if self.origin.odd:
            words.insert(1, "compositing")
        end = "processing" if self.stays else "error" if self.fails else "finished"
        return dict(enumerate(words, 1)).get(max(1, self.looks[task_id]), end)

    def _task(self, task_id: int) -> dict[str, Any]:
        state = self._state(task_id)
        url = self.hosts.result_url(str(task_id)) if state == "finished" else None
        why = "合成任务失败,请重新发起或联系客服处理" if state == "error" else ""
        # The page's example names the task "id", its table "task_id".
        named = {"task_id": task_id} if self.origin.odd else {"id": task_id}
        if self.origin.odd:
            undocumented = {"amount": "12", "duration": "400", "progress": "55"}
            task = {**named, "synth_state": state, **undocumented}
            return task | ({"render_video_oss": url} if url else {})
        return {
            **named,
            "error_reason": why,
            "create_time": "2025-07-17T11:30:08.033710+08:00",
            "update_time": "2025-07-17T11:30:54.131480+08:00",
            "enable": True,
            "output_resolution": "540P",
            "synth_start_time": None,
            "synth_finish_time": None,
            "synth_state": state,
            "segment": [{"text": "这是一条测试数据。", "media_id": 123338, "media_url": None}],
            "render_image_oss": url and url.replace(".mp4", ".png"),
            "render_video_oss": url,
        }

    def _answer(self, code: int, data: dict[str, Any] | None = None) -> Response:
        answer = {"error_code": code, "error_reason": REASONS[code]}
        if data is not None:
            answer["data"] = data
        if code == 0 and self.origin.odd:
            del answer["error_reason"]
        return self.origin.answer(answer, 400 if code and self.origin.odd else 200)


REASONS = {
    0: "",
    1: "签名有误",
    20001: "应用不存在或无法使用",
    30002: "PPT文件不存在",
    30003: "PPT文件解析错误",
    30004: "视频任务未找到",
    30005: "创建视频任务错误",
    30006: "取消视频任务错误",
    **dict.fromkeys(CODES, "音频任务错误"),
}


async def _json(request: Request) -> dict[str, Any]:
    if not request.headers.get("content-type", "").startswith("application/json"):
        return {}
    given = await request.json()
    return given if isinstance(given, dict) else {}


def _asked(request: Request) -> int:
    asked = request.query_params.get("task_id", "")
    return int(asked) if asked.isdecimal() else -1


def _check(given: dict[str, Any]) -> None:
    def segment(value: Any) -> bool:
        return isinstance(value, list) and all(
            demand(item, {"text": text}, {"media_url": address}) for item in value
        )

    demand(
        given,
        {"look_name": text, "tts_vcn_name": text, "studio_name": text},
        {
            "video_name": text,
            "sub_title": one_of("on", "off"),
            "segment": lambda value: bool(value) and segment(value),
            "parse_ppt_file_name": text,
            "if_aigc_mark": flag,
            "output_resolution": one_of("540P", "720P", "1080P", "2K", "4K"),
        },
    )
    if len({"segment", "parse_ppt_file_name"} & given.keys()) != 1:
        raise Wrong("SSML脚本 或 PPT文件 必填一个")
