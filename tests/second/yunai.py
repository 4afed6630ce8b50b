"""数字人, 标准版数字人合成, from its page; and a reseller's envelope around the same."""

import io
from itertools import count
from typing import Any
from uuid import uuid4

import av
from second.app import Origin
from second.fields import Wrong, address, demand, flag, one_of, text
from second.hosts import Hosts
from second.stand_in import StandIn
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

KEY = "sk-9pQvT3zYw6LmC1xR8sKd0uNf5hJb2gVe7aHq4iXo"
LARGEST = 100_000_000
CLONE_SECONDS = 20


class Yunai(StandIn):
    """``POST /avatar/generation`` and ``GET /avatar/task/{id}``; odd is the reseller."""

    def __init__(self, hosts: Hosts) -> None:
        super().__init__(hosts)
        self.origin = Origin(
            [
                Route("/avatar/generation", self.generation, methods=["POST"]),
                Route("/avatar/task/{task_id:path}", self.task),
            ]
        )
        self.base_url = f"{self.origin.url}/"
        self.keys = {"api_key": KEY}
        self.looks: dict[str, int] = {}
        self._numbers = count(9_007_199_254_740_993)

    async def generation(self, request: Request) -> Response:
        """生成数字人视频."""
        if refusal := self._refusal(request):
            return refusal
        try:
            given = await request.json()
            _check(given)
            for url in _urls(given):
                _check_size(await self.hosts.fetch(url))
            if clone := given.get("create_voice"):
                _check_sample(await self.hosts.fetch(clone["audio_url"]))
        except (Wrong, ValueError) as wrong:
            return self._error(400, str(wrong))
        task_id = str(next(self._numbers)) if self.origin.odd else uuid4().hex
        self.looks[task_id] = 0
        if self.origin.odd:
            task = {"task_id": task_id, "notify_hook": "", "action": "avatar-generate"}
            return self.origin.answer({"code": "success", "message": "", "data": task})
        return self.origin.answer({"code": 0, "data": {"id": task_id}})

    async def task(self, request: Request) -> Response:
        """获取任务详情."""
        task_id = request.path_params["task_id"]
        if refusal := self._refusal(request):
            return refusal
        if task_id not in self.looks:
            return self._error(404, "task not found")
        self.looks[task_id] += 1
        if self.origin.odd:
            return self.origin.answer({"code": "success", "data": self._resold(task_id)})
        return self.origin.answer({"code": 200, "data": self._work(task_id)})

    def _work(self, task_id: str) -> dict[str, Any]:
        end = -1 if self.fails else 200
        state = {1: 0, 2: 100}.get(self.looks[task_id], end)
        url = self.hosts.result_url(task_id) if state == 200 else None
        return {
            "id": task_id,
            "work_name": "作品",
            "work_video_path": url and f"{url}&plain",
            "wm_work_video_path": "",
            "no_wm_work_video_path": url,
            "work_webp_path": url and f"{self.hosts.results.url}/{task_id}.webp",
            "web_work_status": state,
            "create_time": 1736868741000,
        }

    def _resold(self, task_id: str) -> dict[str, Any]:
        end = "FAILURE" if self.fails else "SUCCESS"
        words = enumerate(["NOT_START", "QUEUED", "UNKNOWN", "IN_PROGRESS"], 1)
        state = dict(words).get(self.looks[task_id], end)
        task = {
            "task_id": task_id,
            "action": "avatar-generate",
            "status": state,
            "fail_reason": "no face in the picture" if state == "FAILURE" else "",
            "submit_time": 1736868741,
        }
        if state == "SUCCESS":
            # The pages do not say where a reseller puts the work itself: here it is in a box.
            task["data"] = {"work_video_path": self.hosts.result_url(task_id)}
        return task

    def _refusal(self, request: Request) -> Response | None:
        if request.headers.get("authorization") == f"Bearer {self.keys['api_key']}":
            return None
        return self._error(401, "无效的令牌")

    def _error(self, status: int, why: str) -> Response:
        if self.origin.odd:
            return self.origin.answer({"code": str(status), "message": why, "data": None})
        return self.origin.answer({"code": status, "msg": why}, status)


def _check(given: Any) -> None:
    language = one_of("zh", "en")
    spoken = {"language": language, "text": text}
    demand(
        given,
        {"avatar_url": address},
        {
            "audio_url": address,
            "create_voice": lambda v: bool(demand(v, {"audio_url": address, **spoken}, {})),
            "use_voice": lambda v: bool(
                demand(v, {"voice_engine_id": text, "audio_id": text, **spoken}, {})
            ),
            "no_watermark": flag,
        },
    )
    if len({"audio_url", "create_voice", "use_voice"} & given.keys()) != 1:
        raise Wrong("one of audio_url, create_voice, use_voice")


def _urls(given: dict[str, Any]) -> list[str]:
    return [given[name] for name in ("avatar_url", "audio_url") if name in given]


def _check_size(medium: bytes) -> None:
    if len(medium) > LARGEST:
        raise Wrong("限制100m大小")


def _check_sample(sound: bytes) -> None:
    with av.open(io.BytesIO(sound)) as container:
        seconds = sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))
    if seconds < CLONE_SECONDS:
        raise Wrong(f"the sample has {seconds:.1f} s")
