"""Chanjing's Open API, from its pages: access_token, file management, all products."""

import math
import re
import time
from functools import partial
from secrets import choice, token_hex
from string import ascii_letters, digits
from typing import Any
from uuid import uuid4

from second.app import Origin
from second.chanjing_lip_sync import check
from second.chanjing_products import CALLS, MOST_LISTED, Products
from second.chanjing_speech import VOICES, HasEmoji, SpeechTasks
from second.fields import Wrong, demand, integer, text
from second.hosts import Hosts
from second.stand_in import StandIn
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

EXPIRED = 1721289220  # the page's own example, long past
CLIPS = {"mp4": "video/mp4", "mov": "video/quicktime", "webm": "video/webm"}
SOUNDS = {"mp3": "audio/mpeg", "m4a": "audio/x-m4a", "wav": "audio/x-wav"}
MIMES = {
    "lip_sync_video": CLIPS,
    "lip_sync_audio": SOUNDS,
    "make_video_audio": SOUNDS,
    "make_video_background": {"jpg": "image/jpeg", "png": "image/png"},
    "customised_person": CLIPS,
    "prompt_audio": SOUNDS,
}
LARGEST_SAMPLE = 100 * 1000 * 1000
UPLOADED = "https://res.chanjing.cc/"
EMOJI = re.compile("[\U0001f300-\U0001faff]")


class Chanjing(StandIn):
    """Tokens, files, jobs, lists, voices, balance."""

    def __init__(self, hosts: Hosts) -> None:
        super().__init__(hosts)
        api = "/open/v1"
        self.origin = Origin(
            [
                Route(f"{api}/access_token", self.access_token, methods=["POST"]),
                Route(f"{api}/common/create_upload_url", self.create_upload_url),
                Route(f"{api}/common/file_detail", self.file_detail),
                Route(f"{api}/video_lip_sync/create", self.create, methods=["POST"]),
                Route(f"{api}/video_lip_sync/list", self.listing, methods=["POST"]),
                Route(f"{api}/video_lip_sync/detail", self.detail),
                Route(f"{api}/create_audio_task", self.create_speech, methods=["POST"]),
                Route(f"{api}/audio_task_state", self.speech_state, methods=["POST"]),
                Route(f"{api}/list_common_audio", self.voices),
                Route(f"{api}/user_duration", self.balance),
                *(
                    Route(f"{api}/{path}", partial(self.product, name), methods=[method])
                    for name, (method, path) in CALLS.items()
                ),
            ]
        )
        self.base_url = self.origin.url
        self.files: dict[str, int] = {}
        self.services: dict[str, str] = {}
        self.reset()

    def reset(self) -> None:
        """Forget what was wished, and the jobs; take another key pair from now on."""
        super().reset()
        self.keys = {"app_id": token_hex(4), "secret_key": token_hex(16)}
        self.token = ""
        self.tokens = []
        self.jobs: dict[str, int] = {}
        self.created: dict[str, int] = {}
        self.products = Products(self.hosts, self._is_file, self._is_sample, self._wishes)
        self.speeches = SpeechTasks(self.hosts, self.products.is_voice)
        self.stays = False

    def forget_token(self) -> None:
        """Let the token die."""
        self.token = ""

    async def access_token(self, request: Request) -> Response:
        """获取 access_token: the previous one dies."""
        try:
            given = demand(await request.json(), {"app_id": text, "secret_key": text}, {})
        except ValueError:
            return self._error(400, "Invalid parameter format")
        except Wrong as wrong:
            return self._error(40000, str(wrong))
        if given != self.keys:
            return self._error(40000, "app_id or secret_key is wrong")
        self.token = "".join(choice(ascii_letters + digits) for _ in range(64))
        self.tokens.append(self.token)
        return self._data({"access_token": self.token, "expire_in": EXPIRED})

    async def create_upload_url(self, request: Request) -> Response:
        """创建上传链接."""
        if refusal := self._refusal(request):
            return refusal
        service = request.query_params.get("service", "")
        _, _, ending = request.query_params.get("name", "").rpartition(".")
        mime = MIMES.get(service, {}).get(ending.lower())
        if mime is None:
            return self._error(40000, "service or name is wrong")
        file_id = uuid4().hex
        self.files[file_id], self.services[file_id] = 0, service
        place = {
            "sign_url": self.hosts.upload_url(file_id, mime),
            "mime_type": mime,
            "file_id": file_id,
        }
        if not self.origin.odd or service == "prompt_audio":
            place |= {"full_path": f"{UPLOADED}{file_id}", "key": file_id}
        return self._data(place)

    async def file_detail(self, request: Request) -> Response:
        """查询文件: ready once it is uploaded, and not at the first look."""
        if refusal := self._refusal(request):
            return refusal
        file_id = request.query_params.get("id", "")
        if file_id not in self.files:
            return self._error(40000, "no such file")
        status = 0
        if file_id in self.hosts.files:
            ready = 2 if self.origin.odd else 1
            status = ready if self.files[file_id] or not self.origin.odd else 0
            self.files[file_id] += 1
        return self._data({"id": file_id, "status": status, "name": "1.mp4"})

    async def create(self, request: Request) -> Response:
        """创建对口型视频."""
        if refusal := self._refusal(request):
            return refusal
        try:
            given = await request.json()
            check(given)
            self._check_file(given["video_file_id"], "lip_sync_video")
            if given.get("audio_type") == "audio":
                self._check_file(given["audio_file_id"], "lip_sync_audio")
        except ValueError:
            return self._error(400, "Invalid parameter format")
        except Wrong as wrong:
            return self._error(40000, str(wrong))
        if EMOJI.search("".join(given.get("tts_config", {}).get("text", ""))):
            return self._error(50000, "text contains emoji")
        job_id = f"v+{uuid4()}/?&=" if self.origin.odd else uuid4().hex
        self.jobs[job_id], self.created[job_id] = 0, int(time.time())
        if url := given.get("callback"):
            self.hosts.call_back(url, lambda: self._called_back(job_id))
        return self._data(job_id)

    async def detail(self, request: Request) -> Response:
        """查询对口型视频."""
        if refusal := self._refusal(request):
            return refusal
        job_id = request.query_params.get("id", "")
        if job_id not in self.jobs:
            return self._error(40000, "no such video")
        self.jobs[job_id] += 1
        return self._data(self._job(job_id))

    async def listing(self, request: Request) -> Response:
        """对口型视频列表: the newest first, ten at most."""
        if refusal := self._refusal(request):
            return refusal
        try:
            given = demand(await request.json(), {}, {"page": integer, "page_size": integer})
        except (Wrong, ValueError) as wrong:
            return self._error(40000, str(wrong))
        for job_id in self.jobs:
            self.jobs[job_id] += 1
        newest = list(reversed(self.jobs))
        return self._page([self._job(job_id) for job_id in newest], given.get("page", 1))

    async def create_speech(self, request: Request) -> Response:
        """创建语音合成任务."""
        if refusal := self._refusal(request):
            return refusal
        try:
            given = await request.json()
            task_id = self.speeches.create(given)
        except (Wrong, ValueError) as wrong:
            return self._error(40000, str(wrong))
        except HasEmoji:
            return self._error(50000, "text contains emoji")
        if url := given.get("callback"):
            self.hosts.call_back(url, lambda: self._speech_called_back(task_id))
        return self._data({"task_id": task_id})

    async def speech_state(self, request: Request) -> Response:
        """查询语音合成任务状态."""
        if refusal := self._refusal(request):
            return refusal
        try:
            told = self.speeches.state(await request.json(), **self._wishes())
        except (Wrong, ValueError) as wrong:
            return self._error(40000, str(wrong))
        return self._data(told)

    async def product(self, name: str, request: Request) -> Response:
        """Answer a call of one of the other products."""
        if refusal := self._refusal(request):
            return refusal
        try:
            given = dict(request.query_params) if request.method == "GET" else await request.json()
            return self._data(getattr(self.products, name)(given))
        except (Wrong, ValueError) as wrong:
            return self._error(40000, str(wrong))
        except HasEmoji:
            return self._error(50000, "text contains emoji")

    def _wishes(self) -> dict[str, bool]:
        return {"stays": self.stays, "fails": self.fails, "odd": self.origin.odd}

    def _speech_called_back(self, task_id: str) -> dict[str, Any]:
        if task_id not in self.speeches.looks:
            return {}
        self.speeches.looks[task_id] = 9
        told = self.speeches.told(task_id, **self._wishes())
        return {"trace_id": uuid4().hex, "code": 0, "msg": "success", "data": told}

    async def voices(self, request: Request) -> Response:
        """公共音色列表."""
        if refusal := self._refusal(request):
            return refusal
        return self._page(VOICES, int(request.query_params.get("page", "1")))

    async def balance(self, request: Request) -> Response:
        """蝉豆余额."""
        if refusal := self._refusal(request):
            return refusal
        return self._data({"resi_total_bean": "1234" if self.origin.odd else 1234})

    def _called_back(self, job_id: str) -> dict[str, Any]:
        if job_id not in self.jobs:
            return {}
        self.jobs[job_id] = 9
        return {"trace_id": uuid4().hex, "code": 0, "msg": "success", "data": self._job(job_id)}

    def _page(self, items: list[dict[str, Any]], page: int) -> Response:
        shown = items[(page - 1) * MOST_LISTED : page * MOST_LISTED]
        info = {
            "page": page,
            "size": MOST_LISTED,
            "total_count": len(items),
            "total_page": math.ceil(len(items) / MOST_LISTED),
        }
        return self._data({"list": shown, "page_info": None if self.origin.odd else info})

    def _job(self, job_id: str) -> dict[str, Any]:
        states = [0, 15, 10] if self.origin.odd else [0, 10]
        end = 10 if self.stays else 30 if self.fails else 20
        state = dict(enumerate(states, 1)).get(self.jobs[job_id], end)
        url = self.hosts.result_url("chanjing") if state == 20 else ""
        job = {
            "id": job_id,
            "status": state,
            "progress": {0: 0, 10: 55}.get(state, 100),
            "msg": {20: "success", 30: "未检测到人脸"}.get(state, ""),
            "video_url": url,
            "preview_url": url.replace(".mp4", ".jpg"),
            "duration": 300 if state == 20 else 0,
            "create_time": self.created[job_id],
        }
        if self.origin.odd:
            for name in ("progress", "preview_url", "duration"):
                del job[name]
            job["video_url"] = url or None
        return job

    def _check_file(self, file_id: str, service: str) -> None:
        if not self._is_file(file_id, service):
            raise Wrong(f"{file_id}: no such file, or not ready")

    def _is_file(self, file_id: Any, service: str) -> bool:
        return self.services.get(str(file_id)) == service and bool(self.files[file_id])

    def _is_sample(self, url: str) -> bool:
        is_here, file_id = url.startswith(UPLOADED), url.removeprefix(UPLOADED)
        return not is_here or (self._is_file(file_id, "prompt_audio") and self._fits(file_id))

    def _fits(self, file_id: str) -> bool:
        puts = [put for put in self.hosts.uploads.seen if put.path.endswith(f"/{file_id}")]
        return all(len(put.body) <= LARGEST_SAMPLE for put in puts)

    def _refusal(self, request: Request) -> Response | None:
        if self.token and request.headers.get("access_token") == self.token:
            return None
        return self._error(10400, "AccessToken verification failed")

    def _data(self, data: Any) -> Response:
        envelope = {"trace_id": uuid4().hex, "code": 0, "msg": "success", "data": data}
        if self.origin.odd:
            del envelope["trace_id"], envelope["msg"]
        return self.origin.answer(envelope)

    def _error(self, code: int, why: str) -> Response:
        status = {10400: 401, 50000: 500}.get(code, 400) if self.origin.odd else 200
        return self.origin.answer({"code": code, "msg": why, "data": None}, status)
