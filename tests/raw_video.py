"""Decoded videos for tests, which are cut, filtered, re-timed and encoded again."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from measures import watch

Pixels = npt.NDArray[np.uint8]

CLOCK = 90_000
"""Ticks per second of the videos' timestamps."""


@dataclass(frozen=True)
class RawVideo:
    """A decoded video.

    Attributes:
        times: Presentation times of the frames, seconds.
        frames: RGB frames, all of one even size.
        sound: Samples, shape (channels, n). Without channels, the video has no sound track.
        rate: Sample rate, Hz.
    """

    times: npt.NDArray[np.float64]
    frames: list[Pixels]
    sound: npt.NDArray[np.float32]
    rate: int

    @classmethod
    def of(cls, path: Path) -> "RawVideo":
        """Decode a video whose sound begins with its pictures."""
        seen = watch(path)
        return cls(seen.times, seen.frames, seen.sound.astype(np.float32), seen.rate)

    def select_frames(self, kept: Iterable[int]) -> "RawVideo":
        """Return the video with only some of the frames, each at its own time."""
        kept = [*kept]
        return replace(self, times=self.times[kept], frames=[self.frames[at] for at in kept])

    def map_frames(self, change: Callable[[Pixels], Pixels]) -> "RawVideo":
        """Return the video with a function applied to each frame."""
        return replace(self, frames=[change(frame) for frame in self.frames])

    def save(
        self,
        path: Path,
        *,
        codec: str = "libx264",
        sound_codec: str = "aac",
        sound_rate: int | None = None,
        layout: str = "mono",
        pix_fmt: str = "yuv420p",
        **options: str,
    ) -> Path:
        """Encode the video.

        Args:
            path: The file; its suffix gives the container.
            codec: Codec of the pictures.
            sound_codec: Codec of the sound.
            sound_rate: Sample rate of the sound, Hz; by default `rate`.
            layout: ``"mono"`` or ``"stereo"``.
            pix_fmt: FFmpeg's name of the pixels' format; ``"yuvj420p"`` has luma from 0 to 255.
            options: Options of the picture encoder.
        """
        rate = sound_rate or self.rate
        with av.open(str(path), "w") as out:
            pictures = out.add_stream(codec, options={"preset": "ultrafast", **options})
            pictures.height, pictures.width = self.frames[0].shape[:2]
            pictures.pix_fmt = pix_fmt
            pictures.codec_context.time_base = Fraction(1, CLOCK)
            sound = (
                out.add_stream(sound_codec, rate=rate, layout=layout) if len(self.sound) else None
            )
            for time_s, pixels in zip(self.times, self.frames, strict=True):
                frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
                frame.pts, frame.time_base = round(time_s * CLOCK), Fraction(1, CLOCK)
                out.mux(pictures.encode(frame))
            out.mux(pictures.encode(None))
            for frame in self._sound_frames(rate, layout) if sound else ():
                out.mux(sound.encode(frame))
        return path

    def _sound_frames(self, rate, layout):
        whole = av.AudioFrame.from_ndarray(np.ascontiguousarray(self.sound[:1]), "fltp", "mono")
        whole.sample_rate, whole.pts, whole.time_base = self.rate, 0, Fraction(1, self.rate)
        resampler = av.AudioResampler("fltp", layout, rate, 1024)
        pts = 0
        for frame in [*resampler.resample(whole), *resampler.resample(None), None]:
            if frame is not None:
                frame.pts, frame.time_base = pts, Fraction(1, rate)
                pts += frame.samples
            yield frame


def music(count: int, rate: int) -> npt.NDArray[np.float32]:
    """Return two-second chords with overtones, with a root mean square of 1."""
    time = np.arange(count) / rate
    bar = (time // 2).astype(int) % 4
    chords = np.array([(262, 330, 392), (220, 262, 330), (175, 220, 262), (196, 247, 294)])
    tones = sum(
        np.sin(2 * np.pi * part * chords[bar, voice] * time) / part
        for voice in range(3)
        for part in (1, 2, 3)
    )
    played = tones * np.exp(-(time % 0.5) / 0.4)
    return (played / np.sqrt(np.mean(played**2))).astype(np.float32)


def spliced(pictures: Path, sound: Path, out: Path) -> Path:
    """Write the pictures of one video with the sound of another, without encoding them again."""
    with av.open(str(pictures)) as seen, av.open(str(sound)) as heard, av.open(str(out), "w") as to:
        tracks = seen.streams.video[0], heard.streams.audio[0]
        copies = [to.add_stream_from_template(track) for track in tracks]
        for track, copy in zip(tracks, copies, strict=True):
            for packet in packets(track):
                packet.stream = copy
                to.mux(packet)
    return out


def repeated(video: Path, times: int, out: Path) -> Path:
    """Write a video repeated so many times, without encoding it again."""
    with av.open(str(video)) as source, av.open(str(out), "w") as to:
        whole_s = max(float(track.duration * track.time_base) for track in source.streams)
        copies = {track: to.add_stream_from_template(track) for track in source.streams}
        for turn in range(times):
            source.seek(0)
            for packet in packets(*copies):
                shift = round(turn * whole_s / packet.time_base)
                packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                packet.stream = copies[packet.stream]
                to.mux(packet)
    return out


def packets(*tracks):
    """Return the packets of some tracks of a container."""
    found = tracks[0].container.demux(*tracks)
    return (packet for packet in found if packet.dts is not None)


def after(first: RawVideo, second: RawVideo) -> RawVideo:
    """Return one video after the other; both have 25 frames per second and mono sound."""
    begin = len(first.times) / 25
    sound = np.zeros((1, round(begin * first.rate)), np.float32)
    sound[:, : first.sound.shape[1]] = first.sound[:, : sound.shape[1]]
    return RawVideo(
        np.concatenate([first.times, begin + second.times]),
        first.frames + second.frames,
        np.concatenate([sound, second.sound], axis=1),
        first.rate,
    )
