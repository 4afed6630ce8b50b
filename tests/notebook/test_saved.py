"""Notebooks that were run, saved and exported: small, readable without a kernel, and discreet."""

import json
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter, MarkdownExporter

TESTS = Path(__file__).parent.parent
BEGIN = f"""
import sys; sys.path.insert(0, {str(TESTS)!r})
from pathlib import Path
import lipsync_nb as ls
from faces import drawn_face
from notebook.ledgers import client_of, made_up
clip = ls.still_video(drawn_face(Path("face.png")), 2.0, "clip.mp4").absolute()
client = client_of(
    Path.cwd(), *map(made_up, range(60)),
    made_up(90, status="succeeded", path=str(clip), request='{{"audio": "/home/me/a.wav"}}'),
    made_up(93, status="failed", error="余额不足", error_type="OutOfCredit"),
)
"""
CELLS = (
    BEGIN,
    "client",
    "client.table()",
    "client.job(made_up(90).id)",
    "client.job(made_up(93).id)",
    "client.job(made_up(51).id)",
    "ls.grid([clip, clip], waveforms=[[0.5] * 5000] * 2, mouths=[[0.5] * 500] * 2)",
    "client.job(made_up(90).id).result()",
    "client.workbench()",
    "client.close()",
)


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[nbformat.NotebookNode]:
    """A notebook with one of each, run with its widgets' state kept, as nbmake does."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    folder = tmp_path_factory.mktemp("saved")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        options = {"timeout": 300, "resources": {"metadata": {"path": str(folder)}}}
        yield NotebookClient(notebook, kernel_name="python3", **options).execute()


def exported(exporter: HTMLExporter | MarkdownExporter, notebook: nbformat.NotebookNode) -> str:
    """The notebook for readers without widgets."""
    bare = nbformat.from_dict(json.loads(json.dumps(notebook)))
    bare.metadata.pop("widgets")
    return str(exporter.from_notebook_node(bare)[0])


def test_it_is_small(executed: nbformat.NotebookNode) -> None:
    """Under 330 kB, with the widgets' state."""
    text = json.dumps(executed)

    assert executed.metadata.widgets
    assert len(text) < 330_000


@pytest.mark.parametrize("exporter", [HTMLExporter, MarkdownExporter])
def test_it_is_readable_without_widgets(
    executed: nbformat.NotebookNode, exporter: type[HTMLExporter] | type[MarkdownExporter]
) -> None:
    """Jobs, statuses, remedies and links; no widget's repr."""
    text = exported(exporter(), executed)

    for wanted in (
        "job0000000000090",
        "62 jobs; 9 submitting",
        "running 37%",
        'href="clip.mp4"',
        'src="clip.mp4"',
        "余额不足",
        "top up the account at",
        "set YUNAI_API_KEY",
    ):
        assert wanted in text
    assert "VBox(" not in text
    assert "<lipsync_nb." not in text


def test_a_finished_job_needs_no_widget(executed: nbformat.NotebookNode) -> None:
    """Its video plays when the notebook is opened again, without a kernel."""
    assert "text/html" in executed.cells[3].outputs[0].data
    assert "application/vnd.jupyter.widget-view+json" not in executed.cells[3].outputs[0].data


def test_it_names_no_folder_of_this_machine(executed: nbformat.NotebookNode) -> None:
    """Outputs and state have relative paths."""
    shown = json.dumps([cell.outputs for cell in executed.cells[:7]])
    state = json.dumps(executed.metadata.widgets)

    assert "/home/me" not in shown + state
    assert str(Path.home()) not in shown + state
    assert "/saved" not in shown + state
