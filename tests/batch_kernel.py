"""A kernel to be killed: it submits the rows of a table, and waits for them.

Run as ``python batch_kernel.py SANDBOX_HOME LEDGER TABLE``.
"""

import sys
import threading
from pathlib import Path

from kernel import connected, say

from lipsync_nb.sandbox import Sandbox


def main(home: str, ledger: str, table: str) -> None:
    """Submit the table, and live on until killed."""
    client = connected(Sandbox(Path(home)), Path(ledger))
    say("ready")
    client.batch(table, confirm=True).wait()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
