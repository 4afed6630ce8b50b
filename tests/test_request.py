"""Request models: what is refused, how it is said, and that requests keep what they are given."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, get_args

import numpy as np
import pandas as pd
import pytest
from pydantic import Field, ValidationError
from vendors import media
from vendors.cases import ORDERS

import lipsync_nb as ls
from lipsync_nb.errors import BadRequest
from lipsync_nb.media.media import Media, Takes
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import CallbackURL, Model, Request, Text

KINDS = [kind for vendor in VENDORS.values() for kind in vendor.kinds]


class Voice(Model):
    """A part of a request."""

    exactly_one = ("text", "ssml")

    text: Text | None = None
    """What is spoken."""
    ssml: str | None = None
    """Likewise, marked up."""
    speed: Annotated[float, Field(ge=0.5, le=2)] = 1.0
    """How fast."""
    sample: Annotated[Media | None, Takes(("audio",), min_seconds=20)] = None
    """The voice."""


class Make(Request):
    """A request of a vendor that does not exist."""

    vendor = "test"

    face: Annotated[Media, Takes(("image", "video"), max_bytes=9)]
    """The face."""
    voices: Annotated[list[Voice], Field(min_length=1)]
    """Who speaks."""
    size: Literal["480p", "720p"] = "480p"
    """Of the result."""
    seed: int | None = None
    """The same seed gives the same."""
    callback: CallbackURL | None = None
    """Where to call."""


GOOD = {"face": "face.png", "voices": [{"text": "hello"}]}


def refusal(**fields):
    """Return the error of a request with other fields than good ones."""
    with pytest.raises(BadRequest) as refused:
        Make(**(GOOD | fields))
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None
    return refused.value


WRONG = {
    "size": ("1080p", "size", "Input should be '480p' or '720p', got '1080p'"),
    "seed": ("x", "seed", "valid integer"),
    "a seed with a fraction": ({"seed": 1.5}, "seed", "integer"),
    "no voice": ({"voices": []}, "voices", "at least 1 item"),
    "no list": ({"voices": "hello"}, "voices", "valid list"),
    "a nested limit": (
        {"voices": [{"text": "a"}, {"text": "b", "speed": 3}]},
        "voices.1.speed",
        "less than or equal to 2, got 3",
    ),
    "a nested field": ({"voices": [{"text": "a", "tempo": 1}]}, "voices.0.tempo", "no such field"),
    "nested, both": (
        {"voices": [{"text": "a", "ssml": "b"}]},
        "voices.0",
        "set exactly one of text, ssml; found text and ssml",
    ),
    "nested, none": ({"voices": [{}]}, "voices.0", "set exactly one of text, ssml; found none"),
    "an empty text": ({"voices": [{"text": ""}]}, "voices.0.text", "at least 1 character, got ''"),
    "a blank text": ({"voices": [{"text": " \u3000"}]}, "voices.0.text", "only spaces"),
    "without end": ({"voices": [{"text": "a", "speed": float("inf")}]}, "voices.0.speed", "finite"),
    "half a character": ({"voices": [{"text": "\ud800"}]}, "voices.0.text", "valid"),
    "an unknown field": ({"colour": "red"}, "colour", "no such field"),
    "no face": ({"face": None}, "face", "expected a path, an http"),
    "an empty face": ({"face": ""}, "face", "expected a path, an http"),
    "a number for a face": ({"face": 5}, "face", "expected a path, an http"),
    "no URL": ({"callback": "example.com"}, "callback", "not an http\\(s\\) URL"),
    "a local URL": ({"callback": "file:///etc/passwd"}, "callback", "not an http\\(s\\) URL"),
    "a URL of nobody": ({"callback": "http://"}, "callback", "not an http\\(s\\) URL"),
    "a broken URL": ({"callback": "http://[::1"}, "callback", "not a URL"),
    "a URL with a long name": ({"callback": f"http://{'a' * 64}.com"}, "callback", "not a URL"),
}


@pytest.mark.parametrize(("given", "field", "why"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_refused_by_name(given, field, why):
    """The field's dotted path, what is wrong with it, and the value if it is short."""
    error = refusal(**(given if isinstance(given, dict) else {field: given}))

    assert [path for path, _ in error.fields] == [field]
    with pytest.raises(BadRequest, match=f"Make.{field}: .*{why}"):
        raise error


def test_a_missing_field_is_named():
    """And nothing is said to have been given."""
    with pytest.raises(BadRequest, match=r"^Make\.face: Field required; Make\.voices: Field req"):
        Make()


def test_all_that_is_wrong_is_reported_at_once():
    """A form shows each error beside its field."""
    error = refusal(size="big", seed="x", voices=[{"text": "a", "speed": 9}])

    assert [path for path, _ in error.fields] == ["voices.0.speed", "size", "seed"]


def test_a_long_value_is_not_repeated():
    """A whole speech in an error helps nobody."""
    error = refusal(size="x" * 100)

    assert "xxx" not in str(error)


def test_a_refusal_is_a_value_error_too():
    """As of any function that is given a wrong value; but not pydantic's own."""
    error = refusal(seed="x")

    assert isinstance(error, ValueError)
    assert not isinstance(error, ValidationError)


def test_parts_are_given_as_models_or_as_dicts():
    """And are refused alike, on their own and within."""
    whole = Make(face="a.png", voices=[Voice(text="hello", speed=2)])

    assert whole == Make(face="a.png", voices=[{"text": "hello", "speed": 2}])
    with pytest.raises(BadRequest, match=r"^Voice\.speed: .*less than or equal to 2, got 3$"):
        Voice(text="hello", speed=3)
    with pytest.raises(BadRequest, match=r"^Voice: set exactly one of text, ssml; found none$"):
        Voice()


EMPTY_CELLS = [
    *(float("nan"), np.float32("nan"), Decimal("nan"), pd.NA, pd.NaT, np.datetime64("NaT", "s")),
]


@pytest.mark.parametrize("empty", EMPTY_CELLS, ids=repr)
def test_an_empty_cell_is_not_given(empty):
    """Where a field need not be: it is as if the column was not there."""
    voice = {"text": "hello", "ssml": empty, "speed": empty, "sample": empty}
    made = Make(face="a.png", voices=[voice], size=empty, seed=empty, callback=empty)

    assert made == Make(**GOOD | {"face": "a.png"})
    assert made.model_dump_json(exclude_unset=True) == (
        '{"face":"a.png","voices":[{"text":"hello"}]}'
    )
    for field in ("face", "voices"):
        with pytest.raises(BadRequest, match=f"^Make.{field}: "):
            Make(**GOOD | {field: empty})


@pytest.mark.parametrize("kind", [object, None])
def test_a_table_with_empty_cells_makes_requests(kind):
    """In each way in which pandas marks them."""
    rows = [{**GOOD, "seed": 7, "size": "720p"}, {**GOOD, "seed": None, "size": None}]
    frame = pd.DataFrame(rows, dtype=kind)
    for table in (frame, frame.convert_dtypes()):
        first, second = (Make(**row) for row in table.to_dict("records"))
        assert (first.seed, first.size) == (7, "720p")
        assert (second.seed, second.size) == (None, "480p")


def test_a_default_of_nothing_may_be_given():
    """As anywhere in Python."""
    assert Make(**GOOD, seed=None) == Make(**GOOD)


def test_a_request_does_not_change():
    """A job's row is made of it once."""
    request = Make(**GOOD)

    with pytest.raises(ValidationError, match="frozen"):
        request.size = "720p"
    with pytest.raises(ValidationError, match="frozen"):
        request.voices[0].text = "bye"


def test_media_are_found_wherever_they_are():
    """With their dotted paths and their limits."""
    request = Make(
        face="a.png",
        voices=[{"text": "a", "sample": "b.wav"}, {"text": "c"}, {"text": "d", "sample": b"e"}],
    )

    assert [(path, str(medium), takes.kinds) for path, medium, takes in request.media()] == [
        ("face", "a.png", ("image", "video")),
        ("voices.0.sample", "b.wav", ("audio",)),
        ("voices.2.sample", "<1 bytes>", ("audio",)),
    ]


def test_media_are_replaced_wherever_they_are():
    """In a copy, with all else as it was, set or unset."""
    request = Make(face="a.png", voices=[{"text": "a", "sample": "b.wav"}, {"text": "c"}])
    copy = request.replace_media(lambda medium: Media(f"/media/{medium.path}"))

    assert [str(medium) for _, medium, _ in copy.media()] == ["/media/a.png", "/media/b.wav"]
    assert [str(medium) for _, medium, _ in request.media()] == ["a.png", "b.wav"]
    assert copy.model_fields_set == request.model_fields_set
    assert copy.voices[1].model_fields_set == {"text"}
    assert copy.replace_media(lambda medium: Media(medium.path.name)) == request


FACE, SPEECH = "/media/脸 face.png", "https://media.test/a%20b.wav?sig=x&y=%E8%84%B8"
REQUESTS = [
    ls.lingdong.Generate(source=FACE, audio=SPEECH, callback_url="https://me.test/?a=b"),
    ls.yunai.AvatarVideo(avatar=Path(FACE), audio=SPEECH, no_watermark=True),
    ls.yunai.AvatarVideo(avatar=FACE, clone={"audio": SPEECH, "language": "zh", "text": "你好"}),
    ls.yunai.AvatarVideo(
        avatar=FACE, voice={"voice_engine_id": "n", "audio_id": "1", "language": "en", "text": "a"}
    ),
    ls.lipsync_studio.LipSyncVideo(video=FACE, audio=SPEECH, mask_image=FACE, seed=0),
    ls.lipsync_studio.LipSyncImage(image=FACE, audio=SPEECH, prompt="calm\n☃"),
    ls.lipsync_studio.LipSyncDialogue(image=FACE, left_audio=FACE, right_audio=SPEECH),
    ls.xingyun.RenderScript(
        segments=[{"text": "<speak>你好</speak>"}, {"text": "b", "media_url": SPEECH}],
        look_name="a",
        tts_vcn_name="b",
        studio_name="c",
    ),
    ls.xingyun.RenderSlides(ppt=FACE, look_name="a", tts_vcn_name="b", studio_name="c"),
    ls.chanjing.LipSync(video=FACE, audio=SPEECH, backway=2),
    ls.chanjing.LipSync(video=FACE, tts={"text": "你好", "audio_man_id": "v", "speed": 0.5}),
    *(
        order(media.Media(FACE, FACE, SPEECH, SPEECH, FACE, FACE, SPEECH))
        for order in ORDERS.values()
    ),
]
"""Odd ones, and one of every kind."""


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.kind())
def test_a_request_survives_the_ledger(request_):
    """What is written there is read again: paths, URLs, and what was left unset."""
    written = request_.model_dump_json(exclude_unset=True)
    again = VENDORS[request_.vendor].request(request_.kind(), written)

    assert again == request_
    assert again.model_fields_set == request_.model_fields_set
    assert [str(m) for _, m, _ in again.media()] == [str(m) for _, m, _ in request_.media()]


def test_every_kind_was_tried():
    """Else the test above would pass one over."""
    assert {type(request) for request in REQUESTS} == set(KINDS)


def models(model):
    """Yield a model and all that are nested in it."""
    yield model
    for field in model.model_fields.values():
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, Model):
                yield from models(part)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.vendor}.{kind.__name__}")
def test_every_field_is_described(kind):
    """The form, the help and the documentation are made of it."""
    for model in models(kind):
        assert model.__doc__
        for name, field in model.model_fields.items():
            assert field.description, f"{model.__name__}.{name}"
            assert field.description[-1] in ".!?", f"{model.__name__}.{name}"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.vendor}.{kind.__name__}")
def test_every_medium_says_what_it_takes(kind):
    """Else any file would be sent."""
    for model in models(kind):
        for name, field in model.model_fields.items():
            if Media in (field.annotation, *get_args(field.annotation)):
                (takes,) = [m for m in field.metadata if isinstance(m, Takes)]
                assert takes.kinds, f"{model.__name__}.{name}"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.vendor}.{kind.__name__}")
def test_every_kind_refuses_what_it_does_not_know(kind):
    """A misspelt option would else be dropped in silence, and the job paid all the same."""
    with pytest.raises(BadRequest, match=f"{kind.__name__}.resolutoin: no such field"):
        kind(resolutoin="720p")


@pytest.mark.parametrize("name", VENDORS)
@pytest.mark.parametrize(
    ("kind", "fields", "why"),
    [
        ("Nothing", "{}", "has no Nothing"),
        (None, "{", "JSON"),
        (None, "[]", "object"),
        (None, '{"x": 1}', "x"),
    ],
)
def test_a_broken_row_is_refused(name, kind, fields, why):
    """Ledgers outlive versions."""
    vendor = VENDORS[name]

    with pytest.raises(BadRequest, match=why):
        vendor.request(kind or vendor.kinds[0].kind(), fields)


def test_a_fingerprint_stays_what_it_is():
    """Ledgers outlive versions: with another one, everything would be paid again."""
    spoken = {"text": "你好", "audio_man_id": "v"}

    assert ls.chanjing.LipSync(video="https://media.test/f.mp4", tts=spoken).fingerprint() == (
        "276807cb9a4d7026165ee0a6b7b56b27f003d865c972b0611560de4fddf2b7a8"
    )


def test_a_field_at_its_default_does_not_count():
    """Whether it is written out or left out, the vendor is asked for the same."""
    media = {"image": "https://media.test/face.png", "audio": "https://media.test/speech.wav"}
    plain = ls.lipsync_studio.LipSyncImage(**media)
    written = ls.lipsync_studio.LipSyncImage(**media, resolution="480p", seed=None)
    other = ls.lipsync_studio.LipSyncImage(**media, resolution="720p")

    assert written.fingerprint() == plain.fingerprint()
    assert other.fingerprint() != plain.fingerprint()
