"""What users see where the sandbox itself fails, and not a vendor."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import PATIENCE
from vendors.cases import CASES

import lipsync_nb as ls
from lipsync_nb.sandbox import Sandbox

REASON = "numpy.core.multiarray failed to import"
MESSAGE = "A module was built for another NumPy.\n" * 20 + REASON


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A sandbox whose OpenCV cannot be loaded, as beside a NumPy that it was not built for."""
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "cv2.py").write_text(f"raise ImportError({MESSAGE!r})")
    monkeypatch.syspath_prepend(tmp_path / "path")  # which the sandbox's process is given
    with Sandbox(tmp_path / "home", pace=0, rates=False) as sandbox:
        yield sandbox


@pytest.mark.parametrize("vendor", CASES)
def test_the_error_says_why_and_names_the_log(sandbox, samples, tmp_path, vendor):
    """The job has failed and cost nothing: it can be submitted again once that is mended.

    It fails at the submission where the vendor looks at the media first, else later.
    """
    with ls.Client.sandbox(sandbox, results=tmp_path) as client:
        job = client.submit(CASES[vendor].one(samples))
        with pytest.raises(ls.JobFailed) as failed:
            job.result(PATIENCE)
        again = client.submit(CASES[vendor].one(samples))

    log = sandbox.home / "server.log"
    assert f"the sandbox itself failed, see {log}: {REASON}" in str(failed.value)
    assert REASON in log.read_text()
    assert again.id != job.id


def test_its_media_host_says_why_too(tmp_path, samples):
    """Local files go there first, for vendors that take URLs only."""
    with Sandbox(tmp_path / "home", pace=0) as sandbox, ls.Client.sandbox(sandbox) as client:
        (sandbox.home / "media").rmdir()
        job = client.submit(CASES["yunai"].one(samples))

        with pytest.raises(ls.JobFailed, match=r"media host: HTTP 500, the sandbox itself failed"):
            job.result(PATIENCE)
