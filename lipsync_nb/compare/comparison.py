"""A comparison: its jobs, their metrics, and the votes on them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic
from typing import Self

import pandas as pd

from lipsync_nb.compare.bradley_terry import Ballot, preferences
from lipsync_nb.compare.criteria import BY_DEFAULT, RankBy, read_rank_by
from lipsync_nb.compare.dataframe import comparison_frame
from lipsync_nb.compare.parallel import AnyExecutor
from lipsync_nb.compare.prices import Price, Prices, read_prices
from lipsync_nb.compare.ranking import Ranking, rank
from lipsync_nb.compare.summary import CONTENDER, agreements, summary_of
from lipsync_nb.errors import BadRequest, LedgerError, LipSyncError
from lipsync_nb.jobs.client import JobClient
from lipsync_nb.jobs.job import Job
from lipsync_nb.jobs.progress import line_of
from lipsync_nb.jobs.sources import sources_of
from lipsync_nb.ledger.comparisons import Choice, Comparisons, Entry, Vote
from lipsync_nb.log import log
from lipsync_nb.media.video import Video
from lipsync_nb.status import JobStatus

SCORES = {Choice.left: 1.0, Choice.right: 0.0, Choice.equal: 0.5}


class JobComparison:
    """Jobs of several vendors for the same inputs. `lipsync_nb.Comparison` adds the display.

    Args:
        client: The client of the jobs.
        comparison: The id of the comparison in the ledger.
        prices: The prices by vendor.
        rank_by: The criteria by which it is ranked.
        executor: Where videos are measured; by default in a pool of processes.

    Attributes:
        id: Its id in the ledger. The same jobs for the same inputs have the same id.
        jobs: Its jobs, in the order of the plan.
        rank_by: The criteria by which it is ranked.
    """

    def __init__(
        self,
        client: JobClient,
        comparison: str,
        *,
        prices: Mapping[str, Price] | None = None,
        rank_by: Sequence[str] = BY_DEFAULT,
        executor: "AnyExecutor | None" = None,
    ) -> None:
        self.id = comparison
        self.client = client
        self.rank_by = rank_by
        self._store = Comparisons(client.ledger)
        self._prices = prices or {}
        self._executor = executor
        entries = self._store.entries(comparison)
        self.entries = [entry for entry in entries if entry.job is not None]
        self._refused = [entry for entry in entries if entry.job is None]
        self.jobs = [client.job(entry.job) for entry in self.entries if entry.job]

    @classmethod
    def load(
        cls,
        client: JobClient,
        comparison: str | None = None,
        *,
        prices: Prices | None = None,
        rank_by: RankBy | None = None,
        executor: "AnyExecutor | None" = None,
    ) -> Self:
        """Open an earlier comparison; nothing is submitted, and nothing is paid.

        Args:
            client: The client whose ledger has the comparison. No vendor has to be connected.
            comparison: The id; by default that of the last comparison.
            prices: As for `Client.compare`.
            rank_by: As for `Client.compare`.
            executor: As for `Client.compare`.

        Raises:
            LedgerError: There is no such comparison.
            BadRequest: It cannot be ranked by this.
        """
        priced = read_prices(prices)
        by = read_rank_by(rank_by, priced)
        known = Comparisons(client.ledger).all()
        if comparison is None and not known:
            raise LedgerError(f"no comparison in {client.ledger.path}")
        found = comparison or known[-1][0]
        return cls(client, found, prices=priced, rank_by=by, executor=executor)

    @classmethod
    def of(
        cls,
        client: JobClient,
        jobs: Iterable[Job],
        *,
        prices: Prices | None = None,
        rank_by: RankBy | None = None,
        executor: "AnyExecutor | None" = None,
    ) -> Self:
        """Compare jobs that were submitted one by one, such as the last ones of several chains.

        Args:
            client: The client whose ledger has the jobs.
            jobs: Jobs that make videos.
            prices: As for `Client.compare`.
            rank_by: As for `Client.compare`.
            executor: As for `Client.compare`.

        Raises:
            BadRequest: There is no job, or one makes no video.
            LedgerError: A job is in another ledger.
        """
        priced = read_prices(prices)
        by = read_rank_by(rank_by, priced)
        entries: list[Entry] = []
        for job in dict.fromkeys(jobs):
            if job.makes != Video.__name__:
                raise BadRequest(f"{job!r} makes {job.makes}; videos are compared")
            made = (job.vendor, job.kind)
            number = 1 + sum((entry.vendor, entry.kind) == made for entry in entries)
            entries.append(Entry(*made, None, None, number, client.job(job.id).id))
        if not entries:
            raise BadRequest("there is no job to compare")
        name = Comparisons(client.ledger).add(entries)
        return cls(client, name, prices=priced, rank_by=by, executor=executor)

    @staticmethod
    def known(client: JobClient) -> pd.DataFrame:
        """Return the ``id`` and ``created_at`` of all comparisons in a client's ledger."""
        rows = [
            (name, datetime.fromtimestamp(at, UTC)) for name, at in Comparisons(client.ledger).all()
        ]
        return pd.DataFrame(rows, columns=["id", "created_at"])

    def __repr__(self) -> str:
        done = sum(job.status is JobStatus.succeeded for job in self.jobs)
        return f"<Comparison {self.id}: {done} of {len(self.jobs)} jobs succeeded>"

    def wait(self, timeout: float | None = None) -> Self:
        """Wait until all jobs have ended or passed their deadlines.

        Args:
            timeout: Seconds for all jobs together; by default no limit.
        """
        deadline = None if timeout is None else monotonic() + timeout
        with line_of(self.jobs).shown():
            for job in self.jobs:
                job.exception(None if deadline is None else max(0.0, deadline - monotonic()))
        return self

    @property
    def df(self) -> pd.DataFrame:
        """One row per job, as from `frame`; waits for the jobs, and measures their videos."""
        return self.wait().frame()

    @property
    def refused(self) -> pd.DataFrame:
        """The requests that could not be made, with the reasons in ``note``."""
        names = ("vendor", "kind", "face", "script", "note")
        rows = [{name: getattr(entry, name) for name in names} for entry in self._refused]
        return pd.DataFrame(rows, columns=list(names), dtype="string")

    def frame(self) -> pd.DataFrame:
        """Return one row per job, as it is now; see `lipsync_nb.compare.dataframe`."""
        records = [job.record for job in self.jobs]
        entries = [*map(_with_files, self.entries, self.jobs)]
        return comparison_frame(entries, records, self._prices, self._executor)

    def summary(self, rank_by: RankBy | None = None) -> pd.DataFrame:
        """Return one row per vendor and kind, best first: places, counts, preferences and medians.

        See `lipsync_nb.compare.summary.summary_of`.

        Args:
            rank_by: As for `Client.compare`; by default as the comparison is ranked.

        Raises:
            BadRequest: It cannot be ranked by this.
        """
        by = self._criteria(rank_by)
        return summary_of(self.df, self.preferences(), by)

    @property
    def votes(self) -> pd.DataFrame:
        """All votes on these jobs, with voter and time."""
        names = ["left_job", "right_job", "choice", "voter", "voted_at"]
        rows = [[getattr(vote, name) for name in names] for vote in self.cast_votes]
        frame = pd.DataFrame(rows, columns=names).astype({"voted_at": "float64"})
        times = pd.to_datetime(frame["voted_at"], unit="s", utc=True)
        return frame.astype(dict.fromkeys(names[:-1], "string")).assign(voted_at=times)

    def preferences(self) -> pd.DataFrame:
        """Return the Bradley-Terry strength of each vendor and kind, with its 95 % interval.

        It is empty if nobody has voted; see `lipsync_nb.compare.bradley_terry`.
        """
        contender = {entry.job: (entry.vendor, entry.kind) for entry in self.entries}
        ballots = [
            Ballot(contender[vote.left_job], contender[vote.right_job], SCORES[vote.choice])
            for vote in self.cast_votes
            if vote.choice in SCORES
        ]
        contenders = list(dict.fromkeys(contender.values())) if ballots else []
        return preferences(ballots, contenders).rename_axis(CONTENDER)

    def agreement(self) -> pd.DataFrame:
        """Compare every metric with the votes; see `lipsync_nb.compare.summary.agreements`.

        Raises:
            BadRequest: Nobody has voted.
        """
        strengths = self.preferences()
        if strengths.empty:
            raise BadRequest("nobody has voted yet; vote with comparison.vote()")
        return agreements(self.df, strengths, self.cast_votes)

    def best_first(
        self, face: str | None = None, script: str | None = None, rank_by: RankBy | None = None
    ) -> list[Job]:
        """Return the jobs that have a video, best first.

        Args:
            face: The name of a face; only its jobs are returned.
            script: The name of a script; only its jobs are returned.
            rank_by: As for `Client.compare`; by default as the comparison is ranked.

        Raises:
            BadRequest: They cannot be ranked by this.
        """
        by = self._criteria(rank_by)
        ranking = self.ranking(self.rows(face, script), by)
        return [self.client.job(job) for job in ranking.table.index]

    def rows(self, face: str | None = None, script: str | None = None) -> pd.DataFrame:
        """Return the rows of `df` of a face, a script or both; see `best_first`."""
        frame = self.df
        for column, wanted in (("face", face), ("script", script)):
            if wanted is not None:
                frame = frame[frame[column] == wanted]
        return frame

    def ranking(self, frame: pd.DataFrame, rank_by: Sequence[str] | None = None) -> Ranking:
        """Return the order of those jobs of some rows of `df` that have a video, by their ids."""
        videos = frame.dropna(subset="path").join(self.preferences(), on=CONTENDER)
        return rank(videos, ["job"], rank_by or self.rank_by)

    def _criteria(self, rank_by: RankBy | None) -> Sequence[str]:
        return self.rank_by if rank_by is None else read_rank_by(rank_by, self._prices)

    def label(self, job: Job, between: str = " · ") -> str:
        """Return the label of a job: its vendor, and what differs from the vendor's other jobs."""
        entry = next(entry for entry in self.entries if entry.job == job.id)
        same_vendor = [one for one in self.entries if one.vendor == entry.vendor]
        parts = [entry.vendor] + [
            getattr(entry, name)
            for name in ("kind", "face", "script", "repeat")
            if len({getattr(one, name) for one in same_vendor}) > 1
        ]
        return between.join(str(part) for part in parts if part is not None)

    @property
    def cast_votes(self) -> Sequence[Vote]:
        """The votes on these jobs, from all comparisons."""
        return self._store.votes({job.id for job in self.jobs})

    def keep_vote(self, vote: Vote) -> None:
        """Add a vote to the ledger."""
        self._store.vote(self.id, vote)


def _with_files(entry: Entry, job: Job) -> Entry:
    """Return an entry with the speech and the face of its job, as those that other jobs made."""
    if entry.speech_media and entry.face_media:
        return entry
    try:
        speech, face = sources_of(job)
    except LipSyncError as error:
        log.info("job %s is measured without what it was made from: %s", job.id, error)
        return entry
    return replace(
        entry,
        speech_media=entry.speech_media or (str(speech.path) if speech else None),
        face_media=entry.face_media or (str(face.path) if face else None),
    )
