"""蝉镜's speech: its calls, its answers, its price."""

import json
import time

import pytest
from sandbox.speaking import EMMA, TEXT, create, created, ended, heard, spoken, state, voices

STATE_FIELDS = ["id", "type", "status", "text", "full", "slice", "errMsg", "errReason", "subtitles"]
LIP_SYNC = "/open/v1/video_lip_sync"


def test_a_text_becomes_an_audio(chanjing, bare):
    """task_id at once; then status 9 with the URL of a WAV and its length in seconds."""
    answer = create(chanjing)
    data = ended(chanjing, answer["data"]["task_id"])
    fetched = bare.get(data["full"]["url"])

    assert list(answer) == ["trace_id", "code", "msg", "data"]
    assert list(answer["data"]) == ["task_id"]
    assert list(data) == STATE_FIELDS
    assert (data["id"], data["text"], data["errMsg"]) == (answer["data"]["task_id"], [TEXT], "")
    assert data["full"]["url"].split("?")[0].endswith(data["full"]["path"])
    assert fetched.headers["content-type"] == "audio/wav"
    assert data["full"]["duration"] == pytest.approx(heard(fetched.content).seconds, abs=0.01)
    assert 1 < data["full"]["duration"] < 10


def test_a_task_runs_before_it_ends(sandbox, chanjing):
    """At the vendor's own pace: 1 without a result, for a second at least; then 9."""
    sandbox.configure(pace=1)
    began = time.monotonic()
    task_id = created(chanjing)
    first = state(chanjing, task_id)["data"]
    ended(chanjing, task_id)

    assert list(first) == STATE_FIELDS
    assert (first["status"], first["subtitles"], first["errMsg"]) == (1, [], "")
    assert first["full"] == {"url": "", "path": "", "duration": 0}
    assert time.monotonic() - began > 1


WRONG = [
    {"audio_man": None},
    {"audio_man": "nobody"},
    {"audio_man": 5},
    {"speed": 0.4},
    {"speed": 2.1},
    {"speed": "1"},
    {"speed": True},
    {"pitch": 0.05},
    {"pitch": 3.1},
    {"pitch": "high"},
    {"text": None},
    {"text": TEXT},
    {"text": {}},
    {"text": {"text": ""}},
    {"text": {"text": " "}},
    {"text": {"text": [TEXT]}},
    {"text": {"text": "好" * 4000}},
    {"text": {"text": "好", "plain_text": 5}},
    {"text": {"text": "好", "plain_text": "好" * 4000}},
    {"aigc_watermark": "yes"},
    {"callback": "example.com"},
]


def test_wrong_parameters_are_40000(sandbox, chanjing):
    """Voices, types and ranges; nothing of it is paid."""
    before = sandbox.stats("chanjing")

    codes = {str(wrong)[:60]: create(chanjing, **wrong)["code"] for wrong in WRONG}

    after = sandbox.stats("chanjing")
    assert codes == dict.fromkeys(codes, 40000)
    assert (after["paid"], after["credits"]) == (before["paid"], before["credits"])


def test_everything_optional_is_taken(chanjing):
    """The ends of both ranges, the mark, the plain text; and a voice and a text suffice."""
    more = {"aigc_watermark": True, "text": {"text": "你好。", "plain_text": "你好。"}}
    tasks = [created(chanjing, speed=0.5, pitch=3, **more), created(chanjing, speed=2, pitch=0.1)]
    body = {"audio_man": EMMA, "text": {"text": "Hello."}}
    answer = chanjing.post("/open/v1/create_audio_task", json=body).json()
    tasks.append(answer["data"]["task_id"])

    assert [ended(chanjing, task)["errMsg"] for task in tasks] == ["", "", ""]


def test_the_longest_text_is_spoken(chanjing, bare):
    """3,999 characters, in minutes of sound."""
    text = "今天天气很好。" * 571 + "好好"

    assert len(text) == 3999
    assert spoken(chanjing, bare, text={"text": text}, speed=2).seconds > 300


@pytest.mark.parametrize("text", [{"text": "好的😀"}, {"text": "好的", "plain_text": "好的❤️"}])
def test_an_emoji_is_50000(sandbox, chanjing, text):
    """As in lip sync; nothing is paid."""
    before = sandbox.stats("chanjing")["paid"]
    answer = create(chanjing, text=text)

    assert (answer["code"], "emoji" in answer["msg"]) == (50000, True)
    assert sandbox.stats("chanjing")["paid"] == before


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"null", b"\xff"])
@pytest.mark.parametrize("call", ["create_audio_task", "audio_task_state"])
def test_broken_json_is_refused(sandbox, chanjing, call, body):
    """40000, and nothing fails inside or is paid."""
    before = sandbox.stats("chanjing")["paid"]
    headers = {"Content-Type": "application/json"}
    answer = chanjing.post(f"/open/v1/{call}", content=body, headers=headers).json()

    assert (answer["code"], "JSON" in answer["msg"]) == (40000, True)
    assert sandbox.stats("chanjing")["paid"] == before


def test_without_a_token_it_is_10400(chanjing):
    """Both calls."""
    chanjing.headers["access_token"] = "x"

    assert [create(chanjing)["code"], state(chanjing, "x")["code"]] == [10400, 10400]


def test_a_task_costs_beans_and_a_failed_one_none(sandbox, chanjing):
    """A bean for each second that the text takes; given back if it fails, with errMsg."""
    before = sandbox.stats("chanjing")
    sandbox.faults("chanjing", "failed", reason="合成失败")
    text = {
        "text": "君不见黄河之水天上来,奔流到海不复回。"
    }  # 19 characters, of which 4.5 take a second

    failed = ended(chanjing, created(chanjing, text=text))
    between = sandbox.stats("chanjing")
    ended(chanjing, created(chanjing, text=text))
    after = sandbox.stats("chanjing")

    assert (failed["status"], failed["errMsg"]) == (9, "合成失败")
    assert (failed["full"]["url"], failed["subtitles"]) == ("", [])
    assert between["credits"] == before["credits"]
    assert before["credits"] - after["credits"] == 5
    assert after["paid"] - before["paid"] == 2


def test_no_beans_are_reported_in_msg(sandbox, chanjing):
    """余额不足, and no task."""
    sandbox.configure("chanjing", credits=1)
    before = sandbox.stats("chanjing")["jobs"]
    answer = create(chanjing)

    assert answer["code"] != 0
    assert "余额不足" in answer["msg"]
    assert sandbox.stats("chanjing")["jobs"] == before


def test_a_text_without_words_fails(chanjing):
    """Status 9, and errMsg says why."""
    data = ended(chanjing, created(chanjing, text={"text": "。。。"}))

    assert "nothing to speak" in data["errMsg"]
    assert data["full"]["url"] == ""


@pytest.mark.parametrize("body", [{}, {"task_id": None}, {"task_id": 5}, {"task_id": "nothing"}])
def test_an_unknown_task_is_40000(chanjing, body):
    """Like an unknown video."""
    assert chanjing.post("/open/v1/audio_task_state", json=body).json()["code"] == 40000


def test_products_do_not_see_each_other(sandbox, chanjing):
    """A speech is no video and is not in the list of videos; a video is no speech."""
    task_id = created(chanjing)
    ended(chanjing, task_id)

    detail = chanjing.get(f"{LIP_SYNC}/detail", params={"id": task_id}).json()
    listed = chanjing.post(f"{LIP_SYNC}/list", json={"page_size": 1000}).json()["data"]["list"]
    videos = [job["id"] for job in sandbox.jobs("chanjing") if job["product"] == "lip_sync"]

    assert detail["code"] == 40000
    assert {row["id"] for row in listed} == set(videos)
    assert [state(chanjing, video)["code"] for video in videos[:3]] == [40000] * len(videos[:3])


def test_a_video_is_no_speech(sandbox, chanjing, video_id):
    """audio_task_state does not know it."""
    sandbox.faults("chanjing", "stuck")
    tts = {"audio_man_id": EMMA, "text": "Hello."}
    body = {"video_file_id": video_id, "tts_config": tts}
    job_id = chanjing.post(f"{LIP_SYNC}/create", json=body).json()["data"]

    assert chanjing.get(f"{LIP_SYNC}/detail", params={"id": job_id}).json()["code"] == 0
    assert state(chanjing, job_id)["code"] == 40000


def test_the_sandbox_lists_and_counts_it(sandbox, chanjing):
    """With its product."""
    before = sandbox.stats("chanjing")
    task_id = created(chanjing)
    ended(chanjing, task_id)
    after = sandbox.stats("chanjing")

    assert {"id": task_id, "state": "done", "product": "speech"} in sandbox.jobs("chanjing")
    assert after["products"]["speech"] - before["products"].get("speech", 0) == 1
    assert after["jobs"] - before["jobs"] == 1
    assert after["states"]["done"] - before["states"].get("done", 0) == 1


def test_the_callback_is_the_states_envelope(chanjing, listener):
    """Posted when the task has ended, as the state is answered."""
    task_id = created(chanjing, callback=listener.url)
    posted = json.loads(listener.wait()[0])
    asked = state(chanjing, task_id)

    assert list(posted) == list(asked)
    assert (posted["code"], posted["data"]["id"], posted["data"]["status"]) == (0, task_id, 9)
    assert posted["data"]["subtitles"] == asked["data"]["subtitles"] != []
    assert posted["data"]["full"]["path"] == asked["data"]["full"]["path"]


def test_the_callback_of_a_failure_says_why(sandbox, chanjing, listener):
    """Status 9 with errMsg."""
    sandbox.faults("chanjing", "failed")
    created(chanjing, callback=listener.url)
    posted = json.loads(listener.wait()[0])["data"]

    assert (posted["status"], bool(posted["errMsg"]), posted["full"]["url"]) == (9, True, "")


def test_the_rate_of_creating_is_limited(sandbox, chanjing):
    """40001 for the eleventh in a minute; lip sync has a limit of its own."""
    sandbox.configure(rates=True)
    codes = [create(chanjing, speed=9)["code"] for _ in range(11)]
    lip_sync = chanjing.post(f"{LIP_SYNC}/create", json={}).json()["code"]

    assert codes == [40000] * 10 + [40001]
    assert lip_sync in (40000, 40001)  # other tests create, too


def test_every_voice_of_the_list_can_speak(chanjing, bare):
    """In either language."""
    for voice in voices(chanjing):
        assert spoken(chanjing, bare, audio_man=voice["id"], text={"text": "你好 hi"}).seconds > 0.5
