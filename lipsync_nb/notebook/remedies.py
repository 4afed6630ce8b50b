"""What the user can do about a job's error."""

from lipsync_nb.ledger.record import Record
from lipsync_nb.notebook.text import vendor_label
from lipsync_nb.status import JobStatus
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base.registry import is_answered

AGAIN = "job.resubmit() submits it again, which may cost again"
LOST = (
    "look it up at the vendor: if it is there, job.attach(vendor_id) follows it; "
    "if it is not, job.resubmit() submits it again, at full cost, "
    "or job.abandon() gives it up"
)
ANSWERED = (
    "the vendor gives out such a result once only: job.resubmit() submits it again, at full cost, "
    "or job.abandon() gives it up"
)
EXPIRED = "the vendor has it no longer: job.resubmit() makes it again, at full cost"
ABANDONED = "job.attach(vendor_id) follows it again; job.resubmit() submits it again, at full cost"
REMEDIES = {
    "BadRequest": "submit a corrected request",
    "BudgetExceeded": "raise the budget: Client(budget={{'{name}': …}}); then job.resubmit()",
    "DownloadError": "the vendor has made it: job.download() fetches it again, at no cost",
    "InputFailed": "mend the input, such as by its resubmit(); then job.resubmit()",
    "MissingCredentials": "set {variables}; then job.resubmit()",
    "OutOfCredit": "top up the account at {title}; then job.resubmit()",
    "RateLimited": "wait a minute; then job.resubmit()",
    "ServerError": "the problem is on {title}'s side: wait, or ask them; " + AGAIN,
    "Unauthorized": "check the key in {variables}, and the account at {title}; then job.resubmit()",
    "Unreachable": "check the network; nothing was paid: job.resubmit()",
    "VendorError": "if {title} reports an error in the request, submit a corrected one; " + AGAIN,
}
"""What to do, by the error's class. The placeholders are the vendor's name, title and variables."""


def remedy(record: Record) -> str | None:
    """Return what the user can do about a job's error; ``None`` if there is nothing to do.

    Args:
        record: The job.
    """
    if record.lost:
        return LOST if can_be_attached(record) else ANSWERED
    if record.status is JobStatus.abandoned:
        return ABANDONED if can_be_attached(record) else AGAIN
    if record.status is JobStatus.expired:
        return EXPIRED
    if record.status is JobStatus.cancelled:
        return AGAIN
    if record.error is None or not record.done or record.came_in_answer:
        return None
    variables = VENDORS[record.vendor].variables.values() if record.vendor in VENDORS else ()
    return REMEDIES.get(record.error_type or "", AGAIN).format(
        name=record.vendor, title=vendor_label(record.vendor), variables=" and ".join(variables)
    )


def can_be_attached(record: Record) -> bool:
    """Return whether a job can have an id at its vendor by which it is found.

    It has none where the answer to the paid call is the result.
    """
    return record.readable and not is_answered(record.vendor, record.kind)
