"""Keys that are found wherever they turn up, however they are written there."""

import html
import json
from base64 import b64encode
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

from lipsync_nb.vendors import VENDORS

ODD = """/+="\\'<&>%?#@:;,$`|~!*(){}[]^ """
"""What is written in another way in a URL, in JSON, in HTML, in a shell or in Python."""


def key(name: str) -> str:
    """Return a key with all that in it, around a word that no encoding of a text changes."""
    return f"k{ODD}Canary{name}1d{ODD}y"


def word(name: str) -> str:
    """Return that word."""
    return f"Canary{name}1d"


def looks(secret: str) -> list[str]:
    """Return what others may make of a key."""
    encoded = secret.encode()
    return [
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        html.escape(secret),
        json.dumps(secret)[1:-1],
        json.dumps(json.dumps(secret))[3:-3],
        repr(secret)[1:-1],
        b64encode(encoded).decode(),
        b64encode(b"Bearer " + encoded).decode(),
        encoded.hex(),
    ]


def sightings(words: Iterable[str], written: bytes) -> set[str]:
    """Return the words that are written there: as they are, in base64, in hex, backwards."""
    lower = written.lower()
    return {
        word
        for word in words
        if any(look in written for look in _base64(word))
        or any(look.lower() in lower for look in _looks(word))
    }


KEYS = {
    name: {credential: key(f"{name}{credential}") for credential in kind.variables}
    for name, kind in VENDORS.items()
}
"""Each vendor's credentials."""
WORDS = {name: {word(f"{name}{credential}") for credential in keys} for name, keys in KEYS.items()}
"""What betrays each vendor's."""


def _looks(word: str) -> Iterator[bytes]:
    plain = word.encode()
    yield from (plain, plain[::-1], plain.hex().encode(), plain[::-1].hex().encode())
    yield from (word.encode("utf-16-le"), "".join(f"\\u{ord(c):04x}" for c in word).encode())


def _base64(word: str) -> Iterator[bytes]:
    # Wherever in a longer text it stands; what depends on its neighbours is left out.
    for before in range(3):
        yield b64encode(bytes(before) + word.encode())[4:-4]
