"""A job belongs to the account that made it: only that one polls it, takes it over, cancels it."""

import sqlite3
import time
from contextlib import closing
from dataclasses import replace

import pytest
from conftest import PATIENCE, POLL
from hosts import Host, says
from waiting import wait_until

import lipsync_nb as ls

KEYS = ("sk_the_first_key_of_all", "sk_another_key_by_far")
MP4 = "https://x.test/made.mp4"
WANTED = {"image": "https://x.test/face.png", "audio": "https://x.test/speech.wav"}


class Studio(Host):
    """Lipsync.studio, for two accounts, each of which knows its own jobs alone."""

    def __init__(self) -> None:
        self.status = "processing"
        self.same = False
        self.owners: dict[str, str] = {}
        super().__init__(self.reply)

    def reply(self, arrival):
        """Take a job, or tell its state to its owner."""
        key = arrival.headers["authorization"].removeprefix("Bearer ")
        if arrival.method == "POST":
            job = f"job-{len(self.owners) + 1}"
            self.owners[job] = key
            return says({"id": job, "status": "processing"})
        job = arrival.target.rpartition("/")[2]
        if self.owners.get(job) != key and not self.same:
            return says({"error": "no such job"}, 404)
        return says({"id": job, "status": self.status, "error": "no face"})

    def asked(self, key):
        """Return how often a key asked for a job."""
        polls = [arrival for arrival in list(self.arrived) if arrival.method == "GET"]
        return sum(arrival.headers["authorization"] == f"Bearer {key}" for arrival in polls)


@pytest.fixture
def studio():
    """The vendor."""
    with Studio() as studio:
        yield studio


@pytest.fixture
def connect(studio, tmp_path):
    """Return a maker of clients with one key, which all share one ledger."""
    clients = []

    def make(key, url=None, **options):
        vendor = ls.LipsyncStudio(key, base_url=url or studio.url)
        places = {"ledger": tmp_path / "jobs.sqlite", "results": tmp_path}
        clients.append(ls.Client([vendor], **{**places, "poll": POLL, **options}))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def request(**fields):
    """Return a request that needs no upload."""
    return ls.lipsync_studio.LipSyncImage(**WANTED, **fields)


def left_behind(connect):
    """Return the id of a job that the first account made, in a kernel that has ended."""
    with connect(KEYS[0]) as client:
        job = client.submit(request())
        wait_until(lambda: job.vendor_id)
        return job.id


def test_another_account_leaves_a_job_alone(studio, connect):
    """It is not polled, not taken over, and not cancelled; what to do is said."""
    job_id = left_behind(connect)
    other = connect(KEYS[1])
    job = other.job(job_id)

    for asked in (lambda: job.result(PATIENCE), job.cancel):
        with pytest.raises(ls.MissingCredentials, match=r"another account.*same_account=True"):
            asked()
    assert other.resume() == []
    assert studio.asked(KEYS[1]) == 0
    assert job.status is ls.JobStatus.queued or job.status is ls.JobStatus.running


def test_the_same_request_is_not_paid_by_another_account(studio, connect):
    """Unless it is to be made anew."""
    job_id = left_behind(connect)
    other = connect(KEYS[1])

    assert other.submit(request()).id == job_id
    assert len(studio.owners) == 1
    assert other.submit(request(), fresh=True).id != job_id


def test_the_same_account_takes_a_job_over_at_any_address(studio, connect):
    """As when the vendor moves to another host."""
    job_id = left_behind(connect)
    studio.status = "failed"

    job = connect(KEYS[0], f"{studio.url}/v2").job(job_id)

    with pytest.raises(ls.JobFailed, match="no face"):
        job.result(PATIENCE)


def test_a_request_that_this_version_would_refuse_is_asked_for(studio, connect, tmp_path):
    """An older version may have sent it, and paid for it."""
    job_id = left_behind(connect)
    with closing(sqlite3.connect(tmp_path / "jobs.sqlite")) as db, db:
        db.execute("""UPDATE jobs SET request = '{"no_longer_a_field": 1}'""")
    studio.status = "failed"

    with pytest.raises(ls.JobFailed, match="no face"):
        connect(KEYS[0]).job(job_id).result(PATIENCE)


def test_a_renewed_key_is_confirmed(studio, connect):
    """Then the jobs of the key before are its own, in later kernels too."""
    job_id = left_behind(connect)
    studio.same = True
    client = connect(KEYS[1])
    client.connect(ls.LipsyncStudio(KEYS[1], base_url=studio.url), same_account=True)
    wait_until(lambda: studio.asked(KEYS[1]))
    client.close()
    studio.status = "failed"

    with pytest.raises(ls.JobFailed, match="no face"):
        connect(KEYS[1]).job(job_id).result(PATIENCE)


def test_a_renewed_key_goes_on_with_what_is_polled_already(studio, connect):
    """The next poll has the new key."""
    client = connect(KEYS[0])
    job = client.submit(request())
    wait_until(lambda: studio.asked(KEYS[0]))
    studio.same, studio.status = True, "failed"

    client.connect(ls.LipsyncStudio(KEYS[1], base_url=studio.url), same_account=True)

    with pytest.raises(ls.JobFailed):
        job.result(PATIENCE)


def test_after_a_change_of_account_each_polls_its_own(studio, connect):
    """In one client, with one ledger."""
    client = connect(KEYS[0])
    first = client.submit(request())
    wait_until(lambda: first.vendor_id)
    client.connect(ls.LipsyncStudio(KEYS[1], base_url=studio.url))
    second = client.submit(request(seed=2))
    wait_until(lambda: studio.asked(KEYS[1]))
    studio.status = "failed"

    assert "no face" in str(first.exception(PATIENCE))
    assert "no face" in str(second.exception(PATIENCE))
    assert studio.owners == {first.vendor_id: KEYS[0], second.vendor_id: KEYS[1]}


def test_the_ledger_keeps_a_hash_of_the_account(connect, tmp_path):
    """From the moment when the paid call is sent; the key is not in it."""
    left_behind(connect)
    with closing(sqlite3.connect(tmp_path / "jobs.sqlite")) as db:
        [(account,)] = db.execute("SELECT account FROM jobs")

    assert account == ls.LipsyncStudio(KEYS[0]).account
    assert account != ls.LipsyncStudio(KEYS[1]).account
    assert not any(key.encode() in (tmp_path / "jobs.sqlite").read_bytes() for key in KEYS)


def test_what_was_refused_belongs_to_nobody(connect):
    """Any account may submit it, as nothing was made."""
    with Host(says({"error": "busy"}, 422)) as host:
        client = connect(KEYS[0], host.url)
        job = client.submit(request())
        assert isinstance(job.exception(PATIENCE), ls.JobFailed)

    assert job.record.account is None


def test_an_account_is_its_id_where_the_vendor_gives_one():
    """Its secret may be renewed, and its address changed, without a word."""
    for vendor in (ls.Chanjing, ls.Xingyun):
        secret = next(name for name in vendor.variables if name not in vendor.identifiers)
        one, renewed, other = (
            vendor(**{"app_id": app, secret: key, "base_url": url})
            for app, key, url in (
                ("app-1", "secret-1", "https://one.test"),
                ("app-1", "secret-2", "https://two.test"),
                ("app-2", "secret-1", "https://one.test"),
            )
        )
        assert one.account == renewed.account != other.account


def test_a_waiting_job_says_whose_it_is(connect):
    """In the table of a later kernel, before anybody asks for it."""
    job_id = left_behind(connect)
    client = connect(KEYS[1])

    assert "another account" in client.jobs.set_index("id")["error"][job_id]
    assert not client.job(job_id).status.terminal


def test_a_key_that_another_kernel_renewed_is_taken_up_there(studio, connect):
    """Though the kernel with the old key is alive, and was polling."""
    old = connect(KEYS[0])
    job = old.submit(request())
    wait_until(lambda: studio.asked(KEYS[0]))
    new = connect(KEYS[1])
    new.connect(ls.LipsyncStudio(KEYS[1], base_url=studio.url), same_account=True)
    studio.same, studio.status = True, "failed"

    assert "no face" in str(new.job(job.id).exception(PATIENCE))
    assert "no face" in str(job.exception(PATIENCE))


def test_a_job_whose_account_went_to_another_kernel_is_let_go(studio, connect):
    """The living kernel that cannot drive it any more leaves it to the one that can."""
    old = connect(KEYS[0], deadline=1.0)
    job = old.submit(request())
    assert isinstance(job.exception(PATIENCE), ls.JobTimeout)
    new = connect(KEYS[1])
    new.connect(ls.LipsyncStudio(KEYS[1], base_url=studio.url), same_account=True)
    studio.same, studio.status = True, "failed"
    wait_until(lambda: old.job(job.id).record.account == new.vendors["lipsync_studio"].account)

    with pytest.raises(ls.MissingCredentials, match="another account"):
        job.result(PATIENCE)
    old.close()
    assert "no face" in str(new.job(job.id).exception(PATIENCE))


def test_a_finished_job_stays_with_its_account(connect, tmp_path):
    """Another one does not take it over to fetch its video, deleted since."""
    client = connect(KEYS[0])
    job = client.submit(request())
    wait_until(lambda: job.vendor_id)
    other = connect(KEYS[1])
    done = {"status": ls.JobStatus.succeeded, "path": str(tmp_path / "gone.mp4")}
    client.ledger.update(job.id, lambda record: replace(record, **done))

    with pytest.raises(ls.MissingCredentials, match="another account"):
        other.job(job.id).result(PATIENCE)
    assert other.ledger.get(job.id).owner == client.engine.id


def test_asking_for_a_job_does_not_poll_an_overdue_one(studio, connect):
    """Only `Job.result` does; a comparison asks for many."""
    client = connect(KEYS[0], deadline=0.5)
    job = client.submit(request())
    assert isinstance(job.exception(PATIENCE), ls.JobTimeout)
    before = studio.asked(KEYS[0])

    client.job(job.id)
    time.sleep(0.5)

    assert studio.asked(KEYS[0]) == before
