"""What people and voices are trained from."""

from typing import Any

from lipsync_nb.vendors.base import MB

TRAINING_LIMITS: dict[str, Any] = {
    "max_bytes": 1000 * MB,
    "min_seconds": 30,
    "max_seconds": 300,
}
"""The page's limits of a clip or a sound that a model is trained from: 30 to 300 s, at most 1 GB,
which is read as 1,000 MB."""
