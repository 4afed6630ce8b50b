"""Chanjing 蝉镜: files uploaded to its own file service, jobs, voices, balance.

Pages: doc.chanjing.cc, access_token, file management, video_lip_sync, create_audio_task.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import httpx
from pydantic import SecretStr

from lipsync_nb.vendors.base import (
    Answer,
    Call,
    Cost,
    Delivery,
    JobPage,
    JobStatus,
    LocalFile,
    Media,
    OutOfCredit,
    Purpose,
    Rate,
    RateLimited,
    Request,
    ServerError,
    Snapshot,
    Unauthorized,
    Vendor,
    VendorError,
    as_code,
    log,
    reason,
    status_error,
)
from lipsync_nb.vendors.chanjing.answers import (
    API,
    INVALID_TOKEN,
    AccessToken,
    Balance,
    Created,
    LipSyncReply,
    ListedVideo,
    Page,
    SpeechReply,
    SpeechTask,
    snapshot,
)
from lipsync_nb.vendors.chanjing.files import upload
from lipsync_nb.vendors.chanjing.prices import BASE_FEE, UNIT, price, spoken_seconds
from lipsync_nb.vendors.chanjing.requests import LipSync, Speech
from lipsync_nb.vendors.chanjing.token import TOKEN_PATH, KeyPair, TokenAuth

if TYPE_CHECKING:
    import pandas as pd

PAGE_SIZE = 50
"""Jobs or voices in one page of a list; the default is 10, and no limit is documented."""

MOST_PAGES = 100
"""Pages of a list that are read, however many the vendor claims to have."""

ERRORS: dict[int | str, type[VendorError]] = {
    400: VendorError,
    **dict.fromkeys(INVALID_TOKEN, Unauthorized),
    40000: VendorError,
    40001: RateLimited,
    40002: OutOfCredit,
    50000: ServerError,
    50011: VendorError,
    51000: ServerError,
}
"""The error codes that the vendor documents; 10401, 40002, 50011 and 51000 on pages of its other
products. The HTTP status does not change their meaning."""
NO_CREDIT = re.compile("余额不足|蝉豆不足|扣费失败|欠费|蝉豆余额")
"""In the message of an account without credit; from the vendor's own client, on no page."""
UNCLEAR = 50000
REFUSALS = ERRORS.keys() - {UNCLEAR, 51000}
"""The codes that prove that no job was created. 50000 proves it if the message is this, and any
code does so if the message is `NO_CREDIT`."""
REFUSED_TEXT = re.compile("emoji", re.IGNORECASE)


class Chanjing(Vendor):
    """Chanjing 蝉镜.

    Args:
        app_id: ``CHANJING_APP_ID``.
        secret_key: ``CHANJING_SECRET_KEY``.
        base_url: ``CHANJING_BASE_URL``, if not the vendor's own.
        proxy: Its proxy, such as ``http://127.0.0.1:7890``, or ``"direct"`` for none; by default
            the environment's.

    Attributes:
        base_fee: Beans that are added to each estimate. Set it if your contract has such a fee.
    """

    name = "chanjing"
    title = "Chanjing 蝉镜"
    kinds = (LipSync, Speech)
    variables: ClassVar = {"app_id": "CHANJING_APP_ID", "secret_key": "CHANJING_SECRET_KEY"}
    identifiers = frozenset({"app_id"})
    default_base_url = "https://open-api.chanjing.cc"
    rates: ClassVar = {"create": Rate(10, 60), "poll": Rate(10, 1), "upload": Rate(30, 60)}
    lists = (LipSync,)
    no_such_job = frozenset({400, 404, 40000})
    unit = UNIT
    prices = "≈ 1 bean per second of video, 2 with model 1"
    base_fee = BASE_FEE

    def __init__(
        self,
        app_id: str | SecretStr | None = None,
        secret_key: str | SecretStr | None = None,
        *,
        base_url: str | None = None,
        proxy: str | None = None,
    ) -> None:
        super().__init__(base_url=base_url, proxy=proxy, app_id=app_id, secret_key=secret_key)

    def auth(self) -> httpx.Auth:
        """Send the token of this key pair, which is fetched if there is none or it is invalid."""
        pair = KeyPair(self.base_url.join(TOKEN_PATH), self.key("app_id"), self.key("secret_key"))
        return TokenAuth(pair, self._read_token, self.redactor)

    async def submission(self, request: LipSync | Speech, delivery: Delivery) -> Call[Snapshot]:
        """Upload the clip and the audio once both are local files; return the call for the job."""
        if isinstance(request, Speech):
            return self._speech(request)
        files = {field: await delivery.file(media) for field, media, _ in request.media()}
        body = request.model_dump(exclude={"video", "audio", "tts"}, exclude_none=True)
        body["video_file_id"] = await self._upload(files["video"], "lip_sync_video", delivery)
        if request.audio is not None:
            sound = await self._upload(files["audio"], "lip_sync_audio", delivery)
            body |= {"audio_type": "audio", "audio_file_id": sound}
        elif request.tts is not None:
            body |= {"audio_type": "tts", "tts_config": request.tts.model_dump()}
        path = f"{API}video_lip_sync/create"
        return Call("POST", path, self._created, purpose=Purpose.paid, json=body, rate="create")

    def _speech(self, request: Speech) -> Call[Snapshot]:
        """Return the call for ``create_audio_task``."""
        body = request.model_dump(exclude={"text", "plain_text", "voice"}, exclude_none=True)
        body |= {"audio_man": request.voice, "text": {"text": request.text}}
        if request.plain_text is not None:
            body["text"]["plain_text"] = request.plain_text
        path = f"{API}create_audio_task"
        return Call("POST", path, self._task, purpose=Purpose.paid, json=body, rate="create")

    def estimate(
        self, request: LipSync | Speech, seconds: Callable[[Media], float | None]
    ) -> Cost | None:
        """Return the cost by the begun second of speech; that of a text is estimated.

        That of a `Speech` is not known, as no price of it is published.
        """
        if isinstance(request, Speech):
            return None
        length = None if request.audio is None else seconds(request.audio)
        if request.tts is not None:
            length = spoken_seconds(request.tts.text, request.tts.speed)
        if length is None:
            return None
        return Cost(price(request.model, length, self.base_fee), UNIT, estimated=True)

    def poll(self, request: Request, vendor_id: str) -> Call[Snapshot]:
        """Ask ``video_lip_sync/detail``, or ``audio_task_state`` for a speech."""
        if isinstance(request, Speech):
            state, body = partial(self._speech_state, vendor_id), {"task_id": vendor_id}
            path = f"{API}audio_task_state"
            return Call("POST", path, state, purpose=Purpose.poll, json=body, rate="poll")
        path, query = f"{API}video_lip_sync/detail", {"id": vendor_id}
        read = partial(self._detail, vendor_id)
        return Call("GET", path, read, purpose=Purpose.poll, params=query, rate="poll")

    def listing(self, kind: type[Request], page: int) -> Call[JobPage]:
        """Ask ``video_lip_sync/list``; no page lists speeches."""
        if kind not in self.lists:
            return super().listing(kind, page)
        body = {"page": page, "page_size": PAGE_SIZE}
        read = partial(self._listing, page)
        return Call("POST", f"{API}video_lip_sync/list", read, Purpose.poll, json=body)

    def voices(self) -> "pd.DataFrame":
        """Return the stock voices with id, name, gender, lang … (``list_common_audio``).

        Column ``audition`` has the URL of a sample of each.
        """
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

    def free_call(self) -> Call[Balance]:
        """Ask for the balance (``user_duration``)."""
        read = partial(self.read_data, Balance)
        return Call("GET", f"{API}user_duration", read, Purpose.poll)

    def verify(self) -> str:
        """Ask for the balance."""
        beans, self.verified = self.balance().amount, True
        return f"{beans:,g} beans left"

    def balance(self) -> Cost:
        """Return the beans left (``user_duration``)."""
        return Cost(self.ask(self.free_call()).resi_total_bean, UNIT)

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
        kind = VendorError if self.refuses(answer) and code == UNCLEAR else ERRORS.get(code)
        if kind is RateLimited:
            raise RateLimited(text, code=code, retry_after=answer.retry_after)
        raise kind(text, code=code) if kind else status_error(self.name, answer, why, code=code)

    def refuses(self, answer: Answer) -> bool:
        """Return whether the code or the message proves that no job was created."""
        payload = answer.payload if isinstance(answer.payload, dict) else {}
        code, why = as_code(payload.get("code")), reason(payload, ("msg",))
        if not isinstance(code, int) or code == 0:
            return False
        is_refused_text = code == UNCLEAR and REFUSED_TEXT.search(why)
        return code in REFUSALS or bool(is_refused_text or NO_CREDIT.search(why))

    async def _upload(self, file: LocalFile, service: str, delivery: Delivery) -> str:
        return await upload(file, service, delivery, self.read_data)

    def _read_token(self, answer: Answer) -> SecretStr:
        clean = Answer(answer.status, self.redactor.clean(answer.payload), answer.retry_after)
        try:
            self.check(clean)
        except (OutOfCredit, RateLimited, ServerError):
            raise
        except VendorError as error:
            why = f"{error}: no access token; check app_id and secret_key"
            raise Unauthorized(why, code=error.code) from None
        return SecretStr(self.read_data(AccessToken, answer.payload).access_token)

    def _created(self, payload: Any) -> Snapshot:
        return Snapshot(JobStatus.queued, "0", self.read(Created, payload).data)

    def _task(self, payload: Any) -> Snapshot:
        return Snapshot(JobStatus.queued, "", self.read_data(SpeechTask, payload).task_id)

    def _speech_state(self, task_id: str, payload: Any) -> Snapshot:
        return self.read_data(SpeechReply, payload).snapshot(task_id)

    def _detail(self, video_id: str, payload: Any) -> Snapshot:
        return snapshot(video_id, self.read_data(LipSyncReply, payload))

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
