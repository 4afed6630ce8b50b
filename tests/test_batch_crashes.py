"""Kernels that are killed while they work on a table: each row is paid once."""

import csv
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import PATIENCE, Samples
from kernel import NOWHERE, connected
from killing import live_and_die

from lipsync_nb.sandbox import Sandbox

ROWS, KILLS, ROUNDS = 60, 12, 3
FEW_ROWS, FEW_KILLS = 9, 3
"""Of a small run, which has one round."""
LONGEST_LIFE = 3.0
"""Seconds after which kernels are killed at the latest, once they are connected."""
VENDORS = ("lingdong", "chanjing", "lipsync_studio")
HEAD = ["id", "kind", "source", "image", "video", "audio", "callback_url", "callback", "seed"]
SMALL = {"screen_width": 240, "screen_height": 240}


def row(number: int, samples: Samples) -> dict[str, object]:
    """Return a row that is unlike all others."""
    callback = NOWHERE.format(f"row{number}")
    of_vendor: list[dict[str, object]] = [
        {"kind": "lingdong.Generate", "source": samples.face, "callback_url": callback},
        {"kind": "chanjing.LipSync", "video": samples.clip, "callback": callback, **SMALL},
        {"kind": "lipsync_studio.LipSyncImage", "image": samples.face, "seed": number},
    ]
    return {"id": f"a{number}", "audio": samples.speech, **of_vendor[number % len(of_vendor)]}


def append(path: Path, samples: Samples, numbers: range) -> None:
    """Write rows at the end of a table, which has the state of the others by then."""
    is_new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, [*HEAD, *SMALL])
        if is_new:
            table.writeheader()
        table.writerows(row(number, samples) for number in numbers)


def paid(sandbox: Sandbox) -> Counter[str]:
    """Return the paid submissions that the vendors have counted."""
    return Counter({vendor: sandbox.stats(vendor)["paid"] for vendor in VENDORS})


@pytest.mark.campaign(small=lambda number: number == 0)
@pytest.mark.parametrize("number", range(ROUNDS))
def test_each_row_is_paid_once_however_often_the_kernel_is_killed(
    number: int, samples: Samples, tmp_path: Path, figure: Callable[[str], None], *, whole: bool
) -> None:
    """The table has more rows at each call. In the end it tells what became of each of them."""
    rows, kills = (ROWS, KILLS) if whole else (FEW_ROWS, FEW_KILLS)
    table, ledger = tmp_path / "rows.csv", tmp_path / "jobs.sqlite"
    chance = random.Random(f"batch {number}")
    with Sandbox(tmp_path / "sandbox", pace=0, rates=False) as sandbox:
        for kill in range(kills):
            append(table, samples, range(rows * kill // kills, rows * (kill + 1) // kills))
            arguments = [str(sandbox.home), str(ledger), str(table)]
            live_and_die("batch_kernel.py", arguments, chance, LONGEST_LIFE)
        client = connected(sandbox, ledger)
        for _ in range(2):  # the first run may cancel what a kernel left that was thought alive
            client.batch(table, confirm=True).wait(PATIENCE)
        before = paid(sandbox)
        again = client.batch(table).wait(PATIENCE)
        client.close()

        ends = Counter("lost" if job.lost else str(job.status) for job in again.jobs)
        taken = Counter(job.vendor for job in again.jobs if job.vendor_id)
        lost = Counter(job.vendor for job in again.jobs if job.lost)
        with table.open(newline="", encoding="utf-8") as file:
            told = Counter(each["job_status"] for each in csv.DictReader(file))
        figure(
            f"{rows} rows, {kills} kills: {', '.join(f'{n} {end}' for end, n in ends.items())}; "
            f"{before.total()} paid, 0 twice"
        )
        assert set(ends) <= {"succeeded", "lost"}
        assert taken <= before <= taken + lost
        assert paid(sandbox) == before
        assert not again.plan.new
        assert (told, told.total()) == (ends, rows)
        assert len({job.id for job in again.jobs}) == rows
