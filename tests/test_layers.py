"""The layers of ``docs/architecture.md``: which module may know of which, all imports counted."""

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import lipsync_nb

ROOT = Path(lipsync_nb.__file__).parent
PAGE = ROOT.parent / "docs" / "architecture.md"


def name(path):
    """Return a module's name below the package; empty for the package itself."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts).removesuffix("__init__").removesuffix(".")


MODULES = {name(path): path for path in ROOT.rglob("*.py")}


def imports(module):
    """Return which of the package's modules a module imports: anywhere in it, for types too."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for full in names:
            package, _, inner = full.partition(".")
            if package == "lipsync_nb":
                found.add(inner if inner in MODULES else inner.rpartition(".")[0])
    return found - {module}


GRAPH = {module: imports(module) for module in MODULES}


def read_layers():
    """Return the list of layers on the page: of each line, the names before the dash."""
    (block,) = re.findall(r"```layers\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    return [line.partition(" - ")[0].split() for line in block.splitlines()]


LAYERS = read_layers()
FOLDERS = {folder: number for number, layer in enumerate(LAYERS) for folder in layer}


def home(module):
    """Return the longest name in the list that a module's name begins with."""
    names = [folder for folder in FOLDERS if f"{module}.".startswith(f"{folder}.")]
    assert names, f"{module} is in no layer of {PAGE.name}"
    return max(names, key=len)


def of_sandbox(module):
    """Tell whether a module belongs to the sandbox."""
    return f"{module}.".startswith("sandbox.")


@pytest.mark.parametrize("module", [module for module in MODULES if module])
def test_a_module_imports_from_its_own_folder_and_the_layers_above(module):
    """So each can be read, tested and replaced without those that stand on it."""
    here = home(module)

    wrong = {
        other
        for other in GRAPH[module]
        if not other or (home(other) != here and FOLDERS[home(other)] >= FOLDERS[here])
    }
    assert wrong == set()


def test_every_layer_is_there():
    """A folder that is gone leaves no line behind."""
    assert [folder for folder in FOLDERS if folder not in MODULES] == []


def test_there_is_no_circle():
    """Not even of imports within functions, or for types alone."""
    assert len(list(TopologicalSorter(GRAPH).static_order())) == len(MODULES)


def knows_no_vendor(module):
    """Tell whether a module may serve the client and the sandbox."""
    return f"{module}.".startswith(("extras.", "decode."))


def test_the_sandbox_and_the_client_share_nothing_of_vendors():
    """Were a vendor's page misread once, they must not agree by construction."""
    shared = {
        (module, other)
        for module in MODULES
        for other in GRAPH[module]
        if of_sandbox(module) != of_sandbox(other) and not knows_no_vendor(other)
    }

    assert shared == {("client", "sandbox")}


def test_each_file_that_the_page_names_is_there():
    """As one that was renamed would mislead."""
    named = re.findall(r"`(\w+/[\w/.]*)`", PAGE.read_text("utf-8"))

    assert len(named) >= 20
    assert [path for path in named if not list(ROOT.parent.glob(path))] == []
