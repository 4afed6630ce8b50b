"""Credentials and base URLs: where they are found, and whether they are valid."""

import httpx
from pydantic import SecretStr

from lipsync_nb.errors import BadRequest
from lipsync_nb.http.addresses import http_url
from lipsync_nb.settings import Setting, find


def credential(given: str | SecretStr | None, variable: str) -> Setting | None:
    """Return a credential as it was given, or else looked up; ``None`` if there is none.

    Args:
        given: The argument, if there was one.
        variable: The variable to look it up by otherwise.

    Raises:
        BadRequest: It has characters that no header can carry.
    """
    # No frame of a traceback has the key in plain text, as some tracebacks show variables.
    setting = find(variable) if given is None else Setting(_stripped(given), "argument")
    if not _fits_a_header(setting):
        raise BadRequest(f"{variable} has characters that no key has; was it copied whole?")
    return setting if in_clear(setting) else None


def in_clear(setting: Setting | None) -> str | None:
    """Return a setting's value in plain text; ``None`` if there is no setting."""
    return setting.value.get_secret_value() if setting else None


def _stripped(given: str | SecretStr) -> SecretStr:
    clear = given.get_secret_value() if isinstance(given, SecretStr) else given
    return SecretStr(clear.strip())


def _fits_a_header(setting: Setting | None) -> bool:
    key = in_clear(setting) or ""
    return key.isascii() and key.isprintable()


def parse_base_url(base_url: str, variable: str) -> httpx.URL:
    """Return a base URL to which paths can be joined; `BadRequest` if it is not a URL.

    Args:
        base_url: As it was given or found.
        variable: The variable that can set it, for the error.
    """
    try:
        return http_url(base_url.strip().rstrip("/") + "/")
    except ValueError as error:
        raise BadRequest(f"base_url (or {variable}): {error}") from None
