"""Chanjing's deletions: what they take, and which answers confirm them."""

import pytest
from vendors.chanjing_page import connected, envelope

import lipsync_nb as ls
from lipsync_nb import event_loop as loop

DELETIONS = {
    "/delete_video": ls.Chanjing.delete_video,
    "/delete_customised_audio": ls.Chanjing.delete_voice,
    "/delete_customised_person": ls.Chanjing.delete_person,
}
VOICE, PERSON = ls.Voice("chanjing", "v"), ls.Avatar("chanjing", "p")
EACH = pytest.mark.parametrize("path", DELETIONS)


@pytest.fixture
def vendor(world):
    vendor = connected(world)
    yield vendor
    loop.run(vendor.aclose())


@pytest.mark.parametrize(
    ("path", "given"),
    [
        *((path, nothing) for path in DELETIONS for nothing in ("", " ", None, 7, b"v", ["v"])),
        ("/delete_video", VOICE),
        ("/delete_video", PERSON),
        ("/delete_customised_audio", PERSON),
        ("/delete_customised_person", VOICE),
        ("/delete_customised_audio", ls.Voice("yunai", "v")),
        ("/delete_customised_audio", ls.Voice("chanjing", "")),
        ("/delete_customised_person", ls.Avatar("another", "p")),
    ],
    ids=str,
)
def test_what_is_no_id_of_it_is_refused(vendor, world, path, given):
    """Nothing is sent; the error names the call and what it takes."""
    with pytest.raises(ls.BadRequest, match=f"{path[1:]}: .*nothing was deleted"):
        DELETIONS[path](vendor, given)
    assert world.chanjing.origin.seen == []


@pytest.mark.parametrize(
    ("path", "given", "sent"),
    [
        *((path, "x", "x") for path in DELETIONS),
        ("/delete_customised_audio", VOICE, "v"),
        ("/delete_customised_person", PERSON, "p"),
    ],
    ids=str,
)
def test_code_0_confirms_it(vendor, world, path, given, sent):
    """By its id, or as the voice or the person."""
    world.chanjing.origin.plan("POST", path, envelope(None, "0"))

    assert DELETIONS[path](vendor, given) is None
    assert [seen.json for seen in world.chanjing.origin.asked("POST", path)] == [{"id": sent}]


@EACH
@pytest.mark.parametrize("answer", [{"ok": False}, [], {"code": False}, {"code": None}, 0, None])
def test_an_answer_without_code_0_confirms_nothing(vendor, world, path, answer):
    """It is asked again, and then it is not known."""
    world.chanjing.origin.plan("POST", path, answer, times=9)

    with pytest.raises(ls.ServerError, match="not known whether x was deleted"):
        DELETIONS[path](vendor, "x")


@EACH
def test_after_a_fault_of_the_server_it_is_not_known(vendor, world, path):
    """Its code is kept."""
    world.chanjing.origin.plan("POST", path, envelope(None, 50000, "系统错误"), times=9)

    with pytest.raises(ls.ServerError, match=r"50000.*not known whether x was deleted") as caught:
        DELETIONS[path](vendor, "x")
    assert caught.value.code == 50000


@EACH
def test_a_refusal_is_told_as_it_is(vendor, path):
    """40000 for what the vendor does not have."""
    with pytest.raises(ls.VendorError, match="40000") as caught:
        DELETIONS[path](vendor, "x")
    assert "not known" not in str(caught.value)
