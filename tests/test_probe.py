"""One free call before the first paid one: a mistyped base URL or key costs nothing."""

import asyncio
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from traceback import walk_tb

import httpx
import pytest
from conftest import PATIENCE, POLL
from hosts import NO_SUCH_JOB, RESET, STALL, Arrival, Host, Reply, answer, free_port, says
from waiting import wait_until

import lipsync_nb as ls
from lipsync_nb import event_loop as loop
from lipsync_nb.engine.probes import Probes
from lipsync_nb.errors import LipSyncError
from lipsync_nb.http.call import Call
from lipsync_nb.status import Snapshot
from lipsync_nb.vendors import VENDORS, Vendor
from lipsync_nb.vendors.base import vendor as vendor_module

KEY = "sk_0123456789abcdef"
TAKEN = says({"id": "job-1", "status": "processing"})
MEDIA = {"image": "https://media.test/face.png", "audio": "https://media.test/speech.wav"}
PAGE = b"<html>Welcome to nginx!</html>"

Connect = Callable[..., ls.Client]


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Connect]:
    """Return a maker of clients of lipsync.studio at a URL, or of a given vendor."""
    clients: list[ls.Client] = []

    def make(vendor: str | Vendor) -> ls.Client:
        if isinstance(vendor, str):
            vendor = ls.LipsyncStudio(KEY, base_url=vendor)
        ours = {"ledger": tmp_path / "jobs.sqlite", "results": tmp_path / "videos", "poll": POLL}
        clients.append(ls.Client([vendor], backoff_scale=0.01, **ours))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No key and no base URL is set."""
    monkeypatch.chdir(tmp_path)
    for vendor in VENDORS.values():
        for variable in (*vendor.variables.values(), vendor.base_url_variable()):
            monkeypatch.delenv(variable, raising=False)


def request(**fields: object) -> ls.lipsync_studio.LipSyncImage:
    """Return a request that needs no upload."""
    return ls.lipsync_studio.LipSyncImage(**{**MEDIA, **fields})


def refusal(client: ls.Client, **fields: object) -> LipSyncError:
    """Submit a request, which is refused; return why. It cost nothing."""
    job = client.submit(request(**fields))
    with pytest.raises(ls.JobFailed):
        job.result(PATIENCE)
    assert job.record.sent_at is None
    assert job.record.cost in {None, 0.0}
    assert job.error is not None
    return job.error


def paid(host: Host) -> int:
    """Return how many paid requests came."""
    return sum(arrival.method == "POST" for arrival in host.arrived)


@pytest.mark.parametrize(
    "url",
    ["http://no-such-host.invalid/api", f"http://127.0.0.1:{free_port()}", "https://127.0.0.1:{}"],
    ids=["no such name", "nobody listens", "no TLS"],
)
def test_no_connection_refuses(connect, url):
    """The error names the base URL, where it came from, and the variable that sets it."""
    with Host(replace(RESET, reads="nothing")) as host:
        why = refusal(connect(url.format(host.port)))

    assert isinstance(why, ls.Unreachable)
    assert "nothing was paid" in str(why)
    assert f"LIPSYNC_STUDIO_BASE_URL is {url.format(host.port)}" in str(why)
    assert "given as an argument" in str(why)
    assert paid(host) == 0


def test_a_host_that_never_answers_refuses(connect, monkeypatch):
    """A firewall drops what is sent to it, so each attempt to connect ends with its time."""
    monkeypatch.setattr(vendor_module, "PROBE_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as silent, ExitStack() as full:
        for _ in range(2):  # then its queue of connections is full
            waiting = full.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(silent.getsockname())
        vendor = ls.LipsyncStudio(KEY, base_url=f"http://127.0.0.1:{silent.getsockname()[1]}")
        vendor.timeout = httpx.Timeout(60, connect=0.3)

        assert isinstance(refusal(connect(vendor)), ls.Unreachable)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_another_origin_refuses(connect, status):
    """Such as from http to https; the error says where to, so that base_url can be set."""
    with Host(TAKEN) as host:
        there = f"https://127.0.0.1:{host.port}/api/jobs/0"
        with Host(answer(b"", status, Location=there), probe=None) as moved:
            why = refusal(connect(moved.url))

    assert f"redirects to {there}; if that is right, set base_url" in str(why)
    assert f"LIPSYNC_STUDIO_BASE_URL is {moved.url}" in str(why)
    assert host.arrived + host.probes == []
    assert paid(moved) == 0


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("body", [PAGE, b'{"error": "invalid key"}'], ids=["page", "json"])
def test_a_refused_key_refuses(connect, monkeypatch, status, body):
    """The error names the key's variable and where it was found."""
    monkeypatch.setenv("LIPSYNC_STUDIO_API_KEY", KEY)
    with Host(TAKEN, probe=answer(body, status)) as host:
        why = refusal(connect(ls.LipsyncStudio(base_url=host.url)))

    assert isinstance(why, ls.Unauthorized)
    assert "check LIPSYNC_STUDIO_API_KEY (from the environment)" in str(why)
    assert KEY not in str(why)
    assert paid(host) == 0


@pytest.mark.parametrize(
    ("vendor", "reply"),
    [
        (ls.Xingyun, says({"error_code": 20001, "error_reason": "no"})),
        (ls.Yunai, says({"code": 401, "msg": "no"})),
        (ls.Chanjing, says({"code": 10400, "msg": "no"})),
    ],
)
def test_a_vendors_own_code_for_a_refused_key_refuses(vendor, reply):
    """Whatever the HTTP status; Chanjing's answers the request for a token."""
    with Host(reply, probe=reply) as host:
        one = vendor(**dict.fromkeys(vendor.variables, KEY), base_url=host.url)
        with pytest.raises(ls.Unauthorized, match=r"nothing was paid; check .*_(KEY|ID) "):
            loop.run(one.probe())
        loop.run(one.aclose())
    assert not one.verified


def test_a_redirected_token_refuses():
    """Chanjing asks for a token first, so that is what a mistyped base URL meets."""
    there = answer(b"", 301, Location="https://elsewhere.test/open/v1/access_token")
    with Host(there) as host:
        one = ls.Chanjing("84042cb5", KEY, base_url=host.url)
        with pytest.raises(ls.VendorError, match=r"redirects to https://elsewhere.test"):
            loop.run(one.probe())
        loop.run(one.aclose())
    assert len(host.arrived) == 1


@pytest.mark.parametrize(
    "reply",
    [
        answer(PAGE, 200),
        answer(PAGE, 404),
        answer(b"404 page not found", 404),
        answer(b"", 302, Location="/login"),
    ],
    ids=["200", "404", "text", "login"],
)
def test_a_page_is_a_warning(connect, capsys, reply):
    """On stderr, once; the job is sent, as no vendor says how it answers to this."""
    with Host(TAKEN, probe=reply) as host:
        client = connect(host.url)
        for seed in range(2):
            job = client.submit(request(seed=seed))
            wait_until(lambda job=job: job.record.sent_at)

    (warning,) = capsys.readouterr().err.splitlines()
    assert f"LIPSYNC_STUDIO_BASE_URL is {host.url}" in warning


@pytest.mark.parametrize(
    "reply",
    [
        NO_SUCH_JOB,
        says({"id": "0", "status": "failed"}),
        says({"error": "busy"}, 503),
        answer(PAGE, 502),
        says({"error": "slow down"}, 429, Retry_After=100),
        says({"error": "no credit"}, 402),
        says([1, 2]),
        RESET,
    ],
    ids=["unknown", "a job", "503", "gateway", "429", "402", "odd", "reset"],
)
def test_any_other_answer_is_passed_over(connect, caplog, capsys, reply):
    """Once, without a word: it tells nothing of a paid call."""
    with Host(TAKEN, probe=reply) as host:
        job = connect(host.url).submit(request())
        wait_until(lambda: job.vendor_id)

    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []
    assert capsys.readouterr().err == ""
    assert len(host.probes) == 1


@pytest.mark.parametrize(
    "reply",
    [says({"error": "busy"}, 503), answer(PAGE, 502), says({"error": "slow down"}, 429), RESET],
    ids=["503", "gateway", "429", "reset"],
)
def test_after_an_answer_that_proves_nothing_the_next_submission_asks_again(connect, reply):
    """Its vendor was busy, so a wrong key is still to be found."""
    replies = iter([reply, says({"error": "locked"}, 401)])
    with Host(TAKEN, probe=lambda _: next(replies)) as host:
        client = connect(host.url)
        job = client.submit(request())
        wait_until(lambda: job.vendor_id)

        assert isinstance(refusal(client, seed=1), ls.Unauthorized)
    assert paid(host) == 1


def test_each_client_asks(connect):
    """Also with the vendor of an earlier one."""
    with Host(TAKEN) as host:
        vendor = ls.LipsyncStudio(KEY, base_url=host.url)
        for seed in range(2):
            job = connect(vendor).submit(request(seed=seed))
            wait_until(lambda job=job: job.record.sent_at)

    assert len(host.probes) == 2


def test_each_job_has_an_error_of_its_own():
    """An error that is raised for many jobs would grow with each of them."""
    with Host(TAKEN, probe=answer(b"", 401)) as host:
        vendor, probes = ls.LipsyncStudio(KEY, base_url=host.url), Probes()

        async def errors():
            waiting = (probes.first(vendor) for _ in range(3))
            return await asyncio.gather(*waiting, return_exceptions=True)

        found = loop.run(errors())
        loop.run(vendor.aclose())
    assert len({id(error) for error in found}) == 3
    assert {(type(error), error.code) for error in found} == {(ls.Unauthorized, 401)}
    assert len({len(list(walk_tb(error.__traceback__))) for error in found}) == 1


class WithoutFreeCall(ls.LipsyncStudio):
    """A further vendor, whose poll needs more than an id."""

    def free_call(self) -> Call[Snapshot]:
        """Fail as such a poll would."""
        raise KeyError("session")


def test_a_vendor_without_a_free_call_is_paid_all_the_same(connect, caplog):
    """Its fault is logged."""
    with Host(TAKEN) as host:
        job = connect(WithoutFreeCall(KEY, base_url=host.url)).submit(request())
        wait_until(lambda: job.vendor_id)

    assert "KeyError: 'session'" in caplog.text


def test_a_slow_vendor_is_not_waited_for(connect, monkeypatch):
    """The paid call is sent although the free one was not answered."""
    monkeypatch.setattr(vendor_module, "PROBE_SECONDS", 0.2)
    with Host(TAKEN, probe=STALL) as host:
        client = connect(host.url)
        for seed in range(2):
            job = client.submit(request(seed=seed))
            wait_until(lambda job=job: job.record.sent_at)

    assert len(host.probes) == 1


@pytest.mark.parametrize(
    ("reply", "sent"), [(NO_SUCH_JOB, 50), (answer(b"", 401), 0)], ids=["accepted", "refused"]
)
def test_many_submissions_share_one_free_call(connect, reply, sent):
    """Of 50 that are entered at once."""
    with Host(lambda _: says({"id": next(ids)}), probe=replace(reply, pause=0.5)) as host:
        ids = (f"job-{n}" for n in range(10_000))
        jobs = connect(host.url).map([request(seed=n) for n in range(50)])
        wait_until(lambda: all(job.vendor_id or job.status.terminal for job in jobs))

    assert len(host.probes) == 1
    assert paid(host) == sent


def test_after_a_refusal_the_next_submission_asks_again(connect):
    """As when the network is back, or the key is unlocked; after that, none does."""
    replies = iter([says({"error": "locked"}, 401), NO_SUCH_JOB])

    def in_turn(_: Arrival) -> Reply:
        return next(replies)

    with Host(TAKEN, probe=in_turn) as host:
        client = connect(host.url)
        assert isinstance(refusal(client), ls.Unauthorized)
        job = client.submit(request())
        wait_until(lambda: job.vendor_id)
        client.submit(request(seed=1)).exception(PATIENCE)

    assert (len(host.probes), paid(host)) == (2, 2)


def test_a_moment_without_connection_refuses_nothing(connect):
    """The free call is repeated for as long as a paid one would be."""
    port = free_port()
    client = connect(ls.LipsyncStudio(KEY, base_url=f"http://127.0.0.1:{port}"))
    client.vendors["lipsync_studio"].backoff_scale = 1.0
    job = client.submit(request())
    with Host(TAKEN, port=port):
        wait_until(lambda: job.vendor_id or job.done())

    assert job.vendor_id == "job-1"


def test_a_verified_vendor_is_not_asked_again(connect):
    """Its free call was answered a moment ago."""
    with Host(TAKEN) as host:
        vendor = ls.LipsyncStudio(KEY, base_url=host.url)
        vendor.verify()
        job = connect(vendor).submit(request())
        wait_until(lambda: job.vendor_id)

    assert len(host.probes) == 1


def test_verifying_tells_a_page_from_an_api():
    """An unknown id may be answered so, but the key was not accepted."""
    with Host(TAKEN, probe=answer(PAGE, 404)) as host:
        vendor = ls.LipsyncStudio(KEY, base_url=host.url)

        assert f"is the base URL right? base_url or LIPSYNC_STUDIO_BASE_URL is {host.url}" in (
            vendor.verify()
        )
        loop.run(vendor.aclose())


def test_what_waits_for_the_free_call_can_be_cancelled(connect):
    """It was not sent, so it ends at once; what else waits goes on."""
    with Host(TAKEN, probe=replace(NO_SUCH_JOB, pause=1.0)) as host:
        client = connect(host.url)
        first, second = client.submit(request(seed=1)), client.submit(request(seed=2))
        wait_until(lambda: host.probes)

        first.cancel()

        assert first.status is ls.JobStatus.cancelled
        wait_until(lambda: second.vendor_id)
        assert paid(host) == 1


def test_closing_does_not_wait_for_the_free_call(connect):
    """Nothing was sent, so there is nothing to wait for."""
    with Host(TAKEN, probe=STALL) as host:
        client = connect(host.url)
        client.submit(request())
        wait_until(lambda: host.probes)

        client.close(wait=False)

    assert paid(host) == 0
