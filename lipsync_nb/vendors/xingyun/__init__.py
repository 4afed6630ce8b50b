"""Xingyun 魔珐星云: a script or slides, spoken by a stock figure."""

from lipsync_nb.vendors.xingyun.requests import RenderScript, RenderSlides, Segment
from lipsync_nb.vendors.xingyun.vendor import Xingyun

__all__ = ["RenderScript", "RenderSlides", "Segment", "Xingyun"]
