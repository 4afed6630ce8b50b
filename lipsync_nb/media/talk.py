"""A face that says something: the request of a comparison, the same for all vendors."""

import mimetypes
from dataclasses import dataclass
from typing import TypeVar

from lipsync_nb.errors import BadRequest, Unsupported
from lipsync_nb.media.media import Media
from lipsync_nb.media.probe import duration_s
from lipsync_nb.media.still import LONGEST, STILL_SECONDS, still_video

T = TypeVar("T")

TRANSPORT_STREAMS = frozenset({".ts", ".mts", ".m2ts"})
"""Endings of clips of camcorders, which `mimetypes` takes for texts and models."""


class NeedsSpeech(Unsupported):
    """The vendor takes a sound, and none was given."""


@dataclass(frozen=True, slots=True)
class Talk:
    """What a video should show and say. Each vendor uses the parts that it supports.

    Attributes:
        face: A picture or clip of the speaker.
        speech: Audio of what is said.
        text: What is said, for vendors that synthesise speech.
        voice: The voice that speaks the text, in the vendor's own terms.
    """

    face: Media | None = None
    speech: Media | None = None
    text: str | None = None
    voice: str | None = None

    def __str__(self) -> str:
        return "a video of one face that says something"

    def needed_face(self) -> Media:
        """Return the face; `Unsupported` if none was given."""
        return _needed(self.face, "a face")

    def needed_speech(self) -> Media:
        """Return the speech; `NeedsSpeech` if none was given."""
        if self.speech is None:
            raise NeedsSpeech("it needs a speech")
        return self.speech

    def needed_text(self) -> str:
        """Return the text; `Unsupported` if none was given."""
        return _needed(self.text, "a text")

    def needed_voice(self, where: str) -> str:
        """Return the voice; `Unsupported` if none was given.

        Args:
            where: How the vendor's voices are named and found, for the error.
        """
        return _needed(self.voice, f"a voice for the text: {where}")

    def picture(self) -> Media:
        """Return the face; `Unsupported` if it is not a picture."""
        face = self.needed_face()
        if _kind(face) != "image":
            raise Unsupported("it takes a picture, and the face is a clip")
        return face

    def clip(self) -> Media:
        """Return the face; `Unsupported` if it is not a clip."""
        face = self.needed_face()
        if _kind(face) != "video":
            raise Unsupported("it takes a clip, and the face is a picture")
        return face

    def any_clip(self) -> Media:
        """Return the face as a clip: a picture is shown for as long as the speech lasts.

        Raises:
            Unsupported: No face was given, or it is a picture that is not on this machine.
        """
        face = self.needed_face()
        if _kind(face) == "video":
            return face
        if face.path is None:
            raise Unsupported("it takes a clip; only a local picture can be made into one")
        return Media(still_video(face.path, self._speech_seconds()))

    def _speech_seconds(self) -> float:
        if self.speech is None or self.speech.path is None:
            return STILL_SECONDS
        return min(LONGEST, duration_s(self.speech.path))


def _needed(value: T | None, what: str) -> T:
    if value is None:
        raise Unsupported(f"it needs {what}")
    return value


def _kind(media: Media) -> str:
    if media.job is not None:
        return media.job.makes.lower()
    if media.url and media.suffix in TRANSPORT_STREAMS:
        return "video"
    mime = mimetypes.guess_type(f"x{media.suffix}")[0] if media.url else media.local().mime
    if mime is None:
        raise BadRequest(f"{media}: a picture or a clip? The URL does not tell; give a local file")
    return mime.partition("/")[0]
