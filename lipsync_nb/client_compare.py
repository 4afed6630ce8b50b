"""The part of a client that compares vendors; what it needs is imported when asked for."""

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

        Every face says every script, at every vendor that can do it, so many times. What a vendor
        cannot do is told, with the reason: ``comparison.refused``. What is in the ledger already
        is not paid again.

        Args:
            face: Pictures or clips: one, a list, or several by name.
            speech: Sounds: one, a list, or several by name.
            text: What is said, for vendors that speak by themselves; with speeches, one for each.
            cases: In place of these, a table with a row per case: columns ``face``, ``speech``,
                ``text``, and ``face_name``, ``script_name`` for what they are called.
            vendors: Names of whom to ask; by default all that are connected.
            repeats: How often each request is made.
            voices: By vendor, who speaks texts, in the vendor's own terms.
            options: By vendor, further fields of its requests, as ``{"resolution": "720p"}``.
            prices: By vendor, what a unit costs, or a `Price`: so costs compare in one currency.
            confirm_above: What more than this would cost has to be confirmed: in money if there
                are prices, else in each vendor's own unit. What nobody knows is more. Without it,
                more than 20 new jobs have to be confirmed.
            confirm: ``True`` confirms; ``False`` only tells what would be done, as an error.
            fresh: Make and pay everything again.
            executor: Where videos are measured; by default processes on this machine.

        Returns:
            The comparison, at once; its jobs go on.

        Raises:
            BadRequest: No vendor can do this, a file is missing, or an option is wrong.
            NotConfirmed: It has to be confirmed first; nothing was submitted.
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
