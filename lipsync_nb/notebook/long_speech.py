"""A long speech in a request: it is split, each part is a job, and their videos are joined."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Self

from lipsync_nb.errors import BadRequest
from lipsync_nb.files import LocalFile, own_folder
from lipsync_nb.jobs.client import JobClient
from lipsync_nb.jobs.job import Job
from lipsync_nb.ledger.details import Details
from lipsync_nb.media.audio import Audio
from lipsync_nb.media.media import Media, Takes
from lipsync_nb.media.video import Video
from lipsync_nb.notebook.field_spec import Spec, specs
from lipsync_nb.notebook.file_extensions import EXTENSIONS
from lipsync_nb.notebook.form_code import call_code, python, request_name
from lipsync_nb.status import Cost, JobStatus
from lipsync_nb.vendors.base import Display, Field, Model, Request

FOLDER = "parts"
"""The folder in the package's own that has the parts of speeches, and the clips for them."""


class LongSpeech(Model):
    """How a long speech is split."""

    longest: Annotated[float, Field(ge=1), Display(label="Longest part", unit="s")]
    """Seconds of a part at most. It is cut in pauses only. Each part is a job, and is paid."""


LONG = Spec(
    "long",
    "Split a long speech",
    "Each part is a job. A clip is looped, and the videos are joined when all are done.",
    LongSpeech,
    required=False,
    optional=True,
)
"""The part of a form with it."""


def speech_field(kind: type[Request]) -> str | None:
    """Return the field that takes what is said in a video; ``None`` without a single one."""
    return _only(kind, "audio", lambda takes: takes.spoken) if kind.makes() is Video else None


def clip_field(kind: type[Request]) -> str | None:
    """Return the field that takes a clip of the face; ``None`` without a single one."""
    return _only(kind, "video", lambda takes: takes.faces > 0)


@dataclass(frozen=True)
class Parts:
    """A request whose speech is split.

    Attributes:
        request: The request for the whole speech.
        speech: The path of the speech.
        speeches: Its parts.
    """

    request: Request
    speech: LocalFile
    speeches: tuple[Audio, ...]

    @classmethod
    def of(cls, client: JobClient, request: Request, longest: float) -> Self:
        """Split the speech of a request; a job that makes it is waited for.

        Raises:
            BadRequest: The speech is no file here, or cannot be split.
            LipSyncError: The job that makes it has no result.
        """
        from lipsync_nb.editing.split import split  # noqa: PLC0415 - needs PyAV

        name = speech_field(type(request))
        if name is None or (media := getattr(request, name)) is None:
            raise BadRequest("there is no single speech to split")
        speech = _local(client, media)
        folder = own_folder(FOLDER) / speech.digest
        return cls(request, speech, tuple(split(speech.path, longest, folder=folder)))

    def requests(self, clips: Iterable[Media] | None = None) -> list[Request]:
        """Return a request for each part.

        Args:
            clips: The clip for each part; by default that of the request for all.
        """
        kind = type(self.request)
        given = {name: getattr(self.request, name) for name in self.request.model_fields_set}
        said, shown = str(speech_field(kind)), str(clip_field(kind))
        faces = [{}] * len(self.speeches) if clips is None else [{shown: clip} for clip in clips]
        return [
            kind.build(**{**given, said: Media(part.path), **face})
            for part, face in zip(self.speeches, faces, strict=True)
        ]

    def looped(self, client: JobClient) -> list[Request]:
        """Return a request for each part. A clip goes on in each where the last one ended."""
        from lipsync_nb.editing.loop import loop  # noqa: PLC0415 - needs PyAV

        name = clip_field(type(self.request))
        media = None if name is None else getattr(self.request, name)
        if media is None or media.url is not None:
            return self.requests()
        clip = _local(client, media)
        if not clip.mime.startswith("video/"):
            return self.requests()
        folder = own_folder(FOLDER) / self.speech.digest / clip.digest
        made = loop(clip.path, list(self.speeches), folder)
        return self.requests(Media(video.path) for video in made)

    def submit(self, client: JobClient, details: Details, *, fresh: bool) -> "SplitJob":
        """Submit a job for each part, all or none. Their titles have the number of the part."""
        title, count = details.title or self.speech.path.stem, len(self.speeches)
        said = [
            replace(details, title=f"{title}, part {number} of {count}")
            for number in range(1, count + 1)
        ]
        jobs = client.enter(zip(self.looped(client), said, strict=True), fresh=fresh)
        return SplitJob(client, jobs, self.speeches, self.speech.path.stem)


class SplitJob:
    """The jobs of the parts of a speech.

    Args:
        client: The client that has them.
        jobs: The jobs, in the order of the parts.
        speeches: The parts.
        name: The name of the speech.
    """

    def __init__(
        self, client: JobClient, jobs: Iterable[Job], speeches: Iterable[Audio], name: str
    ) -> None:
        self._client, self._ids = client, [job.id for job in jobs]
        self._speeches = list(speeches)
        self._name = name

    @property
    def jobs(self) -> list[Job]:
        """The job of each part. One that was resubmitted is the one that replaces it."""
        session = self._client.session
        return [Job(session, session.inputs.last(job_id).id) for job_id in self._ids]

    @property
    def failed(self) -> list[Job]:
        """The jobs that have ended without a result, or are lost."""
        return [job for job in self.jobs if job.record.resubmittable]

    @property
    def is_made(self) -> bool:
        """Whether all parts have their videos."""
        return all(job.status is JobStatus.succeeded and job.video for job in self.jobs)

    def resubmit(self) -> list[Job]:
        """Submit the failed parts again; **this may cost money again**."""
        return [job.resubmit() for job in self.failed]

    def join(self) -> Video:
        """Join the videos of all parts into one, which is put among the results."""
        from lipsync_nb.editing.join import join  # noqa: PLC0415 - needs PyAV

        path = self._client.results / f"{self._name}-{self._ids[0]}-joined.mp4"
        return join(self.jobs, path, speeches=self._speeches)


def estimate(client: JobClient, request: Request, longest: float) -> Cost | None:
    """Return what all parts cost together; ``None`` if it is not known, or not yet."""
    media = getattr(request, str(speech_field(type(request))))
    if media is not None and media.job is not None and not client.job(media.job.id).done():
        return None
    parts = Parts.of(client, request, longest)
    costs = [client.estimate(each) for each in parts.requests()]
    if None in costs or len({cost.unit for cost in costs if cost}) != 1:
        return None
    known = [cost for cost in costs if cost]
    least = sum(cost.amount if cost.at_least is None else cost.at_least for cost in known)
    most = sum(cost.amount for cost in known)
    return replace(known[0], amount=most, at_least=least if least < most else None)


def code_for_parts(
    kind: type[Request], values: Mapping[str, Any], longest: float, details: Mapping[str, Any]
) -> str:
    """Return the Python that splits the speech, submits its parts, and joins their videos."""
    said, shown = str(speech_field(kind)), str(clip_field(kind))
    speech, clip = python(values.get(said, "")), values.get(shown)
    is_clip = isinstance(clip, Media) and clip.suffix in EXTENSIONS["video"]
    lines = [f"parts = ls.split({speech}, longest={longest:g})"]
    lines += [f"clips = ls.loop({python(clip)}, parts)"] if is_clip else []
    names = {said: "part"} | ({shown: "clip"} if is_clip else {})
    more = "".join(f"    {field}={name},\n" for field, name in names.items())
    others = {field: value for field, value in values.items() if field not in names}
    request = call_code(request_name(kind), others, more).replace("\n", "\n    ")
    loop = "part, clip in zip(parts, clips)" if is_clip else "part in parts"
    project = f", project={python(details['project'])}" if details.get("project") else ""
    lines += [f"jobs = client.map([\n    {request}\n    for {loop}\n]{project})"]
    return "\n".join([*lines, "video = ls.join(jobs, speeches=parts)"])


def _only(kind: type[Request], medium: str, suits: Any) -> str | None:
    found = [
        spec.name
        for spec in specs(kind)
        if spec.holds is Media
        and (takes := spec.about(Takes)) is not None
        and medium in takes.kinds
        and suits(takes)
    ]
    return found[0] if len(found) == 1 else None


def _local(client: JobClient, media: Media) -> LocalFile:
    from lipsync_nb.jobs.results import local_path  # noqa: PLC0415 - needs PyAV

    given = media if media.job is None else client.job(media.job.id)
    return LocalFile.of(local_path(given, "the speech or the clip"))
