"""Bodies of faulty responses: wrong types, missing fields, other values, changed files."""

import struct
import time
from typing import Any

HTML = (
    b"<!doctype html><html><head><title>502 Bad Gateway</title></head>"
    b"<body><h1>502 Bad Gateway</h1></body></html>"
)
BAD_JSON = b'{"code": 0, "success": true, "data": {"id": "0123456789'
BAD_UTF8 = b'{"code": 0, "success": true, "status": "\xff\xfe\x80", "data": {"id": "\xc3\x28"}}'
HEAD_BYTES = 1024
ENDLESS_HEAD = b'{"data": "'
ENDLESS_CHUNK = b"a" * (1 << 16)


def at(body: Any, path: tuple[str, ...]) -> Any:
    """The value at a path of keys, or None."""
    for key in path:
        body = body.get(key) if isinstance(body, dict) else None
    return body


def holders(body: Any, path: tuple[str, ...]) -> list[dict[str, Any]]:
    """The objects that have the path's last key: the parent, or the rows of its list."""
    parent, key = at(body, path[:-1]), path[-1]
    if not isinstance(parent, dict):
        return []
    rows = [parent, *(parent.get("list") or parent.get("List") or [])]
    return [row for row in rows if row.get(key) not in (None, "")]


def put_at(body: Any, path: tuple[str, ...], value: Any) -> None:
    """Set the value at a path of keys, where its parent is an object."""
    parent = at(body, path[:-1])
    if isinstance(parent, dict):
        parent[path[-1]] = value


def replaced(body: Any, old: Any, new: Any) -> Any:
    """The body with a value replaced everywhere."""
    if isinstance(body, dict):
        return {key: replaced(inner, old, new) for key, inner in body.items()}
    if isinstance(body, list):
        return [replaced(inner, old, new) for inner in body]
    return new if type(body) is type(old) and body == old else body


def retyped(value: Any) -> Any:
    """A value converted to another type, with all values inside it."""
    if isinstance(value, dict):
        return {key: retyped(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return {"0": value}
    if isinstance(value, str):
        return [value]
    return {"value": value} if value is None or isinstance(value, bool) else f"{value}!"


def without(value: Any, names: list[str]) -> Any:
    """The value without the named fields, at any depth; an empty object if none are named."""
    if not names:
        return {}
    if isinstance(value, dict):
        return {key: without(inner, names) for key, inner in value.items() if key not in names}
    if isinstance(value, list):
        return [without(inner, names) for inner in value]
    return value


def extended(content: bytes) -> bytes:
    """Another MP4 or WAV with the same contents: it has one more box or chunk, always another."""
    stamp = time.time_ns()
    if not content.startswith(b"RIFF"):
        return content + struct.pack(">I4sQ", 16, b"free", stamp)
    chunk = struct.pack("<4sIQ", b"junk", 8, stamp)
    size = struct.pack("<I", len(content) + len(chunk) - 8)
    return content[:4] + size + content[8:] + chunk


def headless(content: bytes) -> bytes:
    """The content with zeros in place of its beginning, by which its type is told."""
    return bytes(min(HEAD_BYTES, len(content))) + content[HEAD_BYTES:]


def huge(megabytes: int) -> bytes:
    """Valid JSON of this size."""
    return b'{"code": 0, "data": ["' + b"a" * (megabytes * 1_000_000) + b'"]}'
