"""A kernel that is restarted while a job is under way."""

from pathlib import Path

from browser.cells import BEGIN as MADE_UP
from browser.cells import held
from browser.conftest import OpenNotebook
from conftest import Samples
from playwright.sync_api import expect

from lipsync_nb.sandbox import Sandbox

BEGIN = """
from pathlib import Path
import lipsync_nb as ls
from lipsync_nb.sandbox import Sandbox
client = ls.Client.sandbox(Sandbox(Path({home!r})), ledger="restarted/jobs.sqlite", poll=(0.1, 0.3))
Path("restarted/jobs.sqlite").resolve()
"""
SUBMIT = (
    "request = ls.yunai.AvatarVideo(avatar='face.png', audio='speech.wav')\n"
    "job = client.submit(request); job"
)


def test_nothing_is_submitted_again(
    notebook: OpenNotebook, sandbox: Sandbox, beside: Samples
) -> None:
    """Run All in the new kernel rebuilds the table; the same job goes on, and is paid once."""
    assert beside.face.exists()
    paid = sandbox.stats("yunai")["paid"]
    sandbox.faults("yunai", "latency", step="poll", times=100, seconds=20)  # not done too soon
    opened = notebook(BEGIN.format(home=str(sandbox.home)), SUBMIT, "client.table()")
    opened.run_all()
    job = opened.ask("job.id")
    expect(opened.output(2).locator("tbody tr:not([hidden]):not(.ls-spacer)")).to_have_count(1)
    assert opened.ask("job.done()") == "False"

    opened.restart()
    sandbox.clear_faults()
    opened.run_all()

    rows = opened.output(2).locator("tbody tr:not([hidden]):not(.ls-spacer)")
    expect(rows.locator("[data-status=succeeded]").first).to_be_visible()
    expect(rows).to_have_count(1)
    assert opened.ask("job.id") == job
    assert sandbox.stats("yunai")["paid"] == paid + 1


def test_a_view_says_that_its_kernel_is_gone(notebook: OpenNotebook, tmp_path: Path) -> None:
    """Its clock stands still, and a button that waits for its answer gets an error."""
    opened = notebook(
        MADE_UP
        + "lost = made_up(6, status='unknown', vendor_id=None)\n"
        + "running = made_up(2, status='running', created_at=time.time() - 60)\n"
        + "client = client_of(here, lost, running)\n"
        + "table = client.table(); table.selected = client.job(lost.id); table"
    )
    opened.run_all()
    table = opened.output(0).locator(".ls")
    attach = table.get_by_role("button", name="Attach")
    opened.run(held(tmp_path / "never"))
    attach.click()
    expect(attach).to_have_attribute("aria-disabled", "true")

    opened.restart()

    expect(table.get_by_text("The kernel was restarted: run this cell again.")).to_be_visible()
    expect(table.get_by_text("the kernel was restarted; run this cell again")).to_be_visible()
    expect(attach).to_be_enabled()
    sums = table.get_by_text("Elapsed: ")
    before = sums.inner_text()
    opened.page.wait_for_timeout(2500)
    assert sums.inner_text() == before
