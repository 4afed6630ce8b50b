"""Credentials and base URLs: where they are looked up, and whether they are valid."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import httpx
from pydantic import SecretStr

from lipsync_nb.errors import BadRequest, LipSyncError
from lipsync_nb.extras import require
from lipsync_nb.http.addresses import http_url
from lipsync_nb.log import log

KEYRING_SERVICE = "lipsync_nb"
"""The service name of keyring entries; a variable's name is the user name."""


class Key(SecretStr):
    """A key, which no repr shows and no pickle contains."""

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key cannot be pickled: the pickle would contain it")


@dataclass(frozen=True, slots=True)
class Setting:
    """A value and where it was found.

    Attributes:
        value: Hidden in every repr.
        source: ``"argument"``, ``"environment"``, ``".env"``, ``"keyring"``, or ``"default"`` of a
            base URL that is the vendor's own.
    """

    value: SecretStr
    source: str

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key cannot be pickled: the pickle would contain it")


def credential(given: str | SecretStr | None, variable: str) -> Setting | None:
    """Return a credential as it was given, or else looked up; ``None`` if there is none.

    Args:
        given: The argument, if there was one.
        variable: The variable to look it up by otherwise.

    Raises:
        BadRequest: It has characters that no header can carry.
    """
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


def base_url_setting(
    given: str | None, variable: str, keys: Iterable[Setting | None], default: str | None
) -> Setting | None:
    """Return a base URL as it was given, or else looked up as keys are; ``None`` if there is none.

    The keyring, which may ask for a password, is asked only if one of the vendor's keys was found
    there, or if the vendor has no default.

    Args:
        given: The argument, if there was one.
        variable: The variable to look it up by otherwise.
        keys: The vendor's keys.
        default: The vendor's own base URL, if all customers share one.

    Raises:
        BadRequest: ``./.env`` is not UTF-8.
    """
    if given:
        return Setting(SecretStr(given), "argument")
    beside_key = any(key is not None and key.source == "keyring" for key in keys)
    found = find(variable, keyring=beside_key or default is None)
    return found or (Setting(SecretStr(default), "default") if default else None)


def find(variable: str, *, keyring: bool = True) -> Setting | None:
    """Look a variable up in the environment, then ``./.env``, then the keyring.

    Args:
        variable: Its name.
        keyring: Whether to look in the keyring too, which may ask for a password.

    Raises:
        BadRequest: ``./.env`` is not UTF-8.
    """
    for source, look in _PLACES.items():
        if source == "keyring" and not keyring:
            continue
        if value := (look(variable) or "").strip():  # a line read from a file ends in a newline
            return Setting(SecretStr(value), source)
    return None


def can_remember() -> bool:
    """Return whether there is a keyring that can store values."""
    try:
        import keyring  # noqa: PLC0415 - an optional extra
    except ImportError:
        return False
    return keyring.get_keyring().priority > 0


def remember(variable: str, value: SecretStr) -> None:
    """Store a value in the keyring, where `find` will find it.

    Raises:
        LipSyncError: The keyring refuses.
    """
    require("keyring", "remembering a key")
    import keyring  # noqa: PLC0415 - an optional extra

    try:
        keyring.set_password(KEYRING_SERVICE, variable, value.get_secret_value())
    except keyring.errors.KeyringError as error:
        problem = str(error) or type(error).__name__
    except Exception as error:  # noqa: BLE001 - each keyring has errors of its own
        problem = type(error).__name__  # its text may show the value
    else:
        return
    # Raised here, so that the traceback leaves out the keyring's frames, which hold the value.
    raise LipSyncError(f"the keyring refused {variable}: {problem}")


def _dotenv(variable: str) -> str | None:
    path = Path(".env")  # none if the working folder was deleted
    if not path.is_file():
        return None
    from dotenv import dotenv_values  # noqa: PLC0415 - needed only if there is such a file

    try:
        return dotenv_values(path).get(variable)
    except UnicodeDecodeError as error:
        raise BadRequest(f"{path.absolute()}: not UTF-8 ({error.reason})") from None
    except OSError as error:
        raise BadRequest(f"{path.absolute()}: {error.strerror or error}") from None


def _keyring(variable: str) -> str | None:
    try:
        import keyring  # noqa: PLC0415 - an optional extra
    except ImportError:
        return None
    try:
        return keyring.get_password(KEYRING_SERVICE, variable)
    except Exception as error:  # noqa: BLE001 - each keyring has errors of its own
        log.debug("the keyring could not be asked for %s: %s", variable, type(error).__name__)
        return None


_PLACES: Mapping[str, Callable[[str], str | None]] = {
    "environment": os.environ.get,
    ".env": _dotenv,
    "keyring": _keyring,
}
