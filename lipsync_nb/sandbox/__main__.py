"""``python -m lipsync_nb.sandbox``: the five vendors on loopback, for any HTTP client."""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from lipsync_nb.extras import require
from lipsync_nb.sandbox.server_process import ALREADY_RUNNING
from lipsync_nb.sandbox.settings import SandboxSettings


def main() -> int:
    """Serve until Ctrl-C, or until there is no request for a while."""
    require("sandbox", "the sandbox")
    # Imported here, as worker processes import this module and do not serve.
    from lipsync_nb.sandbox.server import AlreadyRunning, PortInUse, serve  # noqa: PLC0415

    try:
        serve(options(sys.argv[1:]), announce)
    except AlreadyRunning as error:
        sys.stderr.write(f"{error}\n")
        return ALREADY_RUNNING
    except PortInUse as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def options(arguments: list[str]) -> Any:
    """The command line as the server's options."""
    from lipsync_nb.sandbox.server import Options  # noqa: PLC0415 -- see main

    parser = argparse.ArgumentParser(prog="python -m lipsync_nb.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="the API's; storage takes the next one")
    parser.add_argument("--home", type=Path, help="folder of the state (default: a temporary one)")
    parser.add_argument("--idle-minutes", type=float, default=15, help="it ends after so long")
    parser.add_argument("--pace", type=float, default=1, help="factor of every artificial delay")
    parser.add_argument("--no-rates", action="store_true", help="without rate limits")
    parser.add_argument("--remove-home", action="store_true", help="when it ends")
    parser.add_argument("--log", type=Path, help="file for its output, named in errors")
    given = parser.parse_args(arguments)
    return Options(
        home=(given.home or Path(tempfile.mkdtemp(prefix="lipsync_nb-"))).resolve(),
        port=given.port,
        settings=SandboxSettings(pace=given.pace, rates=not given.no_rates),
        idle_minutes=given.idle_minutes,
        remove_home=given.remove_home or given.home is None,
        log=given.log,
    )


def announce(address: dict[str, Any]) -> None:
    """Print base URLs and keys as shell commands."""
    sys.stdout.write(f"# lipsync_nb sandbox, pid {address['pid']}, home {address['home']}\n")
    sys.stdout.write(f"# media host: PUT {address['media_url']}/<name>\n")
    for vendor, url in address["base_urls"].items():
        sys.stdout.write(f"export {vendor.upper()}_BASE_URL={url}\n")
        for name, key in address["keys"][vendor].items():
            sys.stdout.write(f"export {vendor.upper()}_{name.upper()}={key}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
