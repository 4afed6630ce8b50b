"""The blind vote: its pairs, what is sent to the browser, and what is stored in the ledger."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from compare.past import VENDORS, compared, entries, sounding
from notebook.ledgers import client_of
from notebook.tab import Tab

import lipsync_nb as ls
from lipsync_nb.compare.voting import loudness_of, pairs, volumes
from lipsync_nb.ledger.comparisons import Entry
from lipsync_nb.notebook.comparison import Comparison


@pytest.fixture
def tab() -> Iterator[Tab]:
    with Tab() as opened:
        yield opened


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three clips: the second has ten times the level of the first, the third is silent."""
    folder = tmp_path_factory.mktemp("clips")
    levels = zip(VENDORS, (0.05, 0.5, 0.0), strict=True)
    return [sounding(folder / f"{vendor}-{kind}.mp4", level) for (vendor, kind), level in levels]


@pytest.fixture
def client(tmp_path: Path, home: Path) -> Iterator[ls.Client]:  # noqa: ARG001 - rows rest there
    with client_of(tmp_path) as opened:
        yield opened


@pytest.fixture
def past(client: ls.Client, clips: list[Path]) -> Comparison:
    """A comparison with two scripts."""
    return compared(client, entries(("one", "two")), clips * 2)


def vendors(comparison: Comparison, voting) -> list[str]:
    """Return the vendors of the left and the right video."""
    of = {entry.job: entry.vendor for entry in comparison.entries}
    return [of[voting.pair.left], of[voting.pair.right]]


def test_each_pair_that_says_the_same_is_shown_once(past: Comparison) -> None:
    """Three contenders and two scripts make six pairs. After them, a choice is an error."""
    voting, shown = past.vote("me"), []
    while voting.pair is not None:
        shown.append(frozenset((voting.pair.left, voting.pair.right)))
        voting.choose("left")

    assert len(set(shown)) == len(shown) == 6
    scripts = {entry.job: entry.script for entry in past.entries}
    assert all(len({scripts[job] for job in pair}) == 1 for pair in shown)
    with pytest.raises(ls.BadRequest, match="no pair is left"):
        voting.choose("left")


def test_a_vendors_own_face_is_compared_with_any_face() -> None:
    """Jobs with other faces, scripts or repeats, or of one vendor, are not compared."""
    one, other = Entry("a", "x", "Ann", "s", 1, "1"), Entry("b", "x", "Ann", "s", 1, "2")
    own = Entry("c", "x", None, "s", 1, "3")
    strangers = [
        Entry("d", "x", "Bob", "s", 1, "4"),
        Entry("d", "x", "Ann", "t", 1, "5"),
        Entry("d", "x", "Ann", "s", 2, "6"),
        Entry("a", "x", "Ann", "s", 1, "7"),
    ]

    assert pairs([one, other, own]) == [("1", "2"), ("1", "3"), ("2", "3")]
    assert [pairs([one, stranger]) for stranger in strangers] == [[], [], [], []]


def test_sides_and_order_are_random(past: Comparison) -> None:
    """Each vendor is left about as often as right. The same seed gives the same pairs."""
    left = Counter(vendors(past, past.vote("me", seed=seed))[0] for seed in range(120))
    same = [past.vote("me", seed=7).pair for _ in range(2)]

    assert min(left[vendor] for vendor, _ in VENDORS) > 20
    assert same[0] == same[1]


def test_votes_are_stored_with_voter_and_time(past: Comparison, client: ls.Client) -> None:
    """A vote is in the ledger, with the voter and the time."""
    voting = past.vote("Ann")
    pair = voting.pair
    voting.choose("right")
    again = Comparison.load(client)
    (kept,) = again.votes.to_dict("records")

    assert (kept["left_job"], kept["right_job"]) == (pair.left, pair.right)
    assert (kept["choice"], kept["voter"]) == ("right", "Ann")
    assert kept["voted_at"].tzinfo is not None


def test_a_vote_goes_on_where_it_stopped(past: Comparison) -> None:
    """The same voter continues after the pairs seen. Another voter begins at the first pair."""
    first = past.vote("Ann")
    for choice in ("skip", "equal"):
        first.choose(choice)
    far = {voter: past.vote(voter).state for voter in ("Ann", "Bo")}

    assert (far["Ann"]["round"], far["Ann"]["of"]) == (2, 6)
    assert (far["Bo"]["round"], far["Bo"]["of"]) == (0, 6)


def test_the_summary_has_the_preferences(past: Comparison) -> None:
    """The summary has the strengths, and the strongest is first. Skipped pairs do not count."""
    assert "strength" not in past.summary()
    order = [vendor for vendor, _ in VENDORS]
    for voter in range(4):
        voting = past.vote(str(voter))
        while voting.pair is not None:
            left, right = map(order.index, vendors(past, voting))
            voting.choose("left" if left > right else "right")
    past.vote("late").choose("skip")
    summary = past.summary()

    assert list(summary.index.get_level_values("vendor")) == order[::-1]
    assert summary["votes"].tolist() == [16, 16, 16]
    assert {"strength_low", "strength_high", "wall_s", "sync_corr"} <= set(summary)
    assert [job.vendor for job in past.best_first("face", "one")] == order[::-1]
    agreement = past.agreement()
    assert agreement.loc["bitrate_kbps", "votes"] > 0
    assert agreement.loc["upper_face_ncc", "votes"] == 0  # no face was given


def test_preferences_are_drawn_with_chinese_names(client: ls.Client, clips: list[Path]) -> None:
    """The plots have Chinese labels, and only contenders with votes."""
    past = compared(client, entries(("你好", "再见")), clips * 2)
    voting = past.vote("Ann")
    judged = set(vendors(past, voting))
    voting.choose("left")
    (axes,) = past.plot("preferences").axes
    strips = past.plot("strips")

    assert {label.get_text() for label in axes.get_yticklabels()} == judged
    best = max(judged, key=past.preferences()["strength"].droplevel("kind").get)
    assert [one.get_ylabel() for one in strips.axes][:2] == [f"{best}\n你好", f"{best}\n再见"]
    assert strips.png().startswith(b"\x89PNG")


def test_a_skipped_pair_is_no_vote_in_a_report(past: Comparison, tmp_path: Path) -> None:
    """The report is written without a section on preferences."""
    past.vote("Ann").choose("skip")
    page = past.report(tmp_path / "out.html").read_text("utf-8")

    assert "Metrics against votes" not in page


def test_agreement_needs_votes(past: Comparison) -> None:
    """Without votes it is an error that says how to vote."""
    with pytest.raises(ls.BadRequest, match=r"comparison.vote\(\)"):
        past.agreement()


def test_the_browser_does_not_learn_the_vendors(past: Comparison, tab: Tab) -> None:
    """State, messages and text have no vendor, kind, job id or file name."""
    voting = past.vote("Ann", seed=1)
    said = [tab.ask(voting, op="blob", video=f"0-{side}", offset=0) for side in ("left", "right")]
    tab.ask(voting, op="choose", round=0, choice="left")
    sent = json.dumps(
        [voting.get_state(["state"]), tab.states, voting.fallback(), said], default=str
    )
    secrets = [word for names in VENDORS for word in names]
    secrets += [job.id for job in past.jobs] + [job.video.path.name for job in past.jobs]

    assert [word for word in secrets if word.lower() in sent.lower()] == []


def test_the_browser_gets_the_two_videos(past: Comparison, tab: Tab) -> None:
    """The browser gets the left and the right video of the pair."""
    voting = past.vote("Ann")
    pair = voting.pair
    sent = [tab.ask(voting, op="blob", video=f"0-{side}", offset=0) for side in ("left", "right")]

    assert [answer["data"] for answer in sent] == [path.read_bytes() for path in pair.paths]


def test_a_key_pressed_twice_is_one_choice(past: Comparison, tab: Tab) -> None:
    """The second key press is ignored. A wrong choice is an error in the page."""
    voting = past.vote("Ann")
    for _ in range(2):
        tab.ask(voting, op="choose", round=0, choice="equal")
    answer = tab.ask(voting, op="choose", round=1, choice="best")

    assert past.votes["choice"].tolist() == ["equal"]
    assert "'best' is none of" in answer["error"]


def test_both_are_heard_equally_loud(clips: list[Path]) -> None:
    """The louder video is turned down by the difference. Silence changes nothing."""
    quiet, loud, silent = map(loudness_of, clips)

    assert loud - quiet == pytest.approx(20, abs=1)
    assert volumes(quiet, loud) == (1.0, pytest.approx(0.1, rel=0.1))
    assert volumes(loud, silent) == (1.0, 1.0)


def test_pauses_do_not_make_a_speech_quieter(tmp_path: Path) -> None:
    """A tone after silence is as loud as the tone alone."""
    tone = sounding(tmp_path / "tone.mp4", 0.5, 2.0)
    paused = sounding(tmp_path / "paused.mp4", 0.5, 2.0, silence=2.0)

    assert loudness_of(paused) == pytest.approx(loudness_of(tone), abs=1)


def test_one_video_alone_is_no_vote(client: ls.Client, clips: list[Path]) -> None:
    """A single video cannot be compared."""
    past = compared(client, entries(), [clips[0], None, None])

    with pytest.raises(ls.BadRequest, match="no two videos"):
        past.vote()
