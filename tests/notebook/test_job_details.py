"""Project, title and notes of a job, in its form and in its card."""

import json

import pytest
from conftest import PATIENCE
from notebook.tab import Tab
from notebook.test_forms import everything, generate

import lipsync_nb as ls

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
        form = fill(generate(client, samples))
        form.submit()

        states = json.dumps([part.get_state() for part in everything(form)], default=str)

    shown = json.dumps(form._repr_mimebundle_(), default=str)
    assert "For Wang." not in states + shown
