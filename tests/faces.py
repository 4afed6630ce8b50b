"""Faces, clips and speeches for tests: all drawn, spoken or computed here, nobody's footage.

The one photograph is NASA's public-domain portrait that comes with scikit-image.
"""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
import skimage.data

from lipsync_nb.sandbox.render.appearance import appearance_of, draw_figure
from lipsync_nb.sandbox.render.drawing import Canvas
from lipsync_nb.sandbox.render.speech import speak

Pixels = npt.NDArray[np.uint8]

HELLO = "Hello there. We are all going home along the river, and nobody knows how far it is."
"""About five seconds of varied vowels."""


PORTRAIT_FACE, PORTRAIT_MOUTH, PORTRAIT_MOUTH_WIDTH = (224, 115), (223, 146), 40
"""In the photograph's own pixels."""


def portrait(path: Path) -> Path:
    """A photograph of a smiling face, 512 by 512 pixels."""
    return save(path, skimage.data.astronaut())


def drawn_face(path: Path, seed: int = 0, size: int = 480) -> Path:
    """A drawn face with its mouth closed; each seed has another skin, hair and background.

    Args:
        path: Where the picture goes.
        seed: Which face.
        size: Pixels, width and height; the mouth is at (0.5, 0.51) of them.
    """
    return save(path, drawn(seed, size))


def two_faces(path: Path, size: int = 480) -> Path:
    """Two drawn faces side by side, in a picture twice as wide as high."""
    return save(path, np.hstack([drawn(3, size), drawn(0, size)]))


def no_face(path: Path, size: int = 480) -> Path:
    """A landscape: hills, a sun, nobody."""
    rows, columns = np.mgrid[:size, :size] / size
    picture = np.stack([150 + 60 * rows, 180 + 30 * rows, 230 - 20 * rows], axis=-1)
    for height, colour in ((0.5, (120, 150, 110)), (0.65, (80, 120, 70)), (0.8, (60, 90, 50))):
        hill = rows > height + 0.06 * np.sin(9 * height * columns + 20 * height)
        picture[hill] = colour
    picture[np.hypot(rows - 0.2, columns - 0.75) < 0.07] = (250, 230, 150)
    return save(path, picture.astype(np.uint8))


def face_video(
    path: Path, seconds: float = 3.0, fps: int = 25, size: tuple[int, int] = (640, 480)
) -> Path:
    """A clip without sound: the photograph's face wanders, turns and comes nearer, slowly.

    Args:
        path: Where the MP4 goes.
        seconds: Length.
        fps: Frames per second.
        size: Width and height, pixels.
    """
    frames = (
        wandering(skimage.data.astronaut(), frame / fps, size)
        for frame in range(round(seconds * fps))
    )
    return clip(path, frames, fps, size)


def wandering(picture: Pixels, time_s: float, size: tuple[int, int]) -> Pixels:
    """The photograph with its face moved to where it is at a time."""
    pose = wanderers_pose(time_s, size)
    return cv2.warpAffine(picture, pose, size, borderMode=cv2.BORDER_REFLECT)


def wanderers_pose(time_s: float, size: tuple[int, int]) -> npt.NDArray[np.float64]:
    """Where the photograph's points are in the clip at a time: shape (2, 3)."""
    width, height = size
    scale = height / 300 * (1 + 0.06 * np.sin(0.9 * time_s + 0.5))
    pose = cv2.getRotationMatrix2D(PORTRAIT_FACE, 4 * np.sin(0.7 * time_s), scale)
    x = width / 2 + 0.06 * width * np.sin(1.1 * time_s)
    y = 0.42 * height + 0.02 * height * np.sin(1.7 * time_s)
    pose[:, 2] += np.array((x, y)) - PORTRAIT_FACE
    return pose


def wanderers_mouth(time_s: float, size: tuple[int, int]) -> tuple[float, float, float]:
    """The wandering face's mouth at a time: x, y and width, pixels."""
    pose = wanderers_pose(time_s, size)
    x, y = pose @ (*PORTRAIT_MOUTH, 1)
    return x, y, PORTRAIT_MOUTH_WIDTH * float(np.hypot(pose[0, 0], pose[1, 0]))


def clip(path: Path, frames, fps: int, size: tuple[int, int]) -> Path:
    """Frames (RGB arrays) as an MP4 without sound."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(
            "libx264", rate=fps, options={"crf": "18", "preset": "veryfast"}
        )
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for index, pixels in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def speech(path: Path, text: str = HELLO, voice: str = "en-emma") -> Path:
    """A text spoken into a WAV file."""
    speak(text, path, voice=voice)
    return path


def drawn(seed: int, size: int) -> Pixels:
    """A drawn face as RGB."""
    unit = size / 5.2
    canvas = Canvas(size, size, unit, (size / 2, 1.9 * unit))
    draw_figure(canvas, appearance_of(f"test face {seed}"))
    behind = [(200, 210, 220), (110, 120, 130), (228, 214, 190)][seed % 3]
    pixels = np.full((size, size, 3), behind, np.uint8)
    canvas.paste_on(pixels, 0, 0)
    return pixels


def save(path: Path, pixels: Pixels) -> Path:
    """Write RGB as a picture; the format follows from the name."""
    cv2.imwrite(str(path), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    return path
