"""Which id an answer of ``agent_api.php`` names, and when code 0 proves that there is none."""

import pytest
from vendors.cases import old
from vendors.wire import submit

import lipsync_nb as ls
from lipsync_nb.http.api import SubmissionLost
from lipsync_nb.status import JobStatus

CLIP, SOUND = "https://example.com/a.mp4", "https://example.com/a.mp3"
TASKS = {
    "create_v2": lambda: ls.yunai.VideoV2(audio=SOUND, video=CLIP),
    "create_video_fast": lambda: ls.yunai.FastVideo(model="m-1", audio=SOUND),
    "create_model_audio": lambda: old(ls.yunai.VoiceTraining, model="m-1", audio=SOUND),
    "create_audio": lambda: old(ls.yunai.ClonedSpeech, text="你好", voice="m-1"),
}
"""What creates a task, named ``task_id``."""
MODELS = {
    "create_model_fast": lambda: ls.yunai.FastAvatar(name="17", video=CLIP),
    "create_model": lambda: old(ls.yunai.VoiceModel, name="17"),
}
"""What creates a model, named ``model_id``."""


@pytest.fixture
def vendor(world):
    return ls.Yunai(base_url=world.yunai.base_url, **world.yunai.keys)


@pytest.mark.parametrize("act", TASKS)
@pytest.mark.parametrize(
    "answer",
    [
        {"code": 1, "data": {"task_id": "T", "model_id": "m-1"}},
        {"code": 1, "data": {"model_id": "other", "id": "i", "task_id": "T"}},
        {"code": 1, "id": "request", "data": {"task_id": "T"}},
        {"code": 1, "data": {"id": "T"}},
        {"code": 1, "data": "T"},
        {"code": 1, "data": ["T"]},
        {"code": 1, "data": {"code": 1, "data": {"task_id": "T"}}},
        {"code": 1, "data": [{"task_id": "T"}]},
    ],
)
def test_a_task_has_the_id_of_its_own_field(vendor, world, act, answer):
    """Else that in ``id``, or in bare ``data``, as resellers write it."""
    world.yunai.origin.plan("POST", f"/{act}", answer)
    found = submit(vendor, TASKS[act]())

    assert (found.status, found.vendor_id) == (JobStatus.queued, "T")


def test_a_task_may_have_the_number_of_its_model(vendor, world):
    """Each may be counted by itself."""
    answer = {"code": 1, "data": {"task_id": 17, "model_id": 17}}
    world.yunai.origin.plan("POST", "/create_video_fast", answer)
    found = submit(vendor, ls.yunai.FastVideo(model="17", audio=SOUND))

    assert found.vendor_id == "17"


@pytest.mark.parametrize("act", MODELS)
@pytest.mark.parametrize(
    ("data", "model_id"),
    [
        ({"task_id": "T", "model": {"model_id": "M"}}, "M"),
        ({"task_id": "T", "model_id": 17}, "17"),
        ({"model": {"id": "M"}}, "M"),
    ],
)
def test_a_model_has_the_id_of_its_own_field(vendor, world, act, data, model_id):
    """Not that of the task which trains it."""
    world.yunai.origin.plan("POST", f"/{act}", {"code": "1", "data": data})
    found = submit(vendor, MODELS[act]())

    assert (found.made.id if found.made else found.vendor_id) == model_id


ECHOES = [
    {"model_id": "m-1"},
    {"id": "m-1"},
    {"model": {"model_id": "m-1", "model_name": "x"}},
    "m-1",
]


@pytest.mark.parametrize("act", ["create_video_fast", "create_model_audio", "create_audio"])
@pytest.mark.parametrize("data", ECHOES)
def test_what_was_sent_is_no_task(vendor, world, act, data):
    """With code 0 nothing was created; with code 1 it is not known what was."""
    world.yunai.origin.plan("POST", f"/{act}", {"code": "0", "msg": "模特未训练", "data": data})
    world.yunai.origin.plan("POST", f"/{act}", {"code": "1", "msg": "ok", "data": data})
    with pytest.raises(ls.VendorError, match="模特未训练"):
        submit(vendor, TASKS[act]())
    with pytest.raises(SubmissionLost) as lost:
        submit(vendor, TASKS[act]())

    assert lost.value.job_id is None


@pytest.mark.parametrize("act", TASKS | MODELS)
@pytest.mark.parametrize("data", [[], None, {}, "", 0, "0", [0], False, "没有人脸", {"id": None}])
def test_a_failure_that_names_nothing_is_a_refusal(vendor, world, act, data):
    """``data`` may also be a sentence."""
    world.yunai.origin.plan("POST", f"/{act}", {"code": 0, "msg": "素材不成功", "data": data})
    with pytest.raises(ls.VendorError) as caught:
        submit(vendor, (TASKS | MODELS)[act]())

    assert type(caught.value) is ls.VendorError


@pytest.mark.parametrize("act", TASKS | MODELS)
@pytest.mark.parametrize(
    "answer",
    [
        {"code": 0, "msg": "提交成功"},
        {"code": "0", "msg": "Success", "data": []},
        {"code": 0, "message": "ok", "data": None},
        {"code": 0, "msg": "创建成功，请稍候", "data": {}},
        {"code": 0, "data": {"msg": "提交成功"}},
        {"code": 0, "status": "success", "data": []},
        {"code": 0, "success": True, "data": []},
        {"code": 0, "msg": "", "data": "success"},
    ],
)
def test_a_failure_that_speaks_of_success_proves_nothing(vendor, world, act, answer):
    """0 is success at other calls of the host."""
    world.yunai.origin.plan("POST", f"/{act}", answer)
    with pytest.raises(SubmissionLost) as lost:
        submit(vendor, (TASKS | MODELS)[act]())

    assert lost.value.job_id is None
    assert len(world.yunai.origin.seen) == 1


@pytest.mark.parametrize(
    ("data", "followed"),
    [
        ("77", "77"),
        (77, "77"),
        (["77"], "77"),
        ({"id": 77}, "77"),
        ({"task_id": 77}, "77"),
        ({"data": {"task_id": 77}}, "77"),
        ({"Data": {"TaskId": 77.0}}, "77"),
        ({"model_id": 77}, None),
    ],
)
def test_a_failure_that_names_an_id_proves_nothing(vendor, world, data, followed):
    """The id is followed if it can be that of the task; a model's may be another task's."""
    world.yunai.origin.plan("POST", "/create_v2", {"code": 0, "msg": "x", "data": data})
    with pytest.raises(SubmissionLost) as lost:
        submit(vendor, TASKS["create_v2"]())

    assert lost.value.job_id == followed


@pytest.mark.parametrize("data", ["77", {"data": {"task_id": "77"}}])
def test_an_id_that_a_failure_names_is_polled(client, world, data):
    """And its task's result is the job's."""
    world.yunai.origin.plan("POST", "/create_v2", {"code": 0, "msg": "提交成功", "data": data})
    done = {"zstatus": "3", "video_url": world.hosts.result_url("77")}
    world.yunai.origin.plan("POST", "/chk_v2", {"code": "1", "data": done}, times=3)
    job = client.submit(TASKS["create_v2"]())

    assert job.result(20).path.exists()
    assert len(world.yunai.origin.asked("POST", "/create_v2")) == 1


def test_a_person_is_asked_for_by_the_id_of_its_model(client, world):
    """Though the answer names a task too."""
    told = {"task_id": "T9", "model": {"model_id": "M1"}}
    world.yunai.origin.plan("POST", "/create_model_fast", {"code": "1", "data": told})
    trained = {"zstatus": "3", "model_id": "M1"}
    world.yunai.origin.plan("POST", "/chk_model_fast", {"code": "1", "data": trained})
    job = client.submit(MODELS["create_model_fast"]())

    assert job.result(20).id == "M1"
    (asked,) = world.yunai.origin.asked("POST", "/chk_model_fast")
    assert asked.form["model_id"] == "M1"
