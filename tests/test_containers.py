"""A container is told by its tracks: with sound alone it is a sound, whatever its name."""

import asyncio
import io

import av
import numpy as np
import pytest
from hosts import Host, answer
from media_files import picture
from PIL import Image
from unusual_media import amr, film, recording, with_cover

import lipsync_nb as ls
from lipsync_nb.errors import BadRequest, DownloadError
from lipsync_nb.files import LocalFile
from lipsync_nb.http.transfer import Web
from lipsync_nb.jobs.validation import Validator
from lipsync_nb.media import Media, Takes
from lipsync_nb.media.probe import duration_s
from lipsync_nb.media.video import video_suffix
from lipsync_nb.vendors.base import Delivery

M2TS = {"mpegts_m2ts_mode": "1"}
BLACK = np.zeros((48, 64, 3), np.uint8)


def cover():
    """Return a picture of 300 pixels, as JPEG."""
    file = io.BytesIO()
    Image.new("RGB", (300, 300), "navy").save(file, "JPEG")
    return file.getvalue()


def tagged(path, codec, container):
    """Write a sound with tags and a cover before it."""
    return with_cover(recording(path.with_name("bare"), codec, container, seconds=1), path, cover())


MADE = {
    "mp4": (lambda path: recording(path, "aac", "mp4", seconds=1), "audio/mp4", ".m4a"),
    "mov": (lambda path: recording(path, "aac", "mov", seconds=1), "audio/quicktime", ".mov"),
    "3gp": (lambda path: recording(path, "aac", "3gp", seconds=1), "audio/3gpp", ".3gp"),
    "webm": (lambda path: recording(path, "libopus", "webm", seconds=1), "audio/webm", ".webm"),
    "mka": (
        lambda path: recording(path, "flac", "matroska", seconds=1),
        "audio/x-matroska",
        ".mka",
    ),
    "opus": (lambda path: recording(path, "libopus", "ogg", seconds=1), "audio/ogg", ".ogg"),
    "ts": (lambda path: recording(path, "aac", "mpegts", seconds=1), "audio/mp2t", ".ts"),
    "aac": (lambda path: recording(path, "aac", "adts", seconds=1), "audio/aac", ".aac"),
    "tagged aac": (lambda path: tagged(path, "aac", "adts"), "audio/aac", ".aac"),
    "tagged mp3": (lambda path: tagged(path, "mp3", "mp3"), "audio/mpeg", ".mp3"),
    "flac": (lambda path: recording(path, "flac", "flac", seconds=1), "audio/x-flac", ".flac"),
    "amr": (lambda path: amr(path, 1), "audio/amr", ".amr"),
    "caf": (lambda path: recording(path, "pcm_s16be", "caf", seconds=1), "audio/x-caf", ""),
    "mp4 clip": (lambda path: film(path, [BLACK], "mp4", sound=True), "video/mp4", ".mp4"),
    "mov clip": (lambda path: film(path, [BLACK], "mov"), "video/quicktime", ".mov"),
    "3gp clip": (lambda path: film(path, [BLACK], "3gp"), "video/3gpp", ".3gp"),
    "mkv clip": (lambda path: film(path, [BLACK], "matroska"), "video/x-matroska", ".mkv"),
    "webm clip": (lambda path: film(path, [BLACK], "webm", codec="libvpx"), "video/webm", ".webm"),
    "ts clip": (lambda path: film(path, [BLACK], "mpegts", sound=True), "video/mp2t", ".ts"),
    "m2ts clip": (lambda path: film(path, [BLACK], "mpegts", **M2TS), "video/mp2t", ".ts"),
    "avi clip": (lambda path: film(path, [BLACK], "avi"), "video/x-msvideo", ".avi"),
}


@pytest.fixture(scope="module", params=MADE)
def kind(request, tmp_path_factory):
    """A kind of file with its content, its type and its usual ending."""
    make, mime, ending = MADE[request.param]
    return make(tmp_path_factory.mktemp("made") / "made").read_bytes(), mime, ending


@pytest.mark.parametrize("name", ["bare", "wrong.mp3", "wrong.mp4", "voice.webm", "脸.ts", "x.txt"])
def test_its_tracks_tell_its_type(tmp_path, kind, name):
    """Its name neither adds nor changes anything."""
    content, mime, ending = kind
    path = tmp_path / name
    path.write_bytes(content)

    file = LocalFile.of(path)
    assert file.mime == mime
    assert file.suffix == (ending or path.suffix)
    assert Takes((mime.partition("/")[0],)).refusal(file) is None
    assert Takes(("image",)).refusal(file) == f"{mime} is not image"


def test_bytes_are_told_as_files_are(tmp_path, kind):
    """As are those of a file object."""
    content, mime, ending = kind
    validator = Validator(tmp_path / "media", "owner", None, has_host=True)

    for source in (content, io.BytesIO(content)):
        file = validator.persisted(Media(source)).local()
        assert (file.mime, file.suffix) == (mime, ending)


def test_a_url_without_an_ending_is_told_as_files_are(kind):
    """Once it was fetched, for vendors that take uploads only."""
    content, mime, ending = kind

    async def fetched(url):
        taken = {"source": url} if mime.startswith("video/") else {"audio": url}
        request = ls.lingdong.Generate(**{"source": "a.png", "audio": "a.wav", **taken})
        (media,) = (media for _, media, _ in request.media() if media.url)
        web = Web(wait=lambda _: 0.0)
        try:
            async with Delivery(request, None, None, web) as delivery:
                file = await delivery.file(media)
                return file.mime, file.suffix
        finally:
            await web.aclose()

    with Host(answer(content)) as web:
        assert asyncio.run(fetched(f"{web.url}/v/1?sig=x")) == (mime, ending)


def test_a_voice_of_the_browser_is_a_speech(tmp_path):
    """Its WebM file has sound only, and Chanjing's list of formats has no WebM of sound."""
    path = recording(tmp_path / "voice.webm", "libopus", "webm", piped=True, live="1")

    assert Takes(("audio",)).refusal(LocalFile.of(path)) is None
    assert Takes(("audio",), ("mp3", "m4a", "wav")).refusal(LocalFile.of(path)) == (
        "audio/webm is not audio (mp3, m4a, wav)"
    )
    assert Takes(("video",), ("mp4", "webm")).refusal(LocalFile.of(path)) == (
        "audio/webm is not video (mp4, webm)"
    )


def test_a_song_with_a_cover_is_a_sound(tmp_path):
    """In MP4 the cover is a track of pictures."""
    path = tmp_path / "song.m4a"
    with av.open(str(path), "w", format="mp4") as out:
        sound = out.add_stream("aac", rate=48_000, layout="mono")
        track = out.add_stream("mjpeg", rate=1)
        track.width, track.height, track.pix_fmt = 300, 300, "yuvj420p"
        track.disposition = av.stream.Disposition.attached_pic.value
        frame = av.VideoFrame(300, 300, "yuvj420p")
        frame.pts = 0
        out.mux([*track.encode(frame), *track.encode(None)])
        for number in range(50):
            heard = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            heard.sample_rate, heard.pts = 48_000, number * 1024
            out.mux(sound.encode(heard))
        out.mux(sound.encode(None))

    assert LocalFile.of(path).mime == "audio/mp4"


@pytest.mark.parametrize(
    "content",
    [
        b'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n<TS version="2.1">\n</TS>\n' * 20,
        b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:10,\nfilm.mp4\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile 'film.mp4'\n",
        b"const clip: string = 'no clip';\n" * 99,
    ],
    ids=["translations", "playlist", "list of files", "program"],
)
def test_what_only_has_the_name_of_a_clip_is_none(tmp_path, monkeypatch, content):
    """Neither what has the same ending, nor a text that names a clip, which is not opened."""
    monkeypatch.chdir(tmp_path)
    film(tmp_path / "film.mp4", [BLACK])
    path = tmp_path / "clip.ts"
    path.write_bytes(content)

    assert Takes(("image", "video", "audio")).refusal(LocalFile.of(path)) is not None
    with pytest.raises(BadRequest, match=r"clip\.ts: "):
        duration_s(path)


@pytest.mark.parametrize(
    ("ending", "brand"),
    [("heic", b"heix"), ("heic", b"hevc"), ("avif", b"avif"), ("avif", b"avis")],
)
def test_a_picture_of_a_new_kind_is_refused_with_its_remedy(tmp_path, ending, brand):
    """No vendor names these formats. In the same container as MP4, they are no clips."""
    path = tmp_path / "face.mp4"
    path.write_bytes(b"\0\0\0\x1cftyp" + brand + b"\0\0\0\0mif1" + brand + b"miaf" + bytes(999))

    refusal = Takes(("image", "video")).refusal(LocalFile.of(path))

    assert refusal == f"image/{ending} is a format that no vendor names; save the picture as JPEG"


def test_a_result_without_pictures_is_no_video(tmp_path):
    """Even in MP4."""
    path = recording(tmp_path / "result.mp4", "aac", seconds=1)

    with pytest.raises(DownloadError, match="audio/mp4, not a video"):
        video_suffix(path)


def test_a_picture_is_told_without_decoding(tmp_path):
    """By its first bytes."""
    assert (
        LocalFile.of(picture(tmp_path / "face.png").rename(tmp_path / "a.ts")).mime == "image/png"
    )
