"""The storage host: another origin, signed URLs, no credentials."""

import socket
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from vendors.cases import CASES
from waiting import wait_until


@pytest.fixture
def result(studio, media, host):
    """The URL of a finished video."""
    form = {"image": host(media.picture), "audio": host(media.speech)}
    job_id = studio.post("/lipsync-image", json={"formState": form}).json()["id"]
    job = wait_until(lambda: studio.get(f"/jobs/{job_id}").json(), lambda job: job["output"])
    return job["output"]


def sign_url(chanjing: httpx.Client, name: str = "1.mp4") -> dict[str, Any]:
    params = {"service": "lip_sync_video", "name": name}
    return dict(chanjing.get("/open/v1/common/create_upload_url", params=params).json()["data"])


def raw(url: str, request: str) -> bytes:
    """Send bytes as they are, and read to the end."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        path = f"{parts.path}?{parts.query}"
        connection.sendall(request.format(path=path, host=parts.netloc).encode())
        answer = b""
        while chunk := connection.recv(1 << 16):
            answer += chunk
    return answer


def test_a_result_is_on_another_origin(studio, result):
    """The storage host is not the API's host: a client that sends keys along is found out."""
    assert urlsplit(result).netloc != studio.base_url.netloc.decode()


def test_a_result_is_a_whole_file(bare, result):
    """GET and HEAD tell the same length and validators."""
    got, head = bare.get(result), bare.head(result)

    assert got.headers["content-type"] == "video/mp4"
    assert int(head.headers["content-length"]) == len(got.content)
    assert head.content == b""
    for name in ("etag", "last-modified", "accept-ranges"):
        assert got.headers[name] == head.headers[name]


def test_a_result_comes_in_ranges(bare, result):
    """A range is 206; one past the end is 416."""
    whole = bare.get(result).content

    part = bare.get(result, headers={"Range": "bytes=10-19"})
    rest = bare.get(result, headers={"Range": f"bytes={len(whole) - 5}-"})
    past = bare.get(result, headers={"Range": f"bytes={len(whole)}-"})

    assert (part.status_code, part.content) == (206, whole[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole)}"
    assert rest.content == whole[-5:]
    assert past.status_code == 416


def test_a_range_is_given_only_of_the_same_file(bare, result):
    """If-Range with the file's ETag is 206, with another the whole file."""
    etag = bare.get(result).headers["etag"]

    same = bare.get(result, headers={"Range": "bytes=10-", "If-Range": etag})
    other = bare.get(result, headers={"Range": "bytes=10-", "If-Range": '"other"'})

    assert (same.status_code, other.status_code) == (206, 200)


def test_a_changed_url_is_403(bare, result):
    """Every part of a URL is signed."""
    assert bare.get(result.split("?")[0]).status_code == 403
    assert bare.get(result[:-1] + ("0" if result[-1] != "0" else "1")).status_code == 403
    assert bare.get(result.replace("Expires=1", "Expires=2")).status_code == 403
    assert bare.get(result.replace(".mp4", ".jpg")).status_code == 403


def test_a_url_expires(sandbox, studio, bare, result):
    """An old URL is 403; asking for the job again gives a fresh one."""
    job = f"/jobs/{Path(urlsplit(result).path).stem}"
    sandbox.configure(url_lifetime_s=1)
    short = studio.get(job).json()["output"]
    sandbox.configure(url_lifetime_s=600)

    time.sleep(2.1)
    expired, fresh = bare.get(short), bare.get(studio.get(job).json()["output"])

    assert bare.get(result).status_code == 200
    assert (expired.status_code, "expired" in expired.text) == (403, True)
    assert fresh.status_code == 200


@pytest.mark.parametrize(
    ("vendor", "headers"),
    [(name, headers) for name, case in CASES.items() for headers in case.headers],
)
def test_credentials_are_refused_and_counted(sandbox, bare, result, vendor, headers):
    """A credential on the storage host is 400, and a leak of that vendor's."""
    keys = sandbox.keys[vendor]
    before = sandbox.stats(vendor)["leaks"]

    answer = bare.get(result, headers={n: v.format(**keys) for n, v in headers.items()})

    assert answer.status_code == 400
    assert sandbox.stats(vendor)["leaks"] == before + 1


def test_a_presigned_put_wants_its_type(chanjing, bare, media):
    """Exactly the mime_type that was answered, and PUT: anything else is 403."""
    data = sign_url(chanjing)
    content = media.video.read_bytes()

    def put(**headers: str) -> int:
        return bare.put(data["sign_url"], content=content, headers=headers).status_code

    assert put() == 403
    assert put(**{"Content-Type": "video/quicktime"}) == 403
    assert bare.get(data["sign_url"]).status_code in (403, 405)
    assert put(**{"Content-Type": data["mime_type"]}) == 200


def test_a_presigned_put_wants_its_length(chanjing, bare):
    """A chunked upload is 411."""
    data = sign_url(chanjing)
    headers = {"Content-Type": data["mime_type"]}

    answer = bare.put(data["sign_url"], content=iter([b"chunk"]), headers=headers)
    without = raw(
        data["sign_url"],
        "PUT {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n"
        f"Content-Type: {data['mime_type']}\r\n\r\n",
    )

    assert answer.status_code == 411
    assert without.startswith(b"HTTP/1.1 411")


def test_a_presigned_put_refuses_a_token(sandbox, chanjing, bare):
    """The token belongs to the API, not to the storage host."""
    data = sign_url(chanjing)
    before = sandbox.stats("chanjing")["leaks"]
    headers = {"Content-Type": data["mime_type"], "access_token": chanjing.headers["access_token"]}

    assert bare.put(data["sign_url"], content=b"x", headers=headers).status_code == 400
    assert sandbox.stats("chanjing")["leaks"] == before + 1


def test_the_media_host_gives_back_what_it_got(sandbox, bare, media):
    """PUT any bytes under any name; the URL answered is public, and keeps their type."""
    put = bare.put(
        f"{sandbox.media_url}/我的 脸.jpg",
        content=media.picture.read_bytes(),
        headers={"Content-Type": "image/jpeg"},
    )
    got = bare.get(put.json()["url"])

    assert put.status_code == 201
    assert (got.content, got.headers["content-type"]) == (media.picture.read_bytes(), "image/jpeg")


@pytest.mark.parametrize("path", ["/", "/results/yunai/x.mp4", "/media/x/y", "/etc/passwd"])
def test_nothing_else_is_there(result, bare, path):
    """Unsigned and unknown paths are 403 or 404."""
    assert bare.get(httpx.URL(result).copy_with(raw_path=path.encode())).status_code in (403, 404)
