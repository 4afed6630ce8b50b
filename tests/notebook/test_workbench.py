"""The workbench: keys, forms, jobs and videos in one place."""

import json
from collections.abc import Iterator
from pathlib import Path

import ipywidgets as widgets
import pytest
from conftest import PATIENCE
from notebook.tab import Tab
from waiting import wait_until

import lipsync_nb as ls
from lipsync_nb.notebook.workbench import COST, EDIT, KEYS, NO_COST, NOBODY
from lipsync_nb.sandbox import Sandbox
from lipsync_nb.vendors import VENDORS

KINDS = [kind for vendor in VENDORS.values() for kind in vendor.kinds]


@pytest.fixture
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ls.Client]:
    """A client that is connected to no vendor."""
    monkeypatch.chdir(tmp_path)
    with ls.Client([], ledger=tmp_path / "jobs.sqlite") as client:
        yield client


def tabs(bench):
    """Return the tabs, whose first has the keys."""
    return next(part for part in walk(bench) if hasattr(part, "titles"))


def walk(widget):
    """Yield a widget and all that lies in it."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from walk(child)


def said(bench):
    """Return the sentences that stand above all."""
    return [part.value for part in walk(bench) if isinstance(part, widgets.HTML)]


def test_there_is_a_tab_for_the_keys_one_per_vendor_and_one_for_tools(client):
    """The first connected vendor's is open; it costs nothing, as all vendors are the sandbox's."""
    bench = client.workbench()

    assert tabs(bench).titles == (KEYS, *(vendor.title for vendor in VENDORS.values()), EDIT)
    assert tabs(bench).selected_index == 1
    assert bench.form(KINDS[0]) in walk(bench)
    assert NO_COST in said(bench)


def test_without_a_vendor_the_keys_are_open(nobody):
    """And it is said that one is needed."""
    bench = nobody.workbench()

    assert tabs(bench).selected_index == 0
    assert all(title.endswith(" · no key") for title in tabs(bench).titles[1:-1])
    assert NOBODY in said(bench)


def test_what_costs_money_is_said(nobody):
    """As soon as a vendor is not this machine's own."""
    nobody.connect(ls.Yunai("made-up"))

    assert COST in said(nobody.workbench())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.vendor}.{kind.kind()}")
def test_every_kind_has_its_form(nobody, kind):
    """It comes to the front when it is asked for, and is the same the next time."""
    bench = nobody.workbench()

    form = bench.form(kind)

    assert form.kind is kind
    assert bench.form(kind) is form
    shown = tabs(bench).children[tabs(bench).selected_index]
    assert [part for part in walk(shown) if hasattr(part, "kind")] == [form]


def test_a_form_is_made_when_it_is_looked_at(client):
    """So that a saved notebook has those only that were seen."""
    bench = client.workbench()
    place = tabs(bench).titles.index(ls.Chanjing.title)
    chanjing = tabs(bench).children[place]
    assert chanjing.children == ()

    tabs(bench).selected_index = place

    assert bench.form(ls.chanjing.LipSync) in chanjing.children


def test_a_submitted_job_is_selected(client, samples):
    """Its card is below the table; so it is when the same is submitted again."""
    bench = client.workbench()
    form = bench.form(ls.lingdong.Generate)
    form.value = ls.lingdong.Generate(source=samples.face, audio=samples.speech)

    job = form.submit()
    assert bench.table.selected.id == job.id
    bench.table.selected = None
    form.submit()

    assert bench.table.selected.id == job.id
    assert job.result(PATIENCE).path.exists()


def test_a_vendor_that_gets_connected_is_known_everywhere(nobody, sandbox: Sandbox):
    """Its tab loses the mark, and its form the complaint."""
    bench = nobody.workbench()
    form = bench.form(ls.yunai.AvatarVideo)
    assert "YUNAI_API_KEY" in form.status.text

    bench.credentials.connect("yunai", base_url=sandbox.base_urls["yunai"], **sandbox.keys["yunai"])

    assert ls.Yunai.title in tabs(bench).titles
    assert form.status.text == ""


def test_it_can_be_read_without_widgets(client, samples):
    """Vendors and jobs, as text and as HTML; no widget's repr."""
    bench = client.workbench()
    form = bench.form(ls.lingdong.Generate)
    form.value = ls.lingdong.Generate(source=samples.face, audio=samples.speech)
    job = form.submit()
    wait_until(lambda: job.record.done)

    shown = bench._repr_mimebundle_()

    for kind in ("text/plain", "text/html"):
        assert job.id in shown[kind]
        assert "Chanjing" in shown[kind]
        assert "VBox(" not in shown[kind]


def test_it_is_small(client):
    """A workbench with one form, saved with its widgets' state."""
    with Tab():
        bench = client.workbench()

        state = {part.model_id: part.get_state() for part in walk(bench)}

    assert len(json.dumps(state, default=str)) < 155_000


def test_closing_it_leaves_the_jobs(client, samples):
    """They go on."""
    bench = client.workbench()
    job = client.submit(ls.lingdong.Generate(source=samples.face, audio=samples.speech))

    bench.close()

    assert job.result(PATIENCE).path.exists()
