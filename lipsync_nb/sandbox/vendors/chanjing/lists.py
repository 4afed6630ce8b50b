"""What 蝉镜 Chanjing lists for all its clients: voices, people, tags, fonts."""

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from lipsync_nb.sandbox.vendors.base import ApiCall
from lipsync_nb.sandbox.vendors.chanjing.api import ChanjingApi, page_of
from lipsync_nb.sandbox.vendors.chanjing.people import FONTS, TAGS, Previews, found, tag_list, told
from lipsync_nb.sandbox.vendors.chanjing.voices import common_audio
from lipsync_nb.sandbox.vendors.fields import FieldError, Fields

MOST_PEOPLE = 50  # in one page


class Lists:
    """The calls.

    Args:
        api: What all products share.
    """

    def __init__(self, api: ChanjingApi) -> None:
        self._api = api
        self._signer = api.resources.signer

    def calls(self) -> list[ApiCall]:
        """The lists."""
        return [
            ApiCall("GET", "/open/v1/list_common_audio", "other", self.voices),
            ApiCall("GET", "/open/v1/list_common_dp", "other", self.people),
            ApiCall("GET", "/open/v1/common/tag_list", "other", self.tags),
            ApiCall("GET", "/open/v1/font_list", "other", self.fonts),
        ]

    def storage_calls(self) -> list[ApiCall]:
        """The people's pictures and clips."""
        return Previews(self._api.resources).calls()

    async def voices(self, request: Request) -> Response:
        """GET list_common_audio: the voices."""
        return self._paged(common_audio(self._signer), _query(request), 1000)

    async def people(self, request: Request) -> Response:
        """GET list_common_dp: the public people."""
        query = _query(request)
        query.whole("source", 0, 10, 0)
        tags = Fields({name: request.query_params.get(name) for name in ("tag_ids", "sort")})
        rows = [told(person, self._signer) for person in found(tags)]
        return self._paged(rows, query, MOST_PEOPLE)

    async def tags(self, request: Request) -> Response:
        """GET tag_list: the tags of people (1), of voices (2), or of both."""
        given = request.query_params.getlist("business_type")
        words = [word for text in given for word in text.split(",") if word]
        if not all(word in {str(kind) for kind in TAGS} for word in words):
            raise FieldError(f"business_type must be one of {', '.join(map(str, TAGS))}")
        kinds = [kind for kind in TAGS if not words or str(kind) in words]
        groups = [group for kind in kinds for group in tag_list(kind)]
        return self._api.success({"list": groups})

    async def fonts(self, request: Request) -> Response:  # noqa: ARG002 -- a handler's signature
        """GET font_list: the fonts of subtitles."""
        return self._api.success(FONTS)

    def _paged(self, rows: Sequence[dict[str, Any]], query: Fields, most: int) -> Response:
        page, size = query.whole("page", 1, 10**9, 1), query.whole("size", 1, most, 20)
        shown, page_info = page_of(rows, page, size)
        return self._api.success({"list": shown, "page_info": page_info})


def _query(request: Request) -> Fields:
    """The parameters; those that are numbers as numbers."""
    query = request.query_params
    numbers = {name: int(text) for name, text in query.items() if text.isdecimal()}
    return Fields({**query, **numbers})
