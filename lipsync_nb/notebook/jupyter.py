"""The paths of files relative to the notebook."""

import os
import sys
from pathlib import Path
from urllib.parse import quote


def folder() -> Path:
    """Return the notebook's folder if Jupyter's server names it, else the working folder."""
    notebook = Path(os.environ.get("JPY_SESSION_NAME", ""))
    if notebook.is_absolute() and notebook.parent.is_dir():
        return notebook.parent
    return Path.cwd()


def relative(path: Path) -> str:
    """Return a path relative to the notebook, with ``/``.

    It is unchanged if it is on another drive, or if the working folder was deleted.
    """
    try:
        return Path(os.path.relpath(path.absolute(), folder())).as_posix()
    except (ValueError, OSError):
        return path.as_posix()


def url(path: Path) -> str:
    """Return a path relative to the notebook as a URL, which works wherever Jupyter serves it."""
    return quote(relative(path))


def plays_inline(path: Path) -> bool:
    """Tell whether a video plays in HTML with a relative URL: the server must serve the file.

    Voila only serves the files of its allow-list, Colab and VS Code serve none, and no server
    serves hidden files. There, a widget sends the file to the browser.
    """
    server = os.environ.get("SERVER_SOFTWARE", "")
    if server.startswith("voila") or "VSCODE_PID" in os.environ or "google.colab" in sys.modules:
        return False
    shown = Path(relative(path))
    return not shown.is_absolute() and not any(part.startswith(".") for part in shown.parts)
