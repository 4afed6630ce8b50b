"""What the sandbox refuses, as any web page that is open in a browser can send it requests."""

import json
from urllib.parse import urlsplit

import httpx
import pytest
from vendors.cases import CASES

from lipsync_nb.sandbox import app
from lipsync_nb.sandbox.vendors.xingyun.render import API

OTHER_HOSTS = ["attacker.test", "attacker.test:8700", "127.0.0.1.attacker.test", "[::2]:80", ""]
OTHER_HOSTS += ["[::1].attacker.test", "127.0.0.1:80@attacker.test", "localhost..", "127.0.0.1:x"]
OWN_HOSTS = ["127.0.0.1", "localhost:1", "LOCALHOST", "localhost.:80", "[::1]:8700"]
NO_JSON = [b"", b"{", b"[", b'"', b"\xff", b"[1]", b"null", b"[" * 100_000, b'{"a": ' + b"9" * 5000]


@pytest.fixture
def origins(sandbox):
    """The URLs of the API and of the storage host."""
    return [f"{sandbox.base_urls['lipsync_studio']}", sandbox.media_url]


@pytest.mark.parametrize("host", OTHER_HOSTS)
def test_another_host_is_refused(bare, origins, host):
    """A page may give its own host's name the address of this machine, and read the answers."""
    for url in origins:
        assert bare.get(url, headers={"Host": host}).status_code == 421
        assert bare.put(f"{url}/a", headers={"Host": host}, content=b"x").status_code == 421


@pytest.mark.parametrize("host", OWN_HOSTS)
def test_this_machines_names_are_answered(bare, sandbox, host):
    """However the ports are forwarded."""
    hello = f"{sandbox.base_urls['lipsync_studio'].rpartition('/')[0]}/_sandbox/hello"
    where = urlsplit(hello)._replace(path="/_sandbox/hello").geturl()

    assert bare.get(where, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("declared", ["text/plain", "application/x-www-form-urlencoded", None])
def test_only_what_is_declared_as_json_is_read(sandbox, bare, studio, declared):
    """A page can send the other types to another host without asking."""
    headers = {} if declared is None else {"Content-Type": declared}
    form = json.dumps({"formState": {"image": "http://x.test/a.png"}}).encode()
    before = sandbox.stats("lipsync_studio")["paid"]
    answer = studio.post("/lipsync-image", content=form, headers=headers)
    admin = bare.post(admin_url(sandbox, "clear_faults"), content=b"{}", headers=headers)

    assert (answer.status_code, admin.status_code) == (400, 400)
    assert "application/json" in answer.text
    assert "application/json" in admin.text
    assert sandbox.stats("lipsync_studio")["paid"] == before


def admin_url(sandbox, call):
    """Return the URL of a call of the sandbox's own API."""
    return urlsplit(sandbox.base_urls["yunai"])._replace(path=f"/_sandbox/{call}").geturl()


@pytest.mark.parametrize("body", NO_JSON, ids=lambda body: repr(body[:12]))
def test_broken_json_is_the_senders_fault(sandbox, bare, body):
    """For each vendor and for the sandbox itself; nothing fails inside."""
    headers = {"Content-Type": "application/json"}
    for call in ("join", "faults", "configure"):
        answer = bare.post(admin_url(sandbox, call), content=body, headers=headers)
        assert answer.status_code == 400, answer.text


PAID = {
    "lipsync_studio": ("studio", "/lipsync-image"),
    "yunai": ("yunai", "/avatar/generation"),
    "chanjing": ("chanjing", "/open/v1/video_lip_sync/create"),
    "xingyun": ("xingyun", f"{API}/create_render_task"),
    "lingdong": ("lingdong", "/generate"),
}
"""The client and the paid call of each vendor."""


def test_every_vendor_has_a_paid_call_here():
    """Else the test below would pass one over."""
    assert PAID.keys() == CASES.keys()


@pytest.mark.parametrize("body", NO_JSON, ids=lambda body: repr(body[:12]))
@pytest.mark.parametrize("vendor", PAID)
def test_a_vendor_refuses_broken_json(sandbox, request, vendor, body):
    """The key is right, so the body is read; nothing fails inside, and nothing is paid."""
    client, path = PAID[vendor]
    before = sandbox.stats(vendor)["paid"]
    headers = {"Content-Type": "application/json"}
    answer = request.getfixturevalue(client).post(path, content=body, headers=headers)

    assert answer.status_code < 500
    assert answer.status_code != 401
    assert "itself failed" not in answer.text
    if body or vendor != "xingyun":  # there, an empty body is an object without fields
        assert "JSON" in answer.text or "multipart" in answer.text
    assert sandbox.stats(vendor)["paid"] == before


SURROGATES = ['{"user": "\\ud800"}', '{"\\ud800": 1}', '{"vendor": "\\ud800", "fault": "x"}']


@pytest.mark.parametrize("body", SURROGATES)
@pytest.mark.parametrize("call", ["join", "leave", "faults", "configure"])
def test_half_a_character_is_the_senders_fault(sandbox, bare, call, body):
    """JSON can write what no text has."""
    headers = {"Content-Type": "application/json"}
    answer = bare.post(admin_url(sandbox, call), content=body, headers=headers)

    assert answer.status_code == 400
    assert answer.json()["error"]


SETTINGS = ["pace", "rates", "url_lifetime_s", "token_lifetime_s", "credits"]


@pytest.mark.parametrize("value", ["-1", "NaN", "1e400", '"x"', "9" * 40, "[]"])
@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_is_a_number_from_0_on(sandbox, bare, setting, value):
    """Others would break answers later."""
    headers = {"Content-Type": "application/json"}
    body = f'{{"vendor": "yunai", "{setting}": {value}}}'
    answer = bare.post(admin_url(sandbox, "configure"), content=body, headers=headers)

    assert answer.status_code == 400
    assert setting in answer.text


def test_the_sandbox_is_no_user_of_itself(sandbox, bare):
    """It would never end."""
    assert bare.post(admin_url(sandbox, "join"), json={"pid": sandbox.pid}).status_code == 400


def test_the_type_of_a_form_may_be_written_in_capitals(lingdong):
    """The form is read: its first file is missing."""
    answer = lingdong.post(
        "/generate",
        content=b"--a--\r\n",
        headers={"Content-Type": "Multipart/Form-Data; boundary=a"},
    )

    assert "must be multipart" not in answer.text


@pytest.mark.parametrize("pid", [-1, 0, 1 << 40, "1", None, 1.5, True])
def test_only_a_process_can_join(sandbox, bare, pid):
    """Others would keep the sandbox running for ever: −1 means all processes."""
    answer = bare.post(admin_url(sandbox, "join"), json={"pid": pid})

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("declared", "served"),
    [
        ("text/html", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("application/xhtml+xml", "application/octet-stream"),
        ("text/javascript", "application/octet-stream"),
        ("application/vnd.wap.xhtml+xml", "application/octet-stream"),
        ("video/vnd.unheard", "application/octet-stream"),
        ("image/png; charset=x", "image/png"),
        ("video/mp4", "video/mp4"),
        ("audio/x-m4a", "audio/x-m4a"),
    ],
)
def test_an_uploaded_page_is_not_served_as_a_page(sandbox, bare, declared, served):
    """It would run with the rights of this origin."""
    body = f"<script>alert({declared!r})</script>".encode()
    put = bare.put(f"{sandbox.media_url}/a.html", content=body, headers={"Content-Type": declared})
    got = bare.get(put.json()["url"])

    assert got.content == body
    assert got.headers["content-type"] == served
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-security-policy"] == "sandbox"


@pytest.mark.parametrize("chunked", [True, False])
def test_a_body_without_an_end_is_refused(sandbox, bare, chunked):
    """JSON has a few kilobytes."""
    size = app.LARGEST_JSON + 1
    body = b'"' + b"x" * size

    def pieces():
        yield from (body[begin : begin + (1 << 20)] for begin in range(0, len(body), 1 << 20))

    headers = {"Content-Type": "application/json"}
    url = f"{sandbox.base_urls['lipsync_studio'].rstrip('/')}/lipsync-image"
    content = pieces() if chunked else body
    try:
        answer = bare.post(url, content=content, headers=headers)
    except httpx.WriteError:
        return  # the connection was closed before all was sent
    assert answer.status_code == 413
