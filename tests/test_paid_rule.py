"""What becomes of money when something happens that no page foresees."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from conftest import PATIENCE, POLL
from hosts import RESET, STALL, Arrival, Host, Reply, answer, says
from waiting import wait_until

import lipsync_nb as ls
from lipsync_nb import event_loop as loop
from lipsync_nb.ledger import Ledger
from lipsync_nb.media import MediaHost
from lipsync_nb.vendors.base import Vendor

KEY = "sk_0123456789abcdef"
TAKEN = says({"id": "job-1", "status": "processing"})
MEDIA = {"image": "https://media.test/face.png", "audio": "https://media.test/speech.wav"}

Connect = Callable[..., ls.Client]


@pytest.fixture
def connect_to(tmp_path: Path) -> Iterator[Connect]:
    """Return a maker of clients of one vendor, which all share one ledger."""
    clients: list[ls.Client] = []

    def make(vendor: Vendor, **options: object) -> ls.Client:
        ours = {"ledger": tmp_path / "jobs.sqlite", "results": tmp_path / "videos", "poll": POLL}
        clients.append(ls.Client([vendor], **(ours | {"backoff_scale": 0.01, **options})))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def connect(connect_to: Connect) -> Connect:
    """Return a maker of clients of lipsync.studio at a host."""

    def make(host: Host, **options: object) -> ls.Client:
        return connect_to(ls.LipsyncStudio(KEY, base_url=host.url), **options)

    return make


def request(**fields: object) -> ls.lipsync_studio.LipSyncImage:
    """Return a request that needs no upload."""
    return ls.lipsync_studio.LipSyncImage(**{**MEDIA, **fields})


def posts(host: Host) -> int:
    """Return how many paid requests came."""
    return sum(arrival.method == "POST" for arrival in host.arrived)


def test_half_a_character_in_a_reason_does_not_pay_again(connect):
    """JSON can carry what no file can; the job is unknown, and waiting again sends nothing."""
    with Host(answer(b'{"error": "bad prompt \\ud83d"}', 500)) as host:
        client = connect(host)
        job = client.submit(request())

        for _ in range(2):
            with pytest.raises(ls.SubmitUnknown, match="bad prompt \N{REPLACEMENT CHARACTER}"):
                client.submit(request()).result(PATIENCE)

    assert client.submit(request()).id == job.id
    assert posts(host) == 1


GATEWAY = answer(b"<html>no such page</html>", 404)
REDIRECT = answer(b"", 307, Location="https://elsewhere.test/v2/")


@pytest.mark.parametrize("reply", [GATEWAY, REDIRECT], ids=["page", "redirect"])
def test_a_gateways_answer_does_not_pay_again(connect, reply):
    """Nobody knows whether the vendor took the job: another submission gives the same one."""
    with Host(reply) as host:
        client = connect(host)
        job = client.submit(request())

        with pytest.raises(ls.SubmitUnknown):
            job.result(PATIENCE)
        assert client.submit(request()).id == job.id
    assert posts(host) == 1


@pytest.mark.parametrize("credits_used", ["-1000", "NaN", "-Infinity", "1e999"])
def test_a_cost_that_cannot_be_one_does_not_lift_the_budget(connect_to, samples, credits_used):
    """The estimate stands: a vendor's answer makes no room for more jobs."""
    taken = f'{{"task_id": "1", "status": "processing", "credits_used": {credits_used}}}'
    with Host(answer(taken.encode())) as host:
        client = connect_to(ls.Lingdong(KEY, base_url=host.url), budget={"lingdong": 20})
        job = client.submit(ls.lingdong.Generate(source=samples.face, audio=samples.speech))
        wait_until(lambda: job.vendor_id)

        assert job.cost.estimated
        assert 10 < job.cost.amount < 20
        with pytest.raises(ls.BudgetExceeded):
            client.submit(ls.lingdong.Generate(source=samples.clip, audio=samples.speech))


def test_a_code_that_is_no_number_to_python_does_not_pay_again(connect_to):
    """A code of thousands of digits is as good as no answer."""
    with Host(says({"code": "1" * 5000})) as host:
        client = connect_to(ls.Yunai(KEY, base_url=host.url))
        media = {"avatar": MEDIA["image"], "audio": MEDIA["audio"]}
        job = client.submit(ls.yunai.AvatarVideo(**media))

        assert job.exception(PATIENCE)
        assert job.exception(PATIENCE)

    assert posts(host) == 1


class BrokenHost(MediaHost):
    """A media host with a fault in its program."""

    def __init__(self, fault):
        self.fault = fault

    async def publish(self, file):
        """Fail, and name the key."""
        raise self.fault(f"{file.path.name} {KEY}")


@pytest.mark.parametrize("fault", [ZeroDivisionError, SystemExit])
def test_a_fault_before_the_paid_request_fails_the_job(connect, samples, caplog, fault):
    """Whatever a media host raises is reported, without the key, and nothing is sent."""
    with Host(TAKEN) as host:
        client = connect(host, media_host=BrokenHost(fault))
        job = client.submit(request(image=samples.face))

        with pytest.raises(ls.JobFailed, match=rf"{fault.__name__}: face\.png"):
            job.result(PATIENCE)

    assert host.arrived == []
    assert KEY not in str(job.error) + caplog.text


def test_what_was_sent_once_is_not_sent_again(connect):
    """A job that was interrupted after its request was on its way is unknown."""
    with Host(TAKEN) as host:
        client = connect(host)
        new = client.validator.record(request(), client.vendors["lipsync_studio"])
        sent = replace(new, sent_at=time.time())
        client.records.reserve([sent], reuse=False, allow=lambda *_: None)

        client.session.follow(sent)
        job = client.job(sent.id)

        with pytest.raises(ls.SubmitUnknown, match="interrupted"):
            job.result(PATIENCE)
        assert host.arrived == []


def test_a_refused_attempt_was_not_sent(connect):
    """While a vendor wants to be left alone, a job can be cancelled at once."""
    with Host(says({"error": "slow down"}, 429, Retry_After=60)) as host:
        client = connect(host)
        job = client.submit(request())
        wait_until(lambda: "slow down" in str(job.error) and job.record.sent_at is None)

        job.cancel()

        with pytest.raises(ls.JobCancelled):
            job.result(PATIENCE)
        assert posts(host) == 1


LOST = answer(b"<html>", 502)


def test_submitting_again_twice_pays_once(connect):
    """The second call returns the job of the first, as when its cell is run again."""
    with Host(LOST, TAKEN) as host:
        lost = connect(host).submit(request())
        lost.exception(PATIENCE)

        first, second = lost.resubmit(), lost.resubmit()

        assert first.id == second.id != lost.id
        wait_until(lambda: first.vendor_id)
        assert posts(host) == 2


def test_two_kernels_that_submit_again_pay_once(connect):
    """Which of them does is decided in the ledger's transaction."""
    with Host(LOST, TAKEN) as host:
        clients = [connect(host), connect(host)]
        lost = clients[0].submit(request())
        lost.exception(PATIENCE)
        jobs: list[ls.Job] = []
        kernels = [
            threading.Thread(target=lambda c=client: jobs.append(c.job(lost.id).resubmit()))
            for client in clients
        ]
        for kernel in kernels:
            kernel.start()
        for kernel in kernels:
            kernel.join(PATIENCE)

        assert len(jobs) == 2
        assert jobs[0].id == jobs[1].id
        wait_until(lambda: jobs[0].vendor_id)
        assert posts(host) == 2


def test_a_lost_job_counts_in_the_budget_after_it_was_abandoned(connect, samples):
    """It may have been paid; ten credits each, so the third is over the budget."""
    heard = {"image": MEDIA["image"], "audio": samples.speech}
    with Host(LOST) as host:
        client = connect(host, budget={"lipsync_studio": 25}, media_host=Anywhere())
        job = client.submit(request(**heard))
        job.exception(PATIENCE)
        again = job.resubmit()
        again.exception(PATIENCE)

        with pytest.raises(ls.BudgetExceeded, match="20 of 25 credits"):
            again.resubmit()
        assert posts(host) == 2


class Anywhere(MediaHost):
    """Says that every file is somewhere."""

    async def publish(self, file):
        """Return a URL."""
        return f"https://media.test/{file.path.name}"


def test_a_job_taken_over_while_it_was_sent_is_followed(connect):
    """Its answer comes to the kernel that sent it; whoever owns it by then follows it."""
    replies = [TAKEN, says({"id": "job-1", "status": "failed", "error": "no face", "output": None})]
    with Host(Reply(replies[0].pieces, pause=1.0), replies[1]) as host:
        one, other = connect(host), connect(host)
        job = one.submit(request())
        wait_until(lambda: job.record.sent_at)
        one.ledger.update(job.id, lambda record: replace(record, owner=other.engine.id))

        same = other.job(job.id)
        wait_until(lambda: same.status is ls.JobStatus.failed)
        assert "no face" in str(same.error)


@pytest.fixture
def attached(connect: Connect) -> Iterator[tuple[ls.Client, ls.Client, str]]:
    """Return two clients, and the id of the first one's job, which the other has just attached."""
    done = says({"id": "job-1", "status": "failed", "error": "no face", "output": None})
    with Host(LOST, TAKEN, done) as host:
        one, other = connect(host), connect(host)
        job = one.submit(request())
        job.exception(PATIENCE)
        other.job(job.id).attach("job-1")
        yield one, other, job.id


def test_a_job_attached_in_another_kernel_is_followed(attached):
    """The kernel that owns it hears of it, and polls it."""
    _, other, job_id = attached

    with pytest.raises(ls.JobFailed, match="no face"):
        other.job(job_id).result(PATIENCE)


def test_looking_at_a_job_does_not_keep_its_kernel_from_following_it(attached):
    """The kernel that owns it learns first from its user that another kernel attached it."""
    one, _, job_id = attached

    job = one.job(job_id)

    wait_until(lambda: job.status is ls.JobStatus.failed)


def test_results_that_cannot_be_kept_are_reported(connect, tmp_path):
    """The error names the folder and the setting; the job is not lost."""
    done = says({"id": "job-1", "status": "completed", "output": "http://127.0.0.1/v.mp4"})
    with Host(TAKEN, done) as host:
        client = connect(host, results=tmp_path / "taken")
        (tmp_path / "taken").rmdir()
        (tmp_path / "taken").write_text("a file")
        job = client.submit(request())

        with pytest.raises(ls.DownloadError, match=r"taken: File exists; .*results="):
            job.result(PATIENCE)
        assert job.status is ls.JobStatus.succeeded


def test_a_job_whose_vendor_is_not_connected_is_reported_at_once(connect, tmp_path):
    """Nobody drives it, so nobody waits for it; the error names the variable to set."""
    with Host(TAKEN, says({"id": "job-1", "status": "processing"})) as host:
        first = connect(host)
        job = first.submit(request())
        wait_until(lambda: job.vendor_id)
        first.close()

    other = ls.Client([], ledger=tmp_path / "jobs.sqlite")
    with other, pytest.raises(ls.MissingCredentials, match="LIPSYNC_STUDIO_API_KEY"):
        other.job(job.id).result(PATIENCE)


def test_a_closed_client_says_so(connect):
    """Instead of speaking of its database."""
    with Host(TAKEN) as host:
        client = connect(host)
        client.close()

        with pytest.raises(ls.LipSyncError, match="closed; create a new one"):
            client.submit(request())


def test_a_dead_proxy_is_not_asked_for_this_machine(connect, monkeypatch):
    """The environment's proxy is for the internet; keys for loopback do not go through it."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    with Host(TAKEN) as host:
        job = connect(host).submit(request())

        wait_until(lambda: job.vendor_id == "job-1")


class ListedLater:
    """A Chanjing whose answer to a submission is lost, and whose list shows the job late.

    Args:
        looks: So many lists are empty before.
        made: Whether the job was made.
        reset: Whether creating it ends in a broken connection, not in an error of the vendor's.
        detail: Its end.
        video: Further facts of the listed job.
    """

    def __init__(
        self,
        looks: int,
        *,
        made: bool = True,
        reset: bool = False,
        detail: object = None,
        **video: object,
    ) -> None:
        self.looks, self.made, self.video = looks, made, video
        self.answer = RESET if reset else says({"code": 50000, "msg": "System internal error"})
        self.detail = detail or {"status": 30, "msg": "no face"}
        self.created: list[float] = []

    def __call__(self, arrival) -> Reply:
        """Answer a request."""
        path = arrival.target.partition("?")[0].rpartition("/")[2]
        data = {
            "access_token": lambda: {"access_token": "t" * 40, "expire_in": 1},
            "create_upload_url": lambda: {
                "sign_url": f"http://{arrival.headers['host']}/put",
                "mime_type": "video/mp4",
                "file_id": "f",
            },
            "file_detail": lambda: {"status": 1},
            "list": self._list,
            "detail": lambda: self._video() | self.detail,
        }
        if path == "create":
            self.created.append(time.time())
            return self.answer
        if path == "put":
            return answer()
        return says({"code": 0, "msg": "success", "data": data[path]()})

    def _list(self) -> dict[str, object]:
        self.looks -= 1
        shown = [self._video(), "no job at all"] if self.made and self.looks < 0 else None
        return {"list": shown, "page_info": {"total_page": 1}}

    def _video(self) -> dict[str, object]:
        made = {"id": "v1", "status": 10, "create_time": int(self.created[0])}
        return made | self.video


class TakenMeanwhile(ListedLater):
    """A Chanjing that takes another job while the lost one is searched, and answers on a signal.

    Attributes:
        searched: To be set when the search is over.
    """

    def __init__(self) -> None:
        super().__init__(0, reset=True)
        self.searched, self._taken = threading.Event(), threading.Event()

    def __call__(self, arrival) -> Reply:
        """Answer a request."""
        reply = super().__call__(arrival)
        if arrival.target.endswith("/create") and len(self.created) > 1:
            self._taken.set()
            self.searched.wait(PATIENCE)
            return says({"code": 0, "msg": "success", "data": "v1"})
        return reply

    def _list(self) -> dict[str, object]:
        self._taken.wait(PATIENCE)
        return super()._list()


def chanjing(host: Host) -> ls.Chanjing:
    """Return a Chanjing at a host."""
    return ls.Chanjing("84042cb5", "10cd5091fe6042df", base_url=host.url)


def test_a_job_that_is_listed_late_is_found(connect_to, samples):
    """An internal error, and at first an empty list: no reason to think that it was not made."""
    with Host(ListedLater(2)) as host:
        job = connect_to(chanjing(host)).submit(
            ls.chanjing.LipSync(video=samples.clip, audio=samples.speech)
        )

        with pytest.raises(ls.JobFailed, match="no face"):
            job.result(PATIENCE)
        assert job.vendor_id == "v1"
        assert len([a for a in host.arrived if a.target.endswith("/create")]) == 1


def test_a_job_that_is_never_listed_may_be_made_nevertheless(connect_to, samples):
    """A list proves nothing; the error says what was looked at and when, and nothing is paid."""
    with Host(ListedLater(0, made=False)) as host:
        job = connect_to(chanjing(host)).submit(
            ls.chanjing.LipSync(video=samples.clip, audio=samples.speech)
        )

        for _ in range(2):  # each look replaces what the last one has said
            with pytest.raises(ls.SubmitUnknown, match=r"\d jobs in the vendor's list at 20\d\d-"):
                job.result(PATIENCE)
            assert str(job.error).count("the vendor's list") == 1
        assert len([a for a in host.arrived if a.target.endswith("/create")]) == 1


def test_a_listed_job_without_a_time_proves_nothing(connect_to, samples):
    """It may be the lost one, so the user decides."""
    with Host(ListedLater(0, create_time=None)) as host:
        job = connect_to(chanjing(host)).submit(
            ls.chanjing.LipSync(video=samples.clip, audio=samples.speech)
        )

        with pytest.raises(ls.SubmitUnknown):
            job.result(PATIENCE)


def test_what_its_user_attached_is_not_searched_any_further(connect_to, samples):
    """The list is still looked at when the user says which job it is; that stands."""
    with Host(ListedLater(9, made=False)) as host:
        client = connect_to(chanjing(host), backoff_scale=0.05)
        job = client.submit(ls.chanjing.LipSync(video=samples.clip, audio=samples.speech))
        wait_until(lambda: job.status is ls.JobStatus.unknown)

        job.attach("v1")

        with pytest.raises(ls.JobFailed, match="no face"):
            job.result(PATIENCE)
        assert job.vendor_id == "v1"


def test_what_its_user_attaches_meanwhile_is_followed(connect_to, samples):
    """Also where the list cannot tell whether the lost job was made."""
    with Host(ListedLater(9, made=False, reset=True)) as host:
        client = connect_to(chanjing(host), backoff_scale=0.05)
        job = client.submit(ls.chanjing.LipSync(video=samples.clip, audio=samples.speech))
        wait_until(lambda: job.status is ls.JobStatus.unknown)

        job.attach("v1")

        wait_until(lambda: job.status is ls.JobStatus.failed)
        assert "no face" in str(job.error)


def test_a_file_that_changed_since_it_was_submitted_is_not_sent(connect_to, samples, tmp_path):
    """As in a loop over one file's name: what is paid is what was asked for, or nothing."""
    sound = tmp_path / "again.wav"
    sound.write_bytes(samples.speech.read_bytes())
    with Host(says({"task_id": "t", "status": "pending"})) as host:
        client = connect_to(ls.Lingdong(KEY, base_url=host.url))
        wanted = ls.lingdong.Generate(source=samples.face, audio=sound)
        new = client.validator.record(wanted, client.vendors["lingdong"])
        client.records.reserve([new], reuse=False, allow=lambda *_: None)
        sound.write_bytes(samples.speech.read_bytes() + b"more")

        with pytest.raises(ls.JobFailed, match="a media file has changed since"):
            client.job(new.id).result(PATIENCE)

    assert posts(host) == 0


def test_closing_sends_nothing_more(connect):
    """Without a wait, only those under way are paid, and their ids are kept."""
    number = count(1)
    taken = lambda _: replace(says({"id": f"job-{next(number)}"}), pause=0.5)  # noqa: E731 - short
    with Host(taken) as host:
        client = connect(host)
        jobs = client.map([request(seed=n) for n in range(40)])
        wait_until(lambda: posts(host) > 0)
        client.close(wait=False)
        sent = posts(host)
        taken = [job for job in jobs if job.vendor_id]

    assert sent < len(jobs)
    assert len(taken) == sent
    assert not any(job.status is ls.JobStatus.unknown for job in jobs)


def test_ids_that_have_come_are_kept_when_the_client_closes(connect, tmp_path):
    """All answers arrive together, while another program keeps the ledger locked."""
    path = tmp_path / "jobs.sqlite"
    other = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    together = threading.Barrier(16, action=lambda: other.execute("BEGIN IMMEDIATE"))

    def taken(arrival):
        number = together.wait(PATIENCE) if arrival.method == "POST" else 0
        return says({"id": f"job-{number}", "status": "processing"})

    with Host(taken) as host:
        client = connect(host)
        client.map([request(seed=n) for n in range(together.parties)])
        wait_until(lambda: other.in_transaction)
        threading.Timer(1.0, other.rollback).start()
        client.close()

    other.close()
    with closing(Ledger(path)) as ledger:
        kept = {record.vendor_id for record in ledger.since(0)}
    assert kept == {f"job-{n}" for n in range(together.parties)}


def test_a_vendor_that_two_clients_share_stays_open(connect_to, tmp_path):
    """One client is closed while the other awaits the answer to a paid request."""
    with Host(replace(TAKEN, pause=1.0)) as host:
        vendor = ls.LipsyncStudio(KEY, base_url=host.url)
        other = connect_to(vendor, ledger=tmp_path / "other.sqlite")
        job = connect_to(vendor).submit(request())
        wait_until(lambda: posts(host) > 0)

        other.close()
        wait_until(lambda: job.status is not ls.JobStatus.submitting)

    assert job.vendor_id == "job-1"


def test_a_job_asked_for_while_its_client_closes_wakes_who_waits(connect):
    """Its task ends before its first step."""
    with Host(RESET) as host:
        client = connect(host)
        job = client.submit(request())
        job.exception(PATIENCE)
        waiter = client.records.waiter(job.id)

        async def asked_and_closed() -> None:
            client.engine.track(job.id)
            await client.engine.close()

        loop.run(asked_and_closed())

        assert waiter.result(PATIENCE) is None


def test_a_wish_to_cancel_outlives_a_refused_attempt(connect):
    """The vendor was busy, so the job waits in the queue, from which it is taken."""
    with Host(replace(says({"error": "busy"}, 429), pause=0.5)) as host:
        client = connect(host, backoff_scale=30)
        job = client.submit(request())
        wait_until(lambda: posts(host) > 0)

        job.cancel()

        assert job.status is ls.JobStatus.cancelled
        assert posts(host) == 1


def test_a_cancelled_wait_ends_where_nobody_drives_the_job(connect, tmp_path):
    """A job that was being sent when its kernel died, and whose vendor is not connected here."""
    with Host(TAKEN) as host:
        first = connect(host)
        new = first.validator.record(request(), first.vendors["lipsync_studio"])
        first.close()
    other = ls.Client([], ledger=tmp_path / "jobs.sqlite")
    other.ledger.reserve([replace(new, sent_at=1.0)], reuse=False, allow=lambda *_: None)

    with other, pytest.raises(ls.MissingCredentials, match="LIPSYNC_STUDIO_API_KEY"):
        other.job(new.id).cancel()


def test_a_job_that_is_being_taken_is_not_given_to_a_lost_one(connect_to, samples):
    """The list shows it before its own answer has come."""
    vendor = TakenMeanwhile()
    with Host(vendor) as host:
        client = connect_to(chanjing(host))
        lost = client.submit(ls.chanjing.LipSync(video=samples.clip, audio=samples.speech))
        wait_until(lambda: lost.status is ls.JobStatus.unknown)

        taken = client.submit(
            ls.chanjing.LipSync(video=samples.clip, audio=samples.speech, volume=50)
        )

        with pytest.raises(ls.SubmitUnknown):
            lost.result(PATIENCE)
        vendor.searched.set()
        wait_until(lambda: taken.vendor_id == "v1")
        assert lost.vendor_id is None


def test_a_result_much_longer_than_the_speech_is_anothers(connect_to, samples):
    """What was taken for the lost job while it ran is given back when it proves another."""
    done = {"status": 20, "duration": 60_000, "video_url": "http://127.0.0.1/v.mp4"}
    with Host(ListedLater(0, detail=done)) as host:
        job = connect_to(chanjing(host)).submit(
            ls.chanjing.LipSync(video=samples.clip, audio=samples.speech)
        )

        with pytest.raises(ls.SubmitUnknown, match="identified with the vendor's job v1"):
            job.result(PATIENCE)


def test_one_id_for_two_paid_jobs_is_noticed(connect):
    """One of them is not known: it is not followed as the other, and not sent again."""
    with Host(TAKEN) as host:
        client = connect(host)
        first, second = client.submit(request(seed=1)), None
        wait_until(lambda: first.vendor_id)
        second = client.submit(request(seed=2))

        with pytest.raises(ls.SubmitUnknown, match=f"the id job-1, which job {first.id} has"):
            second.result(PATIENCE)

    assert posts(host) == 2


class NamedInError:
    """A vendor that answers a submission with an error beside a job's id.

    Args:
        knows: Whether it knows the job when it is asked.
    """

    def __init__(self, *, knows: bool) -> None:
        self._knows = knows

    def __call__(self, arrival: Arrival) -> Reply:
        """Answer a request."""
        if arrival.method == "POST":
            return says({"error": "timeout", "id": "job-7"}, 500)
        if self._knows:
            return says({"status": "failed", "error": "no face"})
        return says({"error": "no such job"}, 404)


def test_a_job_that_an_error_names_is_followed(connect):
    """If the vendor knows it."""
    with Host(NamedInError(knows=True)) as host:
        job = connect(host).submit(request())

        with pytest.raises(ls.JobFailed, match="no face"):
            job.result(PATIENCE)

    assert job.vendor_id == "job-7"
    assert posts(host) == 1


def test_an_id_in_an_error_is_kept_before_the_vendor_is_asked(connect):
    """The kernel may end while the answer is awaited."""

    class Silent(NamedInError):
        def __call__(self, arrival: Arrival) -> Reply:
            return super().__call__(arrival) if arrival.method == "POST" else STALL

    with Host(Silent(knows=True)) as host:
        client = connect(host)
        job = client.submit(request())

        wait_until(lambda: job.status is ls.JobStatus.unknown)
        assert "names the job job-7" in str(client.ledger.get(job.id).error)


def test_a_job_that_an_error_names_is_noted(connect):
    """If the vendor does not know it; the user may find it on the vendor's website."""
    with Host(NamedInError(knows=False)) as host:
        job = connect(host).submit(request())

        with pytest.raises(ls.SubmitUnknown, match=r"timeout.* names the job job-7.*no such job"):
            job.result(PATIENCE)

    assert job.vendor_id is None
    assert posts(host) == 1
