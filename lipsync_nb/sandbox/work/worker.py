"""Setting up a worker process, and its quick tasks.

The renderer's own imports (cv2, av, espeak) are made inside the functions, so that the serving
process, which names these functions, stays small and starts fast.
"""
# ruff: noqa: PLC0415 -- see above

import multiprocessing
import os
import signal
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filetype

from lipsync_nb.sandbox.work.jobs import Trouble

NICENESS = 5  # answers to polls come before frames
NO_MEDIA = ("bin", "tty", "adf", "idf", "xbin")  # FFmpeg makes films of text and bytes


@dataclass(frozen=True)
class Probe:
    """What a file is.

    Args:
        kind: ``image``, ``video``, ``audio``, or empty for none of these.
        duration_s: Length in seconds, 0 for a picture.
    """

    kind: str
    duration_s: float = 0.0


def begin() -> None:
    """Set up a worker process: polite, deaf to Ctrl-C, and gone when its parent is."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def warm() -> None:
    """Import the renderer before the first job needs it."""
    import lipsync_nb.sandbox.render
    import lipsync_nb.sandbox.render.speech  # noqa: F401 -- both are wanted in memory, not by name


def probe(path: str) -> Probe:
    """Tell what a file is by decoding it, not by its name."""
    import av

    from lipsync_nb.sandbox.render.media import open_container

    if filetype.is_image(path):
        return Probe("image")
    try:
        with open_container(Path(path)) as container:
            if container.format.name in NO_MEDIA:
                return Probe("")
            stream = _main_stream(container)
            next(container.decode(stream))
            probed = Probe(stream.type, (container.duration or 0) / av.time_base)
        return probed if probed.kind == "video" else Probe("audio", _heard_s(Path(path)))
    except (av.FFmpegError, ValueError, StopIteration):
        return Probe("")


def _heard_s(sound: Path) -> float:
    """A sound's length by decoding it: headers guess, and bills are by the tenth of a second."""
    from lipsync_nb.sandbox.render import duration_s

    return duration_s(sound)


def _main_stream(container: Any) -> Any:
    """The moving picture, or else the sound; a song's cover is neither."""
    import av

    cover = av.stream.Disposition.attached_pic
    pictures = [stream for stream in container.streams.video if not stream.disposition & cover]
    return next(iter((*pictures, *container.streams.audio)))


def sample(voice: str, out: str) -> None:
    """Speak a voice's sample sentence."""
    from lipsync_nb.sandbox.render.speech import find_voice, speak

    is_english = find_voice(voice).language == "en"
    text = "Hello, nice to meet you." if is_english else "你好，很高兴见到你。"
    part = Path(out).with_suffix(".part")
    speak(text, part, voice=voice)
    part.replace(out)


def count_slides(ppt: str) -> int:
    """Number of slides in a presentation.

    Raises:
        Trouble: ``bad_media`` where it is no presentation.
    """
    from lipsync_nb.sandbox.render import BadMedia
    from lipsync_nb.sandbox.render.slides import slide_scenes

    with tempfile.TemporaryDirectory() as workdir:
        try:
            return len(slide_scenes(Path(ppt), Path(workdir)))
        except BadMedia as error:
            raise Trouble("bad_media", str(error)) from None
