"""What the vendors of the sandbox are paid for."""

from lipsync_nb.sandbox import Sandbox
from lipsync_nb.vendors import VENDORS


def paid(sandbox: Sandbox) -> dict[str, int]:
    """Return what each vendor has been paid for."""
    return {name: sandbox.stats(name)["paid"] for name in VENDORS}


def new(sandbox: Sandbox, before: dict[str, int]) -> dict[str, int]:
    """Return what was paid since then, without the vendors that were not paid."""
    return {name: n - before[name] for name, n in paid(sandbox).items() if n > before[name]}
