"""What the server and those who start it both know of processes."""

import os

STATE_FILE = "server.json"
"""In the home: the process id and the two ports of its server, now or last."""

ALREADY_RUNNING = 3
"""Exit code of a server whose home has one."""


CAN_SEE = os.name != "nt"
"""Whether it can be seen if a process is there: on Windows, looking is not harmless."""


def is_alive(pid: int) -> bool:
    """Whether a process is there; where that cannot be seen, it is."""
    if not CAN_SEE:
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
