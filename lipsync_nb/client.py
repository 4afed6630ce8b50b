"""The client: submit requests, get jobs; with forms, a live table and comparisons."""

from collections.abc import Iterable, Mapping
from inspect import signature
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from lipsync_nb.errors import BadRequest, MissingCredentials
from lipsync_nb.extras import require
from lipsync_nb.files import own_folder
from lipsync_nb.jobs.client import JobClient
from lipsync_nb.jobs.options import ClientOptions
from lipsync_nb.media.host import UploadHost
from lipsync_nb.vendors import (
    VENDORS,
    Chanjing,
    Lingdong,
    LipsyncStudio,
    Vendor,
    Xingyun,
    Yunai,
)
from lipsync_nb.vendors.base import Request

if TYPE_CHECKING:
    import os

    import pandas as pd

    from lipsync_nb.batch.batch import Batch
    from lipsync_nb.batch.columns import Kind
    from lipsync_nb.batch.dialogue import Dialogue, Speakers
    from lipsync_nb.batch.table import Rows
    from lipsync_nb.compare.cases import Many
    from lipsync_nb.compare.criteria import RankBy
    from lipsync_nb.compare.parallel import AnyExecutor
    from lipsync_nb.compare.prices import Prices
    from lipsync_nb.media import MediaLike
    from lipsync_nb.notebook.batch_form import BatchForm
    from lipsync_nb.notebook.comparison import Comparison
    from lipsync_nb.notebook.credentials import Credentials
    from lipsync_nb.notebook.forms import Form
    from lipsync_nb.notebook.table import Table
    from lipsync_nb.notebook.tool_form import Tools
    from lipsync_nb.notebook.workbench import Workbench
    from lipsync_nb.sandbox import Sandbox

V = TypeVar("V", bound=Vendor)

SANDBOX_POLL = (0.2, 1.0)
"""Shortest and longest poll interval of a sandbox's client, in seconds."""
SANDBOX_BACKOFF_SCALE = 0.2
"""``backoff_scale`` of a sandbox's client: its servers are local and never busy for long."""


class NotConnected(MissingCredentials, AttributeError):
    """A client has no such vendor, so that ``hasattr`` is false."""


class Client(JobClient):  # noqa: D101 - that of its base
    __doc__ = JobClient.__doc__

    _sandbox: "Sandbox | None" = None
    """Kept, as a sandbox ends when nobody holds it."""
    _own_sandbox = False

    @classmethod
    def sandbox(cls, sandbox: "Sandbox | None" = None, **options: Any) -> Self:
        """Connect to the sandbox: all five vendors on loopback, with real videos, no keys, no cost.

        Args:
            sandbox: A running sandbox; by default the user's own is joined, or started.
            options: Passed to `Client`.

        Raises:
            BadRequest: An option is not valid, or nothing can be written to the package's own
                folder; nothing was started.
            MissingExtra: The extra ``sandbox`` is not installed.
        """
        from lipsync_nb.sandbox import Sandbox  # noqa: PLC0415 - needed only here

        signature(cls).bind(None, **options)  # raises TypeError if there is no such option
        ClientOptions.checked(**{k: options[k] for k in ClientOptions.model_fields if k in options})
        own = sandbox is None
        sandbox = sandbox or Sandbox(own_folder("sandbox"))
        vendors = [
            kind(base_url=sandbox.base_urls[name], **sandbox.keys[name])
            for name, kind in VENDORS.items()
        ]
        options.setdefault("ledger", sandbox.home / "jobs.sqlite")
        options.setdefault("poll", SANDBOX_POLL)
        options.setdefault("backoff_scale", SANDBOX_BACKOFF_SCALE)
        options.setdefault("media_host", UploadHost(sandbox.media_url))
        client = cls(vendors, **options)
        client.engine.driver.trust(vendors)  # nobody typed their base URLs and keys
        client._sandbox, client._own_sandbox = sandbox, own
        return client

    def _end(self) -> None:
        if self._sandbox is not None and self._own_sandbox:
            self._sandbox.close()

    @property
    def lingdong(self) -> Lingdong:
        """Lingdong 灵动数智人, if it is connected; else `MissingCredentials` says what to set."""
        return self._connected(Lingdong)

    @property
    def yunai(self) -> Yunai:
        """Yunai 云AI, if it is connected; else `MissingCredentials` says what to set."""
        return self._connected(Yunai)

    @property
    def lipsync_studio(self) -> LipsyncStudio:
        """lipsync.studio, if it is connected; else `MissingCredentials` says what to set."""
        return self._connected(LipsyncStudio)

    @property
    def xingyun(self) -> Xingyun:
        """Xingyun 魔珐星云, if it is connected; else `MissingCredentials` says what to set."""
        return self._connected(Xingyun)

    @property
    def chanjing(self) -> Chanjing:
        """Chanjing 蝉镜, if it is connected; else `MissingCredentials` says what to set."""
        return self._connected(Chanjing)

    def _connected(self, kind: type[V]) -> V:
        """Return the vendor of a class. One of a class of one's own may have taken its name."""
        try:
            return cast("V", self.vendors[kind.name])
        except MissingCredentials as error:
            raise NotConnected(str(error)) from None

    def form(self, kind: type[Request]) -> "Form":
        """Return a form for a kind of request.

        Args:
            kind: The request's model, such as ``ls.chanjing.LipSync``.
        """
        from lipsync_nb.notebook.forms import Form  # noqa: PLC0415 - only in a notebook

        return Form(self, kind)

    def credentials(self) -> "Credentials":
        """Return a form for the vendors' keys."""
        from lipsync_nb.notebook.credentials import Credentials  # noqa: PLC0415 - see above

        return Credentials(self)

    def tools(self) -> "Tools":
        """Return forms for what costs nothing: split, loop, join, subtitles, sizes, labels, export.

        Each has a button that does it, the result with a player, and the Python that does the same.
        """
        from lipsync_nb.notebook.tool_form import Tools  # noqa: PLC0415 - see above

        tools = Tools(self)
        tools.reveal()
        return tools

    def batch_form(self) -> "BatchForm":
        """Return a form for a table of requests: it is checked and priced, then submitted."""
        from lipsync_nb.notebook.batch_form import BatchForm  # noqa: PLC0415 - see above

        return BatchForm(self)

    def table(self) -> "Table":
        """Return a live table of the jobs, to sort, filter and select."""
        from lipsync_nb.notebook.table import Table  # noqa: PLC0415 - see above

        return Table(self)

    def workbench(self) -> "Workbench":
        """Return one widget with keys, a form per request, the jobs and their videos."""
        from lipsync_nb.notebook.workbench import Workbench  # noqa: PLC0415 - see above

        return Workbench(self)

    def batch(
        self,
        rows: "Rows",
        key: str | None = None,
        *,
        kind: "Kind | None" = None,
        columns: Mapping[str, str | None] | None = None,
        sheet: str | None = None,
        encoding: str | None = None,
        retry_failed: bool = False,
        confirm: bool | None = None,
        confirm_above: float | None = 0.0,
        project: str | None = None,
        fresh: bool = False,
    ) -> "Batch":
        """Submit the rows of a table, a job for each, and keep their state beside the rows.

        Every row is checked and priced first. If something is wrong with one, nothing is sent. All
        new jobs are entered together, or none.

        Called again with the same table, which may have more rows by then, it submits what is new.
        Rows whose job goes on, is lost, or has its result are not paid again. Rows that ask for the
        same share a job.

        A column belongs to the field of its name, in any case and with blanks for underscores; to
        the field of this label in forms; or to the one whose vendor's own name it has, such as
        音量. Parts of fields have dotted names, such as ``tts.text``. Empty cells are left out.
        Lists and objects are JSON; texts and files of a list may be separated by semicolons. Files
        are looked for in the folder of the table, then in the working folder. ``project``,
        ``title`` and ``notes`` are those of `submit`; ``vendor`` and ``kind`` say which request a
        row is for. All other columns are the user's own, and are listed in the plan.

        Args:
            rows: A CSV or XLSX file, a DataFrame, or a list of dicts. A file may be in UTF-8,
                UTF-16 or GB18030, with commas, semicolons or tabs.
            key: The column that identifies the rows; by default ``key`` or ``id``, or else their
                numbers.
            kind: The request that the rows are for, such as ``ls.chanjing.LipSync``; by default the
                only one of the connected vendors that takes the columns.
            columns: The field's name by the column's, such as ``{"Script": "text"}``; ``None`` for
                a column that is not to be used.
            sheet: The sheet of a workbook; by default the first one.
            encoding: The encoding of a CSV, such as ``"cp1252"``. By default it is found out; if it
                is neither marked nor UTF-8, confirmation is always needed.
            retry_failed: Submit rows again whose newest job has failed, was abandoned or has
                expired. **This may cost money again.**
            confirm: ``True`` confirms; ``False`` raises `NotConfirmed`, with the plan, in any case.
            confirm_above: Cost above which confirmation is needed, in each vendor's own unit. An
                unknown cost counts as above. More than 20 new jobs need it whatever they cost.
            project: What the jobs belong to whose row does not say it; by default the client's.
            fresh: Make and pay everything again.

        Returns:
            The jobs, at once. Until they are done, their state is written to the file, into the
            columns ``job_id``, ``job_status``, ``job_cost``, ``job_cost_unit``, ``job_path`` and
            ``job_error``; everything else in it stays as it is. While another program has the file
            open, it is written to ``….status.csv`` beside it.

        Raises:
            BadRequest: The table cannot be read, or something is wrong with rows; it is all told.
            BudgetExceeded: The new jobs exceed a budget.
            NotConfirmed: Confirmation is needed; nothing was submitted.
            MissingCredentials: A vendor is not connected.
            MissingExtra: It is an XLSX file, and the extra ``batch`` is not installed.
        """
        from lipsync_nb.batch.batch import submit_rows  # noqa: PLC0415 - needs pandas

        return submit_rows(
            self,
            rows,
            key,
            kind=kind,
            columns=columns,
            sheet=sheet,
            encoding=encoding,
            retry_failed=retry_failed,
            confirm=confirm,
            confirm_above=confirm_above,
            project=project,
            fresh=fresh,
        )

    def dialogue(
        self,
        lines: "Rows",
        speakers: "Speakers",
        *,
        path: "str | os.PathLike[str] | None" = None,
        **options: Any,
    ) -> "Dialogue":
        """Submit the lines of several speakers, a job for each, to be joined as one video.

        Args:
            lines: A table as `batch` takes it, with the columns ``speaker``, and ``text`` or
                ``speech`` (a sound).
            speakers: By name, the fields of a speaker's requests, with ``kind``, such as
                ``{"Anna": {"kind": ls.chanjing.LipSync, "video": "anna.mp4"}}``; or a table of them
                with a column ``speaker``. The entry ``speech``, such as
                ``{"kind": ls.chanjing.Speech, "voice": "C-…"}``, says by which request texts are
                spoken first, whose result is the sound of the video; in a table these are columns
                such as ``speech.kind``.
            path: Where ``dialogue.join()`` puts the video.
            options: Those of `batch`, but for ``kind``.

        Returns:
            The jobs, at once. ``dialogue.join()`` waits for them, and joins their videos in the
            order of the lines. The same call again submits lines that are new.

        Raises:
            BadRequest: A speaker is unknown, or something is wrong with lines; it is all told.
            NotConfirmed: Confirmation is needed; nothing was submitted. See also `batch`.
        """
        from lipsync_nb.batch.dialogue import submit_lines  # noqa: PLC0415 - needs pandas

        if odd := options.keys() - signature(submit_lines).parameters.keys():
            raise BadRequest(f"dialogue takes no {', '.join(sorted(odd))}")
        dialogue = submit_lines(self, lines, speakers, **options)
        dialogue.path = path
        return dialogue

    def compare(
        self,
        face: "Many[MediaLike] | None" = None,
        speech: "Many[MediaLike] | None" = None,
        text: "Many[str] | None" = None,
        *,
        cases: "pd.DataFrame | None" = None,
        vendors: Iterable[str] | None = None,
        repeats: int = 1,
        voices: Mapping[str, str] | None = None,
        options: Mapping[str, Mapping[str, Any]] | None = None,
        prices: "Prices | None" = None,
        rank_by: "RankBy | None" = None,
        confirm_above: float | None = None,
        confirm: bool | None = None,
        fresh: bool = False,
        executor: "AnyExecutor | None" = None,
    ) -> "Comparison":
        """Have the same faces say the same words at several vendors.

        Every face says every script, at every vendor that can do it, `repeats` times. What a
        vendor cannot do is listed with the reason in ``comparison.refused``. What is in the
        ledger already is not paid again.

        A text without a speech is spoken by the vendors that can do so. For all others it is
        spoken once, by the first connected vendor that makes audio of texts and has one of
        `voices`, and they share this speech. The plan lists it, and ``note`` of each row names its
        job. If it fails, nothing is paid for them.

        Args:
            face: Pictures or clips, or jobs that make a `Video`: one, a list, or several by name.
            speech: Audio, or jobs that make an `Audio`: one, a list, or several by name.
            text: What is said, for vendors that synthesise speech; one for each speech, if both are
                given.
            cases: Instead of these, a table with a row per case: columns ``face``, ``speech``,
                ``text``, and for their names ``face_name`` and ``script_name``.
            vendors: Names of the vendors to ask; by default all that are connected.
            repeats: How often each request is made.
            voices: By vendor, the voice that speaks texts, in the vendor's own terms, such as
                ``{"chanjing": "C-…"}`` from ``client.chanjing.voices()``.
            options: By vendor, further fields of its requests, such as ``{"resolution": "720p"}``.
            prices: By vendor, what a unit costs, or a `Price`, so that costs are in one currency.
            rank_by: What "best" means: ``"votes"``, ``"sync"``, ``"money"`` or a column, or several
                of them in the order in which they count; see `lipsync_nb.compare.criteria`. By
                default votes if there are any, then sync, then money if `prices` are given.
            confirm_above: Cost above which confirmation is needed: in money if `prices` are given,
                else in each vendor's own unit. An unknown cost counts as above. More than 20 new
                jobs need confirmation whatever they cost.
            confirm: ``True`` confirms; ``False`` raises `NotConfirmed`, with the plan, in any case.
            fresh: Make and pay everything again.
            executor: Where videos are measured, as `measure_all` takes it; by default here.

        Returns:
            The comparison, at once, while its jobs go on.

        Raises:
            BadRequest: No vendor can do this, a file is missing, or an option is wrong.
            NotConfirmed: Confirmation is needed; nothing was submitted.
            MissingCredentials: A vendor is not connected.
            MissingExtra: The extra ``compare`` is not installed.
        """
        require("compare", "a comparison")
        from lipsync_nb.compare.cases import cases_of  # noqa: PLC0415 - needs pandas
        from lipsync_nb.compare.criteria import read_rank_by  # noqa: PLC0415 - see above
        from lipsync_nb.compare.plan import Plan  # noqa: PLC0415 - see above
        from lipsync_nb.compare.requests import CompareOptions  # noqa: PLC0415 - see above
        from lipsync_nb.notebook.comparison import Comparison  # noqa: PLC0415 - see above

        asked = CompareOptions.checked(self, vendors, voices, options, repeats=repeats, fresh=fresh)
        plan = Plan.of(self, cases_of(face, speech, text, cases), asked, prices)
        by = read_rank_by(rank_by, plan.prices)
        plan.confirm(confirm, confirm_above)
        return Comparison(self, plan.submit(), prices=plan.prices, rank_by=by, executor=executor)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        from lipsync_nb.notebook.display import client_bundle  # noqa: PLC0415 - only to be shown

        return client_bundle(self.vendors)
