"""Answers are read leniently: by names in any case, with numbers and times in any form."""

import pytest
from vendors.cases import CASES, made_up
from vendors.wire import read

import lipsync_nb as ls
from lipsync_nb.status import Cost, JobStatus
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import NO_JOB, AliasChoices, Field, JobId, Lenient, Reply, Time

NOON = 1768305600.0  # 2026-01-13 12:00 UTC


class Task(Reply):
    """An answer of any vendor."""

    id: JobId = Field(validation_alias=AliasChoices("id", "task_id"))
    made: Lenient[Time] = Field(None, validation_alias="create_time")


@pytest.mark.parametrize("name", ["id", "ID", "Id", "task_id", "taskId", "TaskId", "TASK_ID"])
def test_a_name_may_be_written_in_any_case(name):
    """A job that was paid is not lost for it."""
    assert Task.model_validate({name: 7}).id == "7"


def test_the_name_of_the_page_comes_first():
    """A name in another case counts only if the page's own is not there."""
    assert Task.model_validate({"ID": "other", "id": "own"}).id == "own"
    assert Task.model_validate({"ID": "other", "id": ""}).id == "other"


@pytest.mark.parametrize("given", [135, 135.0, "135"])
def test_an_id_may_be_any_number(given):
    """Some programs write whole numbers with a decimal point."""
    assert Task.model_validate({"id": given}).id == "135"


@pytest.mark.parametrize(
    "given",
    [
        NOON,
        f"{NOON:.0f}",
        NOON * 1e3,
        f"{NOON * 1e3:.0f}",
        NOON * 1e6,
        "2026-01-13T12:00:00Z",
        "2026-01-13T12:00:00.000Z",
        "2026-01-13T20:00:00.000000+08:00",
        "2026-01-13 20:00:00+08:00",
    ],
)
def test_a_time_may_come_in_any_form(given):
    """Seconds, milliseconds or ISO 8601 with a zone."""
    assert Task.model_validate({"id": 1, "create_time": given}).made == NOON


@pytest.mark.parametrize(
    "given",
    ["2026-01-13 12:00:00", "noon", 0, -1, 7.5, 5e11, 1e300, 10**400, True, [], {}, "inf", "nan"],
)
def test_what_is_no_time_is_none(given):
    """Without a zone, a text means any of many hours."""
    assert Task.model_validate({"id": 1, "create_time": given}).made is None


LOOKS = {
    "lingdong": ({"status": "pending"}, "created_at"),
    "yunai": ({"code": 0, "data": {"web_work_status": 0}}, "create_time"),
    "xingyun": ({"error_code": 0, "data": {"synth_state": "waiting"}}, "create_time"),
    "chanjing": ({"code": 0, "data": {"status": 10}}, "create_time"),
}
"""A look's answer, and the field in which the vendor reports when the job was made."""


@pytest.mark.parametrize("given", [NOON, NOON * 1000, "2026-01-13T12:00:00.000Z"])
@pytest.mark.parametrize("name", LOOKS)
def test_every_vendor_that_reports_a_time_is_believed(name, given):
    """All but lipsync.studio, whose page has no time."""
    vendor = made_up(VENDORS[name], "key")
    answer, field = LOOKS[name]
    answer = {**answer, **({"data": {**answer["data"], field: given}} if "data" in answer else {})}
    answer |= {} if "data" in answer else {field: given}
    call = vendor.poll(vendor.kinds[0].model_construct(), NO_JOB)

    assert read(vendor, call, answer).created_at == NOON


def test_a_reseller_reports_the_time_of_the_submission():
    """``submit_time``, in seconds."""
    vendor = made_up(ls.Yunai, "key")
    call = vendor.poll(vendor.kinds[0].model_construct(), "7")
    answer = {"code": "success", "data": {"status": "QUEUED", "submit_time": NOON}}

    assert read(vendor, call, answer).created_at == NOON


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("lingdong", {"Status": "completed", "DownloadUrl": "/x", "CreditsUsed": "5"}),
        ("yunai", {"code": 0, "data": {"webWorkStatus": "200", "workVideoPath": "https://x/y"}}),
        ("lipsync_studio", {"Status": "completed", "Output": "https://x/y"}),
        ("xingyun", {"error_code": 0, "Data": {"synthState": "finished"}}),
        ("chanjing", {"code": 0, "Data": {"Status": "20", "VideoUrl": "https://x/y"}}),
    ],
)
def test_a_look_may_name_its_fields_in_another_case(name, answer):
    """The words of the status are the page's all the same."""
    vendor = made_up(VENDORS[name], "key")
    snapshot = read(vendor, vendor.poll(vendor.kinds[0].model_construct(), "135"), answer)

    assert snapshot.status is JobStatus.succeeded
    assert name != "lingdong" or snapshot.cost == Cost(5, "credits")


@pytest.mark.parametrize("name", ["requestId", "RequestId", "request_id", "trace_id", "TraceID"])
def test_the_id_of_a_request_is_no_job(name, world, client, media):
    """An error that names the request is a refusal, whatever the case of the name."""
    answer = {"error": "no face", name: "req-1"}
    world.lipsync_studio.origin.plan("POST", "/lipsync-image", answer, status=400)
    job = client.submit(CASES["lipsync_studio"].one(media))

    with pytest.raises(ls.JobFailed, match="no face"):
        job.result(20)
