"""Yunai's videos of high quality (高质量视频合成, V2): a clip says what an audio says.

Acts: ``create_v2``, ``chk_v2``.
"""

from typing import Annotated, Self

from lipsync_nb.vendors.base import Delivery, Media, Request, Takes, Talk, Video
from lipsync_nb.vendors.yunai.agent import AgentProduct, LineType


class VideoV2(Request[Video]):
    """A clip that says something else, of high quality (高质量视频合成, ``create_v2``)."""

    vendor = "yunai"

    audio: Annotated[Media, Takes(("audio",))]
    """The speech; the page names no limit (``audio_url``)."""
    video: Annotated[Media, Takes(("video",))]
    """The clip with the face; the page names no limit (``video_url``)."""
    line_type: LineType = 0
    """The line that makes it: 0 ordinary, 1 fast (线路)."""

    @classmethod
    def talking(cls, talk: Talk) -> Self:
        """Return a request from a clip and a speech."""
        return cls(video=talk.clip(), audio=talk.needed_speech())


class VideoV2Product(AgentProduct):
    """The product."""

    kinds = (VideoV2,)
    creates = "create_v2"
    queries = "chk_v2"

    async def fields(self, request: VideoV2, delivery: Delivery) -> dict[str, str]:
        """Return the URLs of both media."""
        return {
            "audio_url": await delivery.url(request.audio),
            "video_url": await delivery.url(request.video),
        }
