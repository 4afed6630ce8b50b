"""The harness itself: a notebook runs, can be asked, and nothing leaves the machine."""

import pytest
from browser.conftest import OpenNotebook
from browser.lab import Lab, Watch
from playwright.sync_api import Browser, Error, expect


def test_a_notebook_runs_and_its_kernel_answers(notebook: OpenNotebook) -> None:
    """Running all cells numbers each, and the kernel can be asked."""
    opened = notebook("x = 6", "import ipywidgets as w; w.Text('shown', description='Name')")

    opened.run_all()

    assert opened.ask("x * 7") == "42"
    expect(opened.output(1).get_by_role("textbox", name="Name")).to_have_value("shown")


def test_the_theme_can_be_changed(notebook: OpenNotebook) -> None:
    """A test can look at both themes."""
    opened = notebook("1")

    opened.theme("dark")
    opened.theme("light")


def test_nothing_leaves_the_machine(lab: Lab, chrome: Browser) -> None:
    """A request elsewhere is seen, and is not sent."""
    page = chrome.new_page()
    watch = Watch(page)
    page.goto(f"{lab.url}/api/status")

    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("https://example.com/")

    assert "left the machine: https://example.com/" in watch.wrong
    page.close()
