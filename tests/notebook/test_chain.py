"""The chain of a job: what its card draws, what its row says, and when they change."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from notebook.ledgers import change, client_of, made_up
from notebook.tab import Tab
from waiting import wait_until

import lipsync_nb as ls
from lipsync_nb.ledger.record import Record
from lipsync_nb.notebook.card import job_card
from lipsync_nb.notebook.chain import chain_of, finder, steps, waiting_for
from lipsync_nb.notebook.player import Player
from lipsync_nb.notebook.table import Table, rows

SPEECH, FIRST, SECOND = made_up(1).id, made_up(2).id, made_up(3).id


@pytest.fixture
def tab() -> Iterator[Tab]:
    with Tab() as opened:
        yield opened


def chain(**speech: Any) -> list[Record]:
    """A speech, a video that uses it, and one that uses both."""
    waits: dict[str, Any] = {"vendor": "chanjing", "status": "waiting", "vendor_id": None}
    spoken: dict[str, Any] = {"vendor": "chanjing", "makes": "Audio", "status": "running"}
    return [
        made_up(1, kind="Speech", **(spoken | speech)),
        made_up(2, kind="LipSync", inputs=SPEECH, **waits),
        made_up(3, kind="LipSync", inputs=f"{FIRST} {SPEECH}", **waits),
    ]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[ls.Client]:
    with client_of(tmp_path, *chain()) as client:
        yield client


def row(message: dict[str, Any], job: str) -> dict[str, Any]:
    """A job's row in a message."""
    found = [dict(zip(message["fields"], values, strict=True)) for values in message["rows"]]
    return next(values for values in found if values["id"] == job)


def test_steps_are_in_the_order_in_which_they_are_made(client: ls.Client) -> None:
    """Each once, before what uses it; the job itself is the last."""
    drawn = steps(client.job(SECOND).record, finder(client.records))

    assert [step["id"] for step in drawn] == [SPEECH, FIRST, SECOND]
    assert [step["status"] for step in drawn] == ["running", "waiting", "waiting"]
    assert [step["uses"] for step in drawn] == [
        [],
        ["Speech job0…"],
        ["LipSync job0…", "Speech job0…"],
    ]


def test_a_job_without_inputs_has_no_chain(client: ls.Client) -> None:
    """Nor has one whose inputs are in no ledger that is open here."""
    find = finder(client.records)

    assert steps(client.job(SPEECH).record, find) == []
    assert steps(replace(made_up(4), inputs="elsewhere"), find) == []


def test_a_long_chain_is_walked() -> None:
    """Longer than Python's stack of calls is deep."""
    jobs = {f"{n}": replace(made_up(n), id=f"{n}", inputs=f"{n - 1}") for n in range(3000)}

    found = chain_of(jobs["2999"], jobs.get)

    assert [record.id for record in found] == [str(n) for n in range(2999)]


def test_an_input_that_was_replaced_counts_as_the_new_one(tmp_path: Path) -> None:
    """As the engine takes it."""
    failed, first, _ = chain(status="failed", successor=made_up(5).id)
    again = replace(made_up(5, status="running"), kind="Speech", makes="Audio")
    with client_of(tmp_path, failed, first, again) as client:
        drawn = steps(first, finder(client.records))

    assert [step["id"] for step in drawn] == [again.id, FIRST]


def test_a_waiting_row_names_what_it_waits_for(client: ls.Client) -> None:
    """Only what is not done yet; other jobs wait for nothing."""
    find = finder(client.records)
    message = rows(client.records.all(), find)

    assert row(message, SECOND)["error"] == "waiting for LipSync job0… and Speech job0…"
    assert row(message, FIRST)["error"] == "waiting for Speech job0…"
    assert row(message, SPEECH)["makes"] == "Audio"
    assert waiting_for(client.job(SPEECH).record, find) is None


def test_a_waiting_row_follows_its_inputs(client: ls.Client, tab: Tab) -> None:
    """The row of a job that has not changed is sent again when its input is done."""
    client.table()

    change(client, 1, status="succeeded", path="speech.wav")

    wait_until(lambda: any(_says_nothing(message) for message in tab.messages_with("rows")))


def _says_nothing(message: dict[str, Any]) -> bool:
    found = {values[0] for values in message["rows"]}
    return FIRST in found and row(message, FIRST)["error"] is None


def test_a_card_follows_its_chain(client: ls.Client, tab: Tab) -> None:
    """A player's and a table's are sent again when an input of an input changes."""
    Player(client.job(SECOND))
    table = client.table()
    table.selected = client.job(SECOND)
    before = len(tab.messages_with("card"))

    change(client, 1, status="failed", error="no such voice", error_type="VendorError")

    def cards() -> list[dict[str, Any]]:  # also those that show a new estimate
        return [message["card"] for message in tab.messages_with("card")[before:]]

    wait_until(lambda: [card["chain"][0]["status"] for card in cards()].count("failed") >= 2)
    assert {card["id"] for card in cards()} == {SECOND}


def test_a_table_of_some_jobs_shows_inputs_that_it_does_not_list(
    client: ls.Client, tab: Tab
) -> None:
    """A comparison's table has the videos only; the speech that they share is in their cards."""
    table = Table(client, [client.job(FIRST)])

    table.selected = client.job(SPEECH)

    assert tab.messages_with("card")[-1]["card"]["id"] == SPEECH


def test_the_fallback_lists_the_chain(client: ls.Client) -> None:
    """With each status, for a reader without a kernel."""
    html = Player(client.job(SECOND)).fallback()["text/html"]

    assert "waiting for LipSync job0… and Speech job0…" in html
    assert f"Chanjing 蝉镜 Speech <code>{SPEECH}</code>: running" in html


def test_a_request_shows_its_jobs_by_their_ids() -> None:
    """Among the details of a card."""
    fields = '{"video": "face.mp4", "audio": {"job": "abc", "makes": "Audio"}}'

    assert job_card(made_up(3, request=fields))["request"] == [
        ["video", "face.mp4"],
        ["audio", "job abc"],
    ]
