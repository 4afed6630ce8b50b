"""A vendor of one's own, whose jobs make voices, texts and sounds, as users add one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, ClassVar

from hosts import Arrival, Host, Reply, answer, says

from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import (
    Audio,
    BearerAuth,
    Call,
    Delivery,
    FromJob,
    JobStatus,
    Media,
    NonBlank,
    Purpose,
    Request,
    Snapshot,
    Takes,
    Text,
    Vendor,
    Voice,
    register,
)

STATES = {
    "busy": JobStatus.running,
    "ready": JobStatus.succeeded,
    "expired": JobStatus.expired,
}


class Clone(Request[Voice]):
    """A voice like that of a sample."""

    vendor = "own"

    sample: Annotated[Media, Takes(("audio",), spoken=False)]
    """The sample."""
    name: NonBlank = "mine"
    """The voice's name."""


class Write(Request[Text]):
    """A text about something; the answer has it."""

    vendor = "own"
    is_answered: ClassVar = True

    about: Annotated[NonBlank, FromJob(Text)]
    """What it is about."""


class Say(Request[Audio]):
    """A text that a voice speaks; the answer is the sound."""

    vendor = "own"
    is_answered: ClassVar = True

    text: Annotated[NonBlank, FromJob(Text)]
    """What is spoken."""
    voice: Annotated[NonBlank, FromJob(Voice, "own")] = "stock"
    """Who speaks it."""


class Own(Vendor):
    """The vendor."""

    name = "own"
    title = "Own"
    kinds = (Clone, Write, Say)
    variables: ClassVar = {"key": "OWN_KEY"}
    largest = 1_000_000
    """Bytes of a sound."""

    def auth(self) -> BearerAuth:
        """Send the key."""
        return BearerAuth(self.key("key"))

    async def submission(self, request: Any, delivery: Delivery) -> Call[Snapshot]:
        """Return the call for each kind."""
        if isinstance(request, Clone):
            files = {"sample": await delivery.file(request.sample)}
            return Call("POST", "voices", self._voice, Purpose.paid, files=files)
        body = request.model_dump()
        if isinstance(request, Write):
            return Call("POST", "texts", self._text, Purpose.paid, json=body)
        limits = {"largest": self.largest, "is_file": True}
        return Call("POST", "sounds", self._sound, Purpose.paid, json=body, **limits)

    def poll(self, request: Any, vendor_id: str) -> Call[Snapshot]:  # noqa: ARG002 - a vendor's signature
        """Ask for a voice; texts and sounds cannot be asked for."""
        return Call("GET", f"voices/{vendor_id}", self._voice, Purpose.poll)

    def _voice(self, payload: Any) -> Snapshot:
        status = STATES[payload["state"]]
        made = Voice("own", payload["id"], "mine", "https://own.test/a.wav")
        return Snapshot(status, payload["state"], payload["id"], made=made)

    def _text(self, payload: Any) -> Snapshot:
        return Snapshot(JobStatus.succeeded, "", "", made=payload["text"])

    def _sound(self, data: bytes) -> Snapshot:
        return Snapshot(JobStatus.succeeded, "", "", data=data)


class Studio:
    """The vendor's API on loopback.

    Args:
        sound: What it answers to a text that it is to speak.

    Attributes:
        state: The state of all voices.
        paid: The paid requests, by their paths.
        losing: Whether it answers none of them.
        sound: What it answers to a text that it is to speak.
    """

    def __init__(self, sound: bytes) -> None:
        self.state = "ready"
        self.paid: list[str] = []
        self.losing = False
        self.sound = answer(sound, Content_Type="audio/wav")
        self.host = Host(self._reply)

    def _reply(self, arrival: Arrival) -> Reply:
        path = arrival.target.strip("/")
        if arrival.method == "GET":
            voice = {"id": path.rpartition("/")[2], "state": self.state}
            return says({}, 404) if self.state == "denied" else says(voice)
        self.paid.append(path)
        if self.losing:
            return Reply(end="reset")
        if path == "sounds":
            return self.sound
        if path == "texts":
            return says({"text": f"Here is {arrival.json['about']}."})
        return says({"id": f"v{len(self.paid)}", "state": "busy"})


@contextmanager
def own_vendor(sound: bytes) -> Iterator[Studio]:
    """Register the vendor, and yield its API."""
    studio = Studio(sound)
    register(Own)
    try:
        with studio.host:
            yield studio
    finally:
        del VENDORS[Own.name]
