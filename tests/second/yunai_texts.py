"""文案二创 and 视频二创, from the facts about them."""

from typing import TYPE_CHECKING, Any

from second.fields import Wrong, address, demand, flag, number, text
from starlette.requests import Request
from starlette.responses import Response

if TYPE_CHECKING:
    from second.yunai import Yunai

REWRITTEN = "听我说：{}，现在就试试！"


class Texts:
    """``/chat/completions``, and ``/generate_video`` with its query.

    Args:
        yunai: Which has the key, the hosts and the wishes.
    """

    def __init__(self, yunai: "Yunai") -> None:
        self._yunai = yunai
        self.looks: dict[str, int] = {}

    async def completions(self, request: Request) -> Response:
        """文案二创."""
        if self._yunai.refusal(request):
            return self._chat_error(401, "无效的令牌")
        try:
            given = await request.json()
            _check_chat(given)
        except (Wrong, ValueError) as wrong:
            return self._chat_error(400, str(wrong))
        written = REWRITTEN.format(given["messages"][-1]["content"])
        content: Any = "" if self._yunai.fails else written
        if self._yunai.origin.odd and content:
            content = [{"type": "text", "text": written[:4]}, {"type": "text", "text": written[4:]}]
        choice = {"index": 0, "message": {"role": "assistant", "content": content}}
        return self._yunai.origin.answer(
            {
                "id": f"chatcmpl-{self._yunai.new_id()}",
                "model": given.get("model", "rewriter"),
                "usage": {"prompt_tokens": 9, "completion_tokens": 12, "total_tokens": 21},
                "choices": [{**choice, "finish_reason": "stop"}],
            }
        )

    async def generate_video(self, request: Request) -> Response:
        """创建视频生成任务."""
        if refusal := self._yunai.refusal(request):
            return refusal
        try:
            given = await request.json()
            _check_remix(given)
            await self._yunai.hosts.fetch(given["video_url"])
        except (Wrong, ValueError) as wrong:
            return self._yunai.origin.answer({"error": str(wrong)}, 400)
        task_id = self._yunai.new_id()
        self.looks[task_id] = 0
        odd = int(task_id) if self._yunai.origin.odd else task_id
        return self._yunai.origin.answer({"task_id": odd})

    async def query_video(self, request: Request) -> Response:
        """查询视频任务状态."""
        if refusal := self._yunai.refusal(request):
            return refusal
        task_id = request.path_params["task_id"]
        if task_id not in self.looks:
            return self._yunai.origin.answer({"detail": "task not found"}, 404)
        self.looks[task_id] += 1
        end = "failed" if self._yunai.fails else "completed"
        words = ["pending", "processing", end]
        if self._yunai.origin.odd:
            words.insert(1, "rendering")
        word = words[min(self.looks[task_id], len(words)) - 1]
        done = word == "completed"
        url = self._yunai.hosts.result_url(task_id) if done else None
        data = {
            "status": word,
            "error_message": "素材中没有人声" if word == "failed" else None,
            "result_urls": {"oss_path": f"out/{task_id}.mp4", "public_url": url} if done else None,
            "created_at": "2026-01-13T12:00:00",
            "updated_at": "2026-01-13T12:00:05.123456",
            "task_id": task_id,
        }
        return self._yunai.origin.answer({"code": 200, "data": data})

    def _chat_error(self, status: int, why: str) -> Response:
        told = {"message": why, "type": "invalid_request_error", "code": f"e_{status}"}
        return self._yunai.origin.answer({"error": told}, status)


def _check_chat(given: Any) -> None:
    demand(
        given,
        {"messages": _are_messages, "stream": lambda value: flag(value) and not value},
        {"model": text, "temperature": lambda value: number(value) and 0 <= value <= 1},
    )


def _are_messages(value: Any) -> bool:
    roles = [demand(each, {"role": text, "content": text}, {})["role"] for each in value]
    return roles in (["user"], ["system", "user"])


def _check_remix(given: Any) -> None:
    demand(
        given,
        {"video_url": address, "text_content": text},
        {"custom_floating_text": lambda value: bool(value) and all(map(text, value))},
    )
