"""The credits of the accounts with the vendors, and what was paid."""

from lipsync_nb.sandbox.store import Store


class Credits:
    """The credits of one account with each vendor, stored as counts.

    Args:
        store: The sandbox's storage.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def left(self, vendor: str) -> float:
        """The credits of a vendor's account."""
        return self._store.counts(vendor).get("credits", 0.0)

    def set(self, vendor: str, amount: float) -> None:
        """Set the credits of a vendor's account."""
        self._store.count(vendor, "credits", amount - self.left(vendor))

    def charge(self, vendor: str, amount: float) -> bool:
        """Charge credits, if there are enough."""
        if self.left(vendor) < amount:
            return False
        self._store.count(vendor, "credits", -amount)
        self._store.count(vendor, "charged", amount)
        return True

    def refund(self, vendor: str, amount: float) -> None:
        """Refund the cost of a failed job. No vendor's page says whether this is done."""
        self._store.count(vendor, "credits", amount)
        self._store.count(vendor, "refunded", amount)

    def count_paid(self, vendor: str) -> None:
        """Count a job that a vendor has accepted and charges for."""
        self._store.count(vendor, "paid")
