"""蝉镜's avatar videos: what is shown and heard, what it costs, how it is told."""

import io
import json
import time
from itertools import pairwise

import httpx
import numpy as np
import pytest
from PIL import Image
from sandbox.training import BOX, PERSON, VOICE, body, ended, frames, post, told, trained, video
from sandbox.uploading import ready_file

from lipsync_nb.sandbox.render.face_detection import find_faces

WHITE = (255, 255, 255)
TEXT = {
    "type": "tts",
    "tts": {"text": ["君不见黄河之水天上来。奔流到海不复回。"], "audio_man": VOICE},
}


def near(pixels, colour):
    """Whether all pixels have about this colour."""
    return bool((np.abs(pixels.astype(int) - colour) < 25).all())


def test_a_person_speaks_in_the_box(chanjing, bare):
    """On the colour that was asked for; the mouth moves, and nothing outside of the box does."""
    person = {**body()["person"], "x": 40, "y": 160, "width": 100, "height": 160}
    data = video(chanjing, person=person, bg_color="#3060C0", audio=TEXT)
    shown = frames(bare, data["video_url"])
    (face,) = find_faces(shown[0])
    mouth = slice(int(face.y), int(face.y + face.size)), slice(40, 140)

    assert shown[0].shape == (320, 180, 3)
    assert near(shown[0][:150], (0x30, 0x60, 0xC0))
    assert near(shown[0][:, :35], (0x30, 0x60, 0xC0))
    assert 40 < face.x < 140
    assert face.y > 160
    assert max(np.abs(each[mouth].astype(int) - shown[0][mouth]).max() for each in shown) > 60
    assert max(np.abs(each[:150].astype(int) - shown[0][:150]).max() for each in shown) < 25


def test_the_length_is_in_seconds(chanjing, bare):
    """And that of the audio; frames come at 25 a second."""
    data = video(chanjing)

    assert data["duration"] == pytest.approx(len(frames(bare, data["video_url"])) / 25, abs=0.01)
    assert 0.3 < data["duration"] < 5


def test_an_audio_is_spoken_from_a_file_or_a_url(chanjing, bare, media, host):
    """Both give the same video."""
    file_id = ready_file(chanjing, bare, media.mp3, "make_video_audio")
    by_file = video(chanjing, audio={"type": "audio", "file_id": file_id})
    by_url = video(chanjing, audio={"type": "audio", "wav_url": host(media.mp3)})
    one, other = (bare.get(data["video_url"]).content for data in (by_file, by_url))

    assert one == other
    assert by_file["subtitle_data_url"] == ""


def test_a_picture_is_behind_the_person(chanjing, bare, tmp_path):
    """At its place, over the colour."""
    Image.new("RGB", (40, 40), (200, 30, 30)).save(tmp_path / "red.png")
    file_id = ready_file(chanjing, bare, tmp_path / "red.png", "make_video_background")
    bg = {"file_id": file_id, "x": 0, "y": 0, "width": 180, "height": 40}
    shown = frames(bare, video(chanjing, bg=bg, bg_color="#00FF00")["video_url"])[0]

    assert near(shown[4:34, 4:30], (200, 30, 30))
    assert near(shown[46:70, 4:20], (0, 255, 0))


def test_a_box_may_reach_over_the_edges(chanjing, bare):
    """Even so far that nothing of it is left."""
    out = {**body()["person"], "x": 5000}
    half = {**body()["person"], "x": -90, "y": 100}

    assert near(frames(bare, video(chanjing, person=out)["video_url"])[3], WHITE)
    assert not near(frames(bare, video(chanjing, person=half)["video_url"])[3], WHITE)


def test_people_and_figures_differ(chanjing, bare):
    """The same request with another person or figure shows another picture."""
    other = chanjing.get("/open/v1/list_common_dp").json()["data"]["list"][1]["id"]
    people = [
        {**body()["person"], "figure_type": "circle_view"},
        body()["person"],
        {**body()["person"], "id": other},
        {**body()["person"], "id": other, "figure_type": "whole_body"},
    ]
    shown = [frames(bare, video(chanjing, person=each)["video_url"])[0] for each in people]

    for one, other_one in pairwise(shown):
        assert np.abs(one.astype(int) - other_one).mean() > 3


SUBTITLES = {"show": True, "x": 10, "y": 10, "width": 160, "height": 60, "font_size": 16,
             "color": "#FFFF00", "stroke_color": "#0000FF", "stroke_width": 1}  # fmt: skip


def test_subtitles_are_shown_in_their_box_and_colours(chanjing, bare):
    """While their sentence is spoken: another one after half of the time."""
    person = {**body()["person"], "y": 120, "height": 200}
    data = video(chanjing, person=person, audio=TEXT, subtitle_config=SUBTITLES, bg_color="#000000")
    shown = frames(bare, data["video_url"])
    first, last = shown[3][10:70], shown[-10][10:70]
    yellow = (first[..., 0] > 150) & (first[..., 1] > 150) & (first[..., 2] < 90)

    assert yellow.sum() > 30
    assert near(shown[3][80:110], (0, 0, 0))
    assert np.abs(first.astype(int) - last).max() > 100


def test_hidden_subtitles_are_not_shown(chanjing, bare):
    """Nor those of a transparent video."""
    hidden = SUBTITLES | {"show": False}
    rgba = {**body()["person"], "is_rgba_mode": True}
    for changes in ({"subtitle_config": hidden}, {"subtitle_config": SUBTITLES, "person": rgba}):
        shown = frames(bare, video(chanjing, audio=TEXT, **changes)["video_url"])
        assert near(shown[3][4:60, 4:170], WHITE)


def test_the_times_of_the_subtitles_can_be_fetched(chanjing, bare):
    """``subtitle_data_url``: milliseconds and frames of each sentence, as on the page."""
    data = video(chanjing, audio=TEXT)
    rows = bare.get(data["subtitle_data_url"]).json()

    assert [row["subtitles"] for row in rows] == ["君不见黄河之水天上来。", "奔流到海不复回。"]
    assert list(rows[0]) == [
        *("min_time", "max_time", "subtitles", "start_frame", "end_frame", "fps", "key")
    ]
    assert (rows[0]["min_time"], rows[0]["max_time"]) == (0, rows[1]["min_time"])
    assert rows[1]["max_time"] == pytest.approx(data["duration"] * 1000, abs=60)
    assert rows[1]["end_frame"] == round(rows[1]["max_time"] * 25 / 1000)


def test_the_mark_of_ai_is_drawn(chanjing, bare):
    """At the lower left."""
    plain = frames(bare, video(chanjing)["video_url"])[0]
    marked = frames(bare, video(chanjing, add_compliance_watermark=True)["video_url"])[0]

    assert np.abs(plain[290:, :90].astype(int) - marked[290:, :90]).max() > 40
    assert np.abs(plain[:200].astype(int) - marked[:200]).max() < 25


def test_a_person_of_ones_own_shows_the_trained_face(chanjing, bare, media):
    """The face of the clip, in the box."""
    own = trained(chanjing, bare, media.video)
    shown = frames(bare, video(chanjing, person={"id": own["id"], **BOX})["video_url"])
    astronaut = np.asarray(Image.open(media.picture).convert("RGB").resize((180, 180)))

    assert len(find_faces(shown[0])) == 1
    assert np.abs(shown[0][140:].astype(int) - astronaut).mean() < 12
    assert near(shown[0][:130], WHITE)


@pytest.mark.parametrize(("model", "beans"), [(0, 5), (1, 10), (2, 15)])
def test_a_second_costs_one_two_or_three_beans(sandbox, chanjing, model, beans):
    """By the model; a text of 19 characters is billed as 5 seconds."""
    before = sandbox.stats("chanjing")
    post(chanjing, "create_video", body(audio=TEXT, model=model))
    after = sandbox.stats("chanjing")

    assert before["credits"] - after["credits"] == beans
    assert after["paid"] - before["paid"] == 1


def test_no_beans_are_reported_in_msg(sandbox, chanjing):
    """余额不足, and no video."""
    sandbox.configure("chanjing", credits=0)
    before = sandbox.stats("chanjing")["jobs"]
    answer = post(chanjing, "create_video", body())

    assert (answer["code"] != 0, "余额不足" in answer["msg"]) == (True, True)
    assert sandbox.stats("chanjing")["jobs"] == before


def test_a_video_takes_a_while(sandbox, chanjing):
    """At the vendor's own pace: 10 without a result, then 30."""
    sandbox.configure(pace=1)
    began = time.monotonic()
    job_id = post(chanjing, "create_video", body(volume=33))["data"]
    running = told(chanjing, "video", job_id)["data"]
    ended(chanjing, "video", job_id)

    assert (running["status"], running["video_url"], running["duration"]) == (10, "", 0)
    assert running["progress"] < 100
    assert time.monotonic() - began > 2


@pytest.mark.parametrize(
    ("audio", "status", "why"),
    [
        ({"type": "tts", "tts": {"text": ["。。。"], "audio_man": VOICE}}, 40, "nothing to speak"),
        ({"type": "audio", "wav_url": "http://127.0.0.1:9/a.wav"}, 40, "上传文件失败"),
    ],
)
def test_a_video_that_cannot_be_made_fails(chanjing, audio, status, why):
    """4x, and msg says why."""
    job_id = post(chanjing, "create_video", body(audio=audio))["data"]
    data = ended(chanjing, "video", job_id)

    assert (data["status"], data["video_url"]) == (status, "")
    assert why in data["msg"]


def test_a_fault_of_the_vendor_is_5x(sandbox, chanjing):
    """With the reason that was asked for."""
    sandbox.faults("chanjing", "failed", reason="服务异常")
    data = ended(chanjing, "video", post(chanjing, "create_video", body())["data"])

    assert (data["status"], data["msg"]) == (50, "服务异常")


def test_a_deleted_person_cannot_be_shown(chanjing, bare, media):
    """40000, as for an unknown one."""
    own = trained(chanjing, bare, media.video)["id"]
    shown = body(person={"id": own, **BOX})
    taken = post(chanjing, "create_video", shown)["code"]
    post(chanjing, "delete_customised_person", {"id": own})

    assert (taken, post(chanjing, "create_video", shown)["code"]) == (0, 40000)


def test_the_callback_is_the_details_envelope(chanjing, listener):
    """Posted when the video has ended."""
    job_id = post(chanjing, "create_video", body(callback=listener.url))["data"]
    posted = json.loads(listener.wait()[0])
    asked = told(chanjing, "video", job_id)

    assert list(posted) == list(asked)
    assert (posted["code"], posted["data"]["id"], posted["data"]["status"]) == (0, job_id, 30)


def test_products_do_not_see_each_other(chanjing):
    """A video is no lip sync, and no voice."""
    job_id = video(chanjing)["id"]
    others = ["video_lip_sync/detail", "customised_audio", "customised_person"]
    listed = post(chanjing, "video_lip_sync/list", {"page_size": 1000})["data"]["list"]

    assert [told(chanjing, path, job_id)["code"] for path in others] == [40000] * 3
    assert job_id not in [row["id"] for row in listed]


def test_the_poster_is_a_frame(chanjing, bare):
    """``preview_url``: a JPEG of the video's size."""
    fetched = bare.get(video(chanjing)["preview_url"])

    assert Image.open(io.BytesIO(fetched.content)).size == (180, 320)


def test_the_rate_of_creating_is_limited(sandbox, chanjing):
    """40001 for the eleventh in a minute; each product has a limit of its own."""
    sandbox.configure(rates=True)
    codes = [post(chanjing, "create_video", {})["code"] for _ in range(11)]
    other = post(chanjing, "create_customised_audio", {})["code"]

    assert codes[-1] == 40001
    assert set(codes) <= {40000, 40001}
    assert other in (40000, 40001)  # other tests create, too


def test_the_times_need_their_signature(chanjing, bare):
    """403 without it."""
    url = httpx.URL(video(chanjing, audio=TEXT)["subtitle_data_url"])

    assert bare.get(url.copy_set_param("Signature", "x")).status_code == 403
    assert PERSON not in str(url)
