"""Print the interpreters to test with, the oldest first: the newest patch of each CPython release.

uv looks on the PATH and among its own; pyenv's versions are put on the PATH first, as its shims do
not run those that are not selected.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)


def main(uv: str) -> None:
    """Print a path on each line."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    path = os.pathsep.join([*map(str, sorted(pyenv.glob("*/bin"))), os.environ["PATH"]])
    asked = [uv, "python", "list", "--only-installed", "--no-python-downloads"]
    listed = subprocess.run(
        [*asked, "--output-format=json"],
        env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # its warnings of shims that do not run
        check=True,
    )
    newest: dict[tuple[int, int], tuple[int, str]] = {}
    for found in json.loads(listed.stdout):
        parts = found["version_parts"]
        release, patch = (parts["major"], parts["minor"]), parts["patch"]
        is_final = found["version"] == "{major}.{minor}.{patch}".format(**parts)
        is_usual = found["implementation"] == "cpython" and found["variant"] == "default"
        if is_final and is_usual and release >= OLDEST:
            known = newest.get(release)
            if known is None or known[0] < patch:
                newest[release] = patch, found["path"]
    for _, (_, interpreter) in sorted(newest.items()):
        print(interpreter)


main(sys.argv[1])
