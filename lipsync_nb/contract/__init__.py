"""What every vendor must keep to, as claims that can be tried: for authors of further vendors.

Each claim is tried over real HTTP, against the vendor's API or a stand-in of it, through a relay
that counts requests and spoils answers. Trying them makes a few dozen jobs, so **against a real
account this costs money**.
"""

from lipsync_nb.contract.check import check
from lipsync_nb.contract.claims import CLAIMS
from lipsync_nb.contract.trial import Broken, Trial

__all__ = ["CLAIMS", "Broken", "Trial", "check"]
