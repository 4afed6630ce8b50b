"""Changes the tags in the index of an MP4 or MOV.

A tag that every player knows, such as the title, is written as iTunes' tags are (``moov.udta.meta``
of handler ``mdir``). Others, such as the label ``AIGC``, have a name of their own, and are written
as FFmpeg does with ``-movflags use_metadata_tags`` (``moov.udta.meta`` of handler ``mdta``), or
where they are already, as in an iPhone's ``moov.meta``. FFmpeg writes only one of the two kinds
into a file, and with the second, few players find the title. A name is kept in one place only:
FFmpeg would read several values as one text.
"""

import struct
from collections.abc import Iterator, Mapping

from lipsync_nb.media import boxes

Boxes = list[tuple[bytes, bytes]]
"""Types and contents."""

PLAIN_TAGS: Mapping[str, bytes] = {
    "album": b"\xa9alb",
    "artist": b"\xa9ART",
    "comment": b"\xa9cmt",
    "copyright": b"cprt",
    "date": b"\xa9day",
    "description": b"desc",
    "title": b"\xa9nam",
}
"""The tags that every player knows, by FFmpeg's names, with those of iTunes."""
PLAIN_NAMES = {code: name for name, code in PLAIN_TAGS.items()}
OWN_NAME = b"----"
"""iTunes' type of a tag with a name of its own."""
LABEL = "AIGC"
"""What a label of AI contains, and the name of its tag."""
VALUE_HEAD, NAME_HEAD, TEXT_HEAD, KEYS_HEAD = 8, 4, 4, 8
"""Bytes before the text of a value (its type and language), of a name (version and flags), of
QuickTime's text (its length and language), and before the names in ``keys`` (also their number)."""


def tagged(index: bytes, tags: Mapping[str, str]) -> bytes:
    """Return the content of a ``moov`` with other tags.

    Args:
        index: The content.
        tags: By FFmpeg's names, which are the same in any case of letters. Tags that are not named
            stay, and so does a label of AI in a text that is replaced: it is put behind the new
            one.

    Raises:
        ValueError: A box is damaged.
    """
    change = _Change(tags)
    parts = change.replaced(boxes.children(index))
    users = [change.replaced(boxes.children(inner)) for kind, inner in parts if kind == b"udta"]
    first, *rest = users or [[]]
    others = [part for part in parts if part[0] != b"udta"]
    changed = [(b"udta", boxes.joined(user)) for user in (change.added(first), *rest)]
    return boxes.joined([*others, *changed])


class _Change:
    """Puts tags into an index: first `replaced` for each box with tags, then `added` for one.

    Args:
        tags: See `tagged`.
    """

    def __init__(self, tags: Mapping[str, str]) -> None:
        known = {name.casefold(): text for name, text in tags.items()}
        self._plain = {name: text for name, text in known.items() if name in PLAIN_TAGS}
        self._named = {n: text for n, text in tags.items() if n.casefold() not in PLAIN_TAGS}
        self._names = dict(zip(self._plain, self._plain, strict=True)) | {
            name.casefold(): name for name in self._named
        }

    def replaced(self, parts: Boxes) -> Boxes:
        """Return a ``moov`` or ``udta`` in which tags of own names are new, and others left out."""
        changed: Boxes = []
        for kind, inner in parts:
            if kind == b"meta":
                changed.append((kind, self._meta(inner)))
            elif (name := PLAIN_NAMES.get(kind)) in self._plain:  # QuickTime's own texts
                self._keep_label(name, inner[TEXT_HEAD:])
            else:
                changed.append((kind, inner))
        return changed

    def _meta(self, content: bytes) -> bytes:
        kind, parts = boxes.meta_parts(content)
        if kind == b"mdta":
            return boxes.meta_head(content) + self._with_names(parts)
        if kind == b"mdir":
            items = boxes.children(dict(parts).get(b"ilst", b""))
            new = {b"ilst": boxes.joined(self._items(items, None))}
            return boxes.meta_head(content) + _changed(parts, new)
        return content

    def _with_names(self, parts: Boxes) -> bytes:
        """Return the boxes of a ``meta`` of ``mdta`` with all tags of own names.

        FFmpeg takes the names of the first one for all, so others get no new names.
        """
        keys = boxes.children(dict(parts).get(b"keys", b"")[KEYS_HEAD:])
        names = {_number(n): name.decode(errors="replace") for n, (_, name) in enumerate(keys, 1)}
        items = boxes.children(dict(parts).get(b"ilst", b""))
        values = list(self._items(items, names))
        for name, text in self._named.items():
            keys.append((b"mdta", name.encode()))
            values.append((_number(len(keys)), boxes.text_value(text)))
        self._named.clear()
        head = struct.pack(">II", 0, len(keys))
        new = {b"keys": head + boxes.joined(keys), b"ilst": boxes.joined(values)}
        return _changed(parts, new)

    def _items(
        self, items: Boxes, names: Mapping[bytes, str] | None
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield the tags of a ``meta``; the names are those of ``mdta``."""
        for kind, inner in items:
            found = _itunes_name(kind, inner) if names is None else names.get(kind)
            name = self._names.get((found or "").casefold())
            if name is None:
                yield kind, inner
            elif name in PLAIN_TAGS:
                self._keep_label(name, _value(inner))
            elif names is not None and name in self._named:
                yield kind, boxes.text_value(self._named.pop(name))

    def _keep_label(self, name: str | None, value: bytes) -> None:
        """Put a text that is replaced behind the new one, if only the old one has a label of AI."""
        old = value.decode(errors="replace")
        if name is not None and LABEL in old.upper() and LABEL not in self._plain[name].upper():
            self._plain[name] += f"\n{old}"

    def added(self, user: Boxes) -> Boxes:
        """Return a ``udta`` with the tags that were not replaced."""
        plain = [(PLAIN_TAGS[name], boxes.text_value(text)) for name, text in self._plain.items()]
        if plain:
            parts, user = _taken(user, b"mdir")
            items = boxes.children(dict(parts).get(b"ilst", b""))
            new = {b"ilst": boxes.joined([*items, *plain])}
            user = [*user, (b"meta", boxes.META_HEAD + _changed(parts, new))]
        if self._named:
            # First, as the label of AI is looked for in the first one.
            names = self._with_names([_handler(b"mdta")])
            user = [(b"meta", boxes.META_HEAD + names), *user]
        return user


def _number(number: int) -> bytes:
    """Return the type of a value, which is the number of its name."""
    return struct.pack(">I", number)


def _changed(parts: Boxes, new: Mapping[bytes, bytes]) -> bytes:
    return boxes.joined([*(part for part in parts if part[0] not in new), *new.items()])


def _handler(kind: bytes) -> tuple[bytes, bytes]:
    return b"hdlr", boxes.handler(kind)


def _itunes_name(kind: bytes, item: bytes) -> str | None:
    if kind != OWN_NAME:
        return PLAIN_NAMES.get(kind)
    return dict(boxes.children(item)).get(b"name", b"")[NAME_HEAD:].decode(errors="replace")


def _value(item: bytes) -> bytes:
    return next((v[VALUE_HEAD:] for kind, v in boxes.children(item) if kind == b"data"), b"")


def _taken(user: Boxes, wanted: bytes) -> tuple[Boxes, Boxes]:
    """Return what is in the first ``meta`` of a kind, or its handler, and the other boxes."""
    for number, (kind, inner) in enumerate(user):
        name, parts = boxes.meta_parts(inner) if kind == b"meta" else (b"", [])
        if name == wanted:
            return parts, user[:number] + user[number + 1 :]
    return [_handler(wanted)], user
