"""Chanjing's prices, to estimate what a job costs.

No page of its API names them. They are from a copy of its price list.
"""

import re

from lipsync_nb.vendors.base import begun_seconds

UNIT = "beans"
BEANS_PER_SECOND = {0: 1, 1: 2, 2: 3}
"""By model: basic, high quality, cartoon. A begun second counts as a whole one, by our choice."""
BASE_FEE = 0.0
"""Beans for each job. A note that contradicts the price list names a base fee of 80."""
CHINESE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
SECONDS_PER_SIGN, SECONDS_PER_LETTER = 0.25, 0.085
"""How long slow speech takes for a Chinese sign, and for a letter or space of other scripts."""


def spoken_seconds(text: str, speed: float) -> float:
    """Return about how long a text is spoken, in seconds.

    Args:
        text: The text.
        speed: The voice's speed; 1 is normal.
    """
    signs = len(CHINESE.findall(text))
    return (signs * SECONDS_PER_SIGN + (len(text) - signs) * SECONDS_PER_LETTER) / speed


def price(model: int, seconds: float, base_fee: float) -> float:
    """Return what a video costs, in beans."""
    return base_fee + BEANS_PER_SECOND[model] * begun_seconds(seconds)
