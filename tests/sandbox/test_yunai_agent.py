"""云AI's agent_api.php: forms with an act, codes in reverse, numbers as texts."""

import numpy as np
import pytest
from measures import watch
from PIL import Image
from sandbox.yunai_calls import STOCK_MODEL, act, created, ended, long_clip, long_speech
from waiting import wait_until

from lipsync_nb.sandbox.render.appearance import appearance_of
from lipsync_nb.sandbox.render.scene import draw_figure_on, draw_studio


@pytest.fixture(scope="module")
def drawn():
    """Two people: pictures of 360 pixels."""
    pictures = []
    for name in ("lin", "wang"):
        pixels = draw_studio(name, 360, 360)
        draw_figure_on(pixels, appearance_of(name), (180, 165), 70)
        pictures.append(pixels)
    return pictures


@pytest.fixture(scope="module")
def clips(drawn, tmp_path_factory):
    """A clip of each that a model can be trained from, one too short, and one too long."""
    folder = tmp_path_factory.mktemp("clips")
    both = [long_clip(each, folder / f"{i}.mp4", 30) for i, each in enumerate(drawn)]
    short, long = folder / "short.mp4", folder / "long.mp4"
    return *both, long_clip(drawn[0], short, 29), long_clip(drawn[0], long, 301)


def test_a_v2_video_has_a_look_of_its_own(yunai, bare, media, host, tmp_path):
    """720 pixels high, 25 frames a second; the answers have texts only."""
    urls = {"audio_url": host(media.speech), "video_url": host(media.video)}
    task = created(yunai, "create_v2", **urls, line_type="1")
    first = act(yunai, "chk_v2", task_id=task, line_type="1")
    done = ended(yunai, "chk_v2", task_id=task, line_type="1")

    assert first["data"].keys() == done["data"].keys()
    assert done["code"] == "1"
    assert {type(value) for value in done["data"].values()} == {str}
    path = tmp_path / "v2.mp4"
    path.write_bytes(bare.get(done["data"]["video_url"]).content)
    video = watch(path)
    assert video.frames[0].shape[0] == 720
    assert 1 / np.diff(video.times).mean() == pytest.approx(25)
    assert float(done["data"]["video_time"]) == pytest.approx(video.video_s, abs=0.02)
    assert bare.get(done["data"]["video_pic"]).headers["content-type"] == "image/jpeg"


def test_a_fast_video_shows_the_person_that_was_trained(  # noqa: PLR0917 -- fixtures
    yunai, bare, media, host, drawn, clips, tmp_path
):
    """Two people differ; a model that is not trained yet is refused."""
    shown = []
    for number, clip in enumerate(clips[:2]):
        model = created(yunai, "create_model_fast", model_name="林", video_url=host(clip))
        trained = ended(yunai, "chk_model_fast", model_id=model)
        assert (trained["data"]["zstatus"], trained["data"]["model_id"]) == ("3", model)
        picture = tmp_path / "person.jpg"
        picture.write_bytes(bare.get(trained["data"]["model_pic"]).content)
        assert difference(np.asarray(Image.open(picture)), drawn[number]) < 8
        task = created(yunai, "create_video_fast", model_id=model, audio_url=host(media.speech))
        done = ended(yunai, "chk_video_fast", task_id=task)
        path = tmp_path / f"{number}.mp4"
        path.write_bytes(bare.get(done["data"]["video_url"]).content)
        shown.append(watch(path).frames[0])

    for number, frame in enumerate(shown):
        assert frame.shape[0] == 576
        assert difference(frame, drawn[number]) < 12 < difference(frame, drawn[1 - number])


def difference(one, other):
    """The mean difference of two pictures, of 255."""
    sizes = [np.asarray(Image.fromarray(each).resize((90, 90)), float) for each in (one, other)]
    return float(np.abs(sizes[0] - sizes[1]).mean())


def test_the_stock_person_is_there_from_the_start(yunai, media, host):
    """Otherwise nothing could be tried before something was trained."""
    task = created(yunai, "create_video_fast", model_id=STOCK_MODEL, audio_url=host(media.speech))

    assert ended(yunai, "chk_video_fast", task_id=task)["data"]["zstatus"] == "3"


@pytest.mark.parametrize(
    ("medium", "why"),
    [
        ("short", "30-300秒"),
        ("long", "30-300秒"),
        ("nobody", "人脸"),
        ("picture", "格式"),
        ("broken", "格式"),
        (None, "下载失败"),
    ],
)
def test_a_person_cannot_be_trained_from_anything(yunai, media, host, clips, tmp_path, medium, why):  # noqa: PLR0917
    """The training fails with a reason: zstatus −1, and the code for failure."""
    wall = np.full((90, 90, 3), 200, np.uint8)
    paths = {"short": clips[2], "long": clips[3], "picture": media.picture, "broken": media.broken}
    paths["nobody"] = long_clip(wall, tmp_path / "wall.mp4", 30)
    url = host(paths[medium]) if medium else "http://127.0.0.1:9/a.mp4"
    model = created(yunai, "create_model_fast", model_name="林", video_url=url)
    failed = ended(yunai, "chk_model_fast", model_id=model)

    assert (failed["code"], failed["data"]["zstatus"]) == ("0", "-1")
    assert why in failed["msg"]
    answer = act(yunai, "create_video_fast", model_id=model, audio_url=host(media.speech))
    assert (answer["code"], "未训练" in answer["msg"]) == ("0", True)


@pytest.mark.parametrize("medium", ["short", "video", "broken"])
def test_a_voice_cannot_be_trained_from_anything(yunai, media, host, medium):
    """Too short, no sound, or no medium at all."""
    path = {"short": media.long_speech, "video": media.video, "broken": media.broken}[medium]
    model = created(yunai, "create_model", model_name="林")
    task = created(yunai, "create_model_audio", model_id=model, model_audio_url=host(path))
    failed = ended(yunai, "chk_model_audio", task_id=task)
    answer = act(yunai, "create_audio", task_text="你好", people_id=model)

    assert failed["data"]["zstatus"] == "-1"
    assert failed["msg"]
    assert (answer["code"], "未训练" in answer["msg"]) == ("0", True)


def test_the_steps_of_the_deprecated_cloning(yunai, bare, host, tmp_path):
    """A model, its training, a text that it speaks."""
    sample = host(long_speech(tmp_path / "sample.wav", "en-james"))
    answer = act(yunai, "create_model", model_name="林")
    model = answer["data"]["model"]
    task = created(yunai, "create_model_audio", model_id=model["model_id"], model_audio_url=sample)
    trained = ended(yunai, "chk_model_audio", task_id=task)
    spoken = created(yunai, "create_audio", task_text="Hello.", people_id=model["model_id"])
    done = ended(yunai, "chk_audio", task_id=spoken)

    assert model.keys() == {"model_name", "model_type", "model_id", "model_status"}
    assert trained["data"] == {"zstatus": "3", "model_id": model["model_id"]}
    assert bare.get(done["data"]["audio_url"]).content[:4] == b"RIFF"


QUERIES = ["chk_v2", "chk_video_fast", "chk_model_audio", "chk_audio"]


@pytest.mark.parametrize("line", ["0", "1", None])
@pytest.mark.parametrize("query", [*QUERIES, "chk_model_fast"])
def test_an_unknown_task_is_code_0(yunai, query, line):
    """With the reason, and an empty list as PHP has it."""
    by = "model_id" if query == "chk_model_fast" else "task_id"
    answer = act(yunai, query, **{by: "0"}, **({} if line is None else {"line_type": line}))

    assert answer == {"code": "0", "msg": "任务不存在", "data": []}


def test_a_task_is_known_on_its_own_line_and_product(yunai, media, host):
    """Asked for on another line, or as another product, there is none."""
    urls = {"audio_url": host(media.speech), "video_url": host(media.video)}
    task = created(yunai, "create_v2", **urls, line_type="1")

    assert act(yunai, "chk_v2", task_id=task, line_type="1")["code"] == "1"
    assert act(yunai, "chk_v2", task_id=task)["msg"] == "任务不存在"
    assert act(yunai, "chk_video_fast", task_id=task, line_type="1")["msg"] == "任务不存在"


V2 = {"audio_url": "http://127.0.0.1:9/a.mp3", "video_url": "http://127.0.0.1:9/a.mp4"}


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        (None, {}),
        ("", {}),
        ("create_v3", V2),
        ("create_v2", {}),
        ("create_v2", V2 | {"line_type": "2"}),
        ("create_v2", V2 | {"line_type": ""}),
        ("create_v2", V2 | {"video_url": "a.mp4"}),
        ("create_v2", V2 | {"audio_url": "file:///etc/passwd"}),
        ("create_model_fast", {"model_name": " ", "video_url": V2["video_url"]}),
        ("create_video_fast", {"model_id": "nobody", "audio_url": V2["audio_url"]}),
        ("create_model", {}),
        ("create_model_audio", {"model_id": "nobody", "model_audio_url": V2["audio_url"]}),
        ("create_audio", {"task_text": "你好", "people_id": "nobody"}),
        ("create_audio", {"people_id": STOCK_MODEL}),
        ("chk_v2", {}),
    ],
)
def test_wrong_forms_are_code_0(sandbox, yunai, name, fields):
    """With a message; nothing of it is paid."""
    before = sandbox.stats("yunai")["paid"]
    answer = act(yunai, name, **fields)

    assert (answer["code"], answer["data"]) == ("0", [])
    assert answer["msg"]
    assert sandbox.stats("yunai")["paid"] == before


@pytest.mark.parametrize(
    "content", [{"json": {"act": "create_v2"}}, {"data": {"act": "create_v2"}}]
)
def test_only_multipart_forms_are_read(yunai, content):
    """JSON and a form of another type have no act."""
    answer = yunai.post("/agent_api.php", **content).json()

    assert (answer["code"], "multipart" in answer["msg"]) == ("0", True)


@pytest.mark.parametrize(
    "path", ["/agent_api.php", "/model", "/v1/tts", "/chat/completions", "/generate_video"]
)
def test_a_wrong_key_is_401(yunai, path):
    """At every path."""
    answer = yunai.post(path, headers={"Authorization": "Bearer sk-wrong"})

    assert answer.status_code == 401


def test_a_form_of_many_megabytes_is_413(yunai):
    """It has no files, so it is not kept in memory."""
    answer = yunai.post("/agent_api.php", files={"act": (None, "x" * (9 << 20))})

    assert answer.status_code == 413


def test_a_clip_of_more_than_1_gb_fails(yunai, listener):
    """It is refused at its Content-Length; a GB is 1,000 MB."""
    listener.served = (200, {"Content-Length": "1000000001"}, b"")
    model = created(yunai, "create_model_fast", model_name="x", video_url=listener.url)

    assert "1G" in ended(yunai, "chk_model_fast", model_id=model)["msg"]


def test_a_clip_of_more_than_100_mb_may_be_trained_from(yunai, listener):
    """The limit of the other videos is not that of a training: it fails as it is no clip."""
    listener.served = (200, {}, bytes(101 << 20))
    model = created(yunai, "create_model_fast", model_name="x", video_url=listener.url)

    assert "格式" in ended(yunai, "chk_model_fast", model_id=model)["msg"]


def test_the_numbers_of_a_training_and_of_an_audio(sandbox, yunai, media, host):
    """A training that waits has 0, not 1; an audio that failed has 4."""
    sandbox.faults("yunai", "stuck", times=1)
    waiting = created(
        yunai, "create_model_audio", model_id=STOCK_MODEL, model_audio_url=host(media.speech)
    )
    sandbox.faults("yunai", "failed", reason="太吵")
    failing = created(yunai, "create_audio", task_text="你好", people_id=STOCK_MODEL)
    failed = ended(yunai, "chk_audio", task_id=failing)

    seen = wait_until(
        lambda: act(yunai, "chk_model_audio", task_id=waiting)["data"]["zstatus"],
        lambda number: number in {"0", "2"},
    )
    assert seen in {"0", "2"}
    assert (failed["code"], failed["msg"], failed["data"]["zstatus"]) == ("0", "太吵", "4")
