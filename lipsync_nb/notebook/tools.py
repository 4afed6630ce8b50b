"""The tools that a form offers: each is a model of one call, which costs nothing.

To add one, write its class here and put it into `TOOLS`. Its fields are the arguments of the call.
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from lipsync_nb.jobs.client import JobClient
from lipsync_nb.jobs.results import FileLike
from lipsync_nb.media.media import Media, Takes
from lipsync_nb.notebook.form_code import call_code, python
from lipsync_nb.notebook.path_field import LocalPath
from lipsync_nb.vendors.base import Display, Field, Model, NonBlank

SOUND = Takes(("audio", "video"))
CLIP = Takes(("video",))
FONT = LocalPath((".otf", ".ttc", ".ttf"))
SUBTITLES = LocalPath((".srt", ".vtt"))
LONGEST_S = 30.0
"""Seconds of a part at most, as `split` has it."""
NAMES = "{date:%Y-%m-%d}_{key}_{title}"
"""How exported files are named, as `Client.export` has it."""

Side = Annotated[int, Field(ge=64, le=4096), Display(unit="px")]
"""The width or the height of a clip, as `fit` takes it."""
Result = Annotated[str | None, LocalPath(), Display(label="Result")]
"""The path of what is made."""


class Tool(Model):
    """A call, whose arguments are the fields.

    Attributes:
        heading: What a form is called that has it.
        verb: What its button says.
        call: What is called, as Python names it.
    """

    heading: ClassVar[str]
    verb: ClassVar[str]
    call: ClassVar[str]

    @classmethod
    def code(cls, values: Mapping[str, Any]) -> str:
        """Return the Python that does it, with the values that differ from the defaults."""
        return call_code(cls.call, values)

    def arguments(self, client: JobClient) -> dict[str, Any]:
        """Return the arguments of the call; a job's result by its job."""
        return {
            name: _argument(getattr(self, name), client)
            for name in type(self).model_fields
            if name in self.model_fields_set
        }

    @abstractmethod
    def run(self, client: JobClient) -> Any:
        """Make the call. Jobs whose results it uses are waited for.

        Args:
            client: The client that has the jobs.

        Returns:
            A `Video`, an `Audio`, the path of a file or folder, or a list of these.
        """


class SplitSpeech(Tool):
    """A long speech is cut in its pauses only. A job can then be made of each part."""

    heading, verb, call = "Split a speech", "Split", "ls.split"

    speech: Annotated[Media, SOUND]
    """A sound, or a clip with sound."""
    longest: Annotated[float, Field(ge=1), Display(label="Longest part", unit="s")] = LONGEST_S
    """Seconds of a part at most. lipsync.studio bills at least 5 s of each part."""
    folder: Annotated[str | None, LocalPath()] = None
    """Where the parts are put; by default in a folder beside the speech."""

    def run(self, client: JobClient) -> Any:
        """Cut it; see `lipsync_nb.split`."""
        from lipsync_nb.editing.split import split  # noqa: PLC0415 - needs PyAV

        return split(**self.arguments(client))


class LoopClip(Tool):
    """A clip is made as long as a speech: it is played forwards and backwards in turn."""

    heading, verb, call = "Loop a clip", "Loop", "ls.loop"
    exactly_one = ("speech", "seconds")

    clip: Annotated[Media, Takes(("video", "image"))]
    """A clip, or a picture."""
    speech: Annotated[Media | None, SOUND] = None
    """The clip becomes as long as this sound."""
    seconds: Annotated[float | None, Field(gt=0), Display(unit="s")] = None
    """The length of the result."""
    path: Result = None
    """By default it is put beside the clip."""

    @classmethod
    def code(cls, values: Mapping[str, Any]) -> str:
        """Return the Python: the length is a number or a speech."""
        return call_code(cls.call, _renamed(values, "speech", "seconds"))

    def run(self, client: JobClient) -> Any:
        """Make it; see `lipsync_nb.loop`."""
        from lipsync_nb.editing.loop import loop  # noqa: PLC0415 - needs PyAV

        return loop(**_renamed(self.arguments(client), "speech", "seconds"))


class JoinVideos(Tool):
    """Videos become one, with a short crossfade of their sound. They get the first one's size."""

    heading, verb, call = "Join videos", "Join", "ls.join"

    videos: Annotated[list[Annotated[Media, CLIP]], Field(min_length=1), Display(label="Video")]
    """In the order in which they are shown."""
    path: Result = None
    """By default it is put beside the first one."""

    def run(self, client: JobClient) -> Any:
        """Join them; see `lipsync_nb.join`."""
        from lipsync_nb.editing.join import join  # noqa: PLC0415 - needs PyAV

        return join(**self.arguments(client))


class WriteSubtitles(Tool):
    """Subtitles of a speech whose words are known, as SRT or WebVTT. Nothing is recognised."""

    heading, verb, call = "Write subtitles", "Write", "ls.subtitles"

    speech: Annotated[Media, SOUND]
    """A sound, or a clip with sound."""
    path: Annotated[NonBlank, LocalPath(), Display(label="Subtitles")]
    """The file that is written: its ending is ``.srt`` or ``.vtt``."""
    text: Annotated[str | None, Display(lines=4)] = None
    """What is said, with its punctuation. It is not needed for a job that speaks a text."""
    language: Literal["zh", "en"] | None = None
    """Which lengths of lines are used; by default Chinese ones if any of the text is Chinese."""

    @classmethod
    def code(cls, values: Mapping[str, Any]) -> str:
        """Return the Python: the subtitles are made, and written."""
        others = {name: value for name, value in values.items() if name != "path"}
        return f"{call_code(cls.call, others)}.write({python(values.get('path', ''))})"

    def run(self, client: JobClient) -> Any:
        """Write them; see `lipsync_nb.subtitles`."""
        from lipsync_nb.editing.subtitles import subtitles  # noqa: PLC0415 - needs PyAV

        arguments = self.arguments(client)
        path = arguments.pop("path")
        return subtitles(**arguments).write(path)


class BurnIn(Tool):
    """Subtitles are drawn into the picture. The sound is not changed."""

    heading, verb, call = "Burn in subtitles", "Burn in", "ls.burn_in"

    video: Annotated[Media, CLIP]
    """A clip."""
    subtitles: Annotated[NonBlank, SUBTITLES]
    """A file of SRT or WebVTT."""
    position: Literal["bottom", "middle", "top"] = "bottom"
    """Where they stand in the picture."""
    size: Annotated[int | None, Field(gt=0), Display(unit="px")] = None
    """The size of the letters; by default it suits the picture."""
    font: Annotated[str | None, FONT] = None
    """A font; by default that of the extra ``sandbox``, which has Chinese."""
    path: Result = None
    """By default it is put beside the clip."""

    def run(self, client: JobClient) -> Any:
        """Draw them; see `lipsync_nb.burn_in`."""
        from lipsync_nb.editing.burn_in import burn_in  # noqa: PLC0415 - needs PyAV

        return burn_in(**self.arguments(client))


class ChangeSize(Tool):
    """A clip gets another size: it is cropped to the face, or gets borders."""

    heading, verb, call = "Change the size", "Change", "ls.fit"

    video: Annotated[Media, CLIP]
    """A clip."""
    width: Side = 1080
    """The width of the result."""
    height: Side = 1920
    """The height of the result."""
    how: Annotated[
        Literal["crop", "pad"],
        Display(label="Fit", options={"crop": "Crop to the face", "pad": "Add borders"}),
    ] = "crop"
    """Whether a part of the picture is shown, or all of it with borders."""
    fill: Annotated[NonBlank, Display(label="Borders")] = "blur"
    """``blur``, a colour such as ``#101010``, or the path of a picture."""
    path: Result = None
    """By default it is put beside the clip."""

    @classmethod
    def code(cls, values: Mapping[str, Any]) -> str:
        """Return the Python, which always names the size."""
        size = {name: values.get(name, cls.model_fields[name].default) for name in SIDES}
        return call_code(cls.call, {**values, **size})

    def run(self, client: JobClient) -> Any:
        """Make it; see `lipsync_nb.fit`."""
        from lipsync_nb.editing.fit import fit  # noqa: PLC0415 - needs PyAV

        size = {name: getattr(self, name) for name in SIDES}
        return fit(**self.arguments(client) | size)


class LabelAI(Tool):
    """A clip is labelled as made by AI, as Chinese rules ask: in its metadata, and to be seen."""

    heading, verb, call = "Label as AI-generated", "Label", "ls.label_ai"

    video: Annotated[Media, CLIP]
    """A clip."""
    producer: NonBlank
    """Who makes it: the name or the code of a company or a person, as the label has it."""
    produce_id: Annotated[str | None, Display(label="Number")] = None
    """The producer's number of the clip; by default the beginning of its SHA-256."""
    text: Annotated[NonBlank, Display(label="Label")] = "AI生成"
    """What is to be seen."""
    show: Annotated[
        Literal["start", "always", "never"],
        Display(options={"start": "At the start", "always": "Always", "never": "Never"}),
    ] = "start"
    """When it is to be seen. It is in the metadata in any case."""
    position: Literal["top left", "top right", "bottom left", "bottom right"] = "top left"
    """The corner where it is to be seen."""
    path: Result = None
    """By default it is put beside the clip."""

    @classmethod
    def code(cls, values: Mapping[str, Any]) -> str:
        """Return the Python, in which ``None`` is never."""
        return call_code(cls.call, _never_is_none(values))

    def run(self, client: JobClient) -> Any:
        """Label it; see `lipsync_nb.label_ai`."""
        from lipsync_nb.editing.label_ai import label_ai  # noqa: PLC0415 - needs PyAV

        return label_ai(**_never_is_none(self.arguments(client)))


class Export(Tool):
    """The results of jobs are copied into a folder or a zip, with their table."""

    heading, verb, call = "Export results", "Export", "client.export"

    path: Annotated[NonBlank, LocalPath(), Display(label="Folder or zip")] = "export"
    """A folder, or a file whose ending is ``.zip``."""
    project: str | None = None
    """Only the jobs of this project; by default all that have a file."""
    names: NonBlank = NAMES
    """How the files are named, by date, key, title, project, vendor, kind and id."""
    sidecar: Annotated[bool, Display(label="With a file on how each was made")] = False
    """Beside each result, a JSON file has its request, seed, cost and versions."""

    @classmethod
    def code(cls, values: Mapping[str, Any]) -> str:
        """Return the Python, in which a query selects the jobs of a project."""
        others = {name: value for name, value in values.items() if name != "project"}
        if (project := values.get("project")) is None:
            return call_code(cls.call, others)
        query = python(f"project == {project!r}")
        jobs = f"    jobs=client.jobs.query({query}),\n"
        return call_code(cls.call, others, jobs)

    def run(self, client: JobClient) -> Any:
        """Copy them; see `Client.export`."""
        arguments = self.arguments(client)
        if (project := arguments.pop("project", None)) is not None:
            jobs = client.jobs
            arguments["jobs"] = jobs[jobs["project"] == project]
        return client.export(**arguments)


SIDES = ("width", "height")
TOOLS: tuple[type[Tool], ...] = (
    SplitSpeech,
    LoopClip,
    JoinVideos,
    WriteSubtitles,
    BurnIn,
    ChangeSize,
    LabelAI,
    Export,
)
"""The tools, in the order in which they are offered."""


def _argument(value: Any, client: JobClient) -> Any:
    if isinstance(value, list):
        return [_argument(each, client) for each in value]
    return _file(value, client) if isinstance(value, Media) else value


def _file(media: Media, client: JobClient) -> FileLike:
    return media if media.job is None else client.job(media.job.id)


def _never_is_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: None if value == "never" else value for name, value in values.items()}


def _renamed(values: Mapping[str, Any], name: str, new: str) -> dict[str, Any]:
    return {new if each == name else each: value for each, value in values.items()}
