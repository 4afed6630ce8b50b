"""What the user decides about a job that the client cannot, or must not, take further."""

from functools import partial
from typing import TYPE_CHECKING

from lipsync_nb import loop
from lipsync_nb.errors import BadRequest

if TYPE_CHECKING:
    from lipsync_nb.client import Client
    from lipsync_nb.job import Job


def attach(client: "Client", job_id: str, vendor_id: str) -> None:
    """See `Job.attach`."""
    client.refuse_closed()
    record = client.ledger.get(job_id)
    client.vendors[record.vendor].poll(vendor_id)  # refuses an id that cannot be the vendor's
    if not record.lost:
        raise BadRequest(f"job {job_id} is {record.status}: its submission was not lost")
    loop.run(client.engine.attach(job_id, vendor_id))


def resubmit(client: "Client", job: "Job") -> "Job":
    """See `Job.resubmit`."""
    client.refuse_closed()
    record = client.ledger.get(job.id)
    if record.successor is not None:
        return client.job(record.successor)
    if not record.resubmittable:
        raise BadRequest(f"job {job.id} is {record.status}: nothing to submit again")
    if job.request.fingerprint() != record.fingerprint:
        raise BadRequest(f"job {job.id}: its media have changed since; submit a new request")
    new = client.intake.record(job.request, client.vendors[record.vendor])
    entered = client.ledger.supersede(job.id, new, allow=partial(client.budgets.check, new))
    client.board.publish(client.ledger.get(job.id))
    return client.follow(entered)
