"""Several speakers: each line becomes a job of its speaker's kind."""

import pandas as pd
import pytest
from batch.tables import SMALL, csv_of, paid
from conftest import PATIENCE
from faces import speech

import lipsync_nb as ls
from lipsync_nb.batch.batch import submit
from lipsync_nb.batch.fields import sound_of, text_of
from lipsync_nb.status import JobStatus
from lipsync_nb.vendors import VENDORS


@pytest.fixture
def voice(client):
    """A voice of Chanjing's."""
    return client.chanjing.voices()["id"][0]


@pytest.fixture
def speakers(samples, voice):
    """One whose texts are spoken first, one whose vendor speaks them, and one who takes sounds."""
    return {
        "Anna": {
            "kind": ls.lingdong.Generate,
            "source": samples.face,
            "speech": {"kind": ls.chanjing.Speech, "voice": voice},
        },
        "Ben": {"kind": "chanjing.LipSync", "video": str(samples.clip), "voice": voice, **SMALL},
        "Cid": {"kind": ls.lingdong.Generate, "source": samples.face},
    }


@pytest.fixture
def lines(samples):
    """A dialogue."""
    return [
        {"speaker": "Anna", "text": "Hello there."},
        {"speaker": "Ben", "text": "Good morning."},
        {"speaker": "Anna", "text": "Hello there."},
        {"speaker": "Cid", "speech": samples.speech},
        {"speaker": "Ben", "speech": samples.speech, "text": "Hello there, my friend."},
    ]


def test_each_line_is_a_job_of_its_speaker(client, speakers, lines):
    """A text is spoken by the vendor, or first by another request, once for equal lines."""
    speakers["Ben"]["tts.audio_man_id"] = speakers["Ben"].pop("voice")

    dialogue = client.dialogue(lines, speakers, confirm=True).wait(PATIENCE)

    anna, ben, again, cid, sound = dialogue.jobs
    assert [job.status for job in dialogue.jobs] == [JobStatus.succeeded] * 5
    assert anna == again
    assert (anna.kind, anna.inputs[0].kind) == ("Generate", "Speech")
    assert anna.inputs[0].request.text == "Hello there."
    assert ben.request.tts.text == "Good morning."
    assert cid.inputs == sound.inputs == []
    assert sound.request.audio is not None
    assert paid(client) == 5
    assert dialogue.plan.costs["lingdong", "credits"].amount > 0


def test_the_videos_of_all_lines_are_joined_in_their_order(client, speakers, lines, tmp_path):
    """Once they are there; a line that is said twice is there twice. What has none is named."""
    dialogue = client.dialogue(
        [lines[0], lines[3], lines[0]],
        {name: speakers[name] for name in ("Anna", "Cid")},
        path=tmp_path / "all.mp4",
        confirm=True,
    )

    joined = dialogue.join()

    parts = [job.result().duration_s for job in dialogue.jobs]
    assert joined.path == tmp_path / "all.mp4"
    assert joined.duration_s == pytest.approx(sum(parts), abs=0.2)


def test_a_line_without_a_video_is_named(client, sandbox, speakers, lines):
    """Nothing is joined without it."""
    sandbox.faults("lingdong", "failed", reason="no face")
    dialogue = client.dialogue(lines[3:4], {"Cid": speakers["Cid"]}, confirm=True)

    with pytest.raises(ls.LipSyncError, match=r"1 of 1 lines have no video\n  row 1: .*no face"):
        dialogue.join()


def test_a_second_call_sends_lines_that_are_new(client, speakers, lines):
    """A speech that is there is used again."""
    del speakers["Ben"]
    first = client.dialogue([lines[0]], speakers, confirm=True).wait(PATIENCE)

    second = client.dialogue([lines[0], lines[3]], speakers, confirm=True).wait(PATIENCE)
    third = client.dialogue([lines[0], lines[3]], speakers)

    assert [str(row.state) for row in second.plan.rows] == ["done", "new"]
    assert second.jobs[0] == first.jobs[0]
    assert third.jobs == second.jobs
    assert paid(client) == 3


def test_what_has_failed_is_made_again_on_request_with_its_speech(client, sandbox, speakers, lines):
    """Without the request, neither is."""
    sandbox.faults("chanjing", "failed")
    failed = client.dialogue(lines[:1], {"Anna": speakers["Anna"]}, confirm=True).wait(PATIENCE)
    sandbox.clear_faults()

    left = client.dialogue(lines[:1], {"Anna": speakers["Anna"]})
    again = client.dialogue(
        lines[:1], {"Anna": speakers["Anna"]}, confirm=True, retry_failed=True
    ).wait(PATIENCE)

    assert isinstance(failed.jobs[0].error, ls.InputFailed)
    assert [str(row.state) for row in left.plan.rows] == ["failed"]
    assert again.jobs[0].status is JobStatus.succeeded


def test_speakers_and_lines_can_be_files(client, samples, voice, tmp_path):
    """Of which the first has the columns of the requests; both are in the same folder."""
    speech(tmp_path / "b.wav", "Hello.")
    (tmp_path / "face.png").write_bytes(samples.face.read_bytes())
    speakers = csv_of(
        tmp_path / "speakers.csv",
        [
            "speaker,kind,source,speech.kind,speech.voice",
            f"安娜,lingdong.Generate,face.png,chanjing.Speech,{voice}",
            "Ben,lingdong.Generate,face.png,,",
        ],
    )
    lines = csv_of(tmp_path / "lines.csv", ["说话人,文本,语音", "安娜,你好。,", "Ben,,b.wav"])

    dialogue = client.dialogue(lines, speakers, confirm=True).wait(PATIENCE)

    assert [job.status for job in dialogue.jobs] == [JobStatus.succeeded] * 2
    assert lines.read_text("utf-8-sig").count("succeeded") == 2


def test_everything_that_is_wrong_with_lines_is_told(client, speakers):
    """Unknown speakers with the known ones, missing words, sounds that are not there."""
    lines = pd.DataFrame(
        {
            "speaker": ["Dan", "Anna", "Cid", "Cid", None],
            "text": ["Hi.", None, "Hi.", None, "Hi."],
            "speech": [None, None, None, "none.wav", None],
        }
    )
    del speakers["Ben"]

    with pytest.raises(ls.BadRequest) as raised:
        client.dialogue(lines, speakers, confirm=True)

    text = str(raised.value)
    assert "row 1: speaker 'Dan': the speakers are Anna, Cid" in text
    assert "row 2: it has neither a text nor a speech" in text
    assert 'row 3: lingdong.Generate takes no text; speakers["Cid"]["speech"]' in text
    assert "row 4: there is no file none.wav" in text
    assert "row 5: speaker ''" in text


@pytest.mark.parametrize(
    ("speakers", "why"),
    [
        ({}, "at least one"),
        ({"Anna": {"source": "a.png"}}, r'speakers\["Anna"\]: give its kind'),
        (
            {"Anna": {"kind": "lingdong.Generate", "sorce": "https://a.example/a.png"}},
            "no field 'sorce'; did you mean source",
        ),
        (
            {"Anna": {"kind": "lingdong.Generate", "speech": {"kind": "lingdong.Generate"}}},
            "Generate makes no sound of a text",
        ),
        ({"Anna": {"kind": "lingdong.Generate", "source": "none.png"}}, "no file none.png"),
        ([{"name": "x"}, {"name": "x"}], "has no name, or that of another"),
        ([{"who": "x"}], "needs a column speaker"),
    ],
)
def test_wrong_speakers_are_refused(client, speakers, why):
    """With the speaker and the field."""
    with pytest.raises(ls.BadRequest, match=why):
        client.dialogue([{"speaker": "Anna", "text": "Hi."}], speakers)


def test_a_dialogue_is_confirmed_as_a_whole(client, speakers, lines):
    """The speeches count too. Columns that are not used are named."""
    del speakers["Ben"]

    with pytest.raises(ls.NotConfirmed, match="2 new jobs") as raised:
        client.dialogue([lines[0] | {"mood": "sad"}], speakers)

    assert "not used: mood" in str(raised.value)
    assert "dialogue(…, confirm=True)" in str(raised.value)
    assert client.jobs.empty


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_vendor_can_speak_in_a_dialogue(vendor):
    """Some of its videos take a sound, or a text."""
    videos = [kind for kind in VENDORS[vendor].kinds if kind.makes() is ls.Video]

    assert any(sound_of(kind) or text_of(kind) for kind in videos)


def test_what_a_client_has_not_sent_goes_out_with_its_speech(connect, samples, voice):
    """Both under their ids, at the next call."""
    anna = {
        "kind": ls.lingdong.Generate,
        "source": samples.face,
        "speech": {"kind": ls.chanjing.Speech, "voice": voice},
    }
    lines = [{"speaker": "Anna", "text": "Hello once more."}]
    first = connect()
    before = first.dialogue(lines, {"Anna": anna}, confirm=True)
    ids = [before.jobs[0].id, before.jobs[0].inputs[0].id]
    first.close(wait=False)

    after = connect().dialogue(lines, {"Anna": anna}, confirm=True).wait(PATIENCE)

    assert [after.jobs[0].id, after.jobs[0].inputs[0].id] == ids
    assert after.jobs[0].status is JobStatus.succeeded


def test_two_kernels_that_run_the_same_dialogue_at_once_pay_once(connect, speakers, lines):
    """The one that comes second uses the sounds and the videos of the first."""
    one, two = connect(), connect()
    anna = {"Anna": speakers["Anna"]}
    another = {"speaker": "Anna", "text": "And goodbye."}
    with pytest.raises(ls.NotConfirmed) as raised:
        two.dialogue([lines[0], another], anna)
    first = one.dialogue(lines[:1], anna, confirm=True)

    ids = submit(two, raised.value.plan, fresh=False)
    first.wait(PATIENCE)

    assert ids[0] == first.jobs[0].id
    for job_id in ids:
        two.job(job_id).result(PATIENCE)
    assert [bool(job.sent_at) for job in two.ledger.all()] == [True] * 4


def test_a_video_of_a_sound_that_another_kernel_has_made_uses_it(connect, speakers, lines):
    """If only the sound is there, the video is entered for it."""
    one, two = connect(), connect()
    with pytest.raises(ls.NotConfirmed) as raised:
        two.dialogue(lines[:1], {"Anna": speakers["Anna"]})
    said = speakers["Anna"]["speech"]
    sound = one.submit(ls.chanjing.Speech(text=lines[0]["text"], voice=said["voice"]))

    [job_id] = submit(two, raised.value.plan, fresh=False)

    job = two.job(job_id)
    job.result(PATIENCE)
    assert [used.id for used in job.inputs] == [sound.id]
    assert paid(two) == 2


@pytest.mark.parametrize(
    ("given", "options", "why"),
    [
        ({"A": ["x"]}, {}, r'speakers\["A"\]: .*: expected the fields'),
        ({"A": {"kind": "chanjing.LipSync", "speech": "x"}}, {}, r'\["speech"\]: .*: expected'),
        ({}, {"kind": "chanjing.LipSync"}, "dialogue takes no kind"),
        ({"A": {"kind": "chanjing.LipSync"}}, {"columns": ["a"]}, "columns=.*: expected"),
        ({"A": {"kind": "chanjing.LipSync"}}, {"columns": {"text": str}}, "columns: text: "),
    ],
)
def test_what_is_no_speaker_and_no_option_is_told(client, given, options, why):
    """Instead of an error of Python's."""
    with pytest.raises(ls.BadRequest, match=why):
        client.dialogue([{"speaker": "A", "text": "x"}], given, **options)
