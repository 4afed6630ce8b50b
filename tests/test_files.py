"""Files on this machine, distinguished by their first bytes."""

import hashlib
import mmap
import os
from pathlib import Path

import pytest
from media_files import MAKERS, clip, made, sound

from lipsync_nb import files
from lipsync_nb.errors import BadRequest
from lipsync_nb.files import MIME, LocalFile


@pytest.mark.parametrize("ending", MIME)
@pytest.mark.parametrize("name", [None, "bare", "wrong.txt", "脸 face.TMP"])
def test_a_file_is_known_by_its_content(tmp_path, ending, name):
    """Whatever its name says, or if it says nothing."""
    file = LocalFile.of(made(tmp_path, ending, name))

    assert file.mime == MIME[ending]
    assert file.suffix == f".{ending}"
    assert file.name.endswith(f".{ending}")
    assert file.size == file.path.stat().st_size > 0


def test_every_type_that_vendors_name_can_be_made():
    """Else the test above would pass one over."""
    assert set(MAKERS) == set(MIME)


@pytest.mark.parametrize(
    ("ending", "maker", "mime"),
    [
        ("m4a", lambda path: sound(path, "aac", "mp4"), "audio/mp4"),
        ("M4A", lambda path: sound(path, "aac", "mp4"), "audio/mp4"),
        ("m4v", lambda path: clip(path, container="ipod"), "video/mp4"),
        ("wav", lambda path: path.write_bytes(b"RF64" + bytes(99)), "audio/wav"),
        ("mp3", lambda path: path.write_bytes(b"\xff\xfa\x90\x64" + bytes(99)), "audio/mpeg"),
        ("mov", lambda path: path.write_bytes(b"\0\0\0\x08wide" + bytes(99)), "video/quicktime"),
        ("mp4", lambda path: path.write_bytes(b"\0\0\0\x08free" + bytes(99)), "video/mp4"),
        ("part", lambda path: path.write_bytes(b"\0\0\0\x18ftypiso6" + bytes(99)), "video/mp4"),
        ("part", lambda path: path.write_bytes(b"\0\0\0\x18moov" + bytes(99)), "video/mp4"),
        ("unheard", lambda path: path.write_bytes(bytes(99)), "application/octet-stream"),
        ("", lambda path: path.write_bytes(b"x"), "application/octet-stream"),
    ],
)
def test_what_the_content_leaves_open_the_name_says(tmp_path, ending, maker, mime):
    """The same container may hold a sound, and some begin with no mark."""
    path = tmp_path / f"file.{ending}"
    maker(path)

    assert LocalFile.of(path).mime == mime


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("missing.mp4", "missing.mp4: No such file or directory"),
        ("missing/face.mp4", "face.mp4: No such file or directory"),
        ("empty.mp4", "empty.mp4 is empty"),
        ("folder", "folder is not a file"),
        ("empty.mp4/face.mp4", "Not a directory"),
        ("x" * 300, "File name too long"),
        ("loop", "symbolic links"),
        ("pipe", "pipe is not a file"),
    ],
)
def test_what_is_no_file_is_refused_by_name(tmp_path, name, problem):
    """Before anything is sent; and without waiting for what never comes."""
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(BadRequest, match=problem):
        LocalFile.of(tmp_path / name)


def test_a_path_is_made_absolute(tmp_path, monkeypatch):
    """The working folder may change before the file is sent."""
    made(tmp_path, "png")
    monkeypatch.chdir(tmp_path)

    assert LocalFile.of(Path("made.png")).path == tmp_path / "made.png"


def test_the_digest_follows_the_content(tmp_path):
    """Also when a file is written anew under the same name."""
    path = tmp_path / "a.bin"
    path.write_bytes(b"one")
    first = LocalFile.of(path).digest
    path.write_bytes(b"other")
    os.utime(path, ns=(1, 1))

    assert first == hashlib.sha256(b"one").hexdigest()
    assert LocalFile.of(path).digest == hashlib.sha256(b"other").hexdigest()


def test_other_content_of_the_same_size_and_time_has_another_digest(tmp_path):
    """A tool that keeps times, such as ``rsync``, replaces a file; another speech is another."""
    path, other = tmp_path / "speech.wav", tmp_path / "other.wav"
    path.write_bytes(b"RIFF one")
    first, stat = LocalFile.of(path).digest, path.stat()
    times = stat.st_atime_ns, stat.st_mtime_ns
    path.write_bytes(b"RIFF two")
    os.utime(path, ns=times)
    second = LocalFile.of(path).digest
    other.write_bytes(b"RIFF 333")
    os.utime(other, ns=times)
    other.replace(path)

    assert path.stat().st_mtime_ns == stat.st_mtime_ns
    assert LocalFile.of(path).digest == hashlib.sha256(b"RIFF 333").hexdigest()
    assert len({first, second, LocalFile.of(path).digest}) == 3


def test_a_change_within_a_tick_of_the_clock_is_seen(tmp_path):
    """A page of a map that was just changed can be changed again without another time."""
    path = tmp_path / "speech.wav"
    path.write_bytes(b"RIFF" + bytes(8000))
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as content:
        digests = set()
        for number in range(3):
            content[10] = number
            digests.add(LocalFile.of(path).digest)

    assert len(digests) == 3


def test_the_digest_of_an_old_file_is_computed_once(tmp_path, monkeypatch):
    """A form asks for it with each change of a field."""
    path = tmp_path / "speech.wav"
    path.write_bytes(b"RIFF one")
    later = path.stat().st_ctime + files.CLOCK_TICK + 1
    monkeypatch.setattr(files, "time", lambda: later)
    first = LocalFile.of(path).digest
    monkeypatch.delattr(hashlib, "file_digest")

    assert LocalFile.of(path).digest == first
