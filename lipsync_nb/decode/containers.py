"""Opens the containers of sound and clips, and finds their tracks."""

import errno
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

import filetype

if TYPE_CHECKING:
    import av

LARGEST_FRAME = 40_000_000
"""Pixels of a frame; a frame of an 8K clip has 35 million. A file of less than 1 MB can have frames
that take gigabytes of memory when they are decoded."""
METADATA_ERRORS_UNTIL = 19
"""From this major version on, PyAV reads tags of any encoding and has no option for it."""
FOUND_LATER, CRASHES_UNTIL = frozenset({"flv", "mpeg"}), 18
"""Containers whose tracks are found while reading. Before this major version, PyAV ends the program
by a segmentation fault if it opens them with options."""
BEGIN = 8192
"""Bytes of a file that tell its type."""
SUBTYPES: Mapping[str, str] = {
    "aac": "aac",
    "ac3": "ac3",
    "aiff": "x-aiff",
    "amr": "amr",
    "ape": "x-ape",
    "asf": "x-ms-asf",
    "au": "basic",
    "avi": "x-msvideo",
    "caf": "x-caf",
    "dv": "x-dv",
    "eac3": "eac3",
    "flac": "x-flac",
    "flv": "x-flv",
    "h264": "h264",
    "hevc": "h265",
    "loas": "mp4a-latm",
    "matroska": "x-matroska",
    "mov": "mp4",
    "mp3": "mpeg",
    "mpeg": "mpeg",
    "mpegts": "mp2t",
    "mxf": "mxf",
    "ogg": "ogg",
    "tta": "x-tta",
    "w64": "x-w64",
    "wav": "wav",
    "wv": "x-wavpack",
}
"""The containers that are read, by FFmpeg's names, with their subtypes of media. FFmpeg reads more,
and some that name other files: playlists and lists of files are not read."""
BRANDS: Mapping[str, str] = {"qt": "quicktime", "3g": "3gpp"}
"""Subtypes of the MP4 family by the first letters of the file's brand."""
HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
PICTURE_BRANDS = {b"avis": "image/avif", **dict.fromkeys(HEIF_BRANDS, "image/heic")}
"""Types of pictures in a container of the MP4 family, by their brand. Some of them move."""


class Undecodable(ValueError):
    """A file cannot be decoded. The message gives the reason."""


class TooLarge(Undecodable):
    """It is not decoded, as that would take too much memory."""


def media_type(file: BinaryIO) -> str | None:
    """Return the media type of a file by its content.

    Sound and clips are in the same containers. With a moving picture it is ``video/…``, with sound
    alone ``audio/…``; a song's cover is no moving picture.

    Args:
        file: A file that can be read from any place.

    Returns:
        ``None`` for a type that is not known.
    """
    begin = file.read(BEGIN)
    file.seek(0)
    if not begin:
        return None
    guess = type_by_beginning(begin)
    if guess is not None and not guess.startswith(("audio/", "video/")):
        return guess
    return _by_tracks(file, guess) or guess


def type_by_beginning(begin: bytes) -> str | None:
    """Return the media type that the first bytes of a file tell; ``None`` if they tell none."""
    guess: str | None = filetype.guess_mime(begin)
    if guess is None and begin[4:8] == b"ftyp":
        return PICTURE_BRANDS.get(begin[8:12])
    if guess is None and begin.startswith(b"caff"):  # FFmpeg may need the end of it
        return "audio/x-caf"
    return guess


def _by_tracks(file: BinaryIO, guess: str | None) -> str | None:
    import av  # noqa: PLC0415 - heavy, and seldom needed

    try:
        with open_container(file) as container:
            track = picture_track(container) or sound_track(container)
            return f"{track.type}/{_subtype(container, guess)}" if track else None
    except (Undecodable, av.FFmpegError):
        return None  # it is damaged, or its frames are too large, which its reader will say


def _subtype(container: "av.container.InputContainer", guess: str | None) -> str:
    name = container.format.name.partition(",")[0]
    brand = container.metadata.get("major_brand", "")
    if name == "mov" and brand:
        return BRANDS.get(brand[:2], SUBTYPES[name])
    if name in {"mov", "matroska", "asf"} and guess is not None:
        return guess.partition("/")[2]  # FFmpeg does not tell WebM from Matroska
    return SUBTYPES[name]


def open_container(file: BinaryIO) -> "av.container.InputContainer":
    """Open sound or a clip for reading, whatever the encoding of its tags.

    Raises:
        Undecodable: It is another kind of file, such as a picture or a playlist, or its frames have
            more than `LARGEST_FRAME` pixels.
        av.FFmpegError: It cannot be read.
    """
    import av  # noqa: PLC0415 - heavy, and seldom needed

    limit = {"max_pixels": str(LARGEST_FRAME)}  # some frames are decoded to open a container
    major = int(av.__version__.partition(".")[0])
    formats = SUBTYPES.keys() - (FOUND_LATER if major < CRASHES_UNTIL else ())
    options = {**limit, "format_whitelist": ",".join(formats)}
    has_option = major < METADATA_ERRORS_UNTIL
    tags: dict[str, Any] = {"metadata_errors": "surrogateescape"} if has_option else {}
    source = _Forward(file) if _is_wav(file) else file
    try:
        container: av.container.InputContainer = av.open(source, "r", options=options, **tags)
    except av.FFmpegError as error:
        if error.errno == errno.EINVAL:  # the type is not in the list
            raise Undecodable("neither sound nor a clip") from None
        raise
    for stream in container.streams.video:
        if stream.codec_context is None:
            continue
        if stream.width * stream.height > LARGEST_FRAME:
            container.close()
            size = f"{stream.width} × {stream.height} pixels"
            most = f"{LARGEST_FRAME // 1_000_000} megapixels"
            raise TooLarge(f"a frame has {size}, which is over the limit of {most}")
        stream.codec_context.options = limit  # the frames may be larger than the container says
    return container


def _is_wav(file: BinaryIO) -> bool:
    begin = file.read(12)
    file.seek(0)
    return begin[:4] in {b"RIFF", b"RF64"} and begin[8:] == b"WAVE"


class _Forward:
    """A file that is read from its beginning to its end.

    Behind the samples of a WAV, FFmpeg looks for further chunks if it can. That takes a minute if
    100 MB of zeros follow.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.read = file.read


def picture_track(container: "av.container.InputContainer") -> "av.VideoStream | None":
    """Return the track that a player shows: moving pictures, and of these the largest.

    Covers of songs, previews and tiles of pictures are passed over. FFmpeg's own choice is the
    track that is marked as the default one, which is the first in files of many programs.
    """
    from av.stream import Disposition  # noqa: PLC0415 - heavy, and seldom needed

    passed_over = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.dependent
    tracks = [
        track
        for track in container.streams.video
        if track.codec_context is not None and not track.disposition & passed_over
    ]
    return max(tracks, key=_rank, default=None)


def _rank(track: "av.VideoStream") -> tuple[bool, int]:
    is_moving = track.frames != 1  # 0 is unknown; a cover may be a track of one frame
    return is_moving, track.width * track.height


def sound_track(container: "av.container.InputContainer") -> "av.AudioStream | None":
    """Return the first track of sound that can be decoded."""
    return next(iter(sound_tracks(container)), None)


def sound_tracks(container: "av.container.InputContainer") -> "list[av.AudioStream]":
    """Return the tracks of sound that can be decoded."""
    return [track for track in container.streams.audio if track.codec_context is not None]
