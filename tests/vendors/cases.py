"""The table of vendors: what the tests of all vendors need to know of each.

A new vendor enters it once. Its names and classes come from the registry; here is what its pages
say, and what its stand-ins do.
"""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from vendors.media import Media

import lipsync_nb as ls
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import Request, Vendor

Order = Callable[[Media], Request]
Asked = tuple[str, str]
"""The method of a call, and how its path ends; a ``*`` stands for anything."""

FAILED, AGAIN, UNKNOWN = "failed", "sent again", "unknown"
HTML = "<html>原因</html>".encode()


class Refusal(NamedTuple):
    """A submission's answer, and what becomes of the job."""

    status: int
    answer: dict[str, Any] | bytes
    error: type[ls.VendorError]
    end: str


class Code(NamedTuple):
    """An error code with which the sandbox refuses a submission, and what becomes of the job."""

    code: int
    error: type[ls.LipSyncError]
    end: str
    message: str = ""


class Made(NamedTuple):
    """What the sandbox makes of a portrait of 512 pixels: pixels, frames a second, milliseconds."""

    height: int
    fps: int
    offset_ms: int


@dataclass(frozen=True, kw_only=True)
class Case:
    """What the tests of all vendors need to know of one.

    Attributes:
        orders: Requests of every kind, with every way of giving it a voice, by what tells them
            apart.
        short: The one that is made where one is enough, with a face, a clip and a speech at most.
        uploading: The one that uploads a file before it pays, if the short one does not.
        before: The short one's free calls, before the paid one.
        paid: Its paid call.
        look: The call that asks how it is.
        results: Where the vendor's own API gives out results, if no other host does.
        asks: What else the vendor can be asked for nothing.
        calls_back: Whether it calls back at any URL, and not only at a secure one.
        uploads_elsewhere: Whether files are uploaded to a host that does not know its keys.
        names: Credentials that name the account, and are no secrets.
        headers: Headers that tell the sandbox whose credentials they carry; ``{…}`` is a key.
        fields: Names of the fields in its answers.
        words: Some of its words or numbers for a job's status.
        unlisted: A look's answer with the status ``rendering``, which is on no page.
        failure: What is reported of a job that its stand-in lets fail.
        odd_failure: Likewise, while it takes liberties; by default the same.
        refusals: Answers to a submission.
        codes: Those of the sandbox.
        compared: The kind of request that a picture, a speech and a text make, if any does.
        speaks_itself: Whether that shows the vendor's own figure, and has its own voice.
        made: What the sandbox makes of such a request.
        form: A kind of request, and what is typed into which field of its form.
        chinese: Chinese for what its row in the README says in words.
    """

    orders: Mapping[str, Order]
    short: str
    uploading: str | None = None
    before: tuple[Asked, ...] = ()
    paid: Asked
    look: Asked
    results: Asked | None = None
    asks: tuple[Callable[[Any], object], ...] = ()
    calls_back: bool = False
    uploads_elsewhere: bool = False
    names: tuple[str, ...] = ()
    headers: tuple[Mapping[str, str], ...]
    fields: tuple[str, ...]
    words: tuple[int | str, ...]
    unlisted: Mapping[str, Any]
    failure: str
    odd_failure: str | None = None
    refusals: tuple[Refusal, ...]
    codes: tuple[Code, ...] = ()
    compared: str | None
    speaks_itself: bool = False
    made: Made | None
    form: tuple[str, Mapping[str, str]]
    chinese: Mapping[str, str] = field(default_factory=dict)

    def one(self, media: Media) -> Request:
        """Return the short request."""
        return self.orders[self.short](media)

    def products(self, media: Media) -> dict[str, Request]:
        """Return a request of each kind: the short one first, then the first one of each other."""
        requests = [self.one(media), *(order(media) for order in self.orders.values())]
        return {each.kind(): each for each in reversed(requests)}


def made_up(kind: type[Vendor], secret: str, name: str = "app-0123") -> Vendor:
    """Return a vendor with keys that nobody knows, at a host that nobody asks."""
    names = CASES[kind.name].names
    keys = {each: name if each in names else secret for each in kind.variables}
    return kind(base_url="https://your-domain.com/api/v1", **keys)


def old(kind: type[Request], **fields: Any) -> Request:
    """Return a request that its vendor has deprecated, without the warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return kind(**fields)


STOCK_MODEL = "100001"
"""Yunai's, a person as well as a voice: it is there from the start in both implementations."""
FIGURE = {
    "look_name": "AM054_Jap_9021_new",
    "tts_vcn_name": "XMOV_HN_TTS__236",
    "studio_name": "youling_2d_v",
}
"""Xingyun's, from its page."""

PERSON = {"id": "1421df93d7754ee19dcaa18e85b68f39", "width": 270, "height": 480}
"""Chanjing's, from its page."""

CASES: dict[str, Case] = {
    "lingdong": Case(
        orders={
            "picture": lambda m: ls.lingdong.Generate(source=m.face, audio=m.speech),
            "clip": lambda m: ls.lingdong.Generate(source=m.clip, audio=m.speech),
        },
        short="picture",
        paid=("POST", "/generate"),
        look=("GET", "/task/*"),
        results=("GET", "/download/*"),
        calls_back=True,
        headers=({"X-API-Key": "ld_x"},),
        fields=(
            "success",
            "message",
            "task_id",
            "status",
            "download_url",
            "duration",
            "credits_used",
        ),
        words=("completed", "failed"),
        unlisted={"status": "rendering"},
        failure="no reason given",
        refusals=(
            Refusal(400, {"message": "原因"}, ls.VendorError, FAILED),
            Refusal(401, {"message": "原因"}, ls.Unauthorized, FAILED),
            Refusal(403, {"message": "原因"}, ls.OutOfCredit, FAILED),
            Refusal(404, {"message": "原因"}, ls.VendorError, FAILED),
            Refusal(429, {"message": "原因"}, ls.RateLimited, AGAIN),
            Refusal(500, {"message": "原因"}, ls.ServerError, UNKNOWN),
            Refusal(200, {"success": False, "message": "原因"}, ls.VendorError, FAILED),
            Refusal(403, HTML, ls.OutOfCredit, FAILED),
            Refusal(502, HTML, ls.ServerError, UNKNOWN),
        ),
        compared="Generate",
        made=Made(480, 25, 0),
        form=("Generate", {"Source *": "face.png", "Audio *": "speech.wav"}),
        chinese={"≈ 10 credits per second": "约每秒 10 积分"},
    ),
    "yunai": Case(
        orders={
            "audio": lambda m: ls.yunai.AvatarVideo(
                avatar=m.face, audio=m.speech, no_watermark=True
            ),
            "clone": lambda m: ls.yunai.AvatarVideo(
                avatar=m.face,
                clone=ls.yunai.CloneVoice(audio=m.sample, language="zh", text="大家好"),
            ),
            "voice": lambda m: ls.yunai.AvatarVideo(
                avatar=m.clip,
                voice=ls.yunai.UseVoice(
                    voice_engine_id="nina",
                    audio_id="b92d7e1c40d0447eb563a13ec92d9042",
                    language="en",
                    text="Hello, world!",
                ),
            ),
            "v2": lambda m: ls.yunai.VideoV2(audio=m.speech, video=m.clip, line_type=1),
            "person": lambda m: ls.yunai.FastAvatar(name="小林", video=m.long_clip),
            "fast": lambda m: ls.yunai.FastVideo(model=STOCK_MODEL, audio=m.speech, line_type=1),
            "own voice": lambda m: ls.yunai.OwnVoice(
                title="我的声音", voices=[m.sample, m.speech], tags=["zh", "calm"]
            ),
            "speech": lambda _: ls.yunai.Speech(
                text="How do you do?", voice="b92d7e1c40d0447eb563a13ec92d9042", format="wav"
            ),
            "rewrite": lambda _: ls.yunai.Rewrite(
                text="我们的新产品上市了。它又快又好。欢迎选购。", instruction="写给年轻人"
            ),
            "remix": lambda m: ls.yunai.Remix(
                video=m.clip, text="Hello there, my friend.", floating_texts=["Only {today}"]
            ),
            "deprecated voice": lambda _: old(ls.yunai.VoiceModel, name="小林"),
            "deprecated training": lambda m: old(
                ls.yunai.VoiceTraining, model=STOCK_MODEL, audio=m.long_sample
            ),
            "deprecated speech": lambda _: old(
                ls.yunai.ClonedSpeech, text="How do you do?", voice=STOCK_MODEL
            ),
        },
        short="audio",
        paid=("POST", "/avatar/generation"),
        look=("GET", "/task/*"),
        headers=({"Authorization": "Bearer {api_key}"},),
        fields=(
            *("code", "msg", "message", "data", "id", "task_id", "status", "web_work_status"),
            *("work_video_path", "fail_reason", "create_time"),
        ),
        words=(0, 200, -1, "0", "SUCCESS"),
        unlisted={"code": 0, "data": {"status": "rendering"}},
        failure="no reason given",
        odd_failure="no face in the picture",
        refusals=(
            Refusal(200, {"code": 1, "msg": "原因"}, ls.VendorError, UNKNOWN),
            Refusal(200, {"code": "fail", "message": "原因"}, ls.VendorError, UNKNOWN),
            Refusal(401, {"error": {"message": "原因"}}, ls.Unauthorized, FAILED),
            Refusal(402, {"error": {"message": "原因"}}, ls.OutOfCredit, FAILED),
            Refusal(200, {"code": 429, "msg": "原因"}, ls.RateLimited, AGAIN),
            Refusal(200, {"code": 500, "msg": "原因"}, ls.ServerError, UNKNOWN),
            Refusal(502, {"message": "原因"}, ls.ServerError, UNKNOWN),
            Refusal(200, {"code": 0, "data": {}, "msg": "原因"}, ls.ServerError, UNKNOWN),
            Refusal(401, HTML, ls.Unauthorized, FAILED),
        ),
        codes=(
            Code(401, ls.Unauthorized, FAILED),
            Code(500, ls.SubmitUnknown, UNKNOWN),
        ),
        compared="AvatarVideo",
        made=Made(540, 30, 80),
        form=("AvatarVideo", {"Avatar *": "face.png", "Audio *": "speech.wav"}),
    ),
    "lipsync_studio": Case(
        orders={
            "clip": lambda m: ls.lipsync_studio.LipSyncVideo(
                video=m.clip,
                audio=m.speech,
                resolution="720p",
                prompt="calm",
                seed=42,
                mask_image=m.face,
            ),
            "picture": lambda m: ls.lipsync_studio.LipSyncImage(image=m.face, audio=m.speech),
            "dialogue": lambda m: ls.lipsync_studio.LipSyncDialogue(
                image=m.face, left_audio=m.speech, right_audio=m.speech, order="left_right"
            ),
        },
        short="picture",
        paid=("POST", "/lipsync-image"),
        look=("GET", "/jobs/*"),
        headers=({"Authorization": "Bearer sk_x_y"},),
        fields=("id", "status", "output", "error"),
        words=("completed", "failed"),
        unlisted={"status": "rendering"},
        failure="Invalid audio format",
        refusals=(
            Refusal(400, {"error": "原因"}, ls.VendorError, FAILED),
            Refusal(401, {"error": "原因"}, ls.Unauthorized, FAILED),
            Refusal(402, {"error": "原因"}, ls.OutOfCredit, FAILED),
            Refusal(429, {"error": "原因"}, ls.RateLimited, AGAIN),
            Refusal(500, {"error": "原因"}, ls.ServerError, UNKNOWN),
            Refusal(200, {"error": "原因"}, ls.ServerError, UNKNOWN),
            Refusal(404, HTML, ls.VendorError, UNKNOWN),
            Refusal(200, HTML, ls.ServerError, UNKNOWN),
        ),
        compared="LipSyncImage",
        made=Made(480, 25, 0),
        form=("LipSyncVideo", {"Video *": "face.mp4", "Audio *": "speech.wav"}),
        chinese={
            "2 credits per second at 480p, 4 at 720p; at least 5 s": (
                "480p 每秒 2 积分，720p 每秒 4 积分；不足 5 秒按 5 秒计"
            )
        },
    ),
    "xingyun": Case(
        orders={
            "script": lambda m: ls.xingyun.RenderScript(
                **FIGURE,
                segments=[
                    ls.xingyun.Segment(text="大家好 hello", media_url=m.face),
                    ls.xingyun.Segment(text="再见"),
                ],
            ),
            "slides": lambda m: ls.xingyun.RenderSlides(
                **FIGURE, ppt=m.slides, video_name="测试", sub_title="off", if_aigc_mark=False
            ),
            "speech": lambda _: ls.xingyun.Speech(
                text="大家好 hello", voice="XMOV_HN_TTS__236", name="测试 音频"
            ),
        },
        short="script",
        uploading="slides",
        paid=("POST", "/create_render_task"),
        look=("GET", "/get_render_task"),
        asks=(lambda xingyun: xingyun.preview_url("1"),),
        names=("app_id",),
        headers=({"X-APP-ID": "x"}, {"X-TOKEN": "x"}),
        fields=(
            *("error_code", "error_reason", "data", "task_id", "synth_state", "render_video_oss"),
            *("synth_status", "file_oss"),
        ),
        words=("finished",),
        unlisted={"error_code": 0, "data": {"synth_state": "rendering"}},
        failure="合成任务失败",
        odd_failure="no reason given",
        refusals=(
            Refusal(
                200, {"error_code": 1, "error_reason": "签名有误，原因"}, ls.Unauthorized, FAILED
            ),
            Refusal(200, {"error_code": 1, "error_reason": "原因"}, ls.VendorError, UNKNOWN),
            Refusal(200, {"error_code": 20001, "error_reason": "原因"}, ls.Unauthorized, FAILED),
            Refusal(200, {"error_code": 30002, "error_reason": "原因"}, ls.VendorError, FAILED),
            Refusal(200, {"error_code": 30003, "error_reason": "原因"}, ls.VendorError, FAILED),
            Refusal(200, {"error_code": 30005, "error_reason": "原因"}, ls.VendorError, UNKNOWN),
            Refusal(200, {"error_code": 40001, "error_reason": "原因"}, ls.VendorError, UNKNOWN),
            Refusal(500, {"error_code": 30005, "error_reason": "原因"}, ls.VendorError, UNKNOWN),
            Refusal(429, {"error_code": 7, "error_reason": "原因"}, ls.RateLimited, AGAIN),
            Refusal(503, {"error_code": 7, "error_reason": "原因"}, ls.ServerError, UNKNOWN),
            Refusal(200, b"", ls.ServerError, UNKNOWN),
        ),
        codes=(
            Code(30002, ls.VendorError, FAILED),
            Code(30005, ls.SubmitUnknown, UNKNOWN),
            Code(20001, ls.Unauthorized, FAILED),
        ),
        compared="RenderScript",
        speaks_itself=True,
        made=Made(540, 25, -40),
        form=(
            "RenderScript",
            {
                "Figure *": "anna",
                "Voice *": "clear",
                "Studio *": "loft",
                "Text *": "Hello there, my friend. How are you today?",
            },
        ),
        chinese={"(slides (ppt, pptx, pdf))": "(幻灯片，ppt、pptx、pdf)"},
    ),
    "chanjing": Case(
        orders={
            "audio": lambda m: ls.chanjing.LipSync(
                video=m.clip, audio=m.speech, model=1, screen_width=240, screen_height=240
            ),
            "text": lambda m: ls.chanjing.LipSync(
                video=m.clip,
                tts=ls.chanjing.Speech(
                    text="君不见黄河之水天上来",
                    audio_man_id="C-f2429d07554749839849497589199916",
                    speed=1.2,
                ),
            ),
            "speech": lambda _: ls.chanjing.Speech(
                text="How do you do?", voice="C-f2429d07554749839849497589199916", pitch=1.1
            ),
            "person speaks": lambda m: ls.chanjing.AvatarVideo(
                person=PERSON, audio=m.speech, screen_width=270, screen_height=480
            ),
            "person says": lambda m: ls.chanjing.AvatarVideo(
                person={**PERSON, "figure_type": "sit_body", "backway": 2},
                tts=ls.chanjing.TextToSpeak(
                    text="君不见黄河之水天上来", voice="C-f2429d07554749839849497589199916"
                ),
                background=ls.chanjing.Background(picture=m.face, width=270, height=480),
                subtitles=ls.chanjing.Subtitles(color="#FFEE00"),
                screen_width=270,
                screen_height=480,
                model=2,
            ),
            "own voice": lambda m: ls.chanjing.OwnVoice(name="我的声音", sample=m.sample),
            "own person": lambda m: ls.chanjing.OwnPerson(
                name="我的形象", video=m.clip, train_type="figure"
            ),
        },
        short="audio",
        before=(("POST", "/access_token"), ("GET", "/create_upload_url"), ("GET", "/file_detail")),
        paid=("POST", "/create"),
        look=("GET", "/detail"),
        asks=(lambda chanjing: chanjing.voices(), lambda chanjing: chanjing.balance()),
        calls_back=True,
        uploads_elsewhere=True,
        names=("app_id",),
        headers=({"access_token": "x"},),
        fields=(
            *("code", "msg", "data", "id", "status", "progress", "video_url", "duration"),
            *("create_time", "list", "page_info", "total_page", "total_count"),
        ),
        words=(0, 20, "20"),
        unlisted={"code": 0, "data": {"status": "rendering"}},
        failure="未检测到人脸",
        refusals=(
            Refusal(200, {"code": 400, "msg": "原因"}, ls.VendorError, FAILED),
            Refusal(200, {"code": 10400, "msg": "原因"}, ls.Unauthorized, AGAIN),
            Refusal(200, {"code": 40000, "msg": "原因"}, ls.VendorError, FAILED),
            Refusal(200, {"code": 40000, "msg": "蝉豆不足: 原因"}, ls.OutOfCredit, FAILED),
            Refusal(200, {"code": 40001, "msg": "原因"}, ls.RateLimited, AGAIN),
            Refusal(200, {"code": 50000, "msg": "原因"}, ls.ServerError, UNKNOWN),
            Refusal(502, {"message": "原因"}, ls.ServerError, UNKNOWN),
            Refusal(429, HTML, ls.RateLimited, AGAIN),
        ),
        codes=(
            Code(40000, ls.VendorError, FAILED),
            Code(400, ls.VendorError, FAILED),
            Code(50000, ls.SubmitUnknown, UNKNOWN),
            Code(40001, ls.RateLimited, AGAIN),
            Code(10400, ls.Unauthorized, AGAIN),
            Code(40000, ls.OutOfCredit, FAILED, "蝉豆不足"),
        ),
        compared="LipSync",
        chinese={
            "≈ 1 bean per second of video, 2 with model 1, 3 with model 2": (
                "视频约每秒 1 蝉豆，模型 1 为 2 蝉豆，模型 2 为 3 蝉豆"
            )
        },
        made=Made(512, 25, 40),
        form=(
            "LipSync",
            {
                "Video *": "face.mp4",
                "Audio *": "speech.wav",
                "Screen width (px, ≥ 1)": "320",
                "Screen height (px, ≥ 1)": "320",
            },
        ),
    ),
}
"""By the vendors' names, in the registry's order."""

ORDERS: dict[str, Order] = {
    f"{name} {order}": make for name, case in CASES.items() for order, make in case.orders.items()
}
"""Every kind of request of every vendor, with every way of giving it a voice."""

PRODUCTS = [(name, kind.kind()) for name in CASES for kind in VENDORS[name].kinds]
"""The vendors, with their kinds of requests."""
