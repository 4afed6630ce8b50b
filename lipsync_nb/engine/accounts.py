"""The vendors of a client, and the accounts that its jobs belong to."""

from collections.abc import Iterable

from lipsync_nb.errors import MissingCredentials, line
from lipsync_nb.ledger.record import Record
from lipsync_nb.status import Snapshot
from lipsync_nb.vendors import VENDORS, Vendor


class Accounts(dict[str, Vendor]):
    """The connected vendors by name. Earlier connections are kept for the jobs of their accounts.

    Args:
        vendors: The vendors; by default all whose credentials are set.
    """

    def __init__(self, vendors: Iterable[Vendor] | None = None) -> None:
        super().__init__()
        self._by_account: dict[tuple[str, str], Vendor] = {}
        self._opened: list[Vendor] = []
        if vendors is None:
            vendors = (vendor() for vendor in VENDORS.values() if not vendor.missing())
        for vendor in vendors:
            self.connect(vendor)

    def __missing__(self, name: str) -> Vendor:
        """Raise the error that `missing` returns."""
        raise self.missing(name)

    def connect(self, vendor: Vendor) -> None:
        """Use a vendor from now on. Jobs of another account keep their connection."""
        self[vendor.name] = vendor
        self._by_account[vendor.name, vendor.account] = vendor
        self._opened.append(vendor)

    def of(self, record: Record) -> Vendor:
        """Return the connection to the account that a job belongs to, or will belong to.

        Raises:
            MissingCredentials: That account is not connected.
        """
        if record.account is None:
            return self[record.vendor]
        vendor = self._by_account.get((record.vendor, record.account))
        if vendor is not None:
            return vendor
        if record.vendor not in self:
            raise self.missing(record.vendor)
        kind = VENDORS[record.vendor]
        raise MissingCredentials(
            f"job {record.id} belongs to another account of {kind.title}: connect that account; if "
            f"its key was renewed, client.connect(ls.{kind.__name__}(...), same_account=True)"
        )

    async def ask(self, record: Record, vendor_id: str) -> Snapshot:
        """Ask the vendor once for the state of a job.

        Args:
            record: The job.
            vendor_id: Its id at the vendor.

        Raises:
            BadRequest: The id has not the form of the vendor's ids.
            MissingCredentials: The account of the job is not connected.
            VendorError: The vendor refused; it may have no such job, see `Vendor.denies`.
            Unreachable: No answer came.
        """
        vendor = self.of(record)
        request = vendor.recorded(record.kind, record.request)
        return await vendor.api.send(vendor.poll(request, vendor_id))

    @property
    def hashes(self) -> dict[str, set[str]]:
        """The hashes of the accounts, by vendor."""
        hashes: dict[str, set[str]] = {}
        for name, account in self._by_account:
            hashes.setdefault(name, set()).add(account)
        return hashes

    @property
    def opened(self) -> set[Vendor]:
        """All vendors that were connected at any time, to be closed."""
        return set(self._opened)

    @staticmethod
    def missing(name: str) -> MissingCredentials:
        """Return an error that says how to connect a vendor."""
        if name not in VENDORS:
            known = ", ".join(VENDORS)
            return MissingCredentials(f"{line(repr(name))} is not a vendor; registered are {known}")
        kind = VENDORS[name]
        unset = " and ".join(kind.missing())
        remedy = f"set {unset}" if unset else f"its keys are set: connect(ls.{kind.__name__}())"
        return MissingCredentials(f"{kind.title} is not connected: {remedy}")
