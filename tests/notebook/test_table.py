"""The live table: what it sends, what it keeps, and what it does when asked."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hosts import Host, says
from notebook.ledgers import change, client_of, crowd, made_up
from notebook.tab import Tab
from waiting import wait_until

import lipsync_nb as ls
from lipsync_nb.notebook.table import Table, rows


@pytest.fixture
def tab() -> Iterator[Tab]:
    with Tab() as opened:
        yield opened


@pytest.fixture
def client(tmp_path: Path) -> Iterator[ls.Client]:
    with client_of(tmp_path, *map(made_up, range(7))) as client:
        yield client


def row(message: dict, job: str) -> dict:
    """A job's row in a message."""
    found = [dict(zip(message["fields"], values, strict=True)) for values in message["rows"]]
    return next(values for values in found if values["id"] == job)


def newest(tab: Tab, job: str) -> dict:
    """A job's row as it was last sent; empty if it was not."""
    for message in reversed(tab.messages_with("rows")):
        if any(job in values for values in message["rows"]):
            return row(message, job)
    return {}


def test_a_view_that_comes_gets_all_jobs(client: ls.Client, tab: Tab) -> None:
    """The rows of all jobs, with the kernel's time."""
    answer = tab.ask(client.table(), op="ready", view="a")

    assert len(answer["rows"]) == 7
    assert row(answer, made_up(2).id)["progress"] == 0.37
    assert answer["now"] == pytest.approx(time.time(), abs=60)


def test_a_change_comes_while_the_cell_is_busy(client: ls.Client, tab: Tab) -> None:
    """A changed job is sent on the library's thread; its cell's thread does not matter."""
    client.table()

    changed = change(client, 2, progress=0.5)

    wait_until(lambda: newest(tab, changed.id).get("progress") == 0.5)


def test_many_changes_are_few_messages(client: ls.Client, tab: Tab) -> None:
    """At most ten messages a second, each with the newest state."""
    client.table()

    start = time.monotonic()
    for percent in range(100):
        change(client, 2, progress=percent / 100)
    wait_until(lambda: newest(tab, made_up(2).id).get("progress") == 0.99)

    assert len(tab.messages_with("rows")) <= 2 + 10 * (time.monotonic() - start)


@pytest.mark.parametrize("only_some", [False, True])
def test_a_change_comes_while_the_ledger_is_busy(
    client: ls.Client, tab: Tab, *, only_some: bool
) -> None:
    """The event loop of all clients never waits for a ledger; what is saved follows later."""
    ended = client.job(made_up(2).id)
    change(client, 2, status="failed")
    table = Table(client, [ended] if only_some else None)
    release = threading.Event()
    client.ledger.submit(release.wait)  # as another kernel's long write does
    try:
        client.records.annotate(ended.id, lambda job: job.noted("no answer"))
        wait_until(lambda: newest(tab, ended.id).get("error") == "no answer")
    finally:
        release.set()

    wait_until(lambda: row(table.saved, ended.id)["error"] == "no answer")


def test_twenty_of_five_thousand_are_a_small_message(tmp_path: Path, tab: Tab) -> None:
    """Under 10 kB, also with long errors; and under 2 ms of the kernel's time."""
    with client_of(tmp_path) as client:
        crowd(client, 5000)
        table = client.table()
        table._opened = 0  # long ago
        changed = [made_up(n, status="failed", error="系统错误。" * 50) for n in range(20)]

        taken = []
        for _ in range(20):
            start = time.thread_time()
            table.changed(changed)
            taken.append(time.thread_time() - start)

    assert len(json.dumps(tab.messages_with("rows")[0], ensure_ascii=False).encode()) < 10_000
    assert min(taken) < 0.002


def test_saved_state_is_small(tmp_path: Path) -> None:
    """Of 5,000 jobs, a saved notebook keeps the newest 50 rows."""
    with client_of(tmp_path) as client:
        crowd(client, 5000)
        state = client.table().get_state()

    assert (len(state["saved"]["rows"]), state["saved"]["count"]) == (50, 5000)
    assert len(json.dumps(state["saved"])) < 20_000


def test_of_many_jobs_the_newest_are_shown(
    client: ls.Client, tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And those that have not ended; the browser and the text say how many there are."""
    monkeypatch.setattr("lipsync_nb.notebook.table.MOST_ROWS", 2)
    open_ones = [made_up(n).id for n in range(7) if not made_up(n).done]
    table = client.table()

    shown = [values[0] for values in tab.ask(table, op="ready", view="a")["rows"]]

    assert shown == sorted({*open_ones, made_up(5).id, made_up(6).id})
    assert len(shown) < 7
    assert table.saved["count"] == 7
    assert f"{len(shown)} jobs, the newest of 7" in table.fallback()["text/plain"]
    assert len(table.df) == 7


def test_the_saved_rows_are_the_last_ones(tmp_path: Path) -> None:
    """When the last job has ended, what a saved notebook keeps says so."""
    with client_of(tmp_path, made_up(2, status="running")) as client:
        table = client.table()
        table._opened = 0  # long ago
        ended = change(client, 2, status="failed", error="no face")

        wait_until(lambda: row(table.saved, ended.id)["status"] == "failed")


def test_selecting_gives_the_job(client: ls.Client, tab: Tab) -> None:
    """A row selected in the browser is a job here; observers hear of it; its card is sent."""
    table, seen = client.table(), []
    table.observe(lambda event: seen.append(event.new.id), "selected")

    tab.set(table, chosen=made_up(4).id)

    assert (table.selected.id, seen) == (made_up(4).id, [made_up(4).id])
    assert tab.messages_with("card")[-1]["card"]["error"] == "no face was found"


def test_a_job_can_be_selected_from_a_cell(client: ls.Client, tab: Tab) -> None:
    """Assigning a job selects its row."""
    table = client.table()

    table.selected = client.job(made_up(1).id)

    assert {"chosen": made_up(1).id} in tab.states


def test_the_selected_card_is_live(client: ls.Client, tab: Tab) -> None:
    """The selected job's card is sent again when the job changes."""
    table = client.table()
    table.selected = client.job(made_up(2).id)

    change(client, 2, progress=0.9)

    wait_until(lambda: tab.messages_with("card")[-1]["card"]["progress"] == 0.9)


def test_an_error_is_an_answer(client: ls.Client, tab: Tab) -> None:
    """What a button cannot do is said where it was pressed."""
    table = client.table()

    assert "can be resubmitted" in tab.ask(table, op="resubmit", job=made_up(3).id)["error"]
    assert "no job nobody" in tab.ask(table, op="cancel", job="nobody")["error"]
    assert "'eat' is none of cancel" in tab.ask(table, op="eat", job=made_up(3).id)["error"]


def test_a_job_can_be_attached(tab: Tab, tmp_path: Path) -> None:
    """A job whose answer was lost takes the vendor's id, typed by the user."""
    lost = made_up(50, vendor="yunai", kind="AvatarVideo", status="unknown", vendor_id=None)
    with (
        Host(says({"data": {"web_work_status": 100}})) as host,
        client_of(tmp_path, lost) as client,
    ):
        client.connect(ls.Yunai("key", base_url=host.url))
        answer = tab.ask(client.table(), op="attach", job=lost.id, vendor_id=" 77 ")

        assert "followed" in answer["done"]
        assert client.job(lost.id).vendor_id == "77"


def test_a_job_can_be_abandoned(tab: Tab, tmp_path: Path) -> None:
    """No vendor is asked, so none need be connected; the row says so."""
    with client_of(tmp_path, made_up(6, vendor_id=None, sent_at=1.0)) as client:
        answer = tab.ask(table := client.table(), op="abandon", job=made_up(6).id)

        assert "asked no more" in answer["done"]
        assert row(rows(client.records.all()), made_up(6).id)["status"] == "abandoned"
        assert "1 abandoned" in table.fallback()["text/plain"]


def test_no_view_no_messages(client: ls.Client, tab: Tab) -> None:
    """When its last view is gone, nothing is sent; when one comes back, it goes on."""
    table = client.table()
    tab.ask(table, op="ready", view="a")
    tab.ask(table, op="gone", view="a")
    tab.messages.clear()
    change(client, 2, progress=0.5)
    time.sleep(0.5)
    assert not tab.messages_with("rows")

    tab.ask(table, op="ready", view="b")
    change(client, 2, progress=0.6)

    wait_until(lambda: newest(tab, made_up(2).id)["progress"] == 0.6)


def test_one_of_two_views_may_go(client: ls.Client, tab: Tab) -> None:
    """The other one goes on."""
    table = client.table()
    tab.ask(table, op="ready", view="a")
    tab.ask(table, op="ready", view="b")
    tab.ask(table, op="gone", view="a")

    change(client, 2, progress=0.6)

    wait_until(lambda: newest(tab, made_up(2).id)["progress"] == 0.6)


def test_the_frame_is_the_clients(client: ls.Client) -> None:
    """``.df`` is ``client.jobs``."""
    assert client.table().df.equals(client.jobs)


def test_outside_a_notebook_it_is_text_and_html(client: ls.Client) -> None:
    """No widget where none can live: a plain table, and lines."""
    bundle, _ = client.table()._repr_mimebundle_()

    assert set(bundle) == {"text/plain", "text/html"}
    assert bundle["text/plain"].startswith("7 jobs; 1 submitting, 1 queued, 1 running")


def test_the_fallback_shows_the_newest_with_links(tmp_path: Path, monkeypatch) -> None:
    """The newest 50 of 60, a link to each local video, and nothing a vendor says is markup."""
    monkeypatch.chdir(tmp_path)
    jobs = [made_up(n, status="running") for n in range(60)]
    jobs[59] = made_up(59, status="succeeded", path=str(tmp_path / "my videos" / "a.mp4"))
    jobs[58] = made_up(58, status="failed", error="<script>alert(1)</script>")
    with client_of(tmp_path, *jobs) as client:
        html = client.table().fallback()["text/html"]

    assert html.count("<tr>") == 51
    assert html.index(jobs[59].id) < html.index(jobs[58].id)
    assert '<a href="my%20videos/a.mp4">my videos/a.mp4</a>' in html
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_the_empty_table_says_how_to_begin(tmp_path: Path) -> None:
    """A line of code for a vendor that is connected."""
    with client_of(tmp_path) as client:
        client.vendors["chanjing"] = ls.Chanjing("id", "secret")

        assert client.table().example == (
            'job = client.submit(ls.chanjing.LipSync(video="…", audio="…"))'
        )


def test_a_closed_table_hears_nothing(client: ls.Client, tab: Tab) -> None:
    """Closing ends the listening."""
    table = client.table()
    table.close()

    change(client, 2, progress=0.5)
    time.sleep(0.3)

    assert not tab.messages_with("rows")


def test_rows_need_little_time(tmp_path: Path) -> None:
    """5,000 rows for a page that has just come are made in less than a second."""
    jobs = [made_up(n, path=str(tmp_path / f"{n}.mp4")) for n in range(5000)]

    start = time.process_time()
    rows(jobs)

    assert time.process_time() - start < 1


def test_a_row_has_when_its_job_is_expected(client: ls.Client, tab: Tab) -> None:
    """It follows once that is known. Jobs that have ended or were not sent have none."""
    tab.ask(client.table(), op="ready", view="a")

    wait_until(lambda: newest(tab, made_up(2).id).get("eta"))
    since, at, soonest, latest, jobs, overdue = newest(tab, made_up(2).id)["eta"]
    assert since == made_up(2).created_at
    assert time.time() < soonest < at < latest
    assert (jobs, overdue) == (0, False)
    for number in (0, 3, 4):
        assert newest(tab, made_up(number).id)["eta"] is None
