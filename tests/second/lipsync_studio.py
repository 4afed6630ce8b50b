"""lipsync.studio's API, from its page."""

from typing import Any
from uuid import uuid4

from second.app import Origin
from second.fields import Wrong, address, demand, integer, one_of, text
from second.hosts import Hosts
from second.stand_in import StandIn
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

KEY = "sk_7f3A_c9D2e8B1"
RESOLUTION = one_of("480p", "720p")


def https(value: Any) -> bool:
    """Tell whether it is an HTTPS URL."""
    return text(value) and value.startswith("https://")


FORMS = {
    "lipsync-video": (
        {"video": address, "audio": address},
        {"resolution": RESOLUTION, "mask_image": address, "prompt": text, "seed": integer},
    ),
    "lipsync-image": (
        {"image": address, "audio": address},
        {"resolution": RESOLUTION, "seed": integer},
    ),
    "lipsync-image-multi": (
        {"image": address, "left_audio": address, "right_audio": address},
        {
            "resolution": RESOLUTION,
            "order": one_of("meanwhile", "left_right", "right_left"),
            "seed": integer,
        },
    ),
}


class LipsyncStudio(StandIn):
    """``POST /lipsync-video``, ``-image``, ``-image-multi`` and ``GET /jobs/{requestId}``."""

    def __init__(self, hosts: Hosts) -> None:
        super().__init__(hosts)
        self.origin = Origin(
            [
                Route("/api/v1/jobs/{job_id:path}", self.job),
                Route("/api/v1/{model}", self.submit, methods=["POST"]),
            ]
        )
        self.base_url = f"{self.origin.url}/api/v1/"
        self.keys = {"api_key": KEY}
        self.looks: dict[str, int] = {}
        self.models: dict[str, str] = {}

    async def submit(self, request: Request) -> Response:
        """Take a job."""
        model = request.path_params["model"]
        if refusal := self._refusal(request):
            return refusal
        if model not in FORMS:
            return self._error(404, "no such model")
        try:
            given = demand(await request.json(), {"formState": bool}, {"webhook": https})
            form = demand(given["formState"], *FORMS[model])
            for url in filter(address, form.values()):
                await self.hosts.fetch(url)
        except (Wrong, ValueError) as wrong:
            return self._error(400, str(wrong))
        job_id = f"req_{uuid4()}:1+1=2&x" if self.origin.odd else str(uuid4())
        self.looks[job_id], self.models[job_id] = 0, model
        if self.origin.odd:
            return self.origin.answer({"requestId": job_id, "id": None}, 202)
        return self.origin.answer({"id": job_id, "status": "processing"})

    async def job(self, request: Request) -> Response:
        """查询任务状态并获取结果."""
        job_id = request.path_params["job_id"]
        if refusal := self._refusal(request):
            return refusal
        if job_id not in self.looks:
            return self._error(404, "not found")
        self.looks[job_id] += 1
        words = ["IN_QUEUE", "processing"] if self.origin.odd else ["processing"]
        end = "failed" if self.fails else "completed"
        state = dict(enumerate(words, 1)).get(self.looks[job_id], end)
        done = state == "completed"
        answer = {
            "id": job_id,
            "model": self.models[job_id] if done else "lipsync",
            "status": state,
            "output": self.hosts.result_url(self.models[job_id]) if done else None,
            "error": "Invalid audio format" if state == "failed" else "",
            "executionTime": 12345 if done else None,
            "timings": None,
        }
        if self.origin.odd:
            answer["jobId"] = answer.pop("id")
            answer = {key: value for key, value in answer.items() if value not in {None, ""}}
        return self.origin.answer(answer)

    def _refusal(self, request: Request) -> Response | None:
        if request.headers.get("authorization") == f"Bearer {self.keys['api_key']}":
            return None
        return self._error(401, "Unauthorized")

    def _error(self, status: int, why: str) -> Response:
        # The page shows no body of an error.
        if self.origin.odd:
            return self.origin.answer({"error": {"code": "bad", "message": why}}, status)
        return self.origin.answer({"error": why}, status)
