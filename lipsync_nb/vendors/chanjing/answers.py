"""What Chanjing's answers have in common: the token, ids, pages of lists, the balance.

Pages: access_token, file management, video_lip_sync.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import field_validator, model_validator

from lipsync_nb.vendors.base import Field, JobId, Lenient, Reply

API = "open/v1/"
"""The beginning of all paths."""
INVALID_TOKEN = (10400, 10401)
"""The codes for an invalid token: AccessToken验证失败."""


class AccessToken(Reply):
    """A token."""

    access_token: Annotated[str, Field(pattern=r"^[!-~]+$")]  # it becomes a header


class Created(Reply):
    """The job was accepted; ``data`` is its id."""

    data: JobId

    @field_validator("data", mode="before")
    @classmethod
    def _unwrapped(cls, data: Any) -> Any:
        """Read ``{"id": …}`` as well, which a later copy of the page shows."""
        return data.get("id") if isinstance(data, dict) else data


class PageInfo(Reply):
    """The length of a list, as far as it is given."""

    total_count: Lenient[int] = None
    total_page: Lenient[int] = None


class Page(Reply):
    """A page of a list. ``List`` and ``PageInfo`` are read as well, as one page writes them.

    A list without ``page_info`` around it is read, too.
    """

    list: Sequence[Any] = ()
    page_info: Lenient[PageInfo] = None

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, data: Any) -> Any:
        is_list = isinstance(data, Sequence) and not isinstance(data, str)
        return {"list": data} if is_list else data

    @property
    def total(self) -> int | None:
        """How many are listed on all pages, if it is told."""
        return None if self.page_info is None else self.page_info.total_count

    @property
    def pages(self) -> int | None:
        """How many pages there are, if it is told."""
        return None if self.page_info is None else self.page_info.total_page

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield what is listed; what has no fields is passed over."""
        return (row for row in self.list if isinstance(row, dict))


class Balance(Reply):
    """The credit left."""

    resi_total_bean: float


def objects(values: Any) -> Iterator[dict[str, Any]]:
    """Yield the objects of a list; none of what is no list."""
    return (each for each in (values if isinstance(values, list) else ()) if isinstance(each, dict))


def share_done(progress: float | None) -> float | None:
    """Return a progress from 0 to 100 as one from 0 to 1."""
    return None if progress is None else min(1.0, progress / 100)
