"""The vendors a client can reach."""

from collections.abc import Iterable

from lipsync_nb.errors import MissingCredentials
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import Vendor


class Connected(dict[str, Vendor]):
    """Vendors with their credentials, by name.

    Args:
        vendors: The vendors; by default all whose credentials are found.
    """

    def __init__(self, vendors: Iterable[Vendor] | None = None) -> None:
        if vendors is None:
            vendors = (vendor() for vendor in VENDORS.values() if not vendor.missing())
        super().__init__({vendor.name: vendor for vendor in vendors})

    def __missing__(self, name: str) -> Vendor:
        """Raise the error that `missing` returns."""
        raise self.missing(name)

    @staticmethod
    def missing(name: str) -> MissingCredentials:
        """Return an error that says how to connect a vendor."""
        if name not in VENDORS:
            known = ", ".join(VENDORS)
            return MissingCredentials(f"{name!r} is not a vendor; registered are {known}")
        kind = VENDORS[name]
        unset = " and ".join(kind.missing())
        remedy = f"set {unset}" if unset else f"its keys are set: connect(ls.{kind.__name__}())"
        return MissingCredentials(f"{kind.title} is not connected: {remedy}")
