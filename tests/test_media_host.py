"""Where local files get a URL: against a real S3 API on loopback, and a host that takes a PUT."""

import asyncio
import json
import logging
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import boto3
import httpx
import pytest
from hosts import PATIENCE, RESET, Host, answer, free_port, raw, says
from media_files import made
from moto.server import ThreadedMotoServer

from lipsync_nb.errors import BadRequest, Unreachable
from lipsync_nb.files import LocalFile
from lipsync_nb.media import FsspecHost, UploadHost

KEYS = {"key": "AKIA0123456789", "secret": "s3-secret-0123456789"}


@pytest.fixture(scope="module")
def s3():
    """Return the URL of an S3 API with one bucket; its log is kept."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    made_with = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
    boto3.client("s3", endpoint_url=url, region_name="us-east-1", **made_with).create_bucket(
        Bucket="bucket"
    )
    yield url
    server.stop()


@pytest.fixture
def options(s3, monkeypatch):
    """Return the filesystem's options; no key of the machine's own is found."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    return {**KEYS, "client_kwargs": {"endpoint_url": s3, "region_name": "us-east-1"}}


@pytest.fixture
def requests(caplog):
    """Return the methods of the requests that the S3 API had so far."""
    caplog.set_level(logging.INFO, "werkzeug")
    return lambda: [record.getMessage().split()[5].strip('"\x1b[m') for record in caplog.records]


def publish(host, path):
    """Publish a file; return its URL."""
    return asyncio.run(host.publish(LocalFile.of(path)))


LATE = """
import json, sys, threading
from pathlib import Path
from lipsync_nb import event_loop as loop
from lipsync_nb.files import LocalFile
from lipsync_nb.media import FsspecHost

options, path = json.loads(sys.argv[1]), Path(sys.argv[2])
host = FsspecHost("s3://bucket/late", **options)
loop.start()  # as every client does; some versions of Python start no thread later

def late():
    threading.main_thread().join()
    print(loop.run(host.publish(LocalFile.of(path))))

threading.Thread(target=late).start()
"""


def test_a_file_is_uploaded_although_the_program_is_at_its_end(tmp_path, options):
    """The host's name is looked up when the main thread has ended."""
    path = made(tmp_path, "png", "late.png")
    client = options["client_kwargs"]
    client["endpoint_url"] = client["endpoint_url"].replace("127.0.0.1", "localhost")
    command = [sys.executable, "-c", LATE, json.dumps(options), str(path)]

    ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)

    assert ran.returncode == 0, ran.stderr
    assert httpx.get(ran.stdout.strip()).content == path.read_bytes(), ran.stderr


@pytest.mark.parametrize(
    "folder", ["s3://bucket", "s3://bucket/", "s3://bucket/a/b/", "s3://bucket/前 缀+#%2F?&=/a"]
)
@pytest.mark.parametrize("name", ["a.png", "脸 +#%?&.tmp"])
def test_a_file_gets_a_url_that_anybody_can_fetch(tmp_path, options, folder, name):
    """With neither key nor header, whatever names it has; the type is its own."""
    path = made(tmp_path, "png", name)
    path.write_bytes(path.read_bytes() + name.encode())  # else it is there already
    url = publish(FsspecHost(folder, **options), path)

    fetched = httpx.get(url)
    assert fetched.status_code == 200
    assert fetched.content == path.read_bytes()
    assert fetched.headers["Content-Type"] == "image/png"
    assert httpx.URL(url).path.endswith(f"/{LocalFile.of(path).digest}.png")
    assert KEYS["secret"] not in url


def test_a_url_is_signed_in_the_present_way(tmp_path, options):
    """By version 4, for as long as a vendor's queue may be."""
    query = httpx.URL(publish(FsspecHost("s3://bucket", **options), made(tmp_path, "png"))).params

    assert query["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
    assert int(query["X-Amz-Expires"]) == 24 * 3600


def test_a_file_is_uploaded_once(tmp_path, options, requests):
    """It lies under the name of its content; another name makes no difference."""
    first = publish(FsspecHost("s3://bucket/once", **options), made(tmp_path, "jpg"))
    so_far = len(requests())
    again = publish(FsspecHost("s3://bucket/once", **options), made(tmp_path, "jpg", "other.jpg"))

    assert httpx.URL(again).path == httpx.URL(first).path
    assert requests()[:so_far].count("PUT") == 1
    assert requests()[so_far:] == ["HEAD"]


def test_a_file_that_was_deleted_there_is_uploaded_again(tmp_path, options, s3):
    """Buckets have rules that delete."""
    host, path = FsspecHost("s3://bucket/rules", **options), made(tmp_path, "jpg")
    url = publish(host, path)
    boto3.client(
        "s3", endpoint_url=s3, aws_access_key_id="a", aws_secret_access_key="b"
    ).delete_object(Bucket="bucket", Key=httpx.URL(url).path.removeprefix("/bucket/"))

    assert httpx.get(publish(host, path)).content == path.read_bytes()


def test_what_changes_while_it_is_uploaded_is_not_kept(tmp_path, options):
    """Later jobs would take it for the content that its name tells."""
    path, spare, over = tmp_path / "voice.wav", tmp_path / "spare", threading.Event()
    path.write_bytes(original := os.urandom(8_000_000))

    def rewrite():
        for number in count():
            if over.is_set():
                return
            spare.write_bytes(number.to_bytes(8) + original[8:])
            spare.replace(path)

    host = FsspecHost("s3://bucket/changing", **options)
    rewriting = threading.Thread(target=rewrite)
    with ThreadPoolExecutor(1) as pool:
        publishing = pool.submit(publish, host, path)
        rewriting.start()
        error = publishing.exception()
        over.set()
        rewriting.join()
    path.write_bytes(original)

    assert isinstance(error, BadRequest)
    assert httpx.get(publish(host, path)).content == original


def test_a_large_file_goes_whole(tmp_path, options):
    """20 MB."""
    path = tmp_path / "large.mp4"
    path.write_bytes(os.urandom(20_000_000))

    assert httpx.get(publish(FsspecHost("s3://bucket", **options), path)).content == (
        path.read_bytes()
    )


def test_the_loop_goes_on_meanwhile(tmp_path, options):
    """Polling must not wait for an upload: this one waits for the loop."""
    path, under_way, gone_on = made(tmp_path, "png"), threading.Event(), threading.Event()
    in_time = []

    def take(arrival):
        if arrival.method != "PUT":  # whether it is there already
            return {"HEAD": answer(status=404), "GET": answer(b"<List/>")}[arrival.method]
        under_way.set()
        in_time.append(gone_on.wait(10))
        return answer(ETag='"etag"')

    async def polling(host):
        upload = asyncio.create_task(host.publish(LocalFile.of(path)))
        await asyncio.to_thread(under_way.wait, PATIENCE)
        gone_on.set()
        await upload

    with Host(take) as host:
        options = options | {"client_kwargs": {"endpoint_url": host.url}}
        asyncio.run(polling(FsspecHost("s3://bucket/loop", **options)))

    assert in_time == [True]


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("memory://folder", "'memory://folder': this filesystem cannot sign URLs"),
        ("file:///tmp", "cannot sign URLs"),
        ("/tmp", "cannot sign URLs"),
        ("simplecache::s3://bucket/a", "cannot sign URLs"),
        ("http://user:password@host.test/a", "'http://host.test/a': this filesystem cannot sign"),
        ("nonsense://bucket", "'nonsense://bucket': Protocol not known: nonsense"),
        ("sftp://user:password@host.test", "sftp://host.test': .*paramiko"),
    ],
)
def test_a_filesystem_that_will_not_do_is_refused_by_name(url, problem):
    """When the client is made; and no password in it is shown."""
    with pytest.raises(BadRequest, match=problem) as refused:
        FsspecHost(url)
    assert "password" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "changes", "problem"),
    [
        ("s3://nobody-has-this/a", {}, "bucket does not exist"),
        ("s3://", {}, "media host: "),
        ("s3://bucket/a", {"key": None, "secret": None}, "credentials"),
        ("s3://bucket/a", {"no_such_option": 1}, "no_such_option"),
    ],
)
def test_what_is_wrong_over_there_is_said(tmp_path, options, url, changes, problem):
    """As one kind of error; nothing was paid."""
    with pytest.raises(Unreachable, match=problem) as failed:
        publish(FsspecHost(url, **(options | changes)), made(tmp_path, "png"))

    assert not failed.value.sent
    assert KEYS["secret"] not in str(failed.value)


XML = '<?xml version="1.0"?><Error><Code>{0}</Code><Message>{0} of {1}</Message></Error>'


@pytest.mark.parametrize("code", ["InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied"])
def test_wrong_keys_are_said_without_the_keys(tmp_path, options, code):
    """As S3 says it."""

    def refuse(arrival):
        body = b"" if arrival.method == "HEAD" else XML.format(code, KEYS["key"]).encode()
        length = 300 if arrival.method == "HEAD" else len(body)
        return answer(body, 403, Content_Type="application/xml", Content_Length=length)

    with Host(refuse) as host:
        options = options | {"client_kwargs": {"endpoint_url": host.url}}
        with pytest.raises(Unreachable, match=r"media host: (Forbidden|.*403|.*denied)") as failed:
            publish(FsspecHost("s3://bucket/a", **options), made(tmp_path, "png"))

    assert KEYS["secret"] not in str(failed.value)


def test_a_file_that_is_gone_is_an_error(tmp_path, options):
    """Of the user's side, by its name."""
    path = made(tmp_path, "png")
    file = LocalFile.of(path)
    path.unlink()

    for host in (FsspecHost("s3://bucket", **options), UploadHost("http://127.0.0.1:9")):
        with pytest.raises(BadRequest, match=r"made\.png: No such file"):
            asyncio.run(host.publish(file))


# A host that takes a PUT.


def test_an_upload_host_takes_a_put_of_the_content(tmp_path):
    """Under its digest, whole, with length and type, and with no key."""
    path = made(tmp_path, "mp4", "脸.tmp")
    with Host(says({"url": "http://media.test/x"})) as host:
        url = publish(UploadHost(f"{host.url}/media/"), path)

    (arrival,) = host.arrived
    assert url == "http://media.test/x"
    assert (arrival.method, arrival.target) == ("PUT", f"/media/{LocalFile.of(path).digest}.mp4")
    assert arrival.body == path.read_bytes()
    assert arrival.headers["content-length"] == str(len(arrival.body))
    assert arrival.headers["content-type"] == "video/mp4"
    assert not {"transfer-encoding", "authorization", "cookie"} & set(arrival.headers)


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (says({}, 500), "HTTP 500"),
        (says({}, 403), "HTTP 403"),
        (answer(b"", 302, Location="http://elsewhere.test"), "HTTP 302"),
        (says({"link": "x"}), "no URL"),
        (says(["x"]), "no URL"),
        (says(None), "no URL"),
        (answer(b"<html>"), "no URL"),
        (answer(), "no URL"),
        (RESET, "media host: "),
        (raw(b"nonsense\r\n\r\n", end="close"), "media host: "),
    ],
)
def test_an_upload_that_fails_is_an_error(tmp_path, reply, problem):
    """Of the same kind as of other hosts."""
    with Host(reply) as host, pytest.raises(Unreachable, match=problem):
        publish(UploadHost(host.url), made(tmp_path, "png"))


def test_an_upload_host_that_is_not_there_is_an_error(tmp_path):
    """Likewise."""
    with pytest.raises(Unreachable, match="media host: "):
        publish(UploadHost(f"http://127.0.0.1:{free_port()}"), made(tmp_path, "png"))


@pytest.mark.parametrize("url", ["", "media", "file:///tmp", "http://", "http://[::1"])
def test_an_upload_host_is_a_url(url):
    """Refused when the client is made."""
    with pytest.raises(BadRequest, match="media_host="):
        UploadHost(url)
