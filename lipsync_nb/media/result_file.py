"""A result that is a file, which IPython shows as a player (`lipsync_nb.formatters`)."""

from dataclasses import dataclass, field
from pathlib import Path

from lipsync_nb.media.probe import duration_s


@dataclass(frozen=True, slots=True)
class ResultFile:
    """A video or a sound file. It can be used wherever a path can, and is displayed as a player.

    Attributes:
        path: The file.
        url: The URL it was downloaded from, without its query, which may be a signature.
    """

    path: Path
    url: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return str(self.path)

    def __fspath__(self) -> str:
        return str(self.path)

    @property
    def duration_s(self) -> float:
        """Its length in seconds."""
        return duration_s(self.path)
