"""The registry: all vendors, in the order in which they are shown."""

from typing import TypeVar

from lipsync_nb.errors import BadRequest
from lipsync_nb.vendors.base import Vendor
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

VENDORS: dict[str, type[Vendor]] = {
    vendor.name: vendor for vendor in (Lingdong, Yunai, LipsyncStudio, Xingyun, Chanjing)
}

AnyVendor = TypeVar("AnyVendor", bound=type[Vendor])


def register(vendor: AnyVendor) -> AnyVendor:
    """Add a vendor to the registry; a decorator for its class.

    Defining the same class again, as a notebook does, replaces it.

    Raises:
        BadRequest: Another vendor has this name.
    """
    known = VENDORS.get(vendor.name, vendor)
    if (known.__module__, known.__qualname__) != (vendor.__module__, vendor.__qualname__):
        raise BadRequest(f"there is a vendor {vendor.name!r} already: {known.title}")
    VENDORS[vendor.name] = vendor
    return vendor
