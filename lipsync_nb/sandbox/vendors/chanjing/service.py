"""The calls of 蝉镜 Chanjing."""

import secrets
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response

from lipsync_nb.sandbox.jobs.job import VendorJob
from lipsync_nb.sandbox.jobs.job_runner import JobRunner
from lipsync_nb.sandbox.jobs.worker_tasks import Probe
from lipsync_nb.sandbox.resources import Resources
from lipsync_nb.sandbox.vendors.base import COMMON_STEPS, ApiCall, json_body
from lipsync_nb.sandbox.vendors.chanjing.api import ChanjingApi
from lipsync_nb.sandbox.vendors.chanjing.avatar_video import AVATAR_VIDEO, AvatarVideo
from lipsync_nb.sandbox.vendors.chanjing.lip_sync import LIP_SYNC, LipSync
from lipsync_nb.sandbox.vendors.chanjing.lists import Lists
from lipsync_nb.sandbox.vendors.chanjing.own_person import OWN_PERSON, OwnPeople
from lipsync_nb.sandbox.vendors.chanjing.own_voice import LARGEST_SAMPLE_BYTES, OWN_VOICE, OwnVoice
from lipsync_nb.sandbox.vendors.chanjing.product_calls import ProductCalls
from lipsync_nb.sandbox.vendors.chanjing.speech import SPEECH, Speech
from lipsync_nb.sandbox.vendors.chanjing.token_and_rate_limits import RateWindow
from lipsync_nb.sandbox.vendors.chanjing.uploaded_files import Files
from lipsync_nb.sandbox.vendors.chanjing.voices import Voices
from lipsync_nb.sandbox.vendors.fields import FieldError, Fields

BAD_FORMAT = 400  # the request is no JSON


class ChanjingService(ChanjingApi):
    """蝉镜: a token, uploads, voices, and its products."""

    OPENING_CREDITS = 20_000.0
    STEPS = COMMON_STEPS | {"auth", "prepare", "upload", "file", "callback"}
    PRODUCTS = (LIP_SYNC, SPEECH, AVATAR_VIDEO, OWN_VOICE, OWN_PERSON)
    ERROR_MESSAGES: ClassVar = {
        "no_face": "视频中未检测到人脸",
        "bad_media": "素材解析失败: {}",
        "fault": "生成失败",
        "no_voice": "声音分离失败",
        "too_long": "时长过长,请重新上传,上限{}",
        "too_short": "时长过短,请重新上传,至少{}",
        "too_large": "文件过大: {}",
        "unreachable": "上传文件失败,请检查网络: {}",
    }

    def __init__(self, keys: dict[str, str], resources: Resources, runner: JobRunner) -> None:
        super().__init__(keys, resources, runner)
        self._files = Files(resources)
        self._lists = Lists(self)
        self._own_voices, self._own_people = (
            OwnVoice(self, self._files),
            OwnPeople(self, self._files),
        )
        voices = Voices(self._own_voices.get, self._own_people.voice)
        products: tuple[ProductCalls, ...] = (
            LipSync(self, self._files, voices),
            Speech(self, voices),
            AvatarVideo(self, self._files, voices, self._own_people),
            self._own_voices,
            self._own_people,
        )
        self._products = {product.PRODUCT.name: product for product in products}
        self._upload_limit = RateWindow(30, 60)

    @staticmethod
    def new_keys() -> dict[str, str]:
        """An application's id and secret key, in hexadecimal digits."""
        return {"app_id": secrets.token_hex(4), "secret_key": secrets.token_hex(16)}

    def calls(self) -> list[ApiCall]:
        """The shared calls, and those of each product."""
        return [
            ApiCall("POST", "/open/v1/access_token", "auth", self.access_token, public=True),
            ApiCall("GET", "/open/v1/common/create_upload_url", "prepare", self.create_upload_url),
            ApiCall("GET", "/open/v1/common/file_detail", "file", self.file_detail),
            ApiCall("GET", "/open/v1/user_duration", "other", self.user_duration),
            *self._lists.calls(),
            *(call for product in self._products.values() for call in product.calls()),
        ]

    def storage_calls(self) -> list[ApiCall]:
        """The presigned upload, and what is shown. The URLs' signatures are the credentials."""
        path = "/chanjing/res/{service}/{name}"
        return [
            ApiCall("PUT", path, "upload", self._files.upload, public=True),
            *self._lists.storage_calls(),
            *(call for product in self._products.values() for call in product.storage_calls()),
        ]

    def resume(self) -> None:
        """Check the files that an earlier run did not check."""
        self._files.resume()

    async def access_token(self, request: Request) -> Response:
        """POST access_token; wrong credentials are a parameter error (not on the page)."""
        try:
            fields = Fields(await json_body(request))
        except FieldError:
            raise self.refusal(BAD_FORMAT, "参数格式无效") from None
        given = {name: fields.text(name) for name in ("app_id", "secret_key")}
        if given != self.keys:
            raise self.invalid("app_id or secret_key")
        return self.success(self._token.renew())

    async def create_upload_url(self, request: Request) -> Response:
        """GET create_upload_url: a presigned URL for an upload."""
        self.within(self._upload_limit)
        query = Fields(dict(request.query_params))
        return self.success(self._files.create(query.text("service"), query.text("name")))

    async def file_detail(self, request: Request) -> Response:
        """GET file_detail: whether an uploaded file is ready."""
        file = self._files.get(request.query_params.get("id", ""))
        if file is None:
            raise self.invalid("no such file")
        if file.internal_error:
            raise self.broken(file.internal_error)
        return self.success(file.detail())

    def callback(self, job: VendorJob) -> dict[str, Any]:
        """The body of a callback, which is also the answer to a poll."""
        return self.enveloped(self._products[job.product].row(job))

    def limit_bytes(self, job: VendorJob) -> int:
        """The size limit of what is fetched; only for samples there is a limit on the page."""
        is_sample = job.product == OWN_VOICE.name
        return LARGEST_SAMPLE_BYTES if is_sample else super().limit_bytes(job)

    def check(self, job: VendorJob, probes: dict[str, Probe]) -> None:
        """Check what is cloned or trained."""
        if job.product == OWN_VOICE.name:
            self._own_voices.check(probes)
        elif job.product == OWN_PERSON.name:
            self._own_people.check(probes)

    async def user_duration(self, request: Request) -> Response:  # noqa: ARG002 -- a handler's signature
        """GET user_duration: the balance."""
        return self.success({"resi_total_bean": int(self.balance())})
