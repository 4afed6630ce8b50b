"""The second look at a clip: what the face does, and how it looks."""

from collections.abc import Iterator

from lipsync_nb.compare.signals.arrays import Crop
from lipsync_nb.compare.signals.crop import Square, cut, most_usual, steadied
from lipsync_nb.compare.signals.decode import luma_frames
from lipsync_nb.compare.signals.face_path import face_path
from lipsync_nb.compare.signals.likeness import Likeness
from lipsync_nb.compare.signals.mouth import Mouth, follow
from lipsync_nb.compare.signals.sharpness import sharpness
from lipsync_nb.compare.signals.survey import LOOK_EVERY, Survey
from lipsync_nb.media import Media


class Closeup:
    """A face followed through a clip.

    Args:
        clip: The clip.
        seen: What the first look told.
        likeness: Compares with the face it was made from, if that is known.

    Attributes:
        mouth: The mouth's course.
        sharp: Sharpness of face and mouth, in every fifth frame.
        alike: Likeness to the face given, in the same frames.

    Raises:
        Missing: There is no face.
    """

    def __init__(self, clip: Media, seen: Survey, likeness: Likeness | None) -> None:
        self.sharp: list[tuple[float, float]] = []
        self.alike: list[float] = []
        crops = self._crops(clip, face_path(seen), likeness)
        self.mouth: Mouth = follow(steadied(crops, most_usual(seen.crops)))

    def _crops(self, clip: Media, faces: list[Square], likeness: Likeness | None) -> Iterator[Crop]:
        for index, ((_, luma), face) in enumerate(zip(luma_frames(clip), faces, strict=False)):
            crop = cut(luma, face)
            if index % LOOK_EVERY == 0:
                self.sharp.append(sharpness(luma, face))
                if likeness is not None:
                    self.alike.append(likeness.to(crop))
            yield crop
