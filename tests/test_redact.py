"""Keys stay out of whatever is shown, logged or written, whoever repeats them."""

import asyncio
import json
import logging
import unicodedata
from urllib.parse import quote

import httpx
import pytest
from canary.notebook import everything_shown
from conftest import PATIENCE
from hosts import Host, Reply, answer, head, raw, says
from hypothesis import given
from hypothesis import strategies as st
from vendors.cases import CASES, made_up

import lipsync_nb as ls
from lipsync_nb import event_loop as loop
from lipsync_nb.errors import BadRequest, LipSyncError, MissingCredentials
from lipsync_nb.http.addresses import Source
from lipsync_nb.http.redact import MASK, SHORTEST, Redactor, printable
from lipsync_nb.http.transfer import Web
from lipsync_nb.vendors import VENDORS

KEY = 'sk-Ab/c+d=="é\\x'
"""With everything that is written in another way somewhere."""
PLAIN = "sk-0123456789abcdef"
"""As it may stand in a header."""
secrets = st.text(min_size=SHORTEST, max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=9,
)


@given(secrets, st.text(max_size=9), st.text(max_size=9))
def test_no_secret_is_left_in_a_text(secret, before, after):
    """Wherever it stands, and however often."""
    cleaned = Redactor(secret).text(before + secret + after + secret)

    assert secret not in cleaned or secret in MASK


@given(st.lists(secrets, min_size=2, max_size=4))
def test_a_secret_that_holds_another_goes_whole(several):
    """Not only the shorter one's part of it."""
    longest = max(several, key=len)

    assert Redactor(*several).text(f"<{longest}>") == f"<{MASK}>"


LOOKS = [
    KEY,
    quote(KEY),
    quote(KEY, safe=""),
    json.dumps(KEY)[1:-1],
    json.dumps(KEY, ensure_ascii=False)[1:-1],
]


@pytest.mark.parametrize("look", LOOKS)
def test_a_secret_is_known_by_all_its_looks(look):
    """In a URL's path or query, and in JSON within JSON."""
    assert Redactor(KEY).text(f"a {look} b") == f"a {MASK} b"


@given(values, secrets)
def test_json_keeps_its_shape(value, secret):
    """Only texts change: keys and values alike."""
    echoed = {"a": value, secret: [secret, {"b": f"x{secret}"}]}
    cleaned = Redactor(secret).clean(echoed)

    assert set(cleaned) <= {Redactor(secret).text("a"), MASK}
    assert cleaned[MASK][0] == MASK


def test_a_short_word_is_no_secret():
    """It would mask ordinary words."""
    assert Redactor("a", "", "abc").text("abc a") == "abc a"


def escaped(text):
    """Return a JSON text with every character escaped."""
    return "".join(f"\\u{ord(letter):04x}" for letter in text)


def said(text, status=200):
    """Return an answer of these very bytes."""
    return answer(text.encode(), status, Content_Type="application/json")


ECHOES = {
    "in an error's message": says({"code": 401, "message": f"bad key {PLAIN}"}, 401),
    "as an error's code": says({"code": PLAIN, "message": PLAIN}),
    "JSON-escaped": said(f'{{"code": 1, "message": "bad {escaped(PLAIN)}"}}', 400),
    "in JSON within JSON": says({"code": 1, "msg": json.dumps({"Authorization": PLAIN})}, 500),
    "in a list": says({"code": 1, "message": [PLAIN, {PLAIN: PLAIN}]}, 422),
    "as the id of a job": says({"code": 0, "data": {"id": PLAIN}}),
    "as the content type": answer(b"<html>", Content_Type=f"text/{PLAIN}"),
    "as where to go": answer(b"", 302, Location=f"http://{PLAIN}.test/{PLAIN}?{PLAIN}"),
    "as a status line": raw(f"{PLAIN} 200 OK\r\n\r\n".encode(), end="close"),
    "as a header's name": raw(f"HTTP/1.1 200 OK\r\n{PLAIN} : x\r\n\r\n".encode(), end="close"),
    "as an encoding": answer(b"{}", Content_Encoding=PLAIN),
    "as a chunk's length": raw(head(Transfer_Encoding="chunked") + f"{PLAIN}\r\n".encode()),
    "as what must not be a number": answer(b"{}", Content_Length=PLAIN),
    "as the reason phrase": raw(f"HTTP/1.1 500 {PLAIN}\r\nContent-Length: 0\r\n\r\n".encode()),
}


@pytest.fixture
def client(tmp_path):
    """Return a maker of clients of one vendor."""
    clients = []

    def make(url):
        vendor = ls.Yunai(api_key=PLAIN, base_url=url)
        clients.append(
            ls.Client(
                [vendor],
                ledger=tmp_path / "jobs.sqlite",
                results=tmp_path / "videos",
                poll=(0.02, 0.05),
                deadline=5,
            )
        )
        return clients[-1]

    yield make
    for each in clients:
        each.close()


def outcome(client):
    """Submit a job and return its error; the frames of this function are part of it."""
    voice = ls.yunai.UseVoice(voice_engine_id="nina", audio_id="1", language="zh", text="你好")
    job = client.submit(ls.yunai.AvatarVideo(avatar="http://media.test/face.png", voice=voice))
    try:
        job.result(PATIENCE)
    except LipSyncError as error:
        return error, job
    return None, job


@pytest.mark.parametrize("reply", ECHOES.values(), ids=ECHOES)
def test_a_vendor_that_repeats_the_key_betrays_it_to_nobody(reply, client, tmp_path, caplog):
    """Neither errors, their chains and frames, nor logs, nor the ledger show it."""
    caplog.set_level(logging.DEBUG, "lipsync_nb")
    with Host(reply) as host:
        error, job = outcome(client(host.url))
        shown = everything_shown(error) + repr(job.record) + repr(job.vendor_id)

    assert host.arrived[0].headers["authorization"] == f"Bearer {PLAIN}"
    assert PLAIN not in shown
    assert PLAIN not in caplog.text
    assert PLAIN.encode() not in b"".join(f.read_bytes() for f in tmp_path.glob("jobs.sqlite*"))


def test_nor_when_it_is_repeated_of_a_job(client, tmp_path):
    """As its status, its URL and its reason."""
    work = {"id": "1", "web_work_status": 1, "work_webp_path": f"http://x.test/{PLAIN}"}
    failed = {**work, "web_work_status": -1, "fail_reason": f"bad {PLAIN}"}
    taken = says({"code": 0, "data": {"id": "1"}})
    with Host(taken, says({"data": work}), says({"data": failed})) as host:
        error, job = outcome(client(host.url))
        shown = everything_shown(error) + repr(job.record) + client(host.url).jobs.to_string()

    assert "bad [redacted]" in shown
    assert PLAIN not in shown
    assert PLAIN.encode() not in b"".join(f.read_bytes() for f in tmp_path.glob("jobs.sqlite*"))


def test_nor_when_nobody_answers(client, caplog):
    """A request that failed is not shown with its headers."""
    caplog.set_level(logging.DEBUG)
    with Host(Reply(end="reset")) as host:
        error, _ = outcome(client(host.url))

    assert PLAIN not in everything_shown(error) + caplog.text


def test_a_token_is_a_key_as_well(caplog):
    """Chanjing's is fetched on the way; the error comes straight through the library's thread."""
    caplog.set_level(logging.DEBUG)

    def reply(arrival):
        if "access_token" in arrival.headers:
            return says({"code": 50000, "msg": f"dead: {PLAIN}, {arrival.headers['access_token']}"})
        return says({"code": 0, "data": {"access_token": "token-0123456789"}})

    with Host(reply) as host:
        vendor = ls.Chanjing(app_id="app", secret_key=PLAIN, base_url=host.url)
        failure = look_error(vendor)

    shown = everything_shown(failure) + caplog.text
    assert "dead: [redacted], [redacted]" in shown
    assert PLAIN not in shown
    assert "token-0123456789" not in shown


def look_error(vendor):
    """Look at a job; return the error."""
    try:
        vendor.ask(vendor.poll(vendor.kinds[0].model_construct(), "1"))
    except LipSyncError as error:
        return error
    finally:
        loop.run(vendor.aclose())


@pytest.mark.parametrize("name", CASES)
def test_a_vendor_shows_no_key(name):
    """In no representation, and in none of its attributes'."""
    vendor = made_up(VENDORS[name], PLAIN)

    assert PLAIN not in f"{vendor!r} {vendor} {vendor.settings} {vendor.api!r} {vendor.auth()!r}"


@pytest.mark.parametrize("key", ["sk-密钥密钥密钥", "sk-0123\n456789", "sk-0123\x00456789"])
def test_what_cannot_be_a_key_is_refused_unseen(key):
    """HTTP could not carry it, and would say so by repeating it."""
    with pytest.raises(BadRequest) as refused:
        ls.Yunai(api_key=key)

    assert key not in str(refused.value)
    assert "YUNAI_API_KEY" in str(refused.value)


def test_a_missing_key_is_named_and_the_others_are_not_shown(monkeypatch):
    """The variable to set, not the value that is there."""
    monkeypatch.delenv("CHANJING_APP_ID", raising=False)
    with pytest.raises(MissingCredentials) as missing:
        ls.Chanjing(secret_key=PLAIN)

    assert "CHANJING_APP_ID" in str(missing.value)
    assert PLAIN not in str(missing.value)


def test_a_download_that_fails_shows_no_signature(tmp_path):
    """Neither the query of a URL, which may be one, nor its user and password."""

    async def fetch(url):
        web = Web(wait=lambda _: 0.0, timeout=httpx.Timeout(1))
        try:
            await web.download(url, tmp_path / "video.mp4", Source(httpx.URL(url)))
        finally:
            await web.aclose()

    with Host(says({}, 403), Reply(end="reset")) as host:
        url = f"http://user:{PLAIN}@127.0.0.1:{host.port}/video.mp4?X-Signature={PLAIN}"
        for _ in range(2):
            with pytest.raises(LipSyncError) as failed:
                asyncio.run(fetch(url))
            assert PLAIN not in str(failed.value)
            assert "/video.mp4" in str(failed.value)


def test_a_name_is_hidden_in_texts_and_left_in_urls_and_ids():
    """A vendor may make an application's id a part of where a result lies; it opens nothing."""
    redactor = Redactor("secret-0123456789", identifiers=["84042cb5"])
    url = "https://res.test/84042cb5/v.mp4"

    said = redactor.clean({"url": url, "id": "84042cb5-1", "msg": "84042cb5 is not known"})

    assert said == {"url": url, "id": "84042cb5-1", "msg": "[redacted] is not known"}
    assert redactor.clean(f"{url}?key=secret-0123456789") == f"{url}?key=[redacted]"
    assert redactor.text("no 84042cb5") == "no [redacted]"
    assert redactor.clean("应用84042cb5无权限") == "应用[redacted]无权限"


CONTROLS = {
    "the clipboard (OSC 52)": "\x1b]52;c;ZXZpbA==\x07",
    "colours": "\x1b[31m",
    "C1": "\x9b31m",
    "a bell": "\a",
    "a carriage return": "paid\rfree",
    "a backspace": "\b\b",
    "delete": "\x7f",
    "another direction": "\u202eevil\u2066",
    "marks of direction": "\u200f\u061c",
    "lines of another kind": "\u2028\u2029",
    "a lone surrogate": "\ud800",
}


@pytest.mark.parametrize("control", CONTROLS.values(), ids=CONTROLS)
def test_control_characters_of_vendors_reach_nobody(control):
    """In texts, in keys of objects, and in what was masked; words in all scripts stay."""
    redactor = Redactor(KEY)
    cleaned = redactor.clean({f"a{control}": [f"脸{control} {KEY}", f"https://x.test/{control}"]})
    text = "".join([*cleaned, *cleaned[next(iter(cleaned))], redactor.text(f"脸{control}")])

    assert not [char for char in control if unicodedata.category(char)[0] == "C" and char in text]
    assert not set("\u2028\u2029\u200f\u061c\u202e") & set(text)
    assert text.count("脸") == 2
    assert KEY not in text
    assert printable("a\tb\nc\r\nd é 👩‍💻") == "a\tb\nc\nd é 👩‍💻"
