"""A campaign: speeches are split, their parts become videos, and these are joined.

Nothing at the boundaries is to be heard or seen in the measure.
"""

from collections.abc import Callable
from itertools import accumulate, pairwise
from math import isnan
from pathlib import Path
from random import Random

import av
import numpy as np
import pytest
from editing.texts import SPEECHES, VOICES
from faces import face_video, portrait, speech

import lipsync_nb as ls
from lipsync_nb.editing.sound import Sound, read_sound

JOINS = 50
SECOND = 1.0
"""Seconds of sound on each side of a boundary that are compared."""
MOST_SHIFT = 40
"""Samples by which a sound may be moved and its movement still be measured."""
CLICK_S = 0.01
"""Seconds on each side of a boundary in which a click is looked for."""
CODEC_JUMP = 0.01
"""How much larger than in the speech a jump between two samples may be, as AAC changes samples."""

CODEC_CHANGE = 0.5
"""How much more than inside a frame may change at a seam, in levels of 255, as each video begins
with a key frame."""
CODEC_DB = 1.5
"""How much less like the face given a video is after it was encoded once more, at 42 dB."""
PICTURE, SIZE = 2, (640, 480)
"""Each fourth join is of a picture, the others of a clip of this size."""


def shift_of(heard: np.ndarray, said: np.ndarray) -> int:
    """By how many samples a sound is late, by cross-correlation."""
    core = said[MOST_SHIFT:-MOST_SHIFT]
    scores = [float(heard[k : k + len(core)] @ core) for k in range(2 * MOST_SHIFT + 1)]
    return int(np.argmax(scores)) - MOST_SHIFT


def jump(sound: Sound, at: int) -> float:
    """The largest difference of neighbouring samples around a place."""
    size = round(CLICK_S * sound.rate)
    return float(np.abs(np.diff(sound.samples[0, at - size : at + size])).max())


def changes(path: Path) -> np.ndarray:
    """The mean difference of each frame from the one before it, from the second frame on."""
    with av.open(str(path)) as container:
        greys = [shown.to_ndarray(format="gray") for shown in container.decode(video=0)]
    return np.array([np.abs(b.astype(int) - a).mean() for a, b in pairwise(greys)])


def split_somewhere(path: Path, longest: float) -> list[ls.Audio]:
    """Split a speech into parts as short as its phrases allow."""
    try:
        return ls.split(path, longest)
    except ls.BadRequest:
        return split_somewhere(path, longest + 0.5)


@pytest.mark.campaign(small=lambda number: number in {1, 2})
@pytest.mark.parametrize("number", range(JOINS))
def test_a_boundary_is_neither_heard_nor_seen(
    client: ls.Client, tmp_path: Path, figure: Callable[[str], None], number: int
) -> None:
    """Sound to the sample, pictures as still as inside, and the measures of the parts."""
    random = Random(number)
    name, text, _ = random.choice(SPEECHES)
    voice = random.choice(VOICES[name.rstrip("0123456789")])
    said = speech(tmp_path / "said.wav", text, voice)
    parts = split_somewhere(said, random.uniform(5, 8))
    jobs, face, faces = submitted(client, said, parts, tmp_path, number)
    video = ls.join(jobs, tmp_path / "joined.mp4")

    heard, whole = read_sound(video.path), read_sound(said)
    assert heard is not None
    assert whole is not None
    whole = whole.converted(heard.rate, len(heard.samples))
    assert abs(len(heard) - len(whole)) <= 1
    ends = [round(end * heard.rate) for end in accumulate(p.duration_s for p in parts[:-1])]
    span = round(SECOND * heard.rate)
    shifts = [
        shift_of(heard.samples[0, piece], whole.samples[0, piece])
        for at in ends
        for piece in (slice(max(0, at - span), at), slice(at, at + span))
    ]
    assert max(map(abs, shifts)) <= 1
    assert all(jump(heard, at) <= jump(whole, at) + CODEC_JUMP for at in ends)

    moved = changes(video.path)
    seams = [round(at / heard.rate * 25) - 1 for at in ends]
    inside = np.delete(moved, seams).max()
    assert moved[seams].max() <= inside + CODEC_CHANGE

    row = ls.measure(video, said, face)
    rows = ls.measure_all([(job, None, each) for job, each in zip(jobs, faces, strict=True)])
    offset, least = rows["av_offset_ms"].median(), rows.min(numeric_only=True)
    figure(
        f"join {number:2} ({name}, {len(parts)} parts): shift {max(map(abs, shifts))} samples, "
        f"change at seams {moved[seams].max():.2f} (inside {inside:.2f}), "
        f"offset {row['av_offset_ms']:.0f} ms (parts {offset:.0f}), "
        f"sync {row['sync_corr']:.2f} (parts {least['sync_corr']:.2f}), "
        f"likeness {row['psnr_outside_db']:.1f} dB (parts {least['psnr_outside_db']:.1f}), "
        f"upper face {row['upper_face_ncc']:.3f} (parts {least['upper_face_ncc']:.3f})"
    )
    assert row["audio_corr"] > 0.99
    assert row["audio_lag_ms"] == pytest.approx(0, abs=1)
    assert isnan(offset) or abs(row["av_offset_ms"] - offset) < 20
    assert row["sync_corr"] > least["sync_corr"] - 0.1
    assert row["upper_face_ncc"] > least["upper_face_ncc"] - 0.02
    if number % 4 != PICTURE:
        assert row["psnr_outside_db"] > least["psnr_outside_db"] - CODEC_DB


def submitted(
    client: ls.Client, said: Path, parts: list[ls.Audio], folder: Path, number: int
) -> tuple[list[ls.Job[ls.Video]], ls.Video, list[ls.Video]]:
    """Submit the parts of a speech; return the jobs, and the face of all and of each part."""
    if number % 4 == PICTURE:
        picture = ls.Video(portrait(folder / "face.png"))
        requests = [ls.lingdong.Generate(source=picture.path, audio=part) for part in parts]
        return client.map(requests), picture, [picture] * len(parts)
    clip = face_video(folder / "clip.mp4", 1.5 + number % 7 / 5, size=SIZE)
    clips = ls.loop(clip, parts, folder / "clips")
    pairs = list(zip(clips, parts, strict=True))
    if number % 2:
        jobs = client.map(
            ls.chanjing.LipSync(video=c, audio=p, screen_width=SIZE[0], screen_height=SIZE[1])
            for c, p in pairs
        )
    else:
        jobs = client.map(ls.lingdong.Generate(source=c, audio=p) for c, p in pairs)
    return jobs, ls.loop(clip, said), clips
