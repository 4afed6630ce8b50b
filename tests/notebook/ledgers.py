"""Ledgers full of made-up jobs, for what shows them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import lipsync_nb as ls
from lipsync_nb.ledger.record import Record
from lipsync_nb.status import JobStatus

START = 1_760_000_000.0
"""When the first job was submitted, a Unix time; each next one is a second younger."""
GIVEN = (JobStatus.waiting, JobStatus.abandoned, JobStatus.expired)
"""Statuses that a job has only if that is asked for."""
KINDS = (
    ("yunai", "AvatarVideo", None),
    ("lipsync_studio", "LipSyncImage", "credits"),
    ("chanjing", "LipSync", "beans"),
    ("lingdong", "Generate", "credits"),
)


def made_up(number: int, **facts: Any) -> Record:
    """A job; what is not given follows from its number."""
    vendor, kind, unit = KINDS[number % len(KINDS)]
    statuses = [each for each in JobStatus if each not in GIVEN]
    status = facts.pop("status", statuses[number % len(statuses)])
    known = {
        "id": f"job{number:013}",
        "vendor": vendor,
        "kind": kind,
        "request": '{"audio": "speech.wav"}',
        "fingerprint": f"print {number}",
        "created_at": START + number,
        "vendor_id": None if status == "submitting" else f"at-the-vendor-{number}",
        "progress": 0.37 if status == "running" else None,
        "finished_at": START + number + 42 if JobStatus(status).terminal else None,
        "error": "no face was found" if status == "failed" else None,
        "error_type": "VendorError" if status == "failed" else None,
        "cost": None if unit is None else float(number % 20),
        "cost_unit": unit,
        "cost_estimated": number % 2 == 0,
    }
    return Record(status=JobStatus(status), **known | facts)


def client_of(folder: Path, *records: Record) -> ls.Client:
    """A client, connected to nobody, with these jobs."""
    client = ls.Client([], ledger=folder / "jobs.sqlite", results=folder / "videos")
    for record in records:
        client.records.reserve([record], reuse=False, allow=lambda *_: None)
    return client


def change(client: ls.Client, number: int, **facts: Any) -> Record:
    """Change a job as the engine would: in the ledger, then in the client's records."""
    if "status" in facts:
        facts["status"] = JobStatus(facts["status"])
    record = client.ledger.update(made_up(number).id, lambda job: replace(job, **facts))
    client.records.learn(record)
    return record


def crowd(client: ls.Client, count: int) -> None:
    """Put many running jobs into a client's ledger."""
    new = [made_up(number, status="running") for number in range(count)]
    client.records.reserve(new, reuse=False, allow=lambda *_: None)
