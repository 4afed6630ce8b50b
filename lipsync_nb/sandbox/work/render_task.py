"""Carrying out an order in a worker process: speech first, then the film, then its posters.

The renderer is imported inside the functions, for the reason ``worker.py`` gives.
"""
# ruff: noqa: PLC0415 -- see above

import tempfile
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import filetype
from PIL import Image

from lipsync_nb.sandbox.work.jobs import Trouble

Progress: TypeAlias = Callable[[float], None]

PROGRESS_EVERY_S = 0.05  # a note of progress is a small file; more often serves nobody


@dataclass(frozen=True)
class RenderTask:
    """One rendering, with everything in files of the home.

    Args:
        kind: As in an Order.
        files: Role → path.
        speech: Text, with its voice or language, speed and pitch; or empty.
        style: Keywords of the renderer's Style.
        options: What else the renderer takes.
        out: Where the video goes; its posters lie beside it.
        note: File which tells the progress.
    """

    kind: str
    files: dict[str, str]
    speech: dict[str, Any]
    style: dict[str, Any]
    options: dict[str, Any]
    out: str
    note: str


def render(task: RenderTask) -> dict[str, float]:
    """Render a task into its file, and posters beside it.

    Returns:
        The renderer's width, height, fps and duration_s.

    Raises:
        Trouble: ``no_face`` or ``bad_media``.
    """
    from lipsync_nb.sandbox.render import BadMedia, NoFace

    out = Path(task.out)
    with tempfile.TemporaryDirectory(dir=out.parent) as scratch:
        part = Path(scratch) / out.name
        try:
            made = _rendered(task, part, Path(scratch))
            _posters(part)
        except NoFace as error:
            raise Trouble("no_face", str(error)) from None
        except BadMedia as error:
            raise Trouble("bad_media", str(error)) from None
        for suffix in (".jpg", ".webp", ".mp4"):
            part.with_suffix(suffix).replace(out.with_suffix(suffix))
    return made


def _posters(video: Path) -> None:
    """Save one frame of the video as JPEG and as WebP: vendors differ in what they show."""
    from lipsync_nb.sandbox.render import poster

    poster(video, video.with_suffix(".jpg"))
    with Image.open(video.with_suffix(".jpg")) as picture:
        picture.save(video.with_suffix(".webp"))


def _rendered(task: RenderTask, part: Path, scratch: Path) -> dict[str, float]:
    files = {role: Path(path) for role, path in task.files.items()}
    if task.speech:
        files["speech"] = _spoken(task.speech, scratch / "speech.wav")
    made = RENDER_FUNCTIONS[task.kind](task, files, part, _noting(Path(task.note)))
    return {name: getattr(made, name) for name in ("duration_s", "width", "height", "fps")}


def _spoken(speech: dict[str, Any], out: Path) -> Path:
    from lipsync_nb.sandbox.render.speech import speak

    speech = dict(speech)
    text, language, likeness = (speech.pop(k, "") for k in ("text", "language", "likeness"))
    voice = speech.pop("voice", "") or _voice_for(language, likeness)
    try:
        speak(text, out, voice=voice, **speech)
    except ValueError as error:
        raise Trouble("bad_media", str(error)) from None
    return out


def _voice_for(language: str, likeness: str) -> str:
    """A voice of the language (``en`` or ``zh``), the same one for the same likeness."""
    from lipsync_nb.sandbox.render.speech import VOICES

    fitting = [voice.id for voice in VOICES if (voice.language == "en") == (language == "en")]
    return fitting[zlib.crc32(likeness.encode()) % len(fitting)]


def _noting(note: Path) -> Callable[[float], None]:
    """A progress callback which writes the fraction to a file, now and then."""
    last = 0.0
    part = note.with_suffix(".part")

    def progress(fraction: float) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= PROGRESS_EVERY_S:
            last = now
            part.write_text(f"{fraction:.4f}")
            part.replace(note)  # whoever reads it finds a number, never half of one

    return progress


def _face(task: RenderTask, files: dict[str, Path], out: Path, progress: Progress) -> Any:
    """A picture or a video, whichever was sent."""
    is_picture = filetype.is_image(str(files["face"]))
    kind = "portrait" if is_picture else "face_video"
    role = "picture" if is_picture else "video"
    return RENDER_FUNCTIONS[kind](task, {**files, role: files["face"]}, out, progress)


def _portrait(task: RenderTask, files: dict[str, Path], out: Path, progress: Progress) -> Any:
    from lipsync_nb.sandbox.render import Style, render_portrait

    style = Style(**task.style)
    return render_portrait(files["picture"], files["speech"], out, style, progress=progress)


def _face_video(task: RenderTask, files: dict[str, Path], out: Path, progress: Progress) -> Any:
    from lipsync_nb.sandbox.render import Style, render_face_video

    return render_face_video(
        files["video"],
        files["speech"],
        out,
        Style(**task.style),
        mouth_mask=files.get("mask"),
        progress=progress,
        **task.options,
    )


def _dialogue(task: RenderTask, files: dict[str, Path], out: Path, progress: Progress) -> Any:
    from lipsync_nb.sandbox.render import Style, render_dialogue

    picture, left, right = files["picture"], files["left"], files["right"]
    style = Style(**task.style)
    return render_dialogue(picture, left, right, out, style, progress=progress, **task.options)


def _script(task: RenderTask, files: dict[str, Path], out: Path, progress: Progress) -> Any:
    from lipsync_nb.sandbox.render import Scene, Style, render_script

    options = dict(task.options)
    scenes = [Scene(text, files.get(role)) for text, role in options.pop("scenes")]
    return render_script(scenes, out, Style(**task.style), progress=progress, **options)


def _slides(task: RenderTask, files: dict[str, Path], out: Path, progress: Progress) -> Any:
    from lipsync_nb.sandbox.render import Style, render_script
    from lipsync_nb.sandbox.render.slides import slide_scenes

    scenes = slide_scenes(files["ppt"], out.parent)
    return render_script(scenes, out, Style(**task.style), progress=progress, **task.options)


RENDER_FUNCTIONS: dict[str, Callable[[RenderTask, dict[str, Path], Path, Progress], Any]] = {
    "face": _face,
    "portrait": _portrait,
    "face_video": _face_video,
    "dialogue": _dialogue,
    "script": _script,
    "slides": _slides,
}
