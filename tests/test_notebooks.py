"""The tutorials as they are committed; that they run is shown by nbmake and in the browser."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
MOST_STATEMENTS = 3
LONGEST_CELL = 12  # lines, of a string or a call that does not fit into one
KEY = re.compile(r"sk-[0-9a-f]{8}|sk_[0-9a-f]{6}|ld_[0-9a-f]{8}|AKIA[0-9A-Z]{12}|[0-9a-f]{32}")
ABSOLUTE = re.compile(r"""["'(\s](/(home|root|tmp|usr|var|work|Users|mnt)/|[A-Z]:\\)""")
pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path):
    """Return a notebook, and its cells' sources by type."""
    notebook = nbformat.read(path, as_version=4)
    of = {
        kind: [c.source for c in notebook.cells if c.cell_type == kind]
        for kind in ("code", "markdown")
    }
    return notebook, of["code"], of["markdown"]


def test_it_is_a_notebook_without_outputs(path):
    """Valid, never run, no error allowed, nothing of the editor's in it."""
    notebook, _, _ = read(path)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]

    assert [cell.outputs for cell in code if cell.outputs] == []
    assert {cell.execution_count for cell in code} == {None}
    assert [cell.metadata for cell in notebook.cells if cell.metadata] == []
    assert set(notebook.metadata) <= {"kernelspec", "language_info"}


def test_it_has_neither_keys_nor_paths_of_a_machine(path):
    """What is committed is for everybody."""
    text = path.read_text()

    assert KEY.findall(text) == []
    assert ABSOLUTE.findall(text) == []


def test_its_cells_are_short(path):
    """One to three statements each, or one class: what is longer belongs in the package."""
    _, code, _ = read(path)
    for cell in code:
        body = ast.parse(re.sub("^[%!].*", "pass", cell, flags=re.MULTILINE)).body
        classes = [node for node in body if isinstance(node, ast.ClassDef)]

        assert len(body) <= MOST_STATEMENTS, cell
        assert classes or len(cell.splitlines()) <= LONGEST_CELL, cell


def test_it_says_what_the_reader_will_have_and_how_long_it_takes(path):
    """In its first cell; and what costs money is bold."""
    _, _, (first, *rest) = read(path)

    assert first.startswith("# ")
    assert re.search(r"[Aa]t the end you will", first)
    assert re.search(r"takes? .*(minute|second)", first)
    assert re.search(r"\*\*[^*]*(cost|paid|pay)[^*]*\*\*", "\n".join([first, *rest]))


def test_the_sandbox_comes_first_and_a_key_is_one_line_away(path):
    """Nobody needs a key to run it, and everybody sees how to use one."""
    _, code, _ = read(path)
    beginning = "\n".join(code[:2])

    assert re.search(r"sandbox|server = ", beginning)
    assert re.search(r"# with your own ", beginning)


def test_it_ends_in_an_assertion(path):
    """Whoever runs it knows that it worked."""
    _, code, _ = read(path)

    assert code[-1].startswith("assert ")


def test_it_is_listed_in_the_readme(path):
    """In both languages."""
    for readme in ("README.md", "README.zh-CN.md"):
        assert f"(notebooks/{path.name})" in (path.parent.parent / readme).read_text()
