"""What the package shows, and what importing it costs."""

import ast
import json
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from typing import get_type_hints

import pytest

import lipsync_nb
from lipsync_nb.vendors import VENDORS

ROOT = Path(lipsync_nb.__file__).parent
HEAVY = {"pandas", "ipywidgets", "anywidget", "av", "cv2", "numpy", "IPython", "starlette"}
HEAVY |= {"uvicorn", "PIL", "matplotlib", "fsspec", "s3fs", "keyring", "platformdirs"}


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


@pytest.mark.parametrize("module", [m for m in MODULES if m and not m.endswith("__main__")])
def test_each_module_can_be_imported(module):
    """And says what it is for."""
    tree = ast.parse(MODULES[module].read_text())

    assert ast.get_docstring(tree), module
    assert import_module(f"lipsync_nb.{module}")


def test_editors_know_the_class_of_each_vendor_of_a_client():
    """By a property of its name, with the vendor's class as its type."""
    types = {
        name: get_type_hints(getattr(lipsync_nb.Client, name).fget)["return"] for name in VENDORS
    }

    assert types == VENDORS


def test_a_vendor_is_an_attribute_of_the_client_that_is_connected_to_it(tmp_path):
    """The same as in ``vendors``, and with the same error."""
    vendor = lipsync_nb.Yunai(api_key="sk-0123")
    with lipsync_nb.Client([vendor], ledger=tmp_path / "jobs.sqlite") as client:
        assert client.yunai is client.vendors["yunai"] is vendor
        with pytest.raises(lipsync_nb.MissingCredentials) as of_vendors:
            _ = client.vendors["chanjing"]
        with pytest.raises(lipsync_nb.MissingCredentials) as of_client:
            _ = client.chanjing

        assert (hasattr(client, "yunai"), hasattr(client, "chanjing")) == (True, False)

    assert str(of_client.value) == str(of_vendors.value)
    assert "Chanjing 蝉镜 is not connected: set" in str(of_client.value)
