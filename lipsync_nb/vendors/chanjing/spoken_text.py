"""The fields that all of Chanjing's products have for a text, and for the voice that speaks it."""

import re
from typing import Annotated

from pydantic import AfterValidator

from lipsync_nb.vendors.base import Display, Field, FromJob, NonBlank, Text, Voice

LONGEST_TEXT = 3_999
"""Characters of a text for a speech; the page says fewer than 4,000."""
EMOJI = re.compile(
    "[\u2600-\u2604\u260e\u2611\u2618\u261d\u2620\u2622\u2623\u2626\u262a\u262e\u262f\u2638-\u263a"
    "\u2640\u2642\u265f\u2660\u2663\u2665\u2666\u2668\u267b\u267e\u2692\u2694-\u2697\u2699\u269b\u269c"
    "\u26a0\u26a7\u26b0\u26b1\u26c8\u26cf\u26d1\u26d3\u26e9\u26f0\u26f1\u26f4\u26f7-\u26f9\u2702\u2708\u2709"
    "\u270c\u270d\u270f\u2712\u2714\u2716\u271d\u2721\u2733\u2734\u2744\u2747\u2763\u2764\u27a1\u2b05-\u2b07"
    "\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1"
    "\u26aa\u26ab\u26bd\u26be\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a"
    "\u270b\u2728\u274c\u274e\u2753-\u2755\u2757\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55"
    "\ufe0f\u20e3\U0001f000-\U0001faff\U000e0020-\U000e007f]"
)
"""Unicode's emoji, except digits, letters and plain arrows; ★, ✓ and ❶ are not in it."""


def _without_emoji(text: str) -> str:
    if found := EMOJI.search(text):
        raise ValueError(f"emoji cannot be spoken; remove U+{ord(found.group()):04X}")
    return text


def _short_enough(text: str) -> str:
    if (found := len(text)) > LONGEST_TEXT:
        raise ValueError(
            f"a text has at most {LONGEST_TEXT:,} characters, this one has {found:,}; "
            "make several requests of it"
        )
    return text


Spoken = Annotated[NonBlank, AfterValidator(_without_emoji), Display(lines=4), FromJob(Text)]
Short = Annotated[NonBlank, AfterValidator(_short_enough), AfterValidator(_without_emoji)]
SpeechText = Annotated[Short, Display(lines=4), FromJob(Text)]
VoiceId = Annotated[
    NonBlank,
    Display(label="Voice", listed_by="voices", previewed_by="audition"),
    FromJob(Voice, vendor="chanjing"),
]
Speed = Annotated[float, Field(ge=0.5, le=2)]
Pitch = Annotated[float, Field(ge=0.1, le=3)]
