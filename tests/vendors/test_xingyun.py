"""Xingyun by payload: what its page says, word for word; its signature by the page's program."""

import json
import time
import zipfile
from datetime import UTC, datetime
from functools import partial

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from media_files import made, slides
from pptx import Presentation
from vendors.cases import FIGURE
from vendors.wire import error, poll, read, refusal, send, submit, untouched
from vendors.xingyun_page import generate_x_token, headers_need_sign

import lipsync_nb as ls
from lipsync_nb import event_loop as loop
from lipsync_nb.files import MIME, LocalFile
from lipsync_nb.http.call import Answer
from lipsync_nb.media import UploadHost
from lipsync_nb.media.media import Takes
from lipsync_nb.status import Cost, JobStatus, Snapshot
from lipsync_nb.vendors.xingyun.signature import sign

CREATE = "/user/v1/video_synthesis_task/create_render_task"
PICTURE = "https://media.xmov.ai/youyan/user_upload_qa/74275_4b733edeca68484e8940da.png"
TASK = {
    "id": 135,
    "error_reason": "合成任务失败,请重新发起或联系客服处理",
    "create_time": "2025-07-17T11:30:08.033710+08:00",
    "enable": True,
    "output_resolution": "540P",
    "synth_start_time": None,
    "synth_state": "error",
    "segment": [{"text": "这是一条测试数据。", "media_id": 123338}],
    "render_image_oss": None,
    "render_video_oss": None,
}
CREATED = datetime(2025, 7, 17, 3, 30, 8, 33710, UTC).timestamp()
DEFAULTS = {**FIGURE, "sub_title": "on", "if_aigc_mark": True}


@pytest.fixture
def vendor(world):
    vendor = ls.Xingyun(base_url=world.xingyun.base_url, **world.xingyun.keys)
    yield vendor
    loop.run(vendor.aclose())


@pytest.fixture
def hosted():
    return ls.Xingyun("app-id", "app-secret")


texts = st.text(st.characters(codec="utf-8")) | st.sampled_from(
    ["大家好 hello", "a  b", "é\u2028 "]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
finite = st.dictionaries(texts, values, max_size=5).filter(
    lambda data: "Infinity" not in json.dumps(data)
)
paths = st.sampled_from([CREATE, "/user/v1/Video_Synthesis_Task/Get?Task_ID=135", "/xxx/xxx?x=XX"])


@settings(deadline=None)
@given(data=finite, path=paths, method=st.sampled_from(["POST", "GET", "delete"]), secret=texts)
def test_the_signature_is_the_pages(data, path, method, secret):
    """Chinese, nested keys, spaces in strings, floats, booleans: both programs agree with ours."""
    now = int(time.time())

    token = sign(path, method, data, secret, now)
    assert token == generate_x_token(data, secret, path, method, now)
    theirs = headers_need_sign("ak", secret, method, path, data)
    assert theirs["X-TOKEN"] == sign(path, method, data, secret, int(theirs["X-TIMESTAMP"]))


@settings(deadline=None)
@given(data=finite)
def test_what_is_signed_is_what_is_sent(data):
    """The body that is on its way is signed, as a vendor reads it, with its three headers."""
    vendor = ls.Xingyun("app-id", "app-secret")
    request = httpx.Request("POST", f"https://x{CREATE}", json=data)
    signed = next(vendor.auth().sync_auth_flow(request))

    sent, stamp = json.loads(signed.content), signed.headers["X-TIMESTAMP"]
    assert signed.headers["X-APP-ID"] == "app-id"
    assert signed.headers["X-TOKEN"] == generate_x_token(sent, "app-secret", CREATE, "POST", stamp)


@settings(deadline=None)
@given(query=st.dictionaries(texts.filter(bool), texts | st.integers(), min_size=1, max_size=3))
def test_a_query_is_signed_as_it_is_sent(query):
    """GET signs the path with its query, and ``{}``."""
    vendor = ls.Xingyun("app-id", "app-secret")
    request = httpx.Request("GET", "https://x/user/v1/Some_Task", params=query)
    signed = next(vendor.auth().sync_auth_flow(request))

    target, stamp = str(request.url).removeprefix("https://x"), signed.headers["X-TIMESTAMP"]
    assert signed.headers["X-TOKEN"] == generate_x_token({}, "app-secret", target, "GET", stamp)


def test_every_attempt_is_signed_anew(vendor, world):
    """A signature is good for 60 s: the second attempt carries the time of the second attempt."""
    origin = world.xingyun.origin
    origin.plan("GET", "/get_render_task_preview_url", {"error_code": 9}, status=503)
    data = {"preview_url": "https://x/y"}
    origin.plan("GET", "/get_render_task_preview_url", {"error_code": 0, "data": data})
    vendor.preview_url("135")
    first, second = [
        (seen.header("x-token"), token_of(seen, world.xingyun.keys["app_secret"]))
        for seen in origin.seen
    ]

    assert first[0] == first[1]
    assert second[0] == second[1]


def test_a_script_goes_as_segments(vendor, world):
    """``create_render_task`` with JSON: text and media URL of each segment, and the defaults."""
    order = ls.xingyun.RenderScript(
        **FIGURE,
        segments=[
            ls.xingyun.Segment(text="为推动我国制造业 <break/> 转型", media_url=PICTURE),
            {"text": "hello"},
        ],
    )
    snapshot = submit_to(vendor, world, order)
    (seen,) = world.xingyun.origin.seen

    assert (seen.method, seen.target) == ("POST", CREATE)
    assert seen.header("content-type") == "application/json"
    assert seen.json == {
        **DEFAULTS,
        "segment": [
            {"text": "为推动我国制造业 <break/> 转型", "media_url": PICTURE},
            {"text": "hello"},
        ],
    }
    assert seen.header("x-app-id") == world.xingyun.keys["app_id"]
    assert snapshot == Snapshot(JobStatus.queued, "not_send", "135")


def test_all_settings_go_along(vendor, world):
    """Name, subtitles and the AI mark are sent as they are set."""
    order = ls.xingyun.RenderScript(
        **FIGURE,
        segments=[ls.xingyun.Segment(text="x")],
        video_name="测试调用API生成视频",
        sub_title="off",
        if_aigc_mark=False,
    )
    submit_to(vendor, world, order)
    (seen,) = world.xingyun.origin.seen

    assert seen.json == {
        **FIGURE,
        "segment": [{"text": "x"}],
        "video_name": "测试调用API生成视频",
        "sub_title": "off",
        "if_aigc_mark": False,
    }


def test_local_media_of_a_segment_get_a_url(vendor, world, media):
    """A segment's picture or clip is published on the media host."""
    segment = ls.xingyun.Segment(text="x", media_url=media.clip)
    order = ls.xingyun.RenderScript(**FIGURE, segments=[segment])
    submit(vendor, order, UploadHost(world.hosts.media.url))
    (created,), (put,) = world.xingyun.origin.seen, world.hosts.media.asked("PUT", ".mp4")

    assert created.json["segment"][0]["media_url"] == world.hosts.media.url + put.target
    assert put.body == media.clip.read_bytes()


def test_slides_are_parsed_first(vendor, world, media):
    """``parse_ppt_file`` takes the file and signs ``{}``; its name goes into the task."""
    submit(vendor, ls.xingyun.RenderSlides(**FIGURE, ppt=media.slides))
    parsed, created = world.xingyun.origin.seen

    mime = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    assert parsed.target == "/user/v1/video_synthesis_task/parse_ppt_file"
    assert parsed.parts == {"ppt_file": ("幻灯片.pptx", mime, media.slides.read_bytes())}
    assert parsed.header("x-token") == token_of(parsed, world.xingyun.keys["app_secret"])
    name = list(world.xingyun.slides)[-1]
    assert created.json == {**DEFAULTS, "parse_ppt_file_name": name}


def token_of(seen, secret):
    """Return the token that a request without JSON must carry."""
    return generate_x_token({}, secret, seen.target, seen.method, int(seen.header("x-timestamp")))


def submit_to(vendor, world, order):
    """Submit, whatever lies behind the URLs of an order."""
    answer = {"error_code": 0, "error_reason": "", "data": {"task_id": 135}}
    world.xingyun.origin.plan("POST", "/create_render_task", answer)
    return submit(vendor, order)


@pytest.mark.parametrize(
    ("task_id", "vendor_id"), [(135, "135"), ("135", "135"), (2**64 + 1, str(2**64 + 1))]
)
def test_the_new_tasks_id_is_read(vendor, world, task_id, vendor_id):
    """A number by the table; a string of digits does as well."""
    answer = {"error_code": "0", "data": {"task_id": task_id}}
    world.xingyun.origin.plan("POST", "/create_render_task", answer)
    order = ls.xingyun.RenderScript(**FIGURE, segments=[{"text": "x"}])

    assert submit(vendor, order).vendor_id == vendor_id


def test_a_look_asks_by_the_tasks_id(vendor, world):
    """``get_render_task?task_id=…``; an answer 30004 says that there is none."""
    with pytest.raises(ls.VendorError, match="30004, 视频任务未找到"):
        send(vendor, poll(vendor, "404"))
    (seen,) = world.xingyun.origin.seen

    assert seen.target == "/user/v1/video_synthesis_task/get_render_task?task_id=404"


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("not_send", JobStatus.queued),
        ("waiting", JobStatus.running),
        ("processing", JobStatus.running),
        ("finished", JobStatus.succeeded),
        ("error", JobStatus.failed),
        ("cancel", JobStatus.cancelled),
        ("cancelled", JobStatus.unknown),
        ("Finished", JobStatus.unknown),
    ],
)
def test_statuses_are_translated(hosted, word, status):
    """The page lists six; any other stays unknown, and is shown as it came."""
    answer = {"error_code": 0, "data": {**TASK, "synth_state": word}}
    snapshot = read(hosted, poll(hosted, "135"), answer)

    assert (snapshot.status, snapshot.vendor_status) == (status, word)


def test_a_failed_task_tells_its_reason(hosted):
    """The page's example of a query."""
    snapshot = read(
        hosted, poll(hosted, "135"), {"error_code": 0, "error_reason": "", "data": TASK}
    )

    why = "合成任务失败,请重新发起或联系客服处理"
    failed = Snapshot(JobStatus.failed, "error", "135", error=why, created_at=CREATED)
    assert snapshot == failed


@pytest.mark.parametrize(
    "named", [{"id": 135}, {"task_id": 135}, {"task_id": "135", "id": None}, {}]
)
def test_a_finished_task_is_read_however_it_is_named(hosted, named):
    """The example names the task id, the table task_id: the one that was asked for it is."""
    answer = {
        **named,
        "synth_state": "finished",
        "render_video_oss": "https://oss/x.mp4?Signature=a%2Bb",
        "render_image_oss": "https://oss/x.png",
    }
    snapshot = read(hosted, poll(hosted, "135"), {"error_code": 0, "data": answer})

    assert snapshot == Snapshot(
        JobStatus.succeeded,
        "finished",
        "135",
        video_url="https://oss/x.mp4?Signature=a%2Bb",
        poster_url="https://oss/x.png",
    )


def test_cancelling_posts_the_tasks_id(vendor, world):
    """``cancel_render_task`` with the id as a number; the answer has no data."""
    world.xingyun.looks[77] = 0
    send(vendor, vendor.cancellation(ls.xingyun.RenderScript.model_construct(), "77"))
    (seen,) = world.xingyun.origin.seen

    assert (seen.method, seen.target) == (
        "POST",
        "/user/v1/video_synthesis_task/cancel_render_task",
    )
    assert seen.json == {"task_id": 77}
    assert 77 in world.xingyun.cancelled


def test_a_preview_url_is_a_text(vendor, world):
    """Although the page's table says int."""
    world.xingyun.looks[78] = 9
    url = vendor.preview_url("78")

    assert url == f"{world.hosts.results.url}/preview/78"


@pytest.mark.parametrize(
    "data", [{"preview_url": ""}, {"preview_url": None}, {}, None, "", [], {"other": 1}]
)
def test_a_task_that_runs_has_no_preview_url(vendor, world, data):
    """It is empty, which is no error, however the vendor leaves it out."""
    answer = {"error_code": 0, "error_reason": "", "data": data}
    world.xingyun.origin.plan("GET", "/get_render_task_preview_url", answer)

    assert vendor.preview_url("79") == ""


@pytest.mark.parametrize(
    ("fields", "read_as"),
    [
        ({"amount": 12}, {"cost": Cost(12, "credits")}),
        ({"amount": "12.5"}, {"cost": Cost(12.5, "credits")}),
        ({"amount": "many"}, {}),
        ({"amount": -1, "duration": -1, "progress": -1}, {}),
        ({"amount": True, "duration": True, "progress": True}, {}),
        ({"progress": "50%"}, {"progress": 0.5}),
        ({"progress": 1}, {}),
        ({"progress": 55}, {"progress": 0.55}),
        ({"progress": "0.55"}, {"progress": 0.55}),
        ({"progress": "half"}, {}),
        ({"duration": 12.5}, {"duration_s": 12.5}),
        ({"duration": "12500"}, {"duration_s": 12.5}),
        ({"duration": "00:12"}, {}),
        ({"create_time": "2025-07-17T11:30:08.033710+08:00"}, {"created_at": CREATED}),
        ({"create_time": 1752723008}, {"created_at": 1752723008.0}),
        ({"create_time": "1752723008000"}, {"created_at": 1752723008.0}),
        ({"create_time": "2025-07-17 11:30:08"}, {}),
        ({"create_time": "yesterday"}, {}),
        ({"synth_start_time": "soon", "synth_finish_time": []}, {}),
    ],
)
def test_what_a_task_tells_besides_is_read_if_it_can_be(hosted, fields, read_as):
    """Credits, length, progress and time; some are on no page, so their units are guessed."""
    answer = {"error_code": 0, "data": {"synth_state": "processing", **fields}}
    snapshot = read(hosted, poll(hosted, "135"), answer)

    assert snapshot == Snapshot(JobStatus.running, "processing", "135", **read_as)


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (20001, "应用不存在或无法使用"),
        (30002, "PPT文件不存在"),
        (30003, "PPT文件解析错误"),
        (30004, "视频任务未找到"),
        (30005, "创建视频任务错误"),
        (30006, "取消视频任务错误"),
    ],
)
@pytest.mark.parametrize("given", [None, "", "原因"])
def test_error_codes_have_types(hosted, status, code, meaning, given):
    """The page's table; whatever the HTTP status, and also where the reason is left out."""
    found = error(hosted, status, {"error_code": code, "error_reason": given})

    kind = ls.Unauthorized if code == 20001 else ls.VendorError
    assert (type(found), found.code) == (kind, code)
    assert f"{code}, {given or meaning}" in str(found)


@pytest.mark.parametrize(
    ("given", "signature"), [(None, True), ("", True), ("签名有误", True), ("系统繁忙", False)]
)
def test_code_1_is_a_wrong_signature_if_its_reason_says_so(hosted, given, signature):
    """It is on no page, so with another reason, a task may have been created."""
    answer = {"error_code": 1, "error_reason": given}
    found = error(hosted, 200, answer)

    assert (type(found), found.code) == (ls.Unauthorized if signature else ls.VendorError, 1)
    assert f"1, {given or '签名有误'}" in str(found)
    assert hosted.refuses(Answer(200, answer)) is signature


@pytest.mark.parametrize(
    ("status", "payload", "kind", "code"),
    [
        (200, {"error_code": 2, "error_reason": "x"}, ls.VendorError, 2),
        (200, {"error_code": "20001"}, ls.Unauthorized, 20001),
        (200, {"error_code": "E7"}, ls.ServerError, None),
        (429, {"error_code": 50001}, ls.RateLimited, 50001),
        (500, {"error_code": 50000}, ls.ServerError, 50000),
        (503, {"error_code": 0}, ls.ServerError, 503),
        (401, {"detail": "x"}, ls.Unauthorized, 401),
        (404, None, ls.VendorError, 404),
        (502, None, ls.ServerError, 502),
    ],
)
def test_codes_that_no_page_lists_follow_the_http_status(hosted, status, payload, kind, code):
    """An unknown code is never success; what it is, the HTTP status tells."""
    found = error(hosted, status, payload)

    assert (type(found), found.code) == (kind, code)


def test_the_refusal_of_an_application_says_what_it_takes(hosted):
    """20001 is also what the key of another kind of application gets."""
    assert "video generation" in str(error(hosted, 200, {"error_code": 20001}))


@pytest.mark.parametrize(
    ("fields", "field", "limit"),
    [
        ({"segments": []}, "segments", "at least 1 item"),
        ({"segments": [{"text": ""}]}, "segments.0.text", "at least 1 character"),
        ({"segments": [{"text": "x"}, {}]}, "segments.1.text", "required"),
        ({"segments": [{"text": "x", "media_url": ""}]}, "segments.0.media_url", "path"),
        ({"look_name": ""}, "look_name", "at least 1 character"),
        ({"sub_title": True}, "sub_title", "'on' or 'off'"),
        ({"if_aigc_mark": "maybe"}, "if_aigc_mark", "boolean"),
        ({"ppt": "x.pptx"}, "ppt", "no such field"),
    ],
)
def test_a_field_outside_its_limits_is_refused(fields, field, limit):
    """The error names the field, by its dotted path, and what it takes."""
    order = {**FIGURE, "segments": [{"text": "x"}], **fields}
    found = refusal(lambda: ls.xingyun.RenderScript(**order))

    assert found.fields[0][0] == field
    assert limit in str(found)


@pytest.mark.parametrize("kind", [ls.xingyun.RenderScript, ls.xingyun.RenderSlides])
def test_figure_voice_and_studio_are_required(kind):
    """All that is missing is named at once."""
    found = refusal(kind)

    assert {"look_name", "tts_vcn_name", "studio_name"} < {name for name, _ in found.fields}


def test_slides_of_more_than_20_mb_are_refused(client, world, media, tmp_path):
    """By a copy of the vendor's page; nothing is sent."""
    large = tmp_path / "large.pptx"
    large.write_bytes(media.slides.read_bytes())
    with large.open("r+b") as file:
        file.truncate(20_000_001)
    found = refusal(lambda: client.submit(ls.xingyun.RenderSlides(**FIGURE, ppt=large)))

    assert found.fields == [("ppt", "20.1 MB is over the limit of 20 MB")]
    assert untouched(client, world)


def without_notes(path):
    return slides(path)


def with_blank_notes(path):
    return slides(path, " \n ", "\u00a0")


def with_a_numbered_page_of_notes(path):
    """Write slides whose page of notes has only what PowerPoint puts there itself."""
    deck = Presentation()
    page = deck.slides.add_slide(deck.slide_layouts[5]).notes_slide
    page.notes_placeholder.element.xpath("./p:nvSpPr/p:nvPr/p:ph")[0].set("type", "sldNum")
    page.shapes[-1].text_frame.text = "1"
    deck.save(str(path))
    return path


def cut_off(path):
    path.write_bytes(slides(path, "你好").read_bytes()[:-200])
    return path


def with_a_bomb(path):
    """Write slides with a page of notes that has a thousand times as many bytes when unpacked."""
    with zipfile.ZipFile(slides(path, "你好"), "a", zipfile.ZIP_DEFLATED) as deck:
        types = deck.read("[Content_Types].xml")
        deck.writestr("[Content_Types].xml", types.replace(b"notesSlide1.xml", b"bomb.xml"))
        deck.writestr("ppt/notesSlides/bomb.xml", b"<a>" + b" " * (5 << 20) + b"</a>")
    return path


def a_login_page(path, ending=".pdf"):
    """Write a login page under the name of slides."""
    path = path.with_suffix(ending)
    path.write_text("<html>Please log in</html>")
    return path


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (without_notes, "no slide has notes, and only notes are spoken"),
        (with_blank_notes, "no slide has notes"),
        (with_a_numbered_page_of_notes, "no slide has notes"),
        (cut_off, "no readable .pptx file"),
        pytest.param(
            with_a_bomb,
            "no readable .pptx file (ppt/notesSlides/bomb.xml has over 4 MiB)",
            marks=pytest.mark.filterwarnings("ignore:Duplicate name"),
        ),
        (a_login_page, "a web page is not slides"),
        (partial(a_login_page, ending=".ppt"), "a web page is not slides"),
        (partial(a_login_page, ending=".pptx"), "a web page is not slides"),
    ],
)
def test_slides_without_notes_are_refused_before_they_are_paid(client, world, tmp_path, make, why):
    """Only notes become the script. The error names the field, and nothing is sent."""
    order = ls.xingyun.RenderSlides(**FIGURE, ppt=make(tmp_path / "deck.pptx"))
    found = refusal(lambda: client.submit(order))

    assert [field for field, _ in found.fields] == ["ppt"]
    assert why in str(found)
    assert untouched(client, world)


def test_slides_that_were_paid_before_are_not_refused(client, tmp_path, monkeypatch):
    """An earlier version took decks without notes: their jobs are found all the same."""
    order = ls.xingyun.RenderSlides(**FIGURE, ppt=slides(tmp_path / "deck.pptx"))
    with monkeypatch.context() as earlier:
        earlier.setattr(Takes, "refusal", lambda *_, **__: None)
        job = client.submit(order)
    job.result(20)

    assert client.submit(order).id == job.id
    assert "no slide has notes" in str(refusal(lambda: client.submit(order, fresh=True)))


def test_slides_at_a_url_are_searched_for_notes_too(client, world, tmp_path):
    """They are fetched before they are sent to the vendor; a deck without notes is not paid."""
    world.hosts.files["/deck.pptx"] = slides(tmp_path / "deck.pptx").read_bytes()
    ppt = f"{world.hosts.media.url}/deck.pptx"
    job = client.submit(ls.xingyun.RenderSlides(**FIGURE, ppt=ppt))

    with pytest.raises(ls.JobFailed, match="no slide has notes"):
        job.result(20)
    assert world.xingyun.origin.asked("POST", "/create_render_task") == []


@pytest.mark.parametrize("strict", [False, True])
def test_one_slide_with_notes_is_enough(tmp_path, strict):
    """The parts of a deck may lie anywhere, and be of either edition of the format."""
    usual = slides(tmp_path / "usual.pptx", "", "大家好。")
    moved = tmp_path / "moved.pptx"
    with zipfile.ZipFile(usual) as old, zipfile.ZipFile(moved, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name).replace(b"/ppt/notesSlides/", b"/ppt/notes/")
            if strict:
                content = content.replace(
                    b"http://schemas.openxmlformats.org/drawingml/2006/main",
                    b"http://purl.oclc.org/ooxml/drawingml/main",
                )
            new.writestr(name.replace("ppt/notesSlides/", "ppt/notes/"), content)

    ppt = next(takes for _, _, takes in ls.xingyun.RenderSlides(**FIGURE, ppt=moved).media())
    assert ppt.refusal(LocalFile.of(moved)) is ppt.note(LocalFile.of(moved)) is None


@pytest.mark.parametrize("ending", ["ppt", "pdf"])
def test_other_slides_go_with_a_warning(client, world, capsys, tmp_path, ending):
    """Their notes cannot be read here, so nobody knows whether anything will be spoken."""
    parsed = {"error_code": 0, "data": {"parse_ppt_file_name": "a"}}
    world.xingyun.origin.plan("POST", "/parse_ppt_file", parsed)
    world.xingyun.slides["a"] = b""
    job = client.submit(ls.xingyun.RenderSlides(**FIGURE, ppt=made(tmp_path, ending)))
    warning = f"ppt: made.{ending}: only the notes of slides are spoken"
    assert f"RenderSlides.{warning}" in capsys.readouterr().err
    job.result(20)
    assert job.note.startswith(warning)
    (sent,) = world.xingyun.origin.asked("POST", "/parse_ppt_file")

    assert sent.parts["ppt_file"][:2] == (f"made.{ending}", MIME[ending])


def test_a_pdf_of_letters_only_is_no_text(tmp_path):
    """As programs write it that compress nothing."""
    pdf = tmp_path / "deck.pdf"
    pdf.write_text("%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\n%%EOF\n")
    ppt = next(takes for _, _, takes in ls.xingyun.RenderSlides(**FIGURE, ppt=pdf).media())

    assert ppt.refusal(LocalFile.of(pdf)) is None
    assert "a .pdf file is not searched" in (ppt.note(LocalFile.of(pdf)) or "")


def test_other_slides_at_a_url_go_with_a_note(client, world, tmp_path):
    """Once they were fetched."""
    parsed = {"error_code": 0, "data": {"parse_ppt_file_name": "a"}}
    world.xingyun.origin.plan("POST", "/parse_ppt_file", parsed)
    world.xingyun.slides["a"] = b""
    world.hosts.files["/deck.pdf"] = made(tmp_path, "pdf").read_bytes()
    ppt = f"{world.hosts.media.url}/deck.pdf"
    job = client.submit(ls.xingyun.RenderSlides(**FIGURE, ppt=ppt))
    job.result(20)

    assert job.note.startswith("ppt: media.pdf: only the notes of slides are spoken")


def test_slides_with_notes_go_without_a_warning(client, media, capsys):
    """There is nothing to say."""
    job = client.submit(ls.xingyun.RenderSlides(**FIGURE, ppt=media.slides))
    job.result(20)

    assert capsys.readouterr().err == ""
    assert job.note is None


def test_the_resolution_goes_along_if_it_is_set(vendor, world):
    """The page does not list it as a field, so by default it is left out."""
    order = {**FIGURE, "segments": [{"text": "x"}]}
    submit_to(vendor, world, ls.xingyun.RenderScript(**order, output_resolution="1080P"))

    assert world.xingyun.origin.seen[0].json["output_resolution"] == "1080P"


def test_a_wrong_signature_says_what_to_check(client, world):
    """It is no refusal of the work: the secret is wrong, or the time of this machine."""
    wrong = ls.Xingyun(world.xingyun.keys["app_id"], "other", base_url=world.xingyun.base_url)
    client.connect(wrong)
    job = client.submit(ls.xingyun.RenderScript(**FIGURE, segments=[{"text": "x"}]))

    with pytest.raises(
        ls.JobFailed, match="1, 签名有误: check app_secret and this machine's clock"
    ):
        job.result(20)
    assert isinstance(job.error, ls.Unauthorized)
    assert world.xingyun.origin.asked("POST", "/create_render_task") == []


def test_what_is_no_deck_is_refused(client, world, media):
    """Slides are a .pptx file, and a segment shows no sound."""
    slides = ls.xingyun.RenderSlides(**FIGURE, ppt=media.face)
    script = ls.xingyun.RenderScript(
        **FIGURE, segments=[{"text": "x"}, {"text": "y", "media_url": media.speech}]
    )

    assert "RenderSlides.ppt: image/jpeg is not slides (ppt, pptx, pdf)" in str(
        refusal(lambda: client.submit(slides))
    )
    assert refusal(lambda: client.submit(script)).fields == [
        ("segments.1.media_url", "audio/wav is not image or video")
    ]
    assert untouched(client, world)


@pytest.mark.parametrize("vendor_id", ["", "abc", "-1", "1.0", "²", "１３５", "1/2"])
def test_an_id_that_is_no_number_is_not_asked_for(hosted, vendor_id):
    """The page's task_id is an int."""
    assert "number" in str(refusal(lambda: poll(hosted, vendor_id)))
