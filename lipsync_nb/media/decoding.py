"""Decodes one frame or one sample of a file, to see whether it is what it claims to be.

Vendors take money for media that they cannot use.
"""

import os
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from lipsync_nb.decode.containers import TooLarge, open_container, type_by_beginning
from lipsync_nb.decode.pictures import LARGEST_PICTURE
from lipsync_nb.errors import line
from lipsync_nb.files import MP4_BOXES, LocalFile, cached_by_version
from lipsync_nb.media.container_size import announced_size, has_index
from lipsync_nb.media.content import HEAD, UNKNOWN, Content, no_media

if TYPE_CHECKING:
    import av

MOST_PACKETS = 500
"""Packets that are read until one can be decoded, as a recording may begin within a scene."""
SMALLER = 8
"""A JPEG is decoded at this part of its size, which takes less time and memory."""
STREAMED = 0x7FFF0000
"""Bytes; a WAV that was written into a pipe announces at least as many, whatever its length is."""
SLACK = 1024
"""Bytes by which programs miscount the size that a WAV announces."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a file has shown.

    Attributes:
        content: What it is, if it is no media.
        damage: Why it cannot be shown or played, if it cannot.
        note: What should be known of it, such as why it could not be looked at.
    """

    content: Content | None = None
    damage: str | None = None
    note: str | None = None


GOOD = Look()
UNREADABLE = Look(damage="its content cannot be read")


def look(file: LocalFile, *, whole: bool = True) -> Look:
    """Look at a file; each version of a file is looked at once.

    Args:
        file: The file.
        whole: Whether it is all of the file. Of a beginning, nothing is decoded.
    """
    try:
        return _look(file.path, file.mime, whole=whole)
    except OSError:
        return GOOD  # whoever opens it next says why


@cached_by_version(1024)
def _look(path: Path, mime: str, *, whole: bool) -> Look:
    with path.open("rb") as file:
        head = file.read(HEAD)
    content = no_media(head)
    decode = _DECODERS.get(mime.partition("/")[0])
    if content is not None or decode is None:
        return Look(content)
    named = type_by_beginning(head) is not None or head[4:8] in MP4_BOXES
    if named and not whole:
        return GOOD
    found = decode(path)
    if found is UNREADABLE and not named:
        return Look(UNKNOWN)
    if found is UNREADABLE and not _has_reader(mime):
        return _unseen(f"{mime} cannot be decoded here")
    return found if whole else GOOD


def _has_reader(mime: str) -> bool:
    """Return whether what has this type by its first bytes can be decoded, unless it is damaged."""
    from PIL import Image  # noqa: PLC0415 - heavy, and seldom needed

    return not mime.startswith("image/") or mime in Image.MIME.values()


def _unseen(why: str) -> Look:
    return Look(note=f"it is sent without a look at it: {why}")


def _picture(path: Path) -> Look:
    """Decode a picture: all of it, as the end may be missing."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - heavy, and seldom needed

    try:
        with Image.open(path) as picture:
            if picture.width * picture.height > LARGEST_PICTURE:
                return _unseen(f"{picture.width} × {picture.height} pixels are too many")
            picture.draft(picture.mode, (picture.width // SMALLER, picture.height // SMALLER))
            picture.load()
    except UnidentifiedImageError:
        if half := _half(path):
            return half
        found = _track(path, "video")  # PyAV reads some that Pillow does not
        return UNREADABLE if found.damage else found
    except (Image.DecompressionBombError, Warning, MemoryError, ImportError) as error:
        return _unseen(line(error))
    except Exception as error:  # noqa: BLE001 - Pillow's readers raise errors of all kinds
        why = line(error)
        return _unseen(why) if "not available" in why else Look(damage=why)
    return GOOD


def _clip(path: Path) -> Look:
    return _half(path) or _track(path, "video")


def _sound(path: Path) -> Look:
    with path.open("rb") as file:
        is_wav = file.read(4) == b"RIFF"
    if not is_wav:
        return _half(path) or _track(path, "audio")
    found, size = _track(path, "audio"), path.stat().st_size
    if found is GOOD and size + SLACK < (announced := announced_size(path) or 0) < STREAMED:
        return Look(note=f"it has {size:,} of {announced:,} bytes, by its own header")
    return found


_DECODERS = {"image": _picture, "video": _clip, "audio": _sound}


def _half(path: Path) -> Look | None:
    """Return that a container is not whole; ``None`` if it is, or does not say."""
    size, announced = path.stat().st_size, announced_size(path) or 0
    if has_index(path) is False:
        return Look(damage="it has no index (moov), as its recording or its copying was cut off")
    if size < announced:
        return Look(damage=f"it has {size:,} of {announced:,} bytes, by its own container")
    return None


def _track(path: Path, kind: str) -> Look:
    """Decode a frame, or a sample, of any of the tracks of a kind."""
    import av  # noqa: PLC0415 - heavy, and seldom needed

    try:
        with _nameless(path) as file, open_container(file) as container:
            tracks = getattr(container.streams, kind)
            if not tracks:
                return Look(damage=f"it has no {kind} track")
            tracks = [track for track in tracks if track.codec_context is not None]
            if not tracks:
                return _unseen(f"its {kind} codec cannot be decoded here")
            for track in tracks:
                track.codec_context.thread_count = 1  # more threads do not pay for one frame
            return _frame(container, tracks, "samples" if kind == "audio" else "frames")
    except TooLarge as error:
        return _unseen(str(error))
    except (av.DecoderNotFoundError, av.PatchWelcomeError, MemoryError) as error:
        return _unseen(line(error))
    except (av.FFmpegError, ValueError, UnicodeError):
        return UNREADABLE


def _nameless(path: Path) -> BinaryIO:
    """Open a file in such a way that FFmpeg does not guess its format by its name."""
    return os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0)), "rb")


def _frame(container: "av.container.InputContainer", tracks: list[Any], what: str) -> Look:
    import av  # noqa: PLC0415 - see above

    why = f"it has no {what}"
    for packet in islice(container.demux(tracks), MOST_PACKETS):
        try:
            if any(getattr(frame, "samples", 1) for frame in packet.decode()):
                return GOOD
        except (av.DecoderNotFoundError, av.PatchWelcomeError):
            raise
        except av.FFmpegError as error:  # the next one may be whole
            why = f"nothing of it can be decoded ({error.strerror})"
    return Look(damage=why)
