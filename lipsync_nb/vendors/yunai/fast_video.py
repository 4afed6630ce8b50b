"""Yunai's fast videos (高速视频合成): a person is trained once, and then says many things.

Acts: ``create_model_fast``, ``chk_model_fast``, ``create_video_fast``, ``chk_video_fast``.
"""

from typing import Annotated, Any

from lipsync_nb.vendors.base import (
    Avatar,
    Delivery,
    Display,
    FromJob,
    Media,
    NonBlank,
    Request,
    Takes,
    Video,
)
from lipsync_nb.vendors.yunai.agent import AgentProduct, LineType, Queried
from lipsync_nb.vendors.yunai.training_media import TRAINING_LIMITS


class FastAvatar(Request[Avatar]):
    """A person for `FastVideo`, trained from a clip (创建并训练形象模特, ``create_model_fast``)."""

    vendor = "yunai"

    name: NonBlank
    """The person's name (``model_name``)."""
    video: Annotated[Media, Takes(("video",), **TRAINING_LIMITS)]
    """A clip of the person: 30 to 300 s long, at most 1 GB (``video_url``)."""
    line_type: LineType = 0
    """The line that trains it: 0 ordinary, 1 fast (线路)."""


class FastVideo(Request[Video]):
    """A trained person that says what an audio says (创建高速视频任务, ``create_video_fast``)."""

    vendor = "yunai"

    model: Annotated[NonBlank, Display(label="Person"), FromJob(Avatar, "yunai")]
    """The person: the job of a `FastAvatar`, or its id (``model_id``)."""
    audio: Annotated[Media, Takes(("audio",))]
    """The speech; the page names no limit (``audio_url``)."""
    line_type: LineType = 0
    """The line that makes it: 0 ordinary, 1 fast (线路)."""


class FastAvatarProduct(AgentProduct):
    """The training of people."""

    kinds = (FastAvatar,)
    creates = "create_model_fast"
    queries = "chk_model_fast"
    id_field = "model_id"
    results = ("model_id", "model_pic")

    async def fields(self, request: FastAvatar, delivery: Delivery) -> dict[str, str]:
        """Return the name and the URL of the clip."""
        return {"model_name": request.name, "video_url": await delivery.url(request.video)}

    def result(self, request: FastAvatar, task: Queried, vendor_id: str) -> dict[str, Any]:
        """Return the person, with its picture."""
        made = Avatar("yunai", task.model_id or vendor_id, request.name, task.model_pic)
        return {"made": made, "poster_url": task.model_pic}


class FastVideoProduct(AgentProduct):
    """The videos of trained people."""

    kinds = (FastVideo,)
    creates = "create_video_fast"
    queries = "chk_video_fast"

    async def fields(self, request: FastVideo, delivery: Delivery) -> dict[str, str]:
        """Return the person's id and the URL of the speech."""
        return {"model_id": request.model, "audio_url": await delivery.url(request.audio)}
