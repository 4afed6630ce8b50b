"""Xingyun 魔珐星云: tasks that render videos and speak texts. It takes neither a face nor audio."""

from typing import ClassVar

from pydantic import SecretStr

from lipsync_nb.vendors.xingyun.api import XingyunApi
from lipsync_nb.vendors.xingyun.render import RenderProduct, preview
from lipsync_nb.vendors.xingyun.speech import SpeechProduct


class Xingyun(XingyunApi):
    """Xingyun 魔珐星云.

    Args:
        app_id: ``XINGYUN_APP_ID``, of an application for video generation.
        app_secret: ``XINGYUN_APP_SECRET``.
        base_url: ``XINGYUN_BASE_URL``, if not the vendor's own.
        proxy: Its proxy, such as ``http://127.0.0.1:7890``, or ``"direct"`` for none; by default
            the environment's.
    """

    name = "xingyun"
    title = "Xingyun 魔珐星云"
    products = (RenderProduct, SpeechProduct)
    variables: ClassVar = {"app_id": "XINGYUN_APP_ID", "app_secret": "XINGYUN_APP_SECRET"}
    identifiers = frozenset({"app_id"})
    default_base_url = "https://nebula-agent.xingyun3d.com"

    def __init__(
        self,
        app_id: str | SecretStr | None = None,
        app_secret: str | SecretStr | None = None,
        *,
        base_url: str | None = None,
        proxy: str | None = None,
    ) -> None:
        super().__init__(base_url=base_url, proxy=proxy, app_id=app_id, app_secret=app_secret)

    def preview_url(self, vendor_id: str) -> str:
        """Return where a video can be previewed (``get_render_task_preview_url``).

        Args:
            vendor_id: The task's id, as in ``job.vendor_id``.

        Returns:
            The URL; empty if there is none yet.
        """
        return self.ask(preview(self, vendor_id))
