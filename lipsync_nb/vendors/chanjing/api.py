"""Chanjing's API: the token, its codes, and what the calls of all products share.

Pages: doc.chanjing.cc, access_token, file management, video_lip_sync.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, ClassVar

import httpx
from pydantic import SecretStr

from lipsync_nb.vendors.base import (
    Answer,
    Call,
    Cost,
    Delivery,
    JobId,
    JobPage,
    JobStatus,
    LocalFile,
    OutOfCredit,
    Purpose,
    Rate,
    RateLimited,
    Reply,
    ServerError,
    Snapshot,
    Unauthorized,
    VendorError,
    VendorOfProducts,
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
    Page,
)
from lipsync_nb.vendors.chanjing.files import Upload, upload
from lipsync_nb.vendors.chanjing.prices import BASE_FEE, UNIT
from lipsync_nb.vendors.chanjing.token import TOKEN_PATH, KeyPair, TokenAuth

PAGE_SIZE = 50
"""Entries of one page of a list; 50 is the most that a page of the vendor names, 10 the default."""

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
"""The error codes that the vendor documents; 10401, 40002, 50011 and 51000 on pages of some of its
products only. The HTTP status does not change their meaning."""
NO_CREDIT = re.compile("余额不足|蝉豆不足|扣费失败|欠费|蝉豆余额")
"""In the message of an account without credit; from the vendor's own client, on no page."""
UNCLEAR = 50000
REFUSALS = ERRORS.keys() - {UNCLEAR, 51000}
"""The codes that prove that no job was created. 50000 proves it if the message is this, and any
code does so if the message is `NO_CREDIT`."""
REFUSED_TEXT = re.compile("emoji", re.IGNORECASE)


class JobReply(Reply):
    """An answer about a job, of one product."""

    def snapshot(self, job_id: str) -> Snapshot:
        """Translate it."""
        raise NotImplementedError


class _Listed(Reply):
    id: JobId


class ChanjingApi(VendorOfProducts):
    """The API, for all products; `Chanjing` has them.

    Attributes:
        base_fee: Beans that are added to each estimate of a video.
    """

    variables: ClassVar = {"app_id": "CHANJING_APP_ID", "secret_key": "CHANJING_SECRET_KEY"}
    identifiers = frozenset({"app_id"})
    default_base_url = "https://open-api.chanjing.cc"
    rates: ClassVar = {
        "create": Rate(10, 60),
        "create_video": Rate(10, 60),
        "create_person": Rate(10, 60),
        "create_voice": Rate(10, 60),
        "poll": Rate(10, 1),
        "upload": Rate(30, 60),
    }
    no_such_job = frozenset({400, 404, 40000})
    unit = UNIT
    base_fee = BASE_FEE

    def auth(self) -> httpx.Auth:
        """Send the token of this key pair, which is fetched if there is none or it is invalid."""
        pair = KeyPair(self.base_url.join(TOKEN_PATH), self.key("app_id"), self.key("secret_key"))
        return TokenAuth(pair, self._read_token, self.redactor)

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

    async def upload(self, file: LocalFile, service: str, delivery: Delivery) -> Upload:
        """Upload a file for a purpose, and wait until it can be used; see `files.upload`."""
        return await upload(file, service, delivery, self.read_data)

    def created(self, payload: Any) -> Snapshot:
        """Read the id of a new job."""
        return Snapshot(JobStatus.queued, "0", self.read(Created, payload).data)

    def read_page(self, payload: Any) -> Page:
        """Read a page of a list; one whose ``data`` is null lists nothing."""
        if isinstance(payload, dict) and "data" in payload and payload["data"] is None:
            return Page()
        return self.read_data(Page, payload)

    def job_detail(self, path: str, job_id: str, model: type[JobReply]) -> Call[Snapshot]:
        """Return the call that asks for a job by its id.

        Args:
            path: The path of the product's detail.
            job_id: The vendor's id of the job.
            model: How it is read.
        """
        read = partial(self._job, model, job_id)
        query = {"id": job_id}
        return Call("GET", path, read, purpose=Purpose.poll, params=query, rate="poll")

    def _job(self, model: type[JobReply], job_id: str, payload: Any) -> Snapshot:
        return self.read_data(model, payload).snapshot(job_id)

    def job_list(self, path: str, page: int, model: type[JobReply]) -> Call[JobPage]:
        """Return the call for a page of a list of jobs.

        Args:
            path: The list's path.
            page: The page's number, from 1.
            model: How one of the jobs is read.
        """
        body = {"page": page, "page_size": PAGE_SIZE}
        read: Callable[[Any], JobPage] = partial(self._job_page, model, page)
        return Call("POST", path, read, Purpose.poll, json=body)

    def _job_page(self, model: type[JobReply], number: int, payload: Any) -> JobPage:
        found = self.read_page(payload)
        jobs = list(self._listed(model, found))
        return JobPage(jobs, found.pages or (number + 1 if jobs else number))

    def _listed(self, model: type[JobReply], page: Page) -> Iterator[Snapshot]:
        for row in page.list:
            try:
                yield self.read(model, row).snapshot(self.read(_Listed, row).id)
            except ServerError as error:
                log.warning("%s; this job of the list is skipped", error)

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
