"""Programs in a terminal of their own, whose lines are kept as they were drawn."""

import fcntl
import os
import pty
import re
import subprocess
import sys
import termios
from collections.abc import Mapping
from struct import pack
from types import TracebackType
from typing import Self

from waiting import wait_until

WIDTH = 100


class Terminal:
    """A program whose standard error is a terminal.

    Args:
        code: The program.
        arguments: Its arguments.
        environment: Further variables.
        size: Its rows and columns.

    Attributes:
        drawn: What it has written so far.
    """

    def __init__(
        self,
        code: str,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        size: tuple[int, int] = (24, WIDTH),
    ) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, pack("HHHH", *size, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", code, *arguments],
            stderr=theirs,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHON_COLORS": "0", **(environment or {})},
            text=True,
        )
        os.close(theirs)
        os.set_blocking(self._ours, False)
        self.drawn = ""

    def read(self) -> str:
        """Read what has come; return all of it so far."""
        try:
            while some := os.read(self._ours, 65536):
                self.drawn += some.decode()
        except OSError:  # nothing is there yet, or the program has ended
            pass
        return self.drawn

    def see(self, text: str) -> None:
        """Wait until a text was drawn."""
        wait_until(self.read, lambda drawn: text in drawn or self.process.poll() is not None)
        assert text in self.read()

    def end(self) -> int:
        """Wait until the program ends; return its code."""
        wait_until(lambda: self.read() is None or self.process.poll() is not None)
        self.read()
        return self.process.wait()

    def left(self) -> list[str]:
        """Return the lines that are left on the screen, without those that are empty."""
        screen, row, column = {0: ""}, 0, 0
        for part in re.split(r"(\r|\n|\x1b\[A)", self.read()):
            match part:
                case "\n":
                    row += 1
                case "\x1b[A":
                    row -= 1
                case "\r":
                    column = 0
                case _:
                    line = screen.get(row, "").ljust(column)
                    screen[row] = line[:column] + part + line[column + len(part) :]
                    column += len(part)
        return [line.rstrip() for _, line in sorted(screen.items()) if line.strip()]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.communicate()
        os.close(self._ours)
