"""The registry of vendors, in the order in which they are shown."""

from typing import TypeVar

from lipsync_nb.errors import BadRequest
from lipsync_nb.vendors.base.vendor import Vendor

VENDORS: dict[str, type[Vendor]] = {}
"""The vendors' classes by name."""

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


def is_answered(vendor: str, kind: str) -> bool:
    """Return whether the answer to the paid call has the result; see `Request.is_answered`.

    Args:
        vendor: The vendor's name.
        kind: The kind of request. Of one that is not known here, it is assumed that it has not.
    """
    kinds = VENDORS[vendor].kinds if vendor in VENDORS else ()
    return any(each.kind() == kind and each.is_answered for each in kinds)
