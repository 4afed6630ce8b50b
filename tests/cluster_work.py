"""What workers do in tests: functions of a module that they can import."""

import os
import time
from pathlib import Path


def done(notes: Path, number: int, *deadly: int) -> int:
    """Note that a call began, and return its number; end the process if it is a deadly one."""
    begin(notes, number)
    if number in deadly:
        os._exit(1)
    return number


def dies_late(notes: Path, number: int, deadly: int) -> int:
    """End the process after a moment if this is the deadly call; else take longer than that."""
    begin(notes, number)
    time.sleep(0.3)
    if number == deadly:
        os._exit(1)
    time.sleep(0.3)
    return number


def fails(notes: Path, number: int, error: type[Exception], times: int) -> int:
    """Raise an error so many times, then return the number."""
    if begin(notes, number) <= times:
        raise error("this time")
    return number


def begin(notes: Path, number: int) -> int:
    """Note that a call began; return how often it did."""
    with (notes / str(number)).open("ab") as file:
        file.write(b".")
        return file.tell()


def began(notes: Path) -> dict[int, int]:
    """How often each call began."""
    return {int(note.name): note.stat().st_size for note in notes.iterdir()}


def hear(path: Path) -> str:
    """A recogniser that ends its process over a certain file."""
    if path.read_bytes().endswith(b"deadly"):
        os._exit(1)
    return "one two three"
