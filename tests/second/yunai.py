"""数字人, from its page and the facts about its parts; and a reseller's envelope around the same.

This file has the key, the calls, and 标准版数字人合成; the others of this name have the rest.
"""

from itertools import count
from typing import Any
from uuid import uuid4

from second.app import Origin, Seen
from second.fields import Wrong, address, demand, flag, one_of, text
from second.hosts import Hosts
from second.stand_in import StandIn
from second.yunai_agent import Agent
from second.yunai_media import CLONE_SECONDS, seconds_of
from second.yunai_texts import Texts
from second.yunai_voices import Voices
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

KEY = "sk-9pQvT3zYw6LmC1xR8sKd0uNf5hJb2gVe7aHq4iXo"
LARGEST = 100_000_000


class Yunai(StandIn):
    """All that the page has; odd is the reseller."""

    def __init__(self, hosts: Hosts) -> None:
        super().__init__(hosts)
        self.agent, self.voices, self.texts = Agent(self), Voices(self), Texts(self)
        self.origin = Origin(
            [
                Route("/avatar/generation", self.generation, methods=["POST"]),
                Route("/avatar/task/{task_id:path}", self.task),
                Route("/agent_api.php", self.agent.answer, methods=["POST"]),
                Route("/model", self.voices.model, methods=["POST"]),
                Route("/v1/tts", self.voices.tts, methods=["POST"]),
                Route("/chat/completions", self.texts.completions, methods=["POST"]),
                Route("/generate_video", self.texts.generate_video, methods=["POST"]),
                Route("/query_video/{task_id:path}", self.texts.query_video),
            ],
            operation=act_of,
        )
        self.base_url = f"{self.origin.url}/"
        self.keys = {"api_key": KEY}
        self.looks: dict[str, int] = {}
        self._numbers = count(9_007_199_254_740_993)

    async def generation(self, request: Request) -> Response:
        """生成数字人视频."""
        if refusal := self.refusal(request):
            return refusal
        try:
            given = await request.json()
            _check(given)
            for url in _urls(given):
                _check_size(await self.hosts.fetch(url))
            if clone := given.get("create_voice"):
                _check_sample(await self.hosts.fetch(clone["audio_url"]))
        except (Wrong, ValueError) as wrong:
            return self.error(400, str(wrong))
        task_id = self.new_id()
        self.looks[task_id] = 0
        if self.origin.odd:
            task = {"task_id": task_id, "notify_hook": "", "action": "avatar-generate"}
            return self.origin.answer({"code": "success", "message": "", "data": task})
        return self.origin.answer({"code": 0, "data": {"id": task_id}})

    async def task(self, request: Request) -> Response:
        """获取任务详情."""
        task_id = request.path_params["task_id"]
        if refusal := self.refusal(request):
            return refusal
        if task_id not in self.looks:
            return self.error(404, "task not found")
        self.looks[task_id] += 1
        if self.origin.odd:
            return self.origin.answer({"code": "success", "data": self._resold(task_id)})
        return self.origin.answer({"code": 200, "data": self._work(task_id)})

    def new_id(self) -> str:
        """Return the id of a new task: a long number, if it is odd."""
        return str(next(self._numbers)) if self.origin.odd else uuid4().hex

    def refusal(self, request: Request) -> Response | None:
        """Return the answer to a request without the key."""
        if request.headers.get("authorization") == f"Bearer {self.keys['api_key']}":
            return None
        return self.error(401, "无效的令牌")

    def error(self, status: int, why: str) -> Response:
        """Answer with an error, in the envelope."""
        if self.origin.odd:
            return self.origin.answer({"code": str(status), "message": why, "data": None})
        return self.origin.answer({"code": status, "msg": why}, status)

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


def act_of(seen: Seen) -> str:
    """Return ``/act`` of a request to the path that all acts share."""
    return f"/{seen.form.get('act', '')}" if seen.path.endswith("/agent_api.php") else ""


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
    if (seconds := seconds_of(sound, "audio")) < CLONE_SECONDS:
        raise Wrong(f"the sample has {seconds:.1f} s")
