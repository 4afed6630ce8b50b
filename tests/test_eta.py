"""How an estimate is told: in few words, with no more digits than are known."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

import lipsync_nb as ls
from lipsync_nb.status import brief

SECONDS = {"h": 3600, "min": 60, "s": 1}
NOW = 1_760_000_000.0


def eta(**given: float) -> ls.Eta:
    """An estimate that was made at `NOW`."""
    known = {"seconds": 40.0, "soonest": 25.0, "latest": 90.0, "estimated_at": NOW, "jobs": 12}
    return ls.Eta(**known | given)


def test_it_reads_as_a_sentence_does() -> None:
    """The middle, and from when to when 80 % of such jobs end."""
    assert str(eta()) == "about 40 s (25 s to 1 min 30 s)"
    assert str(eta(seconds=3 * 3600 + 62, latest=4 * 3600)) == "about 3 h (25 s to 4 h)"
    assert eta(soonest=39.0, latest=41.0).range == "40 s"
    assert eta().basis == "from 12 jobs of this kind"
    assert eta(jobs=1).basis == "from 1 job of this kind"
    assert "guess" in eta(jobs=0).basis


def test_it_counts_down_and_is_never_negative() -> None:
    """When its time comes, and when that is over, it is said in words."""
    words = [eta().in_words(NOW + passed) for passed in (0, 21, 39.5, 60, 91)]

    assert words == [
        "about 40 s left",
        "about 19 s left",
        "any moment now",
        "any moment now",
        "later than expected",
    ]
    assert eta().left(NOW + 100) == 0


@given(st.floats(1, 1e6))
@example(59.9)
@example(3599.9)
def test_it_is_rounded_a_little(seconds: float) -> None:
    """By a tenth at most."""
    parts = re.findall(r"(\d+) (h|min|s)", brief(seconds))
    told = sum(int(number) * SECONDS[unit] for number, unit in parts)

    assert abs(told - seconds) <= max(0.5, 0.1 * seconds)
    assert len(parts) <= 2
