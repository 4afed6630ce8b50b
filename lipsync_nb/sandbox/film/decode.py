"""Opening media: whatever cannot be read is ``BadMedia`` with a reason."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import av

from lipsync_nb.sandbox.film.spec import BadMedia


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """A container open for reading; reading errors inside the block become ``BadMedia``."""
    try:
        with av.open(str(path), metadata_errors="replace") as container:
            yield container
    except (av.FFmpegError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadMedia(f"{path.name} cannot be read: {reason}") from error


def until_broken(container: Any, kind: Literal["audio", "video"]) -> Iterator[Any]:
    """Decoded frames up to the end, or to the place where the file is broken."""
    frames = container.decode(**{kind: 0})
    while True:
        try:
            yield next(frames)
        except (StopIteration, av.FFmpegError):
            return
