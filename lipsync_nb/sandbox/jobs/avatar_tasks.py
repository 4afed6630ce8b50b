"""The functions that run in worker processes for people: their videos, pictures and voices.

The renderer is imported inside the functions; see ``worker_tasks``.
"""
# ruff: noqa: PLC0415 -- see above

import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lipsync_nb.sandbox.errors import JobError
from lipsync_nb.sandbox.jobs.job import RenderOrder

PREVIEW_S, PREVIEW_HEIGHT = 2.0, 480
"""Length of a preview in seconds, and the height of covers and previews in pixels."""


def render_avatar(
    order: RenderOrder, files: dict[str, Path], out: Path, scratch: Path, report: Callable[..., Any]
) -> dict[str, Any]:
    """Render a video of a person who speaks.

    Args:
        order: What to render; options are those of ``render.avatar.render_avatar``.
        files: ``speech`` unless a text is spoken, ``clip`` unless the person is drawn, and
            ``picture`` if one is behind the person.
        out: Where the video goes.
        scratch: A folder for other files.
        report: Called with the share done.

    Returns:
        The video's facts, and the subtitles of a text that is spoken.
    """
    from lipsync_nb.sandbox.render.avatar import Cast, render_avatar
    from lipsync_nb.sandbox.render.encoder import Style
    from lipsync_nb.sandbox.render.speech import sentences, speak_all
    from lipsync_nb.sandbox.render.subtitles import SubtitleStyle

    options = dict(order.options)
    cast = Cast(options.pop("name", ""), options.pop("figure", ""), files.get("clip"))
    if (subtitles := options.pop("subtitles", None)) is not None:
        options["subtitles"] = SubtitleStyle(**subtitles | {"box": tuple(subtitles["box"])})
    said, speech = [], files.get("speech") or scratch / "speech.wav"
    if order.speech:
        settings = dict(order.speech)
        try:
            said = speak_all(sentences(settings.pop("text")), speech, **settings)
        except ValueError as error:
            raise JobError("bad_media", str(error)) from None
    made = render_avatar(
        cast,
        speech,
        out,
        Style(**order.style),
        picture=files.get("picture"),
        said=said,
        progress=report,
        **options,
    )
    return asdict(made) | {"subtitles": [asdict(each) for each in said]}


def voice_of(order: RenderOrder, clip: Path) -> dict[str, Any]:
    """The voice of the person in a clip, if it is to be trained; nothing if that is skipped."""
    from lipsync_nb.sandbox.render import BadMedia, voice_like

    language = order.options.get("voice_language")
    if language is None:
        return {}
    try:
        return asdict(voice_like(clip, language))
    except BadMedia:
        if order.options.get("error_skip"):
            return {}
        raise JobError("no_voice") from None


def draw_person(name: str, figure: str, size: tuple[int, int], out: str) -> None:
    """Draw a public person: a picture, or a short clip without words if the name ends in mp4."""
    from PIL import Image

    from lipsync_nb.sandbox.render.avatar import Cast, draw_cover

    cast, path = Cast(name, figure), Path(out)
    height = min(PREVIEW_HEIGHT, size[1])
    small = round(size[0] * height / size[1]), height
    part = path.with_name(f"part-{path.name}")
    if path.suffix == ".mp4":
        _draw_clip(cast, small, part)
    else:
        Image.fromarray(draw_cover(cast, small)).save(part)
    part.replace(path)


def _draw_clip(cast: Any, size: tuple[int, int], out: Path) -> None:
    import wave

    from lipsync_nb.sandbox.render.avatar import render_avatar
    from lipsync_nb.sandbox.render.encoder import Style

    with tempfile.TemporaryDirectory() as folder:
        silence = Path(folder) / "silence.wav"
        with wave.open(str(silence), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(bytes(int(PREVIEW_S * 8000) * 2))
        render_avatar(cast, silence, out, Style(), size=size, box=(0, 0, *size), colour="#E9ECF2")
