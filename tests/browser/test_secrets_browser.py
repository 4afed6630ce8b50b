"""What a user gives in confidence, a key and a file, is in nothing that is saved or said."""

import base64
import os
import shutil
import subprocess
import sys
from pathlib import Path

from browser.conftest import OpenNotebook
from browser.lab import Lab
from conftest import Samples
from nbconvert import HTMLExporter
from playwright.sync_api import expect

from lipsync_nb.sandbox import Sandbox

CELLS = (
    "import time, lipsync_nb as ls; client = ls.Client([], ledger=f'{time.time_ns()}/jobs.sqlite')",
    "bench = client.workbench(); bench",
    "client.credentials()",
    "client",
)


def traces(secret: bytes) -> list[bytes]:
    """Return how a secret would look: as it is, in hex, and in base64 wherever it begins."""
    encoded = [base64.b64encode(bytes(shift) + secret)[4:-4] for shift in range(3)]
    return [secret, secret.hex().encode(), *encoded]


def found_in(paths: list[Path], secrets: list[bytes]) -> list[str]:
    """Return the files that have a trace of a secret."""
    looks = [look for secret in secrets for look in traces(secret)]
    return [path.name for path in paths if any(look in path.read_bytes() for look in looks)]


def export(notebook: Path) -> Path:
    """Write a notebook as HTML, with its widgets' state."""
    page = notebook.with_suffix(".html")
    page.write_text(HTMLExporter().from_filename(str(notebook))[0])
    return page


def run_again(notebook: Path, sandbox: Sandbox) -> Path:
    """Run a copy as CI would, which saves its widgets' state; its key is in the environment."""
    again = Path(shutil.copy(notebook, notebook.with_suffix(".again.ipynb")))
    text = again.read_text().replace("ls.Client([], ", "ls.Client(")
    again.write_text(text)
    given = {"KEY": sandbox.keys["lingdong"]["api_key"], "URL": sandbox.base_urls["lingdong"]}
    environment = {
        **os.environ,
        "LINGDONG_API_KEY": given["KEY"],
        "LINGDONG_BASE_URL": given["URL"],
        "PYTEST_ADDOPTS": "",  # this pytest has no options of these tests
    }
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--nbmake", "--overwrite"]
    done = subprocess.run(
        [*command, f"--rootdir={again.parent}", "-c", os.devnull, str(again)],
        env=environment,
        capture_output=True,
        timeout=300,
        check=False,
    )
    again.with_suffix(".log").write_bytes(done.stdout + done.stderr)
    assert done.returncode == 0, done.stdout.decode()
    return again


def test_a_key_and_a_file_are_kept_nowhere(
    notebook: OpenNotebook, lab: Lab, sandbox: Sandbox, samples: Samples
) -> None:
    """Typed and uploaded, used and saved, exported and run again: no trace in what is left."""
    opened = notebook(*CELLS)
    opened.run_all()
    bench = opened.output(1).locator(".lsw")
    canary = sandbox.keys["lingdong"]["api_key"]

    row = bench.get_by_role("group", name="Lingdong")
    row.get_by_label("API key").fill(canary)
    row.get_by_label("Base URL").fill(sandbox.base_urls["lingdong"])
    row.get_by_role("button", name="Connect Lingdong").click()
    expect(row.get_by_text("Connected:")).to_be_visible()
    assert row.get_by_label("API key").input_value() == ""
    opened.shot("keys-connected", of=bench)
    bench.get_by_role("tab", name="Lingdong").click()
    for label, path in {"Source": samples.face, "Audio": samples.speech}.items():
        own = opened.page.get_by_label(f"{label} *", exact=True)
        field = bench.locator(".lsf-field").filter(has=own)
        field.locator("input[type=file]").set_input_files(path)
        expect(field.get_by_text(f"✓ {path.name}")).to_be_visible()
    bench.get_by_role("button", name="Submit", exact=True).focus()
    opened.page.keyboard.press("Enter")
    expect(bench.locator("tr[aria-selected=true] [data-status=succeeded]").first).to_be_visible()
    opened.save()

    saved = lab.root / opened.path
    assert "widget-state" in saved.read_text()
    again = run_again(saved, sandbox)
    assert "widget-state" in again.read_text()
    left = [saved, export(saved), again, export(again), again.with_suffix(".log")]
    left += [*lab.root.rglob("*.sqlite*"), *lab.home.rglob("*.log")]
    face = samples.face.read_bytes()
    speech = samples.speech.read_bytes()
    assert found_in(left, [canary.encode(), face[5000:5060], speech[5000:5060]]) == []


def test_a_wrong_key_is_refused_beside_it(notebook: OpenNotebook, sandbox: Sandbox) -> None:
    """With the vendor's reason; the button works again, and the right key connects."""
    opened = notebook(*CELLS)
    opened.run_all()
    row = opened.output(2).get_by_role("group", name="Lingdong")

    row.get_by_label("Base URL").fill(sandbox.base_urls["lingdong"])
    row.get_by_label("API key").fill("made-up")
    row.get_by_label("API key").press("Enter")
    expect(row.get_by_text("Not connected:")).to_be_visible()
    expect(row.get_by_role("button")).to_be_enabled()
    row.get_by_label("API key").fill(sandbox.keys["lingdong"]["api_key"])
    row.get_by_label("API key").press("Enter")

    expect(row.get_by_text("✓ connected")).to_be_visible()
    assert opened.ask("list(client.vendors)") == "['lingdong']"
