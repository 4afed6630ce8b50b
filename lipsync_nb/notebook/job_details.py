"""What the user says of a job, as a folded part of its form."""

from typing import Annotated

from lipsync_nb.ledger.details import LONGEST
from lipsync_nb.notebook.field_spec import Spec
from lipsync_nb.vendors.base import Display, Field, Model

NOTE_LINES = 2
"""Height of the box for notes, in lines."""


class JobDetails(Model):
    """What is noted of a job. It is kept in the ledger, and is not sent to the vendor."""

    project: Annotated[str | None, Field(max_length=LONGEST["project"])] = None
    """What the job belongs to. Jobs and their costs can be filtered by it."""
    title: Annotated[str | None, Field(max_length=LONGEST["title"])] = None
    """What its result is called."""
    notes: Annotated[str | None, Field(max_length=LONGEST["notes"]), Display(lines=NOTE_LINES)] = (
        None
    )
    """Anything else."""


DETAILS = Spec(
    "details",
    "Project, title and notes",
    "They are kept in the ledger, and are not sent to the vendor.",
    JobDetails,
    required=False,
    optional=True,
)
"""The part of a form with them."""
OF_ONE_JOB = ("title", "notes")
"""Those that are cleared after a submission. The project stays for the next one."""
