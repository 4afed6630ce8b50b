"""What vendors list: a DataFrame like any other, which a notebook shows with its previews."""

import io
import pickle
import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import pytest
from IPython.core.formatters import DisplayFormatter

from lipsync_nb.formatters import add_to
from lipsync_nb.vendors.base.catalogue import Catalogue

PREVIEWS = {"cover": "image", "clip": "video", "audition": "audio"}


def people(count: int = 3) -> Catalogue:
    """Return a list of people."""
    rows = [
        {
            "id": f"P-{number}",
            "name": f"Nina {number}",
            "lang": "zh" if number % 2 else "en",
            "cover": f"https://cdn.test/{number}.jpg?sign=a&b=1",
            "clip": f"https://cdn.test/{number}.mp4",
            "audition": f"https://cdn.test/{number}.wav",
        }
        for number in range(count)
    ]
    return Catalogue.of(rows, PREVIEWS)


def bundle(shown: Any) -> dict[str, str]:
    """Return what IPython shows."""
    display = DisplayFormatter()
    add_to(display)
    return dict(display.format(shown)[0])


class Elements(HTMLParser):
    """The elements of a page, with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.all.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Keep it."""
        self.text += data

    def named(self, *tags: str) -> list[dict[str, str | None]]:
        """Return the attributes of all elements of some kinds."""
        return [attributes for tag, attributes in self.all if tag in tags]


def shown(catalogue: pd.DataFrame) -> Elements:
    """Return the elements that a notebook shows."""
    return Elements(bundle(catalogue)["text/html"])


def test_previews_are_players_and_pictures() -> None:
    """Each with its URL and a name; nothing is loaded at once, and no host learns of the page."""
    elements = shown(people(1))
    (picture,), (clip,), (sound,) = (elements.named(tag) for tag in ("img", "video", "audio"))

    assert picture["src"] == "https://cdn.test/0.jpg?sign=a&b=1"
    assert (picture["alt"], picture["loading"]) == ("Cover of Nina 0", "lazy")
    assert picture["referrerpolicy"] == "no-referrer"
    for player, ending, named in ((clip, "mp4", "Clip"), (sound, "wav", "Audition")):
        assert player["src"] == f"https://cdn.test/0.{ending}"
        assert (player["preload"], player["aria-label"]) == ("none", f"{named} of Nina 0")
        assert "controls" in player
        assert "autoplay" not in player
    assert "https://" not in elements.text
    assert "Nina 0" in elements.text


def test_the_text_is_pandas_own() -> None:
    """Where there is no HTML, nothing changes."""
    catalogue = people()

    assert bundle(catalogue)["text/plain"] == repr(pd.DataFrame(catalogue))


@pytest.mark.parametrize(
    "url",
    [
        *("javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//cdn.test/a.wav"),
        *("", " ", None, 5, np.nan, "http://", ["https://cdn.test/a.wav"]),
    ],
)
def test_only_http_urls_are_shown(url: object) -> None:
    """Anything else is text, or nothing."""
    rows = [{"id": "a", "audition": url}, {"id": "b", "audition": "https://cdn.test/b.wav"}]
    elements = shown(Catalogue.of(rows, {"audition": "audio", "gone": "image"}))

    assert [player["src"] for player in elements.named("audio")] == ["https://cdn.test/b.wav"]
    assert {tag for tag, _ in elements.all} <= {"style", "div", "table", *TABLE, "audio"}


TABLE = ("thead", "tbody", "tr", "th", "td")
NASTY = "<img src=x onerror=alert(1)> \" ' & \u202e\x1b[31m"


def test_what_vendors_say_is_escaped() -> None:
    """In names, cells, heads, labels of rows and URLs; control characters are replaced."""
    url = "https://cdn.test/\"><script>alert(1)</script>?a='b'"
    rows = [{"name": NASTY, NASTY: NASTY, "audition": url}]
    catalogue = Catalogue.of(rows, {"audition": "audio"})
    catalogue.index = pd.Index([NASTY])
    html = bundle(catalogue)["text/html"]
    elements = Elements(html)

    assert {tag for tag, _ in elements.all} <= {"style", "div", "table", *TABLE, "audio"}
    assert not re.search("[\u202e\x1b]", html)
    assert elements.text.count("onerror") == 4
    (player,) = elements.named("audio")
    assert player.keys() == {"controls", "preload", "src", "aria-label", "style"}
    assert "onerror" in str(player["aria-label"])


def test_a_long_list_is_cut_as_pandas_does() -> None:
    """By its options; the number of rows is said."""
    elements = shown(people(200))

    assert len(elements.named("audio")) == pd.get_option("display.min_rows")
    assert "200 rows × 6 columns" in elements.text
    with pd.option_context("display.max_rows", None):
        assert len(shown(people(200)).named("audio")) == 200
    with pd.option_context("display.max_colwidth", 5):
        assert len(shown(people(1)).named("audio")) == 1
    with pd.option_context("display.notebook_repr_html", False):
        assert "text/html" not in bundle(people())


MADE = {
    "slice": lambda found: found[found.lang == "zh"],
    "columns": lambda found: found[["name", "audition"]],
    "copy": lambda found: found.copy(),
    "sorted": lambda found: found.sort_values("id", ascending=False),
    "query": lambda found: found.query("lang == 'zh'"),
    "head of groups": lambda found: found.groupby("lang").head(1),
    "concatenated": lambda found: pd.concat([found.head(1), found.tail(1)]),
    "beside another": lambda found: pd.concat([found, pd.DataFrame({"x": [1, 2, 3]})], axis=1),
    "merged": lambda found: found.merge(pd.DataFrame({"id": ["P-1"], "price": [2.5]})),
    "joined": lambda found: found.join(pd.DataFrame({"price": [1, 2, 3]})),
    "indexed": lambda found: found.set_index("name"),
    "pickled": lambda found: pickle.loads(pickle.dumps(found)),
}


@pytest.mark.parametrize("how", MADE)
def test_what_is_made_of_it_has_previews_too(how: str) -> None:
    """A selection, and several frames that are put together."""
    made = MADE[how](people())
    elements = shown(made)

    assert isinstance(made, Catalogue)
    assert len(elements.named("audio")) == len(made)
    assert {str(player["aria-label"])[:17] for player in elements.named("audio")} <= {
        f"Audition of {name}" for name in ("Nina ", "P-0", "P-1", "P-2")
    }


def test_it_is_a_dataframe_like_any_other() -> None:
    """What leaves it does not know of previews."""
    catalogue, plain = people(), pd.DataFrame(people())
    file = io.StringIO()
    catalogue.to_csv(file)

    pd.testing.assert_frame_equal(pd.DataFrame(catalogue), plain)
    assert file.getvalue() == plain.to_csv()
    assert catalogue.groupby("lang")["id"].count().to_dict() == {"en": 2, "zh": 1}
    assert catalogue["lang"].value_counts()["en"] == 2
    assert catalogue.T.shape == (6, 3)
    for odd in (catalogue.T, catalogue.groupby("lang").count(), catalogue.describe()):
        assert shown(odd).named("audio") == []
    for empty in (catalogue.iloc[:0], Catalogue.of([], PREVIEWS)):
        assert shown(empty).named("audio") == []


def test_columns_of_the_same_name_are_all_shown() -> None:
    """As pandas allows them, and of several levels."""
    twice = pd.concat([people(1), people(1)], axis=1)
    levels = people(1)
    levels.columns = pd.MultiIndex.from_product([["a"], levels.columns])

    assert len(shown(twice).named("audio")) == 2
    assert shown(levels).named("audio") == []
    assert "https://cdn.test/0.wav" in shown(levels).text


def test_nothing_that_a_cell_says_becomes_a_player() -> None:
    """Marks of an earlier display are texts."""
    rows = [{"id": "deadbeef-0-", "audition": "https://cdn.test/a.wav"}]

    assert len(shown(Catalogue.of(rows, {"audition": "audio"})).named("audio")) == 1
