"""The implicit label of AI in a file's metadata, as GB 45438-2025 asks for in China.

What is certain, by public texts that quote the rules; the standard itself was not at hand:

- 《人工智能生成合成内容标识办法》, in force since 2025-09-01, article 5: the metadata of a file
  have an implicit label, which says that the content is synthetic, the name or code of the service
  provider, and a number of the content. Article 10: nobody may maliciously delete, alter, forge or
  hide a label.
- GB 45438-2025 《网络安全技术 人工智能生成合成内容标识方法》, 6.1 and annex E, which is normative:
  a field whose name contains ``AIGC``, with JSON as its value: ``Label`` (``"1"`` if it is
  synthetic, ``"2"`` if it may be, ``"3"`` if it is suspected to be), ``ContentProducer``,
  ``ProduceID``, ``ReservedCode1``, ``ContentPropagator``, ``PropagateID``, ``ReservedCode2``. A
  file has one such label.
- TC260's practice guide for audio files puts the key ``AIGC`` into ``moov.udta.meta`` of M4A, as
  the AVS alliance reports. Programs for videos use the same place, which FFmpeg writes.

What is not certain: which characters the values may have (programs in public allow visible ASCII
without space, quotation mark and backslash; labels of vendors have spaces); whether the JSON is
wrapped into ``{"AIGC": …}`` (both are read; it is written without); and what the fields of the
propagator have before somebody else passes the content on (labels of vendors repeat the producer,
and so is done here). This is no legal advice.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

from lipsync_nb.errors import BadRequest, line
from lipsync_nb.jobs.results import FileLike, local_path
from lipsync_nb.media.mp4_tags import LABEL
from lipsync_nb.media.remux import tags_of
from lipsync_nb.media.video import Video

NAMES = {
    "label": "Label",
    "producer": "ContentProducer",
    "produce_id": "ProduceID",
    "reserved_1": "ReservedCode1",
    "propagator": "ContentPropagator",
    "propagate_id": "PropagateID",
    "reserved_2": "ReservedCode2",
}
"""The names in the JSON."""
WRAPPED = re.compile(r"\{.*\}", re.DOTALL)
"""A label in a longer text, such as a comment."""


@dataclass(frozen=True, slots=True)
class AiLabel:
    """What a file says of itself: that AI has made it, and who has had it made.

    Attributes:
        label: ``"1"`` if it is synthetic, ``"2"`` if it may be, ``"3"`` if it is suspected to be;
            other programs may write something else.
        producer: The name or code of the service provider that has made it.
        produce_id: That provider's number of it.
        reserved_1: For the producer's own use, such as a signature.
        propagator: The name or code of the service provider that has published it.
        propagate_id: That provider's number of it.
        reserved_2: For the propagator's own use.
    """

    label: str = "1"
    producer: str = ""
    produce_id: str = ""
    reserved_1: str = ""
    propagator: str = ""
    propagate_id: str = ""
    reserved_2: str = ""

    def json(self) -> str:
        """Return the value of the metadata field."""
        values = {NAMES[name]: value for name, value in asdict(self).items()}
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Return a label by the names in its JSON, in any case of letters."""
        known = {str(name).casefold(): value for name, value in values.items()}
        found = {
            field.name: str(known[name])
            for field in fields(cls)
            if (name := NAMES[field.name].casefold()) in known
        }
        return cls(**{"label": "", **found})


@dataclass(frozen=True, slots=True)
class Found:
    """A label in a file's tags.

    Attributes:
        tag: The name of the tag that has it.
        label: What it says.
        values: Its JSON; ``None`` if the tag has more than that, or no JSON.
        wrapped: Whether the JSON is wrapped into ``{"AIGC": …}``.
    """

    tag: str
    label: AiLabel
    values: dict[str, Any] | None
    wrapped: bool = False

    def with_propagator(self, propagator: str, propagate_id: str) -> str:
        """Return the tag's value with another propagator. All else in it stays.

        Raises:
            BadRequest: Somebody has passed it on already, or it cannot be changed safely.
        """
        label = self.label
        if (label.propagator, label.propagate_id) == (propagator, propagate_id):
            return self._text(self.values or {})
        if label.propagator not in {"", label.producer, propagator}:
            who = f"is labelled by {line(label.producer)} and was passed on"
            raise BadRequest(
                f"video: it {who} by {line(label.propagator)}; a label is not overwritten: "
                "use the file as it is"
            )
        if self.values is None:
            raise BadRequest(
                f"video: its {line(self.tag)} contains a label, which cannot be extended safely, "
                "and is not overwritten: use the file as it is"
            )
        new = {NAMES["propagator"]: propagator, NAMES["propagate_id"]: propagate_id}
        names = {name.casefold(): name for name in self.values}
        renamed = {names.get(name.casefold(), name): value for name, value in new.items()}
        return self._text({**self.values, **renamed})

    def _text(self, values: dict[str, Any]) -> str:
        whole = {LABEL: values} if self.wrapped else values
        return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def found_label(tags: Mapping[str, str]) -> Found | None:
    """Return the label in a file's tags: in one whose name contains ``AIGC``, or in a text."""
    named = [name for name in tags if LABEL in name.upper()]
    others = [name for name, text in tags.items() if LABEL in text.upper() and "{" in text]
    for name in [*named, *others]:
        text = tags[name].strip()
        values, wrapped = _unwrapped(_json(text))
        if values is not None and (wrapped or name in named):
            return Found(name, AiLabel.of(values), values, wrapped)
        inner, _ = _unwrapped(_json(match.group() if (match := WRAPPED.search(text)) else ""))
        if inner is not None or name in named:
            return Found(name, AiLabel.of(inner or {}), None)
    return None


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _unwrapped(values: Any) -> tuple[dict[str, Any] | None, bool]:
    """Return the label in parsed JSON, and whether it was wrapped into ``{"AIGC": …}``."""
    if not isinstance(values, dict):
        return None, False
    inner = next((value for name, value in values.items() if str(name).upper() == LABEL), None)
    if isinstance(inner, str):
        inner = _json(inner)
    if isinstance(inner, dict):
        return inner, True
    has_fields = {"label", "contentproducer"} & {str(name).casefold() for name in values}
    return (values, False) if has_fields else (None, False)


def ai_label(video: FileLike) -> AiLabel | None:
    """Read the label of AI in a clip's metadata.

    Labels of others are found too: in a field whose name contains ``AIGC`` in any case, and in a
    comment or description that contains one as JSON. Labels in XMP and C2PA, and watermarks in the
    picture, are not found.

    Args:
        video: A clip, or the job that makes it.

    Returns:
        The label; ``None`` if none is found, which is no proof that there is none.

    Raises:
        BadRequest: It cannot be read.
        LipSyncError: The job has no result; see `Job.result`.
    """
    found = found_label(tags_of(local_path(video, "video", (Video,))))
    return None if found is None else found.label


def new_label(producer: str, produce_id: str) -> AiLabel:
    """Return the first label of a content; the producer is the first propagator too."""
    label = AiLabel("1", producer, produce_id)
    return replace(label, propagator=producer, propagate_id=produce_id)
