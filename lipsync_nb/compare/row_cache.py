"""Rows measured before, one small file each, named by the content of what was measured."""

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
    """Rows on disk. Several processes may use it at once.

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
        if self.folder is None:
            return None
        try:
            row = json.loads((self.folder / f"{key}.json").read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return row if isinstance(row, dict) else None

    def put(self, key: str, row: dict[str, Any]) -> None:
        """Keep a row; it is there whole, or not at all."""
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.folder, suffix=".part")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(row, file)
        Path(name).replace(self.folder / f"{key}.json")


def key_of(digests: list[str]) -> str:
    """Return a row's name, from the digests of video, speech and face."""
    return hashlib.sha256(" ".join(digests).encode()).hexdigest()
