"""What Chanjing lists: voices and people, public and one's own, their tags, and fonts.

Calls: ``list_common_audio``, ``list_common_dp``, ``list_customised_audio``,
``list_customised_person``, ``common/tag_list``, ``font_list``.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Literal

from lipsync_nb import event_loop as loop
from lipsync_nb.vendors.base import BadRequest, Call
from lipsync_nb.vendors.chanjing.answers import API, Page, objects
from lipsync_nb.vendors.chanjing.api import PAGE_SIZE, ChanjingApi
from lipsync_nb.vendors.chanjing.lists import Rows, all_rows

TAGGED = {"people": 1, "voices": 2}
"""What has tags, and the number by which the vendor knows it (``business_type``)."""
_FIGURE = ("width", "height", "cover", "preview_video_url", "pic_path", "bg_replace")
_VOICE = ("audio_man_id", "audio_name", "audio_preview")
VOICES = ("id", "name", "gender", "lang", "audition", "speed", "pitch")
"""The columns of the catalogues, which they have even if nothing is listed."""
PEOPLE = ("id", "name", "gender", "figure_type", *_FIGURE, *_VOICE, "tags", "tag_ids")
OWN_VOICES = ("id", "name", "type", "status", "progress", "err_msg", "audio_path")
OWN_PEOPLE = (
    "id",
    "name",
    "type",
    "status",
    "progress",
    "err_reason",
    "pic_url",
    "preview_url",
    "width",
    "height",
    "audio_man_id",
    "create_time",
)
TAGS = ("id", "name", "parent_id", "group")
FONTS = ("id", "name", "preview", "ttf_path")
SORTED = ("latest", "hottest")
"""The orders of public people."""


class Catalogues:
    """The lists of one account.

    Args:
        api: The vendor's API.
    """

    def __init__(self, api: ChanjingApi) -> None:
        self._api = api
        self._read = api.read_page

    def voices(self) -> Rows:
        """Return the public voices, as they are answered."""
        return self._all(partial(self._by_query, "list_common_audio", {}))

    def own_voices(self) -> Rows:
        """Return the voices that were cloned, as they are answered."""
        return self._all(partial(self._by_body, "list_customised_audio"))

    def own_people(self) -> Rows:
        """Return the people that were trained, as they are answered."""
        return self._all(partial(self._by_body, "list_customised_person"))

    def people(
        self,
        tags: int | str | Iterable[int | str] = (),
        sort: str | None = None,
        source: int | None = None,
    ) -> Rows:
        """Return the public people, with a row for each figure of a person."""
        if sort is not None and sort not in SORTED:
            raise BadRequest(f"sort: people are sorted by {' or '.join(SORTED)}, not by {sort!r}")
        if source is not None and (not isinstance(source, int) or isinstance(source, bool)):
            raise BadRequest(f"source: it is a number, not {source!r}")
        query = {"tag_ids": ",".join(_ids(tags)) or None, "sort": sort, "source": source}
        given = {name: value for name, value in query.items() if value is not None}
        return [
            row
            for person in self._all(partial(self._by_query, "list_common_dp", given))
            for row in _with_figures(person)
        ]

    def page_of_people(self, number: int) -> Call[Page]:
        """Return the call for a page of the public people, by its number."""
        return self._by_query("list_common_dp", {}, number)

    def tags(self, of: Literal["people", "voices"]) -> Rows:
        """Return the tags, each with the name of its group."""
        if of not in TAGGED:
            raise BadRequest(f"tags: {' and '.join(TAGGED)} have tags, {of!r} has none")
        query = {"business_type": TAGGED[of]}
        groups = self._api.ask(Call("GET", f"{API}common/tag_list", self._read, params=query))
        return [
            tag | {"group": group.get("name")}
            for group in groups.rows()
            for tag in objects(group.get("tag_list"))
        ]

    def fonts(self) -> Rows:
        """Return the fonts of subtitles, as they are answered: in a list, or in an object."""
        return list(self._api.ask(Call("GET", f"{API}font_list", self._read)).rows())

    def _all(self, page: Callable[[int], Call[Page]]) -> Rows:
        return loop.run(all_rows(self._api.api.send, page))

    def _by_query(self, path: str, query: dict[str, Any], number: int) -> Call[Page]:
        params = {"page": number, "size": PAGE_SIZE, **query}
        return Call("GET", f"{API}{path}", self._read, params=params)

    def _by_body(self, path: str, number: int) -> Call[Page]:
        body = {"page": number, "page_size": PAGE_SIZE}
        return Call("POST", f"{API}{path}", self._read, json=body)


def _ids(tags: Any) -> list[str]:
    many = isinstance(tags, Iterable) and not isinstance(tags, str)
    words = [str(tag).strip() for tag in (tags if many else [tags])]
    if wrong := [word for word in words if not word.isdecimal()]:
        raise BadRequest(f'tags: they are ids such as 12, see tags("people"); found {wrong[0]!r}')
    return words


def _with_figures(person: dict[str, Any]) -> Rows:
    """Return a row for each figure of a person, or one without a figure."""
    known = {key: person.get(key) for key in ("id", "name", "gender")}
    voice = {key: person.get(key) for key in _VOICE}
    tags = {"tags": person.get("tag_names"), "tag_ids": person.get("tag_ids")}
    return [
        known
        | {"figure_type": figure.get("type"), **{key: figure.get(key) for key in _FIGURE}}
        | voice
        | tags
        for figure in list(objects(person.get("figures"))) or [{}]
    ]
