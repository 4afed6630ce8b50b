"""One vendor's API over HTTP: what is sent again and what never is, and what answers may be."""

import asyncio
import gzip
import itertools
import time
import tracemalloc
from collections import defaultdict
from dataclasses import replace
from email.utils import formatdate

import httpx
import pytest
from hosts import RESET, STALL, Host, Reply, answer, free_port, head, raw, says

from lipsync_nb.errors import (
    BadRequest,
    LipSyncError,
    OutOfCredit,
    RateLimited,
    ServerError,
    Unauthorized,
    Unreachable,
    VendorError,
)
from lipsync_nb.files import LocalFile
from lipsync_nb.http.api import UNOBSERVED, Api, Observer, SubmissionLost
from lipsync_nb.http.call import Call, status_error
from lipsync_nb.http.connections import LARGEST_ANSWER
from lipsync_nb.http.rate_limit import Rate
from lipsync_nb.http.redact import Redactor
from lipsync_nb.http.retry import ATTEMPTS, Purpose
from lipsync_nb.vendors import Chanjing
from lipsync_nb.vendors.base.answers import reason

TAKEN = says({"id": "job-1"})
ELSEWHERE = "http://elsewhere.test/jobs"
NESTED = b'{"id":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
MB = 1 << 20


class Key(httpx.Auth):
    """Adds a key."""

    def auth_flow(self, request):
        """Add it."""
        request.headers["X-Key"] = "sk-0123456789"
        yield request


def check(answer):
    """Raise for an HTTP status that is an error."""
    if answer.status >= httpx.codes.BAD_REQUEST:
        raise status_error("test", answer, reason(answer.payload))


def read_id(payload):
    """Return a job's id."""
    if not isinstance(payload, dict) or not isinstance(payload.get("id"), str):
        raise ServerError("test: no id")
    return payload["id"]


def free(**fields):
    """Return a call that may be repeated."""
    return Call("GET", "jobs", read_id, **fields)


def poll():
    """Return a look at a job."""
    return Call("GET", "jobs/1", read_id, purpose=Purpose.poll)


def paid(**fields):
    """Return a call that costs money."""
    return Call("POST", "jobs", read_id, purpose=Purpose.paid, **({"json": {"a": 1}} | fields))


def no_wait(_):
    """Wait no time between attempts."""
    return 0.0


class Noting(Observer):
    """Records what it receives."""

    def __init__(self):
        self.events = []
        self.errors = []
        self.retried = asyncio.Event()

    async def on_attempt(self, _):
        """It is about to be sent."""
        self.events.append("attempt")

    async def on_no_work(self, _):
        """It did nothing."""
        self.events.append("no work")

    def on_retry(self, error):
        """It will be repeated."""
        self.events.append("retry")
        self.errors.append(error)
        self.retried.set()


def ask(url, *calls, **options):
    """Send calls at once; return what came of each, errors included."""
    observer = options.pop("observer", UNOBSERVED)
    options.setdefault("timeout", httpx.Timeout(10))
    ours = {"auth": Key(), "check": check, "rates": {}, "redactor": Redactor(), "wait": no_wait}

    async def asked():
        api = Api(name="test", base_url=url + "/v1/", **(ours | options))
        sent = (api.send(call, observer) for call in calls)
        try:
            return await asyncio.gather(*sent, return_exceptions=True)
        finally:
            await api.aclose()

    return asyncio.run(asked())


def test_an_answer_is_read(tmp_path):
    """A call's fields, files and credentials arrive, and its answer is read."""
    file = tmp_path / "脸 face.bin"
    file.write_bytes(b"\0\1\2" * 100_000)
    local = LocalFile(file, "video/mp4", file.stat().st_size)
    call = paid(json=None, form={"type": "image"}, files={"source": local}, params={"q": "a b&c"})
    with Host(TAKEN) as host:
        assert ask(host.url, call) == ["job-1"]

    (arrival,) = host.arrived
    assert (arrival.method, arrival.target) == ("POST", "/v1/jobs?q=a+b%26c")
    assert arrival.headers["x-key"] == "sk-0123456789"
    assert int(arrival.headers["content-length"]) == len(arrival.body)
    assert 'filename="脸 face.mp4"'.encode() in arrival.body
    assert b"Content-Type: video/mp4\r\n\r\n" + file.read_bytes() + b"\r\n--" in arrival.body
    assert b'name="type"\r\n\r\nimage\r\n' in arrival.body


def test_a_form_is_multipart_even_without_files(tmp_path):
    """Each value of a list is a part of its own, in its order; further headers arrive as well."""
    file = tmp_path / "a.wav"
    file.write_bytes(b"RIFF")
    local = LocalFile(file, "audio/wav", 4)
    fields = paid(json=None, form={"act": "创建", "tags": ["a", "b"]}, headers={"model": "s1"})
    files = paid(json=None, files={"voices": [local, local]})
    with Host(TAKEN) as host:
        assert ask(host.url, fields) + ask(host.url, files) == ["job-1", "job-1"]

    first, second = host.arrived
    kind, _, boundary = first.headers["content-type"].partition("; boundary=")
    values = [part.partition(b"\r\n\r\n")[2] for part in first.body.split(f"--{boundary}".encode())]
    assert kind == "multipart/form-data"
    assert values[1:-1] == ["创建\r\n".encode(), b"a\r\n", b"b\r\n"]
    assert (first.headers["model"], first.headers["x-key"]) == ("s1", "sk-0123456789")
    assert second.body.count(b'name="voices"; filename="a.wav"') == 2


class Reversed:
    """Reads the errors of a product whose code 0 is an error, and 1 is none."""

    def check(self, given):
        """Raise by the code."""
        if given.payload["code"] == 0:
            raise VendorError("no", code=0)

    def refuses(self, given):
        """By the code."""
        return given.payload["code"] == 0


@pytest.mark.parametrize(("code", "kind"), [(0, VendorError), (1, str), (2, str)])
def test_a_product_reads_its_errors_itself(code, kind):
    """In place of its vendor, for a call that says so; what it refuses was not paid."""

    def everything_is_wrong(_):
        raise ServerError("the vendor's own reader")

    taken = says({"id": "job-1", "code": code} if code else {"code": code})
    with Host(taken) as host:
        (found,) = ask(host.url, paid(errors=Reversed()), check=everything_is_wrong)

    assert type(found) is kind


LOST = {
    "reset before it is read": Reply(reads="nothing", end="reset"),
    "reset within": Reply(reads="head", end="reset"),
    "reset after it is read": RESET,
    "closed without an answer": Reply(end="close"),
    "reset after half an answer": raw(head(Content_Length=100) + b'{"id": "job', end="reset"),
    "closed after half an answer": raw(head(Content_Length=100) + b'{"id": "job', end="close"),
    "half a chunk": raw(head(Transfer_Encoding="chunked") + b'ff\r\n{"id"', end="close"),
    "half a head": raw(b"HTTP/1.1 200 OK\r\nContent-Le", end="close"),
    "no answer in time": STALL,
    "half an answer in time": raw(head(Content_Length=100) + b"{", end="stall"),
    "500": says({"message": "boom"}, 500),
    "502 from a proxy": answer(b"<html>Bad Gateway", 502, Content_Type="text/html"),
    "503 to wait": answer(b"", 503, Retry_After=1),
    "504 empty": answer(b"", 504),
    "599": answer(b"", 599),
    "no HTTP": raw(b"SSH-2.0-OpenSSH_9.6\r\n", end="close"),
    "a header too many": raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000 + b"\r\n", end="close"),
    "HTML": answer(b"<html>Welcome to our Wi-Fi", Content_Type="text/html"),
    "an empty 200": answer(),
    "an empty 204": answer(status=204),
    "no id": says({"ok": True}),
    "an id of another type": says({"id": 5}),
    "null": says(None),
    "a list": says(["job-1"]),
    "zipped, but not": answer(b'{"id": "job-1"}', Content_Encoding="gzip"),
    "303, see the result": answer(status=303, Location="/v1/jobs/1"),
    "too long": answer(b'{"id": "' + b"x" * LARGEST_ANSWER + b'"}'),
}


@pytest.mark.parametrize("reply", LOST.values(), ids=LOST)
def test_a_paid_call_whose_answer_is_lost_is_sent_once(reply):
    """Whether it did its work nobody can tell, so it is not sent again."""
    with Host(reply) as host:
        (outcome,) = ask(host.url, paid(), timeout=httpx.Timeout(0.5))

    assert isinstance(outcome, SubmissionLost)
    assert len(host.arrived) == 1


def test_a_call_that_never_arrived_is_sent_again_then_given_up():
    """A refused connection did no work; after some attempts it stands."""
    seen = Noting()

    (outcome,) = ask(f"http://127.0.0.1:{free_port()}", paid(), observer=seen)

    assert isinstance(outcome, Unreachable)
    assert not outcome.sent
    assert seen.events == ["attempt", "no work", "retry"] * (ATTEMPTS - 1) + ["attempt", "no work"]


def test_a_call_that_may_have_worked_is_not_reported_as_undone():
    """Who observes it must not take back that it was sent."""
    seen = Noting()
    with Host(RESET) as host:
        ask(host.url, paid(), observer=seen)

    assert seen.events == ["attempt"]


def test_a_call_arrives_once_its_vendor_is_back():
    """What was refused is sent again; it arrives once."""
    port = free_port()
    hosts = []

    def wait(attempt):
        if attempt == 2:
            hosts.append(Host(TAKEN, port=port))
        return 0.0

    outcome = ask(f"http://127.0.0.1:{port}", paid(), wait=wait)

    with hosts[0]:
        assert outcome == ["job-1"]
        assert len(hosts[0].arrived) == 1


def test_a_paid_call_takes_a_fresh_connection():
    """On an idle connection that the vendor closes just then, nobody could tell."""

    async def asked(url):
        api = Api(
            name="test",
            base_url=url,
            auth=Key(),
            check=check,
            rates={},
            redactor=Redactor(),
        )
        for call in (free(), free(), paid(), free(), paid()):
            await api.send(call)
        await api.aclose()

    with Host(TAKEN) as host:
        asyncio.run(asked(host.url))

    assert host.connections == 3
    assert len(host.arrived) == 5


REFUSED = {
    400: VendorError,
    401: Unauthorized,
    402: OutOfCredit,
    403: Unauthorized,
    404: VendorError,
    405: VendorError,
    413: VendorError,
    415: VendorError,
    422: VendorError,
}


@pytest.mark.parametrize(("status", "kind"), REFUSED.items())
def test_a_refusal_stands(status, kind):
    """What the vendor refused did no work, and would be refused again."""
    with Host(says({"message": "no such thing"}, status)) as host:
        outcomes = ask(host.url, paid()) + ask(host.url, free())

    assert [type(outcome) for outcome in outcomes] == [kind, kind]
    assert outcomes[0].code == status
    assert "no such thing" in str(outcomes[0])
    assert len(host.arrived) == 2


PAGES = [b"<html>", b"", b'"no such thing"', b"[]", b"null"]


@pytest.mark.parametrize("status", [401, 402, 403, 413])
@pytest.mark.parametrize("body", PAGES)
def test_a_gateway_may_refuse_too(status, body):
    """These statuses say that nothing was passed on, whoever words the answer."""
    with Host(answer(body, status)) as host:
        (outcome,) = ask(host.url, paid())

    assert type(outcome) is REFUSED[status]


@pytest.mark.parametrize("status", [400, 404, 405, 408, 409, 418, 422, 451, 499])
@pytest.mark.parametrize("body", PAGES)
def test_a_gateways_page_proves_nothing(status, body):
    """The vendor may have taken the paid request; a free one fails as it did."""
    with Host(answer(body, status)) as host:
        (lost,) = ask(host.url, paid())
        (refused,) = ask(host.url, free())

    assert (type(lost), type(lost.error)) == (SubmissionLost, VendorError)
    assert (type(refused), refused.code) == (VendorError, status)
    assert len(host.arrived) == 2


@pytest.mark.parametrize("status", [408, 409, 418, 425, 451, 499])
def test_some_statuses_prove_nothing_whoever_words_them(status):
    """A timeout or a conflict tells nothing of what became of the paid request."""
    with Host(says({"message": "Request Timeout"}, status)) as host:
        (lost,) = ask(host.url, paid())

    assert (type(lost), type(lost.error)) == (SubmissionLost, VendorError)


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 305, 307, 308, 399])
def test_no_redirect_is_followed(status):
    """Where it leads nobody goes, with or without a key; the error says what to do.

    Whether a paid request that is redirected did its work is not known.
    """
    with Host(TAKEN) as other:
        target = f"{other.url}/v1/jobs?signature=s"
        with Host(says({"id": "not this"}, status, Location=target)) as host:
            lost, *outcomes = ask(host.url, paid(), free(), poll())

    assert type(lost) is SubmissionLost
    outcomes.append(lost.error)
    assert [type(outcome) for outcome in outcomes] == [VendorError] * 3
    assert all(f"{other.url}/v1/jobs; if that is right, set base_url" in str(o) for o in outcomes)
    assert "signature" not in str(outcomes[0])
    assert len(host.arrived) == 3
    assert other.arrived == []


@pytest.mark.parametrize(
    "where", ["", "//[", "http://[::1", "http://a:b:c", "\xff", "javascript:x"]
)
def test_a_redirect_to_nowhere_is_refused(where):
    """Nothing a Location may hold breaks more than the call."""
    reply = f"HTTP/1.1 302 X\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n"
    with Host(raw(reply.encode("latin-1"))) as host:
        (outcome,) = ask(host.url, poll())

    assert type(outcome) in {VendorError, ServerError, Unreachable}


def test_a_redirect_without_a_target_is_refused():
    """Also where the header is missing."""
    with Host(answer(status=302)) as host:
        (outcome,) = ask(host.url, poll())

    assert type(outcome) is VendorError


@pytest.mark.parametrize("trouble", [RESET, says({}, 500), answer(b"<html>"), STALL])
def test_a_free_call_is_sent_again(trouble):
    """What costs nothing may be repeated."""
    with Host(trouble, trouble, TAKEN) as host:
        outcome = ask(host.url, free(), timeout=httpx.Timeout(0.5))

    assert outcome == ["job-1"]
    assert len(host.arrived) == 3


@pytest.mark.parametrize(("trouble", "kind"), [(RESET, Unreachable), (says({}, 503), ServerError)])
def test_a_free_call_is_given_up(trouble, kind):
    """After some attempts the last error stands."""
    with Host(trouble) as host:
        (outcome,) = ask(host.url, free())

    assert type(outcome) is kind
    assert len(host.arrived) == ATTEMPTS


@pytest.mark.parametrize("trouble", [RESET, says({}, 500), says({}, 429), answer(b"<html>")])
def test_a_look_is_never_repeated(trouble):
    """The scheduler looks again anyway."""
    with Host(trouble) as host:
        (outcome,) = ask(host.url, poll())

    assert isinstance(outcome, Unreachable | VendorError)
    assert len(host.arrived) == 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0.3", 0.3),
        ("1", 1.0),
        ("-5", 0.0),
        ("soon", None),
        ("", None),
        ("nan", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 99 Foo 99999 99:99:99 GMT", None),
    ],
)
def test_a_rate_limited_call_is_sent_again_when_it_may(header, seconds):
    """A 429 did no work; the vendor says when to come back, or nonsense."""
    refusal, seen = answer(b"", 429, Retry_After=header), Noting()
    with Host(refusal, TAKEN) as host:
        assert ask(host.url, paid(), observer=seen) == ["job-1"]

    first, second = host.arrived
    assert [error.retry_after for error in seen.errors] == [seconds]
    assert second.at - first.at >= (seconds or 0.0)


def test_a_rate_limited_call_waits_until_a_date():
    """``Retry-After`` may be a date."""
    seen = Noting()
    with Host(
        lambda _: answer(b"", 429, Retry_After=formatdate(time.time() + 2, usegmt=True)), TAKEN
    ) as host:
        assert ask(host.url, paid(), observer=seen) == ["job-1"]

    first, second = host.arrived
    assert [0 <= error.retry_after <= 2 for error in seen.errors] == [True]
    assert second.at - first.at > 0.9


def test_a_rate_limit_holds_up_all_calls_of_its_kind():
    """Once the vendor wants a pause, no other call of that rate is sent meanwhile."""

    async def asked(url):
        api = Api(
            name="test",
            base_url=url,
            auth=Key(),
            check=check,
            rates={"create": Rate(100, 1)},
            redactor=Redactor(),
            wait=no_wait,
        )
        first = asyncio.create_task(api.send(paid(rate="create"), seen))
        await seen.retried.wait()
        await asyncio.gather(first, api.send(paid(rate="create")), api.send(free()))
        await api.aclose()

    seen = Noting()
    with Host(answer(b"", 429, Retry_After=2), TAKEN) as host:
        asyncio.run(asked(host.url))

    refused, other, *created = host.arrived
    assert other.method == "GET"
    assert [call.at - refused.at >= 2 for call in created] == [True, True]


def test_a_documented_rate_is_kept():
    """No more calls in a while than the vendor allows."""
    calls = [free(rate="look") for _ in range(7)]
    with Host(TAKEN) as host:
        ask(host.url, *calls, rates={"look": Rate(3, 1.0)})

    times = [arrival.at for arrival in host.arrived]  # of a busy machine, so some are late
    assert all(later - sooner > 0.4 for sooner, later in zip(times, times[3:], strict=False))


def bomb(levels):
    """Return a few bytes that unzip to a gigabyte, or many."""
    data = gzip.compress(bytes(64 * MB))
    for _ in range(levels - 1):
        data = gzip.compress(data * 1000)
    return data


def endless():
    """Return a body without an end."""
    return itertools.chain([head(), b'{"id": "'], itertools.repeat(b"x" * 65536))


def drip():
    """Return a body that comes byte by byte."""
    return itertools.chain([head(Content_Length=MB)], itertools.repeat(b" "))


def drip_head():
    """Return a head that comes byte by byte."""
    return itertools.chain([b"HTTP/1.1 200 OK\r\nX: "], itertools.repeat(b"y"))


def continues():
    """Return interim answers without an end."""
    return itertools.repeat(b"HTTP/1.1 102 Processing\r\n\r\n")


BODIES = {
    "10 MB": answer(b'{"id": "' + b"x" * 10 * MB + b'"}'),
    "10 MB announced": raw(head(Content_Length=10 * MB), end="close"),
    "endless": Reply(endless, end="close"),
    "dripping": Reply(drip, pause=0.05),
    "dripping head": Reply(drip_head, pause=0.05),
    "interim answers": Reply(continues, pause=0.05),
    "invalid UTF-8": answer(b'{"id": "\xff\xfe\xfd"}'),
    "HTML": answer(b"<!doctype html><title>Hello", Content_Type="text/html; charset=utf-8"),
    "deeply nested": answer(NESTED),
    "deep, but not too deep": answer(b'{"id":' + b"[" * 3000 + b"]" * 3000 + b"}"),
    "NaN": answer(b'{"id": NaN}'),
    "infinity": answer(b'{"id": -Infinity}'),
    "a huge number": answer(b'{"id": ' + b"9" * 100_000 + b"}"),
    "many small things": answer(b'{"id": [' + b"{}," * 100_000 + b"{}]}"),
    "a bomb": answer(bomb(1), Content_Encoding="gzip"),
    "a bomb in a bomb": answer(bomb(2), Content_Encoding="gzip"),
    "a bomb, unzipped twice": answer(bomb(2), Content_Encoding="gzip, gzip"),
    "zipped in an unknown way": answer(b"{}", Content_Encoding="br"),
    "no zip": answer(b'{"id": "job-1"}', Content_Encoding="deflate"),
    "half a zip": answer(gzip.compress(b'{"id": "job-1"}' * 9)[:20], Content_Encoding="gzip"),
    "empty": answer(),
    "null": says(None),
    "true": says(True),
    "a number": says(5),
    "a text": says("job-1"),
    "a list": says([{"id": "job-1"}]),
    "an object for a text": says({"id": {"id": "job-1"}}),
    "half of it": raw(head(Content_Length=99) + b'{"id"', end="close"),
    "more of it": raw(head(Content_Length=5) + b'{"id": "job-1"}', end="close"),
    "two lengths": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}"),
}


@pytest.mark.parametrize("reply", BODIES.values(), ids=BODIES)
def test_whatever_comes_is_one_error(reply):
    """No answer does more harm than to its own call, in bounded time and memory."""
    with Host(reply) as host:
        ask(host.url, poll(), longest=0.5)  # what is imported late is not counted
        tracemalloc.start()
        begun = time.monotonic()
        (outcome,) = ask(host.url, poll(), longest=0.5)
        took, (_, peak) = time.monotonic() - begun, tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert type(outcome) in {ServerError, Unreachable}
    assert str(outcome).startswith("test: ")
    assert len(str(outcome)) < 300
    assert took < 10
    assert peak < 400 * MB


def test_an_answer_may_take_longer_than_others():
    """One that has the result comes once that is made; the limits of the others stay."""
    slow = replace(says({"id": "job-1"}), pause=1.0)
    limits = {"longest": 0.3, "timeout": httpx.Timeout(0.3, connect=10)}
    with Host(slow) as host:
        usual, patient, hasty = ask(
            host.url, poll(), paid(longest=30.0), paid(longest=0.2), **limits
        )

    assert isinstance(usual, Unreachable)
    assert patient == "job-1"
    assert isinstance(hasty, SubmissionLost)


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate", "identity", ""])
def test_a_zipped_answer_is_read_all_the_same(encoding):
    """None is asked for, but some gateways zip everything."""
    body = b'{"id": "job-1"}'
    if "gzip" in encoding:
        body = gzip.compress(body)
    elif encoding == "deflate":
        body = __import__("zlib").compress(body)
    with Host(answer(body, Content_Encoding=encoding)) as host:
        assert ask(host.url, poll()) == ["job-1"]

    assert host.arrived[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "body", ['{"id": "脸"}'.encode("utf-8-sig"), '{"id": "脸"}'.encode("utf-16")]
)
def test_json_may_begin_with_a_mark(body):
    """A byte order mark, or UTF-16, is JSON to many servers."""
    with Host(answer(body)) as host:
        assert ask(host.url, poll()) == ["脸"]


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_file_that_is_gone_is_named(tmp_path, purpose):
    """Nothing is sent of a call whose file cannot be read."""
    gone = LocalFile(tmp_path / "gone.mp4", "video/mp4", 5)
    call = Call("POST", "jobs", read_id, purpose=purpose, files={"source": gone})
    with Host(TAKEN) as host:
        (outcome,) = ask(host.url, call)

    assert type(outcome) is BadRequest
    assert "gone.mp4: No such file" in str(outcome)
    assert host.arrived == []


@pytest.mark.parametrize("size", [-1, 1, 100_000])
def test_a_file_that_changes_on_the_way_is_named(tmp_path, size):
    """The vendor never had the whole of the request, so nothing was paid."""
    path = tmp_path / "face.mp4"
    path.write_bytes(bytes(1_000_000))
    changed = LocalFile(path, "video/mp4", 1_000_000 + size)
    with Host(TAKEN) as host:
        (outcome,) = ask(host.url, paid(json=None, files={"source": changed}))

    assert type(outcome) is BadRequest
    assert "face.mp4: it changed while it was sent" in str(outcome)


# Chanjing's token: the one vendor whose key is asked for.


class Tokens:
    """Chanjing's API in small: tokens that live until somebody kills them.

    Args:
        grants: Replies to requests for a token, before the usual ones.
        dead: Codes of so many tokens that are dead from the start.
        uses: Calls that a token lives for.
    """

    def __init__(self, *grants, dead=(), uses=99):
        self.grants = list(grants)
        self.dead = list(dead)
        self.left = defaultdict(lambda: uses)
        self.made = 0
        self.lock = asyncio.Lock()

    def __call__(self, arrival):
        """Answer."""
        if arrival.target.endswith("/access_token"):
            if self.grants:
                return self.grants.pop(0)
            self.made += 1
            return says({"code": 0, "msg": "ok", "data": {"access_token": f"token-{self.made}"}})
        number = int(arrival.headers["access_token"].removeprefix("token-"))
        if number <= len(self.dead):
            return says({"code": self.dead[number - 1], "msg": "AccessToken验证失败"})
        self.left[number] -= 1
        if self.left[number] < 0:
            return says({"code": 10400, "msg": "AccessToken验证失败"})
        return TAKEN


def ask_chanjing(server, *calls, **options):
    """Send calls as Chanjing does; return what came of each, the host, and its own arrivals."""
    with Host(server) as host:
        vendor = Chanjing(app_id="app-1", secret_key="secret-1", base_url=host.url)
        vendor.backoff_scale = 0.05
        ours = {"auth": vendor.auth(), "check": vendor.check, "refuses": vendor.refuses}
        ours |= {"redactor": vendor.redactor}
        outcomes = ask(host.url, *calls, **(ours | options))
    calls = [arrival for arrival in host.arrived if arrival.target.startswith("/v1/")]
    return outcomes, host, calls


def test_a_token_is_asked_for_once():
    """One token serves all calls that begin together; the keys go to its own route only."""
    outcomes, host, calls = ask_chanjing(Tokens(), paid(), free(), poll(), paid())

    assert outcomes == ["job-1"] * 4
    (grant,) = [arrival for arrival in host.arrived if arrival not in calls]
    assert grant.json == {"app_id": "app-1", "secret_key": "secret-1"}
    assert grant.target == "/open/v1/access_token"
    assert {call.headers["access_token"] for call in calls} == {"token-1"}
    assert not any("secret-1" in str(call) for call in calls)


@pytest.mark.parametrize("code", [10400, 10401])
def test_a_dead_token_is_replaced_once(code):
    """The call is sent again with the new token; a paid one too, as it did no work."""
    server = Tokens(dead=[code])
    outcomes, host, calls = ask_chanjing(server, paid())

    assert outcomes == ["job-1"]
    assert [call.headers["access_token"] for call in calls] == ["token-1", "token-2"]
    assert calls[0].body == calls[1].body
    assert len(host.arrived) == 4


def test_calls_that_meet_a_dead_token_replace_it_once():
    """A new token kills the old one, so only one is fetched."""
    server = Tokens(dead=[10400])
    outcomes, _, calls = ask_chanjing(server, *[paid() for _ in range(5)])

    assert outcomes == ["job-1"] * 5
    assert server.made == 2
    assert len(calls) == 10


def test_tokens_that_others_kill_are_replaced():
    """Another process that uses the key pair kills ours by getting its own; each call succeeds."""
    server = Tokens(uses=1)
    outcomes, _, _ = ask_chanjing(server, paid(), paid(), paid())

    assert outcomes == ["job-1"] * 3
    assert server.made == 3


def test_a_new_token_that_is_dead_at_once_is_the_last():
    """The page's 10400 means a new token and one repetition; then the refusal stands."""
    server = Tokens(dead=[10400] * 100)
    (outcome,), _, calls = ask_chanjing(server, paid())

    assert type(outcome) is Unauthorized
    assert outcome.code == 10400
    assert server.made == len(calls) == 2


def test_a_lost_request_for_a_token_is_no_lost_submission():
    """The paid call was not sent yet, so all is tried again."""
    server = Tokens(RESET, STALL, answer(b"<html>", 502), says({"code": 50000, "msg": "busy"}))
    outcomes, _, calls = ask_chanjing(server, paid(), timeout=httpx.Timeout(0.5))

    assert outcomes == ["job-1"]
    assert len(calls) == 1


def test_a_request_for_a_token_that_drips_is_no_lost_submission():
    """Nor one that would take for ever."""
    server = Tokens(Reply(drip_head, pause=0.05), Reply(drip, pause=0.05))
    outcomes, _, calls = ask_chanjing(server, paid(), longest=0.5)

    assert outcomes == ["job-1"]
    assert len(calls) == 1


def test_a_lost_second_token_is_no_lost_submission():
    """The call had met a dead token, so it did no work."""
    server = Tokens(dead=[10400])
    first = server.__call__

    def lose_the_second(arrival):
        if arrival.target.endswith("/access_token") and server.made == 1:
            server.made = 10
            return RESET
        return first(arrival)

    outcomes, _, calls = ask_chanjing(lose_the_second, paid())

    assert outcomes == ["job-1"]
    assert [call.headers["access_token"] for call in calls] == ["token-1", "token-1", "token-11"]


GRANTS = {
    "refused": says({"code": 10001, "msg": "app_id 或 secret_key 错误"}),
    "HTML": answer(b"<html>"),
    "a list": says([]),
    "null": says(None),
    "no data": says({"code": 0}),
    "no token": says({"code": 0, "data": {}}),
    "an empty token": says({"code": 0, "data": {"access_token": ""}}),
    "a token of two lines": says({"code": 0, "data": {"access_token": "a\r\nX-Evil: 1"}}),
    "a Chinese token": says({"code": 0, "data": {"access_token": "令牌"}}),
    "a code of no type": says({"code": [0], "data": {"access_token": "a"}}),
    "deeply nested": answer(NESTED),
    "endless": Reply(endless, end="close"),
    "a bomb": answer(bomb(2), Content_Encoding="gzip"),
    "redirected": answer(b"", 302, Location=ELSEWHERE),
    "reset": RESET,
}


@pytest.mark.parametrize("grant", GRANTS.values(), ids=GRANTS)
def test_no_token_no_call(grant):
    """Whatever comes instead of a token is one error, and nothing was submitted."""
    (outcome,), _, calls = ask_chanjing(Tokens(*[grant] * ATTEMPTS), paid())

    assert isinstance(outcome, LipSyncError)
    assert not isinstance(outcome, SubmissionLost | RateLimited)
    assert "secret-1" not in str(outcome)
    assert calls == []
