"""Copies of clips with other tags."""

from pathlib import Path

import av
import numpy as np
import pytest
from media_files import made
from unusual_media import film, set_matrix

import lipsync_nb as ls
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
