"""Waiting for something that other threads, processes or servers do."""

import time
from collections.abc import Callable
from typing import Any

PATIENCE_S = 120.0
"""For what takes a second or two, on a machine that has much else to do."""
LOOK_S = 0.01


def wait_until(ask: Callable[[], Any], enough: Callable[[Any], object] = bool) -> Any:
    """Ask again and again until the answer is enough; return that answer.

    Args:
        ask: Returns an answer.
        enough: Tells whether an answer is enough; the default takes what is true.

    Raises:
        AssertionError: No answer was enough within `PATIENCE_S`.
    """
    late = time.monotonic() + PATIENCE_S
    while not enough(answer := ask()):
        assert time.monotonic() < late, f"not within {PATIENCE_S:.0f} s; the last answer: {answer}"
        time.sleep(LOOK_S)
    return answer
