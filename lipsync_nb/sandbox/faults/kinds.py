"""The kinds of fault there are, at which steps, and to which vendors they can happen."""

from dataclasses import dataclass, field
from typing import Any

from lipsync_nb.sandbox.vendors import VENDORS

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

STEPS_OF = {vendor.NAME: vendor.STEPS for vendor in VENDORS}
"""The steps each vendor has."""

NAMES = tuple(sorted(STEPS_OF))
NAMES_WITH_CODES = tuple(sorted(vendor.NAME for vendor in VENDORS if vendor.HAS_ERROR_CODES))
NAMES_WITH_TOKENS = tuple(name for name in NAMES if "auth" in STEPS_OF[name])


@dataclass(frozen=True)
class Kind:
    """A kind of fault.

    Args:
        line: What happens; names in backquotes are settings.
        steps: Where it can happen; of STEPS.
        defaults: Its settings, with their values where none are given.
        usual: Where it happens when no step is named; empty for any of its steps.
        vendors: Names of those to whom it can happen.
        only: Step → the vendors to whom it can happen there, where these are fewer.
    """

    line: str
    steps: tuple[str, ...]
    defaults: dict[str, Any] = field(default_factory=dict)
    usual: tuple[str, ...] = ()
    vendors: tuple[str, ...] = NAMES
    only: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def steps_of(self, vendor: str) -> list[str]:
        """The steps at which it can happen to a vendor."""
        own = STEPS_OF[vendor]
        return [step for step in self.steps if step in own and vendor in self.only.get(step, NAMES)]


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
        vendors=NAMES_WITH_CODES,
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
        only={"upload": ("chanjing",)},  # whose files are checked after the upload
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
        vendors=NAMES_WITH_TOKENS,
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
