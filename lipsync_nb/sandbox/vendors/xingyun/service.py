"""魔珐星云 Xingyun's service: its application's keys, and its products."""

import uuid

from lipsync_nb.sandbox.jobs.job_runner import JobRunner
from lipsync_nb.sandbox.resources import Resources
from lipsync_nb.sandbox.vendors.base import ApiCall
from lipsync_nb.sandbox.vendors.xingyun.api import XingyunApi
from lipsync_nb.sandbox.vendors.xingyun.render import RENDER, Render
from lipsync_nb.sandbox.vendors.xingyun.speech import SPEECH, Speech


class XingyunService(XingyunApi):
    """魔珐星云: signed calls; a script or slides become a video, and a text an audio."""

    PRODUCTS = (RENDER, SPEECH)

    def __init__(self, keys: dict[str, str], resources: Resources, runner: JobRunner) -> None:
        super().__init__(keys, resources, runner)
        self._products = Render(self), Speech(self)

    @staticmethod
    def new_keys() -> dict[str, str]:
        """An application's id and secret, both UUIDs."""
        return {"app_id": str(uuid.uuid4()), "app_secret": str(uuid.uuid4())}

    def calls(self) -> list[ApiCall]:
        """The calls of each product."""
        return [call for product in self._products for call in product.calls()]
