"""Jobs of which nobody can know what became of them, and what their user does about it."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import PATIENCE, POLL
from hosts import RESET, Arrival, Host, Reply, answer, says
from waiting import wait_until

import lipsync_nb as ls
from lipsync_nb.media import MediaHost
from lipsync_nb.vendors import VENDORS

MEDIA = {"image": "https://media.test/face.png", "audio": "https://media.test/speech.wav"}
MADE = says({"id": "job-1", "status": "processing"})
BAD_GATEWAY = answer(b"<html>", 502)
RUNNING = says({"status": "processing"})
FAILED = says({"status": "failed", "error": "no face"})
NO_JOB = says({"error": "Job not found"}, 404)

Connect = Callable[..., ls.Client]


class Studio:
    """The API of lipsync.studio, as a test wants it.

    Args:
        submitted: The answer to submissions.
        jobs: The answers to polls, by the vendor's id; all other jobs are not there.

    Attributes:
        polled: The ids that were asked for.
    """

    def __init__(self, submitted: Reply = MADE, **jobs: Reply) -> None:
        self.submitted = submitted
        self.jobs = {name.replace("_", "-"): reply for name, reply in jobs.items()}
        self.polled: list[str] = []

    def __call__(self, arrival: Arrival) -> Reply:
        """Answer a request."""
        if arrival.method == "POST":
            return self.submitted
        self.polled.append(arrival.target.rpartition("/")[2])
        return self.jobs.get(self.polled[-1], NO_JOB)


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Connect]:
    """Return a maker of clients of lipsync.studio at a host, which all share one ledger."""
    clients: list[ls.Client] = []

    def make(host: Host, **options: object) -> ls.Client:
        vendor = ls.LipsyncStudio("sk_0123456789abcdef", base_url=host.url)
        ours = {"ledger": tmp_path / "jobs.sqlite", "results": tmp_path / "videos", "poll": POLL}
        clients.append(ls.Client([vendor], **(ours | {"backoff_scale": 0.01, **options})))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def request(**fields: object) -> ls.lipsync_studio.LipSyncImage:
    """Return a request that needs no upload."""
    return ls.lipsync_studio.LipSyncImage(**{**MEDIA, **fields})


def posts(host: Host) -> int:
    """Return how many paid requests came."""
    return sum(arrival.method == "POST" for arrival in host.arrived)


def held(reply: Reply, until: threading.Event) -> Reply:
    """Return an answer that is sent when an event is set."""
    return replace(reply, pieces=lambda: [until.wait(PATIENCE), *reply.pieces()][1:])


def lost_job(client: ls.Client, **fields: object) -> ls.Job:
    """Return a job whose answer was lost."""
    job = client.submit(request(**fields))
    assert isinstance(job.exception(PATIENCE), ls.SubmitUnknown)
    return job


def running_job(client: ls.Client, **fields: object) -> ls.Job:
    """Return a job that the vendor has accepted."""
    job = client.submit(request(**fields))
    wait_until(lambda: job.status is ls.JobStatus.running)
    return job


def forgotten_job(client: ls.Client) -> ls.Job:
    """Return a job that its vendor denied until the deadline; asking again polls it again."""
    job = client.submit(request())
    wait_until(lambda: isinstance(job.exception(PATIENCE), ls.SubmitUnknown))
    return job


def test_a_job_that_its_vendor_forgot_is_lost(connect):
    """It keeps its id, names the remedies, and is not paid again by itself."""
    with Host(Studio()) as host:
        client = connect(host, deadline=1.0)
        job = forgotten_job(client)

        assert job.lost
        assert (job.status, job.vendor_id) == ("unknown", "job-1")
        with pytest.raises(ls.SubmitUnknown, match=r"Job not found.*attach.*resubmit.*abandon"):
            job.result(PATIENCE)
        assert client.submit(request()) == job
        assert posts(host) == 1


def test_a_job_that_is_denied_for_a_while_is_not_lost(connect):
    """The vendor may know it later, as long as its deadline has not passed."""
    studio = Studio()
    with Host(studio) as host:
        job = connect(host).submit(request())
        wait_until(lambda: len(studio.polled) > 3)
        assert not job.lost
        studio.jobs["job-1"] = FAILED

        with pytest.raises(ls.JobFailed, match="no face"):
            job.result(PATIENCE)


def test_a_forgotten_job_that_its_vendor_knows_again_is_followed(connect):
    """To ask for its result is to ask the vendor once more."""
    studio = Studio()
    with Host(studio) as host:
        job = forgotten_job(connect(host, deadline=1.0))
        studio.jobs["job-1"] = FAILED

        with pytest.raises(ls.JobFailed, match="no face"):
            job.result(PATIENCE)
        assert not job.lost


@pytest.mark.parametrize("forgotten", [True, False])
def test_a_lost_job_is_lost_in_the_next_kernel(connect, forgotten):
    """Whether its answer was lost, or its vendor forgot it."""
    with Host(Studio(MADE if forgotten else BAD_GATEWAY)) as host:
        with connect(host, deadline=1.0) as first:
            job_id = (forgotten_job if forgotten else lost_job)(first).id
        client = connect(host)
        job = client.job(job_id)

        assert client.ledger.get(job_id).lost
        assert isinstance(job.exception(PATIENCE), ls.SubmitUnknown)
        assert client.submit(request()) == job
        assert posts(host) == 1


def test_an_abandoned_job_has_ended(connect):
    """Its request is free again, and is paid again; the next kernel leaves it alone."""
    with Host(Studio(BAD_GATEWAY)) as host:
        with connect(host) as client:
            job = lost_job(client)
            job.abandon()
            job.abandon()

            assert (job.status, job.done(), job.lost) == ("abandoned", True, False)
            with pytest.raises(ls.JobAbandoned, match=r"job\.attach.*job\.resubmit"):
                job.result(PATIENCE)
            assert isinstance(job.exception(), ls.JobCancelled)
            assert client.submit(request()) != job
            wait_until(lambda: posts(host) == 2)
        assert connect(host).job(job.id).status is ls.JobStatus.abandoned


def test_an_abandoned_job_is_asked_for_no_more(connect):
    """Another job is polled on, and who waits for this one is told."""
    studio = Studio(job_1=RUNNING, job_2=RUNNING)
    with Host(studio) as host:
        client = connect(host)
        job = running_job(client)
        studio.submitted = says({"id": "job-2", "status": "processing"})
        errors: list[ls.LipSyncError | None] = []
        waiting = threading.Thread(target=lambda: errors.append(job.exception(PATIENCE)))
        waiting.start()

        job.abandon()

        waiting.join(PATIENCE)
        assert isinstance(errors[0], ls.JobAbandoned)
        running_job(client, seed=2)
        assert_polled_no_more(studio, "job-1", "job-2")
        assert job.vendor_id == "job-1"


def assert_polled_no_more(studio: Studio, one: str, other: str) -> None:
    """Assert that one job is not polled while another is."""
    before = studio.polled.count(one)
    now = studio.polled.count(other)
    wait_until(lambda: studio.polled.count(other) > now + 3)
    assert studio.polled.count(one) == before


def test_a_job_abandoned_in_another_kernel_is_asked_for_no_more(connect):
    """The kernel that polls it stops as soon as it sees the row."""
    studio = Studio(job_1=RUNNING, job_2=RUNNING)
    with Host(studio) as host:
        one, other = connect(host), connect(host)
        job = running_job(one)
        studio.submitted = says({"id": "job-2", "status": "processing"})

        other.job(job.id).abandon()

        assert isinstance(job.exception(PATIENCE), ls.JobAbandoned)
        running_job(one, seed=2)
        assert_polled_no_more(studio, "job-1", "job-2")


def test_a_job_whose_answer_is_awaited_is_abandoned_with_its_id(connect):
    """What the vendor calls it is not lost."""
    answering = threading.Event()
    with Host(Studio(held(MADE, answering))) as host:
        job = connect(host).submit(request())
        wait_until(lambda: posts(host) == 1)
        threading.Timer(0.2, answering.set).start()

        job.abandon()

        assert (job.status, job.vendor_id) == ("abandoned", "job-1")


def test_a_job_that_was_never_sent_is_cancelled_instead(connect):
    """Nothing was paid, so there is nothing to abandon."""
    with Host(says({"error": "slow down"}, 429, Retry_After=60)) as host:
        job = connect(host).submit(request())
        wait_until(lambda: "slow down" in str(job.error) and job.record.sent_at is None)

        with pytest.raises(ls.BadRequest, match=r"job\.cancel\(\)"):
            job.abandon()
        job.cancel()
        with pytest.raises(ls.BadRequest, match="has ended"):
            job.abandon()


class Anywhere(MediaHost):
    """Says that every file is somewhere."""

    async def publish(self, file):
        """Return a URL."""
        return f"https://media.test/{file.path.name}"


def test_an_abandoned_job_counts_in_the_budget(connect, samples):
    """The vendor may charge for it; ten credits each, so the third is over the budget."""
    heard = {"audio": samples.speech}
    with Host(Studio(job_1=RUNNING)) as host:
        client = connect(host, budget={"lipsync_studio": 25}, media_host=Anywhere())
        running_job(client, **heard).abandon()
        client.submit(request(**heard))

        with pytest.raises(ls.BudgetExceeded, match="20 of 25 credits"):
            client.submit(request(**heard, seed=2))


@pytest.mark.parametrize("forgotten", [True, False])
def test_a_lost_job_that_is_resubmitted_is_abandoned(connect, forgotten):
    """It has a successor, and its cost stays."""
    studio = Studio(MADE if forgotten else BAD_GATEWAY)
    with Host(studio) as host:
        client = connect(host, deadline=1.0)
        job = (forgotten_job if forgotten else lost_job)(client)
        studio.submitted = says({"id": "job-2", "status": "processing"})

        again = job.resubmit()

        assert job.status is ls.JobStatus.abandoned
        assert again.id in str(job.exception())
        assert job.resubmit() == again == client.submit(request())
        wait_until(lambda: again.vendor_id == "job-2")


def test_an_abandoned_job_can_be_attached(connect):
    """It is followed again, here and by whoever drives it."""
    studio = Studio(BAD_GATEWAY, found=FAILED)
    with Host(studio) as host:
        with connect(host) as first:
            job_id = lost_job(first).id
            first.job(job_id).abandon()
        job = connect(host).job(job_id)

        job.attach("found")

        with pytest.raises(ls.JobFailed, match="no face"):
            job.result(PATIENCE)


def test_what_was_never_sent_is_not_paid_beside_an_attached_job_of_the_same_request(
    connect, capsys
):
    """The job was abandoned, its request submitted again, and the kernel restarted before that."""
    studio = Studio(BAD_GATEWAY, found=RUNNING)
    with Host(studio) as host:
        with connect(host) as first:
            abandoned = lost_job(first)
            abandoned.abandon()
            studio.submitted = says({"error": "slow down"}, 429, Retry_After=60)
            again = first.submit(request())
            wait_until(lambda: "slow down" in str(again.error) and again.record.sent_at is None)
            first.close(wait=False)
        client = connect(host)
        client.job(abandoned.id).attach("found")
        studio.submitted, before = MADE, posts(host)

        assert client.resume(unsent=True) == []
        assert "1 request is not sent again: other jobs of the same" in capsys.readouterr().err
        assert client.job(again.id).resubmit().id == abandoned.id
        assert client.ledger.never_sent() == []
    assert posts(host) == before


def test_an_id_that_the_vendor_does_not_know_is_refused(connect):
    """The error names it, and nothing is written."""
    with Host(Studio(BAD_GATEWAY)) as host:
        client = connect(host)
        job = lost_job(client)
        before = client.ledger.get(job.id)

        with pytest.raises(ls.BadRequest, match=r"has no job 'job-9'.*Job not found"):
            job.attach("job-9")
        with pytest.raises(ls.BadRequest, match="empty"):
            job.attach("")
        assert client.ledger.get(job.id) == before


@pytest.mark.parametrize(
    ("reply", "error"), [(BAD_GATEWAY, ls.ServerError), (RESET, ls.Unreachable)], ids=["502", "cut"]
)
def test_a_vendor_that_does_not_answer_attaches_nothing(connect, reply, error):
    """The error says why, and nothing is written."""
    with Host(Studio(BAD_GATEWAY, job_1=reply)) as host:
        client = connect(host)
        job = lost_job(client)
        before = client.ledger.get(job.id)

        with pytest.raises(error):
            job.attach("job-1")
        assert client.ledger.get(job.id) == before


def test_the_id_of_another_job_is_refused(connect):
    """The error names that job."""
    studio = Studio(job_1=RUNNING)
    with Host(studio) as host:
        client = connect(host)
        known = running_job(client, seed=1)
        studio.submitted = BAD_GATEWAY
        lost = lost_job(client, seed=2)

        with pytest.raises(ls.BadRequest, match=f"job {known.id} has the vendor's id 'job-1'"):
            lost.attach("job-1")
        assert lost.lost


def test_a_mistyped_id_can_be_corrected(connect):
    """The other job's reports are no longer this one's, and it is asked for no more."""
    studio = Studio(BAD_GATEWAY, wrong=RUNNING, right=RUNNING)
    with Host(studio) as host:
        job = lost_job(connect(host))
        job.attach("wrong")
        wait_until(lambda: studio.polled.count("wrong") > 1)

        job.attach("right")
        assert job.vendor_id == "right"
        wait_until(lambda: studio.polled.count("right") > 1)
        assert_polled_no_more(studio, "wrong", "right")
        studio.jobs["right"] = FAILED

        with pytest.raises(ls.JobFailed, match="no face"):
            job.result(PATIENCE)
        with pytest.raises(ls.BadRequest, match="has ended"):
            job.attach("right")


def test_an_id_corrected_in_another_kernel_is_polled(connect):
    """The kernel that polls the wrong one stops, and polls the right one."""
    studio = Studio(BAD_GATEWAY, wrong=RUNNING, right=FAILED)
    with Host(studio) as host:
        one, other = connect(host), connect(host)
        job = lost_job(one)
        job.attach("wrong")
        studio.jobs["right"] = RUNNING

        other.job(job.id).attach("right")

        wait_until(lambda: studio.polled.count("right") > 2)
        assert_polled_no_more(studio, "wrong", "right")
        studio.jobs["right"] = FAILED
        wait_until(lambda: job.status is ls.JobStatus.failed)


def test_a_job_that_is_being_submitted_is_not_attached(connect):
    """The vendor's own answer is awaited, which may name another id."""
    answering = threading.Event()
    with Host(Studio(held(MADE, answering), other=RUNNING)) as host:
        job = connect(host).submit(request())
        wait_until(lambda: posts(host) == 1)

        with pytest.raises(ls.BadRequest, match="is being submitted"):
            job.attach("other")
        answering.set()
        wait_until(lambda: job.vendor_id == "job-1")


@pytest.mark.parametrize("vendor", VENDORS.values(), ids=VENDORS)
def test_404_denies_a_job_at_every_vendor(vendor):
    """Whatever the vendor's own codes are; a refused key or a failed server denies nothing."""
    keys = dict.fromkeys(vendor.variables, "key_0123456789")
    connected = vendor(base_url="http://127.0.0.1:9", **keys)

    assert connected.denies(ls.VendorError("HTTP 404", code=404))
    assert not connected.denies(ls.Unauthorized("HTTP 401", code=401))
    assert not connected.denies(ls.ServerError("HTTP 500", code=500))
    assert not connected.denies(ls.Unreachable("no answer"))
