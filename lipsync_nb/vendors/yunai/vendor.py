"""Yunai 云AI: avatars that speak, their voices, texts, and the rewriting of clips.

Pages: the vendor's page 数字人, one heading for each module here, and public copies of the parts
that it only names.
"""

from typing import ClassVar

from pydantic import SecretStr

from lipsync_nb.vendors.yunai.api import YunaiApi
from lipsync_nb.vendors.yunai.avatar_video import AvatarVideoProduct
from lipsync_nb.vendors.yunai.fast_video import FastAvatarProduct, FastVideoProduct
from lipsync_nb.vendors.yunai.own_voice import OwnVoiceProduct
from lipsync_nb.vendors.yunai.remix import RemixProduct
from lipsync_nb.vendors.yunai.rewrite import RewriteProduct
from lipsync_nb.vendors.yunai.speech import SpeechProduct
from lipsync_nb.vendors.yunai.video_v2 import VideoV2Product
from lipsync_nb.vendors.yunai.voice_training import (
    ClonedSpeechProduct,
    VoiceModelProduct,
    VoiceTrainingProduct,
)


class Yunai(YunaiApi):
    """Yunai 云AI.

    Args:
        api_key: ``YUNAI_API_KEY``.
        base_url: ``YUNAI_BASE_URL``; the API is sold under several hosts.
        proxy: Its proxy, such as ``http://127.0.0.1:7890``, or ``"direct"`` for none; by default
            the environment's.
    """

    name = "yunai"
    title = "Yunai 云AI"
    products: ClassVar = (
        AvatarVideoProduct,
        VideoV2Product,
        FastAvatarProduct,
        FastVideoProduct,
        OwnVoiceProduct,
        SpeechProduct,
        RewriteProduct,
        RemixProduct,
        VoiceModelProduct,
        VoiceTrainingProduct,
        ClonedSpeechProduct,
    )

    def __init__(
        self,
        api_key: str | SecretStr | None = None,
        *,
        base_url: str | None = None,
        proxy: str | None = None,
    ) -> None:
        super().__init__(base_url=base_url, proxy=proxy, api_key=api_key)
