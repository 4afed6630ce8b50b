"""When jobs are looked at, and what a look may and may not do."""

import asyncio
from dataclasses import replace
from itertools import pairwise
from time import monotonic
from typing import ClassVar

import httpx
import pytest

from lipsync_nb.engine.durations import Duration
from lipsync_nb.engine.intervals import interval
from lipsync_nb.engine.poll_load import LIST_FROM, POLLS_PER_SECOND
from lipsync_nb.engine.poller import JITTER, Poller
from lipsync_nb.engine.watch import Watch
from lipsync_nb.errors import RateLimited, ServerError, VendorError
from lipsync_nb.http.call import Call
from lipsync_nb.status import JobStatus, Snapshot
from lipsync_nb.vendors import LipsyncStudio
from lipsync_nb.vendors.base import JobPage, Request, Vendor


def watch(**changes):
    """Return a watch that began at 0."""
    fields = {
        "job_id": "j1",
        "vendor": Scripted(lambda *_: None),
        "request": Poem.model_construct(),
        "vendor_id": "v1",
        "deadline": 1e9,
        "calls_back": False,
        "ended": None,
        "began": 0.0,
    }
    return Watch(**fields | changes)


@pytest.mark.parametrize(
    ("denied_since", "forgotten"), [(None, False), (1.0, True), (49.0, True), (51.0, False)]
)
def test_a_job_is_forgotten_if_it_is_denied_in_the_last_half_of_its_time(denied_since, forgotten):
    """That is, in every poll; a few are not enough."""
    assert watch(deadline=100.0, denied_since=denied_since).forgotten is forgotten


def test_many_pending_jobs_are_polled_at_a_rate_that_does_not_grow():
    """However short the interval: a few hundred jobs at most so many times a second in all."""
    jobs = 2 * int(POLLS_PER_SECOND)
    vendor = Scripted(lambda _, number: status("running" if number <= 2 * jobs else "succeeded"))
    pending = [watch(job_id=f"j{n}", vendor_id=f"v{n}", deadline=300.0) for n in range(jobs)]

    ended, _, _ = asyncio.run(follow(vendor, *pending, seconds=(0.01, 0.02)))
    times = {job: [when for path, when in vendor.looks if path == job] for job, _ in vendor.looks}
    gaps = [second - first for first, second, *_ in times.values()]

    assert ended == [True] * jobs
    assert min(gaps) >= 0.95 * jobs / POLLS_PER_SECOND


class Poem(Request):
    """What the scripted vendor makes."""

    vendor = "scripted"


class _NoAuth(httpx.Auth):
    """No credentials."""


class Scripted(Vendor):
    """A vendor whose API answers from a script, without a network."""

    name = "scripted"
    title = "Scripted"
    kinds: ClassVar = (Poem,)
    variables: ClassVar = {}
    default_base_url = "http://127.0.0.1:9/"
    rates: ClassVar = {}

    def __init__(self, answers, *, lists=False):
        super().__init__()
        self.lists = (Poem,) if lists else ()
        self.answers = answers
        self.looks = []
        self.__dict__["api"] = self

    def auth(self):
        """Add nothing."""
        return _NoAuth()

    async def submission(self, *_):
        """Submit nothing."""
        raise AssertionError

    def poll(self, _, vendor_id):
        """Name the job in the path."""
        return Call("GET", vendor_id, lambda _: None)

    def listing(self, _, page):
        """Name the page in the path."""
        return Call("POST", f"list {page}", lambda _: None)

    async def send(self, call):
        """Answer in the API's place."""
        self.looks.append((call.path, monotonic()))
        answer = self.answers(call.path, len(self.looks))
        if isinstance(answer, Exception):
            raise answer
        return answer


def status(word, vendor_id="v1", **more):
    """Return a snapshot."""
    return Snapshot(JobStatus(word), word, vendor_id, **more)


async def follow(vendor, *watches, seconds=(0.01, 0.05), disk=0.0, denials=None):
    """Follow jobs until they end; return what was seen and missed, each noted on a slow disk.

    Since when the first job is denied is added to `denials`, after each look.
    """
    seen, missed, denials = [], [], [] if denials is None else denials

    async def note_snapshot(job_id, snapshot):
        await asyncio.sleep(disk)
        seen.append((job_id, snapshot.vendor_status))
        denials.append(watches[0].denied_since)

    async def note_error(job_id, error):
        await asyncio.sleep(disk)
        missed.append((job_id, type(error).__name__))
        denials.append(watches[0].denied_since)

    watches = [replace(one, vendor=vendor) for one in watches]
    poller = Poller(on_snapshot=note_snapshot, on_error=note_error, seconds=seconds)
    running = asyncio.create_task(poller.run())
    here = asyncio.get_running_loop()
    watches = [
        replace(w, ended=here.create_future(), began=monotonic(), deadline=monotonic() + w.deadline)
        for w in watches
    ]
    ended = await asyncio.gather(*(poller.follow(w) for w in watches))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return ended, seen, missed


def test_a_job_is_followed_to_its_end():
    """Looks go on until a terminal status is seen."""
    words = ["queued", "running", "succeeded"]
    vendor = Scripted(lambda _, number: status(words[number - 1]))

    ended, seen, _ = asyncio.run(follow(vendor, watch(deadline=10)))

    assert ended == [True]
    assert [word for _, word in seen] == words


def test_looks_are_never_closer_than_the_vendor_asks():
    """Nor is the first one, after the submission."""
    vendor = Scripted(lambda _, number: status("running" if number < 4 else "succeeded"))
    began = monotonic()

    asyncio.run(follow(vendor, watch(deadline=10), seconds=(0.2, 0.2)))
    times = [began, *(when for _, when in vendor.looks)]

    assert min(b - a for a, b in pairwise(times)) >= 0.19


def test_a_failed_look_is_not_a_failed_job():
    """After looks that failed, the next one that succeeds counts."""
    answers = [ServerError("HTTP 500"), ServerError("HTTP 502"), status("succeeded")]
    vendor = Scripted(lambda _, number: answers[number - 1])

    ended, _, missed = asyncio.run(follow(vendor, watch(deadline=10)))

    assert ended == [True]
    assert missed == [("j1", "ServerError")] * 2


@pytest.mark.parametrize("between", [ServerError("HTTP 500"), status("running")])
def test_only_an_unbroken_row_of_denials_counts(between):
    """An outage proves nothing, and an answer proves the contrary."""
    denied, denials = VendorError("no such job", code=404), []
    answers = [denied, denied, between, denied, status("failed")]
    vendor = Scripted(lambda _, number: answers[number - 1])

    asyncio.run(follow(vendor, watch(deadline=10), denials=denials))

    assert denials[0] == denials[1] < denials[3]
    assert denials[2] is denials[4] is None


def test_a_fault_in_a_vendors_program_is_a_failed_look():
    """Also in its list: it is reported, and the job is still polled."""
    answers = [ZeroDivisionError("sorry"), status("succeeded")]
    vendor = Scripted(lambda _, number: answers[number - 1])
    listed = Scripted(
        lambda path, _: ZeroDivisionError() if path.startswith("list") else status("succeeded"),
        lists=True,
    )
    many = [watch(job_id=f"j{n}", vendor_id=f"v{n}", deadline=10) for n in range(LIST_FROM)]

    ended, _, missed = asyncio.run(follow(vendor, watch(deadline=10)))
    assert (ended, missed) == ([True], [("j1", "LipSyncError")])
    ended, _, missed = asyncio.run(follow(listed, *many))
    assert (ended, missed) == ([True] * LIST_FROM, [])


def test_a_vendor_that_asks_to_wait_is_left_alone_so_long():
    """After a 429 the next look comes no sooner than the vendor asked."""
    answers = [RateLimited("slow down", retry_after=0.3), status("succeeded")]
    vendor = Scripted(lambda _, number: answers[number - 1])

    asyncio.run(follow(vendor, watch(deadline=10)))
    (_, first), (_, second) = vendor.looks

    assert second - first >= 0.29


def test_looking_ends_at_the_deadline():
    """A job that does not end is followed to its deadline, and no further."""
    vendor = Scripted(lambda *_: status("running"))

    ended, _, _ = asyncio.run(follow(vendor, watch(deadline=0.3)))

    assert ended == [False]


def test_a_word_that_no_page_lists_is_neither_success_nor_failure():
    """An unknown status is looked at again, until the deadline."""
    vendor = Scripted(lambda *_: Snapshot(JobStatus.unknown, "paused", "v1"))

    ended, seen, _ = asyncio.run(follow(vendor, watch(deadline=2.0)))

    assert ended == [False]
    assert len(seen) > 1


def jobs(count):
    """Return so many watches."""
    return [watch(job_id=f"j{n}", vendor_id=f"v{n}", deadline=10) for n in range(count)]


def test_many_pending_jobs_cost_one_look():
    """Where a vendor lists its jobs, many pending ones are seen in one call."""
    everything = [status("succeeded", f"v{n}") for n in range(50)]
    vendor = Scripted(lambda *_: JobPage(everything, 1), lists=True)

    ended, seen, _ = asyncio.run(follow(vendor, *jobs(50)))

    assert all(ended)
    assert len(seen) == 50
    assert [path for path, _ in vendor.looks] == ["list 1"]


def test_pages_are_read_until_all_are_found():
    """A list is read no further than to the last pending job."""
    page = {f"list {p}": [status("succeeded", f"v{p - 1}")] for p in range(1, 9)}
    vendor = Scripted(lambda path, _: JobPage(page[path], 8), lists=True)

    asyncio.run(follow(vendor, *jobs(LIST_FROM)))

    assert [path for path, _ in vendor.looks] == ["list 1", "list 2", "list 3"]


def test_jobs_that_are_not_listed_are_looked_at_one_by_one():
    """What the list lacks is asked for by its id."""
    vendor = Scripted(
        lambda path, _: JobPage([], 1) if path == "list 1" else status("succeeded", path),
        lists=True,
    )

    ended, _, _ = asyncio.run(follow(vendor, *jobs(LIST_FROM)))

    assert all(ended)
    assert {path for path, _ in vendor.looks} == {"list 1", "v0", "v1", "v2"}


def test_a_vendor_whose_list_fails_is_asked_job_by_job():
    """A broken list costs one attempt, and no job its result."""
    vendor = Scripted(
        lambda path, _: ServerError("no list") if path == "list 1" else status("succeeded", path),
        lists=True,
    )

    ended, _, _ = asyncio.run(follow(vendor, *jobs(LIST_FROM)))

    assert all(ended)
    assert [path for path, _ in vendor.looks].count("list 1") == 1


def test_what_a_list_lacks_is_left_alone_as_long_as_its_vendor_asks():
    """However often the list is read for the others."""
    running = [status("running", f"v{n}") for n in range(1, 10)]

    def answer(path, _):
        return JobPage(running, 1) if path == "list 1" else RateLimited("no", retry_after=60.0)

    vendor = Scripted(answer, lists=True)
    several = [watch(job_id=f"j{n}", vendor_id=f"v{n}", deadline=1.0) for n in range(10)]

    asyncio.run(follow(vendor, *several))
    paths = [path for path, _ in vendor.looks]

    assert paths.count("v0") == 1
    assert paths.count("list 1") > 3


def test_a_list_that_fails_is_not_followed_by_a_poll_of_every_job():
    """Each is polled at its own time, as often as all of them may be together."""
    count = int(3 * POLLS_PER_SECOND)

    def answer(path, _):
        return RateLimited("no", retry_after=0.5) if "list" in path else status("succeeded", path)

    vendor = Scripted(answer, lists=True)
    many = [watch(job_id=f"j{n}", vendor_id=f"v{n}", deadline=300.0) for n in range(count)]
    asyncio.run(follow(vendor, *many))
    (_, failed), *polls = vendor.looks
    times = [when - failed for _, when in polls]

    assert len(times) == count
    assert min(times) >= 0.5
    assert max(times) >= 0.8 * count / POLLS_PER_SECOND


def test_a_job_that_was_not_polled_for_hours_is_polled_at_once():
    """As after a night in which no kernel ran; the next polls come at the usual intervals."""
    vendor = Scripted(lambda _, number: status("running" if number < 3 else "succeeded"))
    began = monotonic()

    asyncio.run(follow(vendor, watch(deadline=30, age=36_000.0), seconds=(0.2, 5.0)))

    assert vendor.looks[0][1] - began < 1.0


def test_a_job_that_ends_its_time_during_an_answer_is_counted_no_more():
    """Otherwise all others would be polled less often for ever."""
    vendor = Scripted(lambda *_: status("running"))
    poller = None

    async def slow(*_):
        await asyncio.sleep(0.5)

    async def followed():
        nonlocal poller
        poller = Poller(on_snapshot=slow, on_error=slow, seconds=(0.01, 0.02))
        running = asyncio.create_task(poller.run())
        began = monotonic()
        one = watch(vendor=vendor, ended=asyncio.Future(), began=began, deadline=began + 0.2)
        await poller.follow(one)
        await asyncio.sleep(0.6)
        running.cancel()

    asyncio.run(followed())

    assert poller._load._wanted == {}


def test_a_look_that_falls_due_while_a_failure_is_noted_is_not_forgotten():
    """A disk slower than the interval holds a job up, and no more."""
    vendor = Scripted(lambda _, n: ServerError("busy") if n == 1 else status("succeeded"))
    ended, _, missed = asyncio.run(follow(vendor, watch(deadline=5.0), disk=0.2))

    assert ended == [True]
    assert missed == [("j1", "ServerError")]


def test_looks_that_fall_due_during_a_sweep_are_not_forgotten():
    """The jobs that a slow sweep leaves unfinished are looked at again."""
    first = [status("running", f"v{k}") for k in range(LIST_FROM - 1)]
    listing = JobPage([*first, status("succeeded", f"v{LIST_FROM - 1}")], 1)
    vendor = Scripted(lambda _, n: listing if n == 1 else status("succeeded"), lists=True)
    jobs = [watch(job_id=f"j{k}", vendor_id=f"v{k}", deadline=5.0) for k in range(LIST_FROM)]
    ended, _, _ = asyncio.run(follow(vendor, *jobs, disk=0.1))

    assert ended == [True] * LIST_FROM


class SlowAtFirst(Scripted):
    """A vendor whose first answer takes as long as a test likes."""

    def __init__(self, answers):
        super().__init__(answers)
        self.go_on = asyncio.Event()

    async def send(self, call):
        """Answer, the first time on a signal."""
        answer = await super().send(call)
        if len(self.looks) == 1:
            await self.go_on.wait()
        return answer


def test_an_answer_that_comes_after_the_deadline_holds_nothing_up():
    """It is not heard, and who asks for the job meanwhile sees it polled on."""
    words = ["queued", "running", "succeeded"]
    vendor = SlowAtFirst(lambda _, number: status(words[number - 1]))
    seen = []

    async def note(_, snapshot):
        seen.append(snapshot.vendor_status)

    async def followed_twice():
        poller = Poller(on_snapshot=note, on_error=note, seconds=(0.01, 0.05))
        running = asyncio.create_task(poller.run())
        ends = [
            watch(
                vendor=vendor,
                ended=asyncio.Future(),
                began=monotonic(),
                deadline=monotonic() + seconds,
            )
            for seconds in (0.2, 30.0)
        ]
        first = await poller.follow(ends[0])
        again = asyncio.create_task(poller.follow(ends[1]))
        await asyncio.sleep(0.2)  # it falls due while the old poll is under way
        vendor.go_on.set()
        second = await again
        running.cancel()
        return first, second

    assert asyncio.run(followed_twice()) == (False, True)
    assert seen == ["running", "succeeded"]


def test_the_last_look_before_a_deadline_keeps_the_shortest_interval():
    """Some vendors ask to be polled no more often than every few seconds."""

    class Slow(Scripted):
        poll_seconds = (1.2, 5.0)

    vendor = Slow(lambda *_: status("running"))
    ended, _, _ = asyncio.run(follow(vendor, watch(deadline=3.0), seconds=None))
    times = [when for _, when in vendor.looks]

    assert ended == [False]
    assert all(second - first >= 1.15 for first, second in pairwise(times))


def test_callbacks_make_no_look_come_closer_than_the_vendor_asks():
    """However often a vendor calls back, each callback is followed by a look."""
    vendor = Scripted(lambda *_: status("running"))

    async def called_back() -> list[float]:
        async def note(*_):
            poller.poll_now("a")

        poller = Poller(on_snapshot=note, on_error=note, seconds=(0.3, 9.0))
        running = asyncio.create_task(poller.run())
        await poller.follow(
            watch(
                job_id="a",
                vendor=vendor,
                began=monotonic(),
                deadline=monotonic() + 3.0,
                ended=asyncio.get_running_loop().create_future(),
            )
        )
        running.cancel()
        return [when for _, when in vendor.looks]

    times = asyncio.run(called_back())

    assert len(times) >= 3
    assert all(second - first >= 0.25 for first, second in pairwise(times))


def test_lipsync_studio_is_polled_no_more_often_than_every_five_seconds():
    """Its page asks for "every 5-10 seconds", whatever the job's age and usual time."""
    vendor = LipsyncStudio("sk_key")
    shortest, longest = vendor.poll_seconds
    waits = [
        interval(watch(vendor=vendor, failures=failures), expected, now, shortest, longest)
        for failures in (0, 1, 5)
        for expected in (None, Duration(60, 0.15), Duration(3600, 1.0))
        for now in (0, 1, 20, 59, 900)
    ]

    assert min(waits) >= 5
    assert max(wait * (1 + JITTER) for wait in waits if wait <= longest) <= 10
