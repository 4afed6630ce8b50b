"""Which answers to a paid request prove that it was refused; all others leave the job unknown."""

import asyncio
from typing import Any

import httpx
import pytest
from hosts import Host, answer, says

import lipsync_nb as ls
from lipsync_nb.errors import LipSyncError
from lipsync_nb.http.api import SubmissionLost
from lipsync_nb.http.call import Call
from lipsync_nb.http.retry import Purpose
from lipsync_nb.vendors import VENDORS, Vendor

READERS = {
    "lingdong": "_submitted",
    "yunai": "submitted",
    "lipsync_studio": "_submitted",
    "xingyun": "created",
    "chanjing": "created",
}
"""How each vendor reads the answer to a submission."""


def vendor_at(name: str, url: str) -> Vendor:
    """Return a vendor whose API is at a URL; nothing waits."""
    kind = VENDORS[name]
    vendor = kind(base_url=url, **dict.fromkeys(kind.variables, "key-0123456789"))
    vendor.backoff_scale = 0.0
    return vendor


def submitted(name: str, status: int, body: Any) -> object:
    """Return what comes of a paid request that is answered so, errors included."""
    reply = answer(body, status) if isinstance(body, bytes) else says(body, status)
    token = says({"code": 0, "data": {"access_token": "t", "expire_in": 1e11}})

    async def sent(url: str) -> object:
        vendor = vendor_at(name, url)
        call = Call("POST", "jobs", getattr(vendor, READERS[name]), Purpose.paid, json={})
        try:
            return await vendor.api.send(call)
        except LipSyncError as error:
            return error
        finally:
            await vendor.aclose()

    with Host(lambda request: token if "access_token" in request.target else reply) as host:
        return asyncio.run(sent(host.url))


ERROR = {"message": "no", "msg": "no", "error_reason": "no"}
CODES = {"yunai": "code", "xingyun": "error_code", "chanjing": "code"}
"""The field of the vendor's own code."""
TRACED = {**ERROR, "trace_id": "8ff3", "requestId": "req-1"}

REFUSED = [
    *(
        (name, status, body)
        for name in VENDORS
        for status in (401, 402, 403, 413)
        for body in (b"<html>", ERROR)
    ),
    *((name, status, TRACED) for name in VENDORS for status in (400, 404, 405, 415, 422)),
    ("lingdong", 200, {"success": False, "message": "积分不足"}),
    ("lingdong", 409, {"success": False}),
    *(
        ("yunai", 200, {"code": code, "data": None, **ERROR})
        for code in (400, 401, 404, 429, "499")
    ),
    *(
        ("xingyun", 200, {"error_code": code, **TRACED, "data": {}})
        for code in (20001, 30002, 30003)
    ),
    ("xingyun", 200, {"error_code": 1, "error_reason": "签名有误", "data": {}}),
    *(
        ("chanjing", 200, {"code": code, **TRACED, "data": None})
        for code in (400, 10400, 10401, 40000, 40001, "40002", 50011)
    ),
    ("chanjing", 200, {"code": 50000, "msg": "文本包含Emoji", "data": None}),
    *(
        ("chanjing", 200, {"code": code, "msg": "蝉豆余额不足", "data": None})
        for code in (50000, 51000, 60001)
    ),
    *(("yunai", status, {"code": "insufficient_user_quota"}) for status in (200, 429, 500)),
    ("chanjing", 500, {"code": 40000, "msg": "参数错误", "data": None}),
]
UNKNOWN = [
    *(
        (name, status, body)
        for name in VENDORS
        for status in (408, 409, 499, 500, 502, 503)
        for body in (b"<html>", ERROR)
    ),
    *(
        (name, status, body)
        for name in VENDORS
        for status in (400, 404, 422)
        for body in (b"<html>", b"", b"[]", b'"no"')
    ),
    *((name, 200, body) for name in VENDORS for body in (b"<html>", b"", b"[]", b"{}", ERROR)),
    *((name, 302, b"") for name in VENDORS),
    ("lingdong", 500, {"success": False, "message": "no"}),
    ("lingdong", 400, {"success": False, "task_id": "t1"}),
    ("lingdong", 200, {"success": False, "task_id": 17}),
    ("lingdong", 200, {"task_id": True}),
    *(("yunai", 200, {"code": code, "data": None, **ERROR}) for code in (500, 503, 1, 777, "fail")),
    ("yunai", 400, {"code": 400, "data": {"id": "t1"}}),
    ("yunai", 422, {"code": 422, "data": "t1"}),
    ("lipsync_studio", 400, {"error": "no", "id": "j1"}),
    ("lipsync_studio", 200, {"id": True, "status": "processing"}),
    *(
        ("xingyun", 200, {"error_code": code, **ERROR, "data": {}})
        for code in (1, 30004, 30005, 30006, 40001, 40002, 40003, 7)
    ),
    ("xingyun", 200, {"error_code": 30003, "data": {"task_id": 135}}),
    ("xingyun", 200, {"error_code": 0, "data": {"task_id": True}}),
    *(
        ("chanjing", 200, {"code": code, "msg": "系统错误", "data": None})
        for code in (50000, 51000, 7)
    ),
    ("chanjing", 400, {"code": 40000, "msg": "no", "data": "v1"}),
    ("chanjing", 200, {"code": 40000, "msg": "no", "data": {"id": "v1"}}),
]


@pytest.mark.parametrize(("name", "status", "body"), REFUSED)
def test_what_proves_a_refusal(name, status, body):
    """The vendor did nothing: the job has failed and cost nothing."""
    outcome = submitted(name, status, body)

    assert isinstance(outcome, LipSyncError)
    assert not isinstance(outcome, SubmissionLost)


@pytest.mark.parametrize(("name", "status", "body"), UNKNOWN)
def test_what_proves_nothing(name, status, body):
    """The vendor may do the work, so the request is not sent again by itself."""
    assert isinstance(submitted(name, status, body), SubmissionLost)


@pytest.mark.parametrize(
    ("name", "body", "named"),
    [
        ("lingdong", {"success": False, "task_id": "t1"}, "t1"),
        ("yunai", {"code": 500, "data": {"task_id": "t1"}}, "t1"),
        ("yunai", {"code": 500, "data": "t1"}, "t1"),
        ("lipsync_studio", {"error": "no", "jobId": "j1", "requestId": "r1"}, "j1"),
        ("xingyun", {"error_code": 30005, "data": {"task_id": 135}}, "135"),
        ("chanjing", {"code": 50000, "data": "v1"}, "v1"),
        ("chanjing", {"code": 50000, "data": {"id": "v1"}}, "v1"),
    ],
)
def test_an_error_may_name_a_job(name, body, named):
    """Its id is kept, so that the job can be asked for."""
    lost = submitted(name, 500, body)

    assert isinstance(lost, SubmissionLost)
    assert lost.job_id == named


@pytest.mark.parametrize(
    ("name", "body", "job_id"),
    [
        ("yunai", {"code": "success", "data": "t1"}, "t1"),
        ("yunai", {"code": 200, "data": {"id": 17}}, "17"),
        ("lipsync_studio", {"requestId": "r1", "status": "processing"}, "r1"),
        ("chanjing", {"code": 0, "data": {"id": "v1"}}, "v1"),
        ("chanjing", {"code": 0, "data": "v1"}, "v1"),
    ],
)
def test_ids_come_in_several_forms(name, body, job_id):
    """As the page shows them, and as copies and resellers do."""
    assert submitted(name, 200, body).vendor_id == job_id


@pytest.mark.parametrize("job_id", [".", "..", "a/b", "a?b", "ä"])
def test_an_id_stays_one_segment_of_a_path(job_id):
    """However it is spelled, no other path is asked."""
    vendor = vendor_at("lingdong", "http://127.0.0.1:9/api/v1")
    path = vendor.poll(ls.lingdong.Generate.model_construct(), job_id).path

    assert path.count("/") == 1
    url = httpx.URL("http://127.0.0.1:9/api/v1/" + path)
    assert url.raw_path.decode().startswith("/api/v1/task/")
    assert len(url.raw_path.decode()) > len("/api/v1/task/")
