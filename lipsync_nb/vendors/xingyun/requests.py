"""Xingyun's requests: a script or slides, spoken by a stock figure."""

from typing import Annotated, Literal, Self

from lipsync_nb.vendors.base import (
    MB,
    Avatar,
    Display,
    Field,
    FromJob,
    Media,
    Model,
    NonBlank,
    Request,
    Takes,
    Talk,
    Text,
    Video,
    Voice,
)
from lipsync_nb.vendors.xingyun import slides

LARGEST_SLIDES = 20 * MB
"""From a copy of the vendor's page of PPT files; the page of the API names no limit."""
STOCK = {
    "look_name": "AM054_Jap_9021_new",
    "tts_vcn_name": "XMOV_HN_TTS__236",
    "studio_name": "youling_2d_v",
}
"""The figure, voice and studio of the page's example, as the API has no defaults."""


class Segment(Model):
    """One piece of a script."""

    text: Annotated[NonBlank, Display(lines=3), FromJob(Text)]
    """What is spoken, as plain text or SSML."""
    media_url: Annotated[
        Media | None, Takes(("image", "video"), faces=0), Display(label="Picture or clip")
    ] = None
    """The picture or clip shown while it is spoken."""


class Render(Request[Video]):
    """The fields that both ways of rendering have in common."""

    vendor = "xingyun"

    look_name: Annotated[NonBlank, Display(label="Figure"), FromJob(Avatar, "xingyun")]
    """The stock figure (形象名), such as ``AM054_Jap_9021_new``."""
    tts_vcn_name: Annotated[NonBlank, Display(label="Voice"), FromJob(Voice, "xingyun")]
    """The voice (音色), such as ``XMOV_HN_TTS__236``."""
    studio_name: Annotated[NonBlank, Display(label="Studio")]
    """The studio (演播室), such as ``youling_2d_v``."""
    video_name: str | None = None
    """The result's name (视频名称); the current time if left out."""
    sub_title: Annotated[Literal["on", "off"], Display(label="Subtitles")] = "on"
    """Whether subtitles are shown (是否开启字幕)."""
    if_aigc_mark: bool = True
    """Whether the mark "魔珐星云·AI生成" is shown (是否AI生成标识)."""
    output_resolution: Literal["540P", "720P", "1080P", "2K", "4K"] | None = None
    """The result's resolution; the page shows it in answers, but not as a field of requests."""


class RenderScript(Render):
    """A script spoken by a stock figure (通过segment发起渲染)."""

    segments: Annotated[list[Segment], Field(min_length=1), Display(label="Script")]
    """The script, piece by piece."""

    @classmethod
    def talking(cls, talk: Talk) -> Self:
        """Return a request from a text, for the stock figure of the page's own example."""
        figure = STOCK | ({"tts_vcn_name": talk.voice} if talk.voice else {})
        return cls(segments=[Segment(text=talk.needed_text())], **figure)


class RenderSlides(Render):
    """Slides presented by a stock figure, which speaks their notes (通过PPT发起渲染)."""

    ppt: Annotated[
        Media,
        Takes(
            ("slides",),
            ("ppt", "pptx", "pdf"),
            max_bytes=LARGEST_SLIDES,
            check=slides.refusal,
            warning=slides.warning,
        ),
        Display(label="Slides"),
    ]
    """The slides (PPT文件): ppt, pptx or pdf, at most 20 MB. Only their notes are spoken."""
