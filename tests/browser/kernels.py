"""Kernels of other versions of ipykernel, each in a folder that stands first on its path."""

import subprocess
import sys
from pathlib import Path

VERSIONS = ("6.31.0", "7.3.0", "7.4.0")
"""Each runs what a page asks for in a way of its own: 7.3 in a thread beside the main one."""
KERNELS = [f"ipykernel-{version}" for version in VERSIONS]
"""Their names, for pages."""
PATIENCE_S = 300
"""For fetching some hundred kB."""


def install(version: str, folder: Path) -> Path:
    """Fetch a version of ipykernel; all else is the environment's own.

    Args:
        version: Which.
        folder: Where; it is made.

    Returns:
        The folder.
    """
    wanted = [f"ipykernel=={version}", "nest_asyncio"]  # what 6.31 needs, and 7.4 does not
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [*command, "--no-deps", f"--target={folder}", *wanted], check=True, timeout=PATIENCE_S
    )
    return folder
