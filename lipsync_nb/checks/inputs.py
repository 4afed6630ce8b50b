"""Checks the media of a request for what most often wastes money."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from math import ceil
from statistics import median
from typing import TYPE_CHECKING

from lipsync_nb.checks.finding import Finding, Findings, Kind
from lipsync_nb.errors import BadRequest, line
from lipsync_nb.files import LocalFile
from lipsync_nb.media.media import Media, Takes
from lipsync_nb.media.probe import duration_s
from lipsync_nb.vendors.base import Request

if TYPE_CHECKING:
    from lipsync_nb.checks.faces import Sight
    from lipsync_nb.checks.sounds import Loudness

SMALL_PIXELS, SMALL_SHARE = 64, 0.08
"""The side of a small face, in pixels or as a share of the frame's shorter side."""
MISSED = 1
"""Frames of a clip in which no face need be found, as faces are turned and eyes are closed."""
OFTEN = 1 / 3
"""The share of frames from which on several faces, or a cut one, are reported."""
SILENT_DB = -55.0
"""The level of the loud parts below which a sound is silent, in dB. Whispers are louder."""
STEADY_DB = 6.0
"""The range of the levels of hum and noise, in dB. That of speech is over 15."""
STEADY_S = 1.0
"""Seconds from which on a steady sound is no speech; a shorter one may be one vowel."""
UNEVEN_DB = 40.0
"""How much quieter one channel is if only the others are used, in dB."""
CANCELLED_DB = 20.0
"""How much quieter the mix of channels is that cancel each other, in dB."""
CLIPPED = 0.002
"""Share of samples at full scale. Speech that just reaches it has less than 0.0001."""
RATIO, DIFFERENCE_S = 2.0, 2.0
"""Clip and speech are of very different lengths if one is longer by this factor and by so many
seconds."""
MOST_TIMES = 4
"""Times in a clip that a finding names."""

MISSES = "the search misses faces that are turned away or covered"
NO_CV2 = 'OpenCV is not installed: pip install "lipsync_nb[compare]"'


def check_inputs(request: Request, refused: Mapping[str, str]) -> Findings:
    """Return what was found in a request's media.

    Args:
        request: The request, whose bytes are in files.
        refused: By field, why a file is refused; such files are not looked at.
    """
    findings = Findings()
    clips: dict[str, float] = {}
    speeches: dict[str, float] = {}
    for field, media, takes in request.media():
        if field in refused:
            findings.append(Finding(field, "refused", refused[field]))
            continue
        if media.path is None:
            findings += _remote(field, media, takes)
            continue
        try:
            file = media.local()
            findings += _look(field, file, takes)
            into = _timed(file, takes, clips, speeches)
            if into is not None:
                into[field] = duration_s(file.path)
        except (BadRequest, OSError) as error:
            why = f"it cannot be looked at ({line(error)})"
            findings.append(Finding(field, "not_checked", why))
    findings += _lengths(clips, speeches)
    return findings


def _timed(
    file: LocalFile, takes: Takes, clips: dict[str, float], speeches: dict[str, float]
) -> dict[str, float] | None:
    if file.mime.startswith("video/") and takes.faces:
        return clips
    return speeches if file.mime.startswith("audio/") and takes.spoken else None


def _remote(field: str, media: Media, takes: Takes) -> Iterator[Finding]:
    shows_faces = takes.faces and {"image", "video"}.intersection(takes.kinds)
    if not (shows_faces or "audio" in takes.kinds):
        return
    if media.job is not None:
        why = f"the result of {media} is not here yet, and was not looked at"
        yield Finding(field, "not_checked", why, "wait for it to have it checked")
    else:
        why = f"{line(media)} is not on this machine, and was not looked at"
        yield Finding(field, "not_checked", why, "download it to have it checked")


def _look(field: str, file: LocalFile, takes: Takes) -> Iterator[Finding]:
    if note := takes.note(file):
        yield Finding(field, "note", note)
    if file.mime.startswith("audio/"):
        yield from _sound(field, file)
    elif file.mime.startswith(("image/", "video/")) and takes.faces:
        yield from _faces(field, file, takes.faces)


def _faces(field: str, file: LocalFile, wanted: int) -> Iterator[Finding]:
    try:
        from lipsync_nb.checks.faces import look_for_faces  # noqa: PLC0415 - needs an extra
    except ImportError:
        yield Finding(field, "not_checked", "faces were not looked for", NO_CV2)
        return
    seen = look_for_faces(file)
    if not seen.frames:
        yield Finding(field, "not_checked", "no frame of it can be decoded here")
    elif all(not sight.faces for sight in seen.frames):
        yield _no_face(field, seen.turned, len(seen.frames))
    else:
        yield from _found(field, seen.frames, wanted)


def _no_face(field: str, turned: int, frames: int) -> Finding:
    if turned:
        remedy = f"turn it by {turned}° clockwise, and save it upright"
        return Finding(field, "turned", "no face was found, but one that is not upright", remedy)
    where = "it" if frames == 1 else f"any of {frames} frames"
    remedy = f"use an upright face that looks at the camera; {MISSES}"
    return Finding(field, "no_face", f"no face was found in {where}", remedy)


def _found(field: str, sights: tuple["Sight", ...], wanted: int) -> Iterator[Finding]:
    with_faces = [sight for sight in sights if sight.faces]
    if len(sights) - len(with_faces) > MISSED:
        yield _missing(field, sights)

    def often(name: Kind, what: str, remedy: str, test: "Callable[[Sight], bool]") -> list[Finding]:
        number = sum(map(test, with_faces))
        if number < OFTEN * len(with_faces):
            return []
        where = "" if len(sights) == 1 else f" in {number} of {len(sights)} frames"
        return [Finding(field, name, f"{what}{where}", remedy)]

    if wanted > 1:
        yield from often(
            "few_faces",
            f"fewer than {wanted} faces were found",
            f"{wanted} faces of about the same size are to speak; {MISSES}",
            lambda sight: len(sight.faces) < wanted,
        )
    yield from often(
        "several_faces",
        f"more than {wanted} faces were found" if wanted > 1 else "several faces were found",
        "cut out the face that is to speak" if wanted == 1 else "cut out those that are to speak",
        lambda sight: len(sight.faces) > wanted,
    )
    yield from often(
        "cut_face",
        "the face is cut off at the border",
        "use a picture or clip that shows all of the face",
        lambda sight: sight.faces[0].is_cut(sight.size),
    )
    side = median(sight.faces[0].side for sight in with_faces)
    width, height = with_faces[0].size
    if side < max(SMALL_PIXELS, SMALL_SHARE * min(width, height)):
        what = f"the face is small: {side:.0f} pixels in {width} × {height}"
        yield Finding(field, "small_face", what, "cut out the face, or use a closer one")


def _missing(field: str, sights: tuple["Sight", ...]) -> Finding:
    times = [f"{sight.time_s:.1f} s" for sight in sights if not sight.faces]
    named = ", ".join(times[:MOST_TIMES]) + (", …" if len(times) > MOST_TIMES else "")
    text = f"no face was found in {len(times)} of {len(sights)} frames: at {named}"
    remedy = f"cut the clip to where the face is seen; {MISSES}"
    return Finding(field, "face_missing", text, remedy)


def _sound(field: str, file: LocalFile) -> Iterator[Finding]:
    from lipsync_nb.checks.sounds import measure  # noqa: PLC0415 - heavy, and only needed here

    if (sound := measure(file)) is None:
        yield Finding(field, "not_checked", "it is too short to be measured, or does not decode")
        return
    seconds = 0.0
    with suppress(BadRequest):
        seconds = duration_s(file.path)
    if max(sound.channels_db) < SILENT_DB:
        text = f"it is silent: its loudest part has {max(sound.channels_db):.0f} dB"
        yield Finding(field, "silent", text, "listen to it, and record or export it again")
    elif not _cancels(sound) and sound.range_db < STEADY_DB and seconds >= STEADY_S:
        text = f"it is as loud all the time (within {ceil(sound.range_db)} dB), as hum or noise is"
        yield Finding(field, "no_speech", text, "listen to it: no speech is heard in it")
    else:
        yield from _flaws(field, sound)


def _cancels(sound: "Loudness") -> bool:
    return sound.mixed_db < max(sound.channels_db) - CANCELLED_DB


def _flaws(field: str, sound: "Loudness") -> Iterator[Finding]:
    if sound.clipped >= CLIPPED:
        text = f"it is clipped: {sound.clipped:.1%} of its samples are at full scale"
        yield Finding(field, "clipped", text, "record or export it with less gain")
    loudest, quietest = max(sound.channels_db), min(sound.channels_db)
    if len(sound.channels_db) > 1 and quietest < loudest - UNEVEN_DB:
        silent = [f"{n}" for n, db in enumerate(sound.channels_db, 1) if db < loudest - UNEVEN_DB]
        text = f"of {len(sound.channels_db)} channels, number {' and '.join(silent)} is silent"
        yield Finding(field, "one_channel", text, "save it in mono, from a channel with the speech")
    elif _cancels(sound):
        text = "its channels cancel each other: mixed to mono it is nearly silent"
        yield Finding(field, "cancelling", text, "save it in mono, from one channel")


def _lengths(clips: Mapping[str, float], speeches: Mapping[str, float]) -> Iterator[Finding]:
    if len(clips) != 1 or len(speeches) != 1:
        return
    [(clip, clip_s)], [(speech, speech_s)] = clips.items(), speeches.items()
    longer, shorter = max(clip_s, speech_s), min(clip_s, speech_s)
    if longer >= RATIO * shorter and longer - shorter >= DIFFERENCE_S:
        how = "longer" if speech_s > clip_s else "shorter"
        text = f"{speech_s:.1f} s are much {how} than the {clip_s:.1f} s of {clip}"
        remedy = "see whether these files belong together; vendors repeat or cut the clip to fit"
        yield Finding(speech, "lengths", text, remedy)
