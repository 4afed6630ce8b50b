"""The part of `Client` that makes notebook widgets; they are imported on use."""

from typing import TYPE_CHECKING, Any, cast

from lipsync_nb.request import Request

if TYPE_CHECKING:
    from lipsync_nb.client import Client
    from lipsync_nb.notebook.credentials import Credentials
    from lipsync_nb.notebook.forms import Form
    from lipsync_nb.notebook.table import Table
    from lipsync_nb.notebook.workbench import Workbench


class ClientWidgets:
    """A client's widgets."""

    def form(self, kind: type[Request]) -> "Form":
        """Return a form for a kind of request.

        Args:
            kind: The request's model, such as ``ls.chanjing.LipSync``.
        """
        from lipsync_nb.notebook.forms import Form  # noqa: PLC0415 - see above

        return Form(self._client, kind)

    def credentials(self) -> "Credentials":
        """Return a form for the vendors' keys."""
        from lipsync_nb.notebook.credentials import Credentials  # noqa: PLC0415 - see above

        return Credentials(self._client)

    def table(self) -> "Table":
        """Return a live table of the jobs, to sort, filter and select."""
        from lipsync_nb.notebook.table import Table  # noqa: PLC0415 - see above

        return Table(self._client)

    def workbench(self) -> "Workbench":
        """Return one widget with keys, a form per request, the jobs and their videos."""
        from lipsync_nb.notebook.workbench import Workbench  # noqa: PLC0415 - see above

        return Workbench(self._client)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        from lipsync_nb.notebook.display import client_bundle  # noqa: PLC0415 - see above

        return client_bundle(self._client.vendors)

    @property
    def _client(self) -> "Client":
        return cast("Client", self)
