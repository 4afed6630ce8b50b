"""A video to be measured; each of its parts is decoded once, when a metric first needs it."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from lipsync_nb.compare.metrics.arrays import Crop, Luma, Samples, Times
from lipsync_nb.compare.metrics.decode import (
    AudioTrack,
    Missing,
    announced_s,
    luma_frames,
    read_audio,
    size_bytes,
)
from lipsync_nb.compare.metrics.face_crop import crop_face, stabilized, typical_crop
from lipsync_nb.compare.metrics.frame_scan import SEARCH_EVERY, Face, Scan, scan
from lipsync_nb.compare.metrics.mouth import track_mouth
from lipsync_nb.compare.metrics.outside import Outside
from lipsync_nb.compare.metrics.sharpness import sharpness
from lipsync_nb.compare.metrics.similarity import FaceSimilarity
from lipsync_nb.compare.metrics.sound_levels import SoundLevels, sound_levels
from lipsync_nb.compare.metrics.sync import Sync, Take, synchrony
from lipsync_nb.compare.metrics.sync_filters import Filters, own_filters
from lipsync_nb.media import Media
from lipsync_nb.media.local import local_media
from lipsync_nb.media.media import MediaLike

TRUNCATED_S, TRUNCATED_SHARE = 0.5, 0.02
"""A file is truncated if it announces more seconds, and a larger share, than it has."""


@dataclass(frozen=True)
class FaceTrack:
    """A face in one shot.

    Attributes:
        take: Its mouth in each frame of the shot.
        sharpness: Sharpness of face and mouth, in every fifth frame.
        similarities: Similarity to the face that was given, in the same frames.
    """

    take: Take
    sharpness: list[tuple[float, float]]
    similarities: list[float]


def track_faces(
    clip: Media, scanned: Scan, similarity: FaceSimilarity | None
) -> list[list[FaceTrack]]:
    """Return the faces of each shot that has one, largest first.

    The clip is decoded once for the largest faces, and once more for each further one.

    Args:
        clip: The clip.
        scanned: Its scan.
        similarity: Compares with the face that was given, if there is one.

    Raises:
        Missing: There is no face, or only a single frame.
    """
    fps, times = scanned.fps, scanned.times
    faces = [shot.tracked() for shot in scanned.shots]
    tracks: list[list[FaceTrack]] = [[] for _ in faces]
    for rank in range(max(map(len, faces))):
        frames = luma_frames(clip)
        for shot, of_shot, found in zip(scanned.shots, faces, tracks, strict=True):
            lumas = (luma for _, luma in islice(frames, shot.frames))
            if rank < len(of_shot):
                span = slice(shot.first, shot.first + shot.frames)
                found.append(_track(lumas, of_shot[rank], times[span], fps, similarity))
            deque(lumas, maxlen=0)  # those that are left
    if not any(tracks):
        raise Missing("no face was found")
    return [found for found in tracks if found]


def _track(
    lumas: Iterator[Luma], face: Face, times: Times, fps: float, similarity: FaceSimilarity | None
) -> FaceTrack:
    sharp, similarities = [], []

    def crops() -> Iterator[Crop]:
        for index, (box, luma) in enumerate(zip(face.path(len(times), fps), lumas, strict=False)):
            crop = crop_face(luma, box)
            if index % SEARCH_EVERY == 0:
                sharp.append(sharpness(luma, box))
                if similarity is not None:
                    similarities.append(similarity.to(crop))
            yield crop

    mouth = track_mouth(stabilized(crops(), typical_crop(face.crops)))
    return FaceTrack(Take(times, mouth, face.seen(len(times))), sharp, similarities)


class Clip:
    """A video, with the speech and the face it was made from.

    Args:
        video: The video, as `measure` takes it.
        speech: The speech it was asked to say, as `measure` takes it.
        face: The face it was made from, as `measure` takes it.
        filters: Those that find speech in the motion of a mouth.

    Raises:
        BadRequest: One of them is a URL, or a file that does not exist.
    """

    def __init__(
        self,
        video: MediaLike,
        speech: MediaLike | None,
        face: MediaLike | None,
        filters: Filters | None = None,
    ) -> None:
        self.video = local_media(video)
        self._filters = filters
        self._given = {
            name: None if source is None else local_media(source)
            for name, source in (("speech", speech), ("face", face))
        }

    @property
    def speech_file(self) -> Media | None:
        """The file of the speech that was given."""
        return self._given["speech"]

    @cached_property
    def size_bytes(self) -> int:
        """Size of the video file in bytes."""
        return size_bytes(self.video)

    @cached_property
    def scan(self) -> Scan:
        """The scan of the video. Raises `Missing` if it has no picture."""
        return scan(self.video)

    @cached_property
    def truncated(self) -> tuple[float, float]:
        """Where the file breaks off, and how much it announces beyond that, in seconds.

        The latter is 0 for a whole file. Raises `Missing` if it has no picture.
        """
        picture_s, whole_s = announced_s(self.video)
        shown_s = self.scan.duration_s
        try:
            end_s = max(self.scan.timestamps[0] + shown_s, self.sound.end_s)
        except Missing:
            end_s = self.scan.timestamps[0] + shown_s
        for has_s, says_s in ((shown_s, picture_s), (end_s, whole_s)):
            missing_s = (says_s or 0.0) - has_s
            if missing_s > max(TRUNCATED_S, TRUNCATED_SHARE * has_s):
                return has_s, missing_s
        return shown_s, 0.0

    @cached_property
    def faces(self) -> list[list[FaceTrack]]:
        """The faces of each shot that has one, largest first. Raises `Missing` if there is none."""
        try:
            similarity = FaceSimilarity.of(self.face)
        except Missing:
            similarity = None
        return track_faces(self.video, self.scan, similarity)

    @cached_property
    def face(self) -> Scan:
        """The scan of the face that was given. Raises `Missing` if there is none."""
        return scan(self.given("face"))

    @cached_property
    def outside(self) -> Outside:
        """The video beside the face that was given. Raises `Missing`."""
        return Outside(self.video, self.scan, self.given("face"), self.face)

    @property
    def filters(self) -> Filters:
        """The filters, by default those of this package."""
        return self._filters or own_filters()

    @cached_property
    def sync(self) -> Sync:
        """Mouth against sound, with the faces that match it best. Raises `Missing`."""
        takes = [[face.take for face in shot] for shot in self.faces]
        return synchrony(takes, self.audio, self.filters)

    @cached_property
    def sound(self) -> AudioTrack:
        """The sound of the video. Raises `Missing` if it has none."""
        return read_audio(self.video)

    @cached_property
    def sound_levels(self) -> SoundLevels:
        """Loudness and clipping of the same sound track. Raises `Missing` if there is none."""
        return sound_levels(self.video, self.sound.number)

    @cached_property
    def audio(self) -> Samples:
        """The sound of the video from its first frame on. Raises `Missing` if it has none."""
        return self.sound.since(self.scan.timestamps[0])

    @cached_property
    def speech(self) -> AudioTrack:
        """The speech that was given. Raises `Missing` if there is none."""
        return read_audio(self.given("speech"))

    @property
    def takes(self) -> Sequence[Take]:
        """The measured mouth of each shot that has one. Raises `Missing` if there is none."""
        try:
            return self.sync.takes
        except Missing:
            return [shot[0].take for shot in self.faces]

    def given(self, name: str) -> Media:
        """Return the given ``"speech"`` or ``"face"``.

        Raises:
            Missing: It was not given.
        """
        media = self._given[name]
        if media is None:
            raise Missing(f"no {name} was given")
        return media
