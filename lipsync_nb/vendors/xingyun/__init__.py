"""Xingyun 魔珐星云: a script or slides, spoken by a stock figure; a text, spoken by a voice."""

from lipsync_nb.vendors.xingyun.render import RenderScript, RenderSlides, Segment
from lipsync_nb.vendors.xingyun.speech import Speech
from lipsync_nb.vendors.xingyun.vendor import Xingyun

__all__ = ["RenderScript", "RenderSlides", "Segment", "Speech", "Xingyun"]
