"""Beginnings of notebooks."""

from pathlib import Path

TESTS = Path(__file__).parent.parent
BEGIN = f"""
import sys, threading, time
from pathlib import Path
sys.path.insert(0, {str(TESTS)!r})
import lipsync_nb as ls
from faces import drawn_face
from notebook.ledgers import change, client_of, crowd, made_up
here = Path.cwd() / f"made-{{time.time_ns()}}"
here.mkdir()
"""
"""What the further cells use; ``here`` is a folder of the notebook's own."""

CLIP = """
def clip(name, seconds=4.0, seed=0):
    return ls.still_video(drawn_face(here / f"{name}.png", seed), seconds, here / f"{name}.mp4")
"""
"""Makes clips."""


def held(flag: Path) -> str:
    """Return code that holds up its kernel until a file is there."""
    wait = f"while not pathlib.Path({str(flag)!r}).exists(): time.sleep(0.05)"
    return f"import pathlib, time\n{wait}"


SANDBOXED = """
import tempfile, time
from pathlib import Path
import lipsync_nb as ls
from lipsync_nb.sandbox import Sandbox
client = ls.Client.sandbox(
    Sandbox(Path({home!r})), ledger=Path(tempfile.mkdtemp()) / "jobs.sqlite", poll=(0.1, 0.3)
)
"""
"""Begins with a client of the sandbox that lives at ``home``, and a ledger of its own, which is not
beside the notebook: JupyterLab says "Directory not found" if a file vanishes while it lists it."""
