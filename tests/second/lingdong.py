"""灵动数智人 RESTful API v1.0, from its page."""

from itertools import count
from uuid import uuid4

from second.app import Origin
from second.fields import Wrong, address, demand, one_of
from second.hosts import Hosts, clip
from second.stand_in import StandIn
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

KEY = "ld_2b7e151628aed2a6abf7158809cf4f3c"
PICTURES = (b"\xff\xd8\xff", b"\x89PNG")


class Lingdong(StandIn):
    """``POST /generate``, ``GET /task/:taskId``, ``GET /download/:taskId``."""

    def __init__(self, hosts: Hosts) -> None:
        super().__init__(hosts)
        self.origin = Origin(
            [
                Route("/api/v1/generate", self.generate, methods=["POST"]),
                Route("/api/v1/task/{task_id:path}", self.task),
                Route("/api/v1/download/{task_id:path}", self.download),
            ]
        )
        self.base_url = f"{self.origin.url}/api/v1"
        self.keys = {"api_key": KEY}
        self.credits = 100_000.0
        self.looks: dict[str, int] = {}
        self.types: dict[str, str] = {}
        self._numbers = count(1)

    def reset(self) -> None:
        """Forget what was wished, and have credits enough."""
        super().reset()
        self.credits = 100_000.0

    async def generate(self, request: Request) -> Response:
        """生成视频."""
        if refusal := self._refusal(request):
            return refusal
        async with request.form() as form:
            given = dict(form)
            try:
                kind = await self._checked(given)
            except Wrong as wrong:
                return self._error(400, str(wrong))
        if self.credits < 105:
            return self._error(403, "积分不足")
        self.credits -= 105
        task_id = f"任务 {next(self._numbers)}/a?b#c%2F" if self.origin.odd else str(uuid4())
        self.looks[task_id], self.types[task_id] = 0, kind
        if url := given.get("callback_url"):
            self.hosts.call_back(str(url), lambda: self._called_back(task_id))
        if self.origin.odd:
            return self.origin.answer({"task_id": task_id, "duration": None})
        return self.origin.answer(
            {
                "success": True,
                "task_id": task_id,
                "duration": 10.5,
                "credits_used": 105,
                "status": "pending",
                "message": "任务已提交",
            }
        )

    async def task(self, request: Request) -> Response:
        """查询任务状态."""
        task_id = request.path_params["task_id"]
        if refusal := self._refusal(request):
            return refusal
        if task_id not in self.looks:
            return self._error(404, "资源不存在")
        self.looks[task_id] += 1
        odd = self.origin.odd
        states = ["pending", "rendering", "processing"] if odd else ["pending", "processing"]
        end = "failed" if self.fails else "completed"
        state = dict(enumerate(states, 1)).get(self.looks[task_id], end)
        done = state == "completed"
        answer = {
            "task_id": task_id,
            "status": state,
            "type": self.types[task_id],
            "duration": 10.5,
            "credits_used": 105,
            "download_url": self._download_url(task_id) if done else None,
            "created_at": "2026-01-13T10:30:00.000Z",
            "completed_at": "2026-01-13T10:35:00.000Z" if done else None,
        }
        if odd:
            answer = {key: value for key, value in answer.items() if value is not None}
            del answer["type"], answer["credits_used"]
        return self.origin.answer(answer)

    async def download(self, request: Request) -> Response:
        """下载视频."""
        if refusal := self._refusal(request):
            return refusal
        if request.path_params["task_id"] not in {*self.looks, "odd"}:
            return self._error(404, "资源不存在")
        if self.origin.odd:
            return RedirectResponse(self.hosts.result_url("lingdong"), 307)
        return Response(clip(), media_type="video/mp4")

    def _called_back(self, task_id: str) -> dict[str, str]:
        self.looks[task_id] = 9
        url = self._download_url(task_id)
        return {"task_id": task_id, "status": "completed", "download_url": url}

    def _download_url(self, task_id: str) -> str:
        if self.origin.odd:
            return f"{self.base_url}/download/odd?v=2"
        return f"/api/v1/download/{task_id}"

    async def _checked(self, given: dict[str, object]) -> str:
        def file(value: object) -> bool:
            return isinstance(value, UploadFile) and bool(value.size) and bool(value.filename)

        demand(
            given,
            {"source": file, "audio": file, "type": one_of("image", "video")},
            {"callback_url": address},
        )
        source = given["source"]
        assert isinstance(source, UploadFile)
        if (await source.read(4)).startswith(PICTURES) != (given["type"] == "image"):
            raise Wrong("type: the source is none")
        return str(given["type"])

    def _refusal(self, request: Request) -> Response | None:
        if request.headers.get("x-api-key") == self.keys["api_key"]:
            return None
        return self._error(401, "未授权")

    def _error(self, status: int, why: str) -> Response:
        # The page shows no body of an error.
        if self.origin.odd:
            return PlainTextResponse(why, status)
        return self.origin.answer({"success": False, "message": why}, status)
