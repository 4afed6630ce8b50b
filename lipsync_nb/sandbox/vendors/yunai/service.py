"""The products and calls of 云AI."""

from lipsync_nb.sandbox.jobs.job import VendorJob
from lipsync_nb.sandbox.jobs.job_runner import JobRunner
from lipsync_nb.sandbox.jobs.worker_tasks import Probe
from lipsync_nb.sandbox.resources import Resources
from lipsync_nb.sandbox.vendors.base import ApiCall
from lipsync_nb.sandbox.vendors.yunai.agent import unknown_act
from lipsync_nb.sandbox.vendors.yunai.api import YunaiApi, YunaiProduct
from lipsync_nb.sandbox.vendors.yunai.avatar_video import AvatarVideo
from lipsync_nb.sandbox.vendors.yunai.own_voices import OwnVoice, Speech
from lipsync_nb.sandbox.vendors.yunai.texts import Remix, Rewrite
from lipsync_nb.sandbox.vendors.yunai.videos import FastAvatar, FastVideo, VideoV2
from lipsync_nb.sandbox.vendors.yunai.voice_training import (
    ClonedSpeech,
    VoiceModel,
    VoiceTraining,
)

KINDS: tuple[type[YunaiProduct], ...] = (
    AvatarVideo,
    VideoV2,
    FastAvatar,
    FastVideo,
    OwnVoice,
    Speech,
    Rewrite,
    Remix,
    VoiceModel,
    VoiceTraining,
    ClonedSpeech,
)


class YunaiService(YunaiApi):
    """云AI: all headings of its page."""

    PRODUCTS = tuple(kind.PRODUCT for kind in KINDS)

    def __init__(self, keys: dict[str, str], resources: Resources, runner: JobRunner) -> None:
        super().__init__(keys, resources, runner)
        self._products = {kind.PRODUCT.name: kind(self) for kind in KINDS}

    def calls(self) -> list[ApiCall]:
        """Those of each product, and any other act."""
        calls = [call for product in self._products.values() for call in product.calls()]
        return [*calls, unknown_act(self)]

    def check(self, job: VendorJob, probes: dict[str, Probe]) -> None:
        """Check a job's media, as its product does."""
        self._products[job.product].check(job, probes)

    def limit_bytes(self, job: VendorJob) -> int:
        """The size limit of its product."""
        return self._products[job.product].LIMIT_BYTES
