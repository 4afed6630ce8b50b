"""A long speech in a form: it is split, a job is made of each part, and their videos are joined."""

import pytest
from conftest import PATIENCE
from faces import speech as spoken
from waiting import wait_until

import lipsync_nb as ls
from lipsync_nb.media.probe import duration_s
from lipsync_nb.notebook.long_speech import LONG, clip_field, speech_field
from lipsync_nb.notebook.model_form import REQUIRED
from lipsync_nb.notebook.parts_view import PartsView
from lipsync_nb.notebook.preview import Preview
from lipsync_nb.vendors import VENDORS

SENTENCES = "This is the first sentence. And this is the second one. Here the third one ends."


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """The parts are put into a folder of the test's own."""
    monkeypatch.setenv("LIPSYNC_NB_HOME", str(tmp_path / "home"))


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """A speech of three sentences."""
    return spoken(tmp_path_factory.mktemp("said") / "said.wav", SENTENCES)


def filled(client, samples, said, longest=4.0, kind=ls.lingdong.Generate, **values):
    """The form of a request, whose speech is split."""
    form = client.form(kind)
    form.value = kind(**{"source": samples.clip, "audio": said} | values)
    form.field("long").value = {"longest": longest}
    return form


def test_only_what_is_said_can_be_split():
    """Not a sample of a voice, nor the two speeches of a dialogue."""
    kinds = [kind for vendor in VENDORS.values() for kind in vendor.kinds]
    split = {f"{kind.vendor}.{kind.kind()}" for kind in kinds if speech_field(kind)}

    assert {"lingdong.Generate", "chanjing.LipSync", "yunai.AvatarVideo"} <= split
    assert {"lipsync_studio.LipSyncDialogue", "chanjing.OwnVoice", "yunai.OwnVoice"}.isdisjoint(
        split
    )
    assert (speech_field(ls.lingdong.Generate), clip_field(ls.lingdong.Generate)) == (
        "audio",
        "source",
    )


def test_the_parts_are_submitted_and_joined(client, samples, said):
    """By the button: as long as the speech, with a player; the parts are numbered."""
    form = filled(client, samples, said)
    form.field("details").value = {"project": "Spring", "title": "Intro"}

    form.button.click()
    wait_until(lambda: form.parts.video is not None)

    jobs = form.parts.split.jobs
    assert len(jobs) > 1
    assert jobs[0].title == f"Intro, part 1 of {len(jobs)}"
    assert {job.project for job in jobs} == {"Spring"}
    assert duration_s(form.parts.video.path) == pytest.approx(duration_s(said), abs=0.1)
    assert form.parts.video.path.parent == client.results
    wait_until(lambda: any(isinstance(part, Preview) for part in form.parts.children))
    assert "Joined: " in form.parts.status.text


def test_a_part_that_failed_is_made_again_and_joined(client, samples, said, sandbox):
    """Only that one is paid again."""
    sandbox.faults("lingdong", "failed", times=1, reason="out of paint")
    form = filled(client, samples, said)
    form.submit()
    wait_until(lambda: form.parts.button in form.parts.children)
    wait_until(lambda: all(job.done() for job in form.parts.split.jobs))
    before = [job.id for job in form.parts.split.jobs]
    assert "1 failed" in form.parts.status.text

    form.parts.button.click()
    wait_until(lambda: form.parts.video is not None)

    after = [job.id for job in form.parts.split.jobs]
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


def test_the_price_counts_all_parts(client, samples, said):
    """lipsync.studio bills at least five seconds of each."""
    kind = ls.lipsync_studio.LipSyncImage
    whole = client.estimate(kind(image=samples.face, audio=said))
    form = client.form(kind)
    form.value = kind(image=samples.face, audio=said)

    form.field("long").value = {"longest": 4}

    assert form.estimate().amount > whole.amount
    wait_until(lambda: f"{form.estimate().amount:g} credits" in form.price)


def test_the_same_parts_are_paid_once(client, samples, said):
    """The parts of a speech are the same the next time."""
    form = filled(client, samples, said)
    form.submit()
    first = [job.id for job in form.parts.split.jobs]
    wait_until(lambda: form.parts.video is not None)

    form.submit()

    assert [job.id for job in form.parts.split.jobs] == first
    wait_until(lambda: form.parts.video is not None)


def test_it_is_folded_and_empty_at_first(client, samples):
    """Then nothing is split; ticked without a number, it is marked."""
    form = client.form(ls.lingdong.Generate)
    form.value = ls.lingdong.Generate(source=samples.face, audio=samples.speech)
    assert form.longest is None
    assert form.submit().result(PATIENCE)
    assert form.parts.children == ()

    form.field("long")._tick.value = True
    with pytest.raises(ls.BadRequest):
        form.submit()

    assert form.errors == {"long.longest": REQUIRED}
    assert LONG.label in form.field("long")._tick.description


def test_a_phrase_that_is_too_long_is_told(client, samples, said):
    """And nothing is submitted."""
    form = filled(client, samples, said, longest=1.0)

    form.button.click()
    wait_until(lambda: form.status.tone == "bad")

    assert "no pause" in form.status.text
    assert len(client.jobs) == 0
    assert not form.button.disabled


def test_the_python_does_the_same(client, samples, said):
    """It splits, loops, submits and joins; the jobs are those of the form."""
    form = filled(client, samples, said)
    names = {"client": client, "ls": ls}

    exec(form.code, names)

    form.submit()
    assert [job.id for job in names["jobs"]] == [job.id for job in form.parts.split.jobs]
    assert duration_s(names["video"].path) == pytest.approx(duration_s(said), abs=0.1)
    assert isinstance(form.parts, PartsView)
