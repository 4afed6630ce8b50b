"""The free check: what most often wastes money is found before it is paid, and nothing else is."""

import io
import subprocess
import sys
import wave
from pathlib import Path

import cv2
import faces
import numpy as np
import pytest
import skimage.data
import unusual_media
from media_files import slides
from vendors.cases import ORDERS
from vendors.media import Media as Kinds

import lipsync_nb as ls
from lipsync_nb.vendors import VENDORS

ASTRONAUT = skimage.data.astronaut()
GREY = ASTRONAUT.mean(axis=2, keepdims=True).astype(np.uint8).repeat(3, axis=2)
RATE = 22_050


@pytest.fixture
def client(tmp_path):
    """A client that is connected to no vendor."""
    with ls.Client([], ledger=tmp_path / "ledger" / "jobs.sqlite") as client:
        yield client


@pytest.fixture(scope="module")
def voice(tmp_path_factory):
    """Five seconds of speech, full scale 1."""
    with wave.open(str(faces.speech(tmp_path_factory.mktemp("voice") / "voice.wav"))) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16) / 32768


def wav(path, *channels):
    """Write channels of samples, full scale 1, as a WAV of 16 bits."""
    values = (np.stack(channels, axis=1) * 32768).round().clip(-32768, 32767)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(values.astype(np.int16).tobytes())
    return path


def kinds(findings):
    """Return the fields and kinds of findings."""
    return [(found.field, found.kind) for found in findings]


def within(picture, width, height, scale=1.0):
    """Return a picture, scaled, in the middle of a larger grey one."""
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    whole = np.full((height, width, 3), 128, np.uint8)
    top, left = (height - small.shape[0]) // 2, (width - small.shape[1]) // 2
    whole[top : top + small.shape[0], left : left + small.shape[1]] = small
    return whole


def film(path, *pictures, fps=10):
    """Save a clip of pictures that are all of one size."""
    return faces.clip(path, pictures, fps, (pictures[0].shape[1], pictures[0].shape[0]))


STILLS = {
    "nobody": (faces.no_face, ["no_face"]),
    "two faces": (faces.two_faces, ["several_faces"]),
    "a face of 27 pixels": (
        lambda path: faces.save(path, within(ASTRONAUT, 640, 480, 0.35)),
        ["small_face"],
    ),
    "a small face in a large picture": (
        lambda path: faces.save(path, within(ASTRONAUT, 2000, 1500)),
        ["small_face"],
    ),
    "a face cut at the left": (lambda path: faces.save(path, ASTRONAUT[:, 200:]), ["cut_face"]),
    "a face cut at the top": (lambda path: faces.save(path, ASTRONAUT[90:]), ["cut_face"]),
    "a chin cut off": (lambda path: faces.save(path, ASTRONAUT[:150]), ["cut_face"]),
    "a photo on its side": (
        lambda path: faces.save(path, np.rot90(ASTRONAUT).copy()),
        ["turned"],
    ),
    "a photo on its other side": (
        lambda path: faces.save(path, np.rot90(ASTRONAUT, 3).copy()),
        ["turned"],
    ),
    "a photograph": (faces.portrait, []),
    "a drawn face": (lambda path: faces.drawn_face(path, 5), []),
    "a grey photograph": (lambda path: faces.save(path, GREY), []),
}


@pytest.mark.parametrize("case", STILLS)
def test_a_picture_is_searched_for_faces(client, samples, tmp_path, case):
    """Each finding names the field, what was found, and what can be done."""
    make, expected = STILLS[case]
    picture = make(tmp_path / "face.png")

    findings = client.check_inputs(ls.lingdong.Generate(source=picture, audio=samples.speech))

    assert kinds(findings) == [("source", kind) for kind in expected]
    assert all(found.text and found.remedy for found in findings)


@pytest.mark.parametrize("quarters", [1, 3])
def test_a_photo_on_its_side_is_to_be_turned_back(client, samples, tmp_path, quarters):
    """The remedy says in which direction."""
    picture = faces.save(tmp_path / "face.png", np.rot90(ASTRONAUT, quarters).copy())
    [found] = client.check_inputs(ls.lingdong.Generate(source=picture, audio=samples.speech))

    assert found.remedy == f"turn it by {90 * quarters}° clockwise, and save it upright"


def test_a_photo_that_its_camera_turns_is_upright(client, samples, tmp_path):
    """As it is sent upright."""
    from PIL import Image  # noqa: PLC0415 - only here

    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90° clockwise
    Image.fromarray(np.rot90(ASTRONAUT)).save(tmp_path / "face.jpg", exif=exif)

    order = ls.lingdong.Generate(source=tmp_path / "face.jpg", audio=samples.speech)
    assert client.check_inputs(order) == []


NOBODY = np.full_like(ASTRONAUT, 128)
PAIR = np.hstack([faces.drawn(3, 240), faces.drawn(0, 240)])
CLIPS = {
    "a face all the time": ([ASTRONAUT] * 20, []),
    "the face leaves": ([ASTRONAUT] * 14 + [NOBODY] * 6, ["face_missing"]),
    "the face comes late": ([NOBODY] * 6 + [ASTRONAUT] * 14, ["face_missing"]),
    "nobody": ([NOBODY] * 20, ["no_face"]),
    "another face for a while": (
        [within(faces.drawn(3, 240), 480, 240)] * 10 + [PAIR] * 10,
        ["several_faces"],
    ),
    "on its side": ([np.rot90(ASTRONAUT)] * 20, ["turned"]),
    "a single frame": ([ASTRONAUT], []),
}


@pytest.mark.parametrize("case", CLIPS)
def test_a_clip_is_searched_for_faces(client, samples, tmp_path, case):
    """In frames all over it."""
    pictures, expected = CLIPS[case]
    video = film(tmp_path / "clip.mp4", *pictures)

    findings = client.check_inputs(ls.chanjing.LipSync(video=video, audio=samples.speech))

    assert kinds(findings) == [("video", kind) for kind in expected]


CONTAINERS = {
    "mp4": {"container": "mp4"},
    "fragments": {"container": "mp4", "piped": True, "movflags": "frag_keyframe+empty_moov"},
    "live webm": {"container": "webm", "codec": "libvpx", "piped": True, "live": "1"},
    "ts": {"container": "mpegts"},
    "avi": {"container": "avi"},
    "h264": {"container": "h264"},
}


@pytest.mark.parametrize("kind", CONTAINERS)
def test_a_face_is_found_in_every_container(client, samples, tmp_path, kind):
    """Also where key frames cannot be sought, or frames have no times."""
    path = unusual_media.film(tmp_path / "clip", [ASTRONAUT], frames=[75], **CONTAINERS[kind])

    assert client.check_inputs(ls.lingdong.Generate(source=path, audio=samples.speech)) == []


def test_a_face_that_is_missed_in_one_frame_is_there(client, samples, tmp_path):
    """Eyes close, and heads turn."""
    video = film(tmp_path / "clip.mp4", *[ASTRONAUT] * 10, NOBODY, *[ASTRONAUT] * 9)

    assert client.check_inputs(ls.chanjing.LipSync(video=video, audio=samples.speech)) == []


def test_when_the_face_is_missing_is_said(client, tmp_path):
    """In seconds from the clip's beginning, also in a long clip with few key frames."""
    pictures = [picture[:256, 96:352] for picture in (ASTRONAUT, NOBODY)]
    video = film(tmp_path / "clip.mp4", *[pictures[0]] * 400, *[pictures[1]] * 400)
    said = {"text": "Hi", "audio_man_id": "nina"}
    found = client.check_inputs(ls.chanjing.LipSync(video=video, tts=said))[0]

    times = [float(part.split()[0]) for part in found.text.partition("at ")[2].split(", ")[:4]]
    assert found.kind == "face_missing"
    assert found.text.startswith("no face was found in 6 of 12 frames: at 4")
    assert all(40 <= time <= 80 for time in times)


def hum(seconds, level):
    """Return the hum of a power line, with harmonics."""
    turns = 2 * np.pi * 50 * np.arange(round(seconds * RATE)) / RATE
    return level * (np.sin(turns) + 0.4 * np.sin(3 * turns) + 0.1 * np.sin(7 * turns))


SOUNDS = {
    "speech": (lambda x: [x], []),
    "speech up to full scale": (lambda x: [x / abs(x).max()], []),
    "quiet speech": (lambda x: [x * 0.02], []),
    "a second of speech in a minute": (lambda x: [np.pad(x[:RATE], (0, 59 * RATE))], []),
    "speech in noise": (
        lambda x: [0.3 * x + np.random.default_rng(0).normal(0, 0.02, len(x))],
        [],
    ),
    "both channels": (lambda x: [x, x], []),
    "one louder channel": (lambda x: [x, 0.2 * x], []),
    "silence": (lambda x: [0 * x], ["silent"]),
    "silence in both channels": (lambda x: [0 * x, 0 * x], ["silent"]),
    "a faint hum": (lambda _: [hum(3, 0.003)], ["silent"]),
    "a loud hum": (lambda _: [hum(3, 0.3)], ["no_speech"]),
    "noise": (lambda x: [np.random.default_rng(0).normal(0, 0.1, len(x))], ["no_speech"]),
    "twice too loud": (lambda x: [2 * x / abs(x).max()], ["clipped"]),
    "far too loud": (lambda x: [20 * x], ["clipped"]),
    "one silent channel": (lambda x: [x, 0 * x], ["one_channel"]),
    "the other silent channel": (lambda x: [0 * x, x], ["one_channel"]),
    "opposite channels": (lambda x: [x, -x], ["cancelling"]),
    "one clipped channel and a silent one": (
        lambda x: [4 * x, 0 * x],
        ["clipped", "one_channel"],
    ),
}


@pytest.mark.parametrize("case", SOUNDS)
def test_a_speech_is_listened_to(client, samples, tmp_path, voice, case):
    """Silence, hum, noise and clipping are not paid for unnoticed."""
    make, expected = SOUNDS[case]
    speech = wav(tmp_path / "speech.wav", *make(voice))

    findings = client.check_inputs(ls.lingdong.Generate(source=samples.face, audio=speech))

    assert kinds(findings) == [("audio", kind) for kind in expected]
    assert all(found.text and found.remedy for found in findings)


@pytest.mark.parametrize("ending", ["mp3", "m4a", "flac"])
def test_clipped_speech_is_found_in_every_format(client, samples, tmp_path, voice, ending):
    """Formats with losses move the clipped samples a little; the share of them is said."""
    import av  # noqa: PLC0415 - only here

    source, path = wav(tmp_path / "speech.wav", 4 * voice), tmp_path / f"speech.{ending}"
    with av.open(str(source)) as given, av.open(str(path), "w") as out:
        codec = {"m4a": "aac"}.get(ending, ending)
        track = out.add_stream(codec, rate=RATE, layout="mono")
        for frame in given.decode(audio=0):
            frame.pts = None
            out.mux(track.encode(frame))
        out.mux(track.encode(None))

    [found] = client.check_inputs(ls.lingdong.Generate(source=samples.face, audio=path))
    assert found.kind == "clipped"
    assert "% of its samples are at full scale" in found.text


LENGTHS = {
    (1, 5): "5.0 s are much longer than the 1.0 s of video",
    (8, 1): "1.0 s are much shorter than the 8.0 s of video",
    (3, 5): None,
    (1, 2): None,
}


@pytest.mark.parametrize("seconds", LENGTHS, ids=str)
def test_clip_and_speech_are_of_about_the_same_length(client, samples, tmp_path, voice, seconds):
    """Else one of them is probably another file than was meant."""
    video = ls.still_video(samples.face, seconds[0], tmp_path / "clip.mp4")
    audio = wav(tmp_path / "speech.wav", voice[: seconds[1] * RATE])

    findings = client.check_inputs(ls.chanjing.LipSync(video=video, audio=audio))

    expected = [("audio", "lengths", LENGTHS[seconds])] if LENGTHS[seconds] else []
    assert [(found.field, found.kind, found.text) for found in findings] == expected


def test_a_text_has_no_sound_to_check(client, samples, tmp_path, voice):
    """Nor is a sample of a voice as long as the clip."""
    said = ls.chanjing.Speech(text="Hello.", audio_man_id="nina")
    sample = wav(tmp_path / "sample.wav", np.tile(voice, 6))
    cloned = ls.yunai.CloneVoice(audio=sample, language="en", text="Hello.")

    assert client.check_inputs(ls.chanjing.LipSync(video=samples.clip, tts=said)) == []
    assert client.check_inputs(ls.yunai.AvatarVideo(avatar=samples.clip, clone=cloned)) == []

    wav(sample, 0 * np.tile(voice, 6))
    assert kinds(client.check_inputs(ls.yunai.AvatarVideo(avatar=samples.clip, clone=cloned))) == [
        ("clone.audio", "silent")
    ]


def test_what_need_not_show_a_face_is_not_searched(client, samples, tmp_path):
    """A stock figure's slides and pictures, and masks."""
    hills, notes = faces.no_face(tmp_path / "hills.png"), slides(tmp_path / "a.pptx", "Hello.")
    figure = {"look_name": "a", "tts_vcn_name": "b", "studio_name": "c"}
    orders = [
        ls.xingyun.RenderScript(segments=[{"text": "Hi", "media_url": hills}], **figure),
        ls.xingyun.RenderSlides(ppt=notes, **figure),
        ls.lipsync_studio.LipSyncImage(image=samples.face, audio=samples.speech, mask_image=hills),
    ]

    assert [client.check_inputs(order) for order in orders] == [[], [], []]


def test_two_who_speak_are_two_faces(client, samples, tmp_path):
    """One is too few, three are too many."""
    pictures = [
        faces.two_faces(tmp_path / "two.png"),
        samples.face,
        faces.save(tmp_path / "3.png", np.hstack([faces.drawn(seed, 320) for seed in (3, 0, 1)])),
    ]
    said = {"left_audio": samples.speech, "right_audio": samples.speech}

    found = [
        kinds(client.check_inputs(ls.lipsync_studio.LipSyncDialogue(image=picture, **said)))
        for picture in pictures
    ]
    assert found == [[], [("image", "few_faces")], [("image", "several_faces")]]


def test_what_is_behind_a_url_is_not_looked_at_which_is_said(client):
    """Nothing is sent: the host of these URLs does not exist. Their secrets are not shown."""
    order = ls.yunai.AvatarVideo(
        avatar="https://nowhere.invalid/a.png?X-Amz-Signature=abc",
        audio="https://nowhere.invalid/a",
    )

    findings = client.check_inputs(order)

    assert kinds(findings) == [("avatar", "not_checked"), ("audio", "not_checked")]
    assert findings.warnings == []
    assert "abc" not in str(findings)


def test_what_submit_refuses_is_found_in_its_words(client, tmp_path):
    """A check raises no error about media: it is asked what is wrong."""
    (tmp_path / "face.jpg").write_bytes(b"<!doctype html><title>Sign in</title>")
    order = ls.lingdong.Generate(source=tmp_path / "face.jpg", audio="missing.wav")

    findings = client.check_inputs(order)

    assert kinds(findings) == [("source", "refused"), ("audio", "refused")]
    assert "a web page is not image or video" in findings[0].text
    assert "No such file" in findings[1].text
    with pytest.raises(ls.BadRequest, match="is not a request"):
        client.check_inputs("face.jpg")


@pytest.mark.parametrize(
    "way", [str, Path, Path.read_bytes, lambda path: io.BytesIO(path.read_bytes())]
)
def test_media_are_checked_however_they_are_given(client, tmp_path, voice, way):
    """As they are sent."""
    hills, silence = faces.no_face(tmp_path / "a.png"), wav(tmp_path / "a.wav", 0 * voice)
    order = ls.lingdong.Generate(source=way(hills), audio=way(silence))

    assert kinds(client.check_inputs(order)) == [("source", "no_face"), ("audio", "silent")]


def test_a_file_that_changes_is_checked_again(client, samples, tmp_path, voice):
    """What was seen of it before is forgotten."""
    speech = wav(tmp_path / "a.wav", 0 * voice)
    order = ls.lingdong.Generate(source=samples.face, audio=speech)
    assert kinds(client.check_inputs(order)) == [("audio", "silent")]

    wav(speech, voice)
    assert client.check_inputs(order) == []


def test_findings_are_shown_as_text_and_html(client, tmp_path, samples):
    """And as a table of pandas."""
    import pandas as pd  # noqa: PLC0415 - only here

    order = ls.lingdong.Generate(source=faces.no_face(tmp_path / "a.png"), audio=samples.speech)
    findings = client.check_inputs(order)

    assert repr(findings).startswith("<Findings: 1>\n  source: no face was found in it; use an")
    assert findings._repr_html_().startswith("<ul><li><strong>source</strong>: no face was found")
    assert list(pd.DataFrame(findings)["kind"]) == ["no_face"]
    assert "<b>" not in ls.Findings([ls.Finding("<b>", "note", "<b>")])._repr_html_()
    assert repr(ls.Findings()) == "<Findings: none>"
    assert "nothing" in ls.Findings()._repr_html_()


def test_without_the_extra_the_check_says_what_it_left_out(samples, tmp_path):
    """And does the rest."""
    program = f"""
import sys
sys.modules["cv2"] = None
import lipsync_nb as ls
with ls.Client([], ledger={str(tmp_path / "jobs.sqlite")!r}) as client:
    order = ls.chanjing.LipSync(video={str(samples.clip)!r}, audio={str(samples.speech)!r})
    print(client.check_inputs(order))
"""
    done = subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.PIPE)

    assert done.stdout.decode().strip() == (
        "video: faces were not looked for; OpenCV is not installed: "
        'pip install "lipsync_nb[compare]"'
    )


@pytest.mark.parametrize("seed", range(8))
def test_drawn_faces_raise_no_alarm(client, samples, tmp_path, seed):
    """Whatever their skin, hair and background."""
    face = faces.drawn_face(tmp_path / "face.png", seed)

    assert client.check_inputs(ls.lingdong.Generate(source=face, audio=samples.speech)) == []


def test_the_videos_of_the_sandbox_raise_no_alarm(connect, samples):
    """Every vendor's, made of the portrait or of a stock figure, as the clip of another request."""
    client = connect()
    orders = [
        ls.lingdong.Generate(source=samples.face, audio=samples.speech),
        ls.chanjing.LipSync(video=samples.clip, audio=samples.speech),
        ls.xingyun.RenderScript(
            segments=[{"text": "Hello there, my friend."}],
            look_name="AM054_Jap_9021_new",
            tts_vcn_name="XMOV_HN_TTS__236",
            studio_name="youling_2d_v",
        ),
    ]

    for video in client.gather(client.map(orders)):
        again = ls.chanjing.LipSync(video=video.path, audio=samples.speech)
        assert client.check_inputs(again) == []


def test_every_kind_of_request_can_be_checked(client, tmp_path):
    """Whatever its fields are."""
    media = Kinds.make(tmp_path)

    for order in ORDERS.values():
        request = order(media)
        fields = {field for field, _, _ in request.media()}
        assert {found.field for found in client.check_inputs(request)} <= fields
    assert {order(media).vendor for order in ORDERS.values()} == set(VENDORS)
