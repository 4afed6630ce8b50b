"""Xingyun's API: the signature of calls, its error codes, and the calls that all products have.

Page: 数字人视频生成API说明, 1.鉴权 and 3.错误码.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import httpx

from lipsync_nb.vendors.base import (
    Answer,
    Call,
    JobStatus,
    Purpose,
    ServerError,
    Snapshot,
    Unauthorized,
    VendorError,
    VendorOfProducts,
    as_code,
    as_message,
    status_error,
)
from lipsync_nb.vendors.xingyun.signature import SignatureAuth
from lipsync_nb.vendors.xingyun.task import Created, task_number

NO_SUCH_APPLICATION = 20001
"""Also the answer to the key of an application that is not for video generation."""
WRONG_SIGNATURE = 1
"""签名有误, in copies of the page. With another message, it is not known what it means."""
ERRORS: Mapping[int | str, str] = {
    WRONG_SIGNATURE: "签名有误",
    NO_SUCH_APPLICATION: "应用不存在或无法使用",
    30002: "PPT文件不存在",
    30003: "PPT文件解析错误",
    30004: "视频任务未找到",
    30005: "创建视频任务错误",
    30006: "取消视频任务错误",
}
"""The page's table of error codes (3.错误码)."""
SPEECH_ERRORS = frozenset({40001, 40002, 40003})
"""The error codes of speech. No source says what each means, so none proves anything."""
REFUSALS = frozenset({NO_SUCH_APPLICATION, 30002, 30003})
"""The codes that prove that no task was created, as a wrong signature does. 30005 does not:
创建视频任务错误."""


class XingyunApi(VendorOfProducts):
    """The API, with the calls of its products."""

    no_such_job = frozenset({30004})

    def auth(self) -> httpx.Auth:
        """Sign each request with MD5."""
        return SignatureAuth(self.key("app_id"), self.key("app_secret"))

    def create_call(self, path: str, body: Mapping[str, Any], word: str) -> Call[Snapshot]:
        """Return the paid call that creates a task.

        Args:
            path: The call's path.
            body: What it sends.
            word: The vendor's word for the status of a new task.
        """
        return Call("POST", path, partial(self.created, word=word), Purpose.paid, json=body)

    def created(self, payload: Any, word: str = "") -> Snapshot:
        """Read the answer to `create_call`."""
        return Snapshot(JobStatus.queued, word, self.read_data(Created, payload).task_id)

    def query_call(
        self, path: str, vendor_id: str, read: Callable[[Any], Snapshot]
    ) -> Call[Snapshot]:
        """Return the call that asks for a task."""
        number = {"task_id": task_number(vendor_id)}
        return Call("GET", path, read, Purpose.poll, params=number)

    def cancel_call(self, path: str, vendor_id: str) -> Call[None]:
        """Return the call that cancels a task."""
        return Call("POST", path, lambda _: None, json={"task_id": task_number(vendor_id)})

    def check(self, answer: Answer) -> None:
        """Raise if ``error_code`` is not 0, even with HTTP 200."""
        payload = answer.payload if isinstance(answer.payload, dict) else {}
        code = as_code(payload.get("error_code"))
        if code in {None, 0}:
            return super().check(answer)
        why = as_message(payload.get("error_reason")) or ERRORS.get(code, "no reason given")
        if not isinstance(code, int):
            raise ServerError(f"xingyun: unexpected answer, error_code {code!r}: {why}")
        if code == NO_SUCH_APPLICATION:
            remedy = "the key must be that of an application for video generation"
            raise Unauthorized(f"xingyun: {code}, {why}: {remedy}", code=code)
        if _is_wrongly_signed(payload):
            remedy = "check app_secret and this machine's clock"
            raise Unauthorized(f"xingyun: {code}, {why}: {remedy}", code=code)
        if code in ERRORS.keys() | SPEECH_ERRORS:
            raise VendorError(f"xingyun: {code}, {why}", code=code)
        raise status_error(self.name, answer, why, code=code)

    def refuses(self, answer: Answer) -> bool:
        """Return whether the code proves that no task was created."""
        payload = answer.payload if isinstance(answer.payload, dict) else {}
        return as_code(payload.get("error_code")) in REFUSALS or _is_wrongly_signed(payload)


def _is_wrongly_signed(payload: Mapping[str, Any]) -> bool:
    why = as_message(payload.get("error_reason"))
    return as_code(payload.get("error_code")) == WRONG_SIGNATURE and (not why or "签名" in why)
