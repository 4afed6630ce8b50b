"""The most memory that a process has had, which `ru_maxrss` does not tell: it counts the parent."""

import os
import re
import subprocess
import sys
from pathlib import Path


def with_tests() -> dict[str, str]:
    """Return the environment for a process that imports modules of the tests."""
    paths = [str(Path(__file__).parent), os.environ.get("PYTHONPATH")]
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}


def peak_bytes() -> int:
    """Return the most bytes of memory that this process has had."""
    status = Path("/proc/self/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return 1024 * int(found[1])


def peak_of(program: str) -> tuple[str, float]:
    """Run a Python program in a new process; return what it prints, and its peak memory in MB."""
    code = f"{program}\nfrom peak_memory import peak_bytes; print(peak_bytes())"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=with_tests(), check=True, stdout=subprocess.PIPE, text=True)
    *printed, peak = done.stdout.splitlines()
    return "\n".join(printed), int(peak) / 1e6
