"""The sync metrics: injected offsets are found, and foreign speech is recognised."""

import numpy as np
import pytest
from raw_video import spliced

import lipsync_nb as ls

FACES = ("photo", "drawn 0", "drawn 1")
VOICES = ("en-emma", "en-james", "cmn-xiaomei", "cmn-dawei")
OFFSETS_MS = (0, 80, 160, -120, 400, -400)


def each_once(face, voice):
    """Tell whether a pair belongs to those four that have every face and every voice."""
    return VOICES.index(voice) % len(FACES) == FACES.index(face)


@pytest.mark.campaign(small=each_once)
@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("face", FACES)
def test_injected_offsets_are_found(face, voice, studio, figure, whole):
    """Each offset is found within 20 ms, and within 8 ms on average, for every face and voice."""
    errors = {}
    for offset in OFFSETS_MS if whole else OFFSETS_MS[VOICES.index(voice) :: len(VOICES)]:
        row = ls.measure(studio.video(face, voice, av_offset_ms=offset))
        assert row.sync_reliable, (offset, row.notes)
        errors[offset] = row.av_offset_ms - offset

    sizes = np.abs([*errors.values()])
    figure(f"offset {face}, {voice}: mean error {sizes.mean():.1f} ms, largest {sizes.max():.1f}")
    assert sizes.max() <= 20, errors
    assert sizes.mean() <= 8, errors


@pytest.mark.campaign
def test_foreign_speech_is_distinguished_from_a_videos_own(studio, figure, tmp_path, whole):
    """In 48 pairs, ``sync_corr`` separates them; at most 10 % of the foreign ones are reliable."""
    own, foreign = [], []
    for face in (*FACES, "drawn 2") if whole else FACES[:1]:
        for number, voice in enumerate(VOICES):
            for text in range(3 if whole else 1):
                video = studio.video(face, voice, text)
                other = studio.video(face, VOICES[number - 1], (text + 1) % 3)
                own.append((video,))
                foreign.append((spliced(video, other, tmp_path / f"{len(foreign)}.mp4"),))

    rows = ls.measure_all([*own, *foreign], cache=False)
    synced, unsynced = rows.sync_corr[: len(own)], rows.sync_corr[len(own) :]
    area = np.mean(synced.to_numpy()[:, None] > unsynced.to_numpy())
    false = rows.sync_reliable[len(own) :].mean()
    figure(
        f"synced {synced.min():.2f} to {synced.max():.2f}, unsynced up to {unsynced.max():.2f} "
        f"({len(own)} pairs): AUC {area:.4f}; unsynced marked reliable: {100 * false:.1f} %"
    )
    assert len(own) >= (40 if whole else 4)
    assert area >= 0.99
    assert false <= 0.10
    assert rows.sync_reliable[: len(own)].mean() >= 0.95
