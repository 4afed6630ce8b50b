"""Words for people, from names and metadata meant for programs."""

import pytest
from annotated_types import Ge, Gt, Le

import lipsync_nb as ls
from lipsync_nb.notebook import labels


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
    assert labels.label(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("LipSync", "Lip sync"), ("AvatarVideo", "Avatar video"), ("TTSJob2", "TTS job2")],
)
def test_a_class_name_becomes_a_title(name, expected):
    """Word by word."""
    assert labels.kind_label(name) == expected


def test_a_request_is_called_by_its_vendor_and_kind():
    """A vendor that this version does not know is called by its name."""
    assert labels.request_label(ls.chanjing.LipSync) == "Chanjing 蝉镜 · Lip sync"
    assert labels.vendor_label("nobody") == "nobody"


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ([Ge(1), Le(100)], "1 – 100"),
        ([Ge(0.5)], "≥ 0.5"),
        ([Gt(0), Le(9)], "> 0, ≤ 9"),
        (["nothing"], ""),
    ],
)
def test_limits_are_told(metadata, expected):
    """In as few signs as can be."""
    assert labels.limits(metadata) == expected


def test_alternatives_are_told():
    """As in a sentence; acronyms stay as they are."""
    assert labels.either(["Audio", "Cloned voice", "TTS"]) == "Audio, cloned voice or TTS"
    assert labels.either(["Audio"]) == "Audio"


def test_help_is_the_docstrings_first_paragraph():
    """Escaped, with code set as such."""
    text = "Of ``<b>`` & `c`;\n    told so.\n\nMore."

    assert labels.prose(text) == "Of <code>&lt;b&gt;</code> &amp; <code>c</code>; told so."
    assert labels.prose(None) == ""
