"""The five built-in vendors; a vendor of your own imports from `lipsync_nb.vendors.base`."""

from lipsync_nb.vendors.base import VENDORS, Vendor, register
from lipsync_nb.vendors.chanjing import Chanjing
from lipsync_nb.vendors.lingdong import Lingdong
from lipsync_nb.vendors.lipsync_studio import LipsyncStudio
from lipsync_nb.vendors.xingyun import Xingyun
from lipsync_nb.vendors.yunai import Yunai

__all__ = [
    "VENDORS",
    "Chanjing",
    "Lingdong",
    "LipsyncStudio",
    "Vendor",
    "Xingyun",
    "Yunai",
    "register",
]

for _vendor in (Lingdong, Yunai, LipsyncStudio, Xingyun, Chanjing):
    register(_vendor)
