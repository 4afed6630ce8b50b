"""The credits on the accounts with the vendors, and what was paid with them."""

from lipsync_nb.sandbox.store import Store


class Credits:
    """The credits on one account with each vendor, kept as counts in the store.

    Args:
        store: The sandbox's memory.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def left(self, vendor: str) -> float:
        """Credits left on a vendor's account."""
        return self._store.counts(vendor).get("credits", 0.0)

    def set(self, vendor: str, amount: float) -> None:
        """Make the credits on a vendor's account this many."""
        self._store.count(vendor, "credits", amount - self.left(vendor))

    def charge(self, vendor: str, amount: float) -> bool:
        """Take credits, if there are enough."""
        if self.left(vendor) < amount:
            return False
        self._store.count(vendor, "credits", -amount)
        self._store.count(vendor, "charged", amount)
        return True

    def refund(self, vendor: str, amount: float) -> None:
        """Give back what a failed job cost; no page says so, and none says otherwise."""
        self._store.count(vendor, "credits", amount)
        self._store.count(vendor, "refunded", amount)

    def count_paid(self, vendor: str) -> None:
        """Count a job that a vendor has accepted, and will be paid for."""
        self._store.count(vendor, "paid")
