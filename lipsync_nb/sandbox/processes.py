"""What the server and those who start it both know of processes."""

import os

STATE_FILE = "server.json"
"""In the home: the process id and the two ports of its server, now or last."""

ALREADY_RUNNING = 3
"""Exit code of a server whose home has one."""


def is_alive(pid: int) -> bool:
    """Whether a process is there; on Windows, where looking is not harmless, it is."""
    if os.name == "nt":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
