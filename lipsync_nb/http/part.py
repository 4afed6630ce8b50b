"""Downloads that can be resumed where they broke off."""

import json
from contextlib import suppress
from pathlib import Path

import httpx


class Part:
    """A partial download: its bytes, and the version of the file that they belong to."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self.path = target.with_name(target.name + ".part")
        self._note = target.with_name(target.name + ".part.json")

    @property
    def size(self) -> int:
        """The number of bytes that are here."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def headers(self) -> dict[str, str]:
        """Request headers that ask for the rest, if the file on the host is unchanged."""
        version = self._version()
        if not (self.size and version):
            return {}
        return {"Range": f"bytes={self.size}-", "If-Range": version}

    def start(self, response: httpx.Response) -> int:
        """Return the offset at which the answer begins, and note the version of the file."""
        begin = f"bytes {self.size}-"
        if response.status_code == httpx.codes.PARTIAL_CONTENT:
            if response.headers.get("Content-Range", "").startswith(begin):
                return self.size
            self.discard()
            raise httpx.ReadError("the host sent a different range than was asked for")
        etag = response.headers.get("ETag", "")
        version = etag if not etag.startswith("W/") else ""
        self._note.write_text(json.dumps(version or response.headers.get("Last-Modified", "")))
        return 0

    def check_end(self, response: httpx.Response) -> None:
        """Raise `httpx.ReadError` if a range ended before the file: hosts may send less."""
        whole = response.headers.get("Content-Range", "").rpartition("/")[2]
        if whole.isdecimal() and self.size < int(whole):
            raise httpx.ReadError(f"the host sent {self.size} of {whole} bytes")

    def discard(self) -> None:
        """Delete what is here."""
        for path in (self.path, self._note):
            with suppress(OSError):
                path.unlink()

    def finish(self, ending: str) -> Path:
        """Rename the complete file, with a fitting ending; return its path."""
        self._note.unlink(missing_ok=True)
        return self.path.replace(self._target.with_suffix(ending))

    def _version(self) -> str:
        try:
            return str(json.loads(self._note.read_text()))
        except (OSError, ValueError):
            return ""
