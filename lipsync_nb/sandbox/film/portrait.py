"""Portrait and speech → a talking head; with two speeches, a dialogue."""

from pathlib import Path
from typing import Literal

from lipsync_nb.sandbox.film.envelope import MouthControls, mouth_controls
from lipsync_nb.sandbox.film.faces import Face, find_faces, one_thread
from lipsync_nb.sandbox.film.lettering import watermark
from lipsync_nb.sandbox.film.mouth import locate_mouth
from lipsync_nb.sandbox.film.mp4 import Mp4, frame_count
from lipsync_nb.sandbox.film.pictures import Pixels, read_picture
from lipsync_nb.sandbox.film.sound import Sound, mixed, read_sound
from lipsync_nb.sandbox.film.spec import Progress, Rendered, Steps, Style
from lipsync_nb.sandbox.film.sway import HeadSway
from lipsync_nb.sandbox.film.warp import TalkingMouth

Order = Literal["meanwhile", "left_right", "right_left"]
"""Who speaks when in a dialogue: both at once, or one after the other."""


@one_thread()
def render_portrait(
    picture: Path, speech: Path, out: Path, style: Style, *, progress: Progress | None = None
) -> Rendered:
    """Make the face in a picture speak.

    Args:
        picture: Anything Pillow reads, with a face looking at the camera.
        speech: Any sound, or a clip with sound.
        out: Where the MP4 goes.
        style: Size, frame rate, quality, A/V offset.
        progress: Called with the share done, 0 to 1.

    Returns:
        The facts of the video; it is as long as the speech, up to one frame longer.

    Raises:
        NoFace: Nobody is in the picture.
        BadMedia: The picture or the speech cannot be read.
    """
    pixels = read_picture(picture, style.height)
    face = find_faces(pixels)[0]
    sound = read_sound(speech)
    return animate(pixels, [(face, sound)], sound, out, style=style, progress=progress)


@one_thread()
def render_dialogue(
    picture: Path,
    left: Path,
    right: Path,
    out: Path,
    style: Style,
    *,
    order: Order = "meanwhile",
    progress: Progress | None = None,
) -> Rendered:
    """Make two faces in a picture speak; if there is but one, it speaks both parts.

    Args:
        picture: Anything Pillow reads, with two faces looking at the camera.
        left: What the face on the picture's left side says.
        right: What the other one says.
        out: Where the MP4 goes.
        style: Size, frame rate, quality, A/V offset.
        order: Who speaks when.
        progress: Called with the share done, 0 to 1.

    Raises:
        NoFace: Nobody is in the picture.
        BadMedia: The picture or a speech cannot be read.
        ValueError: There is no such order.
    """
    pixels = read_picture(picture, style.height)
    faces = sorted(find_faces(pixels, wanted=2), key=lambda face: face.x)
    parts = on_one_timeline(read_sound(left), read_sound(right), order)
    whole = mixed(parts)
    speakers = list(zip(faces, parts, strict=True)) if len(faces) > 1 else [(faces[0], whole)]
    return animate(pixels, speakers, whole, out, style=style, progress=progress)


def on_one_timeline(left: Sound, right: Sound, order: Order) -> list[Sound]:
    """Both speeches, silent while only the other is to be heard."""
    both_s = left.duration_s + right.duration_s
    match order:
        case "meanwhile":
            longer_s = max(left.duration_s, right.duration_s)
            return [left.padded(0, longer_s), right.padded(0, longer_s)]
        case "left_right":
            return [left.padded(0, both_s), right.padded(left.duration_s, both_s)]
        case "right_left":
            return [left.padded(right.duration_s, both_s), right.padded(0, both_s)]
    raise ValueError(f"unknown order {order!r}; known are meanwhile, left_right, right_left")


class Head:
    """A head of the portrait: its mouth speaks, and it sways.

    Args:
        pixels: The portrait.
        face: Where the head's face is.
        controls: The course of its mouth.
    """

    def __init__(self, pixels: Pixels, face: Face, controls: MouthControls) -> None:
        self.mouth = TalkingMouth(pixels, locate_mouth(pixels, face))
        self.controls = controls
        self.sway = HeadSway(face, pixels.shape[:2], phase=face.x / pixels.shape[1])

    def speak(self, pixels: Pixels, frame: int) -> None:
        """Draw the mouth as it is at a frame, within the picture itself."""
        openness, width = self.controls.openness[frame], self.controls.width[frame]
        self.mouth.place.of(pixels)[:] = self.mouth.patch(openness, width)


def animate(
    pixels: Pixels,
    speakers: list[tuple[Face, Sound]],
    sound: Sound,
    out: Path,
    *,
    style: Style,
    progress: Progress | None,
) -> Rendered:
    """Draw and write every frame.

    Args:
        pixels: The portrait, of even size.
        speakers: The faces, and what each says on the video's timeline.
        sound: What is heard.
        out: Where the MP4 goes.
        style: Frame rate, quality, A/V offset.
        progress: Called with the share done, 0 to 1.
    """
    frames = frame_count(sound, style.fps)
    heads = [
        Head(pixels, face, mouth_controls(speech, style.fps, frames, style.av_offset_ms / 1000))
        for face, speech in speakers
    ]
    still, steps = pixels.copy(), Steps(frames, progress)
    labels = watermark(style.watermark, pixels.shape[:2])
    with Mp4(out, pixels.shape[1], pixels.shape[0], sound, style) as mp4:
        for frame in range(frames):
            for head in heads:
                head.speak(still, frame)
            shown = still.copy()
            for head in heads:
                head.sway.move(shown, frame / style.fps)
            for label in labels:
                label.over(shown)
            mp4.write(shown)
            steps.done(frame + 1)
    return mp4.rendered
