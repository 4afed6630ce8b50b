"""The functions that run in worker processes: rendering, and short tasks.

The renderer (cv2, av, espeak) is imported inside the functions. The serving process imports this
module, too, and must stay small and start fast.
"""
# ruff: noqa: PLC0415 -- see above

import tempfile
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from PIL import Image

from lipsync_nb.sandbox.errors import JobError
from lipsync_nb.sandbox.jobs.avatar_tasks import render_avatar, voice_of
from lipsync_nb.sandbox.jobs.job import RenderOrder
from lipsync_nb.sandbox.render.speech import Subtitle


@dataclass(frozen=True)
class Probe:
    """The type and length of a file.

    Args:
        kind: ``image``, ``video``, ``audio``, or empty for anything else.
        duration_s: Length in seconds, 0 for a picture.
    """

    kind: str
    duration_s: float = 0.0


def warm() -> None:
    """Import the renderer before the first job needs it."""
    for module in ("face_video", "portrait", "script"):
        import_module(f"lipsync_nb.sandbox.render.{module}")


def probe(path: str) -> Probe:
    """Find the type and length of a file by decoding it; its name is not used."""
    from lipsync_nb.decode import lengths
    from lipsync_nb.decode.containers import media_type
    from lipsync_nb.sandbox.render import BadMedia, duration_s
    from lipsync_nb.sandbox.render.media import opened, read_frames

    file = Path(path)
    with file.open("rb") as content:
        kind = (media_type(content) or "").partition("/")[0]
    try:
        match kind:
            case "image":
                return Probe("image")
            case "audio":  # decoded, as it is billed by the tenth of a second
                return Probe("audio", duration_s(file))
            case "video":
                next(read_frames(file))
                with opened(file) as container:
                    return Probe("video", lengths.duration_s(container))
    except BadMedia:
        pass
    return Probe("")


def speak_sample(voice: str, out: str) -> None:
    """Let a voice speak a sample sentence."""
    from lipsync_nb.sandbox.render import find_voice, speak

    is_english = find_voice(voice).language == "en"
    text = "Hello, nice to meet you." if is_english else "你好，很高兴见到你。"
    part = Path(out).with_suffix(".part")
    speak(text, part, voice=voice)
    part.replace(out)


def count_slides(ppt: str) -> int:
    """The number of slides in a presentation.

    Raises:
        JobError: ``bad_media`` if the file is not a presentation.
    """
    from lipsync_nb.sandbox.render import BadMedia, slide_scenes

    with tempfile.TemporaryDirectory() as folder:
        try:
            return len(slide_scenes(Path(ppt), Path(folder)))
        except BadMedia as error:
            raise JobError("bad_media", str(error)) from None


def render(order: RenderOrder, files: dict[str, Path], out: Path, progress: Path) -> dict[str, Any]:
    """Render an audio, a picture, or a video with a JPEG and a WebP of one of its frames.

    Args:
        order: What to render.
        files: Role → file.
        out: Where the result goes. A video's posters get the same name.
        progress: File with the share done.

    Returns:
        The result's duration_s; of an audio its subtitles, of a cloned voice which voice and pitch
        speak like it, of a picture and a video their size, of a picture its clip's place in the
        home, of a video its fps.

    Raises:
        JobError: ``no_face`` or ``bad_media``.
    """
    from lipsync_nb.sandbox.render import BadMedia, NoFace

    with tempfile.TemporaryDirectory(dir=out.parent) as scratch:
        part = Path(scratch) / out.name
        try:
            match order.kind:
                case "speech":
                    facts = _render_audio(order.speech, part, **order.options)
                case "text":
                    part.write_text(order.speech["text"], encoding="utf-8")
                    facts = {"duration_s": 0.0}
                case "voice":
                    facts = _clone_voice(order, files["sample"], part)
                case "person":
                    facts = _picture_of(files["clip"], part) | voice_of(order, files["clip"])
                case "avatar":
                    report = _progress_writer(progress)
                    facts = render_avatar(order, files, part, Path(scratch), report)
                    _add_posters(part)
                case _:
                    facts = _render_video(order, files, part, Path(scratch), progress)
                    _add_posters(part)
        except NoFace as error:
            raise JobError("no_face", str(error)) from None
        except BadMedia as error:
            raise JobError("bad_media", str(error)) from None
        for made in part.parent.glob(f"{part.stem}.*"):
            made.replace(out.with_suffix(made.suffix))
    return facts


def _render_audio(speech: dict[str, Any], out: Path, **sound: Any) -> dict[str, Any]:
    from lipsync_nb.sandbox.render import sentences
    from lipsync_nb.sandbox.render.sound_formats import convert

    settings, wav = dict(speech), out.with_name("spoken.wav")
    said = _speak_all(sentences(settings.pop("text")), settings, wav)
    convert(wav, out, **sound)
    return {"duration_s": said[-1].end_s, "subtitles": [asdict(each) for each in said]}


def _clone_voice(order: RenderOrder, sample: Path, out: Path) -> dict[str, Any]:
    from lipsync_nb.sandbox.render import voice_like

    speech = dict(order.speech)
    alike = asdict(voice_like(sample, speech.pop("language", "")))
    return _render_audio(speech | alike, out) | alike


def _picture_of(clip: Path, out: Path) -> dict[str, Any]:
    """Save a frame of a clip in which a face is found."""
    from lipsync_nb.sandbox.render import poster
    from lipsync_nb.sandbox.render.face_detection import find_faces
    from lipsync_nb.sandbox.render.media import read_picture, video_length_s

    poster(clip, out)
    pixels = read_picture(out)
    find_faces(pixels)
    height, width = pixels.shape[:2]
    seconds, place = video_length_s(clip), f"{clip.parent.name}/{clip.name}"
    return {"duration_s": seconds, "width": width, "height": height, "clip": place}


def _render_video(
    order: RenderOrder, given: dict[str, Path], out: Path, scratch: Path, progress: Path
) -> dict[str, Any]:
    from lipsync_nb.sandbox import render as renderer

    style, options = renderer.Style(**order.style), {**order.options}
    options["progress"] = _progress_writer(progress)
    kind, files = order.kind, {**given}
    if order.speech:
        files["speech"] = _speak(order.speech, scratch / "speech.wav")
    if kind == "face":  # a picture or a video
        kind = "portrait" if renderer.is_picture(files["face"]) else "face_video"
        files["picture"] = files["video"] = files["face"]
    match kind:
        case "portrait":
            made = renderer.render_portrait(
                files["picture"], files["speech"], out, style, **options
            )
        case "face_video":
            options["mouth_mask"] = files.get("mask")
            made = renderer.render_face_video(
                files["video"], files["speech"], out, style, **options
            )
        case "dialogue":
            picture, left, right = files["picture"], files["left"], files["right"]
            made = renderer.render_dialogue(picture, left, right, out, style, **options)
        case "figure":
            made = renderer.render_figure(files["speech"], out, style, **options)
        case "remix":
            made = renderer.render_remix(files["clip"], files["speech"], out, style, **options)
        case "script":
            rows = options.pop("scenes")
            scenes = [renderer.Scene(text, files.get(role)) for text, role in rows]
            made = renderer.render_script(scenes, out, style, **options)
        case "slides":
            scenes = renderer.slide_scenes(files["ppt"], scratch)
            made = renderer.render_script(scenes, out, style, **options)
        case _:
            raise ValueError(f"unknown kind {kind!r}")
    return asdict(made)


def _add_posters(video: Path) -> None:
    """Save a frame of a video beside it, in both formats."""
    from lipsync_nb.sandbox.render import poster

    poster(video, video.with_suffix(".jpg"))
    with Image.open(video.with_suffix(".jpg")) as shown:
        shown.save(video.with_suffix(".webp"))


def _speak(speech: dict[str, Any], out: Path) -> Path:
    from lipsync_nb.sandbox.render import VOICES

    speech = dict(speech)
    text, language, likeness = (speech.pop(k, "") for k in ("text", "language", "likeness"))
    # Without a voice, one of the language (en or zh): the same one for the same likeness.
    fitting = [voice.id for voice in VOICES if (voice.language == "en") == (language == "en")]
    voice = speech.pop("voice", "") or fitting[zlib.crc32(likeness.encode()) % len(fitting)]
    _speak_all([text], speech | {"voice": voice}, out)
    return out


def _speak_all(texts: list[str], settings: dict[str, Any], out: Path) -> list[Subtitle]:
    from lipsync_nb.sandbox.render import speak_all

    try:
        return speak_all(texts, out, **settings)
    except ValueError as error:
        raise JobError("bad_media", str(error)) from None


def _progress_writer(path: Path) -> Callable[[float], None]:
    """A callback that writes the share done to a file. A reader never finds half of a number."""
    part = path.with_suffix(".part")

    def write(share: float) -> None:
        part.write_text(f"{share:.4f}")
        part.replace(path)

    return write
