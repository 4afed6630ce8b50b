"""The ledger of jobs."""

from lipsync_nb.ledger.ledger import Ledger
from lipsync_nb.ledger.record import Record

__all__ = ["Ledger", "Record"]
