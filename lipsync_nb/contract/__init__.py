"""The contract that every vendor keeps, as claims to try: for authors of further vendors.

Each claim is tried over real HTTP, against the vendor's API or a stand-in for it, through a relay
that counts requests and spoils answers. Trying them all makes seven videos, so **against a real
account this costs money**.
"""

from lipsync_nb.contract.check import check
from lipsync_nb.contract.claims import CLAIMS
from lipsync_nb.contract.trial import Broken, Trial

__all__ = ["CLAIMS", "Broken", "Trial", "check"]
