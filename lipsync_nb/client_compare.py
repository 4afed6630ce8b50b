"""The part of `Client` that compares vendors; what it needs is imported on use."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd

    from lipsync_nb.client import Client
    from lipsync_nb.compare.cases import Many
    from lipsync_nb.compare.comparison import Comparison
    from lipsync_nb.compare.prices import Prices
    from lipsync_nb.media import MediaLike


class ClientCompare:
    """A client's comparisons."""

    def compare(
        self,
        face: "Many[MediaLike] | None" = None,
        speech: "Many[MediaLike] | None" = None,
        text: "Many[str] | None" = None,
        *,
        cases: "pd.DataFrame | None" = None,
        vendors: Iterable[str] | None = None,
        repeats: int = 1,
        voices: Mapping[str, str] | None = None,
        options: Mapping[str, Mapping[str, Any]] | None = None,
        prices: "Prices | None" = None,
        confirm_above: float | None = None,
        confirm: bool | None = None,
        fresh: bool = False,
        executor: "Executor | None" = None,
    ) -> "Comparison":
        """Have the same faces say the same words at several vendors.

        Every face says every script, at every vendor that can do it, `repeats` times. What a
        vendor cannot do is listed with the reason in ``comparison.refused``. What is in the
        ledger already is not paid again.

        Args:
            face: Pictures or clips: one, a list, or several by name.
            speech: Audio: one, a list, or several by name.
            text: What is said, for vendors that synthesise speech; one for each speech, if both are
                given.
            cases: Instead of these, a table with a row per case: columns ``face``, ``speech``,
                ``text``, and for their names ``face_name`` and ``script_name``.
            vendors: Names of the vendors to ask; by default all that are connected.
            repeats: How often each request is made.
            voices: By vendor, the voice that speaks texts, in the vendor's own terms.
            options: By vendor, further fields of its requests, such as ``{"resolution": "720p"}``.
            prices: By vendor, what a unit costs, or a `Price`, so that costs are in one currency.
            confirm_above: Cost above which confirmation is needed: in money if `prices` are given,
                else in each vendor's own unit. An unknown cost counts as above. More than 20 new
                jobs need confirmation whatever they cost.
            confirm: ``True`` confirms; ``False`` raises `NotConfirmed`, with the plan, in any case.
            fresh: Make and pay everything again.
            executor: Where videos are measured; by default processes on this machine.

        Returns:
            The comparison, at once, while its jobs go on.

        Raises:
            BadRequest: No vendor can do this, a file is missing, or an option is wrong.
            NotConfirmed: Confirmation is needed; nothing was submitted.
            MissingCredentials: A vendor is not connected.
        """
        from lipsync_nb.compare.compare import compare  # noqa: PLC0415 - needs pandas

        return compare(
            cast("Client", self),
            face,
            speech,
            text,
            cases=cases,
            vendors=vendors,
            repeats=repeats,
            voices=voices,
            options=options,
            prices=prices,
            confirm_above=confirm_above,
            confirm=confirm,
            fresh=fresh,
            executor=executor,
        )
