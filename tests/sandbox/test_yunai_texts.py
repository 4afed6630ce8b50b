"""云AI's rewritten texts and remixed clips."""

import time

import numpy as np
import pytest
from measures import watch
from waiting import wait_until

from lipsync_nb.sandbox.vendors.yunai.rewriting import rewritten

CHINESE = "我们的新产品上市了。它非常快，电池很好。因为降价，现在可以试试。"
ENGLISH = "We have a new lamp. It is very bright and lasts long. Many people like it."
SHARED = "8.97 复制打开抖音，看看【小林的作品】 https://v.douyin.com/iAbCdEf/ #好物"


def complete(yunai, content, **more):
    message = {"role": "user", "content": content}
    return yunai.post("/chat/completions", json={"messages": [message], "stream": False, **more})


@pytest.mark.parametrize("text", [CHINESE, ENGLISH, SHARED, "一句话", "hello"])
def test_a_text_is_rewritten(yunai, text):
    """In its language, always in the same way, and not as it was."""
    answer = complete(yunai, text).json()
    (choice,) = answer["choices"]
    again = complete(yunai, text).json()["choices"][0]["message"]["content"]
    content = choice["message"]["content"]

    assert choice["message"]["role"] == "assistant"
    assert choice["finish_reason"] == "stop"
    assert answer["usage"]["total_tokens"] > len(content)
    assert content == again == rewritten(text)
    assert content != text
    assert any("一" <= letter <= "鿿" for letter in content) == any(
        "一" <= letter <= "鿿" for letter in text
    )


def test_what_is_said_stays():
    """The sentences are there, in another order, with a hook before and a call after them."""
    english, chinese = rewritten(ENGLISH), rewritten(CHINESE)

    for said in ("We have a brand-new lamp", "It is really bright and lasts long", "like it"):
        assert said in english
    assert english.index("bright") < english.index("lamp")
    for said in ("咱们的新品上市了", "特别快", "由于降价"):
        assert said in chinese
    assert chinese[-1] == "！"


@pytest.mark.parametrize("text", [CHINESE, ENGLISH])
def test_the_result_can_be_spoken(text):
    """It has no link and no braces."""
    assert not set(rewritten(text + " https://x.test/a")) & set("{}/")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"messages": []},
        {"messages": [{"role": "user", "content": ""}]},
        {"messages": [{"role": "system", "content": "x"}]},
        {"messages": [{"role": "robot", "content": "x"}]},
        {"messages": [{"role": "user", "content": "x"}], "stream": True},
        {"messages": [{"role": "user", "content": "x"}], "temperature": 1.1},
        {"messages": [{"role": "user", "content": "x"}], "model": 5},
    ],
)
def test_wrong_completions_are_400(sandbox, yunai, body):
    """As an error object; nothing of it is paid."""
    before = sandbox.stats("yunai")["paid"]
    answer = yunai.post("/chat/completions", json=body)

    assert answer.status_code == 400
    assert answer.json()["error"]["message"]
    assert sandbox.stats("yunai")["paid"] == before


def remixed(yunai, **body):
    """The data of a remix once it has ended."""
    answer = yunai.post("/generate_video", json=body)
    assert answer.json().keys() == {"task_id"}, answer.text
    path = f"/query_video/{answer.json()['task_id']}"
    return wait_until(
        lambda: yunai.get(path).json()["data"],
        lambda data: data["status"] in {"completed", "failed"},
    )


def test_texts_float_over_a_remixed_clip(yunai, bare, media, host, tmp_path):
    """One after the other, with what is in braces highlighted; the text is spoken."""
    videos = []
    for number, texts in enumerate(([], ["only {today}", "hurry"])):
        data = remixed(
            yunai,
            video_url=host(media.video),
            text_content="Hello there, my friend.",
            custom_floating_text=texts,
        )
        path = tmp_path / f"{number}.mp4"
        path.write_bytes(bare.get(data["result_urls"]["public_url"]).content)
        videos.append(watch(path))
    plain, floating = videos

    assert np.abs(floating.sound).max() > 0.1
    assert floating.frames[0].shape[0] == 480
    changes = [
        np.abs(one.astype(int) - other).max(axis=2)
        for one, other in zip(plain.frames, floating.frames, strict=True)
    ]
    first, last = changes[0], changes[-1]
    assert (first[20:100] > 60).mean() > 0.01
    assert (first[200:] > 60).mean() < 0.001
    assert (np.abs(first[20:100] - last[20:100]) > 60).mean() > 0.01
    yellow = (floating.frames[0].astype(int) @ [1, 1, -2])[20:100] > 200
    assert yellow.mean() > 0.002
    assert not ((floating.frames[-1].astype(int) @ [1, 1, -2])[20:100] > 200).mean() > 0.002


def test_a_remix_is_told(sandbox, yunai, media, host):
    """Times in Beijing without a zone, and no URL before there is one."""
    sandbox.configure(pace=1)
    answer = yunai.post(
        "/generate_video", json={"video_url": host(media.video), "text_content": "你好"}
    ).json()
    data = yunai.get(f"/query_video/{answer['task_id']}").json()["data"]

    assert data["task_id"] == answer["task_id"]
    assert data["status"] in {"pending", "processing"}
    assert (data["result_urls"], data["error_message"]) == (None, None)
    told = time.mktime(time.strptime(data["created_at"], "%Y-%m-%dT%H:%M:%S"))
    there = time.mktime(time.gmtime(time.time() + 8 * 3600))
    assert abs(told - there) < 30


def test_a_picture_is_no_clip(yunai, media, host):
    """The remix fails with a reason."""
    data = remixed(yunai, video_url=host(media.picture), text_content="Hello")

    assert (data["status"], "格式" in data["error_message"]) == ("failed", True)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"video_url": "a.mp4", "text_content": "x"},
        {"video_url": "http://127.0.0.1:9/a.mp4", "text_content": " "},
        {"video_url": "http://127.0.0.1:9/a.mp4", "text_content": "x", "custom_floating_text": [5]},
    ],
)
def test_wrong_remixes_are_400(yunai, body):
    """Without an envelope."""
    answer = yunai.post("/generate_video", json=body)

    assert (answer.status_code, answer.json().keys()) == (400, {"error"})


def test_an_unknown_remix_is_404(yunai):
    """By its HTTP status."""
    assert yunai.get("/query_video/0").status_code == 404
