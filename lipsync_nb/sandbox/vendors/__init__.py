"""The vendors' APIs, as their pages say; ``VENDORS`` is the only registry."""

from lipsync_nb.sandbox.vendors.base import Vendor
from lipsync_nb.sandbox.vendors.chanjing import Chanjing
from lipsync_nb.sandbox.vendors.lingdong import Lingdong
from lipsync_nb.sandbox.vendors.lipsync_studio import LipsyncStudio
from lipsync_nb.sandbox.vendors.xingyun import Xingyun
from lipsync_nb.sandbox.vendors.yunai import Yunai

VENDORS: tuple[type[Vendor], ...] = (Lingdong, Yunai, LipsyncStudio, Xingyun, Chanjing)
"""Every vendor; a new one needs its class here and nothing else outside its own module."""
