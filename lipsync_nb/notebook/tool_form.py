"""The form of a tool, which runs it in a thread and shows what it makes; and all of them."""

import re
from collections.abc import Iterator
from html import escape
from os import PathLike
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from lipsync_nb.errors import BadRequest
from lipsync_nb.jobs.client import JobClient
from lipsync_nb.media.audio import Audio
from lipsync_nb.media.media import Media, Takes
from lipsync_nb.media.video import Video
from lipsync_nb.notebook import jupyter
from lipsync_nb.notebook.assets import style
from lipsync_nb.notebook.batch_form import HEADING, BatchForm
from lipsync_nb.notebook.callbacks import Once, in_thread
from lipsync_nb.notebook.form_choice import FormChoice
from lipsync_nb.notebook.form_footer import StatusLine
from lipsync_nb.notebook.model_form import ModelForm
from lipsync_nb.notebook.preview import Preview
from lipsync_nb.notebook.tools import TOOLS, Tool
from lipsync_nb.notebook.widget_factory import WidgetFactory

MOST_PLAYERS = 12
"""Results that are shown as players; of the others, the paths are named."""
PLAYED = Takes(("video", "audio"))
NAMED = re.compile(r"(\w+)(?:\[(\d+)\])?")
"""How an error's text names the field that is wrong: ``videos[3]``."""


class ToolForm(ModelForm[Tool]):
    """The form of a tool.

    Args:
        client: The client that has the jobs.
        kind: The tool.

    Attributes:
        status: The line that reports on what is done.
        made: What the tool has returned last; ``None`` before.
    """

    def __init__(self, client: JobClient, kind: type[Tool]) -> None:
        self.made: Any = None
        self._once = Once()
        factory = WidgetFactory()
        super().__init__(client, kind, kind.heading, factory)
        self.button.description = kind.verb
        self.status = factory.new(StatusLine)
        self._shown = factory.new(widgets.VBox, css="lsf-results")
        foot = factory.new(widgets.HBox, [self.button], css="lsf-foot")
        parts = [self._fields.widget, self._code_box(), foot, self.status, self._shown]
        self.children = [self._sheet(), *parts]

    @property
    def code(self) -> str:
        """The Python that does what the form does, complete or not."""
        return self.kind.code(self._fields.value or {})

    def run(self) -> Any:
        """Run the tool, wait for its end, and show what it has made.

        Returns:
            What the call returns; see `Tool.run`.

        Raises:
            BadRequest: A value is invalid or missing, which is also shown beside its field; or the
                tool is running.
            LipSyncError: See the function that is called.
        """
        with self._once:
            return self._run()

    def _run(self) -> Any:
        self._attempted = True
        self.status.show("Working …")
        try:
            made = self.value.run(self.client)
        except BadRequest as error:
            self._show(self._errors_of(error))
            raise
        self._attempted = False
        self.made = made
        self._show_made(list(paths_of(made)))
        return made

    def _errors_of(self, error: BadRequest) -> dict[str, str]:
        found = NAMED.match(str(error))
        if not error.fields and found and found[1] in self.kind.model_fields:
            path = found[1] if found[2] is None else f"{found[1]}.{found[2]}"
            return {path: str(error)}
        return super()._errors_of(error)

    def _clicked(self) -> None:
        self.button.disabled = True
        in_thread(self.run, self._refused, self._enable)

    def _enable(self) -> None:
        self.button.disabled = False

    def _refused(self, text: str) -> None:
        self.status.show(f"Not done: {self._where(text)}", "bad")

    def _show_made(self, paths: list[Path]) -> None:
        for child in self._shown.children:
            child.close()
        players = [self._player(path) for path in paths[:MOST_PLAYERS]]
        self._shown.children = [part for player in players for part in player]
        more = f", the first {MOST_PLAYERS} of them below" if len(paths) > MOST_PLAYERS else ""
        what = jupyter.relative(paths[0]) if len(paths) == 1 else f"{len(paths)} files{more}"
        self.status.show(f"Made: {what}", "good")

    def _player(self, path: Path) -> list[widgets.Widget]:
        new, shown = self._factory.new, jupyter.relative(path)
        name = new(widgets.HTML, f"<code>{escape(shown)}</code>", css="lsf-note")
        if path.is_dir():
            return [name]
        preview = new(Preview, path.name)
        media = Media(path)
        if PLAYED.refusal(media.local()) is not None:
            return [name]
        preview.show(media, PLAYED)
        return [name, preview]


class Tools(FormChoice):
    """What is done to speech before a job, and to videos after it. Nothing here costs money.

    Args:
        client: The client that has the jobs.
        factory: That of the widget which has this one, and its style sheet; by default it stands
            alone.
    """

    def __init__(self, client: JobClient, factory: WidgetFactory | None = None) -> None:
        def make(tool: type[Tool] | None) -> ToolForm | BatchForm:
            return BatchForm(client) if tool is None else ToolForm(client, tool)

        options: list[tuple[str, Any]] = [(tool.heading, tool) for tool in TOOLS]
        options.append((HEADING, None))
        sheet = None if factory else widgets.HTML(f"<style>{style('workbench')}</style>")
        super().__init__("What to do", options, make, factory or WidgetFactory(), sheet)
        if sheet is not None:
            sheet.add_class("lsf-sheet")
            self.add_class("lsw")

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        text = f"Tools: {', '.join(label for label, _ in self._choice.options)}"
        view = super()._repr_mimebundle_() or {}
        return {**view, "text/plain": text, "text/html": f"<p>{escape(text)}</p>"}


def paths_of(made: Any) -> Iterator[Path]:
    """Yield the paths of what a tool has made."""
    match made:
        case Video() | Audio():
            yield made.path
        case str() | PathLike():
            yield Path(made)
        case _:
            for each in made:
                yield from paths_of(each)
