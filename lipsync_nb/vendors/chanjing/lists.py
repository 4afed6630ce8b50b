"""Reads Chanjing's lists, page by page."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

from lipsync_nb.vendors.base import Call, log, notify_user
from lipsync_nb.vendors.chanjing.answers import Page

MOST_PAGES = 100
"""Pages of a list that are read, however many the vendor claims to have."""

Rows: TypeAlias = list[dict[str, Any]]
Send: TypeAlias = Callable[[Call[Page]], Awaitable[Page]]


class Listing:
    """A list that is read page by page.

    Args:
        send: Sends a call.
        page: Returns the call for the page of a number, from 1.

    Attributes:
        rows: What was read.
        total: How many the vendor claims to have, if it is told.
        is_cut: Whether reading ended at `MOST_PAGES`, so that there may be more.
    """

    def __init__(self, send: Send, page: Callable[[int], Call[Page]]) -> None:
        self._send, self._page = send, page
        self.rows: Rows = []
        self.total: int | None = None
        self.is_cut = False

    async def pages(self) -> AsyncIterator[Rows]:
        """Yield what is listed on each page, to the end of the list or to `MOST_PAGES`."""
        for number in range(1, MOST_PAGES + 1):
            page = await self._send(self._page(number))
            listed = list(page.rows())
            if not listed or self._was_read(listed[-1]):
                return  # some services repeat the last page for all beyond it
            self.rows += listed
            self.total = page.total
            yield listed
            if len(self.rows) == self.total:
                return
        self.is_cut = True

    def _was_read(self, row: dict[str, Any]) -> bool:
        if (own_id := row.get("id")) is None:
            return row in self.rows
        return any(own_id == other.get("id") for other in self.rows)  # URLs are signed anew


async def all_rows(send: Send, page: Callable[[int], Call[Page]]) -> Rows:
    """Return what is listed on all pages; the user is told if there may be more of them.

    Args:
        send: Sends a call.
        page: Returns the call for the page of a number, from 1.
    """
    listing = Listing(send, page)
    async for _ in listing.pages():
        pass
    if listing.is_cut:
        of = "an unknown number" if listing.total is None else f"{listing.total:,}"
        name = page(1).path.rpartition("/")[2]
        text = f"chanjing: {name}: only the first {len(listing.rows):,} of {of} were read"
        log.warning(text)
        notify_user(text)
    return listing.rows
