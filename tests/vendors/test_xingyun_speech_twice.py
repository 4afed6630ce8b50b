"""Xingyun's speech in both implementations: each was written from the facts, and they agree."""

import io

import av
import httpx
import pytest
from sandbox.signing import Signing
from waiting import wait_until

API = "/user/v1/tts_task"
VOICE = "XMOV_HN_TTS__236"
PATIENCE = 60.0


@pytest.fixture(params=["sandbox", "second"])
def plain(request, sandbox, world):
    """A plain HTTP client of one of the two."""
    there = world.xingyun if request.param == "second" else sandbox
    url = there.base_url if request.param == "second" else there.base_urls["xingyun"]
    keys = there.keys if request.param == "second" else there.keys["xingyun"]
    auth = Signing(keys["app_id"], keys["app_secret"])
    with httpx.Client(base_url=url, auth=auth, timeout=PATIENCE, verify=False) as client:
        yield client


def create(plain, **changes):
    body = {"tts_vcn": VOICE, "text": "你好。再见。"} | changes
    return plain.post(f"{API}/create_tts_task", json=body).json()


def state(plain, task_id):
    return plain.get(f"{API}/get_tts_task", params={"task_id": task_id}).json()


def ended(plain, task_id):
    ends = ("finished", "error", "cancel")
    return wait_until(
        lambda: state(plain, task_id)["data"], lambda data: data["synth_status"] in ends
    )


@pytest.mark.parametrize(
    ("changes", "is_taken"),
    [
        ({}, True),
        ({"audio_name": "测试"}, True),
        ({"tts_vcn": ""}, False),
        ({"tts_vcn": 5}, False),
        ({"text": " "}, False),
        ({"text": ["你好"]}, False),
        ({"audio_name": 5}, False),
    ],
)
def test_both_take_and_refuse_the_same(plain, changes, is_taken):
    """With one of the three codes."""
    answer = create(plain, **changes)

    assert (answer["error_code"] == 0) is is_taken
    assert is_taken or answer["error_code"] in {40001, 40002, 40003}


def test_both_tell_a_task_in_the_same_way(plain, sandbox):
    """While it runs and when it has ended, with an audio that is there."""
    sandbox.faults("xingyun", "stuck")
    running = state(plain, create(plain)["data"]["task_id"])["data"]
    sandbox.clear_faults()
    task_id = create(plain)["data"]["task_id"]
    done = ended(plain, task_id)
    content = httpx.get(done["file_oss"], verify=False).content
    with av.open(io.BytesIO(content)) as container:
        samples = sum(frame.samples for frame in container.decode(audio=0))

    told = {"id", "synth_status", "file_oss", "error_reason"}
    assert told <= running.keys() == done.keys()
    assert (done["id"], done["synth_status"], done["error_reason"]) == (task_id, "finished", "")
    assert not running["file_oss"]
    assert samples > 8000


@pytest.mark.parametrize("task_id", [0, 404_404])
def test_both_know_no_other_task(plain, task_id):
    """And a task that has ended cannot be cancelled."""
    body = {"task_id": task_id}
    unknown = state(plain, task_id), plain.post(f"{API}/cancel_tts_task", json=body).json()
    done = ended(plain, create(plain)["data"]["task_id"])
    late = plain.post(f"{API}/cancel_tts_task", json={"task_id": done["id"]}).json()

    codes = {answer["error_code"] for answer in (*unknown, late)}
    assert codes <= {40001, 40002, 40003}


def test_both_cancel_a_task(plain, sandbox):
    """It says so, and has no audio."""
    sandbox.faults("xingyun", "stuck")
    task_id = create(plain, text="这一句话取消了。")["data"]["task_id"]
    answer = plain.post(f"{API}/cancel_tts_task", json={"task_id": task_id}).json()
    data = ended(plain, task_id)

    assert answer == {"error_code": 0, "error_reason": ""}
    assert (data["synth_status"], bool(data["file_oss"])) == ("cancel", False)


def test_the_second_one_takes_liberties(world):
    """A status on no page, no name of the task, an MP3: what clients must bear."""
    world.take_liberties()
    keys = world.xingyun.keys
    auth = Signing(keys["app_id"], keys["app_secret"])
    with httpx.Client(base_url=world.xingyun.base_url, auth=auth) as client:
        task_id = create(client)["data"]["task_id"]
        told = [state(client, task_id)["data"] for _ in range(4)]

    words = [data["synth_status"] for data in told]
    assert words == ["waiting", "compositing", "processing", "finished"]
    assert "id" not in told[3]
    assert ".mp3" in told[3]["file_oss"]
