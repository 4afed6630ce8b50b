"""Whatever a vendor answers, it is read, or it is an error of the one tree."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vendors.cases import CASES, made_up
from vendors.wire import poll

import lipsync_nb as ls
from lipsync_nb.errors import VendorError
from lipsync_nb.http.call import Answer
from lipsync_nb.vendors import VENDORS

CONNECTED = {name: made_up(VENDORS[name], "key") for name in CASES}
LISTS = [(name, kind) for name in CASES for kind in VENDORS[name].lists]
NAMES = st.sampled_from(sorted({name for case in CASES.values() for name in case.fields}))
WORDS = st.sampled_from([*{word: None for case in CASES.values() for word in case.words}])
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


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=80, deadline=None)
@given(payload=ANSWERS, status=st.sampled_from([200, 202, 400, 401, 403, 404, 429, 500, 503]))
def test_a_look_is_read_or_is_an_error(name, payload, status):
    """No answer makes a look end in any other way, or tells of another job."""
    vendor = CONNECTED[name]
    call = poll(vendor, "135")
    try:
        vendor.check(Answer(status, payload))
        found = call.read(payload)
    except VendorError as error:
        found = error

    assert isinstance(found, VendorError) or found.vendor_id == "135"
    assert not isinstance(found, ls.Snapshot) or found.vendor_status is not None


@pytest.mark.parametrize(("name", "kind"), LISTS)
@settings(max_examples=80, deadline=None)
@given(payload=ANSWERS)
def test_a_list_is_read_or_is_an_error(name, kind, payload):
    """Likewise for a list of jobs."""
    vendor = CONNECTED[name]
    call = vendor.listing(kind, 2)
    try:
        vendor.check(Answer(200, payload))
        pages = call.read(payload).pages
    except VendorError:
        pages = 1

    assert isinstance(pages, int)
