"""魔珐星云 as its page says."""

import hashlib
import json
import time
from typing import Any

import av
import httpx
import pytest
from media_files import slides
from waiting import wait_until

API = "/user/v1/video_synthesis_task"
SCRIPT = {
    "look_name": "AM054_Jap_9021_new",
    "tts_vcn_name": "XMOV_HN_TTS__236",
    "studio_name": "youling_2d_v",
    "segment": [{"text": "这是一条测试数据。"}],
}
ENDED = ("finished", "error", "cancel")


def create(xingyun: httpx.Client, **changes: Any) -> dict[str, Any]:
    body = {name: value for name, value in (SCRIPT | changes).items() if value is not ...}
    return dict(xingyun.post(f"{API}/create_render_task", json=body).json())


def get(xingyun: httpx.Client, task_id: Any) -> dict[str, Any]:
    return dict(xingyun.get(f"{API}/get_render_task", params={"task_id": task_id}).json())


def ended(xingyun: httpx.Client, answer: dict[str, Any]) -> dict[str, Any]:
    """A task's data once it has ended."""
    assert answer["error_code"] == 0, answer
    task_id = answer["data"]["task_id"]
    done = wait_until(lambda: get(xingyun, task_id), lambda a: a["data"]["synth_state"] in ENDED)
    return dict(done["data"])


def test_a_script_becomes_a_film(xingyun, media, host, bare):
    """Segments with and without a medium, repeated with the page's fields."""
    segment = [
        {"text": "测试数据片段1", "media_url": host(media.picture)},
        {"text": "Segment two.", "media_url": host(media.video)},
        {"text": "三"},
    ]

    answer = create(xingyun, segment=segment, sub_title="off", if_aigc_mark=False)
    task = ended(xingyun, answer)

    assert answer == {"error_code": 0, "error_reason": "", "data": {"task_id": task["id"]}}
    assert task["synth_state"] == "finished"
    assert [row["text"] for row in task["segment"]] == [row["text"] for row in segment]
    assert all(isinstance(row["media_id"], int) for row in task["segment"])
    assert (task["sub_title"], task["look_name"]) == ("off", SCRIPT["look_name"])
    assert (task["enable"], task["output_resolution"]) == (True, "540P")
    assert task["create_time"].endswith("+08:00")
    assert task["synth_finish_time"] > task["synth_start_time"]
    assert bare.get(task["render_video_oss"]).content[4:8] == b"ftyp"
    assert bare.get(task["render_image_oss"]).headers["content-type"] == "image/jpeg"


def test_an_unnamed_video_is_named_by_the_time(xingyun, sandbox):
    """视频名称生成规则为 时间; a task that waits has no URLs."""
    sandbox.faults("xingyun", "stuck")
    task_id = create(xingyun)["data"]["task_id"]

    task = get(xingyun, task_id)["data"]

    assert len(task["video_name"]) == len("20250717_11_30_07.833")
    assert (task["render_video_oss"], task["synth_finish_time"]) == (None, None)


def test_slides_become_a_film(xingyun, media):
    """Parse a presentation, then render it by the name that was answered."""
    files = {"ppt_file": (media.slides.name, media.slides.read_bytes())}
    parsed = xingyun.post(f"{API}/parse_ppt_file", files=files).json()
    name = parsed["data"]["parse_ppt_file_name"]

    task = ended(xingyun, create(xingyun, segment=..., parse_ppt_file_name=name))

    assert task["synth_state"] == "finished"


def test_what_is_no_presentation_is_30003(xingyun, media):
    """30003 PPT文件解析错误."""
    files = {"ppt_file": ("a.pptx", media.broken.read_bytes())}

    assert xingyun.post(f"{API}/parse_ppt_file", files=files).json()["error_code"] == 30003


def test_a_presentation_without_notes_is_30003(xingyun, tmp_path):
    """Only notes are spoken, so there is nothing to speak."""
    deck = slides(tmp_path / "a.pptx")
    answer = xingyun.post(
        f"{API}/parse_ppt_file", files={"ppt_file": ("a.pptx", deck.read_bytes())}
    )

    assert answer.json()["error_code"] == 30003
    assert "has no notes" in answer.json()["error_reason"]


def test_a_presentation_of_more_than_20_mb_is_30003(xingyun):
    """The limit of a copy of the vendor's page."""
    answer = xingyun.post(
        f"{API}/parse_ppt_file", files={"ppt_file": ("a.pptx", bytes(20_000_001))}
    )

    assert answer.json()["error_code"] == 30003
    assert "20MB" in answer.json()["error_reason"]


def test_the_resolution_may_be_asked_for(xingyun, bare, tmp_path):
    """The undocumented output_resolution is the height of the film, and stands in the answer."""
    task = ended(xingyun, create(xingyun, output_resolution="720P"))
    (tmp_path / "film.mp4").write_bytes(bare.get(task["render_video_oss"]).content)

    assert task["output_resolution"] == "720P"
    with av.open(str(tmp_path / "film.mp4")) as film:
        assert film.streams.video[0].height == 720


def test_a_missing_presentation_is_30002(xingyun):
    """30002 PPT文件不存在, in either call."""
    parsed = xingyun.post(f"{API}/parse_ppt_file", files={"other": b"x"}).json()
    created = create(xingyun, segment=..., parse_ppt_file_name="none.json")

    assert (parsed["error_code"], created["error_code"]) == (30002, 30002)


@pytest.mark.parametrize(
    "changes",
    [
        {"look_name": ...},
        {"tts_vcn_name": ""},
        {"studio_name": 5},
        {"segment": ...},
        {"segment": []},
        {"segment": "text"},
        {"segment": [{"media_url": "http://example.com/a.png"}]},
        {"segment": [{"text": "x", "media_url": "a.png"}]},
        {"parse_ppt_file_name": "both.json"},
        {"sub_title": "yes"},
        {"sub_title": True},
        {"output_resolution": "720p"},
        {"if_aigc_mark": "true"},
        {"video_name": 5},
    ],
)
def test_wrong_parameters_are_30005(sandbox, xingyun, changes):
    """30005 创建视频任务错误, with HTTP 200; nothing of it is paid."""
    before = sandbox.stats("xingyun")["paid"]

    answer = create(xingyun, **changes)

    assert answer["error_code"] == 30005
    assert answer["error_reason"].startswith("创建视频任务错误")
    assert sandbox.stats("xingyun")["paid"] == before


def test_an_unknown_task_is_30004(xingyun):
    """30004 视频任务未找到, in all three calls."""
    preview = xingyun.get(f"{API}/get_render_task_preview_url", params={"task_id": 7}).json()
    cancelled = xingyun.post(f"{API}/cancel_render_task", json={"task_id": 7}).json()

    codes = [answer["error_code"] for answer in (get(xingyun, 7), preview, cancelled)]
    assert codes == [30004] * 3


def test_a_task_is_cancelled_once(xingyun, sandbox):
    """A cancelled task says so; cancelling it again is 30006."""
    sandbox.faults("xingyun", "stuck")
    body = {"task_id": create(xingyun)["data"]["task_id"]}

    first = xingyun.post(f"{API}/cancel_render_task", json=body).json()
    second = xingyun.post(f"{API}/cancel_render_task", json=body).json()

    assert first == {"error_code": 0, "error_reason": ""}
    assert second["error_code"] == 30006
    assert get(xingyun, body["task_id"])["data"]["synth_state"] == "cancel"


def test_a_cancelled_task_stays_cancelled(xingyun, sandbox):
    """Work that was under way does not come to an end after all."""
    sandbox.configure(pace=1)
    task_id = create(xingyun)["data"]["task_id"]
    xingyun.post(f"{API}/cancel_render_task", json={"task_id": task_id})

    time.sleep(1.5)

    assert get(xingyun, task_id)["data"]["synth_state"] == "cancel"


def test_a_task_goes_through_the_pages_states(xingyun, sandbox):
    """not_send, waiting, processing, finished, in this order; looks may miss a short one."""
    sandbox.configure(pace=0.4)
    order = ["not_send", "waiting", "processing", "finished"]

    def seen() -> list[str]:
        states: list[str] = []
        task_id = create(xingyun, segment=[{"text": "四个状态"}])["data"]["task_id"]
        wait_until(
            lambda: states.append(get(xingyun, task_id)["data"]["synth_state"]),
            lambda _: states[-1] in ENDED,
        )
        assert states == sorted(states, key=order.index)
        return sorted(set(states), key=order.index)

    assert wait_until(seen, lambda states: len(states) == 4) == order


def test_a_preview_is_a_url_once_finished(xingyun, sandbox, bare):
    """preview_url is a string: a picture of the film, or nothing before there is one."""
    done = ended(xingyun, create(xingyun))["id"]
    sandbox.faults("xingyun", "stuck")
    waiting = create(xingyun)["data"]["task_id"]

    after, before = (
        xingyun.get(f"{API}/get_render_task_preview_url", params={"task_id": task}).json()["data"]
        for task in (done, waiting)
    )

    assert before == {"preview_url": ""}
    assert bare.get(after["preview_url"]).status_code == 200


def test_a_medium_that_is_not_there_fails(xingyun):
    """synth_state error, and error_reason tells why."""
    segment = [{"text": "你好", "media_url": "http://127.0.0.1:9/a.png"}]

    task = ended(xingyun, create(xingyun, segment=segment))

    assert task["synth_state"] == "error"
    assert "http://127.0.0.1:9/a.png" in task["error_reason"]


class Signed:
    """Requests signed by hand, to sign them wrongly."""

    def __init__(self, base_url: str, keys: dict[str, str]) -> None:
        self.base_url, self.keys = base_url, keys

    def get(self, path: str = f"{API}/get_render_task?task_id=7", **changes: Any) -> int:
        """Ask for a task; the error code."""
        stamp = f"{int(time.time()) - changes.get('age', 0)}{changes.get('fraction', '')}"
        signed = changes.get("signed", path).lower()
        secret = changes.get("secret", self.keys["app_secret"])
        sign = f"{signed}{changes.get('method', 'get')}{changes.get('data', '{}')}{secret}{stamp}"
        headers = {
            "X-APP-ID": changes.get("app_id", self.keys["app_id"]),
            "X-TIMESTAMP": stamp,
            "X-TOKEN": hashlib.md5(sign.encode()).hexdigest(),
        }
        return int(httpx.get(self.base_url + path, headers=headers).json()["error_code"])


def test_the_signature_is_checked_to_the_letter(sandbox):
    """A right signature is let through (to 30004); any other is 1, another application 20001."""
    signed = Signed(sandbox.base_urls["xingyun"], sandbox.keys["xingyun"])

    assert [signed.get(age=age) for age in (0, 50, -50)] == [30004] * 3
    wrong = [
        {"secret": "wrong"},
        {"age": 75},
        {"age": -75},
        {"fraction": ".5"},
        {"data": ""},
        {"data": '{"task_id":7}'},
        {"signed": f"{API}/get_render_task"},
        {"method": "GET"},
        {"signed": f"/{API}/get_render_task?task_id=7"},
    ]
    assert [signed.get(**change) for change in wrong] == [1] * len(wrong)
    assert signed.get(app_id="nobody") == 20001


def test_a_doubled_slash_is_signed_as_one(sandbox):
    """As the page's second program requests it: //user/v1/…, signed /user/v1/…."""
    signed = Signed(sandbox.base_urls["xingyun"], sandbox.keys["xingyun"])
    path = f"{API}/get_render_task?task_id=7"

    assert signed.get(f"/{path}", signed=path) == 30004


def test_chinese_is_signed_escaped_and_without_spaces(xingyun):
    """json.dumps escapes what is not ASCII, and spaces go, even within a text."""
    answer = create(
        xingyun, video_name="测试 视频 A B", segment=[{"text": "你 好", "media_url": ""}]
    )

    assert answer["error_code"] == 0


def test_unescaped_chinese_is_a_wrong_signature(sandbox):
    """A signature over UTF-8 text is not the page's."""
    keys = sandbox.keys["xingyun"]
    body = json.dumps(SCRIPT, sort_keys=True, ensure_ascii=False).replace(" ", "")
    path, stamp = f"{API}/create_render_task", str(int(time.time()))
    sign = f"{path}post{body}{keys['app_secret']}{stamp}"
    token = hashlib.md5(sign.encode()).hexdigest()
    headers = {"X-APP-ID": keys["app_id"], "X-TIMESTAMP": stamp, "X-TOKEN": token}

    answer = httpx.post(sandbox.base_urls["xingyun"] + path, json=SCRIPT, headers=headers)

    assert answer.json() == {"error_code": 1, "error_reason": "签名有误", "data": {}}


def test_an_unknown_path_is_answered_in_the_envelope(xingyun):
    """Once the signature over path, query and body is right."""
    answer = xingyun.post("/xxx/xxx?x=xx&z=zz", json={"data1": "data1", "data2": "data2"})

    assert (answer.status_code, answer.json()["error_code"]) == (404, 404)
