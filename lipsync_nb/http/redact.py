"""Masks keys and control characters in what vendors say, before it is shown or written."""

import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from html import escape
from typing import Any, NoReturn
from urllib.parse import quote, quote_plus

from pydantic import SecretStr

MASK = "[redacted]"
SHORTEST = 8
"""Characters; shorter keys are not masked, as that would mask ordinary words."""
FUNCTIONAL = re.compile(r"[\w.~-]+|https?://\S+", re.ASCII)
"""Ids and URLs, which are used in requests; all other texts are for people."""
CONTROLS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
"""Characters that command a terminal, change the direction of a text, or cannot be written: all
control characters but tab and newline, and lone surrogates."""
MOST_TOKENS = 16
"""How many short-lived secrets, such as tokens, are kept."""


class Redactor:
    """Masks secrets. It contains them in plain text, so it cannot be pickled.

    Args:
        secrets: Strings to mask everywhere.
        identifiers: Strings to mask in texts for people, but not in URLs and ids.
    """

    def __init__(self, *secrets: str, identifiers: Iterable[str] = ()) -> None:
        self._identifiers = [SecretStr(name) for name in identifiers if len(name) >= SHORTEST]
        self._lasting: list[SecretStr] = []
        self._passing: deque[SecretStr] = deque(maxlen=MOST_TOKENS)
        self._learn()
        for secret in secrets:
            self.add(secret)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a redactor cannot be pickled: the pickle would contain its keys")

    def add(self, secret: str, *, passing: bool = False) -> None:
        """Add a secret, also as encoded in URLs, JSON, HTML, hex and base64.

        Args:
            secret: The string to mask; ignored if shorter than `SHORTEST`.
            passing: Whether it is short-lived; only the newest short-lived secrets are kept.
        """
        if len(secret) < SHORTEST:
            return
        (self._passing if passing else self._lasting).append(SecretStr(secret))
        self._learn()

    def _learn(self) -> None:
        secrets = [each.get_secret_value() for each in (*self._lasting, *self._passing)]
        self._mask = _mask(secrets)
        self._mask_text = _mask(
            [*secrets, *(name.get_secret_value() for name in self._identifiers)]
        )

    def clean(self, value: Any) -> Any:
        """Return a JSON value with the secrets masked, in its keys and values alike.

        Control characters are replaced in both; see `printable`.
        """
        if isinstance(value, str):
            mask = self._mask if FUNCTIONAL.fullmatch(value) else self._mask_text
            return printable(mask(value))
        if isinstance(value, dict):
            return {self.clean(key): self.clean(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.clean(item) for item in value]
        return value

    def text(self, text: str) -> str:
        """Return a text with the secrets masked, and control characters replaced."""
        return printable(self._mask_text(text))


def printable(text: str) -> str:
    """Return a text with each control character replaced by U+FFFD, see `CONTROLS`."""
    if text.isascii() and text.isprintable():  # as most are
        return text
    return CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def _mask(secrets: Iterable[str]) -> Callable[[str], str]:
    # A function is returned because its repr does not show the secrets.
    looks = {look for secret in secrets for look in looks_of(secret)}
    if not looks:
        return str
    # The longest comes first, as one secret may be a part of another.
    pattern = re.compile("|".join(map(re.escape, sorted(looks, key=len, reverse=True))))
    shortest = min(map(len, looks))  # most texts are shorter, such as a status or an id
    return lambda text: text if len(text) < shortest else pattern.sub(MASK, text)


def looks_of(secret: str) -> set[str]:
    """Return a secret in all encodings that an answer may contain."""
    plain = {secret, escape(secret), escape(secret, quote=False), repr(secret)[1:-1]}
    quoted = {quote(secret), quote(secret, safe=""), quote_plus(secret)}
    quoted |= {re.sub("%..", lambda code: code[0].lower(), look) for look in quoted}
    once = {json.dumps(secret, ensure_ascii=escaped)[1:-1] for escaped in (True, False)}
    twice = {json.dumps(look)[1:-1] for look in once}
    encoded = secret.encode(errors="surrogatepass")
    return {*plain, *quoted, *once, *twice, encoded.hex(), encoded.hex().upper(), *_base64(encoded)}


def _base64(secret: bytes) -> Iterator[str]:
    # Three bytes become four characters, so the encoding depends on the bytes before the secret.
    # Characters that also encode bytes beside it are left out.
    for before in range(3):
        first, last = -(-before * 4 // 3), (before + len(secret)) * 4 // 3
        for encode in (b64encode, urlsafe_b64encode):
            yield encode(bytes(before) + secret).decode()[first:last]
