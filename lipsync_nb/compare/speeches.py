"""Speeches of texts, for the vendors of a comparison that take a sound only.

A text is spoken once, by a vendor that can, and all of them are given the same sound.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lipsync_nb.errors import BadRequest, LipSyncError, Unsupported, line
from lipsync_nb.jobs.client import JobClient
from lipsync_nb.jobs.job import Job
from lipsync_nb.ledger.record import Record
from lipsync_nb.media.audio import Audio
from lipsync_nb.media.reference import JobReference
from lipsync_nb.vendors.base import Request


@dataclass(frozen=True, slots=True)
class PlannedSpeech:
    """A speech that requests of a plan share.

    Attributes:
        request: The request for it.
        record: Its row in the ledger, or the one that it would get.
        paid: Whether its job is in the ledger already.
    """

    request: Request[Audio]
    record: Record
    paid: bool

    @property
    def reference(self) -> JobReference:
        """The reference to its job, as the requests hold it."""
        return JobReference(self.record.id, self.record.makes, self.record.vendor)

    def note(self, job_id: str | None = None) -> str:
        """Return what the row of a request that uses it says.

        Args:
            job_id: The id of its job; by default that in the ledger, if it is there.
        """
        known = job_id or (self.record.id if self.paid else "")
        name = " ".join(filter(None, [self.record.vendor, self.record.kind, known]))
        return f"speech: {name}, shared"


class Speeches:
    """Plans the speech of each text.

    Args:
        client: The client that will submit them.
        voices: By vendor, the voice that speaks texts.
        fresh: Whether speeches that were paid before are made and paid again.
    """

    def __init__(self, client: JobClient, voices: Mapping[str, str], *, fresh: bool) -> None:
        self._client = client
        self._voices = voices
        self._fresh = fresh
        self._planned: dict[str, PlannedSpeech] = {}

    def of(self, text: str) -> PlannedSpeech:
        """Return the speech of a text, by the first connected vendor that can speak it.

        Raises:
            Unsupported: No vendor can; the text says what is missing.
        """
        if text not in self._planned:
            self._planned[text] = self._plan(text)
        return self._planned[text]

    def _plan(self, text: str) -> PlannedSpeech:
        reasons: list[str] = []
        for vendor, kind in self._speakers():
            if (voice := self._voices.get(vendor)) is None:
                reasons.append(f'voices={{"{vendor}": …}} would have {vendor} speak the text')
                continue
            try:
                return self._checked(kind.speaking(text, voice))
            except (Unsupported, BadRequest) as error:
                reasons.append(f"{vendor} cannot speak the text: {error}")
        why = "; ".join(dict.fromkeys(reasons)) or "no connected vendor can speak the text"
        raise Unsupported(why)

    def _speakers(self) -> Iterator[tuple[str, type[Request]]]:
        for name, vendor in self._client.vendors.items():
            for kind in vendor.kinds:
                if kind.makes() is Audio:
                    yield name, kind

    def _checked(self, request: Request[Audio]) -> PlannedSpeech:
        record = self._client.session.check(request, fresh=self._fresh)
        found = [] if self._fresh else self._client.ledger.reusable(record.fingerprint)
        return PlannedSpeech(request, found[0] if found else record, bool(found))


class SubmittedSpeeches:
    """Submits the speeches of a plan, each once.

    Args:
        client: The client.
        fresh: Whether they are made and paid again.
    """

    def __init__(self, client: JobClient, *, fresh: bool) -> None:
        self._client = client
        self._fresh = fresh
        self._jobs: dict[str, Job[Audio]] = {}

    def job_for(self, user: Record, speech: PlannedSpeech | None) -> Job[Audio] | None:
        """Return the job of the speech that a request uses; ``None`` if it uses none.

        Args:
            user: The row that the request would get.
            speech: The speech.

        Raises:
            BudgetExceeded: The request exceeds a budget, so that no speech is made for it.
            LipSyncError: The speech could not be submitted.
        """
        if speech is None:
            return None
        if speech.record.id not in self._jobs:
            if not speech.paid:
                self._client.session.refuse_over_budget(user)
            try:
                job = self._client.submit(speech.request, fresh=self._fresh)
            except LipSyncError as error:
                why = f"its speech was not submitted: {line(str(error))}"
                raise LipSyncError(f"{why}; nothing was paid") from error
            self._jobs[speech.record.id] = job
        return self._jobs[speech.record.id]
