"""Whatever a vendor answers, it is read, or it is an error of the one tree."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vendors.wire import poll

import lipsync_nb as ls
from lipsync_nb.errors import VendorError
from lipsync_nb.http.call import Answer

VENDORS = {
    "lingdong": ls.Lingdong("key", base_url="https://your-domain.com/api/v1"),
    "yunai": ls.Yunai("key"),
    "lipsync_studio": ls.LipsyncStudio("key"),
    "xingyun": ls.Xingyun("app", "secret"),
    "chanjing": ls.Chanjing("app", "secret"),
}
NAMES = st.sampled_from(
    [
        *("code", "error_code", "success", "data", "message"),
        *("msg", "error", "error_reason", "status", "id"),
        *("task_id", "download_url", "duration", "credits_used", "web_work_status"),
        *("output", "work_video_path", "fail_reason", "create_time", "synth_state"),
        *("render_video_oss", "progress", "video_url", "list", "page_info"),
        *("total_page", "total_count"),
    ]
)
WORDS = st.sampled_from([0, 20, 200, -1, "0", "20", "finished", "completed", "SUCCESS", "failed"])
ANYTHING = st.recursive(
    WORDS
    | st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text("a数0 /?%:@\x00", max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=12,
)
ANSWERS = ANYTHING | st.fixed_dictionaries({"code": st.just(0), "data": ANYTHING})


@pytest.mark.parametrize("name", VENDORS)
@settings(max_examples=80, deadline=None)
@given(payload=ANSWERS, status=st.sampled_from([200, 202, 400, 401, 403, 404, 429, 500, 503]))
def test_a_look_is_read_or_is_an_error(name, payload, status):
    """No answer makes a look end in any other way, or tells of another job."""
    vendor = VENDORS[name]
    call = poll(vendor, "135")
    try:
        vendor.check(Answer(status, payload))
        found = call.read(payload)
    except VendorError as error:
        found = error

    assert isinstance(found, VendorError) or found.vendor_id == "135"
    assert not isinstance(found, ls.Snapshot) or found.vendor_status is not None


@settings(max_examples=80, deadline=None)
@given(payload=ANSWERS)
def test_a_list_is_read_or_is_an_error(payload):
    """Likewise for a list of jobs."""
    vendor = VENDORS["chanjing"]
    call = vendor.listing(ls.chanjing.LipSync, 2)
    try:
        vendor.check(Answer(200, payload))
        pages = call.read(payload).pages
    except VendorError:
        pages = 1

    assert isinstance(pages, int)
