"""The kinds of faults, the steps at which they happen, and what they need of a vendor."""

from dataclasses import dataclass, field
from typing import Any

STEPS = {
    "auth": "exchanging the keys for a token",
    "prepare": "asking for an upload URL",
    "upload": "sending a file before the job that uses it",
    "file": "asking whether a file is ready",
    "submit": "the paid call that creates a job",
    "poll": "asking for a job's state, or listing the jobs",
    "download": "fetching a result, a cover or a preview",
    "callback": "what the vendor posts to the client",
    "other": "cancel, preview URL, voices, balance",
}
"""Step → what a request, or a callback, of this step is for."""

REQUEST_STEPS = ("auth", "prepare", "upload", "file", "submit", "poll", "download", "other")
"""The steps at which the client sends a request."""


@dataclass(frozen=True)
class VendorTraits:
    """The properties of a vendor that decide which faults it can have.

    Args:
        steps: Its steps, of STEPS.
        has_error_codes: Whether the envelope of its errors has a code.
    """

    steps: frozenset[str]
    has_error_codes: bool


@dataclass(frozen=True)
class FaultKind:
    """A kind of fault.

    Args:
        description: What happens; names in backquotes are settings.
        steps: Where it can happen, of STEPS.
        defaults: Its settings and their default values.
        usual: Where it happens if no step is named; empty for any of its steps.
        needs_error_codes: Whether the vendor's errors must have codes.
        needs_step: A step that the vendor must have; empty for none.
        only_with: Step → another step that the vendor must have for the fault at the first one.
    """

    description: str
    steps: tuple[str, ...]
    defaults: dict[str, Any] = field(default_factory=dict)
    usual: tuple[str, ...] = ()
    needs_error_codes: bool = False
    needs_step: str = ""
    only_with: dict[str, str] = field(default_factory=dict)

    def applies_to(self, vendor: VendorTraits) -> bool:
        """Whether a vendor has what the fault needs."""
        if self.needs_error_codes and not vendor.has_error_codes:
            return False
        return not self.needs_step or self.needs_step in vendor.steps

    def steps_of(self, vendor: VendorTraits) -> list[str]:
        """The steps at which a vendor can have the fault."""
        return [
            step for step in self.steps if {step, self.only_with.get(step, step)} <= vendor.steps
        ]


KINDS: dict[str, FaultKind] = {
    # Kinds that do not need the vendor's answer
    "latency": FaultKind("the answer comes `seconds` late", REQUEST_STEPS, {"seconds": 2.0}),
    "status": FaultKind(
        "HTTP `status` with `body`; the request is carried out first if `worked`",
        REQUEST_STEPS,
        {"status": 500, "body": "Internal Server Error", "worked": False},
    ),
    "rate_limited": FaultKind(
        "429 with Retry-After: `retry_after` seconds, or as an HTTP date if `date`",
        REQUEST_STEPS,
        {"retry_after": 1, "date": False},
    ),
    "code": FaultKind(
        "the vendor's own envelope with error `code` and `message`, as HTTP `status`",
        REQUEST_STEPS,
        {"code": 50000, "message": "sandbox fault", "status": 200},
        needs_error_codes=True,
    ),
    "reset_before": FaultKind(
        "the connection is reset; the request is not carried out", REQUEST_STEPS
    ),
    "reset_after": FaultKind(
        "the request is carried out, and paid; then the connection is reset", REQUEST_STEPS
    ),
    # Kinds that change the answer; the request is carried out first unless `worked` is false
    "html": FaultKind(
        "an HTML page with HTTP `status` instead of the answer",
        REQUEST_STEPS,
        {"status": 200, "worked": True},
    ),
    "bad_json": FaultKind("incomplete JSON", REQUEST_STEPS, {"worked": True}),
    "bad_utf8": FaultKind("JSON with bytes that are not UTF-8", REQUEST_STEPS, {"worked": True}),
    "wrong_types": FaultKind("the answer with wrong types of all values", REQUEST_STEPS),
    "missing_fields": FaultKind(
        "the answer without `fields`; empty if none are named",
        REQUEST_STEPS,
        {"fields": []},
    ),
    "huge_json": FaultKind(
        "valid JSON of `megabytes`", REQUEST_STEPS, {"worked": True, "megabytes": 10}
    ),
    "endless": FaultKind("a body that never ends", REQUEST_STEPS, {"worked": True}),
    # Kinds of a job, or of a file when the step is upload
    "stuck": FaultKind(
        "the job never ends; the file is never ready",
        ("submit", "upload"),
        {"reason": ""},
        usual=("submit",),
        only_with={"upload": "file"},  # without the step file, files are ready at once
    ),
    "failed": FaultKind(
        "the job fails for `reason`; the file fails its content check",
        ("submit", "upload"),
        {"reason": ""},
        usual=("submit",),
    ),
    "unknown_status": FaultKind(
        "a status `word` that the vendor's page does not list", ("poll",), {"word": None}
    ),
    "hostile_url": FaultKind(
        "the result's URL is `url`, or one of `where`: file, private, metadata, parent, "
        "redirect_private, redirect_file, redirect_loop",
        ("poll",),
        {"where": "file", "url": None},
    ),
    # Kinds of credentials
    "dead_token": FaultKind(
        "the token becomes invalid just before the request",
        ("prepare", "file", "submit", "poll", "other"),
        needs_step="auth",
    ),
    # Kinds of a download
    "truncated": FaultKind(
        "`fraction` of the announced bytes, then a reset", ("download",), {"fraction": 0.5}
    ),
    "drip": FaultKind("`bytes_per_s` at most", ("download",), {"bytes_per_s": 50_000}),
    "changed": FaultKind("another file than before", ("download",)),
    "cut_off": FaultKind(
        "the first `fraction` of the file, announced as the whole", ("download",), {"fraction": 0.5}
    ),
    "garbled": FaultKind("the file with zeros in place of its beginning", ("download",)),
    "html_video": FaultKind(
        "an HTML page instead of the result, as `content_type`; None for the result's own",
        ("download",),
        {"content_type": None},
    ),
    "hostile_name": FaultKind(
        "a Content-Disposition with `name` as the file's name",
        ("download",),
        {"name": "../../../.bashrc"},
    ),
    "expired": FaultKind("403, as if the URL had expired", ("download",)),
    # Kinds of a callback
    "lost": FaultKind("the callback is never sent", ("callback",)),
    "doubled": FaultKind("the callback is sent twice", ("callback",)),
    "late": FaultKind("the callback is sent `seconds` late", ("callback",), {"seconds": 2.0}),
    "forged": FaultKind(
        "after the submission, a false callback claims success and another result",
        ("callback",),
    ),
    "malformed": FaultKind("the callback's body is not JSON", ("callback",)),
}
