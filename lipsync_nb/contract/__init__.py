"""Claims that hold for every vendor, to be tested by authors of further vendors.

Each claim is tested over real HTTP, against the vendor's API or a stand-in for it, through a relay
that counts requests and can replace answers. Testing them all makes seven results, so
**against a real account this costs money**.
"""

from lipsync_nb.contract.check import check
from lipsync_nb.contract.claims import CLAIMS, OF_THE_VENDOR, claims_of
from lipsync_nb.contract.trial import Broken, Trial

__all__ = ["CLAIMS", "OF_THE_VENDOR", "Broken", "Trial", "check", "claims_of"]
