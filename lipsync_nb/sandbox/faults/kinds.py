"""The kinds of fault there are, at which steps, and what a vendor must have for them."""

from dataclasses import dataclass, field
from typing import Any

STEPS = {
    "auth": "trading the keys for a token",
    "prepare": "asking where a file may be sent",
    "upload": "sending a file by itself, before the job that uses it",
    "file": "asking whether a file is ready",
    "submit": "the paid call that creates a job",
    "poll": "asking how a job is, or listing the jobs",
    "download": "fetching a result, a cover or a preview",
    "callback": "what the vendor posts to the client",
    "other": "cancel, preview URL, voices, balance",
}
"""Step → what a request, or a callback, of that step is for."""

WEB = ("auth", "prepare", "upload", "file", "submit", "poll", "download", "other")
"""The steps at which the client sends a request."""


@dataclass(frozen=True)
class Traits:
    """What decides which faults can happen to a vendor.

    Args:
        steps: The steps it has; of STEPS.
        has_error_codes: Whether the envelope of its errors has a code.
    """

    steps: frozenset[str]
    has_error_codes: bool


@dataclass(frozen=True)
class Kind:
    """A kind of fault.

    Args:
        line: What happens; names in backquotes are settings.
        steps: Where it can happen; of STEPS.
        defaults: Its settings, with their values where none are given.
        usual: Where it happens when no step is named; empty for any of its steps.
        needs_error_codes: Whether it happens only to vendors whose errors have codes.
        needs_step: A step a vendor must have for it to happen at any; empty for none.
        only_with: Step → another step, without which it cannot happen there.
    """

    line: str
    steps: tuple[str, ...]
    defaults: dict[str, Any] = field(default_factory=dict)
    usual: tuple[str, ...] = ()
    needs_error_codes: bool = False
    needs_step: str = ""
    only_with: dict[str, str] = field(default_factory=dict)

    def fits(self, vendor: Traits) -> bool:
        """Whether a vendor has what it needs."""
        if self.needs_error_codes and not vendor.has_error_codes:
            return False
        return not self.needs_step or self.needs_step in vendor.steps

    def steps_of(self, vendor: Traits) -> list[str]:
        """The steps at which it can happen to a vendor."""
        return [
            step for step in self.steps if {step, self.only_with.get(step, step)} <= vendor.steps
        ]


KINDS: dict[str, Kind] = {
    # Kinds that need no answer of the vendor's
    "latency": Kind("the answer comes `seconds` late", WEB, {"seconds": 2.0}),
    "status": Kind(
        "HTTP `status` with `body`; the work is done first if `worked`",
        WEB,
        {"status": 500, "body": "Internal Server Error", "worked": False},
    ),
    "rate_limited": Kind(
        "429 with Retry-After: `retry_after` seconds, or that moment as an HTTP date if `date`",
        WEB,
        {"retry_after": 1, "date": False},
    ),
    "code": Kind(
        "the vendor's own envelope with error `code` and `message`, as HTTP `status`",
        WEB,
        {"code": 50000, "message": "sandbox fault", "status": 200},
        needs_error_codes=True,
    ),
    "reset_before": Kind("the connection is reset; nothing was done", WEB),
    "reset_after": Kind("the work is done, and paid; then the connection is reset", WEB),
    # Kinds that spoil the answer; the work is done first unless `worked` is false
    "html": Kind(
        "an HTML page with HTTP `status` in place of the answer",
        WEB,
        {"status": 200, "worked": True},
    ),
    "bad_json": Kind("JSON that breaks off", WEB, {"worked": True}),
    "bad_utf8": Kind("JSON with bytes that are no UTF-8", WEB, {"worked": True}),
    "wrong_types": Kind("the answer, each value of another type than it should be", WEB),
    "missing_fields": Kind(
        "the answer without `fields`; without everything if none are named", WEB, {"fields": []}
    ),
    "huge_json": Kind("valid JSON of `megabytes`", WEB, {"worked": True, "megabytes": 10}),
    "endless": Kind("a body that never ends", WEB, {"worked": True}),
    # Kinds of a job, or of a file when the step is upload
    "stuck": Kind(
        "the job never ends; the file is never ready",
        ("submit", "upload"),
        {"reason": ""},
        usual=("submit",),
        only_with={"upload": "file"},  # files nobody can ask after are ready at once
    ),
    "failed": Kind(
        "the job fails the vendor's way, for `reason`; the file fails its content check",
        ("submit", "upload"),
        {"reason": ""},
        usual=("submit",),
    ),
    "unknown_status": Kind("a status `word` no page lists", ("poll",), {"word": None}),
    "hostile_url": Kind(
        "the result's URL is `url`, or one of `where`: file, private, metadata, parent, "
        "redirect_private, redirect_file, redirect_loop",
        ("poll",),
        {"where": "file", "url": None},
    ),
    # Kinds of credentials
    "dead_token": Kind(
        "the token dies just before the request",
        ("prepare", "file", "submit", "poll", "other"),
        needs_step="auth",
    ),
    # Kinds of a download
    "truncated": Kind(
        "`fraction` of the bytes promised, then a reset", ("download",), {"fraction": 0.5}
    ),
    "drip": Kind("`bytes_per_s` and no faster", ("download",), {"bytes_per_s": 50_000}),
    "changed": Kind("another file (still a video) than a moment ago", ("download",)),
    "html_video": Kind("an HTML page as the video", ("download",), {"content_type": "video/mp4"}),
    "hostile_name": Kind(
        "a Content-Disposition with `name` as the file's name",
        ("download",),
        {"name": "../../../.bashrc"},
    ),
    "expired": Kind("403, as if the URL had expired", ("download",)),
    # Kinds of a callback
    "lost": Kind("the callback is never sent", ("callback",)),
    "doubled": Kind("the callback is sent twice", ("callback",)),
    "late": Kind("the callback is sent `seconds` late", ("callback",), {"seconds": 2.0}),
    "forged": Kind(
        "as soon as the job is submitted comes one that claims success and another result",
        ("callback",),
    ),
    "malformed": Kind("the callback's body is no JSON", ("callback",)),
}
