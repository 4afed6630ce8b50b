"""The browser's part: a widget's module is one text, with all that it imports."""

import re
from collections import Counter

import pytest

from lipsync_nb.notebook.assets import STATIC, imported, module, style

DECLARED = re.compile(r"^(?:export )?(?:async )?(?:function|const|let|class) (\w+)", re.MULTILINE)
WIDGETS = sorted(
    path.stem for path in STATIC.glob("*.js") if "export default" in path.read_text("utf-8")
)
SET_BY_SCRIPT = "--ls-aspect"
"""A variable that grid.js sets."""


@pytest.mark.parametrize("name", WIDGETS)
def test_a_module_needs_no_other(name: str) -> None:
    """It imports nothing, and exports the widget only."""
    lines = module(name).splitlines()

    assert not [line for line in lines if line.startswith("import ")]
    assert [line.split()[1] for line in lines if line.startswith("export ")] == ["default"]


@pytest.mark.parametrize("name", WIDGETS)
def test_the_bundled_scripts_share_no_name(name: str) -> None:
    """They become one module, in which each name is declared once."""
    texts = [(STATIC / f"{part}.js").read_text("utf-8") for part in imported(name)]
    given = Counter(found for text in texts for found in DECLARED.findall(text))

    assert [found for found, times in given.items() if times > 1] == []


def test_every_script_is_used() -> None:
    """Each is a widget's, or imported by one."""
    used = {part for name in WIDGETS for part in imported(name)}

    assert {path.stem for path in STATIC.glob("*.js")} == used


def test_comments_stay_here() -> None:
    """A saved notebook has a copy of the module for each widget, without comments and indents."""
    assert not [line for line in module("table").splitlines() if line.startswith(("//", " ", "*"))]


def test_all_sheets_use_one_theme() -> None:
    """What a sheet's rules refer to is in the theme or in the sheet itself."""
    theme = style()
    for path in STATIC.glob("*.css"):
        sheet = path.read_text("utf-8")
        known = set(re.findall(r"(--ls[\w-]*):", theme + sheet)) | {SET_BY_SCRIPT}

        assert set(re.findall(r"var\((--ls[\w-]*)", sheet)) <= known, path.name
