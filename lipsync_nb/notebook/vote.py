"""A blind vote on pairs of videos. No message to the browser names a vendor."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import traitlets

from lipsync_nb.compare.voting import VotePair
from lipsync_nb.errors import BadRequest
from lipsync_nb.ledger.comparisons import Choice
from lipsync_nb.notebook.assets import module, style
from lipsync_nb.notebook.widget import Answer, ScriptWidget, file_chunk


class Voting(ScriptWidget):
    """Pairs of videos, one after the other, by mouse or keyboard.

    Args:
        pairs: In the order in which they are shown.
        keep: Called with each pair and the voter's choice.
        seen: How many pairs the voter has already seen.
    """

    _esm = module("vote")
    _css = style("base", "grid", "vote")
    state = traitlets.Dict().tag(sync=True)

    def __init__(
        self, pairs: Sequence[VotePair], keep: Callable[[VotePair, Choice], None], seen: int = 0
    ) -> None:
        self._pairs = list(pairs)
        self._keep = keep
        self._seen = seen
        super().__init__(state=self._state(0))

    @property
    def pair(self) -> VotePair | None:
        """The pair that is shown; ``None`` after the last one."""
        place = self.state["round"] - self._seen
        return self._pairs[place] if place < len(self._pairs) else None

    def choose(self, choice: Choice | str) -> None:
        """Vote on the pair that is shown, and move on to the next.

        Args:
            choice: ``"left"``, ``"right"``, ``"equal"`` or ``"skip"``.

        Raises:
            BadRequest: It is none of these, or there are no pairs left.
        """
        if choice not in list(Choice):
            raise BadRequest(f"{choice!r} is none of {', '.join(Choice)}")
        if self.pair is None:
            raise BadRequest("no pair is left to vote on")
        self._keep(self.pair, Choice(choice))
        self.state = self._state(self.state["round"] - self._seen + 1)

    def answer(self, question: Mapping[str, Any]) -> Answer:
        """Answer the browser: send a part of a video, or record a choice."""
        if question["op"] == "blob":
            place, _, side = str(question["video"]).partition("-")
            paths = self._pairs[int(place) - self._seen].paths
            return file_chunk(paths[side == "right"], int(question["offset"]))
        if question["round"] == self.state["round"]:  # a key pressed twice is one choice
            self.choose(question["choice"])
        return {}, []

    def fallback(self) -> dict[str, str]:
        """Return a line of text: how many pairs were seen."""
        return {"text/plain": f"a vote: {self.state['round']} of {self.state['of']} pairs seen"}

    def _state(self, place: int) -> dict[str, Any]:
        """Return the state for the browser: the vote's progress, and the videos' volumes."""
        volumes = self._pairs[place].volumes if place < len(self._pairs) else (1.0, 1.0)
        return {
            "round": self._seen + place,
            "of": self._seen + len(self._pairs),
            "volumes": list(volumes),
        }
