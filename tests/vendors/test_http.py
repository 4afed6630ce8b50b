"""All vendors over real HTTP, from a request to a video."""

import io
import time

import pytest
from vendors.cases import AGAIN, CASES, FIGURE, ORDERS
from waiting import wait_until

import lipsync_nb as ls
from lipsync_nb import event_loop as loop
from lipsync_nb.status import Cost, JobStatus
from lipsync_nb.vendors import VENDORS

PATIENCE = 60.0


def order_of(vendor, media):
    return CASES[vendor].one(media)


def sent(world, vendor):
    """Return the paid requests that a vendor got."""
    return world.vendors[vendor].origin.asked(*CASES[vendor].paid)


@pytest.mark.parametrize("odd", [False, True], ids=["plain", "odd"])
@pytest.mark.parametrize("order", ORDERS)
def test_every_request_becomes_what_it_makes(client, world, media, order, odd):
    """Each kind of request ends as what it makes, whatever liberty its vendor takes."""
    if odd:
        world.take_liberties()

    job = client.submit(ORDERS[order](media))
    made = job.result(PATIENCE)

    assert isinstance(made, job.request.makes())
    if isinstance(made, ls.Video | ls.Audio):
        assert made.duration_s == pytest.approx(0.4 if isinstance(made, ls.Video) else 1.2, abs=0.1)
    assert job.error is None
    assert world.strays() == []
    assert world.hosts.leaks() == []


@pytest.mark.parametrize("order", ORDERS)
def test_the_sandbox_makes_what_every_request_is_for(sandbox, sandboxed, media, order):
    """The same requests, to the other implementation of the pages."""
    request = ORDERS[order](media)
    made = sandboxed.submit(request).result(PATIENCE)

    assert isinstance(made, request.makes())
    assert not isinstance(made, ls.Video | ls.Audio) or made.duration_s > 0.3
    assert sum(seen.get("leaks", 0) for seen in sandbox.stats().values()) == 0


@pytest.mark.parametrize("way", ["path", "url", "bytes", "file"])
@pytest.mark.parametrize("vendor", ["yunai", "lipsync_studio", "chanjing"])
def test_media_may_be_given_in_any_way(client, world, media, vendor, way):
    """For vendors that take URLs only and for those that take files only, the bytes arrive."""
    hosted = f"{world.hosts.media.url}/of%20mine"
    world.hosts.files["/of mine/face"] = media.face.read_bytes()
    world.hosts.files["/of mine/clip.mp4"] = media.clip.read_bytes()
    world.hosts.files["/of mine/speech.wav"] = media.speech.read_bytes()
    opened = [media.face.open("rb"), media.clip.open("rb"), io.BytesIO(media.speech.read_bytes())]
    face, clip, speech = {
        "path": (str(media.face), media.clip, media.speech),
        "url": (f"{hosted}/face?s=1", f"{hosted}/clip.mp4?s=1", f"{hosted}/speech.wav"),
        "bytes": tuple(file.read_bytes() for file in (media.face, media.clip, media.speech)),
        "file": tuple(opened),
    }[way]
    order = {
        "yunai": lambda: ls.yunai.AvatarVideo(avatar=face, audio=speech),
        "lipsync_studio": lambda: ls.lipsync_studio.LipSyncImage(image=face, audio=speech),
        "chanjing": lambda: ls.chanjing.LipSync(video=clip, audio=speech),
    }[vendor]()
    for file in opened:
        file.close()
    client.submit(order).result(PATIENCE)

    arrived = list(world.hosts.files.values())
    assert (media.clip if vendor == "chanjing" else media.face).read_bytes() in arrived
    assert media.speech.read_bytes() in arrived
    assert world.strays() == []


@pytest.mark.parametrize(
    ("order", "field"),
    [
        (lambda good, bad: ls.lingdong.Generate(source=good, audio=bad), "audio"),
        (lambda good, bad: ls.chanjing.LipSync(video=good, audio=bad), "audio"),
        (lambda _, bad: ls.xingyun.RenderSlides(**FIGURE, ppt=bad), "ppt"),
    ],
    ids=["lingdong", "chanjing", "xingyun"],
)
def test_what_a_url_leads_to_is_checked_too(client, world, media, order, field):
    """A file that was fetched for a vendor must suit it as well; nothing is sent if not."""
    world.hosts.files["/speech"] = media.face.read_bytes()
    job = client.submit(order(media.clip, f"{world.hosts.media.url}/speech"))

    with pytest.raises(ls.JobFailed, match=f"{field}: image/jpeg is not"):
        job.result(PATIENCE)
    assert not any(sent(world, vendor) for vendor in CASES)


def test_a_running_task_is_cancelled(client, world, media):
    """Xingyun's cancel reaches the vendor; the job ends as cancelled."""
    world.xingyun.stays = True
    job = client.submit(order_of("xingyun", media))
    wait_until(lambda: job.status is JobStatus.running)
    job.cancel()

    with pytest.raises(ls.JobCancelled):
        job.result(PATIENCE)
    assert (job.status, job.vendor_status) == (JobStatus.cancelled, "cancel")
    assert len(world.xingyun.origin.asked("POST", "/cancel_render_task")) == 1


def test_a_task_that_cannot_be_cancelled_goes_on(client, world, media):
    """30006 is the caller's to know; the job itself is none the worse for it."""
    world.xingyun.stays = True
    refused = {"error_code": 30006, "error_reason": "取消视频任务错误"}
    world.xingyun.origin.plan("POST", "/cancel_render_task", refused)
    job = client.submit(order_of("xingyun", media))
    wait_until(lambda: job.status is JobStatus.running)

    with pytest.raises(ls.VendorError, match="30006"):
        job.cancel()
    world.xingyun.stays = False
    assert job.result(PATIENCE).duration_s == pytest.approx(0.4)


@pytest.mark.parametrize("vendor", [name for name in CASES if not VENDORS[name].cancels])
def test_the_other_vendors_cannot_cancel(connect, media, vendor):
    """The error says so, and the job goes on."""
    client = connect(poll=(600.0, 600.0))
    job = client.submit(order_of(vendor, media))
    wait_until(lambda: job.vendor_id)

    with pytest.raises(ls.Unsupported, match="cannot cancel"):
        job.cancel()
    assert not job.done()


@pytest.mark.parametrize("odd", [False, True], ids=["plain", "odd"])
def test_what_else_a_vendor_can_be_asked(client, world, media, odd):
    """Xingyun's preview, Chanjing's voices and balance."""
    if odd:
        world.take_liberties()
    job = client.submit(order_of("xingyun", media))
    job.result(PATIENCE)
    xingyun, chanjing = client.vendors["xingyun"], client.vendors["chanjing"]

    preview = f"{world.hosts.results.url}/preview/{job.vendor_id}"
    assert xingyun.preview_url(job.vendor_id) == preview
    assert len(chanjing.voices()) == 23
    assert chanjing.balance() == Cost(1234.0, "beans")


@pytest.mark.parametrize("vendor", CASES)
@pytest.mark.parametrize("odd", [False, True], ids=["plain", "odd"])
def test_a_key_is_verified_for_nothing(client, world, vendor, odd):
    """A key that is taken says so; a wrong one is refused; nothing is paid."""
    if odd:
        world.take_liberties()
    theirs = world.vendors[vendor]
    wrong = type(client.vendors[vendor])(
        base_url=theirs.base_url, **dict.fromkeys(theirs.keys, "a-wrong-key")
    )

    assert client.vendors[vendor].verify()
    with pytest.raises(ls.Unauthorized):
        wrong.verify()
    loop.run(wrong.aclose())
    assert sent(world, vendor) == []


@pytest.mark.parametrize("vendor", [name for name, case in CASES.items() if case.calls_back])
def test_a_callback_ends_a_job_at_once(connect, media, vendor):
    """The vendor's POST makes the client look: nobody waits for the next poll."""
    client = connect(poll=(600.0, 600.0))
    with client.listen():
        job = client.submit(order_of(vendor, media))
        video = job.result(PATIENCE)

    assert video.duration_s == pytest.approx(0.4)


@pytest.mark.parametrize("odd", [False, True], ids=["plain", "odd"])
def test_many_jobs_are_looked_at_in_one_call(client, world, media, odd):
    """Chanjing's list serves all pending jobs, also where newer jobs push them back."""
    if odd:
        world.take_liberties()
    world.chanjing.stays = True
    orders = [
        ls.chanjing.LipSync(video=media.clip, tts={"text": f"第{n}句", "audio_man_id": "C-1"})
        for n in range(4)
    ]
    jobs = client.map(orders)
    wait_until(lambda: all(job.vendor_id for job in jobs))
    for number in range(25):
        world.chanjing.jobs[f"of others {number}"] = 9
        world.chanjing.created[f"of others {number}"] = int(time.time())
    world.chanjing.stays = False
    videos = client.gather(jobs)
    lists = world.chanjing.origin.asked("POST", "/list")

    assert len(videos) == 4
    assert {seen.json["page"] for seen in lists} >= {1, 2, 3}
    assert len(world.chanjing.tokens) == 1


REFUSALS = [(name, refusal) for name, case in CASES.items() for refusal in case.refusals]


@pytest.mark.parametrize(
    ("vendor", "case"), REFUSALS, ids=[f"{name} {case.answer}"[:60] for name, case in REFUSALS]
)
def test_a_refused_submission_ends_as_it_must(client, world, media, vendor, case):
    """Refused is failed, too fast is sent again, a server's fault is unknown and paid no more."""
    content = case.answer if isinstance(case.answer, bytes) else None
    origin = world.vendors[vendor].origin
    origin.plan(*CASES[vendor].paid, case.answer, status=case.status, content=content)
    job = client.submit(order_of(vendor, media))
    found = job.exception(PATIENCE)
    kinds = {"failed": ls.JobFailed, "unknown": ls.SubmitUnknown, "succeeded": type(None)}

    assert job.status == {AGAIN: "succeeded"}.get(case.end, case.end)
    assert type(found) is kinds[job.status]
    assert len(sent(world, vendor)) == (2 if case.end == AGAIN else 1)
    assert type(job.error) is (type(None) if case.end == AGAIN else case.error)
    assert case.end == AGAIN or content is not None or "原因" in str(found)


@pytest.mark.parametrize("odd", [False, True], ids=["plain", "odd"])
@pytest.mark.parametrize("vendor", CASES)
def test_a_job_that_fails_at_the_vendor_tells_why(client, world, media, vendor, odd):
    """The vendor's own reason is in the error; where it gives none, the error says that."""
    if odd:
        world.take_liberties()
    world.vendors[vendor].fails = True
    job = client.submit(order_of(vendor, media))

    case = CASES[vendor]
    why = (odd and case.odd_failure) or case.failure
    with pytest.raises(ls.JobFailed, match=why) as caught:
        job.result(PATIENCE)
    assert job.status is JobStatus.failed
    assert caught.value.job is job


@pytest.mark.parametrize("status", [302, 307, 308])
@pytest.mark.parametrize("vendor", CASES)
def test_the_api_is_not_followed_elsewhere(client, world, media, vendor, status):
    """A redirected paid request may be paid: the error says where to, and nobody gets a key."""
    target = {"Location": f"{world.hosts.results.url}/elsewhere?x=1"}
    origin = world.vendors[vendor].origin
    origin.plan(*CASES[vendor].paid, {"code": 0}, status=status, headers=target)
    job = client.submit(order_of(vendor, media))

    where = f"redirects to {world.hosts.results.url}/elsewhere;"
    with pytest.raises(ls.SubmitUnknown, match=where):
        job.result(PATIENCE)
    assert world.hosts.results.seen == []
    assert world.strays() == []


def test_a_download_elsewhere_gets_no_key(client, world, media):
    """Lingdong's results need its key, but only where the key belongs."""
    url = world.hosts.result_url("foreign")
    done = {"status": "completed", "download_url": url}
    world.lingdong.origin.plan("GET", "", done, times=9)
    client.submit(order_of("lingdong", media)).result(PATIENCE)

    assert len(world.hosts.results.seen) == 1
    assert world.strays() == []
    assert world.hosts.leaks() == []


@pytest.mark.parametrize("vendor", CASES)
def test_a_video_that_cannot_be_had_is_an_error_and_can_be_had_later(client, world, media, vendor):
    """The job has succeeded and says so; asking again fetches the video without paying again."""
    results = CASES[vendor].results
    host = world.vendors[vendor].origin if results else world.hosts.results
    host.plan(*(results or ("GET", "/out/*")), status=404, times=2)
    job = client.submit(order_of(vendor, media))

    with pytest.raises(ls.DownloadError, match="404"):
        job.result(PATIENCE)
    assert job.status is JobStatus.succeeded
    assert job.result(PATIENCE).duration_s == pytest.approx(0.4)
    assert len(sent(world, vendor)) == 1


@pytest.mark.parametrize("vendor", CASES)
@pytest.mark.parametrize(
    "answer",
    [
        {"payload": {"message": "busy"}, "status": 500},
        {"payload": {"message": "busy"}, "status": 429},
        {"payload": {"message": "who?"}, "status": 401},
        {"payload": {"message": "what?"}, "status": 404},
        {"content": b"<html>502</html>", "status": 502},
        {"content": b""},
        {"payload": []},
        {"payload": {"data": None, "status": None}},
    ],
    ids=["500", "429", "401", "404", "html", "empty", "list", "nulls"],
)
def test_a_failed_look_is_no_failed_job(client, world, media, vendor, answer):
    """The next look is as good; nothing is submitted again, and no trouble is left behind."""
    world.vendors[vendor].origin.plan(*CASES[vendor].look, **answer)
    job = client.submit(order_of(vendor, media))

    assert job.result(PATIENCE)
    assert job.error is None
    assert len(sent(world, vendor)) == 1


@pytest.mark.parametrize("vendor", CASES)
def test_a_status_that_no_page_lists_is_shown_as_it_is(connect, world, media, vendor):
    """It is neither success nor failure: it is looked at until the deadline."""
    client = connect(deadline=1.0)
    case = CASES[vendor]
    world.vendors[vendor].origin.plan(*case.look, case.unlisted, times=100_000)
    job = client.submit(order_of(vendor, media))

    with pytest.raises(ls.JobTimeout):
        job.result(PATIENCE)
    assert (job.status, job.vendor_status) == (JobStatus.unknown, "rendering")


def test_a_lost_answer_is_found_in_the_list(client, world, media):
    """Chanjing lists its jobs: the one whose answer was lost is found there, not made again."""
    lost = {"content": b"<html>bad gateway</html>", "status": 502, "works": True}
    world.chanjing.origin.plan("POST", "/create", **lost)
    job = client.submit(order_of("chanjing", media))

    assert job.result(PATIENCE)
    assert [job.vendor_id] == list(world.chanjing.jobs)
    assert len(sent(world, "chanjing")) == 1
