"""How an estimate is told: in few words, with no more digits than are known."""

import json
import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path
from time import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import lipsync_nb as ls
from lipsync_nb.engine.durations import fitted
from lipsync_nb.jobs.progress import ALMOST, _of_one
from lipsync_nb.ledger.record import Record
from lipsync_nb.notebook.etas import eta_row
from lipsync_nb.status import STEPS, JobStatus, brief

SECONDS = {"h": 3600, "min": 60, "s": 1}
NOW = 1_760_000_000.0
STATIC = Path(str(files("lipsync_nb"))) / "notebook" / "static"


def eta(**given: float) -> ls.Eta:
    """An estimate that was made at `NOW`."""
    known = {"seconds": 40.0, "soonest": 25.0, "latest": 90.0, "estimated_at": NOW, "jobs": 12}
    return ls.Eta(**known | given)


def test_it_reads_as_a_sentence_does() -> None:
    """The middle, and from when to when 80 % of such jobs end."""
    assert str(eta()) == "about 40 s (25 s to 1 min 30 s)"
    assert str(eta(seconds=3 * 3600 + 62, latest=4 * 3600)) == "about 3 h (25 s to 4 h)"
    assert eta(soonest=39.0, latest=41.0).range == "40 s"
    assert eta().basis == "from 12 jobs of this kind"
    assert eta(jobs=1).basis == "from 1 job of this kind"
    assert "guess" in eta(jobs=0).basis


def test_it_counts_down_and_is_never_negative() -> None:
    """When its time comes, and when that is over, it is said in words."""
    words = [eta().in_words(NOW + passed) for passed in (0, 21, 39.5, 60, 91)]

    assert words == [
        "about 40 s left",
        "about 19 s left",
        "any moment now",
        "any moment now",
        "later than expected",
    ]
    assert eta().left(NOW + 100) == 0


@given(st.floats(1, 1e6))
@example(59.9)
@example(3599.9)
def test_it_is_rounded_a_little(seconds: float) -> None:
    """By a tenth at most."""
    parts = re.findall(r"(\d+) (h|min|s)", brief(seconds))
    told = sum(int(number) * SECONDS[unit] for number, unit in parts)

    assert abs(told - seconds) <= max(0.5, 0.1 * seconds)
    assert len(parts) <= 2


def test_a_late_job_has_no_time_left_that_grows() -> None:
    """An estimate that is made anew would tell a longer time at each look."""
    late = eta(seconds=2400.0, soonest=1200.0, latest=3600.0, overdue=True)

    assert late.in_words(NOW) == str(late) == "later than expected"
    assert str(late.after(late)) == "later than expected"


class Running:
    """A job that has run for some seconds, after 50 jobs of about a minute."""

    def __init__(self, age: float) -> None:
        begun = time() - age
        self.record = Record(
            id="job",
            vendor="lingdong",
            kind="Generate",
            request="{}",
            fingerprint="print",
            status=JobStatus.running,
            created_at=begun,
            accepted_at=begun,
        )
        duration = fitted([(10.0, 60.0 + number % 7) for number in range(50)]).duration(10.0)
        times = [duration.quantile(share, age) - age for share in (0.5, 0.1, 0.9)]
        self.eta = ls.Eta(*times, time(), 50, age > duration.quantile(0.9))


def test_the_bar_never_goes_back() -> None:
    """It stays nearly full when the job is late."""
    shares = [_of_one(Running(age)).share for age in (10, 30, 60, 65, 70, 80, 300, 3600)]

    assert shares == sorted(shares)
    assert shares[-1] == ALMOST
    assert _of_one(Running(3600)).left == "later than expected"


def in_browser(folder: Path, row: list[Any] | None, now: float) -> dict[str, Any]:
    """Return what the browser's code tells of an estimate."""
    if (node := shutil.which("node")) is None:
        pytest.skip("Node.js is not installed")
    shutil.copytree(STATIC, folder / "static", dirs_exist_ok=True)
    (folder / "static" / "package.json").write_text('{"type": "module"}')
    job = {"eta": row, "status": "running", "progress": None}
    code = (
        'import { estimate } from "./estimate.js";'
        f"const {{ words, signs, share }} = estimate({json.dumps(job)}, {now});"
        "console.log(JSON.stringify({ words, signs, share }));"
    )
    (folder / "static" / "told.js").write_text(code)
    command = [node, str(folder / "static" / "told.js")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def test_the_browser_tells_a_late_job_too(tmp_path: Path) -> None:
    """Also if the estimate was sent a moment ago."""
    job = Running(3600)
    told = in_browser(tmp_path, eta_row(job.eta, job.record), time())
    soon = Running(20)
    left = in_browser(tmp_path, eta_row(soon.eta, soon.record), soon.eta.estimated_at)

    assert told == {"words": "later than expected", "signs": "late", "share": ALMOST}
    assert left["words"] == soon.eta.in_words(soon.eta.estimated_at)


def test_the_browser_rounds_to_the_same_steps() -> None:
    """The table is there twice, once for each language."""
    table = re.search(r"const STEPS = (.*);", (STATIC / "estimate.js").read_text(encoding="utf-8"))

    assert table is not None
    assert json.loads(table[1]) == [list(step) for step in STEPS]
