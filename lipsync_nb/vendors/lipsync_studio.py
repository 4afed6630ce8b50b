"""lipsync.studio: clips or pictures and audio at public URLs, as a ``formState``.

Page: lipsync.studio API.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, ClassVar, Literal, Self

import httpx
from pydantic import AfterValidator, SecretStr

from lipsync_nb.vendors.base import (
    AliasChoices,
    BearerAuth,
    Call,
    CallbackURL,
    Cost,
    Delivery,
    Display,
    Field,
    FromJob,
    JobId,
    JobStatus,
    Lenient,
    Media,
    Message,
    Purpose,
    Reply,
    Request,
    Snapshot,
    Takes,
    Talk,
    Text,
    Vendor,
    Video,
    begun_seconds,
    http_url,
    in_path,
    is_local,
    translate,
)

CREDITS_PER_SECOND = {"480p": 2, "720p": 4}
LEAST_SECONDS = 5
"""The fewest seconds that are billed. A begun second is billed as a whole one, by our choice."""

STATUSES = {
    "processing": JobStatus.running,
    "completed": JobStatus.succeeded,
    "failed": JobStatus.failed,
}


def _https(url: str) -> str:
    where = http_url(url)
    if not (where.scheme == "https" or is_local(where.host)):
        raise ValueError("a webhook must be HTTPS")
    return url


Webhook = Annotated[CallbackURL, AfterValidator(_https)]
Picture = Annotated[Media, Takes(("image",))]
Clip = Annotated[Media, Takes(("video",))]
Sound = Annotated[Media, Takes(("audio",))]


class _Form(Request[Video]):
    """What the three kinds have in common."""

    vendor = "lipsync_studio"
    callback_field = "webhook"
    path: ClassVar[str]

    resolution: Literal["480p", "720p"] = "480p"
    """Resolution of the result; 480p costs 2 credits per second, 720p costs 4."""
    prompt: Annotated[str | None, Display(lines=2), FromJob(Text)] = None
    """The style in words; the page lists it for clips only."""
    seed: int | None = None
    """A number; the same seed gives the same result again."""
    webhook: Webhook | None = None
    """The HTTPS URL that the vendor calls when the job ends."""

    def billed(self, seconds: Callable[[Media], float | None]) -> float | None:
        """Return the most seconds that may be billed."""
        raise NotImplementedError

    def surely_billed(self, seconds: Callable[[Media], float | None]) -> float | None:
        """Return the fewest seconds that may be billed, if it is not certain how many are."""
        return None

    def price(self, seconds: float) -> int:
        """Return the credits for so many seconds."""
        rate = CREDITS_PER_SECOND[self.resolution]
        return rate * max(LEAST_SECONDS, begun_seconds(seconds))


class LipSyncVideo(_Form):
    """A clip with its speech replaced (视频换音频, ``POST /lipsync-video``)."""

    path = "lipsync-video"

    video: Clip
    """The clip with the face; trimmed or extended to the speech."""
    audio: Sound
    """The speech."""
    mask_image: Annotated[Media | None, Takes(("image",), faces=0)] = None
    """A picture whose white part limits the lip-sync (遮罩图片)."""

    @classmethod
    def talking(cls, talk: Talk) -> Self:
        """Return a request from a clip and a speech."""
        return cls(video=talk.clip(), audio=talk.needed_speech())

    def billed(self, seconds: Callable[[Media], float | None]) -> float | None:
        """Return the length of the speech."""
        return seconds(self.audio)

    def surely_billed(self, seconds: Callable[[Media], float | None]) -> float | None:
        """Return the length of a clip that is shorter than the speech.

        The vendor says that it extends such a clip, and bills "the video". It does not say whether
        that is the clip as it was sent, or as it was extended to the speech.
        """
        speech, clip = seconds(self.audio), seconds(self.video)
        return clip if speech and clip and clip < speech else None


class LipSyncImage(_Form):
    """A picture that speaks (图片 + 音频, ``POST /lipsync-image``)."""

    path = "lipsync-image"

    image: Picture
    """The picture with the face."""
    audio: Sound
    """The speech."""
    mask_image: Annotated[Media | None, Takes(("image",), faces=0)] = None
    """A picture whose white part limits the lip-sync; the page lists it for clips only."""

    @classmethod
    def talking(cls, talk: Talk) -> Self:
        """Return a request from a picture and a speech."""
        return cls(image=talk.picture(), audio=talk.needed_speech())

    def billed(self, seconds: Callable[[Media], float | None]) -> float | None:
        """Return the length of the speech."""
        return seconds(self.audio)


class LipSyncDialogue(_Form):
    """A picture of two people who speak (图片 + 双音频, ``POST /lipsync-image-multi``)."""

    # The page lists none of its fields. The audios and "meanwhile" are from the vendor's price
    # list; "image" and the other two orders are inferred.
    path = "lipsync-image-multi"

    image: Annotated[Media, Takes(("image",), faces=2)]
    """The picture with two faces."""
    left_audio: Sound
    """The speech of the left face."""
    right_audio: Sound
    """The speech of the right face."""
    order: Annotated[
        Literal["meanwhile", "left_right", "right_left"],
        Display(
            options={
                "meanwhile": "Both at once",
                "left_right": "Left, then right",
                "right_left": "Right, then left",
            }
        ),
    ] = "meanwhile"
    """Who speaks when: both at once bills the longer speech, one after the other bills both."""

    def billed(self, seconds: Callable[[Media], float | None]) -> float | None:
        """Return the length of the longer speech, or of both."""
        left, right = seconds(self.left_audio), seconds(self.right_audio)
        if left is None or right is None:
            return None
        return max(left, right) if self.order == "meanwhile" else left + right


class _Job(Reply):
    status: str
    output: Lenient[str] = None
    error: Message = None


class _Submitted(_Job):
    # The page's text says requestId, its examples say id.
    id: JobId = Field(validation_alias=AliasChoices("id", "requestId", "jobId"))
    status: str = "processing"


class LipsyncStudio(Vendor):
    """lipsync.studio.

    Args:
        api_key: ``LIPSYNC_STUDIO_API_KEY``.
        base_url: ``LIPSYNC_STUDIO_BASE_URL``, if not the vendor's own.
        proxy: Its proxy, such as ``http://127.0.0.1:7890``, or ``"direct"`` for none; by default
            the environment's.
    """

    name = "lipsync_studio"
    title = "lipsync.studio"
    kinds = (LipSyncVideo, LipSyncImage, LipSyncDialogue)
    variables: ClassVar = {"api_key": "LIPSYNC_STUDIO_API_KEY"}
    default_base_url = "https://lipsync.studio/api/v1"
    takes_urls_only = True
    poll_seconds = (5.0, 8.5)  # "every 5-10 seconds", says the page; jitter makes it longer
    unit = "credits"
    prices = "2 credits per second at 480p, 4 at 720p; at least 5 s"

    def __init__(
        self,
        api_key: str | SecretStr | None = None,
        *,
        base_url: str | None = None,
        proxy: str | None = None,
    ) -> None:
        super().__init__(base_url=base_url, proxy=proxy, api_key=api_key)

    def auth(self) -> httpx.Auth:
        """Send the key as a bearer token."""
        return BearerAuth(self.key("api_key"))

    async def submission(self, request: _Form, delivery: Delivery) -> Call[Snapshot]:
        """Give all media a URL, and return a call with all fields as ``formState``."""
        form = {name: await _plain(value, delivery) for name, value in request if value is not None}
        webhook = form.pop("webhook", None)
        body = {"formState": form} | ({"webhook": webhook} if webhook else {})
        return Call("POST", request.path, self._submitted, purpose=Purpose.paid, json=body)

    def poll(self, request: _Form, vendor_id: str) -> Call[Snapshot]:
        """Ask ``GET /jobs/{requestId}``."""
        read = partial(self._job, vendor_id)
        return Call("GET", f"jobs/{in_path(vendor_id)}", read, purpose=Purpose.poll)

    def estimate(self, request: _Form, seconds: Callable[[Media], float | None]) -> Cost | None:
        """Return the cost by the begun second of speech, at least five; see `surely_billed`."""
        most, least = request.billed(seconds), request.surely_billed(seconds)
        if most is None:
            return None
        cost = Cost(request.price(most), "credits", estimated=True)
        at_least = cost.amount if least is None else request.price(least)
        return replace(cost, at_least=at_least) if at_least < cost.amount else cost

    def _submitted(self, payload: Any) -> Snapshot:
        job = self.read(_Submitted, payload)
        return _snapshot(job.id, job)

    def _job(self, job_id: str, payload: Any) -> Snapshot:
        return _snapshot(job_id, self.read(_Job, payload))


def _snapshot(job_id: str, job: _Job) -> Snapshot:
    status = translate(STATUSES, job.status)
    return Snapshot(
        status=status,
        vendor_status=job.status,
        vendor_id=job_id,
        video_url=job.output,
        error=job.error if status is JobStatus.failed else None,
    )


async def _plain(value: Any, delivery: Delivery) -> Any:
    return await delivery.url(value) if isinstance(value, Media) else value
