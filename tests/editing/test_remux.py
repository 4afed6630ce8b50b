"""Copies of clips with other tags."""

import json
import struct
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from media_files import made
from unusual_media import film, set_matrix

import lipsync_nb as ls
from lipsync_nb.media import boxes
from lipsync_nb.media.remux import copy_with_tags

TAGS = {"title": "标题", "comment": "made by hand", "AIGC": '{"Label":"1"}', "vendor": "甲"}


def short(path: Path, **muxer: str) -> Path:
    """Two seconds of picture and sound."""
    return film(path, [np.full((48, 64, 3), 90, np.uint8)], sound=True, **muxer)


def tags(path: Path) -> dict[str, str]:
    with av.open(str(path)) as container:
        return dict(container.metadata)


def packets(path: Path) -> list[tuple[int, int | None, bytes]]:
    with av.open(str(path)) as container:
        return [
            (packet.stream.index, packet.pts, bytes(packet))
            for packet in container.demux()
            if packet.size
        ]


@pytest.mark.parametrize("ending", ["mp4", "mov"])
def test_tags_known_and_unknown_are_written_and_read_back(ending, tmp_path):
    """Title, comment and tags of any other name are found by FFmpeg, in MP4 and MOV."""
    source = made(tmp_path, ending)

    copy_with_tags(source, tmp_path / f"copy.{ending}", TAGS)

    assert TAGS.items() <= tags(tmp_path / f"copy.{ending}").items()


def test_every_packet_is_copied_as_it_is(tmp_path):
    """Picture and sound of a copy are those of its source, to the byte, and decode."""
    source = short(tmp_path / "film.mp4")

    copy_with_tags(source, tmp_path / "copy.mp4", TAGS)

    assert packets(tmp_path / "copy.mp4") == packets(source)
    with av.open(str(tmp_path / "copy.mp4")) as container:
        assert len(list(container.decode(video=0))) > 1


def test_a_second_copy_replaces_what_it_names_and_keeps_the_rest(tmp_path):
    """Tags of the same name are replaced; others stay, of both kinds."""
    first, second = tmp_path / "first.mp4", tmp_path / "second.mp4"
    copy_with_tags(made(tmp_path, "mp4"), first, TAGS)

    copy_with_tags(first, second, {"title": "New", "AIGC": "{}"})

    expected = {**TAGS, "title": "New", "AIGC": "{}"}
    assert expected.items() <= tags(second).items()
    assert second.read_bytes().count(b"AIGC") == 1


def test_a_turned_clip_stays_turned(tmp_path):
    """The display matrix is copied."""
    source = set_matrix(short(tmp_path / "film.mp4"), 0, 1, -1, 0)

    copy_with_tags(source, tmp_path / "copy.mp4", TAGS)

    with av.open(str(tmp_path / "copy.mp4")) as copy, av.open(str(source)) as original:
        turned = [next(container.decode(video=0)).rotation for container in (copy, original)]
    assert turned[0] == turned[1] != 0


def test_the_index_may_be_at_the_end_or_in_fragments(tmp_path):
    """Files that are streamed, and those whose index comes last, get tags too."""
    for number, flags in enumerate(("+faststart", "+write_colr", "+frag_keyframe+empty_moov")):
        source = short(tmp_path / f"{number}.mp4", movflags=flags)

        copy_with_tags(source, tmp_path / "copy.mp4", TAGS)

        assert TAGS.items() <= tags(tmp_path / "copy.mp4").items()
        assert len(packets(tmp_path / "copy.mp4")) == len(packets(source))


@pytest.mark.parametrize("ending", ["webm", "wav", "png"])
def test_what_is_no_mp4_is_refused_by_name(ending, tmp_path):
    """The error names the file, and nothing is left behind."""
    with pytest.raises(ls.BadRequest, match=rf"made\.{ending}.*MP4"):
        copy_with_tags(made(tmp_path, ending), tmp_path / "copy.mp4", TAGS)

    assert not (tmp_path / "copy.mp4").exists()


def test_a_cut_off_file_is_refused(tmp_path):
    """A file that breaks off is not copied as if it were whole."""
    source = made(tmp_path, "mp4")
    source.write_bytes(source.read_bytes()[:-20])

    with pytest.raises(ls.BadRequest, match="whole"):
        copy_with_tags(source, tmp_path / "copy.mp4", TAGS)


def rewritten(path: Path, change: Callable[[bytes], bytes]) -> Path:
    """Replace the index of a file by what is made of its content; it must come last."""
    data = path.read_bytes()
    with path.open("rb") as file:
        place = next(box for box in boxes.outermost(file, len(data)) if box.kind == b"moov")
    assert place.start + place.size == len(data)
    path.write_bytes(data[: place.start] + change(data[place.start + place.head :]))
    return path


def first_in_file(path: Path) -> Path:
    """Put the index, as it is, before the frames of a file in which it comes last."""
    data = path.read_bytes()
    with path.open("rb") as file:
        places = {box.kind: box for box in boxes.outermost(file, len(data))}
    place, begin = places[b"moov"], places[b"ftyp"].size
    index = boxes.with_shifted_offsets(data[place.start + place.head :], place.size, 0)
    path.write_bytes(data[:begin] + boxes.box(b"moov", index) + data[begin : place.start])
    return path


def padded(index: bytes) -> bytes:
    """Put four zeros behind the boxes of each ``stbl``."""
    parts = [
        (kind, padded(inner) + bytes(4 * (kind == b"stbl")) if kind in boxes.CHILDREN else inner)
        for kind, inner in boxes.children(index)
    ]
    return boxes.joined(parts)


def with_large_heads(index: bytes) -> bytes:
    """Give each box on the way to the offsets of chunks a size of 64 bits."""
    return b"".join(
        struct.pack(">I4sQ", 1, kind, 16 + len(new)) + new
        if kind in boxes.CHILDREN and (new := with_large_heads(inner))
        else boxes.box(kind, inner)
        for kind, inner in boxes.children(index)
    )


@pytest.mark.parametrize("is_first", [False, True])
@pytest.mark.parametrize("change", [padded, with_large_heads])
def test_spare_bytes_and_large_heads_in_the_index_stay(change, is_first, tmp_path):
    """Every packet is read from the copy as from its source."""
    source = short(tmp_path / "film.mp4")
    before = packets(source)
    rewritten(source, lambda index: boxes.box(b"moov", change(index)))
    assert packets(first_in_file(source) if is_first else source) == before

    copy_with_tags(source, tmp_path / "copy.mp4", TAGS)

    assert packets(tmp_path / "copy.mp4") == before
    assert TAGS.items() <= tags(tmp_path / "copy.mp4").items()


@pytest.mark.parametrize("is_first", [False, True])
def test_the_index_itself_may_have_a_size_of_64_bits(is_first, tmp_path):
    """Every packet is read from the copy as from its source."""
    source = short(tmp_path / "film.mp4")
    before = packets(source)
    if is_first:
        first_in_file(source)
        data = source.read_bytes()
        with source.open("rb") as file:
            place = next(b for b in boxes.outermost(file, len(data)) if b.kind == b"moov")
        index = data[place.start + 8 : place.start + place.size]
        large = boxes.with_shifted_offsets(index, 8, 0)
        head = struct.pack(">I4sQ", 1, b"moov", len(large) + 16)
        source.write_bytes(data[: place.start] + head + large + data[place.start + place.size :])
    else:
        large_head = lambda index: struct.pack(">I4sQ", 1, b"moov", len(index) + 16) + index  # noqa: E731 - short
        rewritten(source, large_head)
    assert packets(source) == before

    copy_with_tags(source, tmp_path / "copy.mp4", TAGS)

    assert packets(tmp_path / "copy.mp4") == before
    assert TAGS.items() <= tags(tmp_path / "copy.mp4").items()


def test_what_is_not_understood_is_refused_and_not_changed(tmp_path):
    """Bytes in the index that are no box may mean something."""
    source = short(tmp_path / "film.mp4")
    rewritten(source, lambda index: boxes.box(b"moov", index + b"abc"))

    with pytest.raises(ls.BadRequest, match="more than boxes"):
        copy_with_tags(source, tmp_path / "copy.mp4", TAGS)


def test_a_fragmented_file_keeps_its_tags(tmp_path):
    """Those of names of their own, such as a label of AI, too."""
    flags = "+frag_keyframe+empty_moov+use_metadata_tags"
    source = clip_with(tmp_path / "film.mp4", {"AIGC": "{}", "title": "t", "other": "o"}, flags)

    copy_with_tags(source, tmp_path / "copy.mp4", {"title": "new"})

    assert {"AIGC": "{}", "title": "new", "other": "o"}.items() <= tags(
        tmp_path / "copy.mp4"
    ).items()


def clip_with(path: Path, texts: dict[str, str], flags: str) -> Path:
    """A clip whose tags are written by FFmpeg."""
    source = short(path.with_name("without.mp4"))
    with (
        av.open(str(source)) as container,
        av.open(str(path), "w", options={"movflags": flags}) as out,
    ):
        out.metadata.update(texts)
        copy = out.add_stream_from_template(container.streams.video[0])
        for packet in container.demux(video=0):
            if packet.dts is not None:
                packet.stream = copy
                out.mux(packet)
    return path


def named_in_index(texts: dict[str, str], head: bytes) -> bytes:
    """A ``meta`` as an iPhone puts it into ``moov``: with names, and without version and flags."""
    keys = boxes.joined([(b"mdta", name.encode()) for name in texts])
    values = [
        (struct.pack(">I", n), boxes.text_value(text)) for n, text in enumerate(texts.values(), 1)
    ]
    count = struct.pack(">II", 0, len(texts))
    parts = [(b"keys", count + keys), (b"ilst", boxes.joined(values))]
    return boxes.box(b"meta", head + boxes.joined([(b"hdlr", boxes.handler(b"mdta")), *parts]))


@pytest.mark.parametrize("head", [b"", bytes(4)])
@pytest.mark.parametrize("ending", ["mp4", "mov"])
def test_a_tag_is_replaced_where_it_is(ending, head, tmp_path):
    """In the place of an iPhone's tags; each name has one value, and others stay."""
    source = short(tmp_path / f"film.{ending}")
    texts = {"AIGC": '{"Label":"1"}', "com.apple.quicktime.make": "Apple", "comment": "old"}
    meta = named_in_index(texts, head)
    rewritten(source, lambda index: boxes.box(b"moov", index + meta))
    assert texts.items() <= tags(source).items()

    copy_with_tags(source, tmp_path / f"copy.{ending}", {"AIGC": "{}", "comment": "new", "x": "y"})

    found = tags(tmp_path / f"copy.{ending}")
    expected = {"AIGC": "{}", "comment": "new", "x": "y", "com.apple.quicktime.make": "Apple"}
    assert expected.items() <= found.items()


@pytest.mark.parametrize("flags", ["+faststart", "+use_metadata_tags"])
def test_a_tag_of_either_kind_is_replaced(flags, tmp_path):
    """A comment with a name of its own too; what is in it of a label of AI is kept behind."""
    label = json.dumps({"AIGC": {"Label": "1", "ContentProducer": "V"}})
    source = clip_with(tmp_path / "film.mp4", {"comment": label, "title": "old"}, flags)

    copy_with_tags(source, tmp_path / "copy.mp4", {"comment": "new", "Title": "t"})

    assert tags(tmp_path / "copy.mp4")["comment"] == f"new\n{label}"
    assert tags(tmp_path / "copy.mp4")["title"] == "t"


def test_the_label_stays_readable_wherever_it_was(tmp_path):
    """`label_ai` extends it in a comment of each kind."""
    label = json.dumps({"AIGC": {"Label": "1", "ContentProducer": "V"}})
    for number, flags in enumerate(("+faststart", "+use_metadata_tags")):
        source = clip_with(tmp_path / f"{number}.mp4", {"comment": label}, flags)

        video = ls.label_ai(source, producer="me", produce_id="1", show=None)

        assert ls.ai_label(video) == ls.AiLabel("1", "V", propagator="me", propagate_id="1")


def itunes_name(path: Path) -> Path:
    """Write a tag with a name of its own as iTunes does."""
    item = boxes.joined([(b"mean", bytes(4) + b"com.apple.iTunes"), (b"name", bytes(4) + b"AIGC")])
    value = boxes.joined([(b"----", item + boxes.text_value("old"))])
    head = boxes.box(b"hdlr", boxes.handler(b"mdir"))
    meta = boxes.box(b"meta", bytes(4) + head + boxes.box(b"ilst", value))

    def change(index: bytes) -> bytes:
        parts = [part for part in boxes.children(index) if part[0] != b"udta"]
        return boxes.box(b"moov", boxes.joined([*parts, (b"udta", meta)]))

    return rewritten(path, change)


def test_itunes_names_are_replaced_too(tmp_path):
    """A name that is written as iTunes does has one value as well."""
    source = itunes_name(short(tmp_path / "film.mp4"))
    assert tags(source)["AIGC"] == "old"

    copy_with_tags(source, tmp_path / "copy.mp4", {"AIGC": "new"})

    assert tags(tmp_path / "copy.mp4")["AIGC"] == "new"
