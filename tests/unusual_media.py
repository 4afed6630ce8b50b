"""Sound and clips as people have them: recorded, piped, joined, and with more tracks than one."""

import struct
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
import numpy.typing as npt

FPS = 25


class Pipe:
    """A file that a program cannot go back in, as in a recording or on standard output."""

    def __init__(self, file: BinaryIO) -> None:
        self.write = file.write


@contextmanager
def opened(
    path: Path, container: str | None, options: dict[str, str], *, piped: bool
) -> Iterator[av.container.OutputContainer]:
    """Open a container for writing."""
    with ExitStack() as stack:
        target = Pipe(stack.enter_context(path.open("wb"))) if piped else str(path)
        yield stack.enter_context(av.open(target, "w", format=container, options=options))


def noise(seconds: float, rate: int) -> npt.NDArray[np.int16]:
    """Return near silence for three quarters of the time, then noise: its bit rate varies much."""
    samples = np.random.default_rng(0).normal(0, 9000, round(seconds * rate))
    samples[: len(samples) * 3 // 4] *= 0.0005
    return samples.clip(-32000, 32000).astype(np.int16)


def recording(
    path: Path,
    codec: str,
    container: str | None = None,
    *,
    seconds: float = 10.0,
    rate: int = 48_000,
    piped: bool = False,
    quality: str | None = None,
    **muxer: str,
) -> Path:
    """Encode a sound whose bit rate varies.

    Args:
        path: Where it goes.
        codec: FFmpeg's name of the encoder.
        container: FFmpeg's name of the container; by default by the ending.
        seconds: Its length.
        rate: Samples per second.
        piped: Whether the container is written without going back in it.
        quality: A quality instead of a bit rate.
        muxer: Options of the container.
    """
    options = {"flags": "+qscale", "global_quality": quality} if quality else {}
    with opened(path, container, muxer, piped=piped) as out:
        stream = out.add_stream(codec, rate=rate, layout="mono", options=options)
        kind = stream.codec_context.format.name if stream.codec_context.format else "s16"
        out.start_encoding()
        size = stream.codec_context.frame_size or 1024
        for frame in _pieces(noise(seconds, rate), rate, kind, size):
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def _pieces(
    samples: npt.NDArray[np.int16], rate: int, kind: str, size: int
) -> Iterator[av.AudioFrame]:
    whole = av.AudioFrame.from_ndarray(samples[None], "s16", "mono")
    whole.sample_rate, whole.pts = rate, 0
    resampler, pts = av.AudioResampler(kind, "mono", rate, size), 0
    for frame in [*resampler.resample(whole), *resampler.resample(None)]:
        frame.pts, frame.time_base = pts, Fraction(1, rate)
        pts += frame.samples
        yield frame


def amr(path: Path, seconds: float = 10.0) -> Path:
    """Write AMR, as older telephones record it: frames of 20 ms, each of 32 bytes."""
    path.write_bytes(b"#!AMR\n" + (b"\x3c" + bytes(31)) * round(seconds * 50))
    return path


def with_wav_size(source: Path, path: Path, size: int) -> Path:
    """Copy a WAV file whose header gives another size of its samples."""
    content = bytearray(source.read_bytes())
    at = content.index(b"data") + 4
    content[4:8] = content[at : at + 4] = struct.pack("<I", size)
    path.write_bytes(content)
    return path


def with_cover(source: Path, path: Path, cover: bytes) -> Path:
    """Copy an MP3 or AAC file with tags before it that contain a picture."""
    body = b"\0image/jpeg\0\x03\0" + cover
    frame = b"APIC" + struct.pack(">I", len(body)) + b"\0\0" + body
    size = bytes(len(frame) >> shift & 127 for shift in (21, 14, 7, 0))
    path.write_bytes(b"ID3\x03\0\0" + size + frame + source.read_bytes())
    return path


def film(
    path: Path,
    pictures: Sequence[npt.NDArray[np.uint8]],
    container: str | None = None,
    *,
    frames: Sequence[int] | None = None,
    sound: bool = False,
    aspect: Fraction | None = None,
    codec: str = "libx264",
    piped: bool = False,
    **muxer: str,
) -> Path:
    """Encode a clip with a track for each picture, which does not move.

    Args:
        path: Where it goes.
        pictures: RGB.
        container: FFmpeg's name of the container; by default by the ending.
        frames: The frames of each track; by default 50.
        sound: Whether two seconds of sound go with it.
        aspect: The width of a pixel by its height.
        codec: FFmpeg's name of the encoder.
        piped: Whether the container is written without going back in it.
        muxer: Options of the container.
    """
    with opened(path, container, muxer, piped=piped) as out:
        tracks = [out.add_stream(codec, rate=FPS) for _ in pictures]
        for track, pixels in zip(tracks, pictures, strict=True):
            track.height, track.width = pixels.shape[:2]
            track.pix_fmt = "yuv420p"
            if aspect is not None:
                track.sample_aspect_ratio = aspect
        heard = out.add_stream("aac", rate=48_000, layout="mono") if sound else None
        for track, pixels, count in zip(
            tracks, pictures, frames or [50] * len(pictures), strict=True
        ):
            for number in range(count):
                frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
                frame.pts, frame.time_base = number, Fraction(1, FPS)
                out.mux(track.encode(frame))
            out.mux(track.encode(None))
        for frame in _pieces(noise(2.0, 48_000), 48_000, "fltp", 1024) if heard else ():
            out.mux(heard.encode(frame))
        if heard:
            out.mux(heard.encode(None))
    return path


def set_matrix(path: Path, a: int, b: int, c: int, d: int) -> Path:
    """Give the first track of an MP4 a display matrix: x' = a x + c y, y' = b x + d y."""
    content, one = bytearray(path.read_bytes()), 1 << 16
    at = content.index(b"tkhd") + 4 + 40
    matrix = (a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)
    struct.pack_into(">9i", content, at, *matrix)
    path.write_bytes(content)
    return path
