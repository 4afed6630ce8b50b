"""The ledger as a DataFrame, and what a spreadsheet gets of it."""

from io import StringIO

import pandas as pd
import pytest

from lipsync_nb.jobs.dataframe import jobs_frame, without_formulas
from lipsync_nb.ledger import Record
from lipsync_nb.status import JobStatus

SAID = ("vendor_id", "vendor_status", "error", "note")


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t=", "\n=", "＝"])
def test_no_vendor_writes_a_formula_into_an_exported_table(begin):
    """It could otherwise run commands in whoever's spreadsheet opens it."""
    text = f'{begin}HYPERLINK("http://x.test")'
    read = pd.read_csv(StringIO(exported(**dict.fromkeys(SAID, text), cost=-5)))

    assert [read[column].item() for column in SAID] == [f"'{text}"] * len(SAID)
    assert read["cost"].item() == -5


@pytest.mark.parametrize("text", ["-1", "+2.5", "-aBc_D-9", "Error -2", ""])
def test_numbers_ids_and_words_are_exported_as_they_are(text):
    """An id is used to find a job at its vendor."""
    read = pd.read_csv(StringIO(exported(vendor_id=text)), dtype=str, keep_default_na=False)

    assert read["vendor_id"].item() == text


def exported(**said):
    job = Record("a", "yunai", "Avatar", "{}", "f", JobStatus.failed, 1.0, **said)
    return jobs_frame([job]).to_csv(index=False)


def test_no_name_of_a_case_is_a_formula():
    """It is the user's, and the user's spreadsheet."""
    frame = without_formulas(pd.DataFrame({"face": ["=A1", "-1", "a"], "cost": [-1.0, 2, 3]}))

    assert frame["face"].to_list() == ["'=A1", "-1", "a"]
    assert frame["cost"].to_list() == [-1.0, 2, 3]
