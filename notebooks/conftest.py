"""Each tutorial runs in a home of its own, with a sandbox of its own; what comes out is weighed.

It runs as on a machine where another Dask has its dashboard already.
"""

import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
import pytest
from nbmake.nb_result import NotebookResult
from nbmake.nb_run import NotebookRun

from lipsync_nb.sandbox import Sandbox

LARGEST = 300_000
"""Bytes of an executed notebook: what is shown lies in files beside it."""
DASHBOARD = ("127.0.0.1", 8787)
"""Where Dask's dashboard listens, unless it is set otherwise."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    """Run a tutorial in a home of its own, and leave nothing behind."""
    with (
        _taken(DASHBOARD),
        TemporaryDirectory(prefix="home-") as home,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("LIPSYNC_NB_HOME", home)
        patch.setattr(NotebookRun, "execute", _weighed)
        yield
        if (Path(home) / "sandbox").exists():  # its kernel may have been killed
            Sandbox(Path(home) / "sandbox").close()


def _taken(address: tuple[str, int]) -> AbstractContextManager[object]:
    try:
        return socket.create_server(address)
    except OSError:  # another has it, which is what is wanted
        return nullcontext()


def _weighed(run: NotebookRun) -> NotebookResult:
    result = _execute(run)
    if result.error is None:
        written = nbformat.v4.writes(result.nb)
        outputs = [output for cell in result.nb.cells for output in cell.get("outputs", [])]
        shouted = "".join(output["text"] for output in outputs if output.get("name") == "stderr")
        if len(written) > LARGEST or shouted:
            pytest.fail(f"{len(written):,} characters when executed, stderr: {shouted}")
    return result


_execute = NotebookRun.execute
