"""The limit of polls for all jobs together, and lists that are read instead."""

import pytest
from engine.test_poller import Poem, Scripted, watch
from hypothesis import given
from hypothesis import strategies as st

from lipsync_nb.engine.poll_load import LIST_FROM, POLLS_PER_SECOND, PollLoad


def loaded(count: int, interval: float, *, lists: bool = False) -> tuple[PollLoad, Scripted]:
    """Return the load of so many jobs of one vendor."""
    load, vendor = PollLoad(), Scripted(lambda *_: None, lists=lists)
    for number in range(count):
        load.want(watch(job_id=f"j{number}", vendor=vendor), interval, 2.0)
    return load, vendor


def test_few_jobs_are_polled_when_they_want():
    """No interval is longer than wanted."""
    load, _ = loaded(int(POLLS_PER_SECOND), 2.0)

    assert load.stretch() == 1


def test_many_jobs_share_what_there_is():
    """A thousand that want a poll every 2 s get one every 1000 / 30 s."""
    load, _ = loaded(1000, 2.0)

    assert load.stretch() * 2 == pytest.approx(1000 / POLLS_PER_SECOND)


def test_a_list_counts_by_its_pages():
    """However many jobs are on it."""
    load, vendor = loaded(1000, 2.0, lists=True)
    assert load.stretch() == 1

    load.read((vendor, Poem), 100)
    assert load.stretch() == pytest.approx(100 / 2 / POLLS_PER_SECOND)


def test_a_list_is_read_where_that_is_cheaper():
    """It has as many pages as polls are saved, or fewer."""
    load, vendor = loaded(10, 2.0, lists=True)
    job_list = (vendor, Poem)

    for pages, cheaper in ((1, True), (10, True), (11, False)):
        load.read(job_list, pages)
        assert load.lists(job_list) is cheaper


def test_one_job_that_is_due_is_polled_alone_among_many_that_are_not():
    """Where the list is long."""
    load, vendor = loaded(20, 30.0, lists=True)
    load.want(watch(job_id="soon", vendor=vendor), 2.0, 2.0)
    load.read((vendor, Poem), 3)

    assert not load.lists((vendor, Poem))


def test_two_jobs_are_not_looked_for_in_a_list():
    """Nor any, for some minutes after the list could not be read."""
    few, vendor = loaded(LIST_FROM - 1, 2.0, lists=True)
    assert not few.lists((vendor, Poem))
    many, vendor = loaded(100, 2.0, lists=True)
    assert many.lists((vendor, Poem))

    many.failed((vendor, Poem))

    assert not many.lists((vendor, Poem))
    assert many.stretch() > 1


@given(st.lists(st.tuples(st.integers(0, 9), st.none() | st.floats(0.5, 600)), max_size=200))
def test_the_load_is_that_of_the_jobs_that_are_watched(changes):
    """Whatever was wanted before, or is forgotten."""
    load, vendor, wanted = PollLoad(), Scripted(lambda *_: None), {}
    for number, interval in changes:
        one = watch(job_id=f"j{number}", vendor=vendor)
        if interval is None:
            load.forget(one.job_id)
            wanted.pop(number, None)
        else:
            load.want(one, interval / 100, 2.0)
            wanted[number] = interval / 100
    rate = sum(1 / interval for interval in wanted.values())

    assert load.stretch() == pytest.approx(max(1.0, rate / POLLS_PER_SECOND))
