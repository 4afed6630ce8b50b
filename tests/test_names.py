"""How the files of results are named: by a pattern, safely, and without losing another file."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from conftest import PATIENCE, Samples
from hypothesis import given
from hypothesis import strategies as st

import lipsync_nb as ls
from lipsync_nb.engine.answers import save, saved
from lipsync_nb.engine.names import (
    EXPORTED,
    LONGEST_NAME,
    RESERVED,
    add_name,
    file_name,
    forget_name,
    renamed,
    safe_name,
)
from lipsync_nb.ledger import Record
from lipsync_nb.status import JobStatus

AT = datetime(2026, 11, 30, 12).astimezone()
Connect = Callable[..., ls.Client]


def job(**said: str) -> Record:
    """Return a job of yunai, which was submitted on 30 November 2026."""
    fields = {"request": "{}", "fingerprint": "", "status": JobStatus.succeeded}
    return Record("0a1b", "yunai", "Speech", created_at=AT.timestamp(), **fields, **said)


@pytest.mark.parametrize(
    ("pattern", "said", "name"),
    [
        (EXPORTED, {"key": "7", "title": "秋天"}, "2026-11-30_7_秋天"),
        (EXPORTED, {"title": "秋天"}, "2026-11-30_0a1b_秋天"),
        (EXPORTED, {"key": "7"}, "2026-11-30_7_0a1b"),
        (EXPORTED, {}, "2026-11-30_0a1b"),
        ("{date:%Y年%m月} {date}", {}, "2026年11月 2026-11-30"),
        ("{vendor} {kind} {project}", {"project": "p"}, "yunai Speech p"),
        ("{title:.3}", {"title": "a long one"}, "a l"),
        ("{title}", {"title": "../../etc/passwd"}, "_.._etc_passwd"),
        ("{title}", {"title": ".."}, "0a1b"),
        ("{title}", {"title": 'a<b>:"c|d?*\\e\x00\u202e'}, "a_b___c_d___e__"),
        ("{title}", {"title": "a\u200bb\u200cc\u2060d\xade\u180ef"}, "a_b_c_d_e_f"),
        ("{title}", {"title": "👩\u200d💻"}, "👩\u200d💻"),
        ("{title}", {"title": "con"}, "_con"),
        ("{title}", {"title": "COM¹.tar.gz"}, "_COM¹.tar.gz"),
        ("{title}", {"title": "console"}, "console"),
        ("{title}", {"title": " x. . "}, "x"),
        ("{title}", {"title": "长" * 100}, "长" * 40),
    ],
)
def test_a_pattern_is_filled_in(pattern, said, name):
    """With what is known of the job; its id is where a key or a title is missing."""
    assert file_name(pattern, job(**said)) == name


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("{name}", r"no field 'name'; known are date, id, key, kind, project, title, vendor"),
        ("{title.__class__}", "no field 'title.__class__'"),
        ("{}", "no field ''"),
        ("{0}", "no field '0'"),
        ("{key", "cannot be filled in"),
        ("{key:d}", "cannot be filled in"),
        ("{title!r}", "cannot be filled in"),
        ("{title:{key}}", "cannot be filled in"),
        ("{project}/{key}", "names folders"),
        ("", "is not a pattern"),
        (7, "is not a pattern"),
    ],
)
def test_what_is_no_pattern_is_told_before_anything_is_paid(tmp_path, pattern, told):
    """Nothing but the known fields can be named."""
    with pytest.raises(ls.BadRequest, match=told):
        ls.Client([], names=pattern, ledger=tmp_path / "jobs.sqlite", results=tmp_path)

    assert list(tmp_path.iterdir()) == []


@given(st.text())
def test_every_text_becomes_a_name_that_every_system_takes(text):
    """Of one part, that is neither too long, nor reserved, nor changed by Windows."""
    name = safe_name(text)

    assert not set(name) & set('<>:"/\\|?*')
    assert all(character >= " " for character in name)
    assert name == name.strip(" .")
    assert len(name.encode()) <= LONGEST_NAME
    assert RESERVED.fullmatch(name) is None
    assert safe_name(name) == name


def test_a_further_name_replaces_no_file(tmp_path):
    """What has the name already keeps it."""
    path, other = tmp_path / "a.mp4", tmp_path / "b.mp4"
    path.write_bytes(b"new")
    other.write_bytes(b"the user's")

    named = add_name(path, "b")

    assert named == tmp_path / "b (2).mp4"
    assert add_name(path, "b") == named  # as after a crash
    assert (named.read_bytes(), other.read_bytes()) == (b"new", b"the user's")


def test_an_answered_file_is_found_by_its_id_until_the_ledger_has_its_name(tmp_path):
    """After a crash between the two, it is not lost, and gets the same name."""
    path = Path(save(b"RIFF\0\0\0\0WAVE", job(title="hello"), tmp_path))

    named = renamed(path, "{title}", job(title="hello"))

    assert named == tmp_path / "hello.wav"
    assert saved(job(), tmp_path) == str(path)
    assert renamed(path, "{title}", job(title="hello")) == named
    forget_name(path, named)
    assert [each.name for each in tmp_path.iterdir()] == ["hello.wav"]


def test_results_are_named_by_the_clients_pattern(connect: Connect, samples: Samples):
    """Two of the same name are told apart, and each job knows its own."""
    client = connect(names="{project}-{title}")
    generate = ls.lingdong.Generate(source=samples.face, audio=samples.speech)
    jobs = [
        client.submit(generate, project="秋", title="a/b", fresh=True),
        client.submit(generate, project="秋", title="a/b", fresh=True),
        client.submit(ls.lingdong.Generate(source=samples.clip, audio=samples.speech)),
    ]

    paths = [job.result(PATIENCE).path for job in jobs]

    assert {path.name for path in paths[:2]} == {"秋-a_b.mp4", "秋-a_b (2).mp4"}
    assert paths[2].name == f"{jobs[2].id}.mp4"
    assert sorted(client.results.iterdir()) == sorted(paths)
    assert [Path(path) for path in client.jobs["path"]] == paths


def test_a_speech_that_came_in_the_answer_is_named_too(connect: Connect):
    """It is the vendor's only copy."""
    client = connect(names="{title}")
    speech = ls.xingyun.Speech(text="Hello.", voice="clear")

    job = client.submit(speech, title="greeting")

    assert job.result(PATIENCE).path.stem == "greeting"
    assert [path.stem for path in client.results.iterdir()] == ["greeting"]


def test_a_copy_is_named_by_a_pattern(client: ls.Client, samples: Samples, tmp_path: Path):
    """The same copy is not made twice, and another file of its name is kept."""
    video = ls.lingdong.Generate(source=samples.face, audio=samples.speech)
    job = client.submit(video, title="hello")
    job.result(PATIENCE)
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "hello.mp4").write_bytes(b"the user's")

    copies = [job.download(folder, name="{title}").path.name for _ in range(2)]

    assert copies == ["hello (2).mp4"] * 2
    assert (folder / "hello.mp4").read_bytes() == b"the user's"
    with pytest.raises(ls.BadRequest, match="no field 'name'"):
        job.download(folder, name="{name}")
    with pytest.raises(ls.BadRequest, match="give the path too"):
        job.download(name="{title}")
