"""Project, title and notes of a job, in its form and in its card."""

import json

import pytest
from conftest import PATIENCE
from notebook.ledgers import client_of, made_up
from notebook.tab import Tab
from notebook.test_forms import everything, generate
from waiting import wait_until

import lipsync_nb as ls
from lipsync_nb.notebook.forms import Form
from lipsync_nb.notebook.player import Player
from lipsync_nb.notebook.table import rows

SAID = {"project": "Spring", "title": "Intro", "notes": "For Wang."}


def fill(form):
    """Fill in all three."""
    form.field("details").value = SAID
    return form


def test_what_is_said_of_a_job_is_kept_with_it(client, samples):
    """Project, title and notes of the form are the job's."""
    job = fill(generate(client, samples)).submit()

    assert (job.project, job.title, job.notes) == ("Spring", "Intro", "For Wang.")
    assert job.result(PATIENCE).path.exists()


def test_the_project_stays_for_the_next_job(client, samples):
    """The title and the notes were of the one that was submitted."""
    form = fill(generate(client, samples))

    form.submit()

    assert form.details == {"project": "Spring"}


def test_the_python_says_it_too(client, samples):
    """Only what is filled in: the cell submits the same."""
    form = generate(client, samples)
    assert "project" not in form.code

    form.field("details").value = {"project": "Spring", "title": 'A "b"'}

    assert form.code.endswith('), project="Spring", title="A \\"b\\"")')
    job = eval(form.code, {"client": client, "ls": ls})
    assert (job.project, job.title) == ("Spring", 'A "b"')


def test_what_is_folded_is_not_said(client, samples):
    """The box that is not ticked hides it, and leaves it out."""
    form = fill(generate(client, samples))

    form.field("details")._tick.value = False

    assert form.details == {}
    assert form.submit().project is None


def test_a_title_that_is_too_long_is_marked(client, samples):
    """Beside its field, and nothing is submitted."""
    form = generate(client, samples)
    form.field("details").value = {"title": "a" * 201}

    with pytest.raises(ls.BadRequest, match="title"):
        form.submit()

    assert list(form.errors) == ["details.title"]
    assert "200" in form.field("details.title").note.widget.value
    assert form.job is None
    assert len(client.jobs) == 0


def test_a_saved_form_has_nothing_of_the_job_before(client, samples):
    """Its title and notes are in no widget's state after the submission."""
    with Tab():
        form = Form(client, ls.lingdong.Generate, card=False)
        form.value = generate(client, samples).value
        fill(form).submit()

        states = json.dumps([part.get_state() for part in everything(form)], default=str)

    shown = json.dumps(form._repr_mimebundle_(), default=str)
    assert "For Wang." not in states + shown


def described(**facts):
    """A finished job of a made-up ledger, of which something is said."""
    return made_up(3, **{"project": "Spring", "title": "Intro", "key": "a12", "notes": "x"} | facts)


def test_the_table_has_them(tmp_path):
    """Title and project of each row; key and notes as far as the filter finds them."""
    with client_of(tmp_path, described(notes="n" * 10_000), made_up(2)) as client:
        message = rows(client.records.all())

    unsaid, said = [dict(zip(message["fields"], values, strict=True)) for values in message["rows"]]
    assert (said["project"], said["title"]) == ("Spring", "Intro")
    assert said["words"].startswith("a12; nnn")
    assert len(said["words"]) <= 200
    assert (unsaid["project"], unsaid["title"], unsaid["words"]) == (None, None, None)


def test_the_card_shows_them_and_lets_them_be_changed(tmp_path):
    """The browser sends all three; the ledger has them, and the card comes again."""
    with Tab() as tab, client_of(tmp_path, described()) as client:
        table = client.table()
        table.selected = client.job(described().id)
        card = tab.messages_with("card")[-1]["card"]
        assert ["key", "a12"] in card["said"]
        assert card["details"] == {"project": "Spring", "title": "Intro", "notes": "x"}

        new = {"project": "", "title": " Outro ", "notes": "y"}
        answer = tab.ask(table, op="describe", job=described().id, **new)

        assert answer["done"] == "Saved."
        job = client.job(described().id)
        assert (job.project, job.title, job.notes, job.key) == (None, "Outro", "y", "a12")
        wait_until(lambda: tab.messages_with("card")[-1]["card"]["details"]["title"] == "Outro")


def test_what_is_too_long_is_refused_where_it_is_typed(tmp_path):
    """And nothing is changed."""
    with Tab() as tab, client_of(tmp_path, described()) as client:
        new = {"project": "", "title": "a" * 201, "notes": ""}

        answer = tab.ask(client.table(), op="describe", job=described().id, **new)

        assert "title has 201 characters" in answer["error"]
        assert client.job(described().id).title == "Intro"


def test_a_saved_card_has_no_whole_notes(tmp_path):
    """Only their beginning, so that a notebook stays small."""
    with client_of(tmp_path, described(notes="n" * 10_000)) as client:
        saved = Player(client.job(described().id)).saved

    assert len(json.dumps(saved)) < 3000
    assert saved["card"]["details"] is None
    assert ["title", "Intro"] in saved["card"]["said"]


def test_they_can_be_read_without_widgets(tmp_path):
    """In the lines, in the table, and in the card; nothing of them is markup."""
    with client_of(tmp_path, described(notes="<b>", title="<i>")) as client:
        table = client.table().fallback()
        card = Player(client.job(described().id)).fallback()["text/html"]

    assert "Spring" in table["text/plain"]
    assert "Generate · <i>" in table["text/plain"]
    assert "Generate · &lt;i&gt;" in table["text/html"]
    assert "Spring" in card
    assert "notes: &lt;b&gt;" in card
    assert "key: a12" in card
