"""蝉镜 as its page says."""

import json
import time
from typing import Any

import httpx
import pytest
from sandbox.uploading import status, upload, upload_url
from waiting import wait_until

TEXT = {"text": "君不见黄河之水天上来,奔流到海不复回。"}
VOICE = {"audio_man_id": "C-f2429d07554749839849497589199916"}
SMALL = {"screen_width": 270, "screen_height": 480}


def create(chanjing: httpx.Client, body: Any) -> dict[str, Any]:
    return dict(chanjing.post("/open/v1/video_lip_sync/create", json=body).json())


def detail(chanjing: httpx.Client, job_id: str) -> dict[str, Any]:
    params = {"id": job_id}
    return dict(chanjing.get("/open/v1/video_lip_sync/detail", params=params).json())


def ended(chanjing: httpx.Client, answer: dict[str, Any]) -> dict[str, Any]:
    """A job's data once it has ended."""
    assert answer["code"] == 0, answer
    done = wait_until(
        lambda: detail(chanjing, answer["data"])["data"], lambda data: data["status"] in (20, 30)
    )
    return dict(done)


def test_a_token_is_as_printed(sandbox, chanjing):
    """trace_id, code 0, msg success; expire_in is the moment, one day from now."""
    answer = chanjing.post("/open/v1/access_token", json=sandbox.keys["chanjing"]).json()

    assert list(answer) == ["trace_id", "code", "msg", "data"]
    assert len(answer["data"]["access_token"]) == 64
    assert abs(answer["data"]["expire_in"] - time.time() - 86400) < 5


def test_wrong_credentials_are_40000_and_no_json_is_400(chanjing):
    """40000 parameter error; 400 invalid parameter format; always HTTP 200."""
    wrong = chanjing.post("/open/v1/access_token", json={"app_id": "a", "secret_key": "b"})
    half = chanjing.post("/open/v1/access_token", json={"app_id": "a"})
    broken = chanjing.post("/open/v1/access_token", content=b"app_id=a")

    assert [a.json()["code"] for a in (wrong, half, broken)] == [40000, 40000, 400]
    assert {a.status_code for a in (wrong, half, broken)} == {200}


def test_a_new_token_kills_the_old_one(sandbox, chanjing):
    """旧令牌将失效: 10400 from then on."""
    old = chanjing.headers["access_token"]
    new = chanjing.post("/open/v1/access_token", json=sandbox.keys["chanjing"]).json()["data"]

    codes = [
        chanjing.get("/open/v1/user_duration", headers={"access_token": token}).json()["code"]
        for token in (old, new["access_token"], "", "x")
    ]

    assert codes == [10400, 0, 10400, 10400]


def test_a_token_expires(sandbox, chanjing):
    """A token older than its lifetime is 10400."""
    sandbox.configure(token_lifetime_s=5)
    fresh = chanjing.post("/open/v1/access_token", json=sandbox.keys["chanjing"]).json()["data"]
    headers = {"access_token": fresh["access_token"]}

    before = chanjing.get("/open/v1/user_duration", headers=headers).json()["code"]
    sandbox.configure(token_lifetime_s=1)
    time.sleep(1.1)
    after = chanjing.get("/open/v1/user_duration", headers=headers).json()["code"]

    assert (before, after) == (0, 10400)


def test_an_upload_url_is_as_documented(chanjing):
    """sign_url, full_path, key, mime_type, file_id; the key's slashes are percent-encoded."""
    data = upload_url(chanjing, "1.mp4", "lip_sync_video")["data"]

    assert set(data) == {"sign_url", "full_path", "key", "mime_type", "file_id"}
    assert data["mime_type"] == "video/mp4"
    assert data["key"].replace("/", "%2F") in data["sign_url"]


@pytest.mark.parametrize(
    ("name", "service"),
    [("1.mp4", "ai_creation"), ("1.avi", "lip_sync_video"), ("mp4", "lip_sync_video"),
     ("1.mp4", "lip_sync_audio"), ("", "lip_sync_audio")],
)  # fmt: skip
def test_wrong_upload_wishes_are_40000(chanjing, name, service):
    """Only the services that are known, and the file types they take."""
    assert upload_url(chanjing, name, service)["code"] == 40000


def test_a_file_becomes_ready(sandbox, chanjing, bare, media):
    """0 until it has been looked at, which takes a moment, then 1."""
    sandbox.configure(pace=0.5)
    file_id = wait_until(
        lambda: upload(chanjing, bare, media.video, "lip_sync_video"),
        lambda file_id: status(chanjing, file_id) == 0,
    )

    assert wait_until(lambda: status(chanjing, file_id), lambda state: state != 0) == 1


def test_a_file_of_something_else_is_98(chanjing, bare, media, tmp_path):
    """98: the content check fails what is no medium, or another than its service says."""
    still = tmp_path / "still.mp4"
    still.write_bytes(media.picture.read_bytes())
    noise = tmp_path / "noise.wav"
    noise.write_bytes(bytes(range(256)) * 40)
    file_ids = [
        upload(chanjing, bare, media.broken, "lip_sync_video"),
        upload(chanjing, bare, still, "lip_sync_video"),
        upload(chanjing, bare, noise, "lip_sync_audio"),
    ]

    states = [
        wait_until(lambda f=f: status(chanjing, f), lambda state: state != 0) for f in file_ids
    ]

    assert states == [98, 98, 98]


def test_an_unknown_file_is_40000(chanjing):
    """file_detail of nothing is a parameter error."""
    answer = chanjing.get("/open/v1/common/file_detail", params={"id": "x"}).json()

    assert answer["code"] == 40000


def test_a_text_is_spoken(chanjing, video_id, bare):
    """The page's first example, at a smaller size: the result has the page's fields."""
    body = {"video_file_id": video_id, "audio_type": "tts", **SMALL}
    answer = create(chanjing, body | {"tts_config": {**TEXT, **VOICE, "speed": 1, "pitch": 1}})

    data = ended(chanjing, answer)

    fields = [
        "id",
        "status",
        "progress",
        "msg",
        "video_url",
        "preview_url",
        "duration",
        "create_time",
    ]
    assert list(data) == fields
    assert (data["status"], data["progress"], data["msg"]) == (20, 100, "success")
    assert 1000 < data["duration"] < 20_000
    assert bare.get(data["video_url"]).content[4:8] == b"ftyp"
    assert bare.get(data["preview_url"]).headers["content-type"] == "image/jpeg"


def test_a_sound_is_spoken(chanjing, video_id, audio_id):
    """The page's second example; every optional field is taken."""
    body = {"video_file_id": video_id, "audio_type": "audio", "audio_file_id": audio_id, **SMALL}
    more = {"backway": 2, "drive_mode": "random", "model": 1, "volume": 50}

    assert ended(chanjing, create(chanjing, body | more))["status"] == 20


def test_progress_is_seen_to_grow(sandbox, chanjing, video_id, audio_id):
    """At the vendor's own pace even a short job shows five percentages and more."""
    sandbox.configure(pace=1)
    body = {"video_file_id": video_id, "audio_type": "audio", "audio_file_id": audio_id, **SMALL}
    job_id = create(chanjing, body)["data"]
    seen = [detail(chanjing, job_id)["data"]]
    while seen[-1]["status"] != 20:
        time.sleep(0.1)
        seen.append(detail(chanjing, job_id)["data"])

    percents = [data["progress"] for data in seen]
    assert percents == sorted(percents)
    assert len(set(percents)) >= 5
    assert (percents[0], percents[-1]) == (0, 100)
    assert all(p < 100 for p, data in zip(percents, seen, strict=True) if data["status"] != 20)
    assert [data["status"] for data in seen] == sorted(data["status"] for data in seen)


WRONG = [
    {"video_file_id": None},
    {"video_file_id": "x"},
    {"screen_width": "1080"},
    {"screen_width": 1080.5},
    {"screen_height": 0},
    {"backway": 3},
    {"backway": "1"},
    {"drive_mode": "fast"},
    {"model": 2},
    {"model": True},
    {"volume": 0},
    {"volume": 101},
    {"callback": "example.com"},
    {"audio_type": "text"},
    {"audio_type": "audio"},
    {"audio_type": "audio", "audio_file_id": "x"},
    {"tts_config": None},
    {"tts_config": "text"},
    {"tts_config": VOICE},
    {"tts_config": TEXT},
    {"tts_config": {**TEXT, "audio_man_id": "nobody"}},
    {"tts_config": {**TEXT, **VOICE, "speed": 0.4}},
    {"tts_config": {**TEXT, **VOICE, "speed": 2.1}},
    {"tts_config": {**TEXT, **VOICE, "pitch": "high"}},
    {"tts_config": {**TEXT, **VOICE, "pitch": 0.05}},
    {"tts_config": {**TEXT, **VOICE, "pitch": 3.5}},
    {"tts_config": {**VOICE, "text": []}},
    {"tts_config": {**VOICE, "text": ["好", 5]}},
    {"tts_config": {**VOICE, "text": [" "]}},
]


def test_wrong_parameters_are_40000(sandbox, chanjing, video_id):
    """40000 parameter error for every rule of the table; nothing of it is paid."""
    before = sandbox.stats("chanjing")["paid"]
    right = {"video_file_id": video_id, "tts_config": {**TEXT, **VOICE}}

    codes = {str(wrong): create(chanjing, right | wrong)["code"] for wrong in WRONG}

    assert codes == dict.fromkeys(codes, 40000)
    assert create(chanjing, [right])["code"] == 40000
    assert sandbox.stats("chanjing")["paid"] == before


def test_a_sound_is_no_video_and_a_video_no_sound(chanjing, video_id, audio_id):
    """A file serves what it was uploaded for."""
    swapped = {"video_file_id": audio_id, "audio_type": "audio", "audio_file_id": video_id}

    assert create(chanjing, swapped)["code"] == 40000


def test_a_file_that_is_not_ready_is_40000(sandbox, chanjing, bare, media):
    """A job cannot use a file that has not been checked."""
    sandbox.faults("chanjing", "stuck", step="upload")
    file_id = upload(chanjing, bare, media.video, "lip_sync_video")

    answer = create(chanjing, {"video_file_id": file_id, "tts_config": {**TEXT, **VOICE}})

    assert (answer["code"], "not ready" in answer["msg"]) == (40000, True)


@pytest.mark.parametrize("text", ["好的😀", "❤️", "👨‍👩‍👧"])
def test_an_emoji_is_50000(chanjing, video_id, text):
    """An emoji in the text has the code of a system error, and msg names it."""
    tts = {"text": text, **VOICE}
    answer = create(chanjing, {"video_file_id": video_id, "tts_config": tts})

    assert (answer["code"], "emoji" in answer["msg"]) == (50000, True)


@pytest.mark.parametrize("text", [["你好。"], ["你好。", "再见。"]])
def test_a_text_may_come_as_a_list(chanjing, video_id, text):
    """As the page's table has it, and as the vendor's own clients send it."""
    body = {"video_file_id": video_id, "audio_type": "tts", **SMALL}
    answer = create(chanjing, body | {"tts_config": {"text": text, **VOICE}})

    assert ended(chanjing, answer)["status"] == 20


def test_no_beans_are_reported_in_msg(sandbox, chanjing, video_id):
    """余额不足 in msg; the balance is asked with user_duration."""
    sandbox.configure("chanjing", credits=1)

    answer = create(chanjing, {"video_file_id": video_id, "tts_config": {**TEXT, **VOICE}})
    balance = chanjing.get("/open/v1/user_duration").json()["data"]

    assert "余额不足" in answer["msg"]
    assert answer["code"] != 0
    assert balance == {"resi_total_bean": 1}


def test_a_job_costs_beans_and_a_failed_one_none(sandbox, chanjing, video_id, audio_id):
    """One bean for every second begun; given back when the job fails, with a msg."""
    sandbox.faults("chanjing", "failed", reason="渲染失败")
    before = sandbox.stats("chanjing")["credits"]
    body = {"video_file_id": video_id, "audio_type": "audio", "audio_file_id": audio_id, **SMALL}

    failed = ended(chanjing, create(chanjing, body))
    between = sandbox.stats("chanjing")["credits"]
    ended(chanjing, create(chanjing, body))

    assert (failed["status"], failed["msg"], failed["video_url"]) == (30, "渲染失败", "")
    assert between == before
    assert before - sandbox.stats("chanjing")["credits"] in (1, 2)


def test_the_list_is_paged_newest_first(sandbox, chanjing, video_id):
    """A page of page_size rows, newest first; page_info counts them all."""
    sandbox.faults("chanjing", "stuck", times=3)
    body = {"video_file_id": video_id, "tts_config": {**TEXT, **VOICE}, **SMALL}
    ids = [create(chanjing, body)["data"] for _ in range(3)]

    first, second = (
        chanjing.post("/open/v1/video_lip_sync/list", json={"page": page, "page_size": 2}).json()
        for page in (1, 2)
    )
    default = chanjing.post("/open/v1/video_lip_sync/list", json={}).json()["data"]["page_info"]

    rows = first["data"]["list"] + second["data"]["list"]
    assert [row["id"] for row in rows[:3]] == ids[::-1]
    info = first["data"]["page_info"]
    assert list(info) == ["page", "size", "total_count", "total_page"]
    assert info["total_page"] == -(-info["total_count"] // 2)
    assert (default["page"], default["size"]) == (1, 10)
    assert rows[0] == detail(chanjing, rows[0]["id"])["data"]


def test_faults_reach_the_list(sandbox, chanjing, video_id):
    """A status that is on no page is in the list's rows as it is in the detail."""
    sandbox.faults("chanjing", "stuck")
    create(chanjing, {"video_file_id": video_id, "tts_config": {**TEXT, **VOICE}, **SMALL})
    sandbox.faults("chanjing", "unknown_status", step="poll")

    rows = chanjing.post("/open/v1/video_lip_sync/list", json={}).json()["data"]["list"]

    assert {row["status"] for row in rows} == {77}


@pytest.mark.parametrize("body", [{"page": 0}, {"page": "1"}, {"page_size": 0}])
def test_wrong_pages_are_40000(chanjing, body):
    """Pages begin with 1."""
    assert chanjing.post("/open/v1/video_lip_sync/list", json=body).json()["code"] == 40000


def test_an_unknown_video_is_40000(chanjing):
    """Asking for nothing's detail is a parameter error."""
    assert detail(chanjing, "9499ed79995c4bdb95f0d66ca84419fd")["code"] == 40000


def test_the_callback_is_the_details_envelope(chanjing, video_id, listener):
    """When the job has ended, the detail is posted as it is answered."""
    body = {"video_file_id": video_id, "tts_config": {**TEXT, **VOICE}, **SMALL}
    job_id = create(chanjing, body | {"callback": listener.url})["data"]

    posted = json.loads(listener.wait()[0])

    asked = detail(chanjing, job_id)
    assert list(posted) == list(asked)
    assert (posted["code"], posted["data"]["id"], posted["data"]["status"]) == (0, job_id, 20)
    assert list(posted["data"]) == list(asked["data"])


def test_the_voices_can_be_heard(chanjing, bare):
    """list_common_audio pages through voices, each with an audition."""
    params = {"page": 1, "size": 3}
    data = chanjing.get("/open/v1/list_common_audio", params=params).json()["data"]

    assert [len(data["list"]), data["page_info"]["size"]] == [3, 3]
    assert data["list"][0]["id"] == VOICE["audio_man_id"]
    assert {"id", "name", "gender", "lang", "audition", "speed", "pitch"} == set(data["list"][0])
    assert bare.get(data["list"][0]["audition"]).content[:4] == b"RIFF"


def test_rates_are_limited(sandbox, chanjing):
    """40001: the eleventh create in a minute, the eleventh detail in a second, upload URL 31."""
    sandbox.configure(rates=True)

    creates = [create(chanjing, {})["code"] for _ in range(11)]
    details, _ = wait_until(lambda: eleven(chanjing), lambda answer: answer[1] < 1)
    urls = [upload_url(chanjing, "1.mp4", "lip_sync_video")["code"] for _ in range(31)]

    assert creates == [40000] * 10 + [40001]
    assert details == [40000] * 10 + [40001]
    assert urls[-1] == 40001
    assert detail(chanjing, "x")["code"] == 40000


def eleven(chanjing: httpx.Client) -> tuple[list[int], float]:
    """Ask for details and wait until one may ask again; the codes, and seconds of the asking."""
    began = time.monotonic()
    codes = [detail(chanjing, "x")["code"] for _ in range(11)]
    took = time.monotonic() - began
    time.sleep(1.0)
    return codes, took
