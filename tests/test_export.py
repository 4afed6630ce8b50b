"""Exports: the files and the table of a selection, and nothing of the user's is overwritten."""

import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from conftest import PATIENCE, Samples

import lipsync_nb as ls
from lipsync_nb.jobs.destinations import Folder
from lipsync_nb.sandbox import Sandbox

TABLE = "jobs.csv"


@pytest.fixture
def jobs(client: ls.Client, samples: Samples, sandbox: Sandbox) -> list[ls.Job]:
    """Two videos of the same title, and a job that has failed."""
    sandbox.faults("yunai", "failed", reason="=no face")
    generate = ls.lingdong.Generate(source=samples.face, audio=samples.speech)
    found = [
        client.submit(generate, title="秋天", project="=autumn"),
        client.submit(generate, title="秋天", fresh=True),
        client.submit(ls.yunai.AvatarVideo(avatar=samples.face, audio=samples.speech), title="b"),
    ]
    for job in found:
        job.exception(PATIENCE)
    return found


def table(path: Path) -> pd.DataFrame:
    """Read the table of a folder."""
    return pd.read_csv(path / TABLE, dtype="string").set_index("id")


def names(folder: Path) -> set[str]:
    """Return the names in a folder but the list of what was written."""
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


def test_a_folder_has_the_files_and_their_table(client: ls.Client, jobs, tmp_path: Path):
    """A job without a file is in the table with the reason."""
    folder = client.export(jobs, tmp_path / "export", names="{title}")

    frame = table(folder)
    files = frame["file"]
    assert names(folder) == {TABLE, "秋天.mp4", "秋天 (2).mp4"}
    assert [files[job.id] for job in jobs[:2]] == ["秋天.mp4", "秋天 (2).mp4"]
    for job in jobs[:2]:
        assert (folder / files[job.id]).read_bytes() == job.result().path.read_bytes()
    assert pd.isna(files[jobs[2].id])
    assert "no face" in frame["no_file"][jobs[2].id]
    assert frame["no_file"][jobs[0].id] is pd.NA


def test_the_table_opens_in_a_spreadsheet(client: ls.Client, jobs, tmp_path: Path):
    """Chinese is read by Excel, nothing is a formula, and no path of this machine is told."""
    folder = client.export(jobs, tmp_path / "export")

    raw = (folder / TABLE).read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert "秋天" in raw.decode("utf-8-sig")
    assert table(folder)["project"][jobs[0].id] == "'=autumn"
    assert str(tmp_path) not in raw.decode("utf-8-sig")


@pytest.mark.parametrize("as_", ["job", "id", "ids", "frame", "generator", "none"])
def test_a_selection_is_given_in_any_form(client: ls.Client, jobs, tmp_path: Path, as_):
    """A job, an id, a table such as that of the client; by default all that have a file."""
    given = {
        "job": jobs[0],
        "id": jobs[0].id,
        "ids": [jobs[0].id, jobs[0]],
        "frame": client.jobs.query("project.notna()"),
        "generator": (job for job in jobs[:1]),
        "none": None,
    }

    folder = client.export(given[as_], tmp_path / "export")

    assert len(table(folder)) == (2 if as_ == "none" else 1)


@pytest.mark.parametrize(
    ("given", "told"), [(7, "jobs=7 is neither"), ([None], "is neither"), (pd.DataFrame(), "id")]
)
def test_what_is_no_selection_is_told(client: ls.Client, tmp_path: Path, given, told):
    """Before anything is written."""
    with pytest.raises(ls.BadRequest, match=told):
        client.export(given, tmp_path / "export")
    with pytest.raises(ls.LedgerError, match="no job"):
        client.export("abc", tmp_path / "export")

    assert not (tmp_path / "export").exists()


def test_a_second_export_replaces_what_the_first_wrote_and_nothing_else(
    client: ls.Client, jobs, tmp_path: Path
):
    """Files of jobs that are not selected any more are removed."""
    folder = client.export(jobs, tmp_path / "export", names="{id}")
    (folder / "readme.txt").write_text("the user's")

    client.export(jobs[0], folder, names="{title}")

    assert names(folder) == {TABLE, "秋天.mp4", "readme.txt"}
    assert len(table(folder)) == 1


@pytest.mark.parametrize("name", [TABLE, "秋天.mp4"])
def test_what_the_user_has_put_there_is_not_overwritten(
    client: ls.Client, jobs, tmp_path: Path, name
):
    """Nothing at all is written then."""
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / name).write_text("the user's")

    with pytest.raises(ls.BadRequest, match=r"not written by an export.*move or delete it"):
        client.export(jobs, folder, names="{title}")

    assert names(folder) == {name}
    assert (folder / name).read_text() == "the user's"


def test_what_the_user_has_changed_is_neither_overwritten_nor_deleted(
    client: ls.Client, jobs, tmp_path: Path
):
    """It may have been cut in place."""
    folder = client.export(jobs, tmp_path / "export", names="{title}")
    (folder / "秋天.mp4").write_bytes(b"cut")

    with pytest.raises(ls.BadRequest, match="or was changed since"):
        client.export(jobs, folder, names="{title}")
    client.export(jobs, folder, names="{id}")

    assert (folder / "秋天.mp4").read_bytes() == b"cut"
    assert names(folder) == {TABLE, "秋天.mp4", *(f"{job.id}.mp4" for job in jobs[:2])}


def test_an_export_that_was_broken_off_can_be_repeated(client: ls.Client, jobs, tmp_path: Path):
    """A file that is gone stops it after the first one."""
    folder = tmp_path / "export"
    folder.mkdir()
    first, second = (job.result().path for job in jobs[:2])
    client.export(jobs[:2], folder, names="{title}")
    (folder / TABLE).unlink()
    (folder / ".lipsync_nb-export").write_text(
        (folder / ".lipsync_nb-export").read_text("utf-8").splitlines()[0] + '\n{"file":', "utf-8"
    )
    (folder / "秋天 (2).mp4").unlink()

    client.export(jobs[:2], folder, names="{title}")

    assert (folder / "秋天.mp4").read_bytes() == first.read_bytes()
    assert (folder / "秋天 (2).mp4").read_bytes() == second.read_bytes()


def test_a_zip_has_the_same(client: ls.Client, jobs, tmp_path: Path):
    """Media are stored as they are. It can be replaced by another export."""
    path = tmp_path / "to hand over.zip"
    for _ in range(2):
        assert client.export(jobs, path, names="{title}") == path

    with zipfile.ZipFile(path) as archive:
        assert set(archive.namelist()) == {TABLE, "秋天.mp4", "秋天 (2).mp4"}
        assert archive.read("秋天.mp4") == jobs[0].result().path.read_bytes()
        assert archive.getinfo("秋天.mp4").compress_type == zipfile.ZIP_STORED
        assert archive.testzip() is None
    assert {each.name for each in tmp_path.iterdir()} >= {path.name}
    assert not [each for each in tmp_path.iterdir() if each.name.startswith(".")]


def test_another_zip_is_not_overwritten(client: ls.Client, jobs, tmp_path: Path):
    """It may be the user's only copy of something."""
    path = tmp_path / "mine.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", "b")
    before = path.read_bytes()

    with pytest.raises(ls.BadRequest, match="not written by an export"):
        client.export(jobs, path)

    assert path.read_bytes() == before


@pytest.mark.parametrize("place", ["export", "export.zip"])
def test_sidecars_are_exported_too(client: ls.Client, jobs, tmp_path: Path, place):
    """Each beside its file; the request can be made again from them."""
    path = client.export(jobs[0], tmp_path / place, names="{title}", sidecar=True)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            archive.extractall(tmp_path / "there")
        path = tmp_path / "there"

    assert names(path) == {TABLE, "秋天.mp4", "秋天.json"}
    assert json.loads((path / "秋天.json").read_text("utf-8"))["job"] == jobs[0].id
    assert client.submit(ls.request_from(path / "秋天.json")) in jobs[:2]


@pytest.mark.parametrize("place", ["export", "export.zip"])
@pytest.mark.parametrize("chosen", ["both", "the other", "none"])
def test_the_last_copy_of_a_result_is_kept(client: ls.Client, jobs, tmp_path: Path, place, chosen):
    """Its own file was deleted; the next export keeps the copy, and its table names it."""
    path = client.export(jobs[:2], tmp_path / place, names="{title}")
    content = jobs[0].result().path.read_bytes()
    jobs[0].result().path.unlink()

    client.export({"both": jobs[:2], "the other": jobs[1], "none": None}[chosen], path)
    client.export(jobs[1], path, names="{title}")

    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            archive.extractall(tmp_path / "there")
        path = tmp_path / "there"
    assert (path / "秋天.mp4").read_bytes() == content
    assert names(path) == {TABLE, "秋天.mp4", "秋天 (2).mp4"}
    assert table(path)["file"].to_dict() == {jobs[0].id: "秋天.mp4", jobs[1].id: "秋天 (2).mp4"}


def test_an_empty_selection_is_refused(client: ls.Client, jobs, tmp_path: Path):
    """It would empty the folder."""
    folder = client.export(jobs, tmp_path / "export")
    before = names(folder)

    with pytest.raises(ls.BadRequest, match=r"^jobs: none of them"):
        client.export([], folder)
    assert names(folder) == before


def test_an_export_that_failed_can_be_repeated(client: ls.Client, jobs, tmp_path: Path):
    """Its list names a version that could not be put in place, and the one that was there."""
    folder = client.export(jobs[:2], tmp_path / "export", names="{title}")
    place = Folder(folder)

    def fails(part: Path) -> None:
        part.write_bytes(b"new")
        (folder / "秋天.mp4").rename(folder / "moved")
        (folder / "秋天.mp4").mkdir()  # which no file can replace

    with pytest.raises(OSError, match=r"秋天"):
        place.put("秋天.mp4", jobs[0].id, fails)
    (folder / "秋天.mp4").rmdir()
    (folder / "moved").rename(folder / "秋天.mp4")
    client.export(jobs[:2], folder, names="{title}")

    assert (folder / "秋天.mp4").read_bytes() == jobs[0].result().path.read_bytes()
    assert names(folder) == {TABLE, "秋天.mp4", "秋天 (2).mp4"}


def test_a_zip_that_was_changed_is_not_overwritten(client: ls.Client, jobs, tmp_path: Path):
    """Somebody has added a file to it."""
    path = client.export(jobs, tmp_path / "export.zip")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("notes.txt", "the user's")
    before = path.read_bytes()

    with pytest.raises(ls.BadRequest, match="was changed since"):
        client.export(jobs, path)

    assert path.read_bytes() == before


@pytest.mark.parametrize("source", ["秋天.json", "秋天.mp4"])
def test_what_is_handed_over_has_no_paths(client: ls.Client, jobs, tmp_path: Path, source):
    """The request can be made again nevertheless, where the ledger of its job is open."""
    folder = client.export(jobs[0], tmp_path / "export", names="{title}", sidecar=True)

    text = (folder / "秋天.json").read_text("utf-8")
    assert '"path"' not in text
    assert '"ledger"' not in text
    assert str(tmp_path) not in text
    assert ls.request_from(folder / source) == jobs[0].request
