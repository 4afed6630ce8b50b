"""Opening media: whatever cannot be read is ``BadMedia`` with a reason."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import av

from lipsync_nb.sandbox.film.spec import BadMedia

METADATA_ERRORS_UNTIL = 19  # from this version on, PyAV reads tags of any encoding by itself


def open_container(path: Path) -> Any:
    """A container open for reading, whatever the encoding of its tags; errors are PyAV's."""
    has_option = int(av.__version__.partition(".")[0]) < METADATA_ERRORS_UNTIL
    options: dict[str, Any] = {"metadata_errors": "surrogateescape"} if has_option else {}
    return av.open(str(path), "r", **options)


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """A container open for reading; reading errors inside the block become ``BadMedia``."""
    try:
        with open_container(path) as container:
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
