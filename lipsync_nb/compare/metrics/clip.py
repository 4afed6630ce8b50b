"""A video to be measured; each of its parts is decoded once, when a metric first needs it."""

from collections.abc import Iterator
from functools import cached_property

from lipsync_nb.compare.metrics.arrays import Crop, Samples
from lipsync_nb.compare.metrics.decode import (
    AudioTrack,
    Missing,
    local_media,
    luma_frames,
    read_audio,
    size_bytes,
)
from lipsync_nb.compare.metrics.face_crop import crop_face, stabilized, typical_crop
from lipsync_nb.compare.metrics.face_detection import FaceBox
from lipsync_nb.compare.metrics.frame_scan import SEARCH_EVERY, Scan, scan
from lipsync_nb.compare.metrics.mouth import MouthTrack, track_mouth
from lipsync_nb.compare.metrics.sharpness import sharpness
from lipsync_nb.compare.metrics.similarity import FaceSimilarity
from lipsync_nb.media import Media
from lipsync_nb.media.media import MediaLike


class FaceTrack:
    """The face of a clip in each frame.

    Args:
        clip: The clip.
        scanned: Its scan.
        similarity: Compares with the face that was given, if there is one.

    Attributes:
        mouth: The mouth in each frame.
        sharpness: Sharpness of face and mouth, in every fifth frame.
        similarities: Similarity to the face that was given, in the same frames.

    Raises:
        Missing: There is no face.
    """

    def __init__(self, clip: Media, scanned: Scan, similarity: FaceSimilarity | None) -> None:
        self.sharpness: list[tuple[float, float]] = []
        self.similarities: list[float] = []
        crops = self._crops(clip, scanned.face_path(), similarity)
        self.mouth: MouthTrack = track_mouth(stabilized(crops, typical_crop(scanned.crops)))

    def _crops(
        self, clip: Media, faces: list[FaceBox], similarity: FaceSimilarity | None
    ) -> Iterator[Crop]:
        for index, ((_, luma), face) in enumerate(zip(luma_frames(clip), faces, strict=False)):
            crop = crop_face(luma, face)
            if index % SEARCH_EVERY == 0:
                self.sharpness.append(sharpness(luma, face))
                if similarity is not None:
                    self.similarities.append(similarity.to(crop))
            yield crop


class Clip:
    """A video, with the speech and the face it was made from.

    Args:
        video: The video, as `measure` takes it.
        speech: The speech it was asked to say, as `measure` takes it.
        face: The face it was made from, as `measure` takes it.

    Raises:
        BadRequest: One of them is a URL, or a file that does not exist.
    """

    def __init__(self, video: MediaLike, speech: MediaLike | None, face: MediaLike | None) -> None:
        self.video = local_media(video)
        self._given = {
            name: None if source is None else local_media(source)
            for name, source in (("speech", speech), ("face", face))
        }

    @cached_property
    def size_bytes(self) -> int:
        """Size of the video file in bytes."""
        return size_bytes(self.video)

    @cached_property
    def scan(self) -> Scan:
        """The scan of the video. Raises `Missing` if it has no picture."""
        return scan(self.video)

    @cached_property
    def face_track(self) -> FaceTrack:
        """The face in the video. Raises `Missing` if it has none."""
        try:
            similarity = FaceSimilarity.of(self.given("face"))
        except Missing:
            similarity = None
        return FaceTrack(self.video, self.scan, similarity)

    @cached_property
    def audio(self) -> Samples:
        """The sound of the video from its first frame on. Raises `Missing` if it has none."""
        return read_audio(self.video).since(self.scan.timestamps[0])

    @cached_property
    def speech(self) -> AudioTrack:
        """The speech that was given. Raises `Missing` if there is none."""
        return read_audio(self.given("speech"))

    def given(self, name: str) -> Media:
        """Return the given ``"speech"`` or ``"face"``.

        Raises:
            Missing: It was not given.
        """
        media = self._given[name]
        if media is None:
            raise Missing(f"no {name} was given")
        return media
