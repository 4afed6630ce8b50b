"""A drawn figure that says what an audio says."""

from pathlib import Path

import numpy as np

from lipsync_nb.sandbox.render.appearance import appearance_of
from lipsync_nb.sandbox.render.audio import read_audio
from lipsync_nb.sandbox.render.encoder import Progress, Rendered, Style, VideoEncoder
from lipsync_nb.sandbox.render.face_detection import one_thread
from lipsync_nb.sandbox.render.media import even
from lipsync_nb.sandbox.render.mouth_motion import mouth_motion
from lipsync_nb.sandbox.render.scene import SceneRenderer
from lipsync_nb.sandbox.render.text import watermark

ASPECT_RATIO = 0.8


@one_thread()
def render_figure(
    speech: Path, out: Path, style: Style, *, look: str, progress: Progress | None = None
) -> Rendered:
    """Let a drawn figure say what an audio says.

    Args:
        speech: Any audio file, or a clip with audio.
        out: Where the MP4 goes.
        style: Size, frame rate, quality, A/V offset.
        look: Any name. The same name gives the same figure in the same studio.
        progress: Called with the share done, 0 to 1.

    Raises:
        BadMedia: The speech cannot be read.
    """
    audio, size = read_audio(speech), (even(style.height * ASPECT_RATIO), even(style.height))
    renderer, labels = (
        SceneRenderer(appearance_of(look), look, size),
        watermark(style.watermark, size[::-1]),
    )
    renderer.begin(None)
    with VideoEncoder(out, size, audio, style, progress) as encoder:
        motion = mouth_motion(audio, style.fps, encoder.total, style.av_offset_ms / 1000)
        for index in np.arange(encoder.total):
            time_s = float(index / style.fps)
            pixels = renderer.draw(time_s, time_s, *motion.at(int(index)))
            for label in labels:
                label.draw(pixels)
            encoder.write(pixels)
    return encoder.rendered
