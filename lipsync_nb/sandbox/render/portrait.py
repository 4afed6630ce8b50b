"""A portrait and speech become a talking head; with two speeches, a dialogue."""

from pathlib import Path
from typing import Literal

from lipsync_nb.sandbox.render.audio import Audio, mixed, read_audio
from lipsync_nb.sandbox.render.encoder import Progress, Rendered, Style, VideoEncoder, frame_count
from lipsync_nb.sandbox.render.face_detection import find_faces, locate_mouth, one_thread
from lipsync_nb.sandbox.render.media import read_picture
from lipsync_nb.sandbox.render.mouth_motion import mouth_motion
from lipsync_nb.sandbox.render.talking_head import TalkingHead
from lipsync_nb.sandbox.render.text import watermark

Order = Literal["meanwhile", "left_right", "right_left"]
"""Who speaks when in a dialogue: both at the same time, or one after the other."""


def render_portrait(
    picture: Path, speech: Path, out: Path, style: Style, *, progress: Progress | None = None
) -> Rendered:
    """Make the face in a picture speak.

    Args:
        picture: A file of any format that Pillow reads, with a face looking at the camera.
        speech: Any audio file, or a clip with audio.
        out: Where the MP4 goes.
        style: Size, frame rate, quality, A/V offset.
        progress: Called with the share done, 0 to 1.

    Returns:
        The facts of the video. It is as long as the speech, or up to one frame longer.

    Raises:
        NoFace: The picture shows no face.
        BadMedia: The picture or the speech cannot be read.
    """
    audio = read_audio(speech)
    return _render(picture, [audio], audio, out, style, progress=progress)


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
    """Make two faces in a picture speak. If there is only one, it speaks both parts.

    Args:
        picture: A file of any format that Pillow reads, with two faces looking at the camera.
        left: What the face on the picture's left side says.
        right: What the other face says.
        out: Where the MP4 goes.
        style: Size, frame rate, quality, A/V offset.
        order: Who speaks when.
        progress: Called with the share done, 0 to 1.

    Raises:
        NoFace: The picture shows no face.
        BadMedia: The picture or a speech cannot be read.
        ValueError: The order is unknown.
    """
    first, second = read_audio(left), read_audio(right)
    begins = {
        "meanwhile": (0.0, 0.0),
        "left_right": (0.0, first.duration_s),
        "right_left": (second.duration_s, 0.0),
    }
    if order not in begins:
        raise ValueError(f"unknown order {order!r}; known are {', '.join(begins)}")
    left_s, right_s = begins[order]
    total_s = max(left_s + first.duration_s, right_s + second.duration_s)
    parts = [first.padded(left_s, total_s), second.padded(right_s, total_s)]
    return _render(picture, parts, mixed(parts), out, style, progress=progress)


@one_thread()
def _render(
    picture: Path,
    parts: list[Audio],
    audio: Audio,
    out: Path,
    style: Style,
    *,
    progress: Progress | None,
) -> Rendered:
    """Render each part spoken by a face of its own, or ``audio`` by the only face there is."""
    pixels = read_picture(picture, style.height)
    faces = sorted(find_faces(pixels, len(parts)), key=lambda face: face.x)
    speeches = parts if len(faces) == len(parts) else [audio]
    fps, frames, lead_s = style.fps, frame_count(audio, style.fps), style.av_offset_ms / 1000
    heads = [TalkingHead(pixels, face, locate_mouth(pixels, face)) for face in faces]
    motions = [mouth_motion(speech, fps, frames, lead_s) for speech in speeches]
    still, labels = pixels.copy(), watermark(style.watermark, pixels.shape)
    with VideoEncoder(out, pixels.shape[1::-1], audio, style, progress) as encoder:
        for frame in range(frames):
            for head, motion in zip(heads, motions, strict=True):
                head.speak(still, *motion.at(frame))
            shown = still.copy()
            for head in heads:
                head.move(shown, frame / fps)
            for label in labels:
                label.draw(shown)
            encoder.write(shown)
    return encoder.rendered
