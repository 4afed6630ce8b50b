"""Rows and tracks that were measured before, in small files named by the content of the videos."""

import hashlib
import json
import os
import tempfile
import zipfile
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final, Self

import numpy as np

from lipsync_nb.compare.metrics.decode import digest
from lipsync_nb.compare.metrics.sync_filters import own_filters
from lipsync_nb.compare.tracks import Tracks
from lipsync_nb.files import absolute, home
from lipsync_nb.log import log
from lipsync_nb.media import Media

VERSION: Final = 4
"""Version of the metrics; raised whenever the same files would get other values."""
CACHED_TRACKS = ("times_s", "mouth", "voice_db")
"""The tracks that depend on the video alone."""


@dataclass(frozen=True, slots=True)
class Cache:
    """Rows and tracks on disk. Several processes may use it at once.

    Attributes:
        folder: Where the files are; ``None`` for no cache.
    """

    folder: Path | None

    @classmethod
    def of(cls, cache: Path | bool) -> Self:  # noqa: FBT001 - as `measure_all` takes it
        """Return the cache for the argument of `measure_all`."""
        match cache:
            case False:
                return cls(None)
            case True:
                return cls(home() / "measured" / _version())
            case _:
                return cls(absolute(Path(cache).expanduser()) / _version())

    def row(self, key: str) -> dict[str, Any] | None:
        """Return a row, or ``None`` if there is no readable one."""
        try:
            row = json.loads(self._read(f"{key}.json"))
        except ValueError:
            return None
        return row if isinstance(row, dict) else None

    def add_row(self, key: str, row: dict[str, Any]) -> None:
        """Write a row."""
        self._write(f"{key}.json", json.dumps(row).encode())

    def tracks(self, content: str) -> Tracks | None:
        """Return the tracks of the video with this digest; ``None`` if there are no readable ones.

        ``speech_db`` is not in the cache.
        """
        try:
            with np.load(BytesIO(self._read(f"{key_of([content])}.npz"))) as file:
                found = {name: file[name] for name in CACHED_TRACKS}
                notes = json.loads(str(file["notes"]))
        except (EOFError, KeyError, ValueError, zipfile.BadZipFile):
            return None
        return Tracks.of(found, notes | _NO_SPEECH)

    def add_tracks(self, content: str, tracks: Tracks) -> None:
        """Write the tracks of the video with this digest."""
        arrays = {name: array for name, array in asdict(tracks).items() if name in CACHED_TRACKS}
        notes = {name: note for name, note in tracks.notes.items() if name in CACHED_TRACKS}
        file = BytesIO()
        np.savez_compressed(file, notes=np.array(json.dumps(notes)), **arrays)
        self._write(f"{key_of([content])}.npz", file.getvalue())

    def _read(self, name: str) -> bytes:
        """Return the content of a file, or nothing if it cannot be read."""
        try:
            return b"" if self.folder is None else (self.folder / name).read_bytes()
        except OSError:
            return b""

    def _write(self, name: str, content: bytes) -> None:
        """Write a file atomically; if that fails, measuring goes on."""
        if self.folder is None:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, part = tempfile.mkstemp(dir=self.folder, suffix=".part")
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(part).replace(self.folder / name)
        except OSError as error:
            log.warning("%s: %s; what is measured is not kept", self.folder, error.strerror)


def _version() -> str:
    """Return the version of all values: that of the code with that of the filters."""
    return f"v{VERSION}-{own_filters().version}"


_NO_SPEECH = {"speech_db": "no speech was given"}


def key_of(digests: list[str]) -> str:
    """Return the file name, without suffix, for the digests of video, speech and face."""
    return hashlib.sha256(" ".join(digests).encode()).hexdigest()


def cached_tracks(video: Path) -> Tracks:
    """Return the tracks of a measured video; empty ones if it was not measured or is gone."""
    found = Cache.of(cache=True).tracks(digest(Media(video))) if video.is_file() else None
    return found or Tracks.of({}, dict.fromkeys(CACHED_TRACKS, "not measured") | _NO_SPEECH)
