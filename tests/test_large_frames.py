"""Small files with frames that would take gigabytes: their size is looked at before decoding."""

import subprocess
import sys
from fractions import Fraction

import av
import pytest
from peak_memory import with_tests
from PIL import Image

import lipsync_nb as ls
from lipsync_nb.compare.metrics.decode import Missing, luma_frames
from lipsync_nb.decode.containers import LARGEST_FRAME
from lipsync_nb.errors import BadRequest, DownloadError
from lipsync_nb.media import Media
from lipsync_nb.media.probe import duration_s, frame_size
from lipsync_nb.media.thumbnail import thumbnail
from lipsync_nb.media.video import video_suffix

SIDE = 8000
"""Pixels; a frame of this width and height is over the limit."""
MEMORY = """
import sys
from pathlib import Path
import av, filetype, PIL.Image
from lipsync_nb.media.video import video_suffix
from peak_memory import peak_bytes

before = peak_bytes()
try:
    video_suffix(Path(sys.argv[1]))
except Exception as error:
    print(type(error).__name__, (peak_bytes() - before) / before)
"""


@pytest.fixture(scope="module")
def huge(tmp_path_factory):
    """A clip of one huge frame."""
    path = tmp_path_factory.mktemp("huge") / "huge.mp4"
    quick = {"preset": "ultrafast", "threads": "1", "rc-lookahead": "0", "qp": "51"}
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options=quick)
        stream.width, stream.height, stream.pix_fmt = SIDE, SIDE, "yuv420p"
        frame = av.VideoFrame(SIDE, SIDE, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.pts, frame.time_base = 0, Fraction(1, 25)
        out.mux([*stream.encode(frame), *stream.encode(None)])
    assert SIDE * SIDE > LARGEST_FRAME
    assert path.stat().st_size < 1_000_000
    return path


def test_a_result_with_a_huge_frame_is_refused(huge):
    """With its size and the limit."""
    with pytest.raises(DownloadError, match=r"8000 × 8000 pixels, .* limit of 40 megapixels"):
        video_suffix(huge)


@pytest.mark.parametrize("read", [duration_s, frame_size])
def test_a_huge_clip_is_no_input(huge, read):
    """It is refused before anything is paid."""
    with pytest.raises(BadRequest, match=r"huge\.mp4: a frame has 8000 × 8000 pixels"):
        read(huge)


def test_a_huge_clip_has_neither_a_still_nor_metrics(huge):
    """All else goes on without them."""
    assert thumbnail(huge) is None
    with pytest.raises(Missing, match="40 megapixels"):
        next(luma_frames(Media(huge)))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")
def test_a_huge_frame_takes_no_memory(huge):
    """One decoded frame alone would be more than twice what the program has."""
    command = [sys.executable, "-c", MEMORY, str(huge)]
    said = subprocess.run(command, env=with_tests(), capture_output=True, text=True, check=True)
    name, growth = said.stdout.split()

    assert name == "DownloadError"
    assert float(growth) < 1


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_huge_picture_is_not_decoded(tmp_path):
    """Neither for a still clip nor for a preview."""
    path = tmp_path / "huge.png"
    Image.new("1", (16_000, 8_000)).save(path)

    with pytest.raises(BadRequest, match=r"16000 × 8000 pixels are over the limit of 120"):
        ls.still_video(path, 1.0)
    assert thumbnail(path) is None


@pytest.mark.filterwarnings("error::PIL.Image.DecompressionBombWarning")
def test_a_large_picture_is_refused_if_warnings_are_errors(tmp_path):
    """As a picture, and not by Pillow's error."""
    path = tmp_path / "large.png"
    Image.new("1", (10_000, 10_000)).save(path)

    with pytest.raises(BadRequest, match=r"large\.png: .*100000000 pixels"):
        ls.still_video(path, 1.0)
