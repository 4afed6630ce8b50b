"""Keeping within a vendor's documented rates."""

import asyncio
import selectors

import pytest

from lipsync_nb.http.rate_limit import Limiter, Rate


class _Clock(selectors.DefaultSelector):
    """A selector that does not wait: it moves its own time on instead."""

    now = 0.0

    def select(self, timeout=None):
        """Return at once."""
        self.now += timeout or 0.0
        return super().select(0)


class TimelessLoop(asyncio.SelectorEventLoop):
    """An event loop whose waits take no time, so that a busy machine changes no measure."""

    def __init__(self):
        self._clock = _Clock()
        super().__init__(self._clock)

    def time(self):
        """Return the time to which all waits add up."""
        return self._clock.now


def run(coroutine):
    """Run a coroutine on a loop of its own."""
    with asyncio.Runner(loop_factory=TimelessLoop) as runner:
        return runner.run(coroutine)


def starts(limiter, count, *, pauses=(), cancel=()):
    """Ask for so many slots at once; return when each came, from the first request on."""

    async def asked():
        clock, times = asyncio.get_running_loop().time, []

        async def one():
            await limiter.slot()
            times.append(clock())

        for seconds in pauses:
            limiter.pause(seconds)
        tasks = [asyncio.create_task(one()) for _ in range(count)]
        await asyncio.sleep(0)  # each has asked
        for index in cancel:
            tasks[index].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return times

    return run(asked())


def test_without_a_rate_nothing_waits():
    """Most vendors document none."""
    assert starts(Limiter(), 1000)[-1] == 0


@pytest.mark.parametrize(("count", "seconds"), [(1, 0.25), (3, 0.25), (10, 0.3)])
def test_no_window_holds_more_than_the_rate(count, seconds):
    """Wherever a window is laid, not only from the start."""
    times = starts(Limiter(Rate(count, seconds)), 3 * count)

    gaps = [later - sooner for sooner, later in zip(times, times[count:], strict=False)]
    assert min(gaps) >= seconds
    assert times[-1] < 2.1 * seconds


@pytest.mark.parametrize("count", [1, 3, 10])
def test_the_first_ones_need_not_wait(count):
    """As many as the rate allows come at once."""
    assert starts(Limiter(Rate(count, 60)), count)[-1] == 0


def test_slots_come_in_the_order_of_asking():
    """First come, first served."""

    async def asked():
        limiter, order = Limiter(Rate(2, 0.05)), []

        async def one(number):
            await limiter.slot()
            order.append(number)

        await asyncio.gather(*(one(number) for number in range(9)))
        return order

    assert run(asked()) == list(range(9))


@pytest.mark.parametrize("rate", [None, Rate(100, 1)])
def test_a_pause_holds_for_all(rate):
    """The vendor said so."""
    times = starts(Limiter(rate), 5, pauses=[0.3])

    assert times == pytest.approx([0.3] * 5)


def test_a_shorter_pause_does_not_end_a_longer_one():
    """Answers to calls sent together come in any order."""
    assert starts(Limiter(), 1, pauses=[0.3, 0.0]) == pytest.approx([0.3])


def test_who_leaves_the_queue_takes_no_place():
    """A cancelled job costs the others no time."""
    times = starts(Limiter(Rate(1, 1.0)), 4, cancel=[1, 2])

    assert len(times) == 2
    assert 1.0 <= times[1] < 1.1
