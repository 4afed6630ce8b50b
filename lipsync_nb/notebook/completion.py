"""Suggestions of local paths while one is being typed."""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from lipsync_nb.files import MIME
from lipsync_nb.media.media import Takes

MOST_SUGGESTED = 50
"""Paths."""
MOST_LOOKED_AT = 5000
"""Entries of a folder that are read: a huge folder must not hold up the kernel."""
ENDINGS = {
    "image": frozenset({".jpg", ".jpeg", ".png", ".webp"}),
    "video": frozenset({".mp4", ".mov", ".webm", ".mkv", ".avi", ".m4v"}),
    "audio": frozenset({".mp3", ".m4a", ".wav", ".flac", ".ogg", ".aac"}),
    "slides": frozenset({".pptx"}),
}
"""The usual file extensions, by the kind of medium."""


def completions(typed: str, takes: Takes) -> list[str]:
    """Return matching paths: folders, with a slash, and files that suit the field.

    Args:
        typed: Relative to the working folder, absolute, or from ``~``.
        takes: What the field takes.
    """
    if "://" in typed:
        return []
    start = typed.rpartition("/")[2]
    prefix = typed[: len(typed) - len(start)]
    endings = suffixes(takes)
    where = Path(prefix or ".").expanduser()
    found = (
        f"{prefix}{entry.name}{'/' if is_folder else ''}"
        for entry, is_folder in _entries(where)
        if entry.name.lower().startswith(start.lower())
        and (start.startswith(".") or not entry.name.startswith("."))
        and (is_folder or not endings or Path(entry.name).suffix.lower() in endings)
    )
    return sorted(islice(found, MOST_SUGGESTED), key=lambda path: (path.endswith("/"), path))


def suffixes(takes: Takes) -> frozenset[str]:
    """Return the extensions of the files that a field takes."""
    if takes.formats:
        return frozenset(f".{ending}" for ending in takes.formats)
    return frozenset().union(*(ENDINGS.get(kind, frozenset()) for kind in takes.kinds))


def accepted(takes: Takes) -> str:
    """Return what a browser's file dialog should offer for a field: MIME types and extensions."""
    kinds = [f"{kind}/*" for kind in takes.kinds if kind != "slides" and not takes.formats]
    types = [MIME[ending] for ending in takes.formats]
    return ",".join((*kinds, *types, *sorted(suffixes(takes))))


def _entries(folder: Path) -> Iterator[tuple[os.DirEntry[str], bool]]:
    try:
        with os.scandir(folder) as entries:
            for entry in islice(entries, MOST_LOOKED_AT):
                yield entry, entry.is_dir()
    except OSError:
        return
