"""What it costs to count a length: packets are demuxed, and not decoded.

Run with ``pytest tests/benchmarks/test_lengths.py``; the figures are printed.
"""

from time import process_time

import numpy as np
import pytest
from unusual_media import film, recording

from lipsync_nb.media.probe import duration_s

SECONDS_PER_HOUR = 10.0
"""Of one processor, for an hour of sound; 1 to 2 are usual."""
SECONDS_PER_GB = 20.0
"""Of one processor, for a clip without an index; 1 to 4 are usual."""
SECONDS_WITH_INDEX = 1.0
"""Of one processor, for a clip with an index, whatever its size."""
HOLE = 4 << 30
"""Bytes of a large clip."""


@pytest.mark.parametrize(
    ("ending", "codec", "container"),
    [("aac", "aac", "adts"), ("mp3", "mp3", "mp3"), ("ogg", "libopus", "ogg")],
)
def test_an_hour_of_sound(tmp_path, figure, ending, codec, container):
    """Of 60 minutes that were joined, as in a recording of a long meeting."""
    minute = recording(tmp_path / "minute", codec, container, seconds=60).read_bytes()
    path = tmp_path / f"hour.{ending}"
    path.write_bytes(minute * 60)

    began = process_time()
    length = duration_s(path)
    spent = process_time() - began

    assert length == pytest.approx(3600, abs=4)
    figure(f"an hour of {ending}: counted in {spent:.1f} s of a processor")
    assert spent < SECONDS_PER_HOUR


def test_a_transport_stream(tmp_path, figure):
    """It is read whole, as it may be joined of several."""
    noise = np.random.default_rng(0).integers(0, 255, (480, 640, 3), np.uint8)
    part = film(tmp_path / "part.ts", [noise], "mpegts", codec="mpeg2video", sound=True)
    path, times = tmp_path / "clip.ts", 1 + 100_000_000 // part.stat().st_size
    path.write_bytes(part.read_bytes() * times)

    began = process_time()
    length = duration_s(path)
    spent = (process_time() - began) / path.stat().st_size * 1e9

    assert length == pytest.approx(2 * times, rel=0.05)
    figure(f"a transport stream: counted in {spent:.1f} s of a processor per GB")
    assert spent < SECONDS_PER_GB


def test_a_large_clip_with_an_index(tmp_path, figure):
    """Its index is read, and nothing else of its 4 GB."""
    path = film(tmp_path / "clip.mp4", [np.zeros((48, 64, 3), np.uint8)], movflags="+faststart")
    with path.open("r+b") as file:  # most of it is a hole
        file.seek(0, 2)
        file.write((1).to_bytes(4) + b"free" + HOLE.to_bytes(8))
        file.truncate(file.tell() + HOLE - 16)

    began = process_time()
    length = duration_s(path)
    spent = process_time() - began

    assert length == pytest.approx(2.0, abs=0.1)
    figure(f"a clip of 4 GB with an index: {1000 * spent:.0f} ms of a processor")
    assert spent < SECONDS_WITH_INDEX
