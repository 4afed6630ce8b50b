"""What users may give as media, what vendors take of it, and pictures as clips."""

import asyncio
import hashlib
import io
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest
from hosts import Host, answer
from media_files import clip, made, old_slides, picture, slides, sound
from PIL import Image, ImageDraw
from pydantic import BaseModel, ValidationError

import lipsync_nb as ls
from lipsync_nb.errors import BadRequest, DownloadError
from lipsync_nb.files import MB, MIME, LocalFile
from lipsync_nb.http.transfer import Web
from lipsync_nb.media import Media, Takes, still_video
from lipsync_nb.media.probe import duration_s
from lipsync_nb.vendors.base import Delivery

URL = "https://media.test/a%20b.MP4?sig=x"


class Holder(BaseModel):
    """A model of somebody else's with a media field."""

    media: Media


class PathLike:
    """What `os.PathLike` stands for."""

    def __init__(self, path):
        self.path = path

    def __fspath__(self):
        """Return the path."""
        return self.path


@pytest.mark.parametrize("source", ["face.png", Path("face.png"), PathLike("face.png")])
def test_a_path_is_a_path(source):
    """In all that Python takes for one."""
    media = Media(source)

    assert (media.path, media.url, media.data) == (Path("face.png"), None, None)
    assert str(media) == "face.png"


def test_a_home_folder_is_found():
    """As a shell would."""
    assert Media("~/face.png").path == Path.home() / "face.png"
    assert Media(Path("~/face.png")).path == Path.home() / "face.png"


@pytest.mark.parametrize(
    "url", [URL, "http://127.0.0.1:8000/a", "HTTPS://MEDIA.TEST/a", "http://脸.test"]
)
def test_a_url_is_kept_as_it_is(url):
    """Its query may be a signature."""
    media = Media(url)

    assert (media.path, media.url, media.data) == (None, url, None)
    assert media.source == url


@pytest.mark.parametrize(
    "data", [b"abc", bytearray(b"abc"), memoryview(b"abc"), io.BytesIO(b"abc")]
)
def test_bytes_are_kept(data):
    """And so is what a file object has left to read."""
    media = Media(data)

    assert (media.path, media.url, media.data) == (None, None, b"abc")
    assert repr(media) == "Media('<3 bytes>')"


def test_a_file_object_is_read_from_where_it_stands(tmp_path):
    """To its end."""
    path = tmp_path / "a.bin"
    path.write_bytes(b"0123")
    with path.open("rb") as file:
        file.read(1)
        assert Media(file).data == b"123"


@pytest.mark.parametrize("content", [b"text", b"\x89PNG\xff\xfe"])
def test_a_text_file_object_is_refused_with_its_remedy(tmp_path, content):
    """Also where its bytes are no text."""
    path = tmp_path / "face.png"
    path.write_bytes(content)
    with path.open(encoding="utf-8") as file, pytest.raises(ValueError, match="mode 'rb'"):
        Media(file)
    with pytest.raises(ValueError, match="mode 'rb'"):
        Media(io.StringIO("text"))


def test_a_file_object_that_cannot_be_read_is_refused(tmp_path):
    """Closed, or open for writing only."""
    with (tmp_path / "a").open("wb") as file, pytest.raises(ValueError, match="cannot be read"):
        Media(file)
    with pytest.raises(ValueError, match="cannot be read"):
        Media(file)


NOTHING = [
    *("", None, 5, 1.5, [], ["a.png"], {}, object(), Path, PathLike(b"a.png"), "a\0.png"),
    *("http://", "https://[::1", "http://a b:c", "http://x..y/", f"http://{'a' * 64}.test/"),
    *("~nobody-of-that-name/a.png", b"\xff.png".decode("utf-8", "surrogateescape")),
]


@pytest.mark.parametrize("source", NOTHING, ids=range(len(NOTHING)))
def test_what_is_no_medium_is_refused(source):
    """In the cell that made it, in a request and in any model."""
    with pytest.raises(ValueError, match=r"expected|not a"):
        Media(source)
    with pytest.raises(ValidationError):
        Holder(media=source)
    with pytest.raises(BadRequest, match=r"^Generate\.source: "):
        ls.lingdong.Generate(source=source, audio="a.wav")


def test_media_are_equal_by_what_they_name():
    """And may be given in place of one another."""
    assert Media("a.png") == Media(Path("a.png")) == Media(Media("a.png"))
    assert len({Media("a.png"), Media(Path("a.png")), Media(URL), Media(b"a.png")}) == 3
    assert Media("a.png") != "a.png"


@pytest.mark.parametrize("source", ["脸 a.png", URL])
def test_a_media_field_survives_json(source):
    """A path or a URL is written as a text."""
    held = Holder(media=source)

    assert Holder.model_validate_json(held.model_dump_json()) == held
    assert held.model_dump(mode="json") == {"media": source}
    assert Holder(media=held.media).media == held.media


@pytest.mark.parametrize(
    ("source", "suffix"),
    [(URL, ".mp4"), ("a/b.tar.GZ", ".gz"), ("a", ""), (b"abc", ""), ("https://x.test/a.b/c", "")],
)
def test_the_ending_is_that_of_the_name(source, suffix):
    """Without a URL's query."""
    assert Media(source).suffix == suffix


def test_only_a_path_is_a_local_file():
    """The engine makes files of bytes, and fetches URLs."""
    for source in (URL, b"abc"):
        with pytest.raises(BadRequest, match="is not a local file"):
            Media(source).local()


# What vendors take.


@pytest.mark.parametrize("ending", MIME)
def test_a_kind_takes_its_formats(tmp_path, ending):
    """And no other's."""
    file = LocalFile.of(made(tmp_path, ending))
    own = "slides" if ending in {"ppt", "pptx", "pdf"} else file.mime.partition("/")[0]
    named = "a PDF" if ending == "pdf" else file.mime

    assert Takes((own,)).refusal(file) is None
    assert Takes((own,), (ending,)).refusal(file) is None
    for other in {"image", "video", "audio", "slides"} - {own}:
        assert Takes((other,)).refusal(file).partition(";")[0] == f"{named} is not {other}"


def test_what_is_taken_is_said():
    """With the formats, if the vendor names them."""
    takes = Takes(("image", "video"), ("png", "mp4"))

    assert takes.refusal(LocalFile(Path("a"), "image/jpeg", 1)) == (
        "image/jpeg is not image or video (png, mp4)"
    )


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (100 * MB, None),
        (100 * MB + 1, "100.1 MB is over the limit of 100 MB"),
        (1234 * MB, "1234.0 MB is over the limit of 100 MB"),
    ],
)
def test_a_size_has_a_limit(size, said):
    """To the byte, and what is said of it is true."""
    file = LocalFile(Path("a.png"), "image/png", size)

    assert Takes(("image",), max_bytes=100 * MB).refusal(file) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(2.0, None), (1.96, "1.9 s is under the minimum of 2 s"), (3.0, None)],
)
def test_a_length_has_a_limit(tmp_path, seconds, said):
    """Measured, not estimated from the size."""
    file = LocalFile.of(sound(tmp_path / "a.wav", seconds=seconds))

    assert Takes(("audio",), min_seconds=2).refusal(file) == said


def test_a_sound_in_name_only_is_refused(tmp_path):
    """It has no length that could be measured either."""
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF\0\0\0\0WAVE" + bytes(99))

    refusal = Takes(("audio",), min_seconds=2).refusal(LocalFile.of(path))
    assert refusal.startswith("this audio/wav is damaged: its content cannot be read")


@pytest.mark.parametrize("ending", ["mp4", "mov", "webm"])
def test_a_clip_has_its_length(tmp_path, ending):
    """Ten frames at 25 in a second."""
    assert duration_s(made(tmp_path, ending)) == pytest.approx(0.4, abs=0.05)


@pytest.mark.parametrize("ending", ["wav", "mp3", "m4a"])
def test_a_sound_has_its_length(tmp_path, ending):
    """A second of it."""
    assert duration_s(made(tmp_path, ending)) == pytest.approx(1.0, abs=0.06)


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "pptx"])
def test_what_does_not_last_has_no_length(tmp_path, ending):
    """Neither a picture nor slides are a sound or a clip."""
    with pytest.raises(BadRequest, match=f"made.{ending}: "):
        duration_s(made(tmp_path, ending))


@pytest.mark.parametrize("name", ["12:30.wav", "a%02d.wav", "concat:a|b.wav", "-i.wav", "脸.wav"])
def test_a_name_is_only_a_name(tmp_path, monkeypatch, name):
    """FFmpeg takes some for a protocol, or for many files."""
    monkeypatch.chdir(tmp_path)
    sound(tmp_path / "plain.wav").rename(tmp_path / name)

    assert duration_s(Path(name)) == pytest.approx(1.0)


def test_tags_may_have_any_encoding(tmp_path):
    """Chinese programs write them in GBK."""
    path = tmp_path / "tagged.wav"
    title = "你好世界".encode("gbk")
    info = b"INFOINAM" + len(title).to_bytes(4, "little") + title
    tags = b"LIST" + len(info).to_bytes(4, "little") + info
    header = sound(tmp_path / "plain.wav").read_bytes().partition(b"data")
    path.write_bytes(header[0] + tags + b"data" + header[2])

    assert title in path.read_bytes()
    assert duration_s(path) == pytest.approx(1.0)
    measured = ls.measure(made(tmp_path, "mp4"), speech=path)
    assert measured["duration_delta_s"] == pytest.approx(-0.6, abs=0.05)


def test_a_file_that_is_gone_has_no_length(tmp_path):
    """It is named."""
    with pytest.raises(BadRequest, match=r"gone\.wav: .*No such file"):
        duration_s(tmp_path / "gone.wav")


# Pictures as clips.


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder of the package's own."""
    monkeypatch.setenv("LIPSYNC_NB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def frames(path):
    """Return all frames of a clip, as pixels, and its stream."""
    with av.open(str(path)) as container:
        pixels = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        stream = container.streams.video[0]
        return pixels, stream.codec_context.name, float(stream.average_rate), len(container.streams)


@pytest.mark.parametrize(
    ("size", "result"),
    [
        ((64, 48), (64, 48)),
        ((641, 481), (640, 480)),
        ((1, 1), (16, 16)),
        ((3000, 1), (1920, 16)),
        ((33, 3001), (20, 1920)),
        ((6000, 4000), (1920, 1280)),
    ],
)
def test_a_picture_of_any_size_becomes_a_clip(tmp_path, size, result):
    """Even sides, none too long, none too short for the codec."""
    source = picture(tmp_path / "a.png", size)
    path = still_video(source, 0.2, tmp_path / "clip.mp4")

    pixels, codec, rate, streams = frames(path)
    assert {frame.shape for frame in pixels} == {(result[1], result[0], 3)}
    assert (len(pixels), codec, rate, streams) == (5, "h264", 25.0, 1)
    assert LocalFile.of(path).mime == "video/mp4"
    assert abs(pixels[-1].reshape(-1, 3).mean(0) - (255, 0, 0)).max() < 12


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_a_picture_of_any_kind_becomes_a_clip(tmp_path, mode):
    """Grey, with a palette, transparent."""
    path = still_video(picture(tmp_path / "a.png", mode=mode), 0.04, tmp_path / "clip.mp4")

    assert len(frames(path)[0]) == 1


def test_a_print_picture_becomes_a_clip(tmp_path):
    """Some cameras and all print shops save CMYK."""
    path = still_video(picture(tmp_path / "a.jpg", mode="CMYK"), 0.04, tmp_path / "clip.mp4")

    assert len(frames(path)[0]) == 1


def test_a_picture_is_shown_as_the_camera_was_held(tmp_path):
    """A telephone held upright saves a lying picture, and a note."""
    image = Image.new("RGB", (96, 64), "white")
    ImageDraw.Draw(image).rectangle((0, 0, 47, 63), fill="black")
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it by 90° to the right
    image.save(tmp_path / "a.jpg", exif=exif, quality=95)

    (shown, *_), *_ = frames(still_video(tmp_path / "a.jpg", 0.04, tmp_path / "clip.mp4"))
    assert shown.shape == (96, 64, 3)
    assert shown[:40].mean() < 20
    assert shown[56:].mean() > 235


def test_a_clip_is_made_once(tmp_path, home):
    """It lies in the package's folder, under the picture's content and the length."""
    first = still_video(picture(tmp_path / "a.png"), 0.2)
    made_at = first.stat().st_mtime_ns
    again = still_video((tmp_path / "a.png").rename(tmp_path / "b.png"), 0.2)

    assert first.is_relative_to(home)
    assert again == first
    assert again.stat().st_mtime_ns == made_at
    assert still_video(tmp_path / "b.png", 0.4) != first
    assert still_video(picture(tmp_path / "c.png", (64, 64)), 0.2) != first


def test_the_same_picture_gives_the_same_clip(tmp_path):
    """To the byte, in another process too; so a request of it has one fingerprint."""
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 255, (480, 640, 3), np.uint8)).save(tmp_path / "a.png")
    path = still_video(tmp_path / "a.png", 0.4, tmp_path / "one.mp4")
    program = "import sys, lipsync_nb as ls; ls.still_video(sys.argv[1], 0.4, sys.argv[2])"
    other = tmp_path / "two.mp4"
    subprocess.run([sys.executable, "-c", program, tmp_path / "a.png", other], check=True)

    assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(other.read_bytes()).digest()


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), 1e9])
def test_a_length_that_makes_no_sense_is_refused(tmp_path, home, seconds):
    """Before anything is encoded."""
    with pytest.raises(BadRequest, match="seconds="):
        still_video(picture(tmp_path / "a.png"), seconds)
    assert not home.exists()


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(99), None])
def test_what_is_no_picture_is_refused(tmp_path, home, content):
    """By name, and nothing is left behind."""
    path = tmp_path / "a.png"
    if content is None:
        clip(tmp_path / "a.mp4").rename(path)
    else:
        path.write_bytes(content)

    with pytest.raises(BadRequest, match=r"a\.png: not readable as a picture"):
        still_video(path)
    assert [file for file in home.rglob("*") if file.is_file()] == []


def test_a_picture_that_breaks_off_is_refused(tmp_path, home):
    """Half a download."""
    whole = picture(tmp_path / "a.png", (500, 500)).read_bytes()
    (tmp_path / "b.png").write_bytes(whole[: len(whole) // 2])

    with pytest.raises(BadRequest, match=r"b\.png: not readable as a picture"):
        still_video(tmp_path / "b.png")
    assert [file for file in home.rglob("*") if file.is_file()] == []


def test_a_missing_picture_is_named(tmp_path):
    """And a folder is none."""
    with pytest.raises(BadRequest, match=r"gone\.png: No such file"):
        still_video(tmp_path / "gone.png")
    with pytest.raises(BadRequest, match="Is a directory"):
        still_video(tmp_path)


# Bringing media to where a vendor can take them.


def carry(media, *, how, host=None, during=lambda _: None):
    """Carry one medium; return what came of it, and what `during` makes of that."""
    request = ls.lingdong.Generate(source=media, audio="a.wav")

    async def carried():
        web = Web(wait=lambda _: 0.0)
        try:
            async with Delivery(request, None, None, web, media_host=host) as delivery:
                there = await getattr(delivery, how)(request.source)
                return there, during(there)
        finally:
            await web.aclose()

    return asyncio.run(carried())


def test_a_local_file_is_taken_as_it_is(tmp_path):
    """It is not copied."""
    path = made(tmp_path, "png")
    file, _ = carry(path, how="file")

    assert file == LocalFile(path, "image/png", path.stat().st_size)


def test_a_url_becomes_a_file_for_as_long_as_it_is_wanted(tmp_path):
    """For vendors that take uploads only."""
    data = made(tmp_path, "png").read_bytes()
    with Host(answer(data)) as web:
        url = f"{web.url}/face?a=b"
        file, content = carry(url, how="file", during=lambda file: file.path.read_bytes())

    assert content == data
    assert file.name.endswith(".png")
    assert not file.path.exists()
    assert not file.path.parent.exists()


def test_a_url_of_nothing_is_an_error():
    """It is that of the download."""
    with Host(answer(b"", 404)) as web, pytest.raises(DownloadError, match="HTTP 404"):
        carry(web.url, how="file")


def test_a_url_is_given_as_it_is():
    """For vendors that take URLs only."""
    assert carry(URL, how="url")[0] == URL


def test_a_file_gets_a_url_from_the_media_host(tmp_path):
    """Whichever is set."""
    path = made(tmp_path, "png")

    async def publish(file):
        return f"https://host.test/{file.name}"

    assert carry(path, how="url", host=SimpleNamespace(publish=publish))[0] == (
        "https://host.test/made.png"
    )


def test_without_a_media_host_the_error_says_how_to_set_one(tmp_path):
    """By name of the file, with the very words to write."""
    with pytest.raises(BadRequest, match=r'made\.png: .*Client\(media_host="s3://bucket/prefix"\)'):
        carry(made(tmp_path, "png"), how="url")


def test_slides_are_distinguished_from_other_archives(tmp_path):
    """All office files are archives."""
    import zipfile  # noqa: PLC0415 - here only

    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("hello.txt", "hello")

    assert LocalFile.of(slides(tmp_path / "a.bin")).mime == MIME["pptx"]
    assert LocalFile.of(old_slides(tmp_path / "b.bin")).mime == MIME["ppt"]
    assert LocalFile.of(tmp_path / "a.zip").mime == "application/zip"
