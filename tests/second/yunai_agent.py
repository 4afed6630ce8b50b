"""``agent_api.php``, from the facts about it: forms with an ``act``, and codes in reverse.

Numbers come as texts; while it takes liberties, they come as numbers, and a task that has failed is
told with the code for failure.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from second.app import Seen
from second.fields import Check, Wrong, address, demand, one_of, text
from second.yunai_media import check_training
from starlette.requests import Request
from starlette.responses import Response

if TYPE_CHECKING:
    from second.yunai import Yunai

LINES = one_of("0", "1")
STOCK = "100001"
"""A model that is there from the start, a person as well as a voice."""
WHY_FAILED = "合成失败: 没有检测到人脸"


@dataclass
class Made:
    """A task or a model.

    Attributes:
        act: What made it.
        line: On which line.
        looks: How often it was asked for.
        given: The form.
    """

    act: str
    line: str
    looks: int = 0
    given: dict[str, str] = field(default_factory=dict)


CREATE: dict[str, dict[str, Check]] = {
    "create_v2": {"audio_url": address, "video_url": address},
    "create_model_fast": {"model_name": text, "video_url": address},
    "create_video_fast": {"model_id": text, "audio_url": address},
    "create_model": {"model_name": text},
    "create_model_audio": {"model_id": text, "model_audio_url": address},
    "create_audio": {"task_text": text, "people_id": text},
}
"""The required fields of each act that creates something."""
QUERY = {
    "chk_v2": ("create_v2", "task_id"),
    "chk_model_fast": ("create_model_fast", "model_id"),
    "chk_video_fast": ("create_video_fast", "task_id"),
    "chk_model_audio": ("create_model_audio", "task_id"),
    "chk_audio": ("create_audio", "task_id"),
}
"""What each act asks for, and by what."""
WORKING = {"chk_model_audio": (0, 2), "chk_audio": (0, 1, 2)}
"""What ``zstatus`` says on the way; of the others 0, 1 and 2."""


class Agent:
    """The acts.

    Args:
        yunai: Which has the key, the hosts and the wishes.
    """

    def __init__(self, yunai: "Yunai") -> None:
        self._yunai = yunai
        self.made: dict[str, Made] = {}
        self._trained = {STOCK}

    async def answer(self, request: Request) -> Response:
        """Answer any of them."""
        if refusal := self._yunai.refusal(request):
            return refusal
        seen = Seen("POST", "", _headers(request), await request.body())
        if not (seen.header("content-type") or "").startswith("multipart/form-data"):
            return self._say(0, "参数错误: multipart/form-data")
        given = seen.form
        act = given.pop("act", "")
        try:
            if act in CREATE:
                return self._say(1, "success", await self._create(act, given))
            if act in QUERY:
                return self._query(act, given)
        except Wrong as wrong:
            return self._say(0, str(wrong))
        return self._say(0, f"act 错误: {act}")

    async def _create(self, act: str, given: dict[str, str]) -> dict[str, Any]:
        demand(given, CREATE[act], {"line_type": LINES})
        await self._fetch(act, given)
        for name in ("model_id", "people_id"):
            self._refuse_untrained(act, given.get(name))
        made_id = self._yunai.new_id()
        self.made[made_id] = Made(act, given.get("line_type", "0"), given=given)
        if not act.startswith("create_model") or act == "create_model_audio":
            return {"task_id": made_id}
        model = {"model_name": given["model_name"], "model_id": made_id, "model_status": "0"}
        return {"model": model | ({"model_type": "1"} if act == "create_model" else {})}

    async def _fetch(self, act: str, given: dict[str, str]) -> None:
        for name in given.keys() & {"audio_url", "video_url", "model_audio_url"}:
            medium = await self._yunai.hosts.fetch(given[name])
            if act == "create_model_fast":
                check_training(medium, "video")
            if act == "create_model_audio":
                check_training(medium, "audio")

    def _refuse_untrained(self, act: str, model: str | None) -> None:
        if model is None or model in self._trained:
            return
        is_new = model in self.made and self.made[model].act == "create_model"
        if not (is_new and act == "create_model_audio"):
            raise Wrong(f"模型未训练: {model}")

    def _query(self, act: str, given: dict[str, str]) -> Response:
        created_by, name = QUERY[act]
        made_id = demand(given, {name: text}, {"line_type": LINES})[name]
        made = self.made.get(made_id)
        if made is None or (made.act, made.line) != (created_by, given.get("line_type", "0")):
            return self._say(0, "任务不存在")
        made.looks += 1
        failed = 4 if act == "chk_audio" else -1
        steps = [*WORKING.get(act, (0, 1, 2)), failed if self._yunai.fails else 3]
        if self._yunai.origin.odd:
            steps.insert(1, 77)
        zstatus = steps[min(made.looks, len(steps)) - 1]
        if zstatus == failed:
            return self._say(0 if self._yunai.origin.odd else 1, WHY_FAILED, {"zstatus": zstatus})
        told = {"zstatus": zstatus, **(self._result(act, made_id, made) if zstatus == 3 else {})}
        return self._say(1, "success", told)

    def _result(self, act: str, made_id: str, made: Made) -> dict[str, Any]:
        hosts = self._yunai.hosts
        picture = f"{hosts.results.url}/{made_id}.jpg"
        if act == "chk_model_fast":
            self._trained.add(made_id)
            return {"model_pic": picture, "model_id": made_id}
        if act == "chk_model_audio":
            self._trained.add(made.given["model_id"])
            return {"model_id": made.given["model_id"]}
        if act == "chk_audio":
            return {"audio_url": hosts.result_url(made_id, "mp3")}
        return {"video_url": hosts.result_url(made_id), "video_pic": picture, "video_time": 0.4}

    def _say(self, code: int, message: str, data: Any = None) -> Response:
        """Answer with all numbers as texts, or all as numbers."""
        shape: Callable[[Any], Any] = (lambda value: value) if self._yunai.origin.odd else _texts
        body = {"code": code, "msg": message, "data": [] if data is None else data}
        return self._yunai.origin.answer(shape(body))


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _texts(inner) for key, inner in value.items()}
    return str(value) if isinstance(value, int | float) else value


def _headers(request: Request) -> list[tuple[str, str]]:
    return [(key.decode(), value.decode("latin-1")) for key, value in request.headers.raw]
