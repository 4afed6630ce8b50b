"""Results as HTML that needs no widget: a player, a text, a voice, a person."""

from collections.abc import Sequence
from contextlib import suppress
from html import escape
from pathlib import Path

from lipsync_nb.errors import BadRequest
from lipsync_nb.media.audio import Audio
from lipsync_nb.media.probe import duration_s
from lipsync_nb.media.video import Video
from lipsync_nb.notebook import jupyter
from lipsync_nb.notebook.result_card import preview_of
from lipsync_nb.notebook.text import clock, size, vendor_label
from lipsync_nb.results import Avatar, Subtitle, Voice
from lipsync_nb.vendors.base.request import Result

STYLES = {
    "video": "max-width: 100%; max-height: 480px",
    "audio": "width: 100%; max-width: 480px",
    "image": "max-width: 100%; max-height: 240px",
}


def result_html(result: Result) -> str:
    """Return a result as HTML."""
    match result:
        case Video():
            return video_html(result.path)
        case Audio():
            return audio_html(result)
        case Voice() | Avatar():
            return resource_html(result)
    return text_html(str(result))


def video_html(path: Path) -> str:
    """Return a video as a player with a path relative to the notebook, or a link if none plays."""
    return _figure(path, "video")


def audio_html(audio: Audio) -> str:
    """Return an audio as a player like `video_html`, with its subtitles."""
    return _figure(audio.path, "audio", audio.subtitles)


def text_html(text: str) -> str:
    """Return a text, whose lines are kept."""
    return f'<div style="white-space: pre-wrap; overflow-wrap: anywhere">{escape(text)}</div>'


def resource_html(resource: Voice | Avatar) -> str:
    """Return a voice or an avatar: its name, its vendor's id of it, and its preview."""
    kind, name = type(resource).__name__, resource.name or resource.id
    head = (
        f"{kind} <strong>{escape(name)}</strong> · {escape(vendor_label(resource.vendor))} · "
        f"<code>{escape(resource.id)}</code>"
    )
    return f"<div>{head}</div>{_preview_html(resource, f'{kind} {name}')}"


def _preview_html(resource: Voice | Avatar, label: str) -> str:
    preview = preview_of(resource)
    if preview is None:
        return ""
    kind, url, named = preview["as"], escape(preview["url"]), escape(f"Preview of {label}")
    if kind == "image":
        return f'<img src="{url}" alt="{named}" referrerpolicy="no-referrer" {_style(kind)}>'
    return (
        f'<{kind} controls preload="none" src="{url}" aria-label="{named}" {_style(kind)}></{kind}>'
    )


def _figure(path: Path, kind: str, subtitles: Sequence[Subtitle] = ()) -> str:
    address = escape(jupyter.url(path))
    figures = [path.name]
    with suppress(BadRequest, OSError):
        figures += [clock(duration_s(path)), size(path.stat().st_size)]
    facts = escape(" · ".join(figures))
    caption = f'<figcaption>{facts} · <a href="{address}" download>Download</a></figcaption>'
    player = (
        f'<{kind} controls preload="metadata" src="{address}" aria-label="{escape(path.name)}" '
        f"{_style(kind)}></{kind}>"
    )
    shown = player if jupyter.plays_inline(path) else ""
    return f'<figure style="margin: 0">{shown}{caption}{_subtitles_html(subtitles)}</figure>'


def _subtitles_html(subtitles: Sequence[Subtitle]) -> str:
    """Return what is said when, folded."""
    if not subtitles:
        return ""
    rows = "".join(
        f"<tr><td>{each.start_s:.1f} – {each.end_s:.1f} s</td>"
        f'<td style="text-align: left">{escape(each.text)}</td></tr>'
        for each in subtitles
    )
    return f"<details><summary>Subtitles</summary><table>{rows}</table></details>"


def _style(kind: str) -> str:
    return f'style="{STYLES[kind]}"'
