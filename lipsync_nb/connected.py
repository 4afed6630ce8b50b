"""The vendors a client can reach."""

from collections.abc import Iterable

from lipsync_nb.errors import MissingCredentials
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import Vendor


class Connected(dict[str, Vendor]):
    """Vendors with their credentials, by name.

    Args:
        vendors: Which; by default each whose credentials are found.
    """

    def __init__(self, vendors: Iterable[Vendor] | None = None) -> None:
        if vendors is None:
            vendors = (vendor() for vendor in VENDORS.values() if not vendor.missing())
        super().__init__({vendor.name: vendor for vendor in vendors})

    def __missing__(self, name: str) -> Vendor:
        """Say what to set, if there is such a vendor."""
        if name not in VENDORS:
            raise KeyError(name)
        kind = VENDORS[name]
        raise MissingCredentials(
            f"{kind.title} is not connected: set {' and '.join(kind.missing())}"
        )
