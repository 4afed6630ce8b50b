"""What a user may give as media, in three ways and for three fields: taken, or refused in words.

The table is the documentation: a row for each kind of file, a column for each field.
"""

import base64
import gzip
import io
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from urllib.parse import quote

import numpy as np
import pytest
from hosts import Host, answer, says
from media_files import slides
from PIL import Image
from unusual_media import amr, film, recording, set_matrix, with_cover
from waiting import wait_until

import lipsync_nb as ls
from lipsync_nb.errors import BadRequest
from lipsync_nb.media import Media
from lipsync_nb.media.talk import Talk

NOISE = np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8)
TAKEN = "taken"
AGAIN = "record, export or download it again"
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab\nsize 12345\n"
EXPIRED = b"<?xml version='1.0'?>\n<Error><Code>AccessDenied</Code></Error>"
BEGIN_OF_HEIC = b"\0\0\0\x1cftypheix\0\0\0\0mif1heixmiaf" + bytes(999)
BEGIN_OF_AVIF = b"\0\0\0\x1cftypavif\0\0\0\0mif1avifmiaf" + bytes(999)


def shot(kind, mode="RGB", **options):
    """Return a maker of a picture."""
    picture = Image.fromarray(NOISE).convert(mode)
    return lambda path: picture.save(path, kind, **options)


def turned(path):
    """Save a JPEG as a phone does that was held upright."""
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(NOISE).save(path, "JPEG", exif=exif)


def deep(path):
    """Save a PNG of 16 bits."""
    Image.fromarray(NOISE[..., 0].astype(np.uint16) << 8).save(path, "PNG")


def moving(kind):
    """Return a maker of an animation."""
    frames = [Image.fromarray(np.roll(NOISE, step)) for step in range(3)]
    return lambda path: frames[0].save(path, kind, save_all=True, append_images=frames[1:])


def filmed(container, **options):
    """Return a maker of a clip of two seconds."""
    return lambda path: film(path, [NOISE], container, **options)


def heard(codec, container, **options):
    """Return a maker of a sound of a second."""
    return lambda path: recording(path, codec, container, seconds=1, **options)


def wav(samples, kind=1, width=16):
    """Return a WAV at 16 kHz, in mono."""
    form = struct.pack("<HHIIHH", kind, 1, 16_000, 16_000 * width // 8, width // 8, width)
    body = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(samples))
    return b"RIFF" + struct.pack("<I", len(body) + len(samples)) + body + samples


def part(make, share):
    """Return a maker of the beginning of what another makes."""

    def cut(path):
        make(path)
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * share)])

    return cut


def holding(content):
    """Return a maker of a file of these bytes."""
    return lambda path: path.write_bytes(content)


def in_memory(make, pack):
    """Return a maker of what is packed from what another makes."""

    def packed(path):
        make(path)
        path.write_bytes(pack(path.read_bytes()))

    return packed


def zipped(content):
    """Return an archive of one file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("face.jpg", content)
    return file.getvalue()


def saved_array():
    """Return what numpy saves."""
    file = io.BytesIO()
    np.save(file, NOISE)
    return file.getvalue()


def covered(path):
    """Write an MP3 with its cover."""
    cover = io.BytesIO()
    Image.fromarray(NOISE).save(cover, "JPEG")
    bare = recording(path.with_name("bare"), "mp3", "mp3", seconds=1)
    with_cover(bare, path, cover.getvalue())


def as_path(make):
    """Return a maker that takes care of the ending that its library needs."""

    def made(path):
        make(path.with_name("made.pptx")).rename(path)

    return made


TONE = (8000 * np.sin(np.arange(16_000) * 0.1)).astype(np.int16).tobytes()
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
WANTED = {"picture": "image", "clip": "video", "sound": "audio"}
"""The fields, and what each takes."""


@dataclass(frozen=True)
class Row:
    """A kind of file, and what becomes of it in each field, however it is given.

    Attributes:
        make: Writes such a file.
        what: What it is, in the words of the refusal: "… is not image".
        taken: The only field that takes it.
        damaged: The only field to which it belongs, and for which it is damaged.
        remedy: What the refusal says can be done, or how it is damaged.
        always: What is said of it in every field instead.
    """

    make: Callable[[Path], object]
    what: str
    taken: str = ""
    damaged: str = ""
    remedy: str = ""
    always: str = ""

    def expected(self, field: str) -> tuple[str, ...]:
        """Return what becomes of it in a field: texts that are in the outcome, in this order."""
        if self.always:
            return (self.what, *self.always.split("; "))
        if field == self.taken:
            return (TAKEN,)
        if field == self.damaged:
            return f"this {self.what} is damaged", self.remedy, AGAIN
        return f"{self.what} is not {WANTED[field]}", "" if self.damaged else self.remedy


TABLE = {
    # pictures
    "face.jpg": Row(shot("JPEG"), "image/jpeg", taken="picture"),
    "phone.jpg": Row(turned, "image/jpeg", taken="picture"),
    "print.jpg": Row(shot("JPEG", "CMYK"), "image/jpeg", taken="picture"),
    "face.png": Row(shot("PNG"), "image/png", taken="picture"),
    "glass.png": Row(shot("PNG", "RGBA"), "image/png", taken="picture"),
    "deep.png": Row(deep, "image/png", taken="picture"),
    "face.webp": Row(shot("WEBP"), "image/webp", taken="picture"),
    "face.tiff": Row(shot("TIFF"), "image/tiff", taken="picture"),
    "face.bmp": Row(shot("BMP"), "image/bmp", taken="picture"),
    "face.gif": Row(moving("GIF"), "image/gif", taken="picture"),
    "face.heic": Row(
        holding(BEGIN_OF_HEIC),
        "image/heic",
        always="is a format that no vendor names; save the picture as JPEG",
    ),
    "face.avif": Row(
        holding(BEGIN_OF_AVIF),
        "image/avif",
        always="is a format that no vendor names; save the picture as JPEG",
    ),
    # clips
    "clip.mp4": Row(filmed("mp4", sound=True), "video/mp4", taken="clip"),
    "mute.mp4": Row(filmed("mp4"), "video/mp4", taken="clip"),
    "mirrored.mp4": Row(
        lambda path: set_matrix(film(path, [NOISE], "mp4"), -1, 0, 0, 1), "video/mp4", taken="clip"
    ),
    "clip.mov": Row(filmed("mov", sound=True), "video/quicktime", taken="clip"),
    "live.mp4": Row(
        filmed("mp4", piped=True, movflags="frag_keyframe+empty_moov"), "video/mp4", taken="clip"
    ),
    "clip.webm": Row(filmed("webm", codec="libvpx"), "video/webm", taken="clip"),
    "clip.mkv": Row(filmed("matroska", sound=True), "video/x-matroska", taken="clip"),
    "clip.avi": Row(filmed("avi"), "video/x-msvideo", taken="clip"),
    "clip.ts": Row(filmed("mpegts", sound=True), "video/mp2t", taken="clip"),
    "clip.mts": Row(filmed("mpegts", mpegts_m2ts_mode="1"), "video/mp2t", taken="clip"),
    "clip.3gp": Row(filmed("3gp"), "video/3gpp", taken="clip"),
    # sounds
    "speech.wav": Row(holding(wav(TONE)), "audio/wav", taken="sound"),
    "float.wav": Row(heard("pcm_f32le", "wav"), "audio/wav", taken="sound"),
    "speech.mp3": Row(heard("mp3", "mp3"), "audio/mpeg", taken="sound"),
    "cover.mp3": Row(covered, "audio/mpeg", taken="sound"),
    "speech.m4a": Row(heard("aac", "ipod"), "audio/mp4", taken="sound"),
    "speech.mp4": Row(heard("aac", "mp4"), "audio/mp4", taken="sound"),
    "speech.aac": Row(heard("aac", "adts"), "audio/aac", taken="sound"),
    "speech.flac": Row(heard("flac", "flac"), "audio/x-flac", taken="sound"),
    "speech.opus": Row(heard("libopus", "ogg"), "audio/ogg", taken="sound"),
    "browser.webm": Row(
        heard("libopus", "webm", piped=True, live="1"), "audio/webm", taken="sound"
    ),
    "phone.amr": Row(lambda path: amr(path, 1), "audio/amr", taken="sound"),
    "phone.3gp": Row(heard("aac", "3gp"), "audio/3gpp", taken="sound"),
    "speech.aiff": Row(heard("pcm_s16be", "aiff"), "audio/x-aiff", taken="sound"),
    "speech.mka": Row(heard("flac", "matroska"), "audio/x-matroska", taken="sound"),
    # damaged
    "half.jpg": Row(
        part(shot("JPEG"), 0.5), "image/jpeg", damaged="picture", remedy="image file is truncated"
    ),
    "half.png": Row(
        part(shot("PNG"), 0.5), "image/png", damaged="picture", remedy="image file is truncated"
    ),
    "half.mp4": Row(
        part(filmed("mp4"), 0.5), "video/mp4", damaged="clip", remedy="it has no index (moov)"
    ),
    "half.webm": Row(
        part(filmed("webm", codec="libvpx"), 0.5),
        "video/webm",
        damaged="clip",
        remedy="bytes, by its own container",
    ),
    "silent.wav": Row(holding(wav(b"")), "audio/wav", damaged="sound", remedy="it has no samples"),
    "nothing.jpg": Row(holding(b""), "", always="is empty"),
    "zeros.mp4": Row(holding(bytes(5000)), "a file of zeros", remedy="copy or download it again"),
    # no media
    "pointer.jpg": Row(holding(LFS), "a Git LFS pointer", remedy="run `git lfs pull`"),
    "login.mp4": Row(
        holding(b"<!DOCTYPE html>\n<html><title>Sign in</title></html>"),
        "a web page",
        remedy="it may ask for a login",
    ),
    "expired.wav": Row(
        holding(EXPIRED), 'an XML text that says "AccessDenied"', remedy="give the file itself"
    ),
    "error.mp3": Row(
        holding(b'{"code": 403, "message": "link expired"}'),
        'JSON that says "link expired"',
        remedy="it may be an error",
    ),
    "face.svg": Row(
        holding(b'<svg xmlns="http://www.w3.org/2000/svg"></svg>'),
        "an SVG drawing",
        remedy="export it as PNG",
    ),
    "speech.pcm": Row(
        holding(bytes(range(1, 251)) * 40),
        "data of no known format",
        remedy="raw samples (PCM) need the header of WAV",
    ),
    "notes.txt": Row(holding("你好，世界。\n".encode()), "a text", remedy="give the file itself"),
    "base64.txt": Row(
        in_memory(shot("JPEG"), base64.b64encode), "a text in base64", remedy="decode it"
    ),
    "list.m3u8": Row(
        holding(b"#EXTM3U\n#EXTINF:10,\nfilm.mp4\n"), "a playlist", remedy="give the clip itself"
    ),
    "face.npy": Row(holding(saved_array()), "a NumPy array", remedy="save it as a picture"),
    "._face.jpg": Row(
        holding(b"\x00\x05\x16\x07" + bytes(200)),
        "what macOS keeps beside a file",
        remedy="give the file whose name",
    ),
    "face.zip": Row(in_memory(shot("JPEG"), zipped), "a ZIP archive", remedy="unpack it"),
    "face.jpg.gz": Row(
        in_memory(shot("JPEG"), gzip.compress), "a gzip archive", remedy="unpack it"
    ),
    "face.pdf": Row(shot("PDF"), "a PDF", remedy="export what is wanted"),
    "talk.pptx": Row(as_path(lambda path: slides(path, "Hello.")), PPTX),
}
ODD = {("nothing.jpg", field, "bytes"): "no bytes were given" for field in WANTED}
"""The outcomes that differ by the way in which a file is given."""


class Everything:
    """A host of one file, and a media host that says that it has it."""

    content = b""

    def __call__(self, _):
        """Answer with the file."""
        return answer(self.content)

    async def publish(self, file):
        """Return where the vendor would find it."""
        return f"https://media.invalid/{file.name}"


FIELDS = {
    "picture": lambda given, good: ls.lipsync_studio.LipSyncImage(image=given, audio=good.speech),
    "clip": lambda given, good: ls.lipsync_studio.LipSyncVideo(video=given, audio=good.speech),
    "sound": lambda given, good: ls.lipsync_studio.LipSyncImage(image=good.face, audio=given),
}


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """A client of a vendor that takes every job, and a host of what is given."""
    folder = tmp_path_factory.mktemp("ledger")
    files = Everything()
    with Host(says({"id": "job-1", "status": "processing"})) as studio, Host(files) as web:
        client = ls.Client(
            [ls.LipsyncStudio("key", base_url=studio.url)],
            ledger=folder / "jobs.sqlite",
            media_host=files,
            poll=(0.01, 0.1),
            deadline=0.1,
            backoff_scale=0.01,
        )
        yield client, files, web
        client.close(wait=False)


def outcome(client, request):
    """Return what becomes of a request: taken, with its note if it has one, or why it is not."""
    try:
        job = client.submit(request, fresh=True)
    except BadRequest as error:
        [(_, why)] = error.fields
        return why
    wait_until(lambda: job.status != "submitting")
    if job.status == "failed":
        return str(job.error)
    return f"{TAKEN}, {job.record.note}" if job.record.note else TAKEN


@pytest.mark.parametrize("name", TABLE)
def test_each_kind_of_file_is_taken_or_refused_in_words(bench, samples, tmp_path, name):
    """The same by path, as bytes and behind a URL; what is refused was not paid."""
    client, files, web = bench
    row, path = TABLE[name], tmp_path / name
    row.make(path)
    files.content = path.read_bytes()
    ways = {"path": path, "bytes": files.content, "URL": f"{web.url}/{quote(name)}/{token_hex(4)}"}

    for field, order in FIELDS.items():
        for way, given in ways.items():
            said, at = outcome(client, order(given, samples)), 0
            texts = (ODD[name, field, way],) if (name, field, way) in ODD else row.expected(field)
            for text in texts:
                assert text in said[at:], (field, way, said)
                at = said.index(text, at)
            assert (said == TAKEN) == (texts == (TAKEN,))


PICTURES = [name for name, row in TABLE.items() if row.taken == "picture"]


@pytest.mark.parametrize("name", PICTURES)
def test_a_comparison_converts_each_kind_of_picture_to_a_clip(samples, tmp_path, monkeypatch, name):
    """For vendors that take clips only; `submit` itself converts nothing."""
    monkeypatch.setenv("LIPSYNC_NB_HOME", str(tmp_path / "home"))
    path = tmp_path / name
    TABLE[name].make(path)

    order = ls.chanjing.LipSync.talking(Talk(Media(path), Media(samples.speech)))

    assert order.video.local().mime == "video/mp4"


def test_the_table_has_forty_kinds():
    """In three ways and for three fields."""
    assert len(TABLE) >= 40
