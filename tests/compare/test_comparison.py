"""Comparisons with real videos of all vendors: frame, files, plots and reports."""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from compare.past import compared, entries, sounding
from faces import HELLO, portrait, speech
from hosts import PATIENCE, free_port
from notebook.ledgers import client_of
from pandas.testing import assert_frame_equal
from PIL import Image
from vendors.cases import CASES

import lipsync_nb as ls
from lipsync_nb.compare.columns import COLUMNS, NAMES
from lipsync_nb.compare.plots import COLOURS
from lipsync_nb.media.media import Takes
from lipsync_nb.notebook.comparison import Comparison
from lipsync_nb.sandbox import Sandbox

PRICES = {"lingdong": 0.1, "lipsync_studio": 0.4, "yunai": ls.Price(0.5, per="second")}
MADE = {name: case.made for name, case in CASES.items() if case.compared}
"""What the sandbox's vendors do deliberately."""
OWN = [name for name, case in CASES.items() if case.speaks_itself]
"""The vendors that are given neither a face nor a voice."""


@pytest.fixture(scope="module")
def fresh_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home folder for this module."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIPSYNC_NB_HOME", str(home))
        yield home


@pytest.fixture(scope="module")
def client(fresh_home: Path, shared_sandbox: Sandbox) -> Iterator[ls.Client]:
    ours = {"ledger": fresh_home / "jobs.sqlite", "results": fresh_home / "videos"}
    with ls.Client.sandbox(shared_sandbox, **ours) as opened:
        yield opened


@pytest.fixture(scope="module")
def everyone(client: ls.Client, fresh_home: Path) -> Comparison:
    """A comparison of all vendors with one face and five seconds of speech."""
    face, said = portrait(fresh_home / "face.png"), speech(fresh_home / "hello.wav")
    return client.compare({"脸": face}, said, HELLO, prices=PRICES).wait()


def test_jobs_that_were_submitted_one_by_one_are_compared(
    client: ls.Client, everyone: Comparison
) -> None:
    """As the last ones of chains are; the same jobs are the same comparison, and can be opened."""
    jobs = everyone.jobs[::-1]
    made = Comparison.of(client, [*jobs, jobs[0]], prices=PRICES)

    assert [job.id for job in made.jobs] == [job.id for job in jobs]
    assert made.id == Comparison.of(client, jobs).id == Comparison.load(client, made.id).id
    assert made.id != everyone.id
    figures = ["vendor", "kind", "av_offset_ms", "sync_corr", "money_per_s"]
    ours, theirs = (each.df.set_index("job")[figures] for each in (made, everyone))
    assert_frame_equal(ours, theirs.loc[ours.index])


def test_only_videos_are_compared(client: ls.Client) -> None:
    """Not a speech, and not nothing; nothing is kept in the ledger."""
    before = len(Comparison.known(client))
    voice = client.vendors["chanjing"].voices()["id"][0]
    speech = client.submit(ls.chanjing.Speech(text=HELLO, voice=voice))

    with pytest.raises(ls.BadRequest, match="makes Audio"):
        Comparison.of(client, [speech])
    with pytest.raises(ls.BadRequest, match="no job"):
        Comparison.of(client, [])
    assert len(Comparison.known(client)) == before


def test_the_frame_is_tidy(everyone: Comparison) -> None:
    """The frame has one row per job, all metrics and typed columns, and ``groupby`` works."""
    frame = everyone.df

    assert len(frame) == len(MADE)
    assert set(NAMES) < set(frame)
    assert frame["status"].tolist() == ["succeeded"] * len(MADE)
    assert frame.loc[~frame["vendor"].isin(OWN), "face"].unique().tolist() == ["脸"]
    assert frame.loc[frame["vendor"].isin(OWN), "face"].isna().all()
    assert (frame.groupby("vendor", observed=True)["wall_s"].median() > 0).all()
    kinds = frame.dtypes.astype(str)
    assert {kinds[name] for name in ("vendor", "kind", "face", "script")} == {"category"}
    assert {name: kinds[name] for name in NAMES} == {c.name: c.dtype for c in COLUMNS}
    assert {kinds[name] for name in ("wall_s", "cost", "money")} == {"float64"}


def test_times_add_up(everyone: Comparison) -> None:
    """Queue time and generation time together are not longer than the whole."""
    frame = everyone.df
    parts = frame[["queue_s", "generation_s"]].fillna(0)

    assert (parts >= 0).all(axis=None)
    assert (parts.sum(axis=1) <= frame["wall_s"] + 0.001).all()


def test_costs_compare_per_second_and_in_money(everyone: Comparison) -> None:
    """Prices may be per unit or per second. Without a price or a cost, the money is NaN."""
    frame = everyone.df.set_index("vendor")
    seconds = frame["duration_s"]

    assert frame["cost_per_s"]["lingdong"] == pytest.approx(10, rel=0.05)
    assert frame["money"]["lingdong"] == pytest.approx(0.1 * frame["cost"]["lingdong"])
    assert frame["money"]["yunai"] == pytest.approx(0.5 * seconds["yunai"])
    assert frame["money_per_s"]["yunai"] == pytest.approx(0.5)
    assert frame["money"][["xingyun", "chanjing"]].isna().all()


def test_the_vendors_differences_are_found(everyone: Comparison, figure) -> None:
    """The sandbox's offsets are found within 20 ms, and its sizes and frame rates exactly."""
    summary = everyone.summary().reset_index("kind")
    offsets = summary["av_offset_ms"]

    made = {name: each.offset_ms for name, each in MADE.items()}
    figure(f"offsets found, ms: {offsets.round(1).to_dict()}, made: {made}")
    assert (offsets - pd.Series(made)).abs().max() <= 20
    assert summary["fps"].round().to_dict() == {name: each.fps for name, each in MADE.items()}
    assert summary["height"].to_dict() == {name: each.height for name, each in MADE.items()}


def test_a_vendors_own_face_and_voice_are_not_compared(everyone: Comparison) -> None:
    """A vendor's own voice and face are not compared with the speech and the face."""
    frame = everyone.df.set_index("vendor")

    assert frame["audio_corr"].drop(OWN).min() > 0.99
    assert frame["audio_corr"][OWN].isna().all()
    assert all("no face was given" in note for note in frame["notes"][OWN])


def test_refused_requests_are_kept(everyone: Comparison) -> None:
    """What was refused is listed with the reasons."""
    refused = everyone.refused.set_index(["vendor", "kind"])

    assert refused.loc[("lipsync_studio", "LipSyncVideo"), "note"].startswith("it takes a clip")


def test_run_again_it_is_the_same_and_free(
    everyone: Comparison, client: ls.Client, fresh_home: Path, shared_sandbox: Sandbox
) -> None:
    """The same call gives the same jobs and the same comparison, and pays nothing."""
    paid = {vendor: shared_sandbox.stats(vendor)["paid"] for vendor in client.vendors}
    face, said = fresh_home / "face.png", fresh_home / "hello.wav"
    again = client.compare({"脸": face}, said, HELLO, prices=PRICES)

    assert again.id == everyone.id
    assert [job.id for job in again.jobs] == [job.id for job in everyone.jobs]
    assert {vendor: shared_sandbox.stats(vendor)["paid"] for vendor in client.vendors} == paid


def test_an_old_comparison_opens_without_any_vendor(everyone: Comparison, fresh_home: Path) -> None:
    """An old comparison is read from the ledger, with the same values."""
    expected = everyone.df
    with ls.Client([], ledger=fresh_home / "jobs.sqlite") as nobody:
        old = Comparison.load(nobody, everyone.id, prices=PRICES)

        assert_frame_equal(old.df, expected)
        assert_frame_equal(old.refused, everyone.refused)
        assert everyone.id in set(Comparison.known(nobody)["id"])
        with pytest.raises(ls.LedgerError, match="no comparison 'x'"):
            Comparison.load(nobody, "x")


def test_what_was_paid_is_used_again_whatever_its_files_are(
    client: ls.Client, samples, tmp_path, monkeypatch
) -> None:
    """An earlier version took a clip whose end is missing."""
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(samples.clip.read_bytes() + b"\0\0\xff\0free")
    wanted = {"face": clip, "speech": samples.speech, "vendors": "lipsync_studio"}
    with monkeypatch.context() as earlier:
        earlier.setattr(Takes, "refusal", lambda *_, **__: None)
        first = client.compare(**wanted).wait()

    assert client.compare(**wanted).id == first.id
    with pytest.raises(ls.BadRequest, match="is damaged"):
        client.compare(**wanted, fresh=True)


def test_repeats_are_other_jobs_and_stay_the_same(
    client: ls.Client, samples, shared_sandbox: Sandbox
) -> None:
    """Two repeats are two paid jobs, which are reused later. Only a third one is paid anew."""
    before = shared_sandbox.stats("lipsync_studio")["paid"]
    jobs = [
        {job.id for job in client.compare(samples.face, samples.speech, **wanted).wait().jobs}
        for wanted in (
            {"vendors": "lipsync_studio", "repeats": 2},
            {"vendors": "lipsync_studio", "repeats": 2},
            {"vendors": "lipsync_studio", "repeats": 3},
        )
    ]

    assert jobs[0] == jobs[1] < jobs[2]
    assert shared_sandbox.stats("lipsync_studio")["paid"] - before == 3


def test_a_failed_job_is_a_row_without_metrics(
    client: ls.Client, samples, shared_sandbox: Sandbox
) -> None:
    """A failed job's row has the error. The others are measured, on the given executor."""
    shared_sandbox.faults("yunai", "failed")
    with ThreadPoolExecutor(1) as pool:
        made = client.compare(
            samples.face, samples.speech, vendors=["yunai", "lingdong"], executor=pool
        )
        frame = made.df.set_index("vendor")
    shared_sandbox.clear_faults()

    assert frame["status"].to_dict() == {"yunai": "failed", "lingdong": "succeeded"}
    assert frame["error"]["yunai"]
    assert frame[list(NAMES)].loc["yunai"].isna().all()
    assert frame["duration_s"]["lingdong"] > 1
    assert made.summary()["succeeded"].to_dict()["yunai", "AvatarVideo"] == 0
    assert [job.vendor for job in made.best_first()] == ["lingdong"]


def test_what_is_over_the_budget_does_not_stop_the_others(
    shared_sandbox: Sandbox, samples, tmp_path: Path
) -> None:
    """A request over the budget is listed with what was refused."""
    options = {"ledger": tmp_path / "jobs.sqlite", "results": tmp_path, "budget": {"lingdong": 1}}
    with ls.Client.sandbox(shared_sandbox, **options) as poor:
        wanted = {"face": samples.face, "speech": samples.speech}
        made = poor.compare(**wanted, vendors=["lingdong", "lipsync_studio"])

        assert [job.vendor for job in made.jobs] == ["lipsync_studio"]
        assert made.refused["note"].str.contains("exceeds the budget").any()
        with pytest.raises(ls.LipSyncError, match=r"nothing was submitted\n.*exceeds the budget"):
            poor.compare(**wanted, vendors="lingdong")
        made.wait()


def test_refused_requests_do_not_change_the_id(
    shared_sandbox: Sandbox, samples, tmp_path: Path
) -> None:
    """The id depends on the jobs and their inputs, not on what was refused."""
    options = {"ledger": tmp_path / "jobs.sqlite", "results": tmp_path}
    made = []
    for budget in (1, 2):
        with ls.Client.sandbox(shared_sandbox, **options, budget={"lingdong": budget}) as poor:
            wanted = {"face": samples.face, "speech": samples.speech}
            made.append(poor.compare(**wanted, vendors=["lingdong", "lipsync_studio"]).wait())
            other = poor.compare({"Ann": samples.face}, samples.speech, vendors="lipsync_studio")

    assert made[0].id == made[1].id
    assert other.jobs[0].id == made[0].jobs[0].id
    assert other.id != made[0].id


def test_waiting_ends_in_time(shared_sandbox: Sandbox, samples, tmp_path: Path) -> None:
    """The timeout is for all jobs together."""
    shared_sandbox.faults("lipsync_studio", "stuck", times=3)
    options = {"ledger": tmp_path / "jobs.sqlite", "results": tmp_path}
    with ls.Client.sandbox(shared_sandbox, **options) as client:
        wanted = {"vendors": "lipsync_studio", "repeats": 3}
        made = client.compare(samples.face, samples.speech, **wanted)
        began = time.monotonic()
        made.wait(timeout=3)

        assert 2.9 < time.monotonic() - began < 3 * len(made.jobs) - 1
        assert not any(job.done() for job in made.jobs)


def test_files_contain_the_frame(everyone: Comparison, tmp_path: Path) -> None:
    """Parquet has the frame with its types, and CSV has all its rows."""
    parquet = pd.read_parquet(everyone.to_parquet(tmp_path / "all.parquet"))
    csv = pd.read_csv(everyone.to_csv(tmp_path / "all.csv"))

    assert_frame_equal(parquet, everyone.df, check_categorical=False)
    assert csv["job"].tolist() == everyone.df["job"].tolist()
    assert csv["face"].dropna().unique().tolist() == ["脸"]


def test_the_players_come_best_first(everyone: Comparison) -> None:
    """In the order of the summary, each with its place; with waveforms and mouth motion."""
    summary = everyone.summary().reset_index("kind")
    panes = everyone.grid().panes

    assert [pane["label"] for pane in panes] == summary.index.tolist()
    assert summary["place"].iloc[0] == 1
    for place, pane in zip(summary["place"], panes, strict=True):
        assert f"place {place} by sync · " in pane["caption"]
    assert all("offset" in pane["caption"] and "sync" in pane["caption"] for pane in panes)
    assert all(max(pane["wave"]) > 0.5 and max(pane["mouth"]) > 0.5 for pane in panes)
    with pytest.raises(ls.BadRequest, match="no video"):
        everyone.grid(script="another")


def test_it_is_ranked_by_what_is_asked_for(everyone: Comparison, client: ls.Client) -> None:
    """The comparison's own criteria count wherever no others are given."""
    fastest = everyone.df.sort_values("wall_s")["vendor"].tolist()
    timed = Comparison.load(client, everyone.id, rank_by=["wall_s", "sync"])
    (best, *_) = timed.plot("strips").axes

    assert [job.vendor for job in everyone.best_first(rank_by="wall_s")] == fastest
    assert [job.vendor for job in timed.best_first()] == fastest
    assert timed.summary().index.get_level_values("vendor").tolist() == fastest
    assert timed.summary().attrs["rank_by"] == ["wall_s", "sync"]
    assert [pane["label"] for pane in timed.grid().panes] == fastest
    assert best.get_title() == "Voice and mouth, best first by wall_s, then sync"
    assert timed.summary("sync").attrs["rank_by"] == ["sync"]


def test_what_cannot_be_ranked_by_is_an_error(everyone: Comparison, client: ls.Client) -> None:
    """The error lists what can be. Money needs prices."""
    with pytest.raises(ls.BadRequest, match=r"'width'.*expected some of votes, sync, money, "):
        everyone.summary("width")
    with pytest.raises(ls.BadRequest, match="'best'"):
        everyone.best_first(rank_by=["sync", "best"])
    with pytest.raises(ls.BadRequest, match="money needs prices="):
        Comparison.load(client, everyone.id, rank_by="money")
    with pytest.raises(ls.BadRequest, match="money needs prices="):
        Comparison.load(client, everyone.id).summary("money")


def test_the_summary_and_the_report_say_what_best_means(
    everyone: Comparison, tmp_path: Path
) -> None:
    """Beside every ranking."""
    text = Page(everyone.report(tmp_path / "out.html")).text

    assert "best first by sync, then money" in everyone.summary()[["wall_s"]].to_string()
    assert "best first by sync, then money" in everyone.summary()[["wall_s"]].to_html()
    assert "Videos, best first by sync, then money" in text
    assert "Summary: medians, best first by sync, then money" in text
    assert text.count("place 1 by sync") >= 1


def test_the_table_shows_these_jobs_only(everyone: Comparison) -> None:
    """The table has only the jobs of the comparison."""
    assert set(everyone.table().df["id"]) == {job.id for job in everyone.jobs}
    assert everyone.id in everyone._repr_mimebundle_()["text/plain"]


@pytest.mark.parametrize("kind", ["all", "cost", "times", "offsets", "drift", "strips"])
def test_plots_are_drawn(everyone: Comparison, kind: str, tmp_path: Path) -> None:
    """Each kind of plot is drawn without a warning, in colour and large enough."""
    path = tmp_path / f"{kind}.png"
    path.write_bytes(everyone.plot(kind).png())
    with Image.open(path) as picture:
        colours = picture.convert("RGB").getcolors(1 << 24)

        assert picture.width >= 1000
        assert len(colours) > 30


def test_each_vendor_keeps_its_colour(everyone: Comparison, tmp_path: Path) -> None:
    """The colours of the vendors are in the PNG, although it has few colours."""
    path = tmp_path / "offsets.png"
    path.write_bytes(everyone.plot("offsets").png())
    with Image.open(path) as picture:
        there = np.array([colour for _, colour in picture.convert("RGB").getcolors(1 << 24)])
    wanted = [[int(name[n : n + 2], 16) for n in (1, 3, 5)] for name in COLOURS[:5]]

    assert [w for w in wanted if np.abs(there - w).max(1).min() > 12] == []


def test_an_unknown_plot_is_an_error(everyone: Comparison) -> None:
    """The error lists the kinds. Preferences are not among them before the first vote."""
    with pytest.raises(ls.BadRequest, match=r"all, strips, cost, times, offsets, drift$"):
        everyone.plot("preferences")


class Page(HTMLParser):
    """The content of a page, and the addresses it would load."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.tags: list[str] = []
        self.text = ""
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Record a tag and its addresses."""
        self.tags.append(tag)
        self.loaded += [value or "" for name, value in attrs if name in {"src", "href"}]

    def handle_data(self, data: str) -> None:
        """Record a text."""
        self.text += data


def test_a_report_needs_nothing_else(everyone: Comparison, tmp_path: Path) -> None:
    """The report has posters, plots and tables in one file, and loads nothing else."""
    path = everyone.report(tmp_path / "out.html")
    page = Page(path)

    assert page.tags.count("img") == len(MADE) + 1
    assert page.tags.count("table") == 3
    assert all(address.startswith("data:image/") for address in page.loaded)
    assert not re.search(r"url\(|@import|<script|<link", path.read_text("utf-8"))
    assert "脸" in page.text
    assert "it takes a clip" in page.text
    assert all(name in page.text for name in NAMES)
    assert [left.name for left in tmp_path.iterdir()] == ["out.html"]


def test_a_report_computes_the_frame_once(
    everyone: Comparison, client: ls.Client, tmp_path: Path
) -> None:
    """A report computes the frame only once."""

    class Counting(Comparison):
        frames = 0

        def frame(self) -> pd.DataFrame:
            self.frames += 1
            return super().frame()

    counting = Counting.load(client, everyone.id)
    counting.report(tmp_path / "out.html")

    assert counting.frames == 1


def test_a_report_may_contain_the_videos(everyone: Comparison, tmp_path: Path) -> None:
    """The report contains all videos."""
    page = Page(everyone.report(tmp_path / "out.html", videos=True))

    assert sum(address.startswith("data:video/mp4;base64,") for address in page.loaded) == len(MADE)


@pytest.mark.usefixtures("home")
def test_a_report_escapes_all(tmp_path: Path) -> None:
    """Names and the vendors' messages are escaped."""
    evil = "<script>alert('x')</script>&\""
    clip = sounding(tmp_path / "clip.mp4", 0.1)
    with client_of(tmp_path) as client:
        past = compared(client, entries((evil,), evil), [clip, None, None])
        page = Page(past.report(tmp_path / "out.html"))

    assert "script" not in page.tags
    assert evil in page.text
    assert "no <face> was found" in page.text


@pytest.mark.usefixtures("home")
def test_a_file_without_a_picture_has_a_text(tmp_path: Path) -> None:
    """A file without a picture, or a missing file, has a text instead of a poster."""
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")
    with client_of(tmp_path) as client:
        past = compared(client, entries(), [broken, tmp_path / "gone.mp4", None])
        page = Page(past.report(tmp_path / "out.html"))

    assert page.tags.count("img") == 1
    assert page.text.count("No picture can be read from this file.") == 2


@pytest.mark.usefixtures("home")
def test_without_any_video_there_is_a_report(tmp_path: Path) -> None:
    """The report shows the errors."""
    with client_of(tmp_path) as client:
        past = compared(client, entries(), [None, None, None])
        page = Page(past.report(tmp_path / "out.html"))

        assert page.text.count("no <face> was found") == 3
        assert past.df["fps"].isna().all()
        with pytest.raises(ls.BadRequest, match="no video"):
            past.plot("strips")


def test_a_job_is_measured_with_its_own_speech_and_face(everyone: Comparison) -> None:
    """As if its files were given."""
    job = everyone.best_first()[0]
    (row,) = everyone.frame().query("job == @job.id").to_dict("records")

    measured = ls.measure(job)

    assert measured["audio_corr"] == pytest.approx(row["audio_corr"])
    assert measured["av_offset_ms"] == pytest.approx(row["av_offset_ms"])
    assert ls.measure_all([job], cache=False)["sync_corr"][0] == pytest.approx(row["sync_corr"])
    assert ls.measure(job.result(), speech(job.ledger.with_name("other.wav"))).audio_corr > 0


def test_a_job_without_a_video(tmp_path: Path) -> None:
    """`measure` raises its error, and `measure_all` says it in the job's row."""
    nowhere = ls.LipsyncStudio("key", base_url=f"http://127.0.0.1:{free_port()}")
    urls = {"image": "https://media.test/face.png", "audio": "https://media.test/said.wav"}
    options = {"ledger": tmp_path / "jobs.sqlite", "results": tmp_path}
    with ls.Client([nowhere], **options) as client:
        job = client.submit(ls.lipsync_studio.LipSyncImage(**urls))
        error = job.exception(PATIENCE)

        with pytest.raises(type(error)):
            ls.measure(job)
        notes = ls.measure_all([job])["notes"]

    assert notes.tolist() == [f"not measured: {type(error).__name__}: {error}"]
