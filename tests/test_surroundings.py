"""Certificates, folders and hosts that are not as they should be: errors name what is to be set."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hosts import Host, says

import lipsync_nb as ls
from lipsync_nb import event_loop as loop
from lipsync_nb.http.connections import tls
from lipsync_nb.notebook.uploader import IncomingFile
from lipsync_nb.vendors import VENDORS

KEY = "sk_0123456789abcdef"
NO_JOB = says({"error": "no such job"}, 404)
UNWRITABLE = "/dev/null/inside"


@pytest.fixture
def _certificates(monkeypatch):
    """Read the certificates anew."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"):
        monkeypatch.delenv(name, raising=False)
    tls.cache_clear()
    yield
    tls.cache_clear()


@pytest.mark.usefixtures("_certificates")
@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"])
@pytest.mark.parametrize("there", [False, True])
def test_a_missing_certificate_names_its_variable(monkeypatch, tmp_path, name, there):
    """And its file, be it missing or no such thing; what needs no certificates goes on."""
    wrong = tmp_path / "gone" / "corp.pem"
    if there:
        wrong = tmp_path / "file" if name == "SSL_CERT_DIR" else tmp_path
        (tmp_path / "file").write_text("no certificate")
    monkeypatch.setenv(name, str(wrong))
    monkeypatch.setenv("NO_PROXY", "*")
    with pytest.raises(ls.Unreachable, match=rf"^nothing was sent: {name}={wrong}: .*unset"):
        ls.LipsyncStudio(KEY, base_url="https://vendor.test").verify()

    with Host(NO_JOB) as host:
        vendor = ls.LipsyncStudio(KEY, base_url=host.url)
        assert vendor.verify()
        loop.run(vendor.aclose())


@pytest.mark.usefixtures("_certificates")
def test_a_file_without_certificates_names_its_variable(monkeypatch, tmp_path):
    """As if it were missing."""
    (tmp_path / "corp.pem").write_text("<html>")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "corp.pem"))

    with pytest.raises(ls.Unreachable, match=r"SSL_CERT_FILE=.*corp\.pem: "):
        ls.LipsyncStudio(KEY, base_url="https://vendor.test").verify()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no /dev/null")
@pytest.mark.parametrize(
    "make",
    [
        ls.Client.sandbox,
        lambda: ls.Client([]),
        lambda: ls.still_video(Path("face.png"), 0.2),
        lambda: IncomingFile("face.png", 10),
    ],
    ids=["sandbox", "client", "still", "upload"],
)
@pytest.mark.parametrize("folder", [UNWRITABLE, "~no_such_user_here/x", "/proc/inside"])
def test_an_own_folder_that_cannot_be_written_names_its_variable(
    monkeypatch, tmp_path, samples, make, folder
):
    """Whatever is the first that needs it."""
    monkeypatch.chdir(tmp_path)
    Path("face.png").write_bytes(samples.face.read_bytes())
    monkeypatch.setenv("LIPSYNC_NB_HOME", folder)

    with pytest.raises(ls.BadRequest, match=rf"^{folder}.*set LIPSYNC_NB_HOME to a folder"):
        make()


@pytest.mark.skipif(sys.platform == "win32", reason="it asks the system for the folder")
def test_a_home_that_cannot_be_written_names_the_variable():
    """As in a container that runs as any user."""
    unset = {k: v for k, v in os.environ.items() if not k.startswith(("LIPSYNC", "XDG"))}
    code = "import lipsync_nb as ls; ls.Client([])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**unset, "HOME": "/dev/null"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    last = done.stderr.splitlines()[-1]
    assert last.startswith("lipsync_nb.errors.BadRequest: /dev/null/")
    assert last.endswith("set LIPSYNC_NB_HOME to a folder to which files can be written")


@pytest.mark.parametrize("name", ["x" * 300, "y/" * 3000 + "jobs.sqlite"])
def test_a_ledger_with_an_impossible_name_is_named(tmp_path, name):
    """In one line, whose middle is left out."""
    with pytest.raises(ls.LedgerError, match=r"^ledger .*….*: [^/]+$"):
        ls.Client([], ledger=tmp_path / name)


@pytest.mark.skipif(sys.platform == "win32", reason="a working folder cannot be deleted there")
def test_a_deleted_working_folder_is_named(monkeypatch, tmp_path, samples):
    """By what is relative to it; what is not goes on."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    for name in VENDORS["lingdong"].variables.values():
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(ls.MissingCredentials):
        ls.Lingdong()
    still = ls.still_video(samples.face, 0.2, tmp_path / "still.mp4")
    for act in (
        lambda: ls.Client([], ledger=tmp_path / "jobs.sqlite"),
        lambda: ls.still_video(samples.face, 0.2, "still.mp4"),
        lambda: ls.Media("face.png").local(),
    ):
        with pytest.raises(ls.BadRequest, match="the working folder was deleted") as raised:
            act()
        assert sys.platform != "linux" or str(gone) in str(raised.value)
    with ls.Client([], ledger=tmp_path / "jobs.sqlite", results=tmp_path) as client:
        assert client.jobs.empty
    assert still.exists()


@pytest.mark.parametrize("kind", VENDORS.values(), ids=list(VENDORS))
def test_every_request_names_the_package_and_an_address(kind):
    """As some hosts demand; the request for a token does so too."""
    keys = dict.fromkeys(kind.variables, KEY)
    token = says({"code": 0, "data": {"access_token": "a-token-0123", "expire_in": 9e9}})
    with Host(token, NO_JOB, probe=None) as host:
        vendor = kind(base_url=host.url, **keys)
        for _ in range(2):
            with suppress(ls.LipSyncError):
                vendor.ask(vendor.poll(vendor.kinds[0].model_construct(), "1"))
        loop.run(vendor.aclose())

    assert host.arrived
    for arrival in host.arrived:
        assert arrival.headers["user-agent"].startswith("lipsync_nb/")
        assert "(+https://" in arrival.headers["user-agent"]
