"""Tables for tests: CSV and XLSX files, made by code."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import PatternFill

import lipsync_nb as ls

SMALL = {"screen_width": 240, "screen_height": 240}
"""What a video is asked to be, so that tests are quick."""


def csv_of(path: Path, lines: Iterable[str], end: str = "\r\n") -> Path:
    """Write a CSV in UTF-8 as Excel does, with a mark."""
    path.write_bytes("".join(f"{line}{end}" for line in lines).encode("utf-8-sig"))
    return path


def workbook_of(path: Path, rows: Sequence[Sequence[Any]]) -> Path:
    """Write a workbook that has a chart, a colour, a width, and a second sheet with a formula."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    sheet["A1"].fill = PatternFill("solid", fgColor="FFFF00")
    sheet.column_dimensions["B"].width = 40
    other = book.create_sheet("Sums")
    other.append([1, 2, "=A1+B1"])
    chart = BarChart()
    chart.add_data(Reference(other, min_col=1, max_col=2, min_row=1))
    sheet.add_chart(chart, "L2")
    book.save(path)
    return path


def sheet_of(path: Path) -> list[list[Any]]:
    """Return the cells of the first sheet."""
    sheet = openpyxl.load_workbook(path).worksheets[0]
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def paid(client: ls.Client) -> int:
    """Return how many jobs were sent to vendors."""
    return int(client.jobs["sent_at"].notna().sum())
