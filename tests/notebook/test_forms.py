"""Forms: every kind of every vendor, from the model to the job."""

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import PATIENCE
from faces import no_face
from notebook.ledgers import client_of, made_up
from notebook.tab import Tab
from vendors.cases import ORDERS
from vendors.media import Media
from waiting import wait_until

import lipsync_nb as ls
from lipsync_nb.notebook.form_footer import CHECKED, SubmittedJob
from lipsync_nb.notebook.forms import Form
from lipsync_nb.notebook.model_form import REQUIRED
from lipsync_nb.notebook.text import kind_label
from lipsync_nb.notebook.uploader import uploads
from lipsync_nb.notebook.widget_factory import WidgetFactory
from lipsync_nb.vendors import VENDORS

KINDS = [kind for vendor in VENDORS.values() for kind in vendor.kinds]


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Media:
    """Media for every kind."""
    return Media.make(tmp_path_factory.mktemp("media"))


@pytest.fixture
def nobody(tmp_path: Path) -> ls.Client:
    """A client that is connected to no vendor."""
    with ls.Client([], ledger=tmp_path / "jobs.sqlite") as client:
        yield client


def generate(client, samples, **values):
    """Return Lingdong's form, filled in."""
    form = client.form(ls.lingdong.Generate)
    form.value = ls.lingdong.Generate(**{"source": samples.face, "audio": samples.speech} | values)
    return form


def test_what_went_wrong_at_once_is_reported(tmp_path: Path):
    """Trouble that came before the form said that it had submitted is not covered by that."""
    limited = made_up(2, status="submitting", error="chanjing: too many requests")
    with client_of(tmp_path, limited) as client:
        submission = SubmittedJob(client, WidgetFactory(), card=False)

        submission.follow(client.job(limited.id), reused=False)

        assert "too many requests" in submission.status.text
        assert submission.status.tone == "bad"
        submission.close()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.vendor}.{kind.kind()}")
def test_every_kind_has_a_form(nobody, kind):
    """Each field of the model has a control with a label and, beneath, its help."""
    form = nobody.form(kind)

    for name, field in kind.model_fields.items():
        shown = form.field(name)
        assert shown.spec.label
        assert shown.spec.help == field.description
        assert shown.spec.required == (field.is_required() or name in kind.exactly_one)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.vendor}.{kind.kind()}")
def test_the_heading_says_what_is_deprecated(nobody, kind):
    """And nothing of all others."""
    form = nobody.form(kind)
    shown = (text for part in form.children for text in texts(part))
    (heading,) = (text for text in shown if f"· {kind_label(kind.kind())}" in text)

    assert ("(deprecated)" in heading) == hasattr(kind, "__deprecated__")
    form.close()


def texts(widget):
    """The texts of all labels in a widget."""
    found = [widget.value] if isinstance(getattr(widget, "value", None), str) else []
    return found + [t for child in getattr(widget, "children", ()) for t in texts(child)]


@pytest.mark.parametrize("order", ORDERS)
def test_a_request_fills_in_the_form_and_comes_out_again(nobody, media, order):
    """What goes in is what is submitted."""
    request = ORDERS[order](media)
    form = nobody.form(type(request))

    form.value = request

    assert form.value == request
    assert form.errors == {}


def test_what_is_left_alone_is_not_set(client, samples):
    """So that the ledger tells what the user wished."""
    form = generate(client, samples, callback_url=None)

    assert form.value.model_fields_set == {"source", "audio"}


def test_a_form_takes_its_own_kind_only(nobody, media):
    """Another is refused."""
    with pytest.raises(ls.BadRequest, match="LipSync, not Generate"):
        nobody.form(ls.chanjing.LipSync).value = ORDERS["lingdong clip"](media)


def test_an_empty_form_shows_no_errors_until_it_is_submitted(client):
    """Then each empty field has one, and the line below says where to look."""
    form = client.form(ls.chanjing.LipSync)
    assert form.errors == {}

    form.button.click()

    assert form.errors == {"video": REQUIRED, "audio": REQUIRED}
    assert REQUIRED in form.field("video").note.widget.value
    assert form.status.text == "Not submitted: see the fields marked above"
    assert form.status.tone == "bad"
    assert not form.button.disabled


def test_an_error_stands_beside_its_field_as_soon_as_it_is_made(client):
    """And goes when it is mended; untouched fields are left in peace."""
    form = client.form(ls.chanjing.LipSync)

    form.field("volume").control.value = 500
    assert list(form.errors) == ["volume"]
    assert "500" in form.field("volume").note.widget.value

    form.field("volume").control.value = 50
    assert form.errors == {}


def test_errors_of_nested_fields_stand_beside_them(client, samples):
    """By their dotted path."""
    form = client.form(ls.chanjing.LipSync)
    form.field("video").value = ls.Media(samples.clip)
    form.field("tts")  # exists, though it is not chosen
    form.value = ls.chanjing.LipSync(
        video=samples.clip, tts=ls.chanjing.Speech(text="Hi", audio_man_id="nina")
    )

    form.field("tts.text").control.value = "Hi 🎬"
    form.field("tts.audio_man_id").fetching.wait(PATIENCE)  # it has begun, and must end here

    assert list(form.errors) == ["tts.text"]
    assert "🎬" in form.field("tts.text").note.widget.value


def test_a_missing_file_is_reported_beside_its_field(client, samples, tmp_path):
    """It is looked for when the form is submitted."""
    form = generate(client, samples)
    form.field("audio").control.value = str(tmp_path / "nothing.wav")

    with pytest.raises(ls.BadRequest):
        form.submit()

    assert "nothing.wav" in form.errors["audio"]


def test_submitting_makes_a_job_that_the_form_follows(client, samples):
    """The button calls `submit`, and the line below tells how the job goes on."""
    form = generate(client, samples)

    form.button.click()

    assert form.job is not None
    assert not form.button.disabled
    assert form.job.result(PATIENCE).path.exists()
    assert wait_until(lambda: form.status.text == f"Job {form.job.id} succeeded.")
    assert form.status.tone == "good"


def test_the_browser_presses_after_all_that_was_typed(client, samples):
    """It asks twice: the first answer tells that the kernel has heard what was typed."""
    with Tab() as tab:
        form = generate(client, samples)

        tab.ask(form.button, op="sync")
        assert form.job is None
        tab.ask(form.button, op="press")
        assert form.job is not None
        first, form.job = form.job, None
        form.button.disabled = True
        tab.ask(form.button, op="press")

    assert form.job is None
    assert first.result(PATIENCE).path.exists()


def test_a_request_of_before_is_not_paid_again(client, samples):
    """And the form says so."""
    form = generate(client, samples)
    first = form.submit()
    first.result(PATIENCE)

    again = form.submit()

    assert again.id == first.id
    assert "nothing is paid" in form.status.text


def test_whether_it_was_made_before_is_no_matter_of_clocks(client, samples):
    """They can be set: a job of before may have been submitted in the future."""
    form = generate(client, samples)
    job = form.submit()
    job.result(PATIENCE)
    tomorrow = time.time() + 24 * 3600
    update = client.ledger.update(job.id, lambda record: replace(record, created_at=tomorrow))
    client.records.learn(update)

    form.submit()

    assert "This was made before" in form.status.text


def test_fresh_pays_again_once(client, samples):
    """The box is cleared, so that a second click cannot pay a third time."""
    form = generate(client, samples)
    first = form.submit()

    form.fresh.value = True
    second, third = form.submit(), form.submit()

    assert second.id != first.id
    assert not form.fresh.value
    assert third.id in {first.id, second.id}


@pytest.mark.parametrize(
    ("status", "said"),
    [(401, "Unauthorized"), (403, "OutOfCredit"), (400, "VendorError")],
)
def test_what_the_vendor_refuses_is_reported(client, samples, sandbox, status, said):
    """With what to do about it."""
    sandbox.faults("lingdong", "status", step="submit", status=status, body="no such luck")
    form = generate(client, samples)

    form.button.click()

    wait_until(lambda: form.status.tone == "bad")
    assert str(status) in form.status.text
    assert form.job.record.error_type == said
    assert not form.button.disabled


def test_a_lost_answer_is_reported_with_its_remedy(client, samples, sandbox):
    """A vendor's 500 may have been paid."""
    sandbox.faults("lingdong", "status", step="submit", status=500)
    form = generate(client, samples)

    form.button.click()

    wait_until(lambda: form.status.tone == "bad")
    assert "unknown" in form.status.text
    assert "job.attach" in form.status.text


def test_a_vendor_that_wants_fewer_requests_is_reported_at_once(client, samples, sandbox):
    """The job waits for its turn; the form says why."""
    sandbox.faults("lingdong", "rate_limited", step="submit", retry_after=5)
    form = generate(client, samples)

    form.button.click()

    wait_until(lambda: "429" in form.status.text)
    assert not form.job.status.terminal


def test_an_unexpected_error_is_shown_and_the_button_works_again(client, samples, monkeypatch):
    """Widgets by themselves would show it nowhere."""
    form = generate(client, samples)
    monkeypatch.setattr(client, "submit", lambda *_, **__: 1 / 0)

    form.button.click()

    assert "ZeroDivisionError" in form.status.text
    assert not form.button.disabled


def test_a_budget_is_reported_in_the_form(connect, samples):
    """It concerns no field."""
    form = generate(connect(budget={"lingdong": 1}), samples)

    form.button.click()

    assert "budget" in form.status.text


def test_a_vendor_that_is_not_connected_is_reported_at_once(nobody):
    """With what to set."""
    form = nobody.form(ls.lingdong.Generate)

    assert "LINGDONG_API_KEY" in form.status.text


def test_the_cost_follows_the_fields(client, samples):
    """By the vendor's published prices, without a click."""
    form = client.form(ls.lipsync_studio.LipSyncImage)
    wait_until(
        lambda: form.price == "Cost: not known yet (" + VENDORS["lipsync_studio"].prices + ")"
    )

    form.field("image").control.value = str(samples.face)
    form.field("audio").control.value = str(samples.speech)
    wait_until(lambda: form.price.startswith("Cost: ≈ 10 credits"))

    form.field("resolution").value = "720p"
    wait_until(lambda: form.price.startswith("Cost: ≈ 20 credits"))
    assert form.estimate() == ls.Cost(20, "credits", estimated=True)


def test_a_cost_that_nobody_knows_is_reported_as_such(client, tmp_path):
    """No price published, of the vendor or of this product; or a speech that is not here."""
    unpriced = client.form(ls.yunai.AvatarVideo)
    other_product = client.form(ls.chanjing.OwnVoice)
    elsewhere = client.form(ls.lingdong.Generate)
    elsewhere.field("source").control.value = "https://example.com/face.png"
    elsewhere.field("audio").control.value = str(tmp_path / "no.wav")

    wait_until(lambda: unpriced.price == other_product.price == "Cost: not published")
    wait_until(lambda: elsewhere.price.startswith("Cost: not known yet"))
    assert elsewhere.estimate() is None


def test_a_form_has_a_fallback_in_text_and_html(nobody):
    """They tell what it is and what is filled in, and name no widget."""
    form = nobody.form(ls.lingdong.Generate)
    form.field("audio").control.value = "<b>.wav"

    bundle = form._repr_mimebundle_()

    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/plain"].startswith("Form: Lingdong 灵动数智人 · Generate")
    assert "&lt;b&gt;.wav" in bundle["text/html"]
    assert "VBox" not in bundle["text/plain"] + bundle["text/html"]


def test_what_others_say_is_escaped(client):
    """Whoever wrote it."""
    form = client.form(ls.chanjing.LipSync)
    form.field("callback").control.value = "<img src=x onerror=alert(1)>"

    form.button.click()

    assert "&lt;img" in form.field("callback").note.widget.value
    assert "<img" not in form.field("callback").note.widget.value


def test_a_form_is_small_in_a_saved_notebook(nobody):
    """Its widgets share what they can."""
    with Tab():
        form = nobody.form(ls.chanjing.LipSync)

        states = [json.dumps(each.get_state(), default=str) for each in set(everything(form))]

    assert sum(map(len, states)) < 60_000


def everything(widget):
    """Yield a widget and all below it."""
    yield widget
    yield widget.layout
    for child in getattr(widget, "children", ()):
        yield from everything(child)


def test_a_form_that_is_closed_hears_no_more(client, samples):
    """Its job goes on."""
    form = generate(client, samples)
    job = form.submit()
    form.close()
    said = form.status.text

    job.result(PATIENCE)
    time.sleep(0.05)

    assert form.status.text == said


def test_a_form_that_is_closed_drops_its_uploads(nobody, tmp_path, monkeypatch):
    """What has come of a file is thrown away."""
    monkeypatch.setenv("LIPSYNC_NB_HOME", str(tmp_path / "home"))
    with Tab() as tab:
        form = nobody.form(ls.lipsync_studio.LipSyncDialogue)
        for name in ("image", "left_audio"):
            uploader = form.field(name).uploader
            tab.ask(uploader, op="start", upload=name, name="a.png", size=4)
        assert len(list(uploads().glob("*.part"))) == 2

        form.close()

    assert not list(uploads().glob("*.part"))


def test_a_job_that_has_ended_already_is_reported_as_ended(client, samples, sandbox):
    """It may fail before the form says that it was submitted."""
    sandbox.faults("lingdong", "failed", reason="out of paint")
    form = generate(client, samples)
    job = form.submit()
    job.exception(PATIENCE)

    form.submitted.follow(job, reused=False)

    assert "out of paint" in form.status.text


def test_one_card_at_a_time_follows_its_job(client, samples):
    """The card of the job before, and that of a closed form, hear no more."""
    form = generate(client, samples)
    form.submit()
    first = form.submitted.player
    form.fresh.value = True
    form.submit()
    assert first.comm is None
    second = form.submitted.player

    form.close()

    assert second.comm is None


def test_forms_are_made_without_naming_a_vendor():
    """The generator knows models, not vendors: no field and no vendor stands in its source."""
    folder = Path(ls.__file__).parent / "notebook"
    generator = ("field_spec", "field", "simple_fields", "model_field", "list_field")
    generator += ("path_field", "media_field", "field_types", "form_footer", "model_form", "forms")
    source = "".join((folder / f"{name}.py").read_text() for name in generator)
    code = "\n".join(line for line in source.splitlines() if "``" not in line)

    assert not [name for name in VENDORS if name in code]
    assert Form.__name__ in source


def test_what_the_free_check_finds_is_shown_before_it_is_paid(nobody, samples, tmp_path):
    """Without a press, a key or a vendor; it marks no field, and what is right is said too."""
    form = nobody.form(ls.lingdong.Generate)
    form.value = ls.lingdong.Generate(source=no_face(tmp_path / "a.png"), audio=samples.speech)

    wait_until(lambda: form.findings is not None)
    assert [(found.field, found.kind) for found in form.findings] == [("source", "no_face")]
    wait_until(lambda: "no face was found" in form._checked.value)
    assert form.errors == {}
    assert not form.button.disabled

    form.field("source").value = ls.Media(samples.face)
    wait_until(lambda: form.findings == [])
    wait_until(lambda: CHECKED in form._checked.value)

    form.field("source").control.value = ""
    wait_until(lambda: form.findings is None)
    wait_until(lambda: not form._checked.value)


def test_a_form_of_texts_has_nothing_to_check(nobody):
    """Nothing is said of files that it does not have."""
    form = nobody.form(ls.xingyun.RenderScript)
    form.value = ls.xingyun.RenderScript(
        segments=[{"text": "Hi"}], look_name="a", tts_vcn_name="b", studio_name="c"
    )
    wait_until(lambda: form.price)

    form._checking.wait(PATIENCE)
    assert form.findings is None
    assert not form._checked.value
