"""Finds the figure of a public person for an avatar video that names none.

Calls: ``customised_person``, ``list_common_dp``.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeAlias, get_args

from lipsync_nb.vendors.base import (
    BadRequest,
    Call,
    JobId,
    Lenient,
    Purpose,
    Unreachable,
    VendorError,
    log,
)
from lipsync_nb.vendors.chanjing.answers import API, objects
from lipsync_nb.vendors.chanjing.api import ChanjingApi
from lipsync_nb.vendors.chanjing.catalogues import Catalogues
from lipsync_nb.vendors.chanjing.lists import Listing
from lipsync_nb.vendors.chanjing.own_person import OwnPersonReply
from lipsync_nb.vendors.chanjing.picture import Figure

REMEDY = "which figure of the person to show is not known; set person.figure_type"

Send: TypeAlias = Callable[[Call[Any]], Awaitable[Any]]


class Figures:
    """The figures of public people; a person of one's own needs none.

    Both are remembered once they were found. A person whom nobody lists is looked for again.

    Args:
        api: The vendor's API.
    """

    def __init__(self, api: ChanjingApi) -> None:
        self._api = api
        self._known: dict[str, str | None] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def first(self, person: str, send: Send) -> str | None:
        """Return the first figure that is listed for a person, if there is one.

        It asks for a person of one's own first, then reads the public people to the page that has
        this one.

        Args:
            person: The person's id.
            send: Sends a free call.

        Raises:
            VendorError: The people cannot be listed.
            Unreachable: No answer came.
            BadRequest: More people are listed than are read.
        """
        async with self._locks[person]:
            if person in self._known:
                return self._known[person]
            if await self._is_own(person, send):
                self._known[person] = None
                return None
            try:
                return await self._public(person, send)
            except (VendorError, Unreachable) as error:
                raise _refused(error) from None

    async def _is_own(self, person: str, send: Send) -> bool:
        read = partial(self._api.read_data, _OwnPerson)
        query = {"id": person}
        call = Call("GET", f"{API}customised_person", read, Purpose.poll, query, rate="poll")
        try:
            found: _OwnPerson = await send(call)
        except (VendorError, Unreachable) as error:  # the list of public people decides
            log.debug("chanjing: %s is not known as a person of one's own: %s", person, error)
            return False
        return found.id in {None, person}

    async def _public(self, person: str, send: Send) -> str | None:
        listing = Listing(send, Catalogues(self._api).page_of_people)
        async for people in listing.pages():
            figures = {str(each.get("id")): _first_figure(each) for each in people}
            self._known |= {each: figure for each, figure in figures.items() if figure}
            if person in figures:
                return figures[person]
        if listing.is_cut:
            why = f"{person} is not among the first {len(listing.rows):,} public people; {REMEDY}"
            raise BadRequest(f"person.figure_type: {why}", [("person.figure_type", why)])
        return None


class _OwnPerson(OwnPersonReply):
    id: Lenient[JobId] = None


def _first_figure(person: dict[str, Any]) -> str | None:
    words = [figure.get("type") for figure in objects(person.get("figures"))]
    return next((word for word in words if word in get_args(Figure)), None)


def _refused(error: VendorError | Unreachable) -> VendorError | Unreachable:
    told = type(error)(f"{error}; {REMEDY}")
    if isinstance(error, VendorError) and isinstance(told, VendorError):
        told.code = error.code
    return told
