"""Files on their way to and from hosts that are not a vendor's API."""

import asyncio
import gzip
import io
import itertools
import os
import random
import socket
import subprocess
import sys
import time
import zlib

import httpx
import pytest
from hosts import RESET, STALL, Host, Reply, answer, free_port, head, raw, says
from media_files import clip, made

import lipsync_nb
from lipsync_nb.errors import BadRequest, DownloadError, ServerError, Unreachable, VendorError
from lipsync_nb.files import LocalFile, finish, in_thread
from lipsync_nb.http.addresses import (
    Reach,
    Source,
    allowed_addresses,
    parsed,
    shown,
)
from lipsync_nb.http.hosts import is_local
from lipsync_nb.http.partial_download import PIECE_SECONDS, PartialDownload
from lipsync_nb.http.retry import ATTEMPTS
from lipsync_nb.http.transfer import HOPS, STALLS, Web, next_hop
from lipsync_nb.media.video import video_suffix

DATA = random.Random(0).randbytes(300_000)
MIB = 1 << 20
PAUSE = 0.25
"""Seconds between the pieces of a slow download."""
ELSEWHERE = httpx.URL("https://vendor.test/")
HERE = Source(httpx.URL("http://127.0.0.1"), reach=Reach.loopback)


class Key(httpx.Auth):
    """Adds a key."""

    def auth_flow(self, request):
        """Add it."""
        request.headers["X-Key"] = "sk-0123456789"
        yield request


def fetch(url, target, *, source=None, suffix=None, largest_result=1 << 30, timeout=10.0):
    """Download a file; return where it lies."""
    source = source or Source(httpx.URL(url))

    async def fetched():
        web = Web(wait=lambda _: 0.0, timeout=httpx.Timeout(timeout), largest_result=largest_result)
        try:
            return await web.download(url, target, source, suffix)
        finally:
            await web.aclose()

    return asyncio.run(fetched())


class Files:
    """A host of one file that resumes, and breaks off as a test sets.

    Args:
        data: The file.
        breaks: After how many bytes each answer breaks off; the last ones are whole.
        version: Its version's headers.
        most: The longest range that is sent at once.
    """

    def __init__(self, data=DATA, *, breaks=(), version=None, most=1 << 30):
        self.data = data
        self.breaks = list(breaks)
        self.version = {"ETag": '"v1"'} if version is None else version
        self.most = most

    def __call__(self, arrival):
        """Answer as RFC 9110 says."""
        start, asked = 0, arrival.headers.get("range")
        if asked and arrival.headers.get("if-range") in self.version.values():
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
        end = min(len(self.data), start + self.most) if start else len(self.data)
        body, headers = self.data[start:end], {"Content_Length": end - start, **self.version}
        if start:
            headers["Content_Range"] = f"bytes {start}-{end - 1}/{len(self.data)}"
        if self.breaks:
            body = body[: self.breaks.pop(0)]
        end = "keep" if len(body) == headers["Content_Length"] else "close"
        return raw(head(206 if start else 200, **headers) + body, end=end)


def ranges(host):
    """Return what was asked for, request by request."""
    return [(a.headers.get("range"), a.headers.get("if-range")) for a in host.arrived]


def test_a_file_arrives_whole(tmp_path):
    """Under its name, with nothing else beside it."""
    with Host(Files()) as host:
        path = fetch(f"{host.url}/a.mp4?sig=x", tmp_path / "a.mp4")

    assert path == tmp_path / "a.mp4"
    assert path.read_bytes() == DATA
    assert list(tmp_path.iterdir()) == [path]
    assert host.arrived[0].headers["accept-encoding"] == "identity"


def test_a_large_file_arrives_whole(tmp_path):
    """Written piece by piece."""
    data = random.Random(1).randbytes(9 * MIB + 1)
    with Host(Files(data, breaks=[5 * MIB + 7])) as host:
        assert fetch(host.url, tmp_path / "a.mp4").read_bytes() == data


@pytest.mark.parametrize("cancels", [1, 2])
def test_a_cancelled_download_keeps_all_bytes(tmp_path, cancels):
    """Those that are being written, and those in memory; however often it is cancelled."""
    data = random.Random(3).randbytes(5 * MIB)
    stalling = raw(head(Content_Length=2 * len(data), ETag='"v1"') + data, end="stall")
    target = tmp_path / "a.mp4"

    async def cancelled(url):
        web = Web(wait=lambda _: 0.0)
        download = asyncio.create_task(web.download(url, target, Source(httpx.URL(url)), None))
        while not (part := PartialDownload(target)).size:  # noqa: ASYNC110 - the disk sends no event
            await asyncio.sleep(0.01)
        await asyncio.sleep(PAUSE)  # the last bytes arrive, and stay in memory
        for _ in range(cancels):
            download.cancel()
            await asyncio.sleep(0)
        with pytest.raises(asyncio.CancelledError):
            await download
        await web.aclose()
        return part.path.read_bytes()

    with Host(stalling) as host:
        assert asyncio.run(cancelled(host.url)) == data


def test_a_thread_finishes_its_work_before_a_task_is_cancelled():
    """What follows it is done too: a file must not be closed while it is written."""
    done = []

    async def cancelled():
        work = in_thread(lambda: done.append(time.sleep(PAUSE)))
        waiting = asyncio.create_task(finish(work, lambda: done.append("then")))
        for _ in range(3):
            await asyncio.sleep(PAUSE / 10)
            waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(cancelled())

    assert done == [None, "then"]


def test_what_a_file_is_gives_it_its_ending(tmp_path):
    """Told once it is whole."""
    seen = []

    def suffix(path):
        seen.append(path.read_bytes())
        return ".webm"

    with Host(Files()) as host:
        path = fetch(host.url, tmp_path / "a.b.mp4", suffix=suffix)

    assert path == tmp_path / "a.b.webm"
    assert seen == [DATA]


def test_a_file_that_is_not_accepted_is_not_kept(tmp_path):
    """A page that says "please log in" is no video."""

    def suffix(_):
        raise DownloadError("no video")

    with Host(Files()) as host, pytest.raises(DownloadError, match="no video"):
        fetch(host.url, tmp_path / "a.mp4", suffix=suffix)
    assert list(tmp_path.iterdir()) == []


VERSIONS = {
    "an entity tag": ({"ETag": '"v1"'}, '"v1"'),
    "a date": (
        {"Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT"},
        "Wed, 21 Oct 2015 07:28:00 GMT",
    ),
    "a weak tag and a date": ({"ETag": 'W/"v1"', "Last-Modified": "a date"}, "a date"),
}


@pytest.mark.parametrize(("version", "asked"), VERSIONS.values(), ids=VERSIONS)
def test_a_download_goes_on_where_it_broke_off(tmp_path, version, asked):
    """Of the same version only: the request says which."""
    with Host(Files(breaks=[1000, 70_000], version=version)) as host:
        path = fetch(host.url, tmp_path / "a.mp4")

    assert path.read_bytes() == DATA
    assert ranges(host) == [(None, None), ("bytes=1000-", asked), ("bytes=71000-", asked)]


@pytest.mark.parametrize("version", [{}, {"ETag": 'W/"v1"'}])
def test_what_has_no_version_starts_again(tmp_path, version):
    """Half of one file and half of another would be neither."""
    with Host(Files(breaks=[1000, 70_000], version=version)) as host:
        path = fetch(host.url, tmp_path / "a.mp4")

    assert path.read_bytes() == DATA
    assert ranges(host) == [(None, None)] * 3


def test_what_has_changed_starts_again(tmp_path):
    """The host sends the whole of the new version."""
    new = Files(DATA[::-1], version={"ETag": '"v2"'}, breaks=[5])
    with Host(Files(breaks=[1000]), new) as host:
        path = fetch(host.url, tmp_path / "a.mp4")

    assert path.read_bytes() == DATA[::-1]
    assert ranges(host)[1:] == [("bytes=1000-", '"v1"'), ("bytes=5-", '"v2"')]


def test_a_new_version_may_be_shorter(tmp_path):
    """Nothing of the old one is left at its end."""
    with Host(Files(breaks=[1000]), Files(b"short", version={"ETag": '"v2"'})) as host:
        assert fetch(host.url, tmp_path / "a.mp4").read_bytes() == b"short"


def test_a_host_that_knows_no_ranges_sends_all_again(tmp_path):
    """A 200 begins at the first byte, whatever was asked."""
    whole = answer(DATA, ETag='"v1"')
    with Host(Files(breaks=[1000]), whole) as host:
        assert fetch(host.url, tmp_path / "a.mp4").read_bytes() == DATA


def part(start, end, **changes):
    """Answer with a range."""
    headers = {"Content_Range": f"bytes {start}-{end - 1}/{len(DATA)}", "ETag": '"v1"'} | changes
    return answer(DATA[start:end], 206, **headers)


@pytest.mark.parametrize(
    "reply",
    [
        part(0, len(DATA)),
        part(999, len(DATA)),
        part(1001, len(DATA)),
        part(1000, len(DATA), Content_Range="lines 1-2/3"),
        part(1000, len(DATA), Content_Range=""),
        part(1000, len(DATA), ETag='"v2"'),
        answer(DATA[1000:], 206),
        answer(b"", 416, Content_Range=f"bytes */{len(DATA)}"),
        answer(b"<html>", 416),
    ],
)
def test_another_range_than_was_asked_for_starts_again(tmp_path, reply):
    """Its bytes would stand in the wrong place."""
    with Host(Files(breaks=[1000]), reply, Files()) as host:
        path = fetch(host.url, tmp_path / "a.mp4")

    assert path.read_bytes() == DATA
    assert ranges(host) == [(None, None), ("bytes=1000-", '"v1"'), (None, None)]


def test_a_host_may_send_less_than_was_asked_for(tmp_path):
    """A range's end is not the file's end."""
    with Host(Files(breaks=[1000], most=100_000)) as host:
        path = fetch(host.url, tmp_path / "a.mp4")

    assert path.read_bytes() == DATA
    assert len(host.arrived) == 4


@pytest.mark.parametrize(
    "reply",
    [
        RESET,
        Reply(end="close"),
        answer(b"", 500),
        answer(b"", 503, Retry_After=9999),
        answer(b"", 429),
        answer(b"", 408),
        answer(b"", 416),
        raw(head(Content_Length=99, ETag='"v1"') + b"half", end="close"),
        raw(head(Transfer_Encoding="chunked") + b"4\r\nhalf\r\n", end="close"),
        raw(head(Content_Length=99) + b"half", end="stall"),
        raw(b"nonsense\r\n\r\n", end="close"),
        STALL,
    ],
)
def test_a_download_that_stalls_is_given_up(tmp_path, reply):
    """After so many attempts without a new byte; nothing is left behind."""
    with Host(reply) as host, pytest.raises(DownloadError):
        fetch(host.url, tmp_path / "a.mp4", timeout=0.2)

    assert STALLS <= len(host.arrived) <= STALLS + 1
    assert list(tmp_path.iterdir()) == []


def test_a_download_that_moves_is_not_given_up(tmp_path):
    """However often it breaks off."""
    with Host(Files(breaks=[10_000] * 29)) as host:
        assert fetch(host.url, tmp_path / "a.mp4").read_bytes() == DATA

    assert len(host.arrived) == 30


def test_a_host_that_only_seems_to_move_is_given_up(tmp_path):
    """It breaks off at the same place, and does not know its own ranges."""
    half = raw(head(Content_Length=len(DATA), ETag='"v1"') + DATA[:5000], end="close")
    with Host(*[half, answer(b"", 416)] * 20) as host, pytest.raises(DownloadError):
        fetch(host.url, tmp_path / "a.mp4")

    assert len(host.arrived) < 12


def test_a_download_that_was_stopped_goes_on_another_time(tmp_path):
    """Whenever it was stopped, no byte is lost or doubled."""
    data = random.Random(2).randbytes(24 * MIB)
    target = tmp_path / "a.mp4"
    clock = random.Random(3)

    async def interrupted(url):
        stops = 0
        while True:
            web = Web(wait=lambda _: 0.0)
            try:
                async with asyncio.timeout(clock.uniform(0.005, 0.05)):
                    await web.download(url, target, Source(httpx.URL(url)))
            except TimeoutError:
                stops += 1
            else:
                return stops
            finally:
                await web.aclose()

    with Host(Files(data)) as host:
        stops = asyncio.run(interrupted(host.url))

    assert target.read_bytes() == data
    assert stops > 1
    assert any(asked for asked, _ in ranges(host))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451, 300, 304])
def test_a_refusal_stands(tmp_path, status):
    """An expired URL stays expired; what was begun is not kept."""
    with (
        Host(Files(breaks=[1000]), answer(b"", status)) as host,
        pytest.raises(DownloadError, match=f"/a.mp4: HTTP {status}"),
    ):
        fetch(f"{host.url}/a.mp4?sig=x", tmp_path / "a.mp4")

    assert len(host.arrived) == 2
    assert list(tmp_path.iterdir()) == []


def endless():
    """Return a body without an end."""
    return itertools.chain(
        [head(Transfer_Encoding="chunked")], itertools.repeat(b"5000\r\n" + bytes(0x5000) + b"\r\n")
    )


def test_a_file_without_an_end_is_given_up(tmp_path):
    """Before the disk is full."""
    with Host(Reply(endless, end="close")) as host, pytest.raises(DownloadError, match="more than"):
        fetch(host.url, tmp_path / "a.mp4", largest_result=MIB)

    assert list(tmp_path.iterdir()) == []


TWICE = gzip.compress(DATA[:100]) + gzip.compress(DATA[100:])


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(DATA)),
        ("GZIP", gzip.compress(DATA)),
        ("x-gzip", gzip.compress(DATA)),
        ("deflate", zlib.compress(DATA)),
        ("gzip, aws-chunked", gzip.compress(DATA)),
        ("gzip", TWICE),
        ("gzip", DATA),
        ("aws-chunked", DATA),
        ("identity", DATA),
    ],
)
def test_a_zipped_answer_is_unzipped(tmp_path, encoding, body):
    """None was asked for, but some hosts zip everything, and some say so of what is not zipped."""
    with Host(answer(body, Content_Encoding=encoding)) as host:
        assert fetch(host.url, tmp_path / "a.mp4").read_bytes() == DATA


def test_zipped_answers_may_come_byte_by_byte(tmp_path):
    """The first byte alone does not tell whether it is zipped."""
    body = gzip.compress(DATA[:9])
    pieces = (bytes([byte]) for byte in body)
    reply = raw(head(Content_Encoding="gzip", Content_Length=len(body)), *pieces, pause=0.02)
    with Host(reply) as host:
        assert fetch(host.url, tmp_path / "a.mp4").read_bytes() == DATA[:9]


def test_the_limit_is_that_of_what_comes_out(tmp_path):
    """A small answer can become a large file."""
    body = gzip.compress(bytes(40 * MIB))
    assert len(body) < MIB
    with (
        Host(answer(body, Content_Encoding="gzip")) as host,
        pytest.raises(DownloadError, match="more than the limit"),
    ):
        fetch(host.url, tmp_path / "a.mp4", largest_result=MIB)

    assert list(tmp_path.iterdir()) == []


def test_a_zipped_answer_that_breaks_off_is_asked_for_anew(tmp_path):
    """Ranges are those of the zipped bytes, so the rest cannot be asked for."""
    body = gzip.compress(DATA)
    zipped = {"Content_Encoding": "gzip", "ETag": '"v1"'}
    half = raw(head(Content_Length=len(body), **zipped) + body[:99_999], end="close")
    short = answer(body[:99_999], **zipped)
    with Host(half, short, answer(body, **zipped)) as host:
        assert fetch(host.url, tmp_path / "a.mp4").read_bytes() == DATA

    assert ranges(host) == [(None, None)] * 3


def test_the_rest_of_a_file_is_not_unzipped(tmp_path):
    """A host that zips only the second answer is asked for all of it."""
    body = gzip.compress(DATA)
    begun = raw(head(Content_Length=len(DATA), ETag='"v1"') + DATA[:99_999], end="close")
    rest = answer(
        gzip.compress(DATA[99_999:]),
        206,
        Content_Encoding="gzip",
        Content_Range=f"bytes 99999-{len(DATA) - 1}/{len(DATA)}",
    )
    with Host(begun, rest, answer(body, Content_Encoding="gzip")) as host:
        assert fetch(host.url, tmp_path / "a.mp4").read_bytes() == DATA


def test_damaged_compression_is_a_download_error(tmp_path):
    """After a few attempts."""
    body = bytearray(gzip.compress(DATA))
    body[5000:5100] = bytes(100)
    with (
        Host(answer(bytes(body), Content_Encoding="gzip")) as host,
        pytest.raises(DownloadError, match="compress"),
    ):
        fetch(host.url, tmp_path / "a.mp4")


def test_a_host_is_told_who_asks(tmp_path):
    """Some refuse the names of libraries, and want an address."""
    with Host(answer(DATA)) as host:
        fetch(host.url, tmp_path / "a.mp4")

    name = host.arrived[0].headers["user-agent"]
    assert name.startswith(f"lipsync_nb/{lipsync_nb.__version__} (+https://")


class CutOff:
    """A host of a video that sends only the beginning of it, as if that was all.

    Args:
        path: The video.
        cuts: How often it does so.
        says_length: Whether it announces the length of what it sends.
        resumes: Whether it sends the rest if it is asked for.
    """

    def __init__(self, path, *, cuts, says_length, resumes):
        self.data = path.read_bytes()
        self.cuts = cuts
        self.says_length = says_length
        self.resumes = resumes

    def __call__(self, arrival):
        """Answer; without a length, closing the connection ends the answer."""
        version = {"ETag": '"v1"'} if self.resumes else {}
        if asked := arrival.headers.get("range"):
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            if start >= len(self.data):
                return answer(b"", 416)
            size = len(self.data)
            where = {"Content_Range": f"bytes {start}-{size - 1}/{size}"}
            return answer(self.data[start:], 206, **where, **version)
        self.cuts -= 1
        body = self.data[: len(self.data) // 2] if self.cuts >= 0 else self.data
        length = {"Content_Length": len(body)} if self.says_length else {}
        return raw(head(**length, **version) + body, end="close")


@pytest.mark.parametrize("resumes", [True, False])
@pytest.mark.parametrize("says_length", [True, False])
@pytest.mark.parametrize("ending", ["mp4", "mov", "webm"])
def test_half_a_video_is_fetched_again(tmp_path, ending, says_length, resumes):
    """Its container says that there is more; the rest suffices, if the host can send it."""
    video = made(tmp_path, ending)
    script = CutOff(video, cuts=1, says_length=says_length, resumes=resumes)
    with Host(script) as host:
        path = fetch(host.url, tmp_path / "result.mp4", suffix=video_suffix)

    assert path.read_bytes() == video.read_bytes()
    rest = [f"bytes={len(script.data) // 2}-"] if resumes else [None]
    assert [asked for asked, _ in ranges(host)] == [None, *rest]


@pytest.mark.parametrize("resumes", [True, False])
def test_a_video_that_stays_half_is_refused(tmp_path, resumes):
    """And is not kept."""
    video = made(tmp_path, "mp4")
    half = tmp_path / "half"
    half.write_bytes(video.read_bytes()[: video.stat().st_size * 2 // 3])
    script = CutOff(half, cuts=0, says_length=True, resumes=resumes)
    with Host(script) as host, pytest.raises(DownloadError, match=r"has \S+ of \S+ bytes"):
        fetch(host.url, tmp_path / "result.mp4", suffix=video_suffix)

    assert ranges(host)[:: 2 if resumes else 1] == [(None, None)] * 2  # the same came twice
    assert sorted(tmp_path.iterdir()) == sorted([video, half])


TRAILERS = {
    "text": b"generated by vendor 1.2",
    "ID3": b"TAG" + b"title".ljust(125, b"\0"),
    "JSON": b'{"AIGC": {"Label": "1"}}',
    "digits": b"0123456789abcdef",
    "zeros": bytes(64),
    "Samsung": b"\x00\x00\x20\x08SEFH",
}


@pytest.mark.parametrize("trailer", TRAILERS.values(), ids=TRAILERS)
def test_what_follows_a_video_does_not_break_it(tmp_path, trailer):
    """Such as labels of generated content, which are no boxes of the container."""
    body = made(tmp_path, "mp4").read_bytes() + trailer
    with Host(answer(body)) as host:
        path = fetch(host.url, tmp_path / "result.mp4", suffix=video_suffix)

    assert path.read_bytes() == body


class Pipe(io.BytesIO):
    """A file whose writer cannot go back to write its length."""

    seek = None


@pytest.mark.parametrize(
    ("container", "codec"), [("avi", "mpeg4"), ("matroska", "mpeg4"), ("webm", "libvpx")]
)
def test_a_video_that_was_written_to_a_pipe_is_whole(tmp_path, container, codec):
    """Its container does not say how long it is."""
    pipe = Pipe()
    clip(pipe, codec, container)
    with Host(answer(pipe.getvalue())) as host:
        path = fetch(host.url, tmp_path / "result.mp4", suffix=video_suffix)

    assert path.read_bytes() == pipe.getvalue()


def test_nobody_there_is_a_download_error(tmp_path):
    """After some attempts."""
    with pytest.raises(DownloadError, match=r"/a\.mp4: "):
        fetch(f"http://127.0.0.1:{free_port()}/a.mp4", tmp_path / "a.mp4")


# Disks.


@pytest.mark.parametrize("obstacle", ["a parent that is a file", "a folder of that name"])
def test_what_is_in_the_way_is_a_download_error(tmp_path, obstacle):
    """And stays as it is."""
    target = tmp_path / "folder" / "a.mp4"
    if obstacle == "a parent that is a file":
        target.parent.write_bytes(b"mine")
    else:
        (target / "mine").mkdir(parents=True)

    with Host(Files()) as host, pytest.raises(DownloadError, match=r"directory|folder"):
        fetch(host.url, target)
    if target.parent.is_dir():
        assert list(target.parent.iterdir()) == [target]
        assert (target / "mine").is_dir()


def test_a_part_that_cannot_be_written_is_a_download_error(tmp_path):
    """A folder of its name."""
    (tmp_path / "a.mp4.part").mkdir()
    with Host(Files()) as host, pytest.raises(DownloadError, match="Is a directory"):
        fetch(host.url, tmp_path / "a.mp4")


def test_a_missing_folder_is_a_download_error(tmp_path):
    """Who downloads makes it first."""
    with Host(Files()) as host, pytest.raises(DownloadError, match="No such file or directory"):
        fetch(host.url, tmp_path / "folder" / "a.mp4")


FULL = """
import resource, sys
sys.path.insert(0, sys.argv[3])
from pathlib import Path
from test_transfer import DownloadError, fetch
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    fetch(sys.argv[1], Path(sys.argv[2]))
except DownloadError as error:
    print(error)
"""


def test_a_full_disk_is_a_download_error(tmp_path):
    """The same as with a limit on files; nothing is left behind."""
    with Host(Files()) as host:
        done = subprocess.run(
            [sys.executable, "-c", FULL, host.url, tmp_path / "a.mp4", os.path.dirname(__file__)],  # noqa: PTH120
            capture_output=True,
            text=True,
            check=True,
        )

    assert "File too large" in done.stdout
    assert list(tmp_path.iterdir()) == []


# Redirects, keys and addresses.


def moved(where, status=302):
    """Redirect."""
    return answer(b"", status, Location=where)


def test_redirects_are_followed(tmp_path):
    """Relative ones too, up to so many; the last answer counts."""
    hops = [
        moved("b/c?d=e"),
        moved("/f", 301),
        moved("?g", 303),
        moved("../h", 307),
        moved("i", 308),
    ]
    with Host(*hops, Files()) as host:
        assert fetch(f"{host.url}/x/a", tmp_path / "a.mp4").read_bytes() == DATA

    assert [arrival.target for arrival in host.arrived] == [
        *("/x/a", "/x/b/c?d=e", "/f", "/f?g", "/h", "/i")
    ]


def test_a_circle_is_left(tmp_path):
    """After so many redirects."""
    with Host(moved("/again")) as host, pytest.raises(DownloadError, match="redirects"):
        fetch(f"{host.url}/a", tmp_path / "a.mp4")

    assert len(host.arrived) == HOPS + 1


@pytest.mark.parametrize(
    "where",
    [
        "file:///etc/passwd",
        "ftp://host.test/a",
        "javascript:alert(1)",
        "data:,x",
        "http://",
        "//[",
        "http://[::1",
        "http://x..y/",
        f"http://{'a' * 64}.test/",
        "\xff://x",
    ],
)
def test_a_redirect_out_of_the_web_is_refused(tmp_path, where):
    """It may name anything at all."""
    reply = f"HTTP/1.1 302 X\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode("latin-1")
    with Host(raw(reply)) as host, pytest.raises(DownloadError):
        fetch(host.url, tmp_path / "a.mp4")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.mp4",
        "/a.mp4",
        "file:///etc/passwd",
        "ftp://x.test/a",
        "http://",
        "http://[::1",
        "http://x..y",
        "http://xn--/",
        "http://0177.0.0.1/",
        "\0",
    ],
)
def test_what_is_no_url_is_refused(tmp_path, url):
    """A vendor may answer with anything."""
    with pytest.raises(DownloadError, match="URL"):
        fetch(url, tmp_path / "a.mp4", source=Source(ELSEWHERE))


@pytest.mark.parametrize(
    ("here", "there", "allowed"),
    [
        ("https://a.test/x", "https://b.test/y", True),
        ("http://a.test/x", "https://a.test/x", True),
        ("http://a.test/x", "http://b.test/y", True),
        ("https://a.test/x", "http://a.test/x", False),
        ("https://a.test/x", "/y", True),
        ("https://a.test/x", "//b.test/y", True),
    ],
)
def test_encryption_is_not_given_up(here, there, allowed):
    """From https a redirect leads to https."""
    response = httpx.Response(302, headers={"Location": there})

    if allowed:
        assert next_hop(httpx.URL(here), response) == httpx.URL(here).join(there)
    else:
        with pytest.raises(DownloadError, match="plain http"):
            next_hop(httpx.URL(here), response)


def test_a_key_goes_to_the_vendors_own_origin_only(tmp_path):
    """Also within one chain of redirects, there and back; another port is another origin."""
    with (
        Host(answer(DATA, Set_Cookie="session=1; Path=/")) as third,
        Host(moved(f"{third.url}/c")) as other,
        Host(moved("/b"), moved(f"{other.url}/a")) as vendor,
    ):
        source = Source(httpx.URL(f"{vendor.url}/v1/"), Key(), Reach.loopback)
        fetch(f"{vendor.url}/a", tmp_path / "a.mp4", source=source)

    assert [a.headers.get("x-key") for a in vendor.arrived] == ["sk-0123456789"] * 2
    assert len(other.arrived) == len(third.arrived) == 1
    for arrival in other.arrived + third.arrived:
        assert not {"x-key", "authorization", "cookie", "referer"} & set(arrival.headers)


def test_a_key_is_not_sent_where_none_is_wanted(tmp_path):
    """Most results lie at public URLs."""
    with Host(Files()) as host:
        fetch(host.url, tmp_path / "a.mp4", source=Source(httpx.URL(host.url)))

    assert not {"x-key", "authorization", "cookie"} & set(host.arrived[0].headers)


PRIVATE = [
    *("127.0.0.1", "127.1", "127.9.9.9", "2130706433", "0x7f000001", "127。0。0。1"),
    *("localhost", "0.0.0.0", "0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
    *("100.64.0.1", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[fe80::1]"),
    *("[fc00::1]", "[::ffff:a9fe:a9fe]", "255.255.255.255", "[0:0:0:0:0:0:0:1]"),
    *("224.0.0.1", "239.255.255.250", "[ff0e::1]", "[fec0::1]", "198.18.0.1", "a.localhost"),
    *("[64:ff9b::7f00:1]", "[64:ff9b::a00:1]", "[64:ff9b:1::7f00:1]", "[::7f00:1]", "[::8.8.8.8]"),
    *("[2002:7f00:1::]", "[2002:a00:1::1]", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]"),
    *("127.0.0.1.", "10.0.0.1.", "[::ffff:0:7f00:1]", "100.100.100.200", "[fd00:ec2::254]"),
]


@pytest.mark.parametrize("host", PRIVATE)
def test_a_private_address_is_refused(host):
    """In all the ways to write one: a vendor must not send a notebook into its own network."""
    url = parsed(f"http://{host}:8080/a?b")

    with pytest.raises(DownloadError, match="private address"):
        asyncio.run(allowed_addresses(url, Source(ELSEWHERE)))


LOOPBACK = {"127.0.0.1", "127.1", "127.9.9.9", "2130706433", "0x7f000001"}
LOOPBACK |= {"127。0。0。1", "localhost", "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]"}
LOOPBACK |= {"a.localhost", "[64:ff9b::7f00:1]", "127.0.0.1.", "[::ffff:0:7f00:1]"}


@pytest.mark.parametrize("host", PRIVATE)
def test_a_vendor_on_loopback_reaches_loopback(host):
    """And nothing else that is private."""
    checked = allowed_addresses(parsed(f"http://{host}/a"), Source(ELSEWHERE, reach=Reach.loopback))

    if host in LOOPBACK:
        asyncio.run(checked)
    else:
        with pytest.raises(DownloadError, match="private address"):
            asyncio.run(checked)


@pytest.mark.parametrize("host", PRIVATE)
def test_what_the_user_named_may_be_anywhere(host):
    """It is the user's own network."""
    asyncio.run(
        allowed_addresses(parsed(f"http://{host}/a"), Source(ELSEWHERE, reach=Reach.anywhere))
    )


USERS_NETWORK = {"10.0.0.1", "10.0.0.1.", "172.16.0.1", "192.168.1.1", "[::ffff:10.0.0.1]"}
USERS_NETWORK |= {"[fc00::1]", "[64:ff9b::a00:1]"}


@pytest.mark.parametrize("host", PRIVATE)
def test_what_the_user_named_may_redirect_into_the_users_network_only(host):
    """Not to this machine, nor to what describes it in a cloud."""
    source = Source(ELSEWHERE, reach=Reach.anywhere)
    checked = allowed_addresses(parsed(f"http://{host}/a"), source, redirected=True)

    if host in USERS_NETWORK:
        asyncio.run(checked)
    else:
        with pytest.raises(DownloadError, match="private address"):
            asyncio.run(checked)


@pytest.mark.parametrize("host", [*PRIVATE, "vendor.test", "198.18.0.7"])
def test_a_proxy_looks_names_up(host):
    """An address in the URL is checked here all the same."""
    checked = allowed_addresses(parsed(f"http://{host}/a"), Source(ELSEWHERE), proxied=True)

    if host == "vendor.test":
        assert asyncio.run(checked) == ["vendor.test"]
    else:
        with pytest.raises(DownloadError, match="private address"):
            asyncio.run(checked)


PUBLIC = ["1.1.1.1", "[2606:4700:4700::1111]", "16843009", "[64:ff9b::101:101]"]


@pytest.mark.parametrize("host", PUBLIC)
def test_a_public_address_is_allowed(host):
    """The web is where results lie."""
    asyncio.run(allowed_addresses(parsed(f"https://{host}/a"), Source(ELSEWHERE)))


def test_the_vendors_own_origin_is_allowed():
    """Some vendors run in their customers' networks; another port there is another's."""
    source = Source(httpx.URL("http://10.1.2.3:8000/api/"))

    asyncio.run(allowed_addresses(parsed("http://10.1.2.3:8000/results/a"), source))
    with pytest.raises(DownloadError, match="private address"):
        asyncio.run(allowed_addresses(parsed("http://10.1.2.3:8001/a"), source))


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_nothing_is_sent_to_a_private_address(tmp_path, address):
    """Neither at once nor by a redirect."""
    with Host(Files(), address=address) as inside, Host(moved(inside.url)) as vendor:
        source = Source(httpx.URL(vendor.url))
        for url in (inside.url, vendor.url):
            with pytest.raises(DownloadError, match="private address"):
                fetch(url, tmp_path / "a.mp4", source=source)

    assert inside.arrived == []
    assert len(vendor.arrived) == 1


class Resolver:
    """Stands in for the system's, which a test cannot tell what to answer.

    Args:
        answers: By name, the addresses of one look-up after the other; the last are repeated.
    """

    def __init__(self, monkeypatch, **answers):
        self.asked = []
        self._answers = {name.replace("_", "."): list(found) for name, found in answers.items()}
        self._real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self._look_up)

    def _look_up(self, host, port, *options, **more):
        name = host.decode() if isinstance(host, bytes) else host
        if name not in self._answers:
            return self._real(host, port, *options, **more)
        self.asked.append(name)
        left = self._answers[name]
        addresses = left.pop(0) if len(left) > 1 else left[0]
        return [self._real(address, port, *options, **more)[0] for address in addresses]


@pytest.fixture
def no_proxy(monkeypatch):
    """Return a function that sets a proxy; at first there is none."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return lambda url: monkeypatch.setenv("http_proxy", url)


@pytest.mark.usefixtures("no_proxy")
def test_what_is_connected_to_is_what_was_checked(tmp_path, monkeypatch):
    """A name that then means another machine changes nothing; the host still hears its name."""
    resolver = Resolver(monkeypatch, vendor_test=[["127.0.0.1"], ["127.0.0.2"]])
    with (
        Host(Files()) as host,
        Host(Files(b"secret"), address="127.0.0.2", port=host.port) as inside,
    ):
        url = f"http://vendor.test:{host.port}/a"
        source = Source(ELSEWHERE, reach=Reach.loopback)
        assert fetch(url, tmp_path / "a.mp4", source=source).read_bytes() == DATA

    assert resolver.asked == ["vendor.test"]
    assert inside.arrived == []
    assert host.arrived[0].headers["host"] == f"vendor.test:{host.port}"


@pytest.mark.usefixtures("no_proxy")
def test_a_name_with_one_private_address_is_refused(tmp_path, monkeypatch):
    """Whichever address would have been connected to."""
    Resolver(monkeypatch, vendor_test=[["1.1.1.1", "10.0.0.1"]])

    with pytest.raises(DownloadError, match="private address"):
        fetch("http://vendor.test/a", tmp_path / "a.mp4", source=Source(ELSEWHERE))


@pytest.mark.usefixtures("no_proxy")
def test_the_next_address_is_tried(tmp_path, monkeypatch):
    """A host often has several, of which one cannot be reached from here."""
    Resolver(monkeypatch, vendor_test=[["127.0.0.3", "127.0.0.1"]])
    with Host(Files()) as host:
        source = Source(ELSEWHERE, reach=Reach.loopback)
        url = f"http://vendor.test:{host.port}/a"
        assert fetch(url, tmp_path / "a.mp4", source=source).read_bytes() == DATA

    assert len(host.arrived) == 1


@pytest.mark.usefixtures("no_proxy")
def test_a_name_with_a_transparent_proxys_address_is_allowed(monkeypatch):
    """Such proxies answer each look-up with an address of 198.18.0.0/15."""
    Resolver(monkeypatch, vendor_test=[["198.18.3.4"]])

    found = allowed_addresses(parsed("http://vendor.test/a"), Source(ELSEWHERE))
    assert asyncio.run(found) == ["198.18.3.4"]


def test_results_come_through_a_proxy_that_alone_knows_names(tmp_path, no_proxy):
    """As in many companies: here, the vendor's name has no address."""
    with Host(Files()) as proxy:
        no_proxy(proxy.url.removeprefix("http://"))  # as httpx, too, takes it
        url = "http://results.vendor.test/a.mp4?sig=x"
        source = Source(httpx.URL("http://api.vendor.test"))
        assert fetch(url, tmp_path / "a.mp4", source=source).read_bytes() == DATA
        for private in ("http://10.0.0.1/a", "http://2130706433/a", "http://[::1]/a"):
            with pytest.raises(DownloadError, match="private address"):
                fetch(private, tmp_path / "b.mp4", source=source)

    assert [(a.target, a.headers["host"]) for a in proxy.arrived] == [(url, "results.vendor.test")]


def test_this_machine_is_reached_without_the_proxy(tmp_path, no_proxy):
    """The proxy is another machine, or could not come back here."""
    with Host(Files()) as host, Host(answer(b"", 502)) as proxy:
        no_proxy(proxy.url)
        fetch(f"{host.url}/a", tmp_path / "a.mp4")

    assert proxy.arrived == []


def test_a_proxy_that_cannot_be_used_is_a_download_error(tmp_path, no_proxy):
    """It names the variable, and shows no password."""
    no_proxy("nonsense://user:password@proxy.test:1")

    with pytest.raises(DownloadError, match=r"http_proxy: .* socks5h, not nonsense$"):
        fetch("http://vendor.test/a", tmp_path / "a.mp4", source=Source(ELSEWHERE))


def test_a_users_url_does_not_lead_to_this_machine(tmp_path):
    """Who serves a user's picture must not read what other programs serve here."""
    with Host(Files()) as inside, Host(moved(inside.url)) as named:
        source = Source(httpx.URL(named.url), reach=Reach.anywhere)
        with pytest.raises(DownloadError, match="private address"):
            fetch(named.url, tmp_path / "a.mp4", source=source)

    assert inside.arrived == []


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("127.8.8.8", True),
        ("10.0.0.1", False),
        ("0.0.0.0", True),
        ("localhost.test", False),
        ("vendor.test", False),
    ],
)
def test_this_machine_is_known_by_its_names(host, local):
    """A vendor there may keep its results there."""
    assert is_local(host) is local


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("https://user:password@host.test:8443/a/b?sig=x#y", "https://host.test:8443/a/b"),
        ("https://host.test", "https://host.test"),
        ("https://host.test/a@b", "https://host.test/a@b"),
        ("/a/b?c", "/a/b"),
        ("nonsense", "nonsense"),
        ("http://host.test/" + "x" * 500, "http://host.test/" + "x" * 183),
    ],
)
def test_a_url_is_shown_without_what_may_be_secret(url, seen):
    """Neither its query nor its user."""
    assert shown(url) == seen


# Uploads.


def put(url, path, mime="video/mp4", **options):
    """Upload a file."""

    async def sent():
        web = Web(wait=lambda _: 0.0, timeout=httpx.Timeout(options.pop("timeout", 10.0)))
        try:
            file = options.pop("file", None) or LocalFile.of(path)
            await web.put(url, file, mime, options.pop("source", HERE))
        finally:
            await web.aclose()

    asyncio.run(sent())


@pytest.fixture
def film(tmp_path):
    """A file that takes several reads."""
    path = tmp_path / "脸.mp4"
    path.write_bytes(random.Random(4).randbytes(3 * MIB + 1))
    return path


def test_an_upload_is_what_presigned_urls_want(film):
    """A length, no chunks, the type that was signed, and no key of anybody's."""
    with Host(answer()) as host:
        put(f"{host.url}/a%2Fb?X-Sig=a%2Bb", film, "video/quicktime")

    (arrival,) = host.arrived
    assert (arrival.method, arrival.target) == ("PUT", "/a%2Fb?X-Sig=a%2Bb")
    assert arrival.body == film.read_bytes()
    assert arrival.headers["content-length"] == str(len(arrival.body))
    assert arrival.headers["content-type"] == "video/quicktime"
    assert not {"transfer-encoding", "authorization", "cookie", "x-key"} & set(arrival.headers)


@pytest.mark.parametrize("trouble", [RESET, answer(b"", 500), answer(b"", 429), answer(b"", 408)])
def test_an_upload_is_repeated(film, trouble):
    """It costs nothing; each time it is whole."""
    with Host(trouble, trouble, answer(status=204)) as host:
        put(host.url, film)

    assert [arrival.body for arrival in host.arrived] == [film.read_bytes()] * 3


@pytest.mark.parametrize(
    ("trouble", "kind"), [(RESET, Unreachable), (answer(b"", 503), ServerError)]
)
def test_an_upload_is_given_up(film, trouble, kind):
    """After some attempts the last error stands."""
    with Host(trouble) as host, pytest.raises(kind, match=r"upload to 127\.0\.0\.1"):
        put(f"{host.url}/?X-Sig=secret", film)

    assert len(host.arrived) == ATTEMPTS


@pytest.mark.parametrize("status", [400, 403, 404, 302, 304])
def test_a_refused_upload_is_not_repeated(film, status):
    """An expired URL stays expired; and no redirect is followed."""
    with (
        Host(answer(b"", status, Location="http://127.0.0.1:9/")) as host,
        pytest.raises(VendorError, match=f"HTTP {status}") as refused,
    ):
        put(f"{host.url}/?X-Sig=secret", film)

    assert "secret" not in str(refused.value)
    assert len(host.arrived) == 1


def test_an_upload_waits_for_no_endless_answer(film):
    """The status says all."""
    with Host(Reply(endless, end="close")) as host:
        put(host.url, film)

    assert len(host.arrived) == 1


@pytest.mark.parametrize("size", [-1, 1])
def test_a_file_that_changes_on_the_way_is_an_error(film, size):
    """Its length was promised."""
    file = LocalFile(film, "video/mp4", film.stat().st_size + size)
    with Host(Reply(end="close")) as host, pytest.raises(BadRequest, match="it changed while"):
        put(host.url, film, file=file)


def test_a_file_that_is_gone_is_named(film):
    """It is not the host's fault."""
    file = LocalFile.of(film)
    film.unlink()
    with Host(answer()) as host, pytest.raises(BadRequest, match=r"脸\.mp4: No such file"):
        put(host.url, film, file=file)

    assert host.arrived == []


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "http://[::1", "http://x..y"])
def test_an_upload_goes_to_the_web(film, url):
    """A vendor may answer with anything."""
    with pytest.raises(VendorError, match="URL"):
        put(url, film)


def test_answers_need_not_be_json(film):
    """Storage answers in XML, or with nothing."""
    with Host(says({"any": "thing"}), answer(b"<xml/>", 201)) as host:
        put(host.url, film)
        put(host.url, film)

    assert len(host.arrived) == 2


def test_an_upload_does_not_go_into_the_users_network(film):
    """A vendor's answer may name any place at all; the face goes to public ones only."""
    with Host(answer()) as host:
        with pytest.raises(VendorError, match="refused, a private address"):
            put(host.url, film, source=Source(ELSEWHERE))

        assert host.arrived == []


def test_what_comes_slowly_is_on_the_disk_soon(tmp_path):
    """A process that dies loses a second of its download, however small that is."""
    part = tmp_path / "a.mp4.part"
    sizes = []

    def dripping():
        yield head()
        while not sizes or (sizes[-1] == 0 and len(sizes) < 10 * PIECE_SECONDS / PAUSE):
            yield b"drop"
            sizes.append(part.stat().st_size if part.exists() else 0)

    with Host(Reply(dripping, pause=PAUSE, end="close")) as host:
        path = fetch(f"{host.url}/a.mp4", tmp_path / "a.mp4")

    assert sizes[-1] > 0
    assert path.read_bytes() == b"drop" * len(sizes)
