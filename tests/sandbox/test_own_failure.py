"""What users see where the sandbox itself fails, and not a vendor."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import PATIENCE, Samples

import lipsync_nb as ls
from lipsync_nb.request import Request
from lipsync_nb.sandbox import Sandbox

REASON = "numpy.core.multiarray failed to import"
KINDS = ("lingdong", "chanjing", "yunai")


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A sandbox whose OpenCV cannot be loaded, as beside a NumPy that it was not built for."""
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "cv2.py").write_text(f"raise ImportError({REASON!r})")
    monkeypatch.syspath_prepend(tmp_path / "path")  # which the sandbox's process is given
    with Sandbox(tmp_path / "home", pace=0, rates=False) as sandbox:
        yield sandbox


def request(vendor: str, samples: Samples) -> Request:
    """Return a request that fails at the submission (Lingdong), or in the job (the others)."""
    if vendor == "lingdong":
        return ls.lingdong.Generate(source=samples.face, audio=samples.speech)
    if vendor == "yunai":
        return ls.yunai.AvatarVideo(avatar=samples.face, audio=samples.speech)
    return ls.chanjing.LipSync(video=samples.clip, audio=samples.speech)


@pytest.mark.parametrize("vendor", KINDS)
def test_the_error_says_why_and_names_the_log(sandbox, samples, tmp_path, vendor):
    """The job has failed and cost nothing: it can be submitted again once that is mended."""
    with ls.Client.sandbox(sandbox, results=tmp_path) as client:
        job = client.submit(request(vendor, samples))
        with pytest.raises(ls.JobFailed) as failed:
            job.result(PATIENCE)
        again = client.submit(request(vendor, samples))

    log = sandbox.home / "server.log"
    assert f"the sandbox itself failed: ImportError: {REASON} (see {log})" in str(failed.value)
    assert f"ImportError: {REASON}" in log.read_text()
    assert again.id != job.id
