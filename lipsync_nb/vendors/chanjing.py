"""Chanjing 蝉镜: a clip, with audio or a text to speak, uploaded to its own file service.

Pages: doc.chanjing.cc, access_token, file management, video_lip_sync.
"""

import re
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

import httpx
from pydantic import AfterValidator, Field, SecretStr

from lipsync_nb.errors import OutOfCredit, RateLimited, ServerError, Unauthorized, VendorError
from lipsync_nb.hints import Hint
from lipsync_nb.jobs import Cost, JobStatus, Snapshot
from lipsync_nb.log import log
from lipsync_nb.media.media import Media, Takes
from lipsync_nb.media.probe import frame_size
from lipsync_nb.media.talk import Talk
from lipsync_nb.net.call import Answer, Call, status_error
from lipsync_nb.net.rate_limit import Rate
from lipsync_nb.net.retry import Purpose
from lipsync_nb.request import CallbackURL, Model, Request, Text
from lipsync_nb.vendors.base import JobPage, Vendor
from lipsync_nb.vendors.chanjing_answers import (
    Balance,
    Created,
    LipSyncVideo,
    ListedVideo,
    Page,
    snapshot,
)
from lipsync_nb.vendors.chanjing_files import upload
from lipsync_nb.vendors.chanjing_token import API, DEAD_TOKEN, TokenAuth
from lipsync_nb.vendors.courier import Courier
from lipsync_nb.vendors.reading import as_code, reason

if TYPE_CHECKING:
    import pandas as pd

PAGE_SIZE = 50
"""Jobs or voices in one page of a list; the default is 10, and no limit is documented."""

MOST_PAGES = 100
"""Pages of a list that are read, however many the vendor claims to have."""

ERRORS: dict[int | str, type[VendorError]] = {
    400: VendorError,
    **dict.fromkeys(DEAD_TOKEN, Unauthorized),
    40000: VendorError,
    40001: RateLimited,
    50000: ServerError,
}
"""The error codes that the vendor documents; they hold whatever the HTTP status is."""
NO_CREDIT = re.compile("余额不足|蝉豆不足|扣费失败")

EMOJI = re.compile(
    "[\u2600-\u2604\u260e\u2611\u2618\u261d\u2620\u2622\u2623\u2626\u262a\u262e\u262f\u2638-\u263a"
    "\u2640\u2642\u265f\u2660\u2663\u2665\u2666\u2668\u267b\u267e\u2692\u2694-\u2697\u2699\u269b\u269c"
    "\u26a0\u26a7\u26b0\u26b1\u26c8\u26cf\u26d1\u26d3\u26e9\u26f0\u26f1\u26f4\u26f7-\u26f9\u2702\u2708\u2709"
    "\u270c\u270d\u270f\u2712\u2714\u2716\u271d\u2721\u2733\u2734\u2744\u2747\u2763\u2764\u27a1\u2b05-\u2b07"
    "\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1"
    "\u26aa\u26ab\u26bd\u26be\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a"
    "\u270b\u2728\u274c\u274e\u2753-\u2755\u2757\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55"
    "\ufe0f\u20e3\U0001f000-\U0001faff\U000e0020-\U000e007f]"
)
"""Unicode's emoji, except digits, letters and plain arrows; ★, ✓ and ❶ are not in it."""


def _without_emoji(text: str) -> str:
    if found := EMOJI.search(text):
        raise ValueError(f"emoji cannot be spoken; remove U+{ord(found.group()):04X}")
    return text


class Speech(Model):
    """A text and the voice that speaks it (``tts_config``)."""

    text: Annotated[Text, AfterValidator(_without_emoji), Hint(lines=4)]
    """The text to speak, without emoji."""
    audio_man_id: Annotated[Text, Hint(label="Voice", listed_by="voices")]
    """The voice's id, from ``client.vendors["chanjing"].voices()``."""
    speed: Annotated[float, Field(ge=0.5, le=2)] = 1.0
    """Speed of the voice (语速), from 0.5 to 2."""
    pitch: float = 1.0
    """Pitch of the voice (音调)."""


class LipSync(Request):
    """A clip with its lips synced to another speech (``POST /open/v1/video_lip_sync/create``)."""

    vendor = "chanjing"
    callback_field = "callback"
    exactly_one = ("audio", "tts")

    video: Annotated[Media, Takes(("video",), ("mp4", "mov", "webm"))]
    """The clip with the face: mp4, mov or webm."""
    audio: Annotated[Media | None, Takes(("audio",), ("mp3", "m4a", "wav"))] = None
    """The speech: mp3, m4a or wav."""
    tts: Annotated[Speech | None, Hint(label="Text to speak")] = None
    """A text to speak instead."""
    screen_width: Annotated[int, Field(ge=1), Hint(unit="px")] = 1080
    """Width of the result, in pixels (屏幕宽度)."""
    screen_height: Annotated[int, Field(ge=1), Hint(unit="px")] = 1920
    """Height of the result, in pixels (屏幕高度)."""
    backway: Annotated[
        Literal[1, 2],
        Hint(label="At the clip's end", options={1: "Start again", 2: "Play backwards"}),
    ] = 1
    """At the clip's end: 1 starts it again, 2 plays it backwards (播放顺序)."""
    drive_mode: Annotated[
        Literal["", "random"], Hint(options={"": "From the start", "random": "Random start"})
    ] = ""
    """Empty to begin at the first frame, "random" at a random one (驱动模式)."""
    model: Annotated[Literal[0, 1], Hint(options={0: "Basic", 1: "High quality"})] = 0
    """The model: 0 basic, 1 high quality (模型版本)."""
    volume: Annotated[int, Field(ge=1, le=100)] = 100
    """How loud (音量), from 1 to 100."""
    callback: CallbackURL | None = None
    """The URL that the vendor calls when the job ends (回调地址)."""

    @classmethod
    def talking(cls, talk: Talk) -> Self:
        """Return a request from a face and a speech, or a text and a voice; sized as the clip."""
        spoken: dict[str, Any] = {"audio": talk.speech}
        if talk.speech is None:
            voice = talk.needed_voice('an id from client.vendors["chanjing"].voices()')
            spoken = {"tts": Speech(text=talk.needed_text(), audio_man_id=voice)}
        clip = talk.any_clip()
        if clip.path is not None:
            spoken["screen_width"], spoken["screen_height"] = frame_size(clip.path)
        return cls(video=clip, **spoken)


class Chanjing(Vendor):
    """Chanjing 蝉镜.

    Args:
        app_id: ``CHANJING_APP_ID``.
        secret_key: ``CHANJING_SECRET_KEY``.
        base_url: ``CHANJING_BASE_URL``, if not the vendor's own.
    """

    name = "chanjing"
    title = "Chanjing 蝉镜"
    kinds = (LipSync,)
    variables: ClassVar = {"app_id": "CHANJING_APP_ID", "secret_key": "CHANJING_SECRET_KEY"}
    identifiers = frozenset({"app_id"})
    default_base_url = "https://open-api.chanjing.cc"
    rates: ClassVar = {"create": Rate(10, 60), "poll": Rate(10, 1), "upload": Rate(30, 60)}
    lists = True

    def __init__(
        self,
        app_id: str | SecretStr | None = None,
        secret_key: str | SecretStr | None = None,
        *,
        base_url: str | None = None,
    ) -> None:
        super().__init__(base_url=base_url, app_id=app_id, secret_key=secret_key)

    def auth(self) -> httpx.Auth:
        """Send the token of this key pair, which is fetched when there is none or it is dead."""
        return TokenAuth(self)

    async def submission(self, request: LipSync, courier: Courier) -> Call[Snapshot]:
        """Upload the clip and the audio once both are local files; return the call for the job."""
        files = {field: await courier.file(media) for field, media, _ in request.media()}
        body = request.model_dump(exclude={"video", "audio", "tts"}, exclude_none=True)
        body["video_file_id"] = await upload(files["video"], "lip_sync_video", self, courier.web)
        if request.audio is not None:
            sound = await upload(files["audio"], "lip_sync_audio", self, courier.web)
            body |= {"audio_type": "audio", "audio_file_id": sound}
        elif request.tts is not None:
            body |= {"audio_type": "tts", "tts_config": request.tts.model_dump()}
        path = f"{API}video_lip_sync/create"
        return Call("POST", path, self._created, purpose=Purpose.paid, json=body, rate="create")

    def poll(self, vendor_id: str) -> Call[Snapshot]:
        """Ask ``video_lip_sync/detail``."""
        path, query = f"{API}video_lip_sync/detail", {"id": vendor_id}
        read = partial(self._detail, vendor_id)
        return Call("GET", path, read, purpose=Purpose.poll, params=query, rate="poll")

    def listing(self, page: int) -> Call[JobPage]:
        """Ask ``video_lip_sync/list``."""
        body = {"page": page, "page_size": PAGE_SIZE}
        read = partial(self._listing, page)
        return Call("POST", f"{API}video_lip_sync/list", read, Purpose.poll, json=body)

    def voices(self) -> "pd.DataFrame":
        """Return the stock voices with id, name, gender, lang … (``list_common_audio``)."""
        import pandas as pd  # noqa: PLC0415 - not needed to make videos

        voices: list[dict[str, Any]] = []
        for number in range(1, MOST_PAGES + 1):
            query = {"page": number, "size": PAGE_SIZE}
            found = self.ask(
                Call("GET", f"{API}list_common_audio", partial(self.read_data, Page), params=query)
            )
            if not found.list or found.list[-1] in voices:
                break  # some services repeat the last page for all beyond it
            voices += found.list
            if len(voices) == found.page_info.total_count:
                break
        return pd.DataFrame(voices)

    def verify(self) -> str:
        """Ask for the balance."""
        return f"{self.balance().amount:,g} beans left"

    def balance(self) -> Cost:
        """Return the beans left (``user_duration``)."""
        read = partial(self.read_data, Balance)
        found = self.ask(Call("GET", f"{API}user_duration", read, Purpose.poll))
        return Cost(found.resi_total_bean, "beans")

    def check(self, answer: Answer) -> None:
        """Raise unless ``code`` is 0; the HTTP status counts only if there is no ``code``."""
        payload = answer.payload if isinstance(answer.payload, dict) else {}
        code, why = as_code(payload.get("code")), reason(payload, ("msg",)) or "no reason given"
        if code is None:
            return super().check(answer)
        if code == 0:
            return None
        if not isinstance(code, int):
            raise ServerError(f"chanjing: unexpected answer, code {code!r}: {why}")
        text = f"chanjing: {code}, {why}"
        if NO_CREDIT.search(why):
            raise OutOfCredit(text, code=code)
        kind = ERRORS.get(code)
        if kind is RateLimited:
            raise RateLimited(text, code=code, retry_after=answer.retry_after)
        raise kind(text, code=code) if kind else status_error(self.name, answer, why, code=code)

    def _created(self, payload: Any) -> Snapshot:
        return Snapshot(JobStatus.queued, "0", self.read(Created, payload).data)

    def _detail(self, video_id: str, payload: Any) -> Snapshot:
        return snapshot(video_id, self.read_data(LipSyncVideo, payload))

    def _listing(self, page: int, payload: Any) -> JobPage:
        found = self.read_data(Page, payload)
        videos = list(self._listed(found))
        pages = found.page_info.total_page or (page + 1 if videos else page)
        return JobPage([snapshot(video.id, video) for video in videos], pages)

    def _listed(self, page: Page) -> Iterator[ListedVideo]:
        for item in page.list:
            try:
                yield self.read(ListedVideo, item)
            except ServerError as error:
                log.warning("%s; this job of the list is skipped", error)
