"""The client and its jobs, from a request to a video, on the sandbox."""

import asyncio
import gc
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pandas as pd
import pytest
from conftest import PATIENCE, POLL
from faces import no_face
from vendors.cases import CASES
from waiting import wait_until

import lipsync_nb as ls
from lipsync_nb import event_loop as loop
from lipsync_nb.errors import LedgerError
from lipsync_nb.http.local_server import HEADER_SECONDS
from lipsync_nb.sandbox import Sandbox
from lipsync_nb.vendors import VENDORS


def generate(samples, **changes):
    """Return Lingdong's request for the samples."""
    return ls.lingdong.Generate(**{"source": samples.face, "audio": samples.speech} | changes)


def every_vendor(samples):
    """Return one request per vendor."""
    return [case.one(samples) for case in CASES.values()]


def paid(sandbox, vendor="lingdong"):
    """Return how many paid submissions the sandbox has taken from a vendor's clients."""
    return sandbox.stats(vendor)["paid"]


def test_all_vendors_make_a_video(client, samples):
    """One job per vendor: each ends with a video here, and a row in the ledger."""
    jobs = client.map(every_vendor(samples))

    videos = client.gather(jobs)

    assert all(video.path.stat().st_size > 5000 for video in videos)
    assert all(abs(video.duration_s - videos[0].duration_s) < 1.5 for video in videos)
    assert list(client.jobs["status"]) == ["succeeded"] * len(CASES)
    assert {job.progress for job in jobs} == {1.0}


def test_submitting_returns_at_once_and_the_row_is_there(client, samples, sandbox):
    """The ledger has the job before anything was sent: what sends is held up here."""
    before, release = paid(sandbox), threading.Event()
    loop.call(release.wait, PATIENCE)
    turn = loop.spawn(asyncio.sleep(0))

    job = client.submit(generate(samples))
    seen = (client.ledger.get(job.id).status, paid(sandbox) - before, turn.done())
    release.set()

    assert seen == ("submitting", 0, False)
    job.result(PATIENCE)


def test_a_job_can_be_awaited(client, samples):
    """``await job`` gives the video, and the loop goes on meanwhile."""

    async def cell():
        job, ticks = client.submit(generate(samples, type="image")), 0
        waiting = asyncio.ensure_future(wait(job))
        while not waiting.done():
            ticks += 1
            await asyncio.sleep(0.01)
        return await waiting, ticks

    async def wait(job):
        return await job

    video, ticks = asyncio.run(cell())

    assert video.path.exists()
    assert ticks > 3


def test_a_job_can_be_waited_for_inside_a_running_loop(client, samples):
    """A blocking call in a cell of a notebook, whose loop runs, gives the video too."""

    async def cell():
        return client.submit(generate(samples, type="image")).result(PATIENCE)

    assert asyncio.run(cell()).path.exists()


def test_jobs_can_be_waited_for_in_threads(client, samples):
    """Several threads may wait for one job."""
    job = client.submit(generate(samples))

    with ThreadPoolExecutor(4) as pool:
        videos = list(pool.map(lambda _: job.result(PATIENCE), range(4)))

    assert len({video.path for video in videos}) == 1


def test_jobs_come_in_the_order_of_their_end(client, samples, sandbox):
    """``as_completed`` yields a failed job before a slow one, in ``for`` and ``async for``."""
    sandbox.faults("yunai", "stuck")
    sandbox.faults("lingdong", "failed", reason="no such luck")
    slow = client.submit(ls.yunai.AvatarVideo(avatar=samples.face, audio=samples.speech))
    quick = client.submit(generate(samples))

    async def first():
        return await anext(aiter(ls.as_completed([slow, quick])))

    assert next(iter(ls.as_completed([slow, quick]))).id == quick.id
    assert asyncio.run(first()).id == quick.id


def test_gather_can_skip_what_failed(client, samples, sandbox):
    """With ``errors="skip"`` only the videos there are come back."""
    sandbox.faults("lingdong", "failed")
    jobs = client.map([generate(samples), every_vendor(samples)[2]])

    assert len(client.gather(jobs, errors="skip")) == 1


def test_the_same_request_is_paid_once(client, samples, sandbox):
    """A cell that is run again gets the job it had, running or finished."""
    before = paid(sandbox)
    first = client.submit(generate(samples))
    again = client.submit(generate(samples))
    first.result(PATIENCE)
    later = client.submit(generate(samples))

    assert first.id == again.id == later.id
    assert paid(sandbox) == before + 1


def test_the_same_content_is_the_same_request(client, samples, tmp_path):
    """Media count by their content: a copy, or its bytes, make the same job."""
    copy = tmp_path / "copy.png"
    copy.write_bytes(samples.face.read_bytes())
    job = client.submit(generate(samples))

    assert client.submit(generate(samples, source=copy)).id == job.id
    assert client.submit(generate(samples, source=copy.read_bytes())).id == job.id
    job.result(PATIENCE)


def test_fresh_pays_again(client, samples, sandbox):
    """``fresh=True`` makes it again."""
    before = paid(sandbox)
    jobs = [client.submit(generate(samples)), client.submit(generate(samples), fresh=True)]
    client.gather(jobs)

    assert paid(sandbox) == before + 2


def test_a_failed_job_is_not_reused(client, samples, sandbox):
    """After a failure, running the cell again tries again."""
    sandbox.faults("lingdong", "failed")
    failed = client.submit(generate(samples))
    failed.exception(PATIENCE)

    assert client.submit(generate(samples)).result(PATIENCE)


def test_a_failure_is_reported_with_the_vendors_reason(client, samples, tmp_path):
    """A picture without a face fails at every vendor, each in its own way, with a reason."""
    nobody = no_face(tmp_path / "nobody.png")
    jobs = client.map(
        [
            generate(samples, source=nobody),
            ls.yunai.AvatarVideo(avatar=nobody, audio=samples.speech),
            ls.lipsync_studio.LipSyncImage(image=nobody, audio=samples.speech),
            ls.chanjing.LipSync(video=ls.still_video(nobody, 1), audio=samples.speech),
        ]
    )

    errors = [job.exception(PATIENCE) for job in jobs]

    assert all(isinstance(error, ls.JobFailed) for error in errors)
    assert all(error.job.id == job.id for error, job in zip(errors, jobs, strict=True))
    assert all(job.error is not None and str(job.error) in str(job.exception()) for job in jobs)


def test_a_timeout_leaves_the_job_going(client, samples, sandbox):
    """``result(timeout)`` gives up waiting, not the job."""
    sandbox.faults("lingdong", "latency", step="poll", seconds=1.0)
    job = client.submit(generate(samples))

    with pytest.raises(ls.JobTimeout) as caught:
        job.result(0.01)

    assert caught.value.job is job
    assert job.result(PATIENCE)


def test_a_deadline_ends_the_polling_until_somebody_asks(connect, samples, sandbox):
    """A job past its deadline is not failed; asking again takes it up again."""
    client = connect(deadline=0.5)
    sandbox.faults("lingdong", "unknown_status", times=1000)
    job = client.submit(generate(samples))

    with pytest.raises(ls.JobTimeout, match=r"not done after 0\.5 s of polling"):
        job.result()
    assert job.status is ls.JobStatus.unknown
    assert not job.lost
    assert "job.result() polls it again" in str(job.error)
    sandbox.clear_faults()

    assert wait_until(lambda: job.exception() is None)


def test_a_word_no_page_lists_is_shown_as_it_is(client, samples, sandbox):
    """An unknown status is neither success nor failure, and its word can be read."""
    sandbox.faults("lingdong", "unknown_status", word="meditating", times=1000)
    job = client.submit(generate(samples))

    assert wait_until(lambda: job.vendor_status == "meditating")
    sandbox.clear_faults()
    assert job.result(PATIENCE)


def test_a_running_job_is_cancelled_at_the_vendor(client, samples, sandbox):
    """Where the vendor can cancel, a job ends cancelled."""
    sandbox.faults("xingyun", "stuck")
    job = client.submit(every_vendor(samples)[3])
    wait_until(lambda: job.vendor_id is not None)

    job.cancel()

    with pytest.raises(ls.JobCancelled):
        job.result(PATIENCE)


def test_a_job_that_cannot_be_cancelled_says_so(client, samples, sandbox):
    """A vendor without cancelling refuses, and the job goes on."""
    sandbox.faults("lingdong", "unknown_status", times=1000)
    job = client.submit(generate(samples))
    wait_until(lambda: job.vendor_id is not None)

    with pytest.raises(ls.Unsupported, match="Lingdong"):
        job.cancel()
    sandbox.clear_faults()
    assert job.result(PATIENCE)


def test_a_job_is_cancelled_before_it_is_sent(client, samples, sandbox):
    """A job whose upload is under way is cancelled here, and nothing is paid."""
    sandbox.faults("chanjing", "latency", step="upload", seconds=5.0)
    before = paid(sandbox, "chanjing")
    job = client.submit(every_vendor(samples)[4])
    time.sleep(0.2)

    job.cancel()

    assert job.status is ls.JobStatus.cancelled
    with pytest.raises(ls.JobCancelled):
        job.result(PATIENCE)
    assert paid(sandbox, "chanjing") == before


def test_a_lost_answer_makes_the_job_unknown_and_is_never_resent(client, samples, sandbox):
    """A reset after the work was done: one paid submission, and the user decides."""
    sandbox.faults("lingdong", "reset_after", step="submit")
    before = paid(sandbox)
    job = client.submit(generate(samples))

    with pytest.raises(ls.SubmitUnknown, match="resubmit") as caught:
        job.result(PATIENCE)

    assert caught.value.job.id == job.id
    assert client.submit(generate(samples)).id == job.id
    assert paid(sandbox) == before + 1


def test_a_lost_job_is_attached(client, samples, sandbox):
    """With the vendor's id, an unknown job is followed to its video."""
    sandbox.faults("lingdong", "reset_after", step="submit")
    lost = client.submit(generate(samples))
    lost.exception(PATIENCE)

    lost.attach(sandbox.jobs("lingdong")[-1]["id"])

    assert lost.result(PATIENCE)
    with pytest.raises(ls.BadRequest, match="has ended"):
        lost.attach(lost.vendor_id)


def test_a_lost_job_is_resubmitted_by_explicit_call(client, samples, sandbox):
    """``resubmit`` makes a new job of the same request, and abandons the old one."""
    sandbox.faults("lingdong", "reset_before", step="submit")
    lost = client.submit(generate(samples))
    lost.exception(PATIENCE)

    again = lost.resubmit()

    assert again.id != lost.id
    assert again.result(PATIENCE)
    assert lost.status is ls.JobStatus.abandoned
    assert lost.record.successor == again.id
    assert client.submit(generate(samples)).id == again.id


def test_a_job_under_way_is_not_resubmitted(client, samples):
    """Only what is unknown, failed or cancelled can be submitted again."""
    job = client.submit(generate(samples))

    with pytest.raises(ls.BadRequest, match="can be resubmitted"):
        job.resubmit()
    job.result(PATIENCE)


def test_a_lost_chanjing_job_is_found_in_the_vendors_list(samples, tmp_path):
    """Where the vendor lists its jobs, a lost one finds itself and is not paid again.

    It has an account of its own: a job of another test that has no length, as it failed, could be
    the lost one for ever.
    """
    ours = {"ledger": tmp_path / "jobs.sqlite", "results": tmp_path / "videos", "poll": POLL}
    with Sandbox(pace=0, rates=False) as sandbox, ls.Client.sandbox(sandbox, **ours) as client:
        sandbox.faults("chanjing", "reset_after", step="submit")
        job = client.submit(ls.chanjing.LipSync(video=samples.clip, audio=samples.speech))

        assert job.result(PATIENCE)
        assert paid(sandbox, "chanjing") == 1


def test_a_new_client_takes_up_what_the_last_one_left(connect, samples, sandbox):
    """A closed client's jobs are followed by the next one on the same ledger."""
    first = connect()
    sandbox.faults("lingdong", "latency", step="poll", seconds=1.0)
    job = first.submit(generate(samples))
    wait_until(lambda: job.vendor_id is not None)
    first.close()

    second = connect()

    assert second.job(job.id).result(PATIENCE)


def test_two_clients_see_each_others_jobs(connect, samples):
    """A job of one client can be waited for in another, and is polled by one of them."""
    one, other = connect(), connect()
    job = one.submit(generate(samples))

    same = other.submit(generate(samples))

    assert same.id == job.id
    assert same.result(PATIENCE).path == job.result(PATIENCE).path
    assert other.jobs.loc[0, "status"] == "succeeded"


def test_simultaneous_submissions_of_two_clients_make_one_paid_job(connect, samples, sandbox):
    """Two kernels that submit the same at the same moment pay once."""
    clients, before, start = [connect(), connect()], paid(sandbox), threading.Barrier(2)

    def kernel(client):
        start.wait()
        return client.submit(generate(samples))

    with ThreadPoolExecutor(2) as pool:
        jobs = list(pool.map(kernel, clients))
    videos = [job.result(PATIENCE) for job in jobs]

    assert jobs[0].id == jobs[1].id
    assert videos[0] == videos[1]
    assert paid(sandbox) == before + 1


def test_a_video_that_was_deleted_is_fetched_again(client, samples):
    """If the file is gone, ``result`` brings it back, without paying."""
    job = client.submit(generate(samples))
    job.result(PATIENCE).path.unlink()

    assert job.result(PATIENCE).path.exists()


def test_a_copy_of_the_video_goes_where_it_is_wanted(client, samples, tmp_path):
    """``download`` waits, and puts a copy in a file or a folder."""
    job = client.submit(generate(samples))

    copy = job.download(tmp_path / "mine.mp4", timeout=PATIENCE)

    assert copy.path.read_bytes() == job.video.path.read_bytes()
    copy = job.download(tmp_path / "new" / "mine.mp4")
    with pytest.raises(ls.BadRequest, match=r"mine\.mp4"):
        job.download(copy.path / "mine.mp4")


@pytest.mark.parametrize(
    "where", ["new/", "new/er/", Path("new"), "v1.5/", "old", "old/", "file", "old.mp4/"]
)
def test_a_copy_goes_into_a_folder_which_is_made(client, samples, tmp_path, monkeypatch, where):
    """If its path ends with a slash, or its name has no ending."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old").mkdir()
    (tmp_path / "file").touch()
    job = client.submit(generate(samples))

    copy = job.download(where, timeout=PATIENCE)

    folder = Path(where)
    target = folder if where == "file" else folder / job.video.path.name
    assert copy.path == target
    assert target.read_bytes() == job.video.path.read_bytes()


def test_a_folder_that_cannot_be_made_is_named(client, samples, tmp_path):
    """A file is in its way."""
    (tmp_path / "file").touch()
    job = client.submit(generate(samples))
    job.result(PATIENCE)

    with pytest.raises(ls.BadRequest, match="file/"):
        job.download(f"{tmp_path}/file/")


def test_a_budget_refuses_before_anything_is_sent(connect, samples, sandbox):
    """What would go over the budget is refused, with the figures."""
    client = connect(budget={"lipsync_studio": 15})
    request = every_vendor(samples)[2]
    client.submit(request).result(PATIENCE)
    before = paid(sandbox, "lipsync_studio")

    with pytest.raises(ls.BudgetExceeded, match=r"10 credits.*10 of 15 credits.*30 days"):
        client.submit(request, fresh=True)

    assert client.submit(request).done()
    assert paid(sandbox, "lipsync_studio") == before
    assert len(client.jobs) == 1


def test_a_map_over_the_budget_submits_nothing(connect, sandbox, samples):
    """The error says by how much; what is in the ledger already costs nothing more."""
    client = connect(budget={"lipsync_studio": 25})
    requests = [
        ls.lipsync_studio.LipSyncImage(image=samples.face, audio=samples.speech, seed=seed)
        for seed in (1, 2, 3)
    ]
    before = paid(sandbox, "lipsync_studio")

    with pytest.raises(ls.BudgetExceeded, match=r"3 jobs cost ≈ 30 credits.* by 5;"):
        client.map(requests)
    assert client.jobs.empty
    client.gather(client.map(requests[:2]))
    with pytest.raises(ls.BudgetExceeded, match=r"1 job costs ≈ 10 credits.* by 5; 20 of 25"):
        client.map(requests)

    assert paid(sandbox, "lipsync_studio") == before + 2


@pytest.mark.parametrize(
    "budget",
    [
        *({"lingdong": amount} for amount in (float("nan"), float("inf"), -1, "5", None, True)),
        {"lingdong": 5, "nobody": 5},
        [("lingdong", 5)],
        "lingdong",
    ],
)
def test_a_budget_that_is_none_is_refused_at_once(connect, budget):
    """By the client, which would otherwise pay without a limit."""
    with pytest.raises(ls.BadRequest, match="budget"):
        connect(budget=budget)


@pytest.mark.parametrize("days", [0, -1, float("nan"), "7", None])
def test_a_budget_of_no_days_is_refused_at_once(days):
    """By itself, not when the first job is submitted."""
    with pytest.raises(ls.BadRequest, match="days"):
        ls.Budget(5, days=days)


def test_what_never_happened_costs_nothing(client, sandbox, samples):
    """A refused job's estimate would be in every total."""
    sandbox.faults("lipsync_studio", "status", status=402, step="submit")
    job = client.submit(every_vendor(samples)[2])

    with pytest.raises(ls.JobFailed):
        job.result(PATIENCE)

    assert client.jobs["cost"].tolist() == [0.0]
    assert job.cost == ls.Cost(0.0, "credits")


def test_a_budget_needs_a_price(connect, samples):
    """Where no price is known, a budget cannot be kept, and says so."""
    priced = ", ".join(name for name, vendor in VENDORS.items() if vendor.unit)
    with pytest.raises(ls.BadRequest, match=priced):
        connect(budget={"yunai": 5})
    client = connect(budget={"lipsync_studio": ls.Budget(100, days=1)})
    with pytest.raises(ls.BudgetExceeded, match="cannot be estimated"):
        client.submit(
            ls.lipsync_studio.LipSyncImage(image=samples.face, audio="https://x.test/a.mp3")
        )


def test_costs_tell_estimated_from_actual(client, samples):
    """A vendor that tells the cost is believed; else the estimate stands, marked as one."""
    charged, estimated, unknown = (
        client.submit(request) for request in (every_vendor(samples)[i] for i in (0, 2, 1))
    )
    client.gather([charged, estimated, unknown])

    assert not charged.cost.estimated
    assert estimated.cost == ls.Cost(10, "credits", estimated=True)
    assert unknown.cost is None


def test_the_jobs_are_a_typed_frame(client, samples):
    """Times are UTC, numbers are floats, words are categories; an empty ledger has the types."""
    empty = client.jobs.dtypes
    client.submit(generate(samples)).result(PATIENCE)
    frame = client.jobs

    assert list(frame.dtypes.index) == list(empty.index)
    assert isinstance(frame["created_at"].dtype, pd.DatetimeTZDtype)
    assert frame["wall_s"].between(0, PATIENCE).all()
    assert frame.groupby("vendor", observed=True)["cost"].sum()["lingdong"] > 0


def test_bad_input_fails_in_its_cell_and_leaves_no_row(client, samples, tmp_path):
    """A missing file, a wrong type: refused by name, before ledger and network."""
    with pytest.raises(ls.BadRequest, match=r"Generate\.source.*nowhere\.png"):
        client.submit(generate(samples, source=tmp_path / "nowhere.png"))
    with pytest.raises(ls.BadRequest, match=r"LipSync\.video: image/png is not video"):
        client.submit(ls.chanjing.LipSync(video=samples.face, audio=samples.speech))

    assert client.jobs.empty


def test_a_vendor_that_is_not_connected_names_its_variable(samples, tmp_path, monkeypatch):
    """Submitting to a vendor without a key says which variables to set."""
    monkeypatch.delenv("CHANJING_APP_ID", raising=False)
    monkeypatch.delenv("CHANJING_SECRET_KEY", raising=False)
    request = ls.chanjing.LipSync(video=samples.clip, audio=samples.speech)
    both = "CHANJING_APP_ID and CHANJING_SECRET_KEY"

    with (
        ls.Client([], ledger=tmp_path / "jobs.sqlite") as client,
        pytest.raises(ls.MissingCredentials, match=both),
    ):
        client.submit(request)


def test_a_vendor_that_does_not_exist_is_said_to_be_none(client):
    """With the names of those that do."""
    with pytest.raises(ls.MissingCredentials, match=r"'chanjin' is not a vendor; .*chanjing"):
        _ = client.vendors["chanjin"]


def test_callbacks_make_polls_rare_and_results_prompt(connect, samples):
    """With a listener, a job ends by the vendor's call, not by a poll."""
    client = connect(poll=(600.0, 600.0))
    with client.listen() as receiver:
        client.submit(every_vendor(samples)[2]).result(PATIENCE)
        client.submit(every_vendor(samples)[0]).result(PATIENCE)

    assert str(receiver.port) in receiver.public_url


FLOOD = """
import socket, sys
held = []
for number in range(int(sys.argv[2])):
    held.append(socket.create_connection(("127.0.0.1", int(sys.argv[1]))))
    held[-1].sendall(b"POST / HTTP/1.1\\r\\nHost" if number % 2 else b"")
print("open", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("number", [150, 500])
def test_half_open_connections_keep_no_callback_out(connect, samples, number):
    """Whether or not they have sent a part of a request."""
    client = connect(poll=(600.0, 600.0))
    with client.listen() as receiver, flood(receiver.port, number):
        client.submit(every_vendor(samples)[2]).result(PATIENCE)


@pytest.mark.parametrize("number", [60, 500])
def test_a_caller_that_is_slower_than_others_is_answered(client, number):
    """Others connect between its connection and its headers."""
    with client.listen() as receiver:
        true = socket.create_connection(("127.0.0.1", receiver.port), timeout=PATIENCE)
        with true, flood(receiver.port, number):
            true.sendall(b"POST /a/b HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
            assert true.recv(100).startswith(b"HTTP/1.1 404")


@contextmanager
def flood(port, number):
    """Hold half-open connections, in another process, as one has few sockets."""
    command = [sys.executable, "-c", FLOOD, str(port), str(number)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:
        assert process.stdout.readline().strip() == b"open"
        yield
        process.stdin.close()


def test_a_half_open_connection_is_closed_after_a_while(client):
    """So that none is held for ever."""
    with client.listen() as receiver:
        half = socket.create_connection(("127.0.0.1", receiver.port), timeout=PATIENCE)
        half.sendall(b"POST /")
        begun = time.monotonic()
        with half, suppress(ConnectionResetError):
            assert half.recv(1) == b""
    assert time.monotonic() - begun >= HEADER_SECONDS - 0.5


def test_a_client_that_cannot_be_made_leaves_nothing_behind(tmp_path, capfd):
    """No task, no thread of its ledger, no open file."""
    path = tmp_path / "jobs.sqlite"
    with ls.Client([ls.Lingdong("key", base_url="http://127.0.0.1:9/")], ledger=path):
        pass
    with closing(sqlite3.connect(path)) as db:
        db.execute("DROP TABLE jobs")
        db.commit()
    before = tasks(), threads()
    for _ in range(3):
        with pytest.raises(LedgerError, match="no such table"):
            ls.Client([ls.Lingdong("key", base_url="http://127.0.0.1:9/")], ledger=path)
    wait_until(threads, lambda left: left == before[1])

    assert tasks() == before[0]
    gc.collect()
    assert capfd.readouterr().err.count("Task was destroyed") == 0


def tasks():
    """Return the names of the tasks on the package's loop."""

    async def names():
        return sorted(task.get_name() for task in asyncio.all_tasks() - {asyncio.current_task()})

    return loop.run(names())


def threads():
    """Return the names of the threads of ledgers."""
    return [each.name for each in threading.enumerate() if "ledger" in each.name]


FULL_DISK = """
import resource, signal, sys
import lipsync_nb as ls
from lipsync_nb.jobs import client as clients
folder = sys.argv[1]
studio = ls.LipsyncStudio("key", base_url="http://127.0.0.1:9/")
client = ls.Client([studio], ledger=folder + "/jobs.sqlite", results=folder, backoff_scale=0.01)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
try:
    client.close()
except ls.LipSyncError as error:
    print(error)
print(client in clients._open, client.session.closed)
"""


def test_a_client_closes_although_the_disk_is_full(tmp_path):
    """What cannot be written is left to the next client."""
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert said.stdout == "False True\n", said.stderr


def test_closing_a_listener_of_before_leaves_the_one_of_now(connect, samples):
    """Jobs submitted after that still ask for callbacks, and the new one hears them."""
    client = connect(poll=(600.0, 600.0))
    with client.listen(), client.listen():
        pass
    with client.listen() as first:
        client.listen()
    first.close()

    assert client.submit(generate(samples)).result(PATIENCE)


def test_closing_on_the_librarys_own_loop_is_refused(connect, samples):
    """There, as in a job's callback, it would wait for itself; all goes on."""
    client = connect()
    client.listen()

    async def close():
        client.close()

    with pytest.raises(RuntimeError, match="await instead"):
        loop.run(close())
    assert client.submit(generate(samples)).result(PATIENCE)


def test_closing_twice_is_harmless(connect):
    """``close`` may be called again."""
    client = connect()
    client.close()
    client.close()


def test_another_kernel_brings_a_deleted_video_back(connect, samples):
    """A video whose file is gone is fetched by whoever asks, also after its kernel has ended."""
    first = connect()
    job = first.submit(generate(samples))
    job.result(PATIENCE).path.unlink()
    first.close()

    again = connect().submit(generate(samples))

    assert again.id == job.id
    assert again.result(PATIENCE).path.exists()


PROGRAM = """
import sys, lipsync_nb as ls
from lipsync_nb.sandbox import Sandbox
from lipsync_nb.vendors import VENDORS
client = ls.Client.sandbox(Sandbox(pace=0), results="videos")
print(client.submit(ls.lingdong.Generate(source=sys.argv[1], audio=sys.argv[2])).result())
"""


def test_a_script_that_closes_nothing_ends_well(samples, tmp_path):
    """A sandbox lives as long as its client, and at the interpreter's end nothing is said."""
    command = [sys.executable, "-c", PROGRAM, samples.face, samples.speech]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)

    assert ended.stdout.rstrip().endswith(".mp4")
    assert ended.stderr == ""


@pytest.mark.parametrize("replaced", [False, True])
def test_nothing_is_paid_after_the_ledger_was_deleted(
    connect, sandbox, samples, tmp_path, replaced
):
    """Nor after another file was put in its place: no other kernel could see what was paid."""
    client = connect()
    client.submit(generate(samples)).result(PATIENCE)
    before = paid(sandbox)
    client.ledger.path.unlink()
    if replaced:
        connect(ledger=tmp_path / "other.sqlite").close()
        (tmp_path / "other.sqlite").rename(client.ledger.path)

    with pytest.raises(ls.LedgerError, match="deleted or replaced"):
        client.submit(generate(samples), fresh=True)

    assert paid(sandbox) == before


def test_a_job_that_was_sent_ends_although_its_ledger_was_deleted(connect, sandbox, samples):
    """It is paid: its video must arrive."""
    sandbox.faults("lingdong", "latency", step="poll", seconds=1.0)
    client = connect()
    job = client.submit(generate(samples))
    wait_until(lambda: job.vendor_id)
    client.ledger.path.unlink()

    assert job.result(PATIENCE).path.exists()
