"""魔珐星云 Xingyun, as its page "数字人视频生成API说明" says."""

from lipsync_nb.sandbox.vendors.xingyun.vendor import Xingyun

__all__ = ["Xingyun"]
