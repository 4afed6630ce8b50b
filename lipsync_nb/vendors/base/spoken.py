"""How long a text is spoken, before it is."""

import re

CHINESE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
SECONDS_PER_SIGN, SECONDS_PER_LETTER = 0.25, 0.085
"""How long slow speech takes for a Chinese sign, and for a letter or space of other scripts."""


def spoken_seconds(text: str, speed: float = 1.0) -> float:
    """Return about how long a text is spoken, in seconds.

    Args:
        text: The text.
        speed: The voice's speed; 1 is normal.
    """
    signs = len(CHINESE.findall(text))
    return (signs * SECONDS_PER_SIGN + (len(text) - signs) * SECONDS_PER_LETTER) / speed
