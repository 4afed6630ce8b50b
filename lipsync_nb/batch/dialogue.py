"""Several speakers: a job for each line of a dialogue, and their videos as one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias

from lipsync_nb.batch.batch import Batch, submit
from lipsync_nb.batch.cells import as_text, is_empty, value_of
from lipsync_nb.batch.columns import LIKENESS, Columns, kind_of
from lipsync_nb.batch.fields import Field, fields_of, names_of, normal, sound_of, text_of
from lipsync_nb.batch.plan import Plan
from lipsync_nb.batch.planner import Planner
from lipsync_nb.batch.table import Row, Rows, read_table
from lipsync_nb.batch.wanted import Wanted, details_of, nested
from lipsync_nb.errors import BadRequest, LipSyncError, line
from lipsync_nb.jobs.client import JobClient
from lipsync_nb.media.audio import Audio
from lipsync_nb.media.media import Media
from lipsync_nb.media.video import Video
from lipsync_nb.vendors.base import Request

Speakers: TypeAlias = "Mapping[str, Mapping[str, Any]] | Rows"
"""By name, the fields of each speaker's requests, with ``kind``; or a table of them."""
LINE = {
    "speaker": ("speaker", "name", "说话人", "角色"),
    "text": ("text", "line", "文本", "台词"),
    "speech": ("speech", "audio", "sound", "语音", "音频"),
}
"""The columns of the lines, and the other names by which they go."""
SPEECH = "speech"
"""The entry of a speaker that says by which request texts are spoken; also the beginning of the
columns of a table that say it, such as ``speech.voice``."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who says lines.

    Attributes:
        name: The name.
        kind: The kind of the requests for the videos.
        values: The values of their fields, by dotted paths.
        speech: The kind of the requests for the sounds of texts, if they are made first.
        speech_values: The values of the fields of these.
    """

    name: str
    kind: type[Request]
    values: Mapping[str, Any]
    speech: type[Request] | None
    speech_values: Mapping[str, Any]

    @classmethod
    def of(cls, name: str, given: Mapping[str, Any], folders: list[Path]) -> "Speaker":
        """Read what is given of a speaker; `BadRequest` if something is no field."""
        where = f'speakers["{line(name)}"]'
        _refuse_no_fields(given, where)
        given = {key: value for key, value in given.items() if not is_empty(value)}
        kind = _kind(given, where)
        own = {key: value for key, value in given.items() if normal(key) not in {"kind", SPEECH}}
        parts = {key: value for key, value in own.items() if normal(key).startswith(f"{SPEECH}.")}
        own = {key: value for key, value in own.items() if key not in parts}
        of_speech = {key.partition(".")[2]: value for key, value in parts.items()}
        whole: Mapping[str, Any] = next((v for k, v in given.items() if normal(k) == SPEECH), {})
        _refuse_no_fields(whole, f'{where}["{SPEECH}"]')
        of_speech |= whole
        values = _values(kind, own, folders, where)
        if not of_speech:
            return cls(name, kind, values, None, {})
        where += f'["{SPEECH}"]'
        speech = _kind(of_speech, where)
        if speech.makes() is not Audio:
            raise BadRequest(f"{where}: {speech.kind()} makes no sound of a text")
        of_speech = {key: value for key, value in of_speech.items() if normal(key) != "kind"}
        return cls(name, kind, values, speech, _values(speech, of_speech, folders, where))

    def wanted(self, row: Row, said: "Said", folders: list[Path]) -> Wanted:
        """Return the request for a line.

        Raises:
            BadRequest: The request takes no such line.
            ValueError: Its sound is not there.
        """
        sound, name = sound_of(self.kind), f"{self.kind.vendor}.{self.kind.kind()}"
        if said.speech is not None:
            if sound is None:
                raise BadRequest(f"{name} takes no speech; give a text")
            value = value_of(said.speech, sound, folders)
            return Wanted(row, self.kind, self._with(sound, value), said.details)
        if self.speech is not None and sound is not None:
            own, speech = self._with(sound, None), self._speech(said)
            return Wanted(row, self.kind, own, said.details, speech, sound.path)
        text = self._text_field()
        if text is None:
            entry = f'speakers["{self.name}"]["speech"] = {{"kind": …, "voice": …}}'
            raise BadRequest(f"{name} takes no text; {entry} has it spoken first")
        value = value_of(said.text, text, folders)
        return Wanted(row, self.kind, self._with(text, value), said.details)

    def _with(self, field: Field, value: Any) -> dict[str, Any]:
        """Return the values with what is said, without those for another way to say it."""
        chosen = field.path.partition(".")[0]
        others = set(self.kind.exactly_one) - {chosen} if chosen in self.kind.exactly_one else set()
        own = {k: v for k, v in self.values.items() if k.partition(".")[0] not in others}
        return {**own, field.path: value}

    def _speech(self, said: "Said") -> Request:
        assert self.speech is not None  # noqa: S101 - see the caller
        return self.speech(**nested({**self.speech_values, "text": as_text(said.text)}))

    def _text_field(self) -> Field | None:
        """Return the field for the text; of several, that beside the fields which are given."""
        if (only := text_of(self.kind)) is not None:
            return only
        beside = {path.rpartition(".")[0] for path in self.values}
        texts = [each for each in fields_of(self.kind) if each.path.endswith(".text")]
        found = [each for each in texts if each.path.rpartition(".")[0] in beside]
        return found[0] if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class Said:
    """What a line says: a text, or a sound."""

    text: Any
    speech: Any
    details: Any


class Dialogue(Batch):
    """The jobs of the lines of a dialogue, in the order of the lines; see `Client.dialogue`.

    Attributes:
        path: Where `join` puts the video, unless it is told otherwise.
    """

    path: str | PathLike[str] | None = None

    def join(self, path: str | PathLike[str] | None = None) -> Video:
        """Wait for the videos of all lines, and join them in the order of the lines.

        Args:
            path: Where the video is put; by default at the ``path`` of `Client.dialogue`, or else
                beside the first line's video.

        Raises:
            LipSyncError: A line has no video; the text names it, and says why.
        """
        self.wait()
        wrong = [
            f"{row.name}: {job.exception()}"
            for row, job in zip(self.table.rows, self.jobs, strict=True)
            if job.made is None
        ]
        if wrong:
            head = f"{len(wrong)} of {len(self.jobs)} lines have no video"
            raise LipSyncError("\n  ".join([head, *wrong]))
        from lipsync_nb.editing.join import join  # noqa: PLC0415 - needed only here

        joined: Video = join(self.jobs, path or self.path)
        return joined


def submit_lines(
    client: JobClient,
    lines: Rows,
    speakers: Speakers,
    key: str | None = None,
    *,
    columns: Mapping[str, str | None] | None = None,
    sheet: str | None = None,
    encoding: str | None = None,
    retry_failed: bool = False,
    confirm: bool | None = None,
    confirm_above: float | None = 0.0,
    project: str | None = None,
    fresh: bool = False,
) -> Dialogue:
    """Submit the lines of a dialogue; see `Client.dialogue`."""
    client.session.refuse_closed()
    table = read_table(lines, key, sheet, encoding)
    known = read_speakers(speakers, table.folders)
    found = Columns.of(table, columns)
    named = _line_columns(found)
    wrong: list[tuple[str, str]] = []
    wanted = list(_wanted(found, named, known, wrong, project or client.project))
    used = {*named.values(), *found.own, table.key}
    unused = dict.fromkeys(name for name in table.columns if name not in used)
    planner = Planner.of(client, table, retry_failed=retry_failed, fresh=fresh)
    plan = Plan(planner.plan(wanted, wrong), unused, "dialogue", guessed=table.guessed)
    table = table.using(named.values())
    plan.confirm(confirm, confirm_above)
    return Dialogue(client, table, plan, submit(client, plan, fresh=fresh))


def read_speakers(speakers: Speakers, folders: list[Path]) -> dict[str, Speaker]:
    """Return the speakers by their names.

    Raises:
        BadRequest: There is none, one is named twice, or something is no field of a request.
    """
    if isinstance(speakers, Mapping):
        given = {str(name): fields for name, fields in speakers.items()}
    else:
        table = read_table(speakers)
        column = _named({name: name for name in table.columns}, LINE["speaker"])
        if column is None:
            raise BadRequest("speakers: the table needs a column speaker")
        folders = [*table.folders[:-1], *folders]
        given = {}
        for row in table.rows:
            name = as_text(row.cells.get(column, "")).strip()
            if not name or name in given:
                raise BadRequest(f"speakers: {row.name} has no name, or that of another one")
            given[name] = {k: v for k, v in row.cells.items() if k not in {column, table.key}}
    if not given:
        raise BadRequest("speakers: give at least one")
    return {name: Speaker.of(name, fields, folders) for name, fields in given.items()}


def _wanted(
    columns: Columns,
    named: Mapping[str, str],
    speakers: Mapping[str, Speaker],
    wrong: list[tuple[str, str]],
    project: str | None,
) -> Iterator[Wanted]:
    folders = columns.table.folders
    for row in columns.table.rows:
        try:
            cells = {what: row.cells.get(name) for what, name in named.items()}
            speaker = _speaker(cells.get("speaker"), speakers)
            said = Said(cells.get("text"), cells.get("speech"), details_of(columns, row, project))
            if said.text is None and said.speech is None:
                raise BadRequest("it has neither a text nor a speech")
            yield speaker.wanted(row, said, folders)
        except ValueError as error:
            wrong.append((row.name, str(error)))


def _speaker(cell: Any, speakers: Mapping[str, Speaker]) -> Speaker:
    name = "" if cell is None else as_text(cell).strip()
    if name not in speakers:
        known = ", ".join(speakers)
        raise BadRequest(f"speaker {line(repr(name))}: the speakers are {line(known)}")
    return speakers[name]


def _line_columns(columns: Columns) -> dict[str, str]:
    """Return the column of the speaker, of the text and of the speech."""
    table = columns.table
    named = {name: columns.meant(name) for name in table.columns}
    found = {what: _named(named, names) for what, names in LINE.items()}
    if found["speaker"] is None or not (found["text"] or found["speech"]):
        known = line(", ".join(table.columns))
        wanted = "columns speaker, and text or speech"
        raise BadRequest(f"lines: {wanted} are needed; the columns are {known}")
    return {what: name for what, name in found.items() if name is not None}


def _named(columns: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    """Return the column that goes by one of some names, of which the first count first.

    Args:
        columns: What each column goes by.
        names: The names.
    """
    for wanted in names:
        for column, name in columns.items():
            if normal(name) == wanted:
                return column
    return None


def _refuse_no_fields(given: Any, where: str) -> None:
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        what = "expected the fields of a request, with its kind"
        raise BadRequest(f"{where}: {line(repr(given))}: {what}")


def _kind(given: Mapping[str, Any], where: str) -> type[Request]:
    kind = next((value for key, value in given.items() if normal(key) == "kind"), None)
    vendor = next((value for key, value in given.items() if normal(key) == "vendor"), None)
    if kind is None:
        raise BadRequest(f"{where}: give its kind, such as ls.chanjing.LipSync")
    try:
        return kind_of(kind, vendor)
    except BadRequest as error:
        raise BadRequest(f"{where}: {error}") from None


def _values(
    kind: type[Request], given: Mapping[str, Any], folders: list[Path], where: str
) -> dict[str, Any]:
    names, values = names_of(kind), {}
    for name, value in given.items():
        if normal(name) == "vendor":
            continue
        field = names.get(normal(name))
        if field is None:
            close = get_close_matches(normal(name), names, 1, LIKENESS)
            meant = f"; did you mean {names[close[0]].path}?" if close else ""
            raise BadRequest(f"{where}: {kind.kind()} has no field {line(repr(name))}{meant}")
        try:
            plain = value if isinstance(value, Media) else value_of(value, field, folders)
        except ValueError as error:
            raise BadRequest(f"{where}: {kind.kind()}.{field.path}: {error}") from None
        values[field.path] = plain
    return values
