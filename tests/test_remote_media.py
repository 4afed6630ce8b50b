"""What is behind a URL is looked at before a vendor is paid to fetch it."""

import asyncio
import gzip
import socket
import threading
from typing import Annotated, ClassVar

import numpy as np
import pytest
from hosts import STALL, Host, Reply, answer, head, raw, says
from media_files import clip, made, picture, sound
from unusual_media import film, recording

import lipsync_nb as ls
from lipsync_nb.http.transfer import Web
from lipsync_nb.media import Media
from lipsync_nb.media.content import HEAD
from lipsync_nb.media.media import Takes
from lipsync_nb.vendors.base import Delivery, Request, remote

PATIENCE = 90
PAGE = b"<!doctype html><title>Sign in</title>"
NOISE = np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8)
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab\nsize 12345\n"


class Studio:
    """A vendor that takes every job and is never done; it counts what is paid."""

    def __init__(self):
        self.paid = []

    def __call__(self, arrival):
        """Answer."""
        if arrival.method == "POST":
            self.paid.append(arrival.json["formState"])
        return says({"id": f"job-{len(self.paid)}", "status": "processing"})


@pytest.fixture
def studio():
    """The vendor."""
    return Studio()


@pytest.fixture
def client(tmp_path, studio):
    """A client of the vendor."""
    with Host(studio) as host:
        vendor = ls.LipsyncStudio("key", base_url=host.url)
        options = {"poll": (0.01, 0.1), "backoff_scale": 0.01, "deadline": 0.2}
        client = ls.Client([vendor], ledger=tmp_path / "jobs.sqlite", **options)
        yield client
        client.close(wait=False)


class Bucket:
    """A host of one file as object stores are: GET only, with ranges.

    Args:
        data: The file.
        mime: What it is said to be.
    """

    def __init__(self, data, mime="application/octet-stream"):
        self.data = data
        self.mime = mime

    def __call__(self, arrival):
        """Answer."""
        if arrival.method != "GET":
            return answer(b"SignatureDoesNotMatch", 403)
        asked = arrival.headers.get("range")
        if not asked:
            return answer(self.data, Content_Type=self.mime)
        if not self.data:
            return answer(b"", 416)
        start, end = map(int, asked.removeprefix("bytes=").split("-"))
        part = self.data[start : end + 1]
        size = f"bytes {start}-{start + len(part) - 1}/{len(self.data)}"
        return answer(part, 206, Content_Type=self.mime, Content_Range=size)


def ask(client, url, field="image"):
    """Submit a request with a URL, and return its job when it was sent or refused."""
    other = "https://nowhere.invalid/other"
    match field:
        case "image":
            request = ls.lipsync_studio.LipSyncImage(image=url, audio=other)
        case "video":
            request = ls.lipsync_studio.LipSyncVideo(video=url, audio=other)
        case "audio":
            request = ls.lipsync_studio.LipSyncImage(image=other, audio=url)
    job = client.submit(request)
    job.exception(PATIENCE)
    return job


def content(folder, what):
    """Return the bytes of a file."""
    if isinstance(what, bytes):
        return what
    return what(folder).read_bytes()


REFUSED = {
    "a login page": (PAGE, "image", "a web page is not image"),
    "a login page for a sound": (PAGE, "audio", "a web page is not audio"),
    "a pointer": (LFS, "video", "a Git LFS pointer is not video"),
    "JSON": (b'{"message": "expired"}', "audio", 'JSON that says "expired" is not audio'),
    "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image", "an SVG drawing is not image"),
    "a long page": (PAGE + b"<p>Hello" * 99_999, "image", "a web page is not image"),
    "raw samples": (bytes(range(1, 251)) * 999, "audio", "data of no known format is not audio"),
    "a picture": (lambda f: made(f, "png"), "audio", "image/png is not audio"),
    "a sound": (lambda f: made(f, "wav"), "video", "audio/wav is not video"),
    "a clip": (lambda f: made(f, "mp4"), "image", "video/mp4 is not image"),
    "a long clip": (
        lambda f: film(f / "a", [NOISE] * 3, "mpegts"),
        "audio",
        "video/mp2t is not audio",
    ),
    "a long clip in MP4": (
        lambda f: film(f / "a", [NOISE] * 9, "mp4", movflags="faststart"),
        "audio",
        "video/mp4 is not audio",
    ),
    "nothing": (b"", "image", "is empty"),
    "a small picture, cut": (b"\x89PNG\r\n\x1a\n" + bytes(99), "image", "is damaged"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_media_is_not_paid(client, studio, tmp_path, kind):
    """The job has failed, and says which field, which URL, what is there, and the remedy."""
    what, field, why = REFUSED[kind]
    with Host(Bucket(content(tmp_path, what))) as host:
        job = ask(client, f"{host.url}/a/face.jpg?X-Amz-Signature=secret", field)

    assert job.status == "failed"
    assert str(job.error).startswith(f"{field}: ")
    assert why in str(job.error)
    assert f"{host.url}/a/face.jpg" in str(job.error)
    assert "secret" not in str(job.error)
    assert studio.paid == []


def test_what_is_of_no_known_format_is_no_sound(client, studio, tmp_path):
    """Although Pillow may take it for a picture: TGA has no signature."""
    with Host(Bucket(picture(tmp_path / "a.tga", (200, 200)).read_bytes())) as host:
        job = ask(client, f"{host.url}/a", "audio")

    assert "data of no known format is not audio" in str(job.error)
    assert studio.paid == []


SENT = {
    "a picture": (lambda f: picture(f / "a.png"), "image"),
    "a clip": (lambda f: clip(f / "a.mp4"), "video"),
    "a WebM": (lambda f: clip(f / "a.webm", "libvpx", "webm"), "video"),
    "a sound": (lambda f: sound(f / "a.wav"), "audio"),
    "a long sound": (lambda f: sound(f / "a.wav", seconds=5), "audio"),
    "a long MP3": (lambda f: sound(f / "a.mp3", "mp3", "mp3", seconds=20), "audio"),
    "a long M4A": (lambda f: sound(f / "a.m4a", "aac", "ipod", seconds=20), "audio"),
    "a long CAF": (lambda f: recording(f / "a.caf", "alac"), "audio"),
}


@pytest.mark.parametrize("kind", SENT)
@pytest.mark.parametrize("ending", ["", ".php"])
def test_what_suits_is_sent_as_it_was_given(client, studio, tmp_path, kind, ending):
    """Its first bytes are asked for, by the only method that a signature allows."""
    make, field = SENT[kind]
    data = make(tmp_path).read_bytes()
    with Host(Bucket(data)) as host:
        url = f"{host.url}/a{ending}?X-Amz-Signature=secret"
        job = ask(client, url, field)

    assert [form[field] for form in studio.paid] == [url]
    assert f"{field}: " not in job.note
    [look] = host.arrived
    assert (look.method, look.headers["range"]) == ("GET", f"bytes=0-{HEAD - 1}")
    assert look.target == f"/a{ending}?X-Amz-Signature=secret"


def test_a_host_without_ranges_is_not_read_to_its_end(client, studio, tmp_path):
    """It sends the whole file, which may be long, or without an end."""
    data = sound(tmp_path / "a.wav", seconds=2).read_bytes()

    def endless():
        yield head(Content_Type="audio/wav") + data
        while True:
            yield bytes(1 << 16)

    with Host(Reply(endless, end="close")) as host:
        ask(client, f"{host.url}/a.wav", "audio")

    assert len(studio.paid) == 1


def test_a_zipped_page_is_a_page(client, studio):
    """What the header says is undone."""
    with Host(answer(gzip.compress(PAGE), Content_Encoding="gzip")) as host:
        job = ask(client, f"{host.url}/face.jpg")

    assert "a web page is not image" in str(job.error)
    assert studio.paid == []


def test_a_redirect_to_a_login_page_is_followed(client, studio):
    """As the vendor would."""
    with Host(answer(status=302, Location="/login"), answer(PAGE)) as host:
        job = ask(client, f"{host.url}/face.jpg")

    assert job.status == "failed"
    assert studio.paid == []


def test_an_upload_of_no_media_is_not_paid(tmp_path, samples):
    """Vendors that take files get them after they were looked at, with the same words."""
    with Host(answer(PAGE, Content_Type="text/html")) as host, Host(says({"task_id": "1"})) as paid:
        lingdong = ls.Lingdong("key", base_url=paid.url)
        with ls.Client([lingdong], ledger=tmp_path / "jobs.sqlite") as client:
            url = f"{host.url}/face.jpg?X-Amz-Signature=secret"
            job = client.submit(ls.lingdong.Generate(source=url, audio=samples.speech))
            job.exception(PATIENCE)

    remedy = "it may ask for a login, or be an error: see the address in a browser"
    why = f"source: a web page is not image or video: {host.url}/face.jpg; {remedy}"
    assert str(job.error) == why
    assert paid.arrived == []


@pytest.mark.parametrize("status", [404, 410])
def test_where_nothing_is_nothing_is_paid(client, studio, status):
    """The vendor would find nothing either."""
    with Host(answer(PAGE, status)) as host:
        job = ask(client, f"{host.url}/face.jpg")

    assert f"image: nothing is there: {host.url}/face.jpg: HTTP {status}" in str(job.error)
    assert studio.paid == []


UNREACHABLE = {
    "401": answer(PAGE, 401),
    "403": answer(PAGE, 403),
    "429": answer(b"", 429),
    "500": answer(PAGE, 500),
    "no HTTP": raw(b"SSH-2.0-OpenSSH_9.6\r\n", end="close"),
    "cut off": raw(head(Content_Length=99), end="close"),
    "to another network": answer(status=302, Location="http://127.0.0.1:1/"),
}


@pytest.mark.parametrize("reply", UNREACHABLE.values(), ids=UNREACHABLE)
def test_what_cannot_be_reached_from_here_is_sent_with_a_note(client, studio, reply):
    """The vendor may reach it: it is allowed there, or in another network."""
    with Host(reply) as host:
        job = ask(client, f"{host.url}/face.jpg?X-Amz-Signature=secret")

    assert len(studio.paid) == 1
    said = "image: it is sent without a look at it, as it cannot be reached from here: http://"
    assert job.note.startswith(said)
    assert "audio: it is sent without a look at it" in job.note
    assert "secret" not in job.note


def test_a_host_that_does_not_answer_holds_up_for_a_while_only(client, studio, monkeypatch):
    """Then the request is sent with a note."""
    monkeypatch.setattr("lipsync_nb.http.transfer.LONGEST_GLANCE", 0.3)
    with Host(STALL) as host:
        job = ask(client, f"{host.url}/face.jpg")

    assert len(studio.paid) == 1
    assert "TimeoutError" in job.note


def test_nobody_there_is_a_note(client, studio):
    """As for a name that only the vendor knows."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    job = ask(client, f"http://127.0.0.1:{port}/face.jpg")

    assert len(studio.paid) == 1
    assert "image: it is sent without a look at it" in job.note


def test_a_url_of_many_jobs_is_looked_at_once(client, tmp_path):
    """For a while, if it suits; also if they are submitted at once."""
    with Host(Bucket(made(tmp_path, "png").read_bytes())) as host:
        media = {"image": f"{host.url}/a.png", "audio": "https://nowhere.invalid/a"}
        for seeds in (range(9), range(9, 12)):
            requests = [ls.lipsync_studio.LipSyncImage(**media, seed=seed) for seed in seeds]
            for job in client.map(requests):
                job.exception(PATIENCE)

    assert [look.target for look in host.arrived].count("/a.png") == 1
    assert remote.REMEMBERED_SECONDS == 60


def test_a_url_that_was_refused_is_looked_at_again(client, studio, tmp_path):
    """It may have been mended."""
    with Host(answer(PAGE), Bucket(made(tmp_path, "png").read_bytes())) as host:
        assert ask(client, f"{host.url}/face.png").status == "failed"
        ask(client, f"{host.url}/face.png")

    assert len(studio.paid) == 1


class Portrait(Request):
    """A request whose file is looked at in a thread that is noted."""

    vendor: ClassVar = "lingdong"
    threads: ClassVar = set()
    source: Annotated[
        Media,
        Takes(("image",), warning=lambda _: Portrait.threads.add(threading.get_ident())),
    ]


def test_a_look_never_holds_up_other_jobs(tmp_path):
    """Neither at a file that was fetched: decoding takes seconds."""

    async def look(url):
        web = Web()
        try:
            async with Delivery(Portrait(source=url), None, None, web) as delivery:
                await delivery.file(Media(url))
        finally:
            await web.aclose()
        return threading.get_ident()

    with Host(Bucket(made(tmp_path, "png").read_bytes())) as host:
        of_the_loop = asyncio.run(look(f"{host.url}/a.png"))

    assert len(Portrait.threads) == 1
    assert of_the_loop not in Portrait.threads
