"""The ledger as a DataFrame, and what a spreadsheet gets of it."""

from io import StringIO

import pandas as pd
import pytest

from lipsync_nb.jobs.dataframe import jobs_frame, without_formulas
from lipsync_nb.ledger import Record
from lipsync_nb.status import JobStatus


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t="])
def test_no_cell_of_an_exported_table_is_a_formula(begin):
    """A vendor's text could otherwise run commands in whoever's spreadsheet opens it."""
    text = f'{begin}HYPERLINK("http://x.test")'
    said = {"error": text, "vendor_status": text, "cost": -5}
    frame = jobs_frame([Record("a", "yunai", "Avatar", "{}", "f", JobStatus.failed, 1.0, **said)])
    csv = without_formulas(frame).to_csv(index=False)

    read = pd.read_csv(StringIO(csv))
    assert read["error"].item() == read["vendor_status"].item() == f"'{text}"
    assert read["cost"].item() == -5
    assert frame["error"].item() == text
    assert without_formulas(frame)["vendor"].item() == "yunai"
