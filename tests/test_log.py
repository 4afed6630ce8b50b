"""What is logged of jobs: each change once, at INFO, and at WARNING what needs a look."""

import logging
import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Samples
from hosts import Arrival, Host, Reply, says
from waiting import wait_until

import lipsync_nb as ls
from lipsync_nb.sandbox import Sandbox

IMAGE = {"image": "https://media.test/f.png", "audio": "https://media.test/a.wav"}


def logged(caplog: pytest.LogCaptureFixture, job: ls.Job, level: int = logging.INFO) -> list[str]:
    """Return what was logged of a job at a level, without times, sizes and ids."""
    begin = f"job {job.id} {job.vendor} {job.kind}: "
    texts = [
        record.getMessage()
        for record in caplog.records
        if record.name == "lipsync_nb" and record.levelno == level
    ]
    found = [text.removeprefix(begin) for text in texts if text.startswith(begin)]
    return [re.sub(r"[\d.]+ |is \S+$", "# ", text).strip() for text in found]


def test_each_change_is_logged_once(
    connect: Callable[..., ls.Client],
    sandbox: Sandbox,
    samples: Samples,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """By the client that drives the job; another client of the ledger logs it at DEBUG."""
    caplog.set_level(logging.DEBUG, "lipsync_nb")
    sandbox.configure(pace=0.5)
    client, other = connect(), connect()
    request = ls.lingdong.Generate(source=samples.face, audio=samples.speech)
    try:
        job = client.submit(request)
        job.result()
        wait_until(lambda: other.job(job.id).done())
    finally:
        sandbox.configure(pace=0)

    assert logged(caplog, job) == [
        "submitting",
        "submitting -> queued (after # s), the vendor's id #",
        "queued -> running (after # s)",
        "running -> succeeded (after # s)",
        "downloaded # MB in # s",
    ]
    assert any("-> succeeded" in text for text in logged(caplog, job, logging.DEBUG))
    assert logged(caplog, job, logging.WARNING) == []


def test_a_lost_answer_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The job may have been paid, so that somebody must look."""
    caplog.set_level(logging.INFO, "lipsync_nb")

    def silent(arrival: Arrival) -> Reply:
        return says({"error": "busy"}, status=500) if arrival.method == "POST" else says({})

    with Host(silent) as host, client_of(host, tmp_path) as client:
        job = client.submit(ls.lipsync_studio.LipSyncImage(**IMAGE))
        assert isinstance(job.exception(), ls.SubmitUnknown)

    [warning] = logged(caplog, job, logging.WARNING)
    assert warning.startswith("submitting -> unknown")
    assert "the answer to it was lost, so it may have been paid" in warning
    assert warning.endswith("see job.lost")


def test_a_forgotten_job_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """After one that says that the deadline has passed."""
    caplog.set_level(logging.INFO, "lipsync_nb")

    def forgets(arrival: Arrival) -> Reply:
        if arrival.method == "POST":
            return says({"id": "job-1", "status": "processing"})
        return says({"error": "no such job"}, status=404)

    with Host(forgets) as host, client_of(host, tmp_path, deadline=1.0) as client:
        job = client.submit(ls.lipsync_studio.LipSyncImage(**IMAGE))
        job.exception()

    late, forgotten = logged(caplog, job, logging.WARNING)
    assert late == "not done after # s of polling"
    assert "the vendor has forgotten it, so it may have been paid" in forgotten


def client_of(host: Host, folder: Path, **options: float) -> ls.Client:
    """Return a client of lipsync.studio at a host."""
    studio = ls.LipsyncStudio("secret-key", base_url=host.url)
    paths = {"ledger": folder / "jobs.sqlite", "results": folder}
    return ls.Client([studio], poll=(0.05, 0.1), backoff_scale=0.01, **paths, **options)


def test_no_secret_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Not even if the vendor sends the key back in its reason."""
    caplog.set_level(logging.DEBUG)

    def echoes(arrival: Arrival) -> Reply:
        if arrival.method == "POST":
            return says({"id": "job-1", "status": "processing"})
        return says({"id": "job-1", "status": "failed", "error": "secret-key is empty\nnext line"})

    with Host(echoes) as host, client_of(host, tmp_path) as client:
        job = client.submit(ls.lipsync_studio.LipSyncImage(**IMAGE))
        job.exception()

    *_, failed = logged(caplog, job)
    assert "-> failed" in failed
    assert failed.endswith("is empty next line")
    assert "secret-key" not in caplog.text


def test_without_a_handler_nothing_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    """As it is usual for a library."""
    thread = threading.Thread(target=lambda: logging.getLogger("lipsync_nb").error("text"))
    handlers = logging.getLogger().handlers[:]
    logging.getLogger().handlers.clear()
    try:
        thread.start()
        thread.join()
    finally:
        logging.getLogger().handlers[:] = handlers

    assert capsys.readouterr().err == ""
