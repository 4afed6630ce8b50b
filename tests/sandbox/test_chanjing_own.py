"""蝉镜's voices and people of the client's own: what is trained, how it fails, how it is told."""

import io
import json
import time
from contextlib import contextmanager

import httpx
import numpy as np
import pytest
from PIL import Image
from sandbox.conftest import silence, still_video
from sandbox.speaking import client, create, heard
from sandbox.speaking import ended as spoken_task
from sandbox.training import BOX, body, cloned, ended, post, told, trained, video
from sandbox.uploading import ready_file

from lipsync_nb.sandbox import Sandbox
from lipsync_nb.sandbox.render.likeness import median_pitch_hz
from lipsync_nb.sandbox.render.speech import speak

SAID = "君不见黄河之水天上来，奔流到海不复回。" * 5


@pytest.fixture(scope="session")
def samples(tmp_path_factory):
    """Samples of two people of more than 15 seconds, by their voices."""
    folder = tmp_path_factory.mktemp("samples")
    paths = {name: folder / f"{name}.wav" for name in ("cmn-dawei", "cmn-yating")}
    for name, path in paths.items():
        assert speak(SAID, path, voice=name) > 15
    return paths


@pytest.fixture(scope="session")
def talking_clip(tmp_path_factory, media, samples):
    """A clip of a face with the sound of a speech."""
    import av  # noqa: PLC0415 - only here

    path = tmp_path_factory.mktemp("clips") / "talking.mp4"
    pixels = np.asarray(Image.open(media.picture).convert("RGB"))
    with av.open(str(samples["cmn-dawei"])) as source, av.open(str(path), "w") as out:
        sound = out.add_stream("aac", rate=source.streams.audio[0].rate, layout="mono")
        pictures = out.add_stream("libx264", rate=5)
        pictures.height, pictures.width, pictures.pix_fmt = *pixels.shape[:2], "yuv420p"
        for _ in range(5):
            out.mux(pictures.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        out.mux(pictures.encode())
        for frame in source.decode(audio=0):
            out.mux(sound.encode(frame))
        out.mux(sound.encode())
    return path


def pitch_hz(sound):
    return median_pitch_hz(sound.samples, sound.rate)


def spoken(chanjing, bare, voice):
    """The sound of a text that a voice speaks."""
    answer = create(chanjing, audio_man=voice, text={"text": SAID})
    assert answer["code"] == 0, answer
    return heard(bare.get(spoken_task(chanjing, answer["data"]["task_id"])["full"]["url"]).content)


def test_a_voice_sounds_like_its_sample(chanjing, bare, samples):
    """In its preview and in speeches: as high as the sample, and others are not."""
    pitches = {}
    for name, path in samples.items():
        voice = cloned(chanjing, bare, path)
        preview = heard(bare.get(voice["audio_path"]).content)
        said = spoken(chanjing, bare, voice["id"])
        pitches[name] = pitch_hz(said)

        assert voice["status"] == 2
        assert voice["id"].startswith("C-Audio-")
        assert preview.seconds > 1
        assert pitch_hz(said) == pytest.approx(pitch_hz(heard(path.read_bytes())), rel=0.15)

    assert pitches["cmn-yating"] > 1.3 * pitches["cmn-dawei"]


def test_a_voice_speaks_in_a_video(chanjing, bare, samples):
    """With the pitch that is asked for on top of its own."""
    voice = cloned(chanjing, bare, samples["cmn-dawei"])["id"]
    tts = {"text": [SAID], "audio_man": voice}
    plain, high = [
        video(chanjing, audio={"type": "tts", "tts": tts | manner}) for manner in ({}, {"pitch": 2})
    ]

    assert plain["duration"] > 15
    assert bare.get(plain["video_url"]).content != bare.get(high["video_url"]).content


def test_a_sample_may_be_anywhere(chanjing, host, samples):
    """At another host's URL, which is fetched."""
    sent = {"name": "我", "url": host(samples["cmn-dawei"])}
    voice = post(chanjing, "create_customised_audio", sent)["data"]

    assert ended(chanjing, "customised_audio", voice)["status"] == 2


def test_training_takes_a_while_and_costs_nothing(sandbox, chanjing, bare, media):
    """0 or 1 first, at the vendor's own pace; no price of it is published."""
    sandbox.configure(pace=1)
    before = sandbox.stats("chanjing")
    file_id = ready_file(chanjing, bare, media.video, "customised_person")
    began = time.monotonic()
    sent = {"name": "慢", "file_id": file_id, "train_type": "figure"}
    person = post(chanjing, "create_customised_person", sent)["data"]
    first = told(chanjing, "customised_person", person)["data"]
    ended(chanjing, "customised_person", person)
    after = sandbox.stats("chanjing")

    assert (first["status"], first["pic_url"], first["preview_url"]) == (1, "", "")
    assert time.monotonic() - began > 2
    assert after["credits"] == before["credits"]
    assert after["paid"] - before["paid"] == 1


def test_a_person_has_a_picture_and_the_clip(chanjing, bare, media):
    """The picture is a frame of the clip; the preview is the clip itself."""
    person = trained(chanjing, bare, media.video)
    shown = Image.open(io.BytesIO(bare.get(person["pic_url"]).content))
    clip = bare.get(person["preview_url"])

    assert (person["width"], person["height"]) == shown.size == (512, 512)
    assert clip.content == media.video.read_bytes()
    assert clip.headers["content-type"] == "video/mp4"
    assert person["id"].startswith("C-")
    assert bare.get(httpx.URL(person["preview_url"]).copy_set_param("Signature", "x")
                    ).status_code == 403  # fmt: skip


def test_a_person_has_a_voice_if_it_is_trained(chanjing, bare, talking_clip, samples):
    """It speaks like the clip, until the person is deleted."""
    person = trained(chanjing, bare, talking_clip, train_type="both")
    voice = person["audio_man_id"]
    said = spoken(chanjing, bare, voice)
    post(chanjing, "delete_customised_person", {"id": person["id"]})

    assert voice != ""
    assert pitch_hz(said) == pytest.approx(
        pitch_hz(heard(samples["cmn-dawei"].read_bytes())), rel=0.15
    )
    assert create(chanjing, audio_man=voice)["code"] == 40000


def test_a_clip_without_sound_can_train_the_figure_only(chanjing, bare, media):
    """Otherwise it fails; with error_skip, the person has no voice."""
    failed = trained(chanjing, bare, media.video, train_type="both")
    skipped = trained(chanjing, bare, media.video, train_type="both", error_skip=True)

    assert (failed["status"], failed["err_reason"]) == (4, "声音分离失败")
    assert (skipped["status"], skipped["audio_man_id"]) == (2, "")


def test_a_clip_without_a_face_fails(chanjing, bare, media, tmp_path):
    """4, and err_reason says why."""
    clip = still_video(media.nobody, tmp_path / "wall.mp4")
    person = trained(chanjing, bare, clip)

    assert (person["status"], person["err_reason"]) == (4, "视频中未检测到人脸")
    assert (person["pic_url"], person["preview_url"], person["is_open"]) == ("", "", 0)


def test_a_clip_that_is_too_long_fails(chanjing, bare, media, tmp_path):
    """More than five minutes."""
    clip = still_video(media.picture, tmp_path / "long.mp4", seconds=302, fps=1)

    assert "上限5分钟" in trained(chanjing, bare, clip)["err_reason"]


@pytest.mark.parametrize(("seconds", "why"), [(14, "至少15秒"), (302, "上限5分钟")])
def test_a_sample_of_another_length_fails(chanjing, bare, tmp_path, seconds, why):
    """4, and err_msg says why."""
    voice = cloned(chanjing, bare, silence(tmp_path / "me.wav", seconds))

    assert voice["status"] == 4
    assert why in voice["err_msg"]
    assert voice["audio_path"] == ""


def test_what_is_not_ready_cannot_be_used(sandbox, chanjing, bare, media):
    """A voice or a person that is still trained: 40000."""
    sandbox.faults("chanjing", "stuck", times=2)
    file_id = ready_file(chanjing, bare, media.video, "customised_person")
    sent = {"name": "我", "file_id": file_id, "train_type": "figure"}
    person = post(chanjing, "create_customised_person", sent)["data"]
    voice = post(chanjing, "create_customised_audio", {"name": "我", "url": "http://127.0.0.1/a"})
    shown = post(chanjing, "create_video", body(person={"id": person, **BOX}))["code"]

    assert shown == 40000
    assert create(chanjing, audio_man=voice["data"])["code"] == 40000


def test_the_wrong_files_are_refused(chanjing, video_id):
    """A file of another service, or one that was never uploaded."""
    sent = [
        ("create_customised_person", {"name": "我", "file_id": video_id}),
        ("create_customised_person", {"name": "我", "file_id": "x"}),
        ("create_video", body(audio={"type": "audio", "file_id": video_id})),
    ]
    place = chanjing.get(
        "/open/v1/common/create_upload_url", params={"service": "prompt_audio", "name": "me.wav"}
    ).json()["data"]
    empty = {"name": "我", "url": place["full_path"]}

    assert [post(chanjing, path, each)["code"] for path, each in sent] == [40000] * 3
    assert post(chanjing, "create_customised_audio", empty)["code"] == 40000


@pytest.fixture(params=["audio", "person"])
def made(request, chanjing, bare, media, samples):
    """The word for what was made in its paths, and the ids of three of them."""
    if request.param == "audio":
        return "audio", [cloned(chanjing, bare, samples["cmn-dawei"])["id"] for _ in range(3)]
    return "person", [trained(chanjing, bare, media.video)["id"] for _ in range(3)]


def test_own_lists_have_all_that_was_not_deleted(chanjing, made):
    """The newest first, page by page, told as in the detail."""
    what, ids = made
    post(chanjing, f"delete_customised_{what}", {"id": ids[1]})
    first = post(chanjing, f"list_customised_{what}", {"page": 1, "page_size": 2})["data"]
    asked = told(chanjing, f"customised_{what}", ids[2])["data"]

    assert [row["id"] for row in first["list"]] == [ids[2], ids[0]]
    assert first["page_info"]["size"] == 2
    assert first["list"][0].keys() == asked.keys()


def test_a_persons_callback_is_the_details_envelope(chanjing, bare, media, listener):
    """Posted when the training has ended."""
    person = trained(chanjing, bare, media.video, callback=listener.url)
    posted = json.loads(listener.wait()[0])

    assert (posted["code"], posted["data"]["id"]) == (0, person["id"])
    assert (posted["data"]["status"], posted["data"]["width"]) == (2, 512)


def test_what_was_made_and_deleted_is_so_after_a_restart(tmp_path, media):
    """It is kept in the home."""
    home = tmp_path / "home"
    with started(home) as (chanjing, bare):
        ids = [trained(chanjing, bare, media.video)["id"] for _ in range(2)]
        post(chanjing, "delete_customised_person", {"id": ids[0]})
    with started(home) as (chanjing, _):
        codes = [told(chanjing, "customised_person", each)["code"] for each in ids]

    assert codes == [40000, 0]


@contextmanager
def started(home):
    """A sandbox with this home: a client with a token, and one without."""
    with (
        Sandbox(home=home, pace=0.05, rates=False) as own,
        client(own) as chanjing,
        httpx.Client(timeout=60, verify=False) as bare,
    ):
        yield chanjing, bare


def test_a_sample_at_a_url_has_at_most_100_mb(chanjing, listener):
    """The voice fails as soon as the host tells the size."""
    listener.served = (200, {"Content-Length": "100000001"}, b"")
    sent = {"name": "我", "url": f"{listener.url}/me.wav"}
    voice = post(chanjing, "create_customised_audio", sent)["data"]
    data = ended(chanjing, "customised_audio", voice)

    assert (data["status"], data["err_msg"]) == (4, f"文件过大: {listener.url}/me.wav")
