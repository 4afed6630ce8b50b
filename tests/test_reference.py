"""The reference is the docstrings: complete, true to the signatures, and readable by ``help``."""

import ast
import inspect
import itertools
import re
from pathlib import Path

import pytest
from pydantic import BaseModel

import lipsync_nb as ls
from lipsync_nb import contract, sandbox
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import Request

PUBLIC = {f"ls.{name}": getattr(ls, name) for name in ls.__all__}
PUBLIC |= {f"sandbox.{name}": getattr(sandbox, name) for name in sandbox.__all__}
PUBLIC |= {f"contract.{name}": getattr(contract, name) for name in contract.__all__}
CLASSES = {name: thing for name, thing in PUBLIC.items() if inspect.isclass(thing)}
KINDS = [kind for vendor in VENDORS.values() for kind in vendor.kinds]
ITEM = re.compile(r" {4}\*{0,2}(\w+):")


def own(kind):
    """Return what a class of ours offers, by name, with what its bases of ours offer."""
    bases = [base for base in kind.__mro__ if base.__module__.startswith("lipsync_nb")]
    found = {name: thing for base in reversed(bases) for name, thing in vars(base).items()}
    return {name: thing for name, thing in found.items() if not name.startswith("_")}


def callables():
    """Yield each public function and method, with its name."""
    for name, thing in PUBLIC.items():
        if inspect.isfunction(thing):
            yield name, thing
    for name, kind in CLASSES.items():
        if issubclass(kind, BaseModel):
            continue
        for method, thing in own(kind).items():
            function = getattr(thing, "__func__", thing)
            if inspect.isfunction(function):
                yield f"{name}.{method}", function


def described(doc, section):
    """Return the names that a section of a docstring describes."""
    lines = iter(doc.splitlines())
    if not any(line == f"{section}:" for line in lines):
        return set()
    inside = itertools.takewhile(lambda line: not line or line.startswith(" "), lines)
    return {found[1] for line in inside if (found := ITEM.match(line))}


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_documented(name):
    """In a sentence that ends as one."""
    thing = PUBLIC[name]
    first = (inspect.getdoc(thing) or "").partition("\n\n")[0]

    assert first.endswith((".", ":")) or not callable(thing), first


@pytest.mark.parametrize("name", CLASSES)
def test_every_public_method_and_property_is_documented(name):
    """But for those that Python itself calls."""
    offers = own(CLASSES[name])
    silent = [
        member
        for member, thing in offers.items()
        if isinstance(thing, property | classmethod | staticmethod) or inspect.isfunction(thing)
        if not inspect.getdoc(thing)
    ]

    assert silent == []


METHODS = dict(callables())


@pytest.mark.parametrize("name", METHODS)
def test_described_arguments_are_the_real_ones(name):
    """Where a docstring has ``Args:``, it describes them all and no others."""
    function = METHODS[name]
    parameters = {
        parameter
        for parameter in inspect.signature(function).parameters
        if parameter not in {"self", "cls"}
    }
    documented = described(inspect.getdoc(function) or "", "Args")

    assert documented <= parameters, name
    assert not documented or parameters <= documented | {"_", "fresh"}, name


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_describes_what_it_is_made_of(name):
    """Each argument of a class that describes arguments."""
    kind = CLASSES[name]
    documented = described(inspect.getdoc(kind) or "", "Args")
    parameters = set(inspect.signature(kind).parameters) if documented else set()

    assert documented <= parameters | {"base_url"}, name
    assert parameters - documented <= {"vendor", "credentials"}, name


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.vendor}.{kind.kind()}")
def test_help_tells_of_each_field(kind):
    """What it is, its default and its limits."""
    text = kind.__doc__ or ""
    for name, field in kind.model_fields.items():
        assert f"    {name}" in text, name
        assert field.description.splitlines()[0] in " ".join(text.split()), name


def test_help_of_a_request_has_defaults_and_limits():
    """As in the issue: units, limits and defaults are seen."""
    text = " ".join((ls.chanjing.LipSync.__doc__ or "").split())

    assert "volume: how loud" in text.lower()
    assert "from 1 to 100" in text
    assert "By default 100." in text
    assert "mp4, mov" in text


def test_each_module_begins_with_what_it_is_for():
    """All of the package."""
    root = Path(ls.__file__).parent
    silent = [
        path for path in root.rglob("*.py") if not ast.get_docstring(ast.parse(path.read_text()))
    ]

    assert silent == []


def test_the_root_of_requests_is_documented():
    """Authors of vendors read it."""
    assert "Attributes:" in (Request.__doc__ or "")
