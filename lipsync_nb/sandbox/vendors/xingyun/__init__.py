"""魔珐星云 Xingyun, as described on its page "数字人视频生成API说明"."""

from lipsync_nb.sandbox.vendors.xingyun.service import XingyunService

__all__ = ["XingyunService"]
