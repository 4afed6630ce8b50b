"""The vendors' APIs, as described on their pages; ``VENDORS`` lists them."""

from lipsync_nb.sandbox.vendors.base import VendorService
from lipsync_nb.sandbox.vendors.chanjing import ChanjingService
from lipsync_nb.sandbox.vendors.lingdong import LingdongService
from lipsync_nb.sandbox.vendors.lipsync_studio import LipsyncStudioService
from lipsync_nb.sandbox.vendors.xingyun import XingyunService
from lipsync_nb.sandbox.vendors.yunai import YunaiService

VENDORS: tuple[type[VendorService], ...] = (
    LingdongService,
    YunaiService,
    LipsyncStudioService,
    XingyunService,
    ChanjingService,
)
"""All vendors. A new vendor needs its module, and its class here."""
