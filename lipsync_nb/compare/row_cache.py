"""What was measured before, in small files, named by the content of what was measured."""

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from lipsync_nb.settings import home

VERSION: Final = 1
"""Version of the figures: raised whenever the same files would give others."""


@dataclass(frozen=True, slots=True)
class RowCache:
    """Rows and tracks on disk. Several processes may use it at once.

    Attributes:
        folder: The folder they lie in; ``None`` for none.
    """

    folder: Path | None

    @classmethod
    def of(cls, cache: Path | bool) -> Self:  # noqa: FBT001 - as `measure_all` takes it
        """Return the cache that a user asked for."""
        match cache:
            case False:
                return cls(None)
            case True:
                return cls(home() / "measured" / f"v{VERSION}")
            case _:
                return cls(Path(cache).expanduser().absolute() / f"v{VERSION}")

    def get(self, key: str) -> dict[str, Any] | None:
        """Return a row, or ``None`` if it is not there, or not readable."""
        try:
            row = json.loads(self.read(f"{key}.json") or b"")
        except ValueError:
            return None
        return row if isinstance(row, dict) else None

    def put(self, key: str, row: dict[str, Any]) -> None:
        """Keep a row."""
        self.write(f"{key}.json", json.dumps(row).encode())

    def read(self, name: str) -> bytes | None:
        """Return what a file holds, or ``None`` if it cannot be read."""
        try:
            return None if self.folder is None else (self.folder / name).read_bytes()
        except OSError:
            return None

    def write(self, name: str, content: bytes) -> None:
        """Write a file; it is there whole, or not at all."""
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=self.folder, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(part).replace(self.folder / name)


def key_of(digests: list[str]) -> str:
    """Return a row's name, from the digests of video, speech and face."""
    return hashlib.sha256(" ".join(digests).encode()).hexdigest()
