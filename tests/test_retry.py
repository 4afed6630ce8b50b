"""When a request is sent again: one pure decision."""

import time
from email.utils import format_datetime, formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipsync_nb.errors import (
    BadRequest,
    OutOfCredit,
    RateLimited,
    ServerError,
    Unauthorized,
    Unreachable,
    VendorError,
)
from lipsync_nb.http.retry import (
    ATTEMPTS,
    FIRST_WAIT,
    LONGEST_RETRY_AFTER,
    LONGEST_WAIT,
    RATE_LIMITED_ATTEMPTS,
    Failure,
    Purpose,
    Stop,
    Wait,
    backoff,
    decide,
    retry_after,
    seconds_until,
)

REFUSALS = [BadRequest("x"), VendorError("x"), Unauthorized("x"), OutOfCredit("x")]
PASSING = [ServerError("x"), RateLimited("x"), Unreachable("x", sent=False)]
attempts = st.integers(1, 100)


@given(st.sampled_from(REFUSALS + PASSING), attempts)
def test_a_paid_request_that_may_have_worked_is_unknown(error, attempt):
    """Whatever went wrong, and however often."""
    failure = Failure(error, worked=True)

    assert decide(Purpose.paid, failure, attempt) is Stop.unknown


@given(
    st.sampled_from([Purpose.free, Purpose.poll, Purpose.probe]),
    st.sampled_from(REFUSALS + PASSING),
    attempts,
)
def test_only_a_paid_request_can_be_unknown(purpose, error, attempt):
    """What costs nothing is only ever sent again, or given up."""
    assert decide(purpose, Failure(error, worked=True), attempt) is not Stop.unknown


@given(st.sampled_from(REFUSALS + PASSING), st.booleans(), attempts)
def test_a_look_is_never_repeated(error, worked, attempt):
    """The scheduler looks again anyway."""
    assert decide(Purpose.poll, Failure(error, worked=worked), attempt) is Stop.failed


@given(st.sampled_from([*REFUSALS, *PASSING, Unreachable("x")]), attempts)
def test_a_probe_is_repeated_only_without_a_connection(error, attempt):
    """Any answer is enough, and so is none to what was sent."""
    decision = decide(Purpose.probe, Failure(error), attempt)
    unconnected = isinstance(error, Unreachable) and not error.sent

    assert isinstance(decision, Wait) == (unconnected and attempt < ATTEMPTS)


@given(st.sampled_from([Purpose.free, Purpose.paid]), st.sampled_from(REFUSALS), attempts)
def test_a_refusal_is_never_repeated(purpose, error, attempt):
    """It would be refused again."""
    assert decide(purpose, Failure(error), attempt) is Stop.failed


@pytest.mark.parametrize("purpose", [Purpose.free, Purpose.paid])
@pytest.mark.parametrize("error", [ServerError("x"), Unreachable("x", sent=False)])
def test_trouble_is_retried_a_few_times(purpose, error):
    """What did no work is sent again, up to so many times."""
    verdicts = [decide(purpose, Failure(error), attempt) for attempt in range(1, ATTEMPTS + 2)]

    assert [type(verdict) for verdict in verdicts[:-2]] == [Wait] * (ATTEMPTS - 1)
    assert verdicts[-2:] == [Stop.failed, Stop.failed]


@pytest.mark.parametrize("purpose", [Purpose.free, Purpose.paid])
def test_a_rate_limit_is_waited_out_longer(purpose):
    """A queue of jobs may stand behind it."""
    failure = Failure(RateLimited("x"))

    assert isinstance(decide(purpose, failure, RATE_LIMITED_ATTEMPTS - 1), Wait)
    assert decide(purpose, failure, RATE_LIMITED_ATTEMPTS) is Stop.failed


@given(st.floats(0, 1e9), attempts.filter(lambda n: n < RATE_LIMITED_ATTEMPTS))
def test_what_the_vendor_asks_for_is_kept_within_reason(asked, attempt):
    """Never sooner than the vendor said, nor after hours because it said so."""
    verdict = decide(Purpose.paid, Failure(RateLimited("x", retry_after=asked)), attempt)

    assert isinstance(verdict, Wait)
    assert min(asked, LONGEST_RETRY_AFTER) < verdict.seconds <= LONGEST_RETRY_AFTER + FIRST_WAIT


def test_a_vendor_that_asks_for_no_wait_is_not_asked_without_end():
    """Its limit may be a minute's: the waits grow as they would without its word."""
    limited = Failure(RateLimited("x", retry_after=0))
    waits = [decide(Purpose.paid, limited, n).seconds for n in range(1, RATE_LIMITED_ATTEMPTS)]

    assert sum(waits) > 300


@given(st.integers(1, 10**9))
def test_waits_grow_to_a_limit(attempt):
    """They double from half a second, with jitter, and stay below the longest."""
    whole = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(attempt - 1, 60))

    assert whole / 2 <= backoff(attempt) <= whole


def test_waits_differ():
    """Else all that failed together would come again together."""
    assert len({backoff(3) for _ in range(10)}) > 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0),
        ("7", 7),
        ("1.5", 1.5),
        (" 12 ", 12),
        ("-3", 0),
        ("99999999", 99999999),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
        ("", None),
        ("soon", None),
        ("12 seconds", None),
        ("٣", 3),
        ("Wed, 21 Oct 2015", None),
        ("Wed, 32 Oct 2015 07:28:00 GMT", None),
        ("Mon, 01 Jan 0001 00:00:00 -0000", 0),
        ("Fri, 31 Dec 9999 23:59:59 -2359", None),
        (None, None),
    ],
)
def test_retry_after_is_read_or_passed_over(header, seconds):
    """Seconds or a date; what is neither says nothing."""
    found = retry_after(header)

    assert found == seconds or (seconds is None and (found is None or found > 1e9))


@pytest.mark.parametrize("ahead", [5, 3600])
def test_retry_after_may_be_a_date(ahead):
    """In the form that HTTP prescribes."""
    assert retry_after(formatdate(time.time() + ahead, usegmt=True)) == pytest.approx(ahead, abs=2)


@given(st.text(max_size=40))
def test_no_header_breaks_it(text):
    """Vendors may send anything."""
    found = retry_after(text)

    assert found is None or found >= 0


@given(st.datetimes(timezones=st.none() | st.timezones()), st.sampled_from(["", " x", "\0"]))
def test_no_date_breaks_it(moment, rest):
    """Also dates at the ends of time."""
    try:
        text = format_datetime(moment)
    except (ValueError, OverflowError):
        return  # a zone's offset of old that mail knows no way to write

    seconds_until(text + rest)
