"""Clips of several kinds keep their length and their colours."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from editing.numbered import frame, numbers

import lipsync_nb as ls
from lipsync_nb.editing.clip import Clip, Colours

HLG, PQ, BT2020, BT709 = 18, 16, 9, 1
"""FFmpeg's numbers of transfers and primaries; the matrix of BT.2020 is 9 too."""


def written(
    path: Path,
    count: int,
    codec: str = "libx264",
    *,
    sound_s: float = 0.0,
    colours: Colours | None = None,
) -> Path:
    """Write a clip of numbered frames at 25 per second, with a key frame each second."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=25, options={"g": "25", "crf": "10"})
        stream.width, stream.height = 64, 48
        stream.pix_fmt = "yuv420p10le" if colours else "yuv420p"
        if colours:
            context = stream.codec_context
            context.color_trc, context.color_primaries = colours.transfer, colours.primaries
            context.colorspace = colours.primaries
        heard = out.add_stream("aac", rate=48_000, layout="mono") if sound_s else None
        for number in range(count):
            shown = frame(number).reformat(format=stream.pix_fmt)
            shown.pts, shown.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(shown))
        out.mux(stream.encode(None))
        if heard is not None:
            silence = np.zeros((1, round(sound_s * 48_000)), np.float32)
            said = av.AudioFrame.from_ndarray(silence, "fltp", "mono")
            said.sample_rate, said.pts = 48_000, 0
            out.mux([*heard.encode(said), *heard.encode(None)])
    return path


def cut(source: Path, target: Path, first: int, key: int) -> Path:
    """Cut the beginning off without encoding, as ``ffmpeg -ss -c copy`` does: an edit list."""
    options = {"avoid_negative_ts": "disabled"}
    with av.open(str(source)) as container, av.open(str(target), "w", options=options) as out:
        track = container.streams.video[0]
        copy, base = out.add_stream_from_template(track), track.time_base
        assert base is not None
        for packet in container.demux(track):
            if packet.dts is None or packet.pts is None or packet.pts * base * 25 < key:
                continue
            shift = round(Fraction(first, 25) / base)
            packet.pts, packet.dts, packet.stream = packet.pts - shift, packet.dts - shift, copy
            out.mux(packet)
    return target


def test_a_clip_that_was_cut_without_encoding_is_looped_without_a_freeze(tmp_path: Path) -> None:
    """Its file has frames that are not shown, from the key frame before the cut on."""
    clip = cut(written(tmp_path / "whole.mp4", 90), tmp_path / "cut.mp4", 36, 25)
    assert numbers(clip) == list(range(36, 90))

    made = numbers(ls.loop(clip, 4.0, tmp_path / "out.mp4").path)

    assert Clip.open(clip).counted().frame_count == 54
    assert made == [*range(36, 90), *range(88, 42, -1)]


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mkv", "libx264"), ("a.ts", "libx264"), ("a.mp4", "libx264")]
)
def test_no_frame_is_added_where_the_sound_is_longer(tmp_path: Path, name: str, codec: str) -> None:
    """Some containers tell one length for picture and sound."""
    clip = written(tmp_path / name, 50, codec, sound_s=2.05)

    assert Clip.open(clip).frame_count == 50
    made = ls.fit(clip, 64, 64, tmp_path / "out.mp4", how="pad", fill="black")
    assert len(numbers(made.path)) == 50


@pytest.mark.parametrize("way", ["loop", "fit", "join"])
@pytest.mark.parametrize(
    "colours", [Colours(HLG, BT2020), Colours(PQ, BT2020), Colours(BT709, BT709)]
)
def test_the_meaning_of_colours_is_kept(tmp_path: Path, way: str, colours: Colours, capsys) -> None:
    """Without it, HDR looks washed out. That it has 8 bits now is told."""
    clip, to = written(tmp_path / "clip.mp4", 5, colours=colours), tmp_path / "out.mp4"
    {
        "loop": lambda: ls.loop(clip, 0.4, to),
        "fit": lambda: ls.fit(clip, 64, 64, to, how="pad", fill="black"),
        "join": lambda: ls.join([clip, clip], to),
    }[way]()

    with av.open(str(to)) as container:
        decoder = container.streams.video[0].codec_context
        assert (decoder.color_trc, decoder.color_primaries) == (colours.transfer, colours.primaries)
        assert next(container.decode(video=0)).colorspace == colours.primaries
    assert ("is in HDR" in capsys.readouterr().err) == (colours.hdr is not None)
