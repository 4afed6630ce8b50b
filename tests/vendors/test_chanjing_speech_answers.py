"""Chanjing's speeches: limits of their texts; their end, why they failed, their subtitles."""

import pytest
from vendors.chanjing_page import envelope, hosted
from vendors.wire import read, refusal

import lipsync_nb as ls
from lipsync_nb.status import JobStatus

FULL = {"url": "https://res.chanjing.cc/a.wav", "duration": 1.5}
PART = {"key": "1", "start_time": 0, "end_time": 1.5, "subtitle": "你好"}


def told(**data):
    """Return what is read of a speech (``audio_task_state``)."""
    vendor = hosted()
    call = vendor.poll(ls.chanjing.Speech.model_construct(), "s")
    return read(vendor, call, envelope({"status": 9, "full": FULL, **data}))


@pytest.mark.parametrize("subtitles", [{}, "x", 7, None, [], [None, "x", {"start_time": "?"}]])
def test_a_speech_has_ended_whatever_its_subtitles_are(subtitles):
    """What cannot be read of them is left out."""
    found = told(subtitles=subtitles)

    assert (found.status, found.video_url) == (JobStatus.succeeded, FULL["url"])
    assert found.subtitles == ()


def test_subtitles_are_read():
    """Their times are in seconds."""
    assert told(subtitles=[None, PART]).subtitles == (ls.Subtitle(0, 1.5, "你好"),)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"errMsg": "任务失败"}, "任务失败"),
        ({"errReason": "声音已失效"}, "声音已失效"),
        ({"err_reason": "声音已失效"}, "声音已失效"),
        ({"errMsg": "任务失败", "errReason": "声音已失效"}, "任务失败: 声音已失效"),
        ({"errMsg": "任务失败", "errReason": "任务失败"}, "任务失败"),
        ({"errMsg": "", "errReason": {"message": "声音已失效"}}, "声音已失效"),
    ],
    ids=str,
)
def test_a_speech_failed_if_it_tells_why(fields, error):
    """By ``errMsg`` or ``errReason``; both are shown."""
    found = told(**fields)

    assert (found.status, found.error) == (JobStatus.failed, error)


@pytest.mark.parametrize("nothing", ["", None, {}, [], 0, False], ids=repr)
def test_a_reason_of_nothing_is_none(nothing):
    """The speech was made."""
    found = told(errMsg=nothing, errReason=nothing)

    assert (found.status, found.error) == (JobStatus.succeeded, None)


def test_a_speech_that_is_made_tells_no_error():
    """Whatever is written while it runs."""
    found = told(status=1, errMsg="生成中")

    assert (found.status, found.error) == (JobStatus.running, None)


@pytest.mark.parametrize("field", ["text", "plain_text"])
@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("好" * 4000, "at most 3,999 characters, this one has 4,000; make several requests"),
        ("好😀", "U+1F600"),
        (" ", "only spaces"),
    ],
    ids=["length", "emoji", "blank"],
)
def test_a_text_outside_its_limits_is_refused(field, text, limit):
    """The text without marks as the text."""
    found = refusal(lambda: ls.chanjing.Speech(**{"text": "你好", "voice": "v", field: text}))

    assert found.fields[0][0] == field
    assert limit in str(found)


def test_the_longest_text_is_taken():
    """Fewer than 4,000 characters."""
    text = "好" * 3999

    assert ls.chanjing.Speech(text=text, voice="v", plain_text=text).plain_text == text
