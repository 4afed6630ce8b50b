"""The table of vendors has all that are registered, and each has all that its tests need."""

from pathlib import Path

import pytest
from vendors.cases import CASES, PRODUCTS

import lipsync_nb as ls
from lipsync_nb.sandbox.vendors import VENDORS as IN_THE_SANDBOX
from lipsync_nb.vendors import VENDORS

TESTS = Path(__file__).parent.parent


def missing(kind):
    """Return what a registered vendor lacks, and where it belongs; see CONTRIBUTING.md."""
    name, case = kind.name, CASES.get(kind.name)
    found = {
        f"{name} and {kind.__name__} in lipsync_nb/__init__.pyi": (
            {name, kind.__name__} <= set(ls.__all__)
        ),
        "its stand-in in lipsync_nb/sandbox/vendors/, and in VENDORS there": (
            name in {vendor.NAME for vendor in IN_THE_SANDBOX}
        ),
        f"its stand-in in tests/second/{name}.py": (TESTS / "second" / f"{name}.py").exists(),
        f"tests/sandbox/test_{name}.py": (TESTS / "sandbox" / f"test_{name}.py").exists(),
        f"tests/vendors/test_{name}.py": (TESTS / "vendors" / f"test_{name}.py").exists(),
        "its case in tests/vendors/cases.py": case is not None,
    }
    return [what for what, there in found.items() if not there]


@pytest.mark.parametrize("name", VENDORS)
def test_a_registered_vendor_has_all_that_its_tests_need(name):
    """What is missing is named."""
    lacks = missing(VENDORS[name])

    assert not lacks, "\n".join([f"{name} lacks, see CONTRIBUTING.md:", *lacks])


@pytest.mark.parametrize("name", CASES)
def test_a_case_has_a_request_of_every_kind(name, media):
    """Among them those that are made where one is enough."""
    case = CASES[name]
    kinds = {type(order(media)) for order in case.orders.values()}

    assert name in VENDORS
    assert {kind for vendor, kind in PRODUCTS if vendor == name} == set(case.products(media))
    assert [kind.kind() for kind in VENDORS[name].kinds if kind not in kinds] == []
    assert {case.short, case.uploading or case.short} <= set(case.orders)


def test_a_vendor_that_is_only_registered_is_reported_with_what_it_lacks():
    """All of it, by its place."""
    nobody = type("Nobody", (ls.Lingdong,), {"name": "nobody"})

    assert missing(nobody) == [
        "nobody and Nobody in lipsync_nb/__init__.pyi",
        "its stand-in in lipsync_nb/sandbox/vendors/, and in VENDORS there",
        "its stand-in in tests/second/nobody.py",
        "tests/sandbox/test_nobody.py",
        "tests/vendors/test_nobody.py",
        "its case in tests/vendors/cases.py",
    ]
