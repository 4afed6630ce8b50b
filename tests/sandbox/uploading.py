"""Uploads to Chanjing, as a plain HTTP client makes them."""

from pathlib import Path
from typing import Any

import av
import httpx
from waiting import wait_until


def upload_url(chanjing: httpx.Client, name: str, service: str) -> dict[str, Any]:
    params = {"service": service, "name": name}
    return dict(chanjing.get("/open/v1/common/create_upload_url", params=params).json())


def upload(chanjing: httpx.Client, bare: httpx.Client, path: Path, service: str) -> str:
    data = upload_url(chanjing, path.name, service)["data"]
    headers = {"Content-Type": data["mime_type"]}
    assert bare.put(data["sign_url"], content=path.read_bytes(), headers=headers).status_code == 200
    return str(data["file_id"])


def status(chanjing: httpx.Client, file_id: str) -> int:
    answer = chanjing.get("/open/v1/common/file_detail", params={"id": file_id}).json()
    return int(answer["data"]["status"])


def ready_file(chanjing: httpx.Client, bare: httpx.Client, path: Path, service: str) -> str:
    """Upload a file and wait until it is ready; its id."""
    file_id = upload(chanjing, bare, path, service)
    wait_until(lambda: status(chanjing, file_id), lambda state: state == 1)
    return file_id


def as_mp3(wav: Path, out: Path) -> Path:
    with av.open(str(wav)) as source, av.open(str(out), "w") as container:
        stream = container.add_stream("mp3", rate=22050)
        for frame in source.decode(audio=0):
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return out
