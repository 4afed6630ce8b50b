"""Faults of 蝉镜's speech: of its calls, its jobs, its audio and its callbacks."""

import json

import httpx
import pytest
from sandbox.speaking import create, created, ended, heard, state

LIP_SYNC = "/open/v1/video_lip_sync"


@pytest.fixture
def url(chanjing):
    """The URL of a finished audio."""
    return ended(chanjing, created(chanjing))["full"]["url"]


@pytest.mark.parametrize("worked", [False, True])
def test_a_submission_whose_answer_is_lost(sandbox, chanjing, worked):
    """It is paid only if the task was created before the error."""
    before = sandbox.stats("chanjing")["paid"]
    sandbox.faults("chanjing", "status", step="submit", status=502, worked=worked)
    body = {"audio_man": "x", "text": {"text": "Hello."}}
    answer = chanjing.post("/open/v1/create_audio_task", json=body)
    sandbox.faults("chanjing", "reset_after" if worked else "reset_before", step="submit")
    with pytest.raises(httpx.ReadError):
        create(chanjing)

    assert answer.status_code == 502
    assert sandbox.stats("chanjing")["paid"] - before == int(worked)


@pytest.mark.parametrize("step", ["submit", "poll"])
def test_the_token_dies(sandbox, chanjing, step):
    """10400 for either call."""
    task_id = created(chanjing)
    sandbox.faults("chanjing", "dead_token", step=step)
    answer = create(chanjing) if step == "submit" else state(chanjing, task_id)

    assert answer["code"] == 10400


def test_a_stuck_task_never_ends(sandbox, chanjing):
    """It has status 1, while a later one ends."""
    sandbox.faults("chanjing", "stuck")
    stuck, other = created(chanjing), created(chanjing)
    ended(chanjing, other)

    assert state(chanjing, stuck)["data"]["status"] == 1


def test_an_unknown_status(sandbox, chanjing):
    """A number that is on no page, or one that was asked for; then the truth."""
    task_id = created(chanjing)
    ended(chanjing, task_id)
    sandbox.faults("chanjing", "unknown_status")
    sandbox.faults("chanjing", "unknown_status", word=5)

    statuses = [state(chanjing, task_id)["data"]["status"] for _ in range(3)]

    assert statuses == [77, 5, 9]


def test_a_hostile_url_waits_for_a_result(sandbox, chanjing):
    """The URL of the audio, and nothing else, is another."""
    sandbox.faults("chanjing", "hostile_url", where="metadata")
    assert state(chanjing, "nothing")["code"] == 40000

    task_id = created(chanjing)
    hostile = ended(chanjing, task_id)
    true = state(chanjing, task_id)["data"]

    assert hostile["full"]["url"].startswith("http://169.254.169.254/")
    assert true["full"]["url"].startswith("http://127.0.0.1:")
    assert hostile["subtitles"] == true["subtitles"]


def test_answers_that_make_no_sense(sandbox, chanjing):
    """Other types, missing fields; the true answer is there again after that."""
    task_id = created(chanjing)
    true = ended(chanjing, task_id)
    sandbox.faults("chanjing", "wrong_types", step="poll")
    sandbox.faults("chanjing", "missing_fields", step="poll", fields=["full"])

    wrong, missing = state(chanjing, task_id)["data"], state(chanjing, task_id)["data"]

    assert type(wrong["status"]) is not type(true["status"])
    assert "full" not in missing
    assert missing["status"] == 9


def test_a_truncated_audio(sandbox, bare, url):
    """Fewer bytes than promised, then a reset; the rest is had with a range."""
    whole = bare.get(url).content
    sandbox.faults("chanjing", "truncated", fraction=0.25)
    pieces: list[bytes] = []
    with bare.stream("GET", url) as answer, pytest.raises(httpx.TransportError):
        pieces.extend(answer.iter_raw())
    part = b"".join(pieces)
    rest = bare.get(url, headers={"Range": f"bytes={len(part)}-"})

    assert int(answer.headers["content-length"]) == len(whole)
    assert len(part) == len(whole) // 4
    assert (rest.status_code, part + rest.content) == (206, whole)


def test_an_audio_that_is_cut_off(sandbox, bare, url):
    """Whole by HTTP, with the length that is announced; but not by its own header."""
    whole = bare.get(url).content
    sandbox.faults("chanjing", "cut_off", fraction=0.25)
    answer = bare.get(url)

    assert answer.content == whole[: len(whole) // 4]
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers["content-type"] == "audio/wav"
    with pytest.raises(AssertionError):
        heard(answer.content)


def test_an_audio_that_is_garbled(sandbox, bare, url):
    """As long as the true one, and of its type; but nobody can tell what it is."""
    whole = bare.get(url).content
    sandbox.faults("chanjing", "garbled")
    answer = bare.get(url)

    assert (len(answer.content), answer.content[1024:]) == (len(whole), whole[1024:])
    assert answer.content[:1024] == bytes(1024)
    assert answer.headers["content-type"] == "audio/wav"
    assert bare.get(url).content == whole


def test_an_audio_that_changed_between_ranges(sandbox, bare, url):
    """If-Range with the old ETag gives the whole of another file, which sounds the same."""
    old = bare.get(url)
    sandbox.faults("chanjing", "changed", times=2)

    new = bare.get(url, headers={"Range": "bytes=100-", "If-Range": old.headers["etag"]})
    blind = bare.get(url, headers={"Range": "bytes=100-"})

    assert (new.status_code, blind.status_code) == (200, 206)
    assert new.content != old.content
    assert new.headers["etag"] != old.headers["etag"]
    assert list(heard(new.content).samples) == list(heard(old.content).samples)


def test_an_audio_that_is_a_web_page(sandbox, bare, url):
    """HTML with an audio's type."""
    sandbox.faults("chanjing", "html_video")
    answer = bare.get(url)

    assert (answer.headers["content-type"], answer.content[:9]) == ("audio/wav", b"<!doctype")


def test_an_expired_url(sandbox, chanjing, bare):
    """By its own time, and by a fault; asking for the state again gives a fresh one."""
    task_id = created(chanjing)
    url = ended(chanjing, task_id)["full"]["url"]
    sandbox.faults("chanjing", "expired")
    codes = [bare.get(url).status_code for _ in range(2)]
    sandbox.configure(url_lifetime_s=0)
    old = state(chanjing, task_id)["data"]["full"]["url"].replace("Expires=1", "Expires=2")
    sandbox.configure(url_lifetime_s=600)
    fresh = state(chanjing, task_id)["data"]["full"]["url"]

    assert codes == [403, 200]
    assert [bare.get(old).status_code, bare.get(fresh).status_code] == [403, 200]
    assert bare.get(url.replace(".wav", ".mp4")).status_code == 403


def test_the_token_must_not_reach_the_storage(sandbox, chanjing, bare, url):
    """It is refused, and counted as a leak."""
    before = sandbox.stats("chanjing")["leaks"]
    headers = {"access_token": chanjing.headers["access_token"]}

    assert bare.get(url, headers=headers).status_code == 400
    assert sandbox.stats("chanjing")["leaks"] == before + 1


def test_a_lost_callback(sandbox, chanjing, listener):
    """The task ends all the same."""
    sandbox.faults("chanjing", "lost")
    ended(chanjing, created(chanjing, callback=listener.url))
    created(chanjing, callback=f"{listener.url}?second")
    (heard_of,) = listener.wait()

    assert len(listener.heard) == 1
    assert json.loads(heard_of)["data"]["status"] == 9


def test_a_doubled_callback(sandbox, chanjing, listener):
    """The same, twice."""
    sandbox.faults("chanjing", "doubled")
    created(chanjing, callback=listener.url)
    first, second = listener.wait(2)

    assert first == second


def test_a_malformed_callback(sandbox, chanjing, listener):
    """Half a body."""
    sandbox.faults("chanjing", "malformed")
    created(chanjing, callback=listener.url)

    with pytest.raises(ValueError, match=r"."):
        json.loads(listener.wait()[0])


def test_a_forged_callback(sandbox, chanjing, listener):
    """It claims an audio before there is one; then the truth comes."""
    sandbox.configure(pace=1)
    sandbox.faults("chanjing", "forged")
    task_id = created(chanjing, callback=listener.url)

    forged = json.loads(listener.wait()[0])["data"]
    asked = state(chanjing, task_id)["data"]
    true = json.loads(listener.wait(2)[1])["data"]

    assert (forged["id"], forged["status"], forged["errMsg"]) == (task_id, 9, "")
    assert forged["full"]["url"].endswith("/forged.wav")
    assert (asked["status"], asked["full"]["url"]) == (1, "")
    assert true["full"]["url"] != forged["full"]["url"]


def test_an_unknown_status_of_a_video_is_still_one(sandbox, chanjing, video_id):
    """In the place that lip sync has for it."""
    sandbox.faults("chanjing", "stuck")
    tts = {"audio_man_id": "C-f2429d07554749839849497589199916", "text": "Hello."}
    body = {"video_file_id": video_id, "tts_config": tts}
    ask = {"id": chanjing.post(f"{LIP_SYNC}/create", json=body).json()["data"]}
    sandbox.faults("chanjing", "unknown_status")

    assert chanjing.get(f"{LIP_SYNC}/detail", params=ask).json()["data"]["status"] == 77
