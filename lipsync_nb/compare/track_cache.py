"""Tracks of the videos that were measured, beside their rows, by the content of the video."""

import json
import zipfile
from dataclasses import asdict
from io import BytesIO
from pathlib import Path

import numpy as np

from lipsync_nb.compare.row_cache import RowCache, key_of
from lipsync_nb.compare.signals.arrays import Track
from lipsync_nb.compare.signals.source import digest
from lipsync_nb.compare.tracks import Tracks
from lipsync_nb.media import Media

KEPT = ("times_s", "mouth", "voice_db")
"""What is kept: it is the video's alone, whatever it was asked to say."""


def tracks_of(video: Path) -> Tracks:
    """Return the tracks of a video that was measured; empty ones if it was not, or is gone."""
    content = digest(Media(video)) if video.is_file() else ""
    nothing = _tracks({}, dict.fromkeys(KEPT, "not measured"))
    return kept_tracks(RowCache.of(cache=True), content) or nothing


def kept_tracks(cache: RowCache, content: str) -> Tracks | None:
    """Return the tracks of a video with this digest; ``None`` if they are not there."""
    kept = cache.read(_name(content))
    try:
        with np.load(BytesIO(kept or b"")) as file:
            arrays = {name: file[name] for name in KEPT}
            return _tracks(arrays, json.loads(str(file["notes"])))
    except (EOFError, KeyError, ValueError, zipfile.BadZipFile):
        return None


def keep_tracks(cache: RowCache, content: str, tracks: Tracks) -> None:
    """Keep the tracks of a video with this digest."""
    arrays = {name: array for name, array in asdict(tracks).items() if name in KEPT}
    notes = {name: note for name, note in tracks.notes.items() if name in KEPT}
    file = BytesIO()
    np.savez_compressed(file, notes=np.array(json.dumps(notes)), **arrays)
    cache.write(_name(content), file.getvalue())


def _tracks(arrays: dict[str, Track], notes: dict[str, str]) -> Tracks:
    nothing = np.full(len(arrays.get("times_s", [])), np.nan)
    notes = notes | {"speech_db": "no speech was given"}
    return Tracks(**dict.fromkeys((*KEPT, "speech_db"), nothing) | arrays, notes=notes)


def _name(content: str) -> str:
    return f"{key_of([content])}.npz"
