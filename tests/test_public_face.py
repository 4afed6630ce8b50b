"""What the package shows, what importing it costs, and which module may know of which."""

import ast
import json
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

import lipsync_nb

ROOT = Path(lipsync_nb.__file__).parent
HEAVY = {"pandas", "ipywidgets", "anywidget", "av", "cv2", "numpy", "IPython", "starlette"}
HEAVY |= {"uvicorn", "PIL", "matplotlib", "fsspec", "s3fs", "keyring", "platformdirs"}

LAYERS = (
    *("errors", "log", "hints", "field_docs", "jobs", "loop", "settings", "files"),
    *("net", "media", "request", "vendors", "video", "ledger", "dataframe", "budget", "engine"),
    *("callbacks", "connected", "intake", "recovery", "job", "waiting", "client_compare"),
    *("client_widgets", "client", "notebook", "compare", "contract"),
)
"""A module imports from its own layer and from those before it."""


def test_the_public_names_are_sorted_and_there():
    """And no others: what is not listed is not public."""
    names = lipsync_nb.__all__

    assert names == sorted(names, key=str.lower) or names == sorted(names)
    assert len(set(names)) == len(names)
    assert [name for name in names if getattr(lipsync_nb, name, None) is None] == []
    assert set(names) <= set(dir(lipsync_nb))


def test_the_public_names_are_those_of_the_stub():
    """From it they are loaded, and type checkers read it."""
    stub = ast.parse((ROOT / "__init__.pyi").read_text())
    imported = [
        alias.asname or alias.name
        for node in stub.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    (listed,) = [node.value for node in stub.body if isinstance(node, ast.Assign)]

    assert sorted(imported) == sorted(lipsync_nb.__all__)
    assert sorted(ast.literal_eval(listed)) == sorted(imported)


def test_every_public_thing_is_documented():
    """``help()`` and the question mark show it."""
    for name in lipsync_nb.__all__:
        assert getattr(lipsync_nb, name).__doc__, name


def test_an_unknown_name_is_an_attribute_error():
    """As of any module."""
    with pytest.raises(AttributeError, match="no_such_thing"):
        _ = lipsync_nb.no_such_thing


def test_the_version_is_that_of_the_project():
    """One is written for people, one for pip."""
    project = tomllib.loads((ROOT.parent / "pyproject.toml").read_text())["project"]

    assert lipsync_nb.__version__ == project["version"]


def loaded_after(program):
    """Return the top-level modules that a program loads, with all warnings as errors."""
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-c",
            f"{program}\nimport sys, json\nprint(json.dumps([*sys.modules]))",
        ],
        check=True,
        stdout=subprocess.PIPE,
    )
    return {name.partition(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}


def test_importing_the_package_imports_next_to_nothing():
    """Neither what is heavy nor what most scripts need only later."""
    assert not loaded_after("import lipsync_nb") & {*HEAVY, "httpx", "pydantic"}


def test_a_client_imports_nothing_that_only_some_want():
    """Scripts and servers use no notebook, and show no table."""
    program = """
import lipsync_nb as ls, tempfile
with tempfile.TemporaryDirectory() as folder:
    vendor = ls.Yunai(api_key="sk-0123")
    with ls.Client([vendor], ledger=folder + "/jobs.sqlite", results=folder):
        pass
"""
    assert not loaded_after(program) & HEAVY


def name(path):
    """Return a module's name below the package; empty for the package itself."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts).removesuffix("__init__").removesuffix(".")


MODULES = {name(path): path for path in ROOT.rglob("*.py")}


def nodes(tree, *, at_import):
    """Yield all nodes, or those that importing a module runs."""
    for node in ast.iter_child_nodes(tree):
        typing = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        if at_import and (typing or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
            continue
        yield node
        yield from nodes(node, at_import=at_import)


def imports(module, *, at_import):
    """Return which of the package's modules a module imports."""
    found = set()
    for node in nodes(ast.parse(MODULES[module].read_text()), at_import=at_import):
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
    return found


def layer(module):
    """Return a module's layer: that of the longest name that fits."""
    names = [known for known in LAYERS if f"{module}.".startswith(f"{known}.")]
    assert names, f"{module} is in no layer"
    return LAYERS.index(max(names, key=len))


def of_sandbox(module):
    """Tell whether a module belongs to the sandbox."""
    return f"{module}.".startswith("sandbox.")


@pytest.mark.parametrize("module", [m for m in MODULES if m and not of_sandbox(m)])
def test_a_module_knows_only_of_layers_before_its_own(module):
    """So each can be read, tested and replaced without those that stand on it."""
    later = {
        other for other in imports(module, at_import=True) if other and layer(other) > layer(module)
    }

    assert later == set()


def test_the_sandbox_and_the_client_share_nothing():
    """Were a vendor's page misread once, they must not agree by construction."""
    out = {
        (module, other)
        for module in MODULES
        for other in imports(module, at_import=False)
        if of_sandbox(module) != of_sandbox(other)
    }

    assert out == {("client", "sandbox")}
    assert "sandbox" not in imports("client", at_import=True)


@pytest.mark.parametrize("module", [m for m in MODULES if m and not m.endswith("__main__")])
def test_each_module_can_be_imported(module):
    """And says what it is for."""
    tree = ast.parse(MODULES[module].read_text())

    assert ast.get_docstring(tree), module
    assert import_module(f"lipsync_nb.{module}")


def test_no_circle_is_hidden_by_the_order_of_imports():
    """Among what importing runs."""
    done = set()

    def visit(module, path):
        assert module not in path, " -> ".join([*path, module])
        if module not in done:
            for other in imports(module, at_import=True) - {""}:
                visit(other, [*path, module])
            done.add(module)

    for module in MODULES:
        visit(module, [])
