"""What a joined video says of its content: what its first part says, and how all were made."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from lipsync_nb.editing.ai_label import Found, found_label
from lipsync_nb.editing.drawn_label import DrawnLabel
from lipsync_nb.editing.drawn_subtitles import DRAWN
from lipsync_nb.errors import line
from lipsync_nb.jobs.copying import read_text
from lipsync_nb.log import notify_user
from lipsync_nb.media.mp4_tags import LABEL

Tags = Mapping[str, str]


def joined_tags(parts: Sequence[Tags]) -> dict[str, str]:
    """Return the tags of a joined video.

    They are those of the first part, without what this package has written of its job; and, from
    the first part that has it, the label of AI, and what this package has drawn into the picture.

    Args:
        parts: The tags of each part; at least one.
    """
    own = {name: text for name, old in parts[0].items() if (text := _without_provenance(old))}
    return {**_label(parts), **_drawn(parts), **own}


def _without_provenance(text: str) -> str:
    """Return a text without the lines that tell how one part was made, which is not the whole."""
    lines = text.split("\n")
    kept = [each for each in lines if read_text(each) is None]
    return text if len(kept) == len(lines) else "\n".join(kept)


def _label(parts: Sequence[Tags]) -> dict[str, str]:
    found = [(label, tags) for tags in parts if (label := found_label(tags)) is not None]
    if len({label.label for label, _ in found}) > 1:
        first = line(found[0][0].label.producer or found[0][0].tag)
        notify_user(
            f"the videos have different labels of AI; a file has one, so the first is kept: {first}"
        )
    if not found or found_label(parts[0]) is not None:
        return {}
    return {LABEL: _text(*found[0])}


def _text(found: Found, tags: Tags) -> str:
    """Return a label as the value of a tag of its own."""
    if LABEL in found.tag.upper():
        return tags[found.tag]
    if found.values is None:
        return found.label.json()
    return json.dumps(found.values, ensure_ascii=False, separators=(",", ":"))


def _drawn(parts: Sequence[Tags]) -> dict[str, str]:
    """Return what was drawn into later parts; where it is in the frame is not known then."""
    labels = [label for tags in parts if (label := DrawnLabel.recorded(tags)) is not None]
    subtitles = [tags[DRAWN] for tags in parts if DRAWN in tags]
    return (replace(labels[0], place=None).record() if labels else {}) | (
        {DRAWN: subtitles[0]} if subtitles else {}
    )
