"""The forms in which media are given: URLs of all schemes, base64, uploads, file objects."""

import base64
import io
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote_from_bytes

import fsspec
import ipywidgets as widgets
import pytest
from media_files import made
from PIL import Image

import lipsync_nb as ls
from lipsync_nb.compare.cases import crossed
from lipsync_nb.errors import BadRequest
from lipsync_nb.media import Media

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg"
    "=="
)
B64 = base64.b64encode(PNG).decode()
URIS = [
    f"data:image/png;base64,{B64}",
    f"DATA:image/png;BASE64,{B64}",
    f"data:;base64,{B64.rstrip('=')}",
    f"data:image/png;name=face.png;base64,{B64[:40]}\n{B64[40:]}\n",
    f"data:image/png;base64,{base64.urlsafe_b64encode(PNG).decode()}",
    f"data:image/png;base64,{B64.replace('+', '%2B').replace('/', '%2F').replace('=', '%3D')}",
    f"data:image/png,{quote_from_bytes(PNG)}",
    f"  data:image/png;base64,{B64}  ",
    B64,
    f"{B64[:50]}\n{B64[50:]}\n",
    base64.urlsafe_b64encode(PNG).decode(),
]


@pytest.mark.parametrize("uri", URIS, ids=range(len(URIS)))
def test_a_data_uri_and_base64_are_the_bytes_that_they_hold(uri):
    """As other vendors' clients take them."""
    media = Media(uri)

    assert (media.data, media.path, media.url) == (PNG, None, None)
    assert str(media) == f"<{len(PNG)} bytes>"


@pytest.mark.parametrize("ending", ["jpg", "webp", "mp4", "mov", "webm", "mp3", "m4a", "wav"])
def test_base64_of_every_type_that_vendors_name_is_known(tmp_path, ending):
    """By what it begins with."""
    data = made(tmp_path, ending).read_bytes()

    assert Media(base64.b64encode(data).decode()).data == data


@pytest.mark.parametrize(
    "uri",
    ["data:", "data:image/png", "data:;base64,", "data:image/png;base64,%%%", "data:,"],
)
def test_a_data_uri_of_nothing_is_refused(uri):
    """In one sentence."""
    with pytest.raises(BadRequest, match=r"^Generate\.source: not a data: URI"):
        ls.lingdong.Generate(source=uri, audio="a.wav")


@pytest.mark.parametrize(
    "text",
    [
        "word " * 3000,
        base64.b64encode(bytes(40_000)).decode(),
        f"data:image/png;base64,{'!' * 40_000}",
        f"data:{'x' * 40_000}",
        f"http://{'x' * 40_000}",
        f"https://a.test:{'9' * 40_000}/",
        f"s3://{'x' * 40_000}",
        f"{'s3' * 20_000}://a",
        f"file://{'x' * 40_000}/a.png",
        f"/{'x' * 300}.png",
        "x" * 4000,
        b"x" * 40_000,
        io.StringIO("x" * 40_000),
        {"content": "x" * 40_000},
        ["x" * 40_000],
    ],
    ids=range(15),
)
def test_no_error_repeats_more_than_a_line_of_what_it_was_given(tmp_path, text):
    """A photo in base64 would fill the notebook."""
    studio = ls.Lingdong("key", base_url="http://127.0.0.1:1")
    with (
        ls.Client([studio], ledger=tmp_path / "jobs.sqlite") as client,
        pytest.raises(BadRequest) as refused,
    ):
        client.submit(ls.lingdong.Generate(source=text, audio=text))

    assert 20 < len(str(refused.value)) < 900
    assert all(len(why) < 450 for _, why in refused.value.fields)


def test_other_errors_are_short_too(tmp_path):
    """Whatever was given where."""
    uri = f"data:image/png;base64,{B64 * 999}"
    studio = ls.Lingdong("key", base_url="http://127.0.0.1:1")
    with ls.Client([studio], ledger=tmp_path / "jobs.sqlite") as client:
        for call in (client.submit, client.job, client.compare, ls.measure, ls.still_video):
            with pytest.raises(ls.LipSyncError) as refused:
                call(uri)
            assert len(str(refused.value)) < 400


def test_a_file_url_is_a_path(tmp_path):
    """In all its forms."""
    path = tmp_path / "脸 #1 50%.png"
    uri = path.as_uri()

    assert Media(uri).path == path
    assert Media(uri.replace("file:///", "file://localhost/")).path == path
    assert Media(uri.replace("file:///", "file:/")).path == path
    assert Media(uri.replace("file:", "FILE:")).path == path


@pytest.mark.parametrize("url", ["file:face.png", "file://server/face.png", "file:", "file://"])
def test_a_file_url_of_another_machine_or_of_no_folder_is_refused(url):
    """It would be another file here."""
    with pytest.raises(ValueError, match="not a file"):
        Media(url)


@pytest.mark.parametrize(
    "url",
    [
        *("s3://b/face.jpg", "gs://b/face.jpg", "ftp://h/face.jpg", "hf://datasets/a/b.png"),
        *(
            "az://b/f.jpg",
            "memory://f.jpg",
            "simplecache::s3://b/f.jpg",
            "S3://b/f.jpg",
            "oss://b/f",
        ),
    ],
)
def test_other_schemes_are_refused_by_name(url):
    """With what can be done."""
    with pytest.raises(BadRequest) as refused:
        ls.lingdong.Generate(source=url, audio="a.wav")

    scheme = url.partition("://")[0]
    assert f"Generate.source: {scheme}:// is not fetched" in str(refused.value)
    for remedy in ("signed https URL", f'fsspec.open("{scheme}://…").open()', "media_host"):
        assert remedy in str(refused.value)


def test_the_remedy_works():
    """With any filesystem of fsspec."""
    fsspec.filesystem("memory").pipe("/face.png", PNG)
    with fsspec.open("memory://face.png").open() as file:
        assert Media(file).data == PNG
    with pytest.raises(ValueError, match="binary file object"):
        Media(fsspec.open("memory://face.png"))


@pytest.mark.parametrize("made", [Path, str])
def test_a_url_that_was_made_a_path_says_so(made):
    """Its slashes were joined."""
    with pytest.raises(ValueError, match="give the URL as a text, with two slashes"):
        Media(made(Path("https://media.test/face.png")))


def test_a_url_may_have_spaces_around_it():
    """As it is pasted."""
    assert Media(" https://media.test/face.png\n").url == "https://media.test/face.png"


def test_a_drive_of_windows_is_no_scheme():
    """Nor is a colon in a name."""
    assert Media("C:/face.png").path == Path("C:/face.png")
    assert Media("12:30.wav").path == Path("12:30.wav")
    assert Media("a:b/face.png").path == Path("a:b/face.png")


@pytest.mark.parametrize(
    "make", [io.BytesIO, tempfile.SpooledTemporaryFile, tempfile.NamedTemporaryFile]
)
def test_a_file_object_at_its_end_says_how_to_rewind_it(make):
    """What was just written there is behind."""
    with make() as file:
        Image.new("RGB", (8, 8)).save(file, "PNG")
        with pytest.raises(BadRequest, match=r"Generate\.source: .*seek\(0\)"):
            ls.lingdong.Generate(source=file, audio="a.wav")

        file.seek(0)
        assert Media(file).data.startswith(b"\x89PNG")


def test_a_file_object_that_was_read_in_part_says_where_it_stood(tmp_path):
    """Something has looked at its head."""
    file = io.BytesIO(PNG)
    file.read(12)
    studio = ls.Lingdong("key", base_url="http://127.0.0.1:1")
    with (
        ls.Client([studio], ledger=tmp_path / "jobs.sqlite") as client,
        pytest.raises(BadRequest, match=r"bytes from byte 12 on, seek\(0\) would rewind it"),
    ):
        client.submit(ls.lingdong.Generate(source=file, audio=made(tmp_path, "wav")))


def test_an_empty_file_object_is_empty():
    """It is no use to rewind it."""
    with pytest.raises(ValueError, match="the file object is empty"):
        Media(io.BytesIO())


def test_a_file_object_that_cannot_be_read_says_why(tmp_path):
    """It was closed, or opened for writing."""
    path = tmp_path / "face.png"
    with path.open("wb") as file, pytest.raises(ValueError, match="cannot be read"):
        Media(file)
    with path.open("rb") as file:
        pass
    with pytest.raises(ValueError, match=r"cannot be read \(.*closed file"):
        Media(file)


def test_a_stream_that_cannot_tell_where_it_stands_is_read():
    """Such as a pipe."""
    reader, writer = os.pipe()
    os.write(writer, PNG)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        assert Media(pipe).data == PNG


def upload(**more):
    """Return one file as ``ipywidgets.FileUpload`` holds it."""
    return {
        "name": "face.png",
        "type": "image/png",
        "size": len(PNG),
        "content": memoryview(PNG),
        "last_modified": datetime.now(UTC),
        **more,
    }


def test_the_value_of_an_upload_is_media():
    """All of it, or one of its files."""
    widget = widgets.FileUpload(value=(upload(),))

    assert Media(widget.value).data == PNG
    assert Media(widget.value[0]).data == PNG
    assert Media([upload(content=PNG)]).data == PNG
    assert ls.lingdong.Generate(source=widget.value, audio="a.wav").source.data == PNG


def test_a_comparison_takes_uploads():
    """Several files are several faces."""
    one, two = upload(), upload(content=PNG + b"2")

    assert [case.face.data for case in crossed((one,), None, "Hello")] == [PNG]
    assert [case.face.data for case in crossed(one, None, "Hello")] == [PNG]
    assert [case.face.data for case in crossed((one, two), None, "Hello")] == [PNG, PNG + b"2"]


@pytest.mark.parametrize(
    ("value", "why"),
    [((), "found none"), ((upload(), upload()), r"found 2; give one, such as value\[0\]")],
)
def test_an_upload_is_one_file(value, why):
    """Of several, none is chosen."""
    with pytest.raises(BadRequest, match=f"expected one uploaded file, {why}"):
        ls.lingdong.Generate(source=value, audio="a.wav")


def test_data_uris_are_sent(client, samples):
    """As bytes are."""
    face = base64.b64encode(samples.face.read_bytes()).decode()
    speech = base64.b64encode(samples.speech.read_bytes()).decode()
    request = ls.lingdong.Generate(source=f"data:image/png;base64,{face}", audio=speech)

    assert client.submit(request).result(90).path.exists()
