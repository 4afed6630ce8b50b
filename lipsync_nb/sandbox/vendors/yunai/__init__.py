"""云AI; see `lipsync_nb.sandbox.vendors.yunai.service`."""

from lipsync_nb.sandbox.vendors.yunai.service import YunaiService

__all__ = ["YunaiService"]
