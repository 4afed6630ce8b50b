"""魔珐星云's speech: its calls, its voices, its faults."""

import numpy as np
import pytest
from sandbox.speaking import heard
from waiting import wait_until

API = "/user/v1/tts_task"
VIDEO = "/user/v1/video_synthesis_task"
SPEECH = {"tts_vcn": "XMOV_HN_TTS__236", "text": "这是一条测试数据。"}
ENDED = ("finished", "error", "cancel")


def create(xingyun, **changes):
    body = {name: value for name, value in (SPEECH | changes).items() if value is not ...}
    return xingyun.post(f"{API}/create_tts_task", json=body).json()


def created(xingyun, **changes):
    answer = create(xingyun, **changes)
    assert answer["error_code"] == 0, answer
    return answer["data"]["task_id"]


def get(xingyun, task_id):
    return xingyun.get(f"{API}/get_tts_task", params={"task_id": task_id}).json()


def ended(xingyun, task_id):
    """A task's data once it has ended."""
    return wait_until(
        lambda: get(xingyun, task_id)["data"], lambda data: data["synth_status"] in ENDED
    )


def spoken(xingyun, bare, **changes):
    """The samples of a new task's audio."""
    data = ended(xingyun, created(xingyun, **changes))
    assert data["synth_status"] == "finished", data
    return heard(bare.get(data["file_oss"]).content).samples


def test_a_text_becomes_an_audio(xingyun, bare):
    """A WAV at ``file_oss``, with the fields that were sent."""
    answer = create(xingyun, audio_name="测试 音频")
    task = ended(xingyun, answer["data"]["task_id"])
    audio = bare.get(task["file_oss"])

    assert answer == {"error_code": 0, "error_reason": "", "data": {"task_id": task["id"]}}
    assert (task["synth_status"], task["error_reason"]) == ("finished", "")
    assert (task["tts_vcn"], task["audio_name"]) == (SPEECH["tts_vcn"], "测试 音频")
    assert audio.headers["content-type"] == "audio/wav"
    assert 1 < heard(audio.content).seconds < 10


def test_a_task_goes_through_the_states(xingyun, sandbox):
    """waiting, processing, finished, in this order; looks may miss a short one. No URL before."""
    sandbox.configure(pace=1)

    def seen() -> list[str]:
        told = []
        task_id = created(xingyun, text="三个状态")
        wait_until(
            lambda: told.append(get(xingyun, task_id)["data"]),
            lambda _: told[-1]["synth_status"] in ENDED,
        )
        assert all(bool(data["file_oss"]) is (data is told[-1]) for data in told)
        return list(dict.fromkeys(data["synth_status"] for data in told))

    whole = ["waiting", "processing", "finished"]
    assert wait_until(seen, lambda words: len(words) == len(whole)) == whole


def test_voices_differ_by_name(xingyun, bare):
    """The same name is the same voice, and others sound different."""
    names = ["XMOV_HN_TTS__236", "XMOV_HN_TTS__6", "XMOV_EN_TTS__13", "cmn-dawei", "cmn-xiaomei"]
    said = {name: spoken(xingyun, bare, tts_vcn=name) for name in names}
    again = spoken(xingyun, bare)

    assert np.array_equal(again, said["XMOV_HN_TTS__236"])
    assert len({samples.tobytes() for samples in said.values()}) == len(names)


def test_tasks_of_both_products_count_in_one_row(xingyun):
    """An id is that of one task, which the other product's calls do not know."""
    script = {
        "look_name": "a",
        "tts_vcn_name": "b",
        "studio_name": "c",
        "segment": [{"text": "好"}],
    }
    video = xingyun.post(f"{VIDEO}/create_render_task", json=script).json()["data"]["task_id"]
    audio = created(xingyun)
    ask = {"task_id": audio}

    assert audio == video + 1
    assert get(xingyun, video)["error_code"] == 40001
    for path in ("get_render_task", "get_render_task_preview_url"):
        assert xingyun.get(f"{VIDEO}/{path}", params=ask).json()["error_code"] == 30004
    assert xingyun.post(f"{VIDEO}/cancel_render_task", json=ask).json()["error_code"] == 30004
    assert xingyun.post(f"{API}/cancel_tts_task", json={"task_id": video}).json() == {
        "error_code": 40001,
        "error_reason": "音频任务未找到",
        "data": {},
    }


@pytest.mark.parametrize(
    "changes",
    [{"tts_vcn": ...}, {"tts_vcn": 5}, {"text": ...}, {"text": " "}, {"audio_name": 5}],
)
def test_wrong_parameters_are_40002(sandbox, xingyun, changes):
    """With HTTP 200; nothing of it is paid."""
    before = sandbox.stats("xingyun")["paid"]
    answer = create(xingyun, **changes)

    assert answer["error_code"] == 40002
    assert answer["error_reason"].startswith("创建音频任务错误: ")
    assert sandbox.stats("xingyun")["paid"] == before


@pytest.mark.parametrize("body", [b"{", b"[1]", b"null", b"\xff", b""])
@pytest.mark.parametrize("call", ["create_tts_task", "cancel_tts_task"])
def test_broken_json_is_refused(sandbox, xingyun, call, body):
    """Nothing fails inside, and nothing is paid."""
    before = sandbox.stats("xingyun")["paid"]
    headers = {"Content-Type": "application/json"}
    answer = xingyun.post(f"{API}/{call}", content=body, headers=headers)

    assert answer.status_code == 200
    assert answer.json()["error_code"] != 0
    assert sandbox.stats("xingyun")["paid"] == before


def test_what_cannot_be_spoken_fails(xingyun):
    """With a reason."""
    task = ended(xingyun, created(xingyun, text="。。。"))

    assert (task["synth_status"], task["file_oss"]) == ("error", None)
    assert "合成任务失败" in task["error_reason"]


def test_a_task_is_cancelled_once(xingyun, sandbox):
    """It stays cancelled; then, and when it has ended by itself, it is 40003."""
    sandbox.faults("xingyun", "stuck")
    ask = {"task_id": created(xingyun)}
    done = {"task_id": ended(xingyun, created(xingyun))["id"]}
    first, *others = (
        xingyun.post(f"{API}/cancel_tts_task", json=body).json() for body in (ask, ask, done)
    )

    assert first == {"error_code": 0, "error_reason": ""}
    assert [answer["error_code"] for answer in others] == [40003, 40003]
    assert get(xingyun, ask["task_id"])["data"]["synth_status"] == "cancel"


def test_every_call_is_signed(xingyun):
    """Another application is 20001, and a wrong signature 1."""
    calls = [
        ("POST", "create_tts_task", {"json": SPEECH}),
        ("GET", "get_tts_task", {"params": {"task_id": 7}}),
        ("POST", "cancel_tts_task", {"json": {"task_id": 7}}),
    ]
    xingyun.auth.secret = "wrong"
    wrong = [xingyun.request(m, f"{API}/{path}", **more).json() for m, path, more in calls]
    xingyun.auth.app_id = "nobody"
    nobody = [xingyun.request(m, f"{API}/{path}", **more).json() for m, path, more in calls]

    assert [answer["error_code"] for answer in wrong] == [1, 1, 1]
    assert [answer["error_code"] for answer in nobody] == [20001] * 3


@pytest.mark.parametrize("worked", [False, True])
def test_a_submission_whose_answer_is_lost(sandbox, xingyun, worked):
    """It is paid only if the task was created before the error."""
    before = sandbox.stats("xingyun")["paid"]
    sandbox.faults("xingyun", "status", step="submit", status=502, worked=worked)

    assert xingyun.post(f"{API}/create_tts_task", json=SPEECH).status_code == 502
    assert sandbox.stats("xingyun")["paid"] - before == int(worked)


def test_faults_of_a_task_and_its_answers(sandbox, xingyun):
    """A failure with its reason, an unknown status, wrong types, a hostile URL."""
    sandbox.faults("xingyun", "failed", reason="音色不可用")
    failed = ended(xingyun, created(xingyun))
    task_id = created(xingyun)
    true = ended(xingyun, task_id)
    for fault in ("unknown_status", "wrong_types", "hostile_url"):
        sandbox.faults("xingyun", fault, step="poll")
    answers = [get(xingyun, task_id) for _ in range(4)]
    odd, wrong, hostile, again = (answer["data"] for answer in answers)

    assert (failed["synth_status"], failed["error_reason"]) == ("error", "音色不可用")
    assert odd["synth_status"] == "suspended"
    assert not isinstance(wrong["synth_status"], str)
    assert (hostile["synth_status"], hostile["file_oss"][:7]) == ("finished", "file://")
    assert again["synth_status"] == true["synth_status"] == "finished"


@pytest.mark.parametrize("fault", ["cut_off", "garbled"])
def test_an_audio_that_is_broken(sandbox, xingyun, bare, fault):
    """It is no WAV, or not the whole."""
    url = ended(xingyun, created(xingyun))["file_oss"]
    sandbox.faults("xingyun", fault)
    broken = bare.get(url).content

    assert broken != bare.get(url).content
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever the reader of WAV raises
        heard(broken)
