"""Faults on demand."""

import email.utils
import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from waiting import wait_until

from lipsync_nb.sandbox import Sandbox
from lipsync_nb.sandbox.backend import TRAITS, Backend
from lipsync_nb.sandbox.endpoint import FAULT_HANDLERS
from lipsync_nb.sandbox.faults.kinds import KINDS, STEPS
from lipsync_nb.sandbox.settings import SandboxSettings

Submit = Any


@pytest.fixture
def submit(studio, media, host):
    """Submit a job; gives the answer."""
    form = {"image": host(media.picture), "audio": host(media.speech)}

    def post(**more: str) -> httpx.Response:
        return studio.post("/lipsync-image", json={"formState": form, **more})

    return post


@pytest.fixture
def done(studio, submit):
    """A finished job's id and result."""
    job_id = submit().json()["id"]
    job = wait_until(lambda: studio.get(f"/jobs/{job_id}").json(), lambda job: job["output"])
    return job_id, job["output"]


def paid(sandbox: Sandbox) -> int:
    return int(sandbox.stats("lipsync_studio")["paid"])


def test_every_kind_is_described_and_happens_somewhere():
    """Each kind has its line, steps that exist, and code that makes it happen."""
    elsewhere = {"stuck", "failed", "lost", "doubled", "late", "forged", "malformed"}

    assert set(FAULT_HANDLERS) | elsewhere == set(KINDS)
    for kind in KINDS.values():
        assert kind.description
        assert set(kind.steps) <= set(STEPS)
        assert any(kind.applies_to(vendor) and kind.steps_of(vendor) for vendor in TRAITS.values())


def test_each_vendor_has_the_steps_of_its_calls(tmp_path):
    """A fault can be asked for wherever a vendor's client calls, and nowhere else."""
    backend = Backend(tmp_path, "http://127.0.0.1", SandboxSettings())
    called = {
        name: {call.step for call in (*vendor.calls(), *vendor.storage_calls())}
        for name, vendor in backend.vendors.items()
    }
    backend.close()

    for name, steps in called.items():
        assert steps | {"download", "other"} == TRAITS[name].steps - {"callback"}


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"vendor": "nobody", "fault": "status"}, "nobody"),
        ({"vendor": "yunai", "fault": "explode"}, "no fault 'explode'"),
        ({"vendor": "chanjing", "fault": "stuck", "step": "poll"}, "submit, upload"),
        ({"vendor": "xingyun", "fault": "stuck", "step": "upload"}, "at submit, not at 'upload'"),
        ({"vendor": "yunai", "fault": "lost"}, "yunai has no callback"),
        ({"vendor": "yunai", "fault": "status", "step": "auth"}, "not at .auth."),
        ({"vendor": "yunai", "fault": "status", "size": 3}, "size"),
        ({"vendor": "yunai", "fault": "dead_token"}, "chanjing"),
    ],
)
def test_a_wrong_wish_is_refused(sandbox, wish, message):
    """A ValueError says what there is."""
    with pytest.raises(ValueError, match=message):
        sandbox.faults(**wish)


def test_a_fault_happens_so_many_times_and_in_turn(sandbox, studio):
    """Two of the first, one of the second, then none; other vendors notice nothing."""
    sandbox.faults("lipsync_studio", "status", step="poll", times=2, status=503)
    sandbox.faults("lipsync_studio", "status", step="poll", status=418)

    codes = [studio.get("/jobs/x").status_code for _ in range(4)]

    assert codes == [503, 503, 418, 404]


def test_faults_can_be_called_off(sandbox, studio):
    """clear_faults: nothing more happens."""
    sandbox.faults("lipsync_studio", "status", times=100)
    sandbox.clear_faults()

    assert studio.get("/jobs/x").status_code == 404


def test_latency(sandbox, studio):
    """The answer comes late, and is the true one."""
    sandbox.faults("lipsync_studio", "latency", seconds=0.5)
    began = time.monotonic()

    assert studio.get("/jobs/x").status_code == 404
    assert time.monotonic() - began >= 0.5


@pytest.mark.parametrize("worked", [False, True])
def test_a_status_after_the_work_is_paid(sandbox, submit, worked):
    """A 5xx may come before or after the job was accepted."""
    before = paid(sandbox)
    sandbox.faults("lipsync_studio", "status", step="submit", status=502, worked=worked)

    assert submit().status_code == 502
    assert paid(sandbox) - before == int(worked)


def test_retry_after_in_seconds_and_as_a_date(sandbox, studio):
    """429 has either form of Retry-After."""
    sandbox.faults("lipsync_studio", "rate_limited", retry_after=7)
    sandbox.faults("lipsync_studio", "rate_limited", retry_after=7, date=True)

    seconds, date = (studio.get("/jobs/x") for _ in range(2))
    when = email.utils.parsedate_to_datetime(date.headers["retry-after"]).timestamp()

    assert (seconds.status_code, seconds.headers["retry-after"]) == (429, "7")
    assert 4 < when - time.time() < 8


def test_a_code_of_the_vendors_own(sandbox, chanjing, xingyun):
    """An error in the vendor's envelope, with HTTP 200."""
    sandbox.faults("chanjing", "code", code=50000, message="蝉豆不足")
    sandbox.faults("xingyun", "code", code=20001)

    chan = chanjing.get("/open/v1/user_duration")
    xing = xingyun.get("/user/v1/video_synthesis_task/get_render_task?task_id=1")

    assert (chan.status_code, chan.json()["code"], chan.json()["msg"]) == (200, 50000, "蝉豆不足")
    assert (xing.status_code, xing.json()["error_code"]) == (200, 20001)


def test_a_reset_before_the_work_pays_nothing(sandbox, submit):
    """The connection is reset, and there is no job."""
    before = paid(sandbox)
    sandbox.faults("lipsync_studio", "reset_before", step="submit")

    with pytest.raises(httpx.ReadError, match="reset"):
        submit()

    assert paid(sandbox) == before


def test_a_reset_after_the_work_pays(sandbox, submit):
    """The job is there, and paid; only its answer is lost."""
    before = paid(sandbox)
    sandbox.faults("lipsync_studio", "reset_after", step="submit")

    with pytest.raises(httpx.ReadError, match="reset"):
        submit()

    assert wait_until(lambda: paid(sandbox), lambda now: now > before) == before + 1


def test_bodies_that_make_no_sense(sandbox, submit):
    """HTML, half a JSON text, no UTF-8: with 200, and the job is paid."""
    before = paid(sandbox)
    for kind in ("html", "bad_json", "bad_utf8"):
        sandbox.faults("lipsync_studio", kind, step="submit")

    answers = [submit() for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200] * 3
    for answer in answers:
        with pytest.raises(ValueError, match=r"."):
            json.loads(answer.content)
    assert paid(sandbox) == before + 3


def test_answers_of_other_types(sandbox, studio, done):
    """Every value of the true answer has another type; the keys stay."""
    true = studio.get(f"/jobs/{done[0]}").json()
    sandbox.faults("lipsync_studio", "wrong_types", step="poll")

    wrong = studio.get(f"/jobs/{done[0]}").json()

    assert list(wrong) == list(true)
    assert all(type(wrong[name]) is not type(true[name]) for name in true)


def test_answers_with_fields_missing(sandbox, studio, done):
    """The named fields are gone; all of them if none are named."""
    sandbox.faults("lipsync_studio", "missing_fields", step="poll", fields=["status"])
    sandbox.faults("lipsync_studio", "missing_fields", step="poll")

    some, none = (studio.get(f"/jobs/{done[0]}").json() for _ in range(2))

    assert "status" not in some
    assert some["id"] == done[0]
    assert none == {}


def test_ten_megabytes_of_json(sandbox, studio):
    """A body too big to be an answer, but valid."""
    sandbox.faults("lipsync_studio", "huge_json", step="poll")

    body = studio.get("/jobs/x").content

    assert len(body) > 10_000_000
    assert json.loads(body)["code"] == 0


def test_an_endless_body(sandbox, studio):
    """It goes on until the client has enough; the sandbox lives on."""
    sandbox.faults("lipsync_studio", "endless", step="poll")
    size = 0
    with studio.stream("GET", "/jobs/x") as answer:
        for chunk in answer.iter_raw():
            size += len(chunk)
            if size > 20_000_000:
                break

    assert size > 20_000_000
    assert studio.get("/jobs/x").status_code == 404


def test_a_stuck_job_never_ends(sandbox, studio, submit):
    """It is processing, and stays so."""
    sandbox.faults("lipsync_studio", "stuck")
    stuck, other = submit().json()["id"], submit().json()["id"]
    wait_until(
        lambda: studio.get(f"/jobs/{other}").json(), lambda job: job["status"] == "completed"
    )
    time.sleep(1)

    assert studio.get(f"/jobs/{stuck}").json()["status"] == "processing"


def test_a_failed_job_fails_the_vendors_way(sandbox, studio, submit):
    """With the reason that was asked for."""
    sandbox.faults("lipsync_studio", "failed", reason="Invalid audio format")
    job_id = submit().json()["id"]

    job = wait_until(lambda: studio.get(f"/jobs/{job_id}").json(), lambda job: job["error"])

    assert (job["status"], job["error"], job["output"]) == ("failed", "Invalid audio format", None)


def test_an_unknown_status(sandbox, studio, done):
    """A word no page lists, or the one that was asked for; then the truth again."""
    sandbox.faults("lipsync_studio", "unknown_status")
    sandbox.faults("lipsync_studio", "unknown_status", word="paused")

    words = [studio.get(f"/jobs/{done[0]}").json()["status"] for _ in range(3)]

    assert words == ["archived", "paused", "completed"]


def test_a_hostile_url_waits_for_a_result(sandbox, studio, done, bare):
    """A poll without a result leaves the fault for the next."""
    sandbox.faults("lipsync_studio", "hostile_url", where="redirect_private")
    assert studio.get("/jobs/x").status_code == 404

    url = studio.get(f"/jobs/{done[0]}").json()["output"]

    assert bare.get(url).headers["location"] == "http://10.0.0.1/result.mp4"
    assert studio.get(f"/jobs/{done[0]}").json()["output"].startswith("http://127.0.0.1")


@pytest.mark.parametrize(
    ("settings", "start"),
    [({}, "file:///"), ({"where": "metadata"}, "http://169.254."), ({"url": "ftp://x/y"}, "ftp:")],
)
def test_hostile_urls(sandbox, studio, done, settings, start):
    """file:, private addresses, or any URL wanted."""
    sandbox.faults("lipsync_studio", "hostile_url", **settings)

    assert studio.get(f"/jobs/{done[0]}").json()["output"].startswith(start)


def test_a_dead_token(sandbox, chanjing):
    """The token dies before the request; a new one is good."""
    sandbox.faults("chanjing", "dead_token")

    dead = [chanjing.get("/open/v1/user_duration").json()["code"] for _ in range(2)]
    token = chanjing.post("/open/v1/access_token", json=sandbox.keys["chanjing"]).json()["data"]
    chanjing.headers["access_token"] = token["access_token"]

    assert dead == [10400, 10400]
    assert chanjing.get("/open/v1/user_duration").json()["code"] == 0


def test_a_truncated_download(sandbox, bare, done):
    """Fewer bytes than promised, then a reset; the rest is had with a range."""
    whole = bare.get(done[1]).content
    sandbox.faults("lipsync_studio", "truncated", fraction=0.25)
    pieces: list[bytes] = []
    with bare.stream("GET", done[1]) as answer, pytest.raises(httpx.TransportError):
        pieces.extend(answer.iter_raw())
    part = b"".join(pieces)

    rest = bare.get(done[1], headers={"Range": f"bytes={len(part)}-"})

    assert int(answer.headers["content-length"]) == len(whole)
    assert len(part) == len(whole) // 4
    assert part + rest.content == whole


def test_a_file_that_changed_between_ranges(sandbox, bare, done):
    """If-Range with the old ETag gives the whole of the new file, which is a video still."""
    old = bare.get(done[1])
    sandbox.faults("lipsync_studio", "changed", times=2)

    new = bare.get(done[1], headers={"Range": "bytes=100-", "If-Range": old.headers["etag"]})
    blind = bare.get(done[1], headers={"Range": "bytes=100-"})

    assert (new.status_code, blind.status_code) == (200, 206)
    assert new.content[: len(old.content)] == old.content
    assert len(new.content) == len(old.content) + 16
    assert new.headers["etag"] != old.headers["etag"]


def test_a_slow_download(sandbox, bare, done):
    """So many bytes in a second, and no more; the file is whole."""
    whole = bare.get(done[1]).content
    sandbox.faults("lipsync_studio", "drip", bytes_per_s=len(whole))
    began = time.monotonic()

    assert bare.get(done[1]).content == whole
    assert time.monotonic() - began > 0.5


def test_a_video_that_is_a_web_page(sandbox, bare, done):
    """HTML with a video's type."""
    sandbox.faults("lipsync_studio", "html_video")

    answer = bare.get(done[1])

    assert (answer.headers["content-type"], answer.content[:9]) == ("video/mp4", b"<!doctype")


def test_a_dangerous_name(sandbox, bare, done):
    """The file is the video; only its proposed name climbs out of its folder."""
    sandbox.faults("lipsync_studio", "hostile_name")

    answer = bare.get(done[1])

    assert "../" in answer.headers["content-disposition"]
    assert answer.content[4:8] == b"ftyp"


def test_an_expired_result(sandbox, bare, done):
    """403, and the next time the file."""
    sandbox.faults("lipsync_studio", "expired")

    assert [bare.get(done[1]).status_code for _ in range(2)] == [403, 200]


def test_lingdongs_download_has_faults_too(sandbox, lingdong):
    """The download of the API's own origin is a download step."""
    sandbox.faults("lingdong", "html_video", step="download")

    assert lingdong.get("/download/x").headers["content-type"] == "video/mp4"


def test_a_refused_upload(sandbox, chanjing, bare, media):
    """The presigned PUT is the upload step; a failed one is a file of status 98."""
    sandbox.faults("chanjing", "failed", step="upload")
    sandbox.faults("chanjing", "status", step="upload", status=500)
    params = {"service": "lip_sync_video", "name": "1.mp4"}
    data = chanjing.get("/open/v1/common/create_upload_url", params=params).json()["data"]
    headers = {"Content-Type": "video/mp4"}

    codes = [
        bare.put(data["sign_url"], content=media.video.read_bytes(), headers=headers).status_code
        for _ in range(2)
    ]
    ask = {"id": data["file_id"]}
    state = wait_until(
        lambda: chanjing.get("/open/v1/common/file_detail", params=ask).json()["data"]["status"],
        lambda state: state != 0,
    )

    assert codes == [500, 200]
    assert state == 98


def posted(listener: Any, count: int) -> list[Any]:
    """So many callbacks, and no more soon after."""
    listener.wait(count)
    time.sleep(0.3)
    return list(listener.heard)


def test_a_lost_callback(sandbox, studio, submit, listener):
    """The job ends, and no callback is sent."""
    sandbox.faults("lipsync_studio", "lost")
    job_id = submit(webhook=listener.url).json()["id"]
    wait_until(lambda: studio.get(f"/jobs/{job_id}").json(), lambda job: job["output"])

    assert posted(listener, 0) == []


def test_a_doubled_callback(sandbox, submit, listener):
    """The same, twice."""
    sandbox.faults("lipsync_studio", "doubled")
    submit(webhook=listener.url)

    first, second = posted(listener, 2)

    assert first == second


def test_a_late_callback(sandbox, studio, submit, listener):
    """The poll knows it before."""
    sandbox.faults("lipsync_studio", "late", seconds=3)
    job_id = submit(webhook=listener.url).json()["id"]
    wait_until(lambda: studio.get(f"/jobs/{job_id}").json(), lambda job: job["output"])

    assert listener.heard == []
    assert json.loads(listener.wait()[0])["status"] == "completed"


def test_a_forged_callback(sandbox, studio, submit, listener):
    """Success with somebody else's result is claimed before there is one; then the truth comes."""
    sandbox.configure(pace=1)
    sandbox.faults("lipsync_studio", "forged")
    job_id = submit(webhook=listener.url).json()["id"]

    forged = json.loads(listener.wait()[0])
    asked = studio.get(f"/jobs/{job_id}").json()
    true = json.loads(listener.wait(2)[1])

    assert (forged["id"], forged["status"]) == (job_id, "completed")
    assert asked["status"] == "processing"
    assert true["output"] != forged["output"]


def test_a_malformed_callback(sandbox, submit, listener):
    """Half a body."""
    sandbox.faults("lipsync_studio", "malformed")
    submit(webhook=listener.url)

    with pytest.raises(ValueError, match=r"."):
        json.loads(listener.wait()[0])


def test_nobody_listens(sandbox, submit):
    """Three tries, then the callback is given up."""
    before = sandbox.stats("lipsync_studio")
    submit(webhook="http://127.0.0.1:9/hook")

    after = wait_until(
        lambda: sandbox.stats("lipsync_studio"),
        lambda now: now["callbacks_refused"] > before["callbacks_refused"],
    )

    assert after["callbacks"] - before["callbacks"] == 3


def test_the_scratch_is_the_homes(sandbox):
    """What a fault needs lies in the home, and goes with it."""
    assert (Path(sandbox.home) / "scratch").is_dir()
