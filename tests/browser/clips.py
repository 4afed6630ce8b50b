"""Clips with sound, for players."""

from pathlib import Path

import av
from faces import HELLO, face_video, speech


def talking(path: Path, seconds: float) -> Path:
    """A small clip of a face, with a voice that has nothing to do with its mouth."""
    silent = face_video(path.with_suffix(".silent.mp4"), seconds, 25, (320, 240))
    said = speech(path.with_suffix(".wav"), f"{HELLO} {HELLO}")
    with av.open(silent) as picture, av.open(said) as sound, av.open(path, "w") as out:
        video = out.add_stream_from_template(picture.streams.video[0])
        audio = out.add_stream("aac", rate=48_000)
        for packet in picture.demux(video=0):
            if packet.dts is not None:
                packet.stream = video
                out.mux(packet)
        resampler = av.AudioResampler("fltp", "stereo", 48_000)
        frames = (frame for frame in sound.decode(audio=0) if frame.time < seconds)
        for frame in frames:
            for part in resampler.resample(frame):
                out.mux(audio.encode(part))
        out.mux(audio.encode(None))
    return path
