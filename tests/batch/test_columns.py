"""Columns are matched to the fields of requests, by all names that these go by."""

from pathlib import Path

import pandas as pd
import pytest
from batch.tables import csv_of
from media_files import clip, sound

import lipsync_nb as ls
from lipsync_nb.batch.columns import Columns, Kinds
from lipsync_nb.batch.table import read_table
from lipsync_nb.batch.wanted import wanted_of
from lipsync_nb.vendors import VENDORS

NOWHERE = "https://nowhere.example"


@pytest.fixture
def client(tmp_path):
    """A client with two vendors, which nobody asks anything."""
    vendors = [ls.Lingdong(api_key="k", base_url=NOWHERE), ls.Chanjing(app_id="i", secret_key="k")]
    with ls.Client(vendors, ledger=tmp_path / "jobs.sqlite", results=tmp_path) as client:
        yield client


def wanted(client, rows, kind=None, columns=None):
    """Return what rows ask for, and what is wrong with others."""
    found = Columns.of(read_table(rows), columns)
    wrong = []
    asked = list(wanted_of(found, Kinds(client, found, kind), wrong, None))
    found.unused({each.kind for each in asked})
    return asked, wrong


def matched(kind, names, columns=None):
    """Return the paths of the fields by the columns' names."""
    table = read_table([dict.fromkeys(names, "x")])
    return {name: of.path for name, of in Columns.of(table, columns).match(kind).items()}


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("screen_width", "screen_width"),
        ("Screen Width", "screen_width"),
        ("SCREEN-WIDTH ", "screen_width"),
        ("Screen width (px, ≥ 1) *", "screen_width"),
        ("屏幕宽度", "screen_width"),
        ("音量", "volume"),
        ("At the clip's end", "backway"),
        ("tts", "tts"),
        ("Text to speak", "tts"),
        ("tts.speed", "tts.speed"),
        ("text", "tts.text"),
        ("Audio_man_id", "tts.audio_man_id"),
    ],
)
def test_a_column_is_for_the_field_that_it_names(name, path):
    """By its name in any spelling, its title in forms, or the vendor's own name."""
    others = ["tts.text", "tts.audio_man_id"] if path.startswith("tts.") else []
    columns = [name, *(other for other in others if other != path)]

    assert matched(ls.chanjing.LipSync, columns)[name] == path


@pytest.mark.parametrize("kind", [kind for vendor in VENDORS.values() for kind in vendor.kinds])
def test_every_field_can_be_named(kind):
    """By its own name, of every request of every vendor."""
    names = list(kind.model_fields)

    assert matched(kind, names) == {name: name for name in names}


def test_columns_can_be_named_otherwise(client):
    """``columns=`` says which field one is for. A mistake there is an error."""
    rows = [{"Script": "Hi.", "Who": "v-1", "Clip": "https://a.example/b.mp4"}]
    names = {"Script": "text", "Who": "tts.audio_man_id", "Clip": "video"}

    (asked,), _ = wanted(client, rows, ls.chanjing.LipSync, names)

    assert asked.request().tts.text == "Hi."
    with pytest.raises(ls.BadRequest, match="no column Skript; the columns are Script, Who"):
        wanted(client, rows, ls.chanjing.LipSync, {"Skript": "text"})
    with pytest.raises(ls.BadRequest, match=r"no field 'txt'; did you mean tts\.text\?"):
        wanted(client, rows, ls.chanjing.LipSync, names | {"Script": "txt"})


def test_the_request_is_the_only_one_that_takes_the_columns(client):
    """Of the connected vendors. If several take them, or none, the error lists them."""
    face = {"source": "https://a.example/b.mp4", "audio": "https://a.example/c.wav"}
    moving = {"video": face["source"], "audio": face["audio"]}
    with ls.Client(
        [ls.Lingdong(api_key="k", base_url=NOWHERE), ls.Yunai(api_key="k"), client.chanjing]
    ) as many:
        assert wanted(many, [face])[0][0].kind is ls.lingdong.Generate
        assert wanted(many, [moving | {"volume": 3}])[0][0].kind is ls.chanjing.LipSync
        with pytest.raises(ls.BadRequest, match=r"several requests.*yunai.VideoV2, chanj"):
            wanted(many, [moving])
    with pytest.raises(ls.BadRequest, match=r"lingdong\.Generate lacks source"):
        wanted(client, [{"audio": face["audio"], "comment": "x"}])


def test_each_row_can_say_which_request_it_is_for(client):
    """By columns ``vendor`` and ``kind``, in any spelling."""
    urls = {"video": "https://a.example/b.mp4", "audio": "https://a.example/c.wav"}
    rows = [
        {**urls, "source": urls["video"], "Vendor": "Lingdong 灵动数智人"},
        {**urls, "Kind": "chanjing.LipSync"},
        {**urls, "Vendor": "chanjing", "Kind": "lip sync"},
        {**urls, "Kind": "LipSink"},
    ]

    asked, wrong = wanted(client, rows)

    kinds = [ls.lingdong.Generate, ls.chanjing.LipSync]
    assert [each.kind for each in asked] == kinds
    assert [name for name, _ in wrong] == ["row 3", "row 4"]


def test_a_required_field_without_a_column_is_one_error(client):
    """Not one for each row; a column that may be meant is named."""
    rows = [
        {"vidio": f"https://a.example/{n}.mp4", "audio": "https://a.example/c.wav"} for n in "ab"
    ]

    with pytest.raises(ls.BadRequest) as raised:
        wanted(client, rows, ls.chanjing.LipSync)

    assert str(raised.value).count("needs video") == 1
    assert "vidio (did you mean video?)" in str(raised.value)


def test_two_columns_for_one_field_are_an_error(client):
    """As nobody knows which of them counts."""
    rows = [{"video": "https://a.example/b.mp4", "Video": "https://a.example/c.mp4", "audio": "d"}]

    with pytest.raises(ls.BadRequest, match=r"columns video and Video are both for LipSync\.video"):
        wanted(client, rows, ls.chanjing.LipSync)


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        ("screen_width", "240", 240),
        ("screen_width", 240.0, 240),
        ("backway", "2", 2),
        ("backway", 2.0, 2),
        ("backway", "Play backwards", 2),
        ("model", "high quality", 1),
        ("drive_mode", "random", "random"),
        ("volume", " 7 ", 7),
    ],
)
def test_cells_are_read_as_their_fields_need_them(client, column, cell, value):
    """Numbers of spreadsheets, and options as forms show them."""
    urls = {"video": "https://a.example/b.mp4", "audio": "https://a.example/c.wav"}

    (asked,), wrong = wanted(client, [{**urls, column: cell}], ls.chanjing.LipSync)

    assert (getattr(asked.request(), column), wrong) == (value, [])


def test_lists_and_objects_are_json_or_are_separated():
    """Texts and files of lists by semicolons; a script of one text is this text."""
    with ls.Client([ls.Yunai(api_key="k"), ls.Xingyun(app_id="i", app_secret="k")]) as client:
        voice = {"title": "Anna", "voices": "https://a.example/1.wav；https://a.example/2.wav"}
        (asked,), _ = wanted(client, [voice | {"texts": '["a; b", "c"]', "tags": "x; y;"}])
        script = {"look_name": "l", "tts_vcn_name": "v", "studio_name": "s"}
        plain, wrong = wanted(
            client,
            [script | {"text": "Hi; you."}, script | {"text": "[1"}],
            ls.xingyun.RenderScript,
        )

    request = asked.request()
    assert [str(each) for each in request.voices] == [
        "https://a.example/1.wav",
        "https://a.example/2.wav",
    ]
    assert (request.texts, request.tags) == (["a; b", "c"], ["x", "y"])
    assert [segment.text for segment in plain[0].request().segments] == ["Hi; you."]
    assert wrong[0][0] == "row 2"


def test_empty_cells_are_left_out(client):
    """None, NaN, NA, NaT, an empty text, and blanks."""
    urls = {"video": "https://a.example/b.mp4", "audio": "https://a.example/c.wav"}
    for empty in (None, float("nan"), pd.NA, pd.NaT, "", "  "):
        (asked,), _ = wanted(client, [{**urls, "volume": empty}], ls.chanjing.LipSync)
        assert "volume" not in asked.given


def test_files_are_looked_for_beside_the_table_first(client, tmp_path, monkeypatch):
    """Then in the working folder; with the separators of Windows too. Others are told."""
    beside, here = tmp_path / "table", tmp_path / "here"
    for folder in (beside, here):
        (folder / "in").mkdir(parents=True)
        clip(folder / "in" / "a.mp4")
    sound(here / "b.wav")
    monkeypatch.chdir(here)
    table = csv_of(beside / "rows.csv", ["video,audio", r"in\a.mp4,b.wav", "in/a.mp4,none.wav"])

    (asked,), wrong = wanted(client, table, ls.chanjing.LipSync)

    assert asked.given["video"].path == beside / "in" / "a.mp4"
    assert asked.given["audio"].path == here / "b.wav"
    assert wrong[0][0] == "row 3"
    assert str(beside) in wrong[0][1]


def test_errors_of_formulas_are_not_sent(client):
    """As somebody would say "hash N A"."""
    rows = [
        {"video": "https://a.example/b.mp4", "audio": "https://a.example/c.wav", "volume": "#N/A"}
    ]

    _, wrong = wanted(client, rows, ls.chanjing.LipSync)

    assert "has the error #N/A of a formula" in wrong[0][1]


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["id,text", "1,a", "1,b"], r'keys in column id are not unique: "1" in rows 2, 3'),
        (["id,text", "1,a", ",b"], "row 3 has no key in column id"),
        (["id,text", "1,a,b"], "row 2 has more cells"),
        (["id,text,text", "1,a,b"], "several columns are named text"),
        (["id,text"], "no row"),
        (["id,text,job_id", ",,j"], "no row"),
    ],
)
def test_odd_tables_are_refused(tmp_path, lines, why):
    """The error names the file and the rows."""
    with pytest.raises(ls.BadRequest, match=why) as raised:
        read_table(csv_of(tmp_path / "rows.csv", lines))
    assert "rows.csv" in str(raised.value)


@pytest.mark.parametrize("rows", [3, "rows.docx", Path("none.csv"), [1, 2], []])
def test_what_is_no_table_is_refused(rows):
    """With what is expected."""
    with pytest.raises(ls.BadRequest):
        read_table(rows)


def test_ids_stay_texts(tmp_path):
    """The text 007 is no 7, and a spreadsheet's 12.0 is the text 12."""
    of_file = read_table(csv_of(tmp_path / "rows.csv", ["id,text", "007,a"]))
    of_frame = read_table(pd.DataFrame({"Key": [12.0], "text": ["a"]}))

    assert [row.key for row in (*of_file.rows, *of_frame.rows)] == ["007", "12"]


def test_a_column_can_be_ignored(client):
    """The words of a speech that is there as a sound are ignored, if no voice is given for them."""
    row = {"video": "https://a.b/b.mp4", "audio": "https://a.b/c.wav", "text": "Hello."}
    voiced = row | {"audio_man_id": "v"}

    (asked,), _ = wanted(client, [row], ls.chanjing.LipSync)
    (both,), _ = wanted(client, [voiced], ls.chanjing.LipSync)
    (told,), _ = wanted(client, [voiced], ls.chanjing.LipSync, {"text": None, "audio_man_id": None})

    assert asked.request().tts is None
    assert told.request().tts is None
    with pytest.raises(ls.BadRequest, match="exactly one of audio, tts"):
        both.request()


def test_blanks_around_a_text_are_no_part_of_it(client):
    """A voice's id that was pasted with a blank is the same voice, and the same job."""
    rows = [{"text": "hello", "voice": voice} for voice in ("C-1", " C-1 ")]
    (first, second), wrong = wanted(client, rows, ls.chanjing.Speech)

    assert wrong == []
    assert first.request() == second.request()


def test_a_path_may_be_quoted_as_windows_copies_it(client, tmp_path):
    """The quotes are no part of the path."""
    path = sound(tmp_path / "my speech.wav")
    row = {"source": f'"{path}"', "audio": f'"{path}"'}
    (asked,), wrong = wanted(client, [row], ls.lingdong.Generate)

    assert wrong == []
    assert asked.request().audio.path == Path(path)


def test_yes_and_no_are_no_numbers(client):
    """What pydantic takes for 1 and 0 is refused with the row."""
    asked, wrong = wanted(
        client, [{"text": "hi", "voice": "C-1", "speed": True}], ls.chanjing.Speech
    )

    assert asked == []
    assert "a number is wanted" in wrong[0][1]
