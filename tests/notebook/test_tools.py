"""The tools: forms that do something before or after a job, at no cost."""

import json
from pathlib import Path

import pytest
from faces import speech as spoken
from notebook.tab import Tab
from notebook.test_forms import everything
from notebook.test_workbench import walk
from waiting import wait_until

import lipsync_nb as ls
from lipsync_nb.media.probe import frame_size
from lipsync_nb.notebook.form_choice import FormChoice
from lipsync_nb.notebook.model_form import REQUIRED
from lipsync_nb.notebook.preview import Preview
from lipsync_nb.notebook.tool_form import ToolForm
from lipsync_nb.notebook.tools import (
    TOOLS,
    BurnIn,
    ChangeSize,
    Export,
    JoinVideos,
    LabelAI,
    LoopClip,
    SplitSpeech,
    WriteSubtitles,
)

SENTENCES = "This is the first sentence. And this is the second one. Here the third one ends."


@pytest.fixture(scope="module")
def said(tmp_path_factory) -> Path:
    """A speech of three sentences."""
    return spoken(tmp_path_factory.mktemp("said") / "said.wav", SENTENCES)


@pytest.fixture
def nobody(tmp_path):
    """A client that is connected to no vendor."""
    with ls.Client([], ledger=tmp_path / "jobs.sqlite", results=tmp_path / "results") as client:
        yield client


def filled(client, kind, **values):
    """The form of a tool, filled in."""
    form = ToolForm(client, kind)
    form.value = kind(**values)
    return form


def ended(form):
    """Wait until the button can be pressed again."""
    wait_until(lambda: not form.button.disabled)
    return form.status


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.__name__)
def test_every_tool_has_a_form(nobody, tool):
    """Each field has a control with a label and a help; an empty form has no errors yet."""
    form = nobody.tools().show(tool)

    for name, field in tool.model_fields.items():
        assert form.field(name).spec.label
        assert form.field(name).spec.help == field.description
    assert form.button.description == tool.verb
    assert form.errors == {}
    assert form.code.startswith(tool.call)


@pytest.mark.parametrize(
    ("tool", "values", "code"),
    [
        (SplitSpeech, {"speech": "a.wav", "longest": 20}, 'ls.split(speech="a.wav", longest=20.0)'),
        (LoopClip, {"clip": "a.mp4", "speech": "a.wav"}, 'ls.loop(clip="a.mp4", seconds="a.wav")'),
        (LoopClip, {"clip": "a.mp4", "seconds": 9}, 'ls.loop(clip="a.mp4", seconds=9.0)'),
        (JoinVideos, {"videos": ["a.mp4", "b.mp4"]}, 'ls.join(videos=["a.mp4", "b.mp4"])'),
        (
            WriteSubtitles,
            {"speech": "a.wav", "text": "你好。", "path": "a.srt"},
            'ls.subtitles(speech="a.wav", text="你好。").write("a.srt")',
        ),
        (
            BurnIn,
            {"video": "a.mp4", "subtitles": "a.srt", "position": "top"},
            'ls.burn_in(video="a.mp4", subtitles="a.srt", position="top")',
        ),
        (ChangeSize, {"video": "a.mp4"}, 'ls.fit(video="a.mp4", width=1080, height=1920)'),
        (
            LabelAI,
            {"video": "a.mp4", "producer": "ACME"},
            'ls.label_ai(video="a.mp4", producer="ACME")',
        ),
        (
            LabelAI,
            {"video": "a.mp4", "producer": "ACME", "show": "never"},
            'ls.label_ai(video="a.mp4", producer="ACME", show=None)',
        ),
        (
            Export,
            {"path": "out.zip", "project": "it's"},
            'client.export(jobs=client.jobs.query("project == \\"it\'s\\""), path="out.zip")',
        ),
    ],
)
def test_the_python_is_one_call(nobody, tool, values, code):
    """What differs from the defaults is in it."""
    form = filled(nobody, tool, **values)

    compact = " ".join(form.code.split()).replace("( ", "(").replace(", )", ")").replace(",)", ")")
    assert compact == code


def test_a_speech_is_split(nobody, said, tmp_path):
    """In a thread: the parts lie in the folder, the line says so, and each has a player."""
    form = filled(nobody, SplitSpeech, speech=said, longest=4, folder=str(tmp_path / "parts"))

    form.button.click()
    assert ended(form).tone == "good"

    assert len(form.made) > 1
    assert {part.path.parent for part in form.made} == {tmp_path / "parts"}
    assert f"Made: {len(form.made)} files" in form.status.text
    players = [part for part in walk(form._shown) if isinstance(part, Preview)]
    assert [player.card["kind"] for player in players] == ["audio"] * len(form.made)


def test_the_python_does_what_the_button_does(nobody, said, tmp_path):
    """The same files."""
    form = filled(nobody, SplitSpeech, speech=said, longest=4, folder=str(tmp_path / "parts"))

    assert eval(form.code, {"ls": ls}) == form.run()


def test_a_clip_becomes_as_long_as_a_speech(nobody, samples, said, tmp_path):
    """Beside the clip, or where it is wished."""
    path = tmp_path / "looped.mp4"
    form = filled(nobody, LoopClip, clip=samples.clip, speech=said, path=str(path))

    assert form.run().path == path
    assert form.status.text.startswith("Made: ")


def test_a_video_gets_subtitles_another_size_and_a_label(nobody, samples, said, tmp_path):
    """Each form makes of the last one's result the next one."""
    srt, names = tmp_path / "said.srt", ("subtitled", "fitted", "labelled")
    subtitled, fitted, labelled = (str(tmp_path / f"{name}.mp4") for name in names)

    filled(nobody, WriteSubtitles, speech=said, text=SENTENCES, path=str(srt)).run()
    filled(nobody, BurnIn, video=samples.clip, subtitles=str(srt), path=subtitled).run()
    fitting = {"width": 180, "height": 320, "how": "pad", "fill": "#101010"}
    filled(nobody, ChangeSize, video=subtitled, path=fitted, **fitting).run()
    form = filled(nobody, LabelAI, video=fitted, producer="ACME", path=labelled)
    form.run()

    assert "first sentence" in srt.read_text("utf-8")
    assert ls.ai_label(labelled).producer == "ACME"
    assert frame_size(Path(labelled)) == (180, 320)
    assert eval(form.code, {"ls": ls}).path == Path(labelled)


def test_the_results_of_a_project_are_exported(client, samples, tmp_path):
    """As a folder with its table; other projects stay out."""
    request = ls.lingdong.Generate(source=samples.face, audio=samples.speech)
    other = ls.lingdong.Generate(source=samples.clip, audio=samples.speech)
    ours = client.submit(request, project="Spring", title="Intro")
    client.gather([ours, client.submit(other, project="Autumn", title="Outro")])
    form = filled(client, Export, project="Spring", path=str(tmp_path / "out"), names="{title}")

    form.button.click()
    assert ended(form).tone == "good"

    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"Intro.mp4", "jobs.csv"}
    assert not (tmp_path / "out" / "Outro.mp4").exists()


def test_what_is_wrong_stands_beside_its_field(nobody, said, tmp_path):
    """Also if only the call finds it: it names the field."""
    form = ToolForm(nobody, SplitSpeech)
    form.button.click()
    ended(form)
    assert form.errors == {"speech": REQUIRED}
    assert form.status.text == "Not done: see the field marked above"

    form.value = SplitSpeech(speech=said, longest=1)
    form.button.click()
    assert ended(form).tone == "bad"
    assert "no pause" in form.status.text

    joining = filled(nobody, JoinVideos, videos=[said, tmp_path / "none.mp4"])
    joining.button.click()
    assert ended(joining).tone == "bad"
    assert list(joining.errors) == ["videos.0"]


def test_a_double_click_makes_it_once(nobody, said, tmp_path):
    """The button is off while it is being done, and a second call is refused."""
    form = filled(nobody, SplitSpeech, speech=said, longest=4, folder=str(tmp_path / "parts"))
    form._once.__enter__()

    with pytest.raises(ls.BadRequest, match="already"):
        form.run()
    assert form.made is None

    form._once.__exit__()
    with Tab() as tab:
        pressed = filled(nobody, SplitSpeech, speech=said, longest=4, folder=str(tmp_path / "two"))
        said_by = []
        pressed.status.observe(lambda change: said_by.append(change.new), "text")
        tab.ask(pressed.button, op="press")
        tab.ask(pressed.button, op="press")
        assert ended(pressed).tone == "good"

    assert said_by[0] == "Working …"
    assert len(said_by) == 2


def test_the_result_of_a_job_can_be_given(client, samples, tmp_path):
    """It is waited for; the Python names the job."""
    job = client.submit(ls.lingdong.Generate(source=samples.face, audio=samples.speech))
    form = filled(client, JoinVideos, videos=[job, samples.clip], path=str(tmp_path / "all.mp4"))

    assert f'client.job("{job.id}")' in form.code
    assert form.run().path == tmp_path / "all.mp4"


def test_the_tools_are_a_choice(nobody):
    """One form is shown; what is filled in stays when another is looked at."""
    tools = nobody.tools()
    assert isinstance(tools, FormChoice)
    tools.show(LabelAI).field("producer").value = "ACME"

    tools.show(ChangeSize)

    assert tools.show(LabelAI).field("producer").value == "ACME"
    shown = [part for part in walk(tools) if isinstance(part, ToolForm)]
    assert shown == [tools.show(LabelAI)]


def test_they_can_be_read_without_widgets(nobody):
    """Their names, and what a form holds."""
    shown = nobody.tools()._repr_mimebundle_()
    form = filled(nobody, LabelAI, video="a.mp4", producer="<ACME>")._repr_mimebundle_()

    assert shown["text/plain"].startswith("Tools: Split a speech, Loop a clip")
    assert form["text/plain"].startswith("Form: Label as AI-generated")
    assert "&lt;ACME&gt;" in form["text/html"]


def test_they_are_small(nobody):
    """With the one form that is shown, as a notebook saves it."""
    with Tab():
        tools = nobody.tools()
        states = [json.dumps(each.get_state(), default=str) for each in set(everything(tools))]

    assert sum(map(len, states)) < 60_000
