"""The claims, one function each: the docstring is the claim; `Broken` if it does not hold."""

import json
import time
from collections.abc import Callable
from typing import Any, TypeAlias

from lipsync_nb.contract.playable import expect_playable
from lipsync_nb.contract.relay import Spoiled
from lipsync_nb.contract.trial import LONGEST, Broken, Trial, expect
from lipsync_nb.errors import (
    DownloadError,
    JobFailed,
    MissingCredentials,
    SubmitUnknown,
    Unauthorized,
    Unsupported,
    VendorError,
)
from lipsync_nb.http.call import Answer
from lipsync_nb.media.result_file import ResultFile
from lipsync_nb.results import Resource
from lipsync_nb.status import JobStatus, Snapshot
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import NO_JOB, Request

HTML = b"<html><body>Bad Gateway</body></html>"
BUSY = Spoiled(500, b'{"message": "busy"}')
NONSENSE = (BUSY, Spoiled(502, HTML), Spoiled(200, HTML), Spoiled(200, b""), Spoiled(200, b"[]"))
ANSWERS: tuple[Any, ...] = (
    None,
    [],
    {},
    "",
    "ok",
    0,
    {"data": None},
    {"data": []},
    {"status": None},
    {"id": {}},
)
"""JSON values that answer nothing."""


def described(trial: Trial) -> None:
    """It is registered, has a title and kinds of requests, and describes each of their fields."""
    kind = trial.kind
    expect(VENDORS.get(kind.name) is kind, f"{kind.name!r} is not in the registry: register it")
    expect(kind.title and kind.kinds, "it has no title, or no kinds")
    for model in kind.kinds:
        expect(model.vendor == kind.name, f"{model.kind()}.vendor is {model.vendor!r}")
        silent = [name for name, field in model.model_fields.items() if not field.description]
        expect(not silent, f"{model.kind()}: no description of {', '.join(silent)}")


def names_its_variables(trial: Trial) -> None:
    """Without keys, its error names the variables to set."""
    try:
        trial.vendor(**dict.fromkeys(trial.kind.variables, ""))
    except MissingCredentials as error:
        named = [variable in str(error) for variable in trial.kind.variables.values()]
        expect(all(named), f"it says only: {error}")
    else:
        raise Broken("it takes empty keys")


def keeps_requests(trial: Trial) -> None:
    """A request is the same after it was written into the ledger and read back."""
    written = trial.request.model_dump_json(exclude_unset=True)
    read = trial.kind.request(trial.request.kind(), written)
    expect(read == trial.request, f"{trial.request!r} became {read!r}")


def verifies_for_nothing(trial: Trial) -> None:
    """Verifying accepts a good key, raises `Unauthorized` for a wrong one, and costs nothing."""
    expect(trial.vendor().verify(), "verify() says nothing")
    try:
        trial.refused_vendor().verify()
    except Unauthorized:
        expect(trial.paid() == 0, "it has sent a paid request")
    else:
        raise Broken("it takes a wrong key")


def denies_jobs_it_has_not(trial: Trial) -> None:
    """A poll of a job that it does not have fails with one of its codes for that."""
    vendor = trial.vendor()
    try:
        found = vendor.ask(vendor.poll(trial.request, NO_JOB))
    except VendorError as error:
        expect(vendor.denies(error), f"no_such_job lacks {error.code!r}: {error}")
    else:
        raise Broken(f"of job {NO_JOB} it says {found!r}")


def makes_what_it_says(trial: Trial) -> None:
    """A request becomes what it says, whole and playable; it is paid once, however often sent."""
    with trial.client() as client:
        jobs = [client.submit(trial.request) for _ in range(3)]
        made, says = jobs[0].result(LONGEST), trial.request.makes()
        expect(isinstance(made, says), f"it made a {type(made).__name__}, not a {says.__name__}")
        if isinstance(made, ResultFile):
            expect_playable(made.path, says.__name__.lower(), made.duration_s)
        elif isinstance(made, Resource):
            expect(made.id and made.vendor == trial.kind.name, f"{made!r}")
        else:
            expect(made.strip(), "the text is empty")
        expect(len({job.id for job in jobs}) == 1, "the same request became several jobs")
    expect(trial.paid() == 1, f"{trial.paid()} paid requests")


def survives_its_kernel(trial: Trial) -> None:
    """A job of a client that has ended is finished by the next client, and not paid again."""
    with trial.client() as client:
        job = client.submit(trial.request)
        job_id, until = job.id, time.monotonic() + LONGEST
        while job.vendor_id is None and not job.done() and time.monotonic() < until:
            time.sleep(0.01)
    with trial.client() as client:
        client.job(job_id).result(LONGEST)
    expect(trial.paid() == 1, f"{trial.paid()} paid requests")


def never_pays_twice(trial: Trial) -> None:
    """A submission whose answer is lost is not sent again: it is found in a list, or unknown."""
    trial.spoil_submission(Spoiled(502, HTML, worked=True))
    with trial.client() as client:
        job = client.submit(trial.request)
        error = job.exception(LONGEST)
        found = type(trial.request) in trial.kind.lists and job.status is JobStatus.succeeded
        expect(found or isinstance(error, SubmitUnknown), f"{job!r}, {error!r}")
    expect(trial.paid() == 1, f"{trial.paid()} paid requests")


def waits_its_turn(trial: Trial) -> None:
    """A submission that came too fast (429) is sent again, after the wait that was asked for."""
    trial.spoil_submission(Spoiled(429, b"{}", headers=(("Retry-After", "0"),)))
    with trial.client() as client:
        client.submit(trial.request).result(LONGEST)
    expect(trial.paid() == 2, f"{trial.paid()} paid requests")  # noqa: PLR2004 - refused, then taken


def fails_with_a_wrong_key(trial: Trial) -> None:
    """A refused key fails the job at once, as `Unauthorized`."""
    with trial.client(trial.refused_vendor()) as client:
        job = client.submit(trial.request)
        expect(isinstance(job.exception(LONGEST), JobFailed), f"{job!r}")
        expect(isinstance(job.error, Unauthorized), f"{job.error!r}")


def polls_again(trial: Trial) -> None:
    """A poll that goes wrong does not fail the job, whatever came instead of an answer."""
    trial.spoil_polls(*NONSENSE)
    with trial.client() as client:
        client.submit(trial.request).result(LONGEST)
    expect(trial.polls() > len(NONSENSE), f"{trial.polls()} polls")
    expect(trial.paid() == 1, f"{trial.paid()} paid requests")


def reads_anything(trial: Trial) -> None:
    """Whatever JSON comes, a poll reads it or raises a `VendorError`, and no other error."""
    vendor = trial.vendor()
    for payload in ANSWERS:
        try:
            vendor.check(Answer(200, payload))
            found = vendor.poll(trial.request, NO_JOB).read(payload)
        except VendorError:
            continue
        expect(isinstance(found, Snapshot), f"{json.dumps(payload)} was read as {found!r}")


def keeps_its_secrets(trial: Trial) -> None:
    """Its keys appear in no display, error or ledger."""
    with trial.client(trial.refused_vendor()) as refused, trial.client() as client:
        failed, job = refused.submit(trial.request), client.submit(trial.request, fresh=True)
        shown = [repr(failed.exception(LONGEST)), repr(job.result(LONGEST)), repr(job)]
        shown += [repr(client.vendors), repr(job.record), repr(failed.record)]
    files = trial.ledger.parent.glob("jobs*")
    shown += [path.read_bytes().decode(errors="replace") for path in files]
    leaks = [secret for secret in trial.secrets if any(secret in text for text in shown)]
    expect(not leaks, f"{len(leaks)} of its keys can be read")


def estimates_in_its_unit(trial: Trial) -> None:
    """It estimates costs in the unit of its published prices; without prices, not at all."""
    cost = trial.vendor().estimate(trial.request, lambda _: 10.0)
    if trial.kind.unit is None:
        expect(cost is None, f"{cost} of a vendor without prices")
    elif cost is not None:
        expect((cost.unit, cost.estimated) == (trial.kind.unit, True), f"{cost!r}")
        expect(cost.amount > 0, f"{cost!r}")


def says_what_it_cannot(trial: Trial) -> None:
    """It can cancel and list if it says so, and otherwise raises `Unsupported`."""
    vendor, kind = trial.vendor(), type(trial.request)
    calls: dict[str, Callable[[], object]] = {
        "cancels": lambda: vendor.cancellation(trial.request, NO_JOB),
        "lists": lambda: vendor.listing(kind, 1),
    }
    for word, call in calls.items():
        claimed = kind in getattr(trial.kind, word)
        try:
            call()
        except Unsupported:
            expect(not claimed, f"{word} has {kind.kind()}, but it raises Unsupported")
        else:
            expect(claimed, f"{word} lacks {kind.kind()}, but it does")


def fetches_again(trial: Trial) -> None:
    """A result that was deleted here is fetched again, and not paid again."""
    with trial.client() as client:
        job = client.submit(trial.request)
        job.result(LONGEST).path.unlink()
        try:
            expect(job.result(LONGEST).path.exists(), "there is no file")
        except DownloadError as error:
            raise Broken(str(error)) from error
    expect(trial.paid() == 1, f"{trial.paid()} paid requests")


Claim: TypeAlias = Callable[[Trial], None]

OF_THE_VENDOR: tuple[Claim, ...] = (described, names_its_variables, verifies_for_nothing)
"""Claims that concern no kind of request in particular."""
OF_POLLED_JOBS: tuple[Claim, ...] = (denies_jobs_it_has_not, reads_anything, polls_again)
"""Claims that concern jobs that the vendor can be asked for."""
OF_FETCHED_FILES: tuple[Claim, ...] = (fetches_again,)
"""Claims that concern results that are downloaded."""

CLAIMS: tuple[Claim, ...] = (
    described,
    names_its_variables,
    keeps_requests,
    estimates_in_its_unit,
    says_what_it_cannot,
    reads_anything,
    verifies_for_nothing,
    denies_jobs_it_has_not,
    makes_what_it_says,
    fetches_again,
    survives_its_kernel,
    polls_again,
    waits_its_turn,
    never_pays_twice,
    fails_with_a_wrong_key,
    keeps_its_secrets,
)
"""All claims, the quick ones first."""


def claims_of(kind: type[Request]) -> list[Claim]:
    """Return the claims that concern a kind of request and its vendor."""
    is_file = issubclass(kind.makes(), ResultFile)
    left_out: set[Claim] = set()
    if kind.is_answered:
        left_out.update(OF_POLLED_JOBS)
    if kind.is_answered or not is_file:
        left_out.update(OF_FETCHED_FILES)
    return [claim for claim in CLAIMS if claim not in left_out]
