"""The sound of a clip that is written is read again sample by sample."""

from pathlib import Path

import pytest
from editing.numbered import hum, numbered
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lipsync_nb.editing.sound import read_sound


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000])
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(samples=st.integers(2_000, 60_000))
def test_a_sound_of_any_length_keeps_its_length(tmp_path: Path, rate: int, samples: int) -> None:
    """Not rounded to a millisecond, nor to a frame of AAC."""
    sound = hum(2 if samples <= 2 * rate else 60_000 / rate, rate)[:samples]
    read = read_sound(numbered(tmp_path / "clip.mp4", [1], sound=sound))

    assert read is not None
    assert len(read) == len(sound)
