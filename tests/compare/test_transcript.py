"""Error rates of what a user's recogniser of speech hears."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import lipsync_nb as ls
from lipsync_nb.compare.metrics.transcript import error_rates, words

RATES = ["wer", "cer"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Don't worry — it's a well-known FACT.",
            ["dont", "worry", "its", "a", "well", "known", "fact"],
        ),
        ("“Straße”\u00ad, ﬁne…", ["strasse", "fine"]),
        ("１２ ｋｍ", ["12", "km"]),
        ("今天，天气 很好！OK", ["今", "天", "天", "气", "很", "好", "ok"]),
        ("ｶﾅ と 漢字", ["カ", "ナ", "と", "漢", "字"]),
        ("안녕 하세요", ["안녕", "하세요"]),
        ("... !?", []),
    ],
)
def test_words_have_one_spelling(text, expected):
    """Case, punctuation and width do not matter; a Chinese or Japanese character is a word."""
    assert words(text) == expected


@pytest.mark.parametrize(
    ("heard", "said", "wer", "cer"),
    [
        ("the cat sat", "The cat sat.", 0, 0),
        ("the cat sat down", "The cat sat.", 1 / 3, 4 / 9),
        ("the bat", "The cat sat.", 2 / 3, 4 / 9),
        ("", "The cat sat.", 1, 1),
        ("a b c d e f", "x", 6, 6),
        ("我们去公园", "我们去花园。", 1 / 5, 1 / 5),
    ],
)
def test_rates_of_known_errors(heard, said, wer, cer):
    """Insertions, deletions and replacements count, over the length of what should be said."""
    assert error_rates(heard, said) == {"wer": pytest.approx(wer), "cer": pytest.approx(cer)}


class Recogniser:
    """Hears what is written beside a file, and counts."""

    def __init__(self, heard):
        self.heard, self.paths = heard, []

    def __call__(self, path):
        """Return the text."""
        assert isinstance(path, Path)
        assert path.is_file()
        self.paths.append(path)
        return self.heard[path.suffix]


def test_the_words_of_a_video(studio):
    """A text is compared with what is heard in the video; without one, with the speech."""
    hear = Recogniser({".mp4": "the cat sat", ".wav": "The cat sat down"})
    with_text = ls.measure(studio.video(), text="the cat, the hat", transcribe=hear)
    with_speech = ls.measure(studio.video(), studio.said("en-emma"), transcribe=hear)

    assert with_text.wer == 2 / 4
    assert with_speech.wer == 1 / 4
    assert hear.paths == [studio.video(), studio.video(), studio.said("en-emma")]


def test_bytes_are_given_as_a_file(studio):
    """The recogniser gets a path with the usual suffix; the file is gone afterwards."""
    hear = Recogniser({".mp4": "one"})
    row = ls.measure(studio.video().read_bytes(), text="one", transcribe=hear)

    assert row.wer == 0
    assert not hear.paths[0].exists()


def fails(path):
    """Fail as a recogniser might."""
    raise RuntimeError(f"no model\nfor {path.suffix}")


@pytest.mark.parametrize(
    ("transcribe", "text", "reason"),
    [
        (fails, "one", "transcribe raised RuntimeError: no model for .mp4"),
        (lambda _: {"text": "one"}, "one", "transcribe returned dict, not str"),
        (lambda _: "one", "?!", "the text has no words"),
        (lambda _: "one", None, "no text and no speech was given"),
    ],
    ids=["raises", "returns no text", "no words", "no text"],
)
def test_what_fails_is_a_reason_and_the_other_metrics_are_there(transcribe, text, reason, studio):
    """Class and message of the user's error are in the notes."""
    row = ls.measure(studio.video(), transcribe=transcribe, text=text)

    assert row[RATES].isna().all()
    assert row.notes.endswith(f"wer: {reason}; cer: {reason}")
    assert row.sync_reliable
    assert row.psnr_outside_db != row.psnr_outside_db


def test_without_a_recogniser_nothing_is_said_of_words(studio):
    """The columns are empty, and the notes do not mention them."""
    row = ls.measure(studio.video())

    assert row[RATES].isna().all()
    assert "wer" not in row.notes


@pytest.mark.usefixtures("home")
def test_many_videos_in_processes(studio):
    """Even a function of this file reaches the processes; each row has its own text."""
    video, said = studio.video(), studio.said("en-emma")

    rows = ls.measure_all(
        [(video, said), b"no video", (video, said)],
        transcribe=lambda path: {".mp4": "a b", ".wav": "a b c d"}.get(path.suffix, "a"),
        text=["a b c", "a", np.nan],
    )

    assert rows.wer.tolist() == pytest.approx([1 / 3, 0, 1 / 2])
    assert rows.notes.str.contains("not readable").tolist() == [False, True, False]
    assert rows.sync_reliable[0]


@pytest.mark.usefixtures("home")
def test_a_recogniser_that_cannot_reach_the_processes(studio):
    """The reason is in the notes, and the other metrics are there; a thread needs no copy."""
    lock = threading.Lock()

    def transcribe(path):
        with lock:
            return path.stem[:0] + "one"

    there = ls.measure_all([studio.video()], transcribe=transcribe, text="one")
    with ThreadPoolExecutor(1) as thread:
        here = ls.measure_all([studio.video()], thread, transcribe=transcribe, text="one")

    assert "wer: not transcribed: " in there.notes[0]
    assert there.sync_reliable[0]
    assert there.wer.isna().all()
    assert here.wer.tolist() == [0]


def test_what_is_heard_is_not_cached(studio, home):
    """Another recogniser gives other rates; all else comes from the cache, which has no rates."""
    said = studio.said("en-emma")
    files = {"first": "a b", "second": "a b c"}
    with ThreadPoolExecutor(1) as thread:
        found = [
            ls.measure_all(
                [(studio.video(), said)], thread, transcribe=lambda _, text=text: text, text="a b"
            )
            for text in files.values()
        ]
        without = ls.measure_all([(studio.video(), said)], thread)

    assert [rows.wer[0] for rows in found] == [0, 1 / 2]
    assert without.wer.isna().all()
    assert without.notes[0] == found[0].notes[0]
    (kept,) = home.rglob("*.json")
    assert json.loads(kept.read_text())["wer"] is None


@pytest.mark.usefixtures("home")
def test_each_file_is_heard_once(studio):
    """A speech that several videos share is not heard again for each."""
    hear, said = Recogniser({".mp4": "one", ".wav": "one"}), studio.said("en-emma")
    videos = [studio.video(), studio.video("drawn 1")]
    with ThreadPoolExecutor(1) as thread:
        rows = ls.measure_all([(v, said) for v in [*videos, *videos]], thread, transcribe=hear)

    assert rows.wer.tolist() == [0, 0, 0, 0]
    assert sorted(hear.paths) == sorted([*videos, said])


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"text": "one"}, "text: nothing can be compared with it; give transcribe"),
        ({"transcribe": "whisper"}, "transcribe: 'whisper' is no function"),
        ({"transcribe": fails, "text": ["one", "two"]}, "text: 2 for 1 videos; give one for each"),
        ({"transcribe": fails, "text": [7]}, "text: 7 is no text"),
        ({"transcribe": fails, "text": [pd.NA, None]}, "text: 2 for 1 videos"),
    ],
)
def test_wrong_arguments_are_errors_before_anything_is_measured(options, problem, studio):
    """The error names the argument and the remedy."""
    with pytest.raises(ls.BadRequest, match=problem):
        ls.measure_all([studio.video()], **options)
