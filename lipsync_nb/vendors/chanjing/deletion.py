"""Deletes what Chanjing keeps: avatar videos, and voices and people of one's own.

Calls: ``delete_video``, ``delete_customised_audio``, ``delete_customised_person``.
"""

from typing import Any

from lipsync_nb.vendors.base import (
    Avatar,
    BadRequest,
    Call,
    ServerError,
    Unreachable,
    Voice,
    as_code,
)
from lipsync_nb.vendors.chanjing.answers import API
from lipsync_nb.vendors.chanjing.api import ChanjingApi


def delete(api: ChanjingApi, path: str, given: object, takes: type[Voice | Avatar] | None) -> None:
    """Delete one thing.

    Args:
        api: The vendor's API.
        path: The call's path, without `API`.
        given: The thing's id, or the thing.
        takes: The class of such things, if there is one.

    Raises:
        BadRequest: It is something else; nothing was sent.
        VendorError: The vendor refused. A `ServerError`: it is not known whether it was deleted.
        Unreachable: No answer came; it is not known whether it was deleted.
    """
    own_id = _id_of(given, takes, path, api.name)
    try:
        api.ask(Call("POST", f"{API}{path}", _confirmed, json={"id": own_id}))
    except (ServerError, Unreachable) as error:
        error.args = (f"{error}; it is not known whether {own_id} was deleted",)
        raise


def _id_of(given: object, takes: type[Voice | Avatar] | None, path: str, vendor: str) -> str:
    if takes is not None and isinstance(given, takes):
        if given.vendor != vendor:
            raise BadRequest(f"{path}: {given!r} is not at Chanjing; nothing was deleted")
        given = given.id
    if isinstance(given, str) and given.strip():
        return given
    what = "an id" if takes is None else f"an id or a {takes.__name__} of Chanjing"
    raise BadRequest(f"{path}: it takes {what}, found {given!r}; nothing was deleted")


def _confirmed(payload: Any) -> None:
    code = payload.get("code") if isinstance(payload, dict) else None
    if isinstance(code, bool) or as_code(code) != 0:
        raise ServerError("chanjing: the answer has no code 0")
