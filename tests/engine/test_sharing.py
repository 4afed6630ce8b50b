"""Several kernels on one ledger: who follows a job, and who takes over."""

import os
import signal
import subprocess
import sys
import time
from contextlib import closing, contextmanager

from conftest import PATIENCE
from hosts import STALL, Host
from waiting import wait_until

import lipsync_nb as ls
from lipsync_nb.ledger import Ledger

NOWHERE = "http://127.0.0.1:9/"
"""An API that is not there."""

KERNEL = """
import sys, time
from pathlib import Path
import lipsync_nb as ls
from lipsync_nb.sandbox import Sandbox

home, ledger, results, face, speech = sys.argv[1:]
client = ls.Client.sandbox(Sandbox(Path(home)), ledger=ledger, results=results, poll=(0.05, 0.2))
job = client.submit(ls.lingdong.Generate(source=face, audio=speech))
while not job.vendor_id:
    time.sleep(0.01)
print(job.id, flush=True)
time.sleep(600)
"""


LAPTOP = """
import sys, time
import lipsync_nb as ls
from lipsync_nb.media import UploadHost

ledger, media_host, *media = sys.argv[1:]
vendor = ls.LipsyncStudio("no key", base_url=media_host)
client = ls.Client([vendor], ledger=ledger, media_host=UploadHost(media_host))
if media:
    face, speech = media
    client.submit(ls.lipsync_studio.LipSyncImage(image=face, audio=speech))
print("ready", flush=True)
time.sleep(600)
"""
ASLEEP = 17.0
"""Seconds, more than a lease has."""


@contextmanager
def laptop(*arguments):
    """Run a kernel, ready for its lid to be closed."""
    command = [sys.executable, "-c", LAPTOP, *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline().strip() == "ready"
        yield process
        process.kill()


@contextmanager
def kernel(sandbox, samples, tmp_path):
    """Run a kernel that submits a job; give it, and the job's id once the vendor has it."""
    files = (tmp_path / "jobs.sqlite", tmp_path / "videos", samples.face, samples.speech)
    command = [sys.executable, "-c", KERNEL, str(sandbox.home), *map(str, files)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process, process.stdout.readline().strip()
        process.kill()


def test_a_job_is_polled_by_one_kernel_only(connect, samples, sandbox, tmp_path):
    """A second client sees a job through without asking the vendor once."""
    mine = connect()
    mute = ls.Lingdong("no key", base_url=NOWHERE)
    with ls.Client([mute], ledger=tmp_path / "jobs.sqlite", poll=(0.01, 0.05)) as other:
        seen = []
        other.records.subscribe(seen.append)
        sandbox.faults("lingdong", "latency", step="poll", seconds=1.0)
        request = ls.lingdong.Generate(source=samples.face, audio=samples.speech)
        job = mine.submit(request)

        video = other.submit(request).result(PATIENCE)

    assert video == job.result(PATIENCE)
    assert not [record.error for record in seen if record.error]


def test_a_stopped_kernels_jobs_go_to_another_when_its_lease_lapses(
    connect, samples, sandbox, tmp_path
):
    """A kernel that gives no sign of life, though its process is there, loses its jobs."""
    sandbox.faults("lingdong", "latency", step="poll", seconds=2.0)
    with kernel(sandbox, samples, tmp_path) as (process, job_id):
        os.kill(process.pid, signal.SIGSTOP)
        client = connect()

        job = client.job(job_id)

        assert job.result(PATIENCE)
        assert job.record.owner == client.engine.id


def test_kernels_that_slept_leave_each_others_uploads_alone(samples, tmp_path):
    """After a suspend all leases have lapsed, but nobody has died."""
    path = tmp_path / "jobs.sqlite"
    with (
        Host(STALL) as host,
        laptop(path, host.url, samples.face, samples.speech) as busy,
        laptop(path, host.url) as idle,
    ):
        for signalled in (signal.SIGSTOP, signal.SIGCONT):
            for process in (idle, busy):
                os.kill(process.pid, signalled)
            time.sleep(ASLEEP if signalled == signal.SIGSTOP else 6)

        with closing(Ledger(path)) as ledger:
            [record] = ledger.since(0)

    assert record.status is ls.JobStatus.submitting
    assert record.error is None


def test_a_killed_kernels_download_is_finished_by_the_next(connect, samples, sandbox, tmp_path):
    """A download that broke off with its kernel goes on in the next one, and leaves nothing."""
    sandbox.faults("lingdong", "drip", bytes_per_s=5_000)
    videos = tmp_path / "videos"
    with kernel(sandbox, samples, tmp_path) as (_, job_id):
        wait_until(lambda: any(part.stat().st_size for part in videos.glob("*.part")))
    sandbox.clear_faults()

    video = connect().job(job_id).result(PATIENCE)

    assert video.duration_s > 1
    assert list(videos.iterdir()) == [video.path]


def test_a_new_client_says_what_a_dead_kernel_never_sent(connect, samples, sandbox):
    """A job that its kernel had not sent is failed, unpaid; running the cell again makes it."""
    sandbox.faults("lingdong", "latency", step="submit", seconds=0.1)
    before = sandbox.stats("lingdong")["paid"]
    client = connect()
    request = ls.lingdong.Generate(source=samples.face, audio=samples.speech)
    lost = client.submit(request)
    lost.result(PATIENCE)
    client.ledger.update(lost.id, unsent)
    client.close()

    again = connect()
    wait_until(lambda: again.job(lost.id).done())

    assert "nothing was paid" in str(again.job(lost.id).error)
    assert again.submit(request).result(PATIENCE)
    assert sandbox.stats("lingdong")["paid"] == before + 2


def unsent(job):
    """Return a job as it was before it was sent, by a kernel that is gone."""
    return type(job)(
        id=job.id,
        vendor=job.vendor,
        kind=job.kind,
        request=job.request,
        fingerprint=job.fingerprint,
        status=ls.JobStatus.submitting,
        created_at=job.created_at,
        owner="a kernel that is gone",
    )
