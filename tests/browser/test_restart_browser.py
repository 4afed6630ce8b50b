"""A kernel that is restarted while a job is under way."""

from browser.conftest import OpenNotebook
from conftest import Samples
from playwright.sync_api import expect

from lipsync_nb.sandbox import Sandbox

BEGIN = """
from pathlib import Path
import lipsync_nb as ls
from lipsync_nb.sandbox import Sandbox
client = ls.Client.sandbox(Sandbox(Path({home!r})), ledger="restarted.sqlite", poll=(0.1, 0.3))
Path("restarted.sqlite").resolve()
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
    sandbox.faults("yunai", "latency", step="poll", times=100)  # it is not done too soon
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
