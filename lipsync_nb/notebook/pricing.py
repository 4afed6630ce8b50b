"""What a form says about the cost of a request before it is submitted."""

from lipsync_nb.errors import LipSyncError, MissingCredentials
from lipsync_nb.jobs.client import JobClient
from lipsync_nb.jobs.validation import speech_seconds
from lipsync_nb.media.media import Media
from lipsync_nb.notebook import text
from lipsync_nb.status import Cost
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import Request


def estimate(client: JobClient, request: Request) -> Cost | None:
    """Return what a request will cost, if that is known; no file is read in full."""
    try:
        return client.vendors[request.vendor].estimate(request, _seconds)
    except MissingCredentials:
        return None


def price(client: JobClient, kind: type[Request], request: Request | None) -> str:
    """Return the text about the price beside a form's button.

    Args:
        client: Whose vendors are asked.
        kind: The kind of request.
        request: The request; ``None`` if it is not complete yet.
    """
    vendor = VENDORS[kind.vendor]
    if vendor.unit is None:
        return f"Cost: {vendor.prices}"
    try:
        cost = None if request is None else estimate(client, request)
    except LipSyncError as error:
        return f"Cost: {error}"
    said = "not known yet" if cost is None else text.cost(cost)
    return f"Cost: {said} ({vendor.prices})"


def _seconds(media: Media) -> float | None:
    if media.path is None or not media.path.is_file():
        return None
    return speech_seconds(media)
