"""What the buttons of a job's card do: they call the job's own methods."""

from collections.abc import Callable, Mapping
from typing import Any

from lipsync_nb.jobs.job import Job


def act(job: Job, message: Mapping[str, Any]) -> tuple[str, Job]:
    """Do what a button asks.

    Args:
        job: The job whose card has the button.
        message: Its ``op`` is the button's name; ``attach`` has a ``vendor_id``.

    Returns:
        A sentence that says what was done, and the job to show from now on.
    """
    return ACTIONS[message["op"]](job, message)


def _cancel(job: Job, _: Mapping[str, Any]) -> tuple[str, Job]:
    job.cancel()
    return "Cancelling." if not job.status.terminal else f"The job is {job.status}.", job


def _resubmit(job: Job, _: Mapping[str, Any]) -> tuple[str, Job]:
    again = job.resubmit()
    return f"Submitted again as {again.id}.", again


def _attach(job: Job, message: Mapping[str, Any]) -> tuple[str, Job]:
    job.attach(str(message["vendor_id"]).strip())
    return "Attached; its progress is followed from now on.", job


def _fetch(job: Job, _: Mapping[str, Any]) -> tuple[str, Job]:
    job.add_done_callback(lambda _: None)
    return "Fetching the video again.", job


ACTIONS: dict[str, Callable[[Job, Mapping[str, Any]], tuple[str, Job]]] = {
    "cancel": _cancel,
    "resubmit": _resubmit,
    "attach": _attach,
    "fetch": _fetch,
}
"""What each button does, by the button's name."""
