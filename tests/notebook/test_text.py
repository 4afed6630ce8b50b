"""Text for people: labels from names and metadata; times, sizes, costs and long texts."""

import pytest
from annotated_types import Ge, Gt, Le
from notebook.ledgers import START, made_up

import lipsync_nb as ls
from lipsync_nb.notebook import text
from lipsync_nb.status import Cost


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("audio", "Audio"),
        ("screen_width", "Screen width"),
        ("if_aigc_mark", "AIGC mark"),
        ("if", "If"),
        ("callback_url", "Callback URL"),
        ("id", "ID"),
        ("_odd__name_", "Odd name"),
    ],
)
def test_a_fields_name_becomes_a_label(name, expected):
    """Acronyms are capitals, the rest is a sentence's beginning."""
    assert text.label(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("LipSync", "Lip sync"), ("AvatarVideo", "Avatar video"), ("TTSJob2", "TTS job2")],
)
def test_a_class_name_becomes_a_title(name, expected):
    """Word by word."""
    assert text.kind_label(name) == expected


def test_a_request_is_called_by_its_vendor_and_kind():
    """A vendor that this version does not know is called by its name."""
    assert text.request_label(ls.chanjing.LipSync) == "Chanjing 蝉镜 · Lip sync"
    assert text.request_label(ls.yunai.VoiceModel) == "Yunai 云AI · Voice model (deprecated)"
    assert text.vendor_label("nobody") == "nobody"


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ([Ge(1), Le(100)], "1 – 100"),
        ([Ge(0.5)], "≥ 0.5"),
        ([Gt(0), Le(9)], "> 0, ≤ 9"),
        (["nothing"], ""),
    ],
)
def test_limits_are_shown(metadata, expected):
    """In as few signs as can be."""
    assert text.limits(metadata) == expected


def test_alternatives_are_shown():
    """As in a sentence; acronyms stay as they are."""
    assert text.either(["Audio", "Cloned voice", "TTS"]) == "Audio, cloned voice or TTS"
    assert text.either(["Audio"]) == "Audio"


def test_help_is_the_docstrings_first_paragraph():
    """Escaped, with code set as such."""
    docstring = "Of ``<b>`` & `c`;\n    as such.\n\nMore."

    assert text.prose(docstring) == "Of <code>&lt;b&gt;</code> &amp; <code>c</code>; as such."
    assert text.prose(None) == ""


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(None, "–"), (7.9, "0:07"), (3723, "1:02:03"), (76 * 3600, "3 d 4 h")],
)
def test_a_length_of_time_is_shown_as_a_clock_would(seconds, shown):
    """Long ones in days; one that is not known is a dash."""
    assert text.clock(seconds) == shown


def test_a_job_that_has_ended_takes_no_longer():
    """One that goes on does; one whose answer was lost only rests."""
    ended = made_up(0, status="succeeded")
    running, lost = made_up(0, status="running"), made_up(0, status="unknown", vendor_id=None)

    shown = [text.elapsed(record, START + 60) for record in (ended, running, lost)]

    assert shown == ["0:42", "1:00", "–"]


@pytest.mark.parametrize(("count", "shown"), [(1, "1 kB"), (36_001, "37 kB"), (1.2e6, "1.2 MB")])
def test_sizes_are_shown_in_kilobytes_or_megabytes(count, shown):
    """As vendors count them: a thousand bytes each."""
    assert text.size(int(count)) == shown


@pytest.mark.parametrize(
    ("price", "shown"),
    [
        (Cost(20, "credits", estimated=True), "≈ 20 credits"),
        (Cost(12.345678, "beans"), "12.35 beans"),
        (Cost(12345.5, "credits"), "12345.5 credits"),
        (Cost(18.004, "credits", estimated=True, at_least=12.004), "≈ 12 to 18 credits"),
    ],
)
def test_a_cost_has_at_most_two_decimals(price, shown):
    """What is estimated is marked."""
    assert text.cost(price) == shown


def test_costs_are_summed_by_unit_and_by_who_reported_them():
    """A vendor's own figures are not mixed with estimates, nor beans with credits."""
    shown = [(1, "credits", False), (2, "credits", False), (4, "beans", False)]
    records = [
        made_up(0, cost=amount, cost_unit=unit, cost_estimated=estimated)
        for amount, unit, estimated in [*shown, (3, "credits", True), (None, None, None)]
    ]

    assert text.costs(records) == "3 credits + 4 beans + ≈ 3 credits"
    assert text.costs([]) == ""


def test_a_long_text_is_cut():
    """To one line, with an ellipsis."""
    assert text.cut("one\n  two three", 8) == "one two…"
    assert text.cut("one\n  two", 8) == "one two"
    assert text.cut(None, 8) is None
