"""Turn faces and scripts into requests: one for each vendor and kind that accepts them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any, Self

from lipsync_nb.compare.cases import Case, Script
from lipsync_nb.compare.speeches import PlannedSpeech, Speeches
from lipsync_nb.errors import BadRequest, Unsupported, line
from lipsync_nb.jobs.client import JobClient
from lipsync_nb.jobs.job import Job
from lipsync_nb.jobs.validation import request_of
from lipsync_nb.ledger.comparisons import Entry
from lipsync_nb.ledger.record import Record, joined
from lipsync_nb.media.audio import Audio
from lipsync_nb.media.media import Media
from lipsync_nb.media.talk import NeedsSpeech, Talk
from lipsync_nb.media.video import Video
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import Request


@dataclass(frozen=True, slots=True)
class CompareOptions:
    """The options of a comparison.

    Attributes:
        vendors: Names of the vendors.
        voices: By vendor, the voice that speaks texts, in the vendor's own terms.
        options: By vendor, further fields of its requests.
        repeats: How often each request is made.
        fresh: Whether jobs that were paid before are made and paid again.
    """

    vendors: tuple[str, ...]
    voices: Mapping[str, str]
    options: Mapping[str, Mapping[str, Any]]
    repeats: int = 1
    fresh: bool = False

    @classmethod
    def checked(
        cls,
        client: JobClient,
        vendors: Iterable[str] | None,
        voices: Mapping[str, str] | None,
        options: Mapping[str, Mapping[str, Any]] | None,
        *,
        repeats: int,
        fresh: bool,
    ) -> Self:
        """Return the options of `Client.compare`, checked.

        Raises:
            BadRequest: A vendor is unknown, or `repeats` is less than 1.
        """
        if repeats < 1:
            raise BadRequest(f"repeats={repeats}: expected 1 or more")
        named = [vendors] if isinstance(vendors, str) else vendors
        names = tuple(client.vendors if named is None else dict.fromkeys(named))
        arguments = {"vendors": names, "voices": voices or {}, "options": options or {}}
        for what, given in arguments.items():
            if odd := [name for name in given if name not in VENDORS]:
                known = ", ".join(VENDORS)
                raise BadRequest(
                    f"{what}: unknown vendor {line(', '.join(odd))}; the vendors are {known}"
                )
        return cls(names, voices or {}, options or {}, repeats, fresh)


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """One request of a plan.

    Attributes:
        entry: Its entry in the comparison.
        request: The request.
        record: Its row for the ledger, with the estimated cost.
        paid: Whether its job is in the ledger already.
        seconds: The length of its speech, seconds, if it is known or can be estimated.
        speech: The speech that it shares with others, if its text is spoken for it.
    """

    entry: Entry
    request: Request
    record: Record
    paid: bool
    seconds: float | None = None
    speech: PlannedSpeech | None = None

    def using(self, job: Job[Audio] | None) -> Request:
        """Return the request with the job of its speech, instead of the planned one."""
        if self.speech is None or job is None:
            return self.request
        planned, made = self.speech.reference, job.reference
        return self.request.replace_inputs(lambda each: made if each == planned else each)

    def noted(self, job: Job[Audio] | None = None) -> Entry:
        """Return the entry, which says what speech it shares.

        Args:
            job: The job of the speech, once there is one.
        """
        if self.speech is None:
            return self.entry
        shared = self.speech.note(job.id if job else None)
        return replace(self.entry, note=joined(self.entry.note, shared) or "")


def planned(
    client: JobClient, cases: list[Case], options: CompareOptions
) -> tuple[list[PlannedRequest], list[Entry]]:
    """Return the requests, and the entries that cannot be requested, with the reasons as notes.

    Equal requests for two cases, as of a vendor that takes no face, are made once.

    Raises:
        BadRequest: An option is no field of the vendor's request, or not a valid one.
        MissingCredentials: A vendor is not connected.
    """
    cases = [_with_stored_media(client, case) for case in cases]
    wanted = [
        (case, name, kind)
        for case in cases
        for name in options.vendors
        for kind in client.vendors[name].kinds
        if kind.makes() is Video
    ]
    speeches = Speeches(client, options.voices, fresh=options.fresh)
    items: list[PlannedRequest] = []
    refused: list[Entry] = []
    for repeat in range(1, options.repeats + 1):
        known: set[str] = set()
        for case, vendor, kind in wanted:
            entry = Entry(vendor, kind.kind(), case.face_name, case.script.name, repeat)
            try:
                request, speech = _request(vendor, kind, case, options, speeches)
                item = _item(client, entry, request, case, speech, fresh=options.fresh)
            except (Unsupported, BadRequest) as error:
                refused.append(replace(entry, note=str(error), repeat=1))
                continue
            if item.record.fingerprint not in known:
                known.add(item.record.fingerprint)
                items.append(item)
    return items, _shortened(refused, cases)


def _request(
    vendor: str, kind: type[Request], case: Case, options: CompareOptions, speeches: Speeches
) -> tuple[Request, PlannedSpeech | None]:
    """Return the request of a case, and the speech that is made for it, if any."""
    script, speech = case.script, None
    talk = Talk(case.face, script.speech, script.text, options.voices.get(vendor))
    try:
        request = kind.talking(talk)
    except NeedsSpeech as needed:
        speech = _speech(script, speeches, needed)
        request = kind.talking(replace(talk, speech=Media(speech.reference)))
    if fields := options.options.get(vendor):
        given = {name: getattr(request, name) for name in request.model_fields_set}
        request = kind(**{**given, **fields})
    is_used = speech is not None and speech.reference in request.inputs()
    return request, speech if is_used else None


def _speech(script: Script, speeches: Speeches, needed: NeedsSpeech) -> PlannedSpeech:
    if script.text is None:
        raise needed
    try:
        return speeches.of(script.text)
    except Unsupported as why:
        raise Unsupported(f"{needed}; {why}") from None


def _item(
    client: JobClient,
    entry: Entry,
    request: Request,
    case: Case,
    speech: PlannedSpeech | None,
    *,
    fresh: bool,
) -> PlannedRequest:
    with nullcontext() if speech is None else client.session.inputs.expecting(speech.record):
        record = client.session.check(request, fresh=fresh)
        seconds = _speech_seconds(client, record)
    reusable = client.ledger.reusable(record.fingerprint)
    paid = not fresh and len(reusable) >= entry.repeat
    used = _used(entry, request, case)
    return PlannedRequest(used, request, record, paid, seconds, speech)


def _speech_seconds(client: JobClient, record: Record) -> float | None:
    """Return the length of the speech of a request, or what its text lets expect."""
    media = request_of(record).media()
    sounds = [each for _, each, takes in media if "audio" in takes.kinds and takes.spoken]
    return client.validator.seconds_of(sounds[0]) if len(sounds) == 1 else None


def _used(entry: Entry, request: Request, case: Case) -> Entry:
    """Return the entry with the face and the speech that the request uses."""
    kinds = {kind for _, _, takes in request.media() for kind in takes.kinds}
    face = case.face if kinds & {"image", "video"} else None
    speech = case.script.speech if "audio" in kinds else None
    parts = (("figure", case.face, face), ("voice", case.script.speech, speech))
    own = [name for name, given, used in parts if given is not None and used is None]
    return replace(
        entry,
        face=entry.face if face else None,
        note=f"with a {' and a '.join(own)} of its own" if own else "",
        face_media=_path(face),
        speech_media=_path(speech),
    )


def _with_stored_media(client: JobClient, case: Case) -> Case:
    script, keep = case.script, client.validator.persisted
    speech = keep(script.speech) if script.speech else None
    face = keep(case.face) if case.face else None
    return Case(case.face_name, face, Script(script.name, speech, script.text))


def _shortened(refused: list[Entry], cases: list[Case]) -> list[Entry]:
    """Replace entries that are refused in all cases, for the same reason, by a single one."""
    count = Counter((entry.vendor, entry.kind, entry.note) for entry in dict.fromkeys(refused))
    shortened = (
        replace(entry, face=None, script=None)
        if count[entry.vendor, entry.kind, entry.note] == len(cases)
        else entry
        for entry in refused
    )
    return list(dict.fromkeys(shortened))


def _path(media: Media | None) -> str | None:
    return None if media is None or media.path is None else str(media.path)
