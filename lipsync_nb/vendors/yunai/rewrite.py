"""Yunai's rewriting of texts (文案二创).

Call: ``POST /chat/completions``, which answers with the text.
"""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from lipsync_nb.vendors.base import (
    Call,
    Delivery,
    Display,
    Field,
    FromJob,
    JobStatus,
    NonBlank,
    Product,
    Purpose,
    Reply,
    Request,
    ServerError,
    Snapshot,
    Text,
)
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
    message: _Message
    finish_reason: str | None = None


class _Completion(Reply):
    choices: Annotated[Sequence[_Choice], Field(min_length=1)]


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
        choice = self.vendor.read(_Completion, payload).choices[0]
        text = _text(choice.message.content)
        if not text.strip():
            why = choice.finish_reason or "no reason given"
            raise ServerError(f"{self.vendor.name}: the answer has no text ({why})")
        return Snapshot(JobStatus.succeeded, choice.finish_reason or "", "", made=text)


def _text(content: Any) -> str:
    """Return the text of a message, which may come in parts."""
    parts = content if isinstance(content, list) else [content]
    texts = (part.get("text") if isinstance(part, dict) else part for part in parts)
    return "".join(text for text in texts if isinstance(text, str))
