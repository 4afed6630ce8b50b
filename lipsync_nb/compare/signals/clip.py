"""A video to be measured: each of its parts is decoded once, when a figure first needs it."""

from functools import cached_property

from lipsync_nb.compare.signals.arrays import Samples
from lipsync_nb.compare.signals.closeup import Closeup
from lipsync_nb.compare.signals.decode import Sound, read_sound
from lipsync_nb.compare.signals.likeness import Likeness
from lipsync_nb.compare.signals.row import Missing
from lipsync_nb.compare.signals.source import local_media, size_bytes
from lipsync_nb.compare.signals.survey import Survey, survey
from lipsync_nb.media import Media
from lipsync_nb.media.media import MediaLike


class Clip:
    """A video, what it was asked to say, and whose face it was to be.

    Args:
        video: The video, as `measure` takes it.
        speech: What it was asked to say, as `measure` takes it.
        face: Whose face it was to be, as `measure` takes it.

    Raises:
        BadRequest: One of them is a URL, or no file.
    """

    def __init__(self, video: MediaLike, speech: MediaLike | None, face: MediaLike | None) -> None:
        self.video = local_media(video)
        self.media = {
            name: None if given is None else local_media(given)
            for name, given in (("speech", speech), ("face", face))
        }

    @cached_property
    def size_bytes(self) -> int:
        """Size of the file in bytes."""
        return size_bytes(self.video)

    @cached_property
    def seen(self) -> Survey:
        """What the first look tells; `Missing` if there is no picture."""
        return survey(self.video)

    @cached_property
    def closeup(self) -> Closeup:
        """What the face does; `Missing` if there is none."""
        return Closeup(self.video, self.seen, self._likeness)

    @cached_property
    def heard(self) -> Samples:
        """The sound since the first frame; `Missing` if there is none."""
        return read_sound(self.video).since(self.seen.stamps[0])

    @cached_property
    def said(self) -> Sound:
        """The speech given; `Missing` if none was."""
        return read_sound(self.given("speech"))

    def given(self, name: str) -> Media:
        """Return the speech or the face; `Missing` if it was not given."""
        media = self.media[name]
        if media is None:
            raise Missing(f"no {name} was given")
        return media

    @property
    def _likeness(self) -> Likeness | None:
        try:
            return Likeness.of(self.given("face"))
        except Missing:
            return None
