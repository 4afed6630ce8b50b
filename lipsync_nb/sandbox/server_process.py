"""What the server and its launcher both need to know about processes."""

import os

STATE_FILE = "server.json"
"""File in the home with the process id and the two ports of its latest server."""

ALREADY_RUNNING = 3
"""Exit code of a server whose home has another server already."""

CAN_CHECK = os.name != "nt"
"""Whether processes can be checked. On Windows, ``os.kill`` would end the process."""


def is_alive(pid: int) -> bool:
    """Whether a process exists; true where this cannot be checked."""
    if not CAN_CHECK:
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
