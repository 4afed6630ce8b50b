"""What is no media is refused before it is paid: what it really is, and what can be done."""

import base64
import gzip
import io
import struct
import wave
import zipfile
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
import numpy as np
import pytest
from media_files import sound
from PIL import Image

import lipsync_nb as ls
from lipsync_nb.errors import BadRequest
from lipsync_nb.files import LocalFile
from lipsync_nb.media import Takes
from lipsync_nb.media.decoding import Look, look

PAGE = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body></body></html>"
SVG = b'<?xml version="1.0"?>\n<!-- a face -->\n<svg xmlns="http://www.w3.org/2000/svg"></svg>'
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab\nsize 12345\n"
EXPIRED = (
    b"<?xml version='1.0'?>\n<Error><Code>AccessDenied</Code><Message>Expired</Message></Error>"
)
NOISE = np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8)


def written(make):
    """Return what a maker of files writes."""

    def content(folder):
        path = folder / "whole"
        make(path)
        return path.read_bytes()

    return content


def picture_of(format_, **options):
    """Return a maker of the content of a picture that is hard to compress."""
    picture = Image.fromarray(NOISE)
    return written(lambda path: picture.save(path, format_, **options))


def long_clip(path, container="mp4", codec="libx264", **options):
    """Encode 25 frames that are hard to compress."""
    with av.open(str(path), "w", format=container, options=options) as out:
        stream = out.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for number in range(25):
            frame = av.VideoFrame.from_ndarray(np.roll(NOISE, number))
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def wav_of(samples, size=None):
    """Return a WAV, whose header says that it has another size."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16_000)
        out.writeframes(samples)
    data = bytearray(file.getvalue())
    if size is not None:
        data[4:8] = data[40:44] = struct.pack("<I", size)
    return bytes(data)


def zipped(content):
    """Return an archive of one file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("face.jpg", content)
    return file.getvalue()


SAMPLES = (8000 * np.sin(np.arange(16_000) * 0.05)).astype(np.int16)
RANDOM = np.random.default_rng(1).bytes(9999)
PCM, FLOATS = SAMPLES.tobytes(), (SAMPLES / 32768).astype(np.float32).tobytes()
WAV = wav_of(PCM)


def part(make, share):
    """Return a maker of the beginning of what another one makes."""

    def content(folder):
        whole = make(folder)
        return whole[: int(len(whole) * share)]

    return content


NO_MEDIA = {
    "Git LFS": (LFS, ("face.jpg", "clip.mp4", "speech.wav"), "a Git LFS pointer", "git lfs pull"),
    "git-annex": (b"/annex/objects/SHA256E-s1--ab\n", ("clip.mp4",), "git-annex", "git annex get"),
    "login page": (PAGE, ("face.jpg", "clip.mp4", "speech.mp3"), "a web page", "in a browser"),
    "page after spaces": (b"\n\n " + PAGE.lower(), ("face.png",), "a web page", "in a browser"),
    "page in GBK": ("<html>登录".encode("gbk"), ("face.png",), "a web page", "in a browser"),
    "page in UTF-16": (PAGE.decode().encode("utf-16"), ("a.wav",), "a web page", "in a browser"),
    "SVG": (SVG, ("face.svg", "face.jpg"), "an SVG drawing", "PNG"),
    "JSON": (
        b'{"error": {"code": 1, "message": "The link has expired"}}',
        ("clip.mp4", "speech.wav"),
        'JSON that says "The link has expired"',
        "the file itself",
    ),
    "an object store's error": (EXPIRED, ("face.jpg",), '"AccessDenied, Expired"', "itself"),
    "text": ("你好，世界".encode() * 9, ("speech.wav", "face.png"), "a text", "the file itself"),
    "subtitles": (b"WEBVTT\n\n00:00.000 --> 00:01.000\nhi\n", ("clip.mp4",), "a text", "itself"),
    "base64 in a file": (base64.b64encode(PCM), ("speech.wav",), "base64", "b64decode"),
    "playlist": (
        b"#EXTM3U\n#EXT-X-VERSION:3\nhttp://x.test/a.ts\n",
        ("a.mp4",),
        "playlist",
        "clip",
    ),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", ("clip.mp4", "face.jpg"), "a PDF", "export"),
    "ZIP": (zipped(NOISE.tobytes()), ("clip.mp4", "face.jpg"), "a ZIP archive", "unpack"),
    "gzip": (gzip.compress(WAV), ("speech.wav",), "a gzip archive", "unpack"),
    "JPEG XL": (b"\xff\n" + RANDOM, ("face.jxl",), "a JPEG XL picture", "as JPEG"),
    "resource fork": (b"\x00\x05\x16\x07" + bytes(99), ("._face.jpg",), "macOS", "no leading"),
    "NumPy": (b"\x93NUMPY" + bytes(99), ("face.png", "speech.wav"), "a NumPy array", "save"),
    "zeros": (bytes(99_999), ("clip.mp4", "face.jpg"), "a file of zeros", "again"),
    "raw PCM": (PCM, ("speech.wav", "speech.mp3", "speech.pcm"), "of no known format", "WAV"),
    "raw floats": (FLOATS, ("speech.wav",), "of no known format", "WAV"),
    "random bytes": (RANDOM, ("face.jpg", "clip.mp4", "a.wav"), "of no known", "format"),
    "a picture for a sound": (picture_of("PNG"), ("speech.wav",), "image/png is not audio", ""),
    "a sound for a clip": (WAV, ("clip.mp4",), "audio/wav is not video", ""),
    "a clip for a picture": (written(long_clip), ("face.jpg",), "video/mp4 is not image", ""),
    "half a JPEG": (part(picture_of("JPEG"), 0.5), ("a.jpg",), "damaged: image file is trunc", ""),
    "half a progressive JPEG": (
        part(picture_of("JPEG", progressive=True), 0.7),
        ("face.jpg",),
        "damaged: image file is truncated",
        "again",
    ),
    "half a PNG": (part(picture_of("PNG"), 0.5), ("a.png",), "damaged: image file is trunc", ""),
    "half a WebP": (part(picture_of("WEBP"), 0.5), ("face.webp",), "image/webp is damaged", ""),
    "a JPEG's header": (b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(99), ("a.jpg",), "is damaged", ""),
    "no index": (part(written(long_clip), 0.5), ("a.mp4",), "damaged: it has no index (moov)", ""),
    "half a clip": (
        part(written(partial(long_clip, movflags="faststart")), 0.5),
        ("clip.mp4",),
        "bytes, by its own container",
        "again",
    ),
    "half a WebM": (
        part(written(partial(long_clip, container="webm", codec="libvpx")), 0.5),
        ("clip.webm",),
        "bytes, by its own container",
        "again",
    ),
    "a WAV of nothing": (wav_of(b""), ("a.wav",), "damaged: it has no samples", "again"),
    "a damaged WAV": (WAV[:20] + bytes(16) + WAV[36:], ("a.wav",), "audio/wav is damaged", ""),
    "a WAV's header": (b"RIFF\0\0\0\0WAVE" + bytes(99), ("a.wav",), "audio/wav is damaged", ""),
    "an MP3's header": (b"ID3\x04" + bytes(6) + RANDOM, ("a.mp3",), "is damaged", ""),
}
KIND = {
    **dict.fromkeys((".jpg", ".png", ".webp", ".svg", ".jxl"), "image"),
    **dict.fromkeys((".mp4", ".webm"), "video"),
    **dict.fromkeys((".wav", ".mp3", ".pcm"), "audio"),
}
FIELDS = {
    "image": lambda given, good: ls.lipsync_studio.LipSyncImage(image=given, audio=good.speech),
    "video": lambda given, good: ls.lipsync_studio.LipSyncVideo(video=given, audio=good.speech),
    "audio": lambda given, good: ls.lipsync_studio.LipSyncImage(image=good.face, audio=given),
}


@pytest.fixture
def folder(tmp_path):
    """A folder for files to send."""
    (tmp_path / "media to send").mkdir()
    return tmp_path / "media to send"


class Hosted:
    """A media host that is never asked."""

    async def publish(self, file):
        """Fail."""
        raise AssertionError(file)


@pytest.fixture
def client(tmp_path):
    """A client of a vendor that nobody asks."""
    studio = ls.LipsyncStudio("key", base_url="http://127.0.0.1:1")
    client = ls.Client([studio], ledger=tmp_path / "jobs.sqlite", media_host=Hosted())
    yield client
    client.close(wait=False)


@pytest.fixture
def asked(client):
    """Return what submits a request of one odd medium, which must be refused."""

    def refusal(given, kind, samples):
        with pytest.raises(BadRequest) as refused:
            client.submit(FIELDS[kind](given, samples))
        assert client.jobs.empty
        return refused.value

    return refusal


NAMED = [(kind, name) for kind, (_, names, _, _) in NO_MEDIA.items() for name in names]


@pytest.mark.parametrize(("kind", "name"), NAMED)
def test_what_is_no_media_is_never_sent(asked, samples, folder, kind, name):
    """It is refused in the cell: field, file, what it really is, and what can be done."""
    content, _, really, remedy = NO_MEDIA[kind]
    path = folder / name
    path.write_bytes(content(folder) if callable(content) else content)

    error = asked(path, KIND[path.suffix], samples)

    assert [field for field, _ in error.fields] == [KIND[path.suffix]]
    assert str(path) in str(error)
    assert really in str(error)
    assert remedy in str(error)
    assert len(str(error)) < 500


WAYS = {
    "bytes": lambda data: data,
    "a file object": io.BytesIO,
    "a data: URI": lambda data: f"data:image/jpeg;base64,{base64.b64encode(data).decode()}",
    "an upload": lambda data: ({"name": "a.jpg", "content": memoryview(data)},),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["login page", "Git LFS", "SVG", "half a JPEG", "random bytes"])
def test_however_it_is_given(tmp_path, asked, samples, kind, way):
    """And the error names no file that the user has not made."""
    content, _, really, _ = NO_MEDIA[kind]
    data = content(tmp_path) if callable(content) else content

    error = asked(WAYS[way](data), "image", samples)

    assert really in str(error)
    assert f"<{len(data):,} bytes>" in str(error)
    assert str(tmp_path) not in str(error)


GOOD = {
    "a JPEG": (picture_of("JPEG"), "a.jpg"),
    "a progressive JPEG": (picture_of("JPEG", progressive=True), "a.jpg"),
    "a PNG with another name": (picture_of("PNG"), "a.jpg"),
    "a WebP": (picture_of("WEBP"), "a.webp"),
    "a GIF": (picture_of("GIF"), "a.gif"),
    "a BMP": (picture_of("BMP"), "a.bmp"),
    "a TIFF": (picture_of("TIFF"), "a.tif"),
    "a clip": (written(long_clip), "a.mp4"),
    "a clip with another name": (written(long_clip), "a.jpg"),
    "a clip in fragments": (written(partial(long_clip, movflags="frag_keyframe+empty_moov")), "a"),
    "a WebM": (written(partial(long_clip, container="webm", codec="libvpx")), "a.webm"),
    "an AVI": (written(partial(long_clip, container="avi", codec="mpeg4")), "a.avi"),
    "a WAV": (WAV, "a.wav"),
    "a WAV with another name": (WAV, "a.mp4"),
    "a WAV from a pipe": (wav_of(PCM, 0xFFFFFFFF), "a.wav"),
    "a WAV from another pipe": (wav_of(PCM, 0x7FFFF000), "a.wav"),
    "a WAV of no size": (wav_of(PCM, 0), "a.wav"),
    "an MP3": (written(lambda path: sound(path, "mp3", "mp3")), "a.mp3"),
    "an MP3 with a picture's name": (written(lambda path: sound(path, "mp3", "mp3")), "a.jpg"),
    "an M4A": (written(lambda path: sound(path, "aac", "ipod")), "a.m4a"),
    "an AAC": (written(lambda path: sound(path, "aac", "adts")), "a.aac"),
    "a FLAC": (written(lambda path: sound(path, "flac", "flac")), "a.flac"),
    "an Opus": (written(lambda path: sound(path, "libopus", "ogg")), "a.opus"),
}


@pytest.mark.parametrize(("content", "name"), GOOD.values(), ids=GOOD)
def test_what_can_be_decoded_is_taken_without_a_word(tmp_path, content, name):
    """Whatever its name is."""
    path = tmp_path / name
    path.write_bytes(content(tmp_path) if callable(content) else content)

    assert look(LocalFile.of(path)) == Look()


def test_a_file_is_decoded_once(tmp_path):
    """As long as it does not change."""
    path = tmp_path / "a.wav"
    path.write_bytes(WAV)
    file = LocalFile.of(path)
    assert look(file) is look(file)

    path.write_bytes(wav_of(b""))
    assert look(LocalFile.of(path)).damage == "it has no samples"


def test_what_has_no_reader_here_is_sent_with_a_note(tmp_path):
    """The vendor may have one."""
    path = tmp_path / "face"
    path.write_bytes(b"gimp xcf v011\0" + bytes(99))
    file = LocalFile.of(path)

    assert file.mime == "image/x-xcf"
    assert Takes(("image",)).refusal(file) is None
    assert "without a look" in Takes(("image",)).note(file)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_picture_that_is_too_large_to_be_decoded_here_is_sent_with_a_note(tmp_path):
    """The vendor may take it."""
    path = tmp_path / "a.png"
    Image.new("1", (15_000, 10_000)).save(path)
    file = LocalFile.of(path)

    assert Takes(("image",)).refusal(file) is None
    assert "15000 × 10000 pixels" in Takes(("image",)).note(file)


def test_a_sound_that_is_shorter_than_its_header_says_has_a_note(tmp_path):
    """Half a download can be played, but says half of it."""
    path = tmp_path / "a.wav"
    path.write_bytes(WAV[: len(WAV) // 2])
    file = LocalFile.of(path)

    assert Takes(("audio",)).refusal(file) is None
    assert Takes(("audio",)).note(file) == "it has 16,022 of 32,044 bytes, by its own header"


def test_a_note_on_a_file_is_the_jobs(client, samples, tmp_path):
    """From the moment that it is entered."""
    path = tmp_path / "a.wav"
    path.write_bytes(WAV[: len(WAV) // 2])
    job = client.submit(ls.lipsync_studio.LipSyncImage(image=samples.face, audio=path))

    assert job.note == "audio: it has 16,022 of 32,044 bytes, by its own header"


def test_an_empty_file_object_is_named_as_such(asked, samples):
    """And no bytes are none."""
    assert "no bytes were given" in str(asked(b"", "image", samples))


def test_slides_that_are_none_are_refused(tmp_path):
    """A pointer has the ending of what it points to."""
    path = tmp_path / "slides.pptx"
    path.write_bytes(LFS)

    refusal = Takes(("slides",), ("pptx",)).refusal(LocalFile.of(path))
    assert refusal.startswith("a Git LFS pointer is not slides (pptx); run `git lfs pull`")


def test_a_huge_file_is_not_read_to_its_end(tmp_path):
    """One sample is enough, and half a gigabyte of what is none is not searched."""
    path = tmp_path / "a.mp4"
    with path.open("wb") as file:
        file.write(b"\0\0\0\x08free")
        file.truncate(500_000_000)

    assert Takes(("video",)).refusal(LocalFile.of(Path(path))) is not None
