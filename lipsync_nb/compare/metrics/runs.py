"""Runs of true values in a row of flags."""

from itertools import pairwise

import numpy as np

from lipsync_nb.compare.metrics.arrays import Flags


def runs(flags: Flags) -> list[tuple[int, int]]:
    """Return the first index of each run of true flags, and the index after its last one."""
    edges = np.flatnonzero(np.diff(flags, prepend=False, append=False))
    return list(pairwise(edges.tolist()))[::2]
