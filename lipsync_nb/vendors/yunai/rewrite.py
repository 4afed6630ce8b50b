"""Yunai's rewriting of texts (文案二创).

Call: ``POST /chat/completions``, which answers with the text.
"""

from typing import Annotated, Any, ClassVar

from lipsync_nb.vendors.base import (
    Call,
    Delivery,
    Display,
    Field,
    FromJob,
    JobStatus,
    Lenient,
    NonBlank,
    Product,
    Purpose,
    Reply,
    Request,
    ServerError,
    Snapshot,
    Text,
)
from lipsync_nb.vendors.yunai.answers import Task
from lipsync_nb.vendors.yunai.api import LONGEST_ANSWER, YunaiApi


class Rewrite(Request[Text]):
    """A text that says the same in other words (文案二创, ``POST /chat/completions``)."""

    vendor = "yunai"
    is_answered: ClassVar = True

    text: Annotated[NonBlank, Display(lines=6), FromJob(Text)]
    """The text, or the text of a share with its link (文案)."""
    instruction: Annotated[NonBlank | None, Display(lines=3), FromJob(Text)] = None
    """How to write it, such as for whom; sent as the system's message."""
    model: NonBlank | None = None
    """The language model; the vendor's own by default."""
    temperature: Annotated[float | None, Field(ge=0, le=1)] = None
    """How freely it writes, from 0 to 1; the model's own by default."""


class _Message(Reply):
    content: Any = None


class _Choice(Reply):
    message: Lenient[_Message] = None
    finish_reason: Lenient[str] = None

    @property
    def text(self) -> str:
        """The text of its message; empty if it has none."""
        return _text(self.message.content) if self.message else ""


class _Completion(Task):
    choices: list[Lenient[_Choice]]


class RewriteProduct(Product[YunaiApi]):
    """The product."""

    kinds = (Rewrite,)

    async def submission(self, request: Rewrite, delivery: Delivery) -> Call[Snapshot]:
        """Return the call whose answer has the text."""
        messages = [{"role": "user", "content": request.text}]
        if request.instruction is not None:
            messages.insert(0, {"role": "system", "content": request.instruction})
        body = request.model_dump(include={"model", "temperature"}, exclude_none=True)
        body |= {"messages": messages, "stream": False}
        return Call(
            "POST",
            "chat/completions",
            self._written,
            Purpose.paid,
            json=body,
            longest=LONGEST_ANSWER,
        )

    def _written(self, payload: Any) -> Snapshot:
        answer = self.vendor.read(_Completion, payload)
        choices = [choice for choice in answer.choices if choice is not None]
        for choice in choices:
            if choice.text.strip():
                why = choice.finish_reason or ""
                return Snapshot(JobStatus.succeeded, why, "", made=choice.text)
        reasons = (choice.finish_reason for choice in choices)
        why = next(filter(None, reasons), "no reason given")
        raise ServerError(f"{self.vendor.name}: the answer has no text ({why})")


def _text(content: Any) -> str:
    """Return the text of a message, which may come in parts."""
    parts = content if isinstance(content, list) else [content]
    texts = (part.get("text") if isinstance(part, dict) else part for part in parts)
    return "".join(text for text in texts if isinstance(text, str))
