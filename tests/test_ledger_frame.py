"""``client.jobs`` is read by columns: it is the same as what is made job by job."""

import sqlite3
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from notebook.ledgers import client_of, made_up
from pandas.testing import assert_frame_equal

import lipsync_nb as ls
from lipsync_nb.jobs.dataframe import COLUMNS, jobs_frame, ledger_frame
from lipsync_nb.ledger import Ledger
from lipsync_nb.ledger.reading import COLUMNS as STORED
from lipsync_nb.ledger.reading import record_of, unreadable

SIGNED = "https://user:pass@cdn.test/v.mp4?signature=secret#x"
ODD = {
    "status = 'paused'",
    "status = x'00'",
    "cost = 'much'",
    "cost = 9e999",
    "created_at = 'yesterday'",
    "finished_at = 1e300",
    "progress = x'ff'",
    "video_url = x'ff'",
    "vendor_status = CAST(x'ff' AS TEXT)",
    "request = CAST(x'ff' AS TEXT)",
    "owner = 5",
    "revision = 9223372036854775807",
    "forgotten = 'no'",
    "error = 7",
    "vendor = 'of another package'",
    "vendor = 'of another package', status = 'succeeded', path = '/v.mp4'",
    "result = 'no JSON', makes = 'Text', status = 'succeeded'",
    "title = '=1+1', notes = '-1', project = '+a b', error = '@x', note = '＝1'",
    "cost_estimated = 7",
    "video_url = NULL, vendor = ''",
}


@pytest.fixture
def client(tmp_path: Path):
    """A client with jobs of all kinds."""
    jobs = [
        *(made_up(number, video_url=SIGNED, title=f"take {number}") for number in range(12)),
        made_up(20, status="succeeded", makes="Text", result='{"text": "=a"}'),
        made_up(21, status="succeeded", path="/videos/a.mp4"),
        made_up(22, status="waiting", inputs=made_up(20).id),
    ]
    with client_of(tmp_path, *jobs) as client:
        yield client


def by_jobs(client: ls.Client) -> pd.DataFrame:
    """Return the table that is made job by job."""
    return jobs_frame(client.records.all())


def test_it_is_the_same_as_job_by_job(client: ls.Client):
    """With the same types."""
    assert list(client.jobs.columns) == list(COLUMNS)
    assert len(client.jobs) == 15
    assert_frame_equal(client.jobs, by_jobs(client))


@pytest.mark.parametrize("odd", sorted(ODD))
def test_odd_rows_are_the_same(client: ls.Client, odd: str):
    """What other programs and versions have written."""
    with closing(sqlite3.connect(client.ledger.path)) as db:
        db.execute(f"UPDATE jobs SET {odd} WHERE id = ?", (made_up(3).id,))
        db.commit()

    assert_frame_equal(client.jobs, by_jobs(client))


def test_an_annotation_is_shown(client: ls.Client):
    """It is in memory only, until the job changes."""
    job = client.job(made_up(2).id)
    client.records.annotate(job.id, lambda record: record.with_error(ls.Unreachable("=no answer")))

    [error] = client.jobs.query("id == @job.id")["error"]
    assert error == "'=no answer"
    assert_frame_equal(client.jobs, by_jobs(client))


def test_a_secret_of_a_url_is_not_shown(client: ls.Client):
    """Neither its query nor its password."""
    assert set(client.jobs["video_url"].dropna()) == {"https://cdn.test/v.mp4"}


def test_an_empty_ledger_has_the_same_columns(tmp_path: Path):
    """And the same types."""
    with client_of(tmp_path) as client:
        assert_frame_equal(client.jobs, jobs_frame([]))


GOOD = {name: value for name, value in asdict(made_up(1)).items() if name in STORED}
VALUE = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),  # SQLite has none
    st.text(max_size=3),
    st.binary(max_size=3),
    st.sampled_from(["succeeded", "failed", 0, 1, 1.7e9]),
)
ODD_ROW = st.dictionaries(st.sampled_from(STORED), VALUE, max_size=2).map(lambda odd: GOOD | odd)


@given(rows=st.lists(ODD_ROW, max_size=4))
def test_columns_are_as_readable_as_rows(rows):
    """Whatever they hold."""
    columns = {name: [row[name] for row in rows] for name in STORED}

    wrong = {n for n, row in enumerate(rows) if not record_of(row).readable}
    assert unreadable(columns) == wrong


def test_a_closed_client_has_its_table(client: ls.Client):
    """As in a cell after the ``with`` block."""
    before = client.jobs
    client.close()

    assert_frame_equal(client.jobs, before)


@pytest.mark.parametrize("name", ["jobs.parquet", "jobs.csv"])
def test_the_ledger_is_exported(client: ls.Client, tmp_path: Path, name: str):
    """With all jobs; Parquet keeps the types."""
    path = client.ledger.export(tmp_path / "new" / name)

    read = pd.read_parquet(path) if name.endswith("parquet") else pd.read_csv(path)
    assert list(read["id"]) == list(client.jobs["id"])
    if name.endswith("parquet"):
        assert_frame_equal(read, client.jobs, check_categorical=False)
    with pytest.raises(ls.BadRequest, match="is there already; overwrite=True replaces it"):
        client.ledger.export(path)
    client.ledger.export(path, overwrite=True)
    assert [each.name for each in path.parent.iterdir()] == [name]


def test_a_column_without_values_keeps_its_type_in_parquet(tmp_path: Path):
    """As in the ledger of a vendor without prices."""
    new = [made_up(1, cost=None, cost_unit=None, cost_estimated=None)]
    with client_of(tmp_path, *new) as client:
        read = pd.read_parquet(client.ledger.export(tmp_path / "jobs.parquet"))
        assert [str(kind) for kind in read.dtypes] == [str(kind) for kind in client.jobs.dtypes]
    with client_of(tmp_path / "none") as client:
        read = pd.read_parquet(client.ledger.export(tmp_path / "none.parquet"))
        assert [str(kind) for kind in read.dtypes] == [str(kind) for kind in client.jobs.dtypes]


def test_a_table_of_another_kind_is_refused(client: ls.Client, tmp_path: Path):
    """Before anything is written."""
    with pytest.raises(ls.BadRequest, match=r"can be written as \.parquet and \.csv"):
        client.ledger.export(tmp_path / "jobs.xlsx")


def test_columns_come_with_rows_that_are_no_text(tmp_path: Path):
    """The whole table is then read in the slower way."""
    with closing(Ledger(tmp_path / "jobs.sqlite")) as ledger:
        ledger.reserve([made_up(1), made_up(2)], reuse=False, allow=lambda *_: None)
        with closing(sqlite3.connect(ledger.path)) as db:
            db.execute("UPDATE jobs SET note = CAST(x'ff' AS TEXT) WHERE id = ?", (made_up(1).id,))
            db.commit()

        assert ledger.columns()["note"] == [b"\xff", None]
        assert ledger_frame(ledger.columns())["status"].to_list()[0] == "unknown"
