"""What importing a part of the package imports."""

import subprocess
import sys

PROGRAM = """
import sys

import lipsync_nb
from lipsync_nb.compare import comparison, measure, measure_all, plan, report, voting

lipsync_nb.measure
heavy = {"cv2", "loky", "matplotlib", "rapidfuzz", "threadpoolctl"}
print(sorted(heavy & {*sys.modules}))
"""


def test_comparisons_are_imported_without_what_measures_and_plots():
    """What only measures and plots is imported only when it is needed."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True
    )

    assert done.stdout.strip() == "[]"
