"""Proxies: which is used, what cannot be read, and that errors name it."""

import socket
import sys
import threading
from contextlib import suppress

import httpx
import pytest
from hosts import PATIENCE, Host, answer, free_port, head, raw, says

import lipsync_nb as ls
from lipsync_nb import event_loop as loop
from lipsync_nb.http.proxies import DIRECT, route_to

KEY = "sk_0123456789abcdef"
VENDOR = "http://api.vendor.test/v1"
NO_JOB = answer(b'{"error": "no such job"}', 404)
MEDIA = {"image": "https://media.test/face.png", "audio": "https://media.test/speech.wav"}
PROXY = "http://proxy.test:8080"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    """Clear the environment of proxies."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "REQUEST_METHOD"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def verify(vendor):
    """Send a free call, and close the connection."""
    try:
        return vendor.verify()
    finally:
        loop.run(vendor.aclose())


def proxy_for(url):
    """Return the proxy for a URL, in words."""
    return str(route_to(httpx.URL(url)).proxy or "")


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]"),
        *("localhost", "LOCALHOST.", "a.localhost"),
    ],
)
@pytest.mark.parametrize("value", ["http://[bad", "socks4://a:1", "socks5://127.0.0.1:9", PROXY])
def test_this_machine_needs_no_proxy(monkeypatch, host, value):
    """Whatever the environment names, and whether it can be read or not."""
    for name in ("HTTP_PROXY", "ALL_PROXY", "no_proxy"):
        monkeypatch.setenv(name, value)

    assert route_to(httpx.URL(f"http://{host}:8000/a")) is DIRECT


@pytest.mark.parametrize(
    ("no_proxy", "url", "excepted"),
    [
        ("fd00::/8", "http://[fd00::1]/", True),
        ("[fd00::]/8", "http://[fd00::1]/", True),
        ("[2001:db8::1]", "http://[2001:db8::1]:8080/", True),
        ("[2001:db8::1]:8080", "http://[2001:db8::1]:8080/", True),
        ("[2001:db8::1]:8080", "http://[2001:db8::1]/", False),
        ("::1,localhost,2001:db8::1", "http://[2001:db8::1]/", True),
        ("10.0.0.0/8", "http://10.2.3.4/", True),
        ("10.0.0.0/8", "http://[::ffff:10.2.3.4]/", True),
        ("10.0.0.0/8", "http://vendor.test/", False),
        ("10.0.0.0/255.0.0.0", "http://10.2.3.4/", True),
        ("*.local, 169.254/16", "http://169.254.1.2/", True),
        ("10.0.0.1", "http://10.0.0.1:99/", True),
        ("192.168.*", "http://192.168.1.1/", True),
        (".vendor.test", "http://vendor.test/", True),
        ("vendor.test", "http://api.vendor.test/", True),
        ("vendor.test", "http://myvendor.test/", False),
        ("*.vendor.test", "http://api.vendor.test/", True),
        ("VENDOR.Test.", "http://vendor.test./", True),
        ("vendor.test:443", "https://vendor.test/", True),
        ("vendor.test:80", "https://vendor.test/", False),
        ("a.test vendor.test ;b.test", "http://vendor.test/", True),
        ("*", "http://vendor.test/", True),
        ("a.test, *", "http://vendor.test/", True),
        ("http://vendor.test/", "http://vendor.test/", True),
        ("例子.测试", "http://例子.测试/", True),
        (" , ,", "http://vendor.test/", False),
    ],
)
@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
def test_no_proxy_names_hosts_networks_and_patterns(monkeypatch, name, no_proxy, url, excepted):
    """With or without a port, a leading dot, brackets, spaces and capitals."""
    monkeypatch.setenv("ALL_PROXY", PROXY)
    monkeypatch.setenv(name, no_proxy)

    assert proxy_for(url) == ("" if excepted else PROXY)


@pytest.mark.parametrize("entry", ["[::1", "10.0.0.0/99", "2001:db8::/129", "vendor.test:x", "a/b"])
def test_an_exception_that_cannot_be_read_names_its_variable(monkeypatch, entry):
    """Otherwise, a request might go where it must not."""
    monkeypatch.setenv("HTTP_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", entry)

    with pytest.raises(ls.Unreachable, match=r"nothing was sent: NO_PROXY: .* is neither a host"):
        route_to(httpx.URL(VENDOR))


@pytest.mark.parametrize(
    ("environment", "url", "proxy"),
    [
        ({"HTTP_PROXY": PROXY}, "http://a.test", PROXY),
        ({"HTTP_PROXY": PROXY}, "https://a.test", ""),
        ({"HTTPS_PROXY": PROXY}, "https://a.test", PROXY),
        ({"ALL_PROXY": PROXY}, "https://a.test", PROXY),
        ({"all_proxy": "http://all.test", "https_proxy": PROXY}, "https://a.test", PROXY),
        ({"http_proxy": PROXY, "HTTP_PROXY": "http://[bad"}, "http://a.test", PROXY),
        ({"HTTP_PROXY": "http://cgi.test", "REQUEST_METHOD": "GET"}, "http://a.test", ""),
        ({"http_proxy": PROXY, "REQUEST_METHOD": "GET"}, "http://a.test", PROXY),
        ({"HTTP_PROXY": "proxy.test:8080"}, "http://a.test", PROXY),
        ({"HTTP_PROXY": f" {PROXY}\n"}, "http://a.test", PROXY),
        ({"HTTP_PROXY": ""}, "http://a.test", ""),
    ],
)
def test_the_environment_names_the_proxy(monkeypatch, environment, url, proxy):
    """As other programs read it."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert proxy_for(url) == proxy


@pytest.mark.parametrize("name", ["HTTP_PROXY", "all_proxy"])
@pytest.mark.parametrize(
    "value",
    [
        "http://[bad",
        "http://",
        "http://user:secret@:80",
        "http://user:sec/ret@proxy.test:80",
        "http://user:80/secret@proxy.test:80",
        "user:80#secret@proxy.test:80",
        "http://user:80?sec@proxy.test:80",
        "user:secret@proxy.test:port",
        "http://user:secret@proxy.test:99999",
        "http://user:secret@pro xy.test",
        "socks4://user:secret@proxy.test:1080",
        '"http://user:secret@proxy.test"',
    ],
)
def test_a_proxy_that_cannot_be_read_names_its_variable(monkeypatch, name, value):
    """Without its value, which may contain a password; the next call reads it again."""
    monkeypatch.setenv(name, value)
    vendor = ls.LipsyncStudio(KEY, base_url=VENDOR)
    with pytest.raises(ls.Unreachable, match=rf"^nothing was sent: {name}[: ]") as raised:
        verify(vendor)
    assert "sec" not in str(raised.value)

    with Host(NO_JOB) as proxy:
        monkeypatch.setenv(name, proxy.url)
        assert verify(vendor)
    with pytest.raises(ls.BadRequest, match=r"^the argument proxy") as refused:
        ls.LipsyncStudio(KEY, base_url=VENDOR, proxy=value)
    assert "sec" not in str(refused.value)


def test_a_socks_proxy_needs_its_extra(monkeypatch):
    """The error names the pip command."""
    monkeypatch.setenv("ALL_PROXY", "socks://127.0.0.1:9/")
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "socksio", raising=False)

    with pytest.raises(ls.Unreachable, match=r'ALL_PROXY: .*pip install "lipsync_nb\[socks\]"'):
        verify(ls.LipsyncStudio(KEY, base_url=VENDOR))


@pytest.mark.parametrize("given", [5, b"http://proxy.test", {"http": PROXY}, httpx.URL(PROXY), ""])
def test_a_vendors_proxy_is_a_text(given):
    """Whatever other libraries take for one."""
    with pytest.raises(ls.BadRequest, match=r"^the argument proxy is not the URL of a proxy"):
        ls.Yunai(KEY, proxy=given)


@pytest.mark.parametrize("given", [5, b"sk_key", ["http://a.test"], httpx.URL("http://a.test")])
@pytest.mark.parametrize("name", ["api_key", "base_url"])
def test_a_vendors_other_arguments_are_texts_too(name, given):
    """The error names the argument, and does not repeat what may be a key."""
    with pytest.raises(ls.BadRequest, match=f": {name} is a [a-zA-Z]+, not a text$"):
        ls.Yunai(**{"api_key": KEY, name: given})


@pytest.mark.parametrize("given", [False, True])
def test_a_dead_proxy_is_named(monkeypatch, given):
    """With the variable or argument that names it, and without its password."""
    where = f"127.0.0.1:{free_port()}"
    monkeypatch.setenv("HTTP_PROXY", "" if given else f"http://user:secret@{where}")
    proxy = f"http://user:secret@{where}" if given else None
    vendor = ls.LipsyncStudio(KEY, base_url=VENDOR, proxy=proxy)
    vendor.backoff_scale = 0.0
    with pytest.raises(ls.Unreachable) as raised:
        verify(vendor)

    by = "the argument proxy" if given else "HTTP_PROXY"
    assert f", through the proxy http://{where} ({by}))" in str(raised.value)
    assert "secret" not in str(raised.value)


def test_a_page_of_the_proxys_is_told_from_the_vendors(monkeypatch):
    """Its page of errors comes in place of the vendor's answer."""
    with Host(answer(b"<html>", 403, Content_Type="text/html"), probe=None) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        with pytest.raises(ls.Unauthorized, match=rf"HTTP 403, through the proxy {proxy.url} "):
            verify(ls.LipsyncStudio(KEY, base_url=VENDOR))


def test_a_vendors_own_proxy_is_used_for_all_of_its_hosts(monkeypatch, tmp_path):
    """For its API and its results; other vendors go another way."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    url = "http://results.vendor.test/a.mp4"
    done = says({"id": "job-1", "status": "completed", "output": url})

    def proxied(arrival):
        if arrival.target == url:
            return answer(b"no video", 200)
        return done

    with Host(proxied) as proxy:
        vendor = ls.LipsyncStudio(KEY, base_url=VENDOR, proxy=proxy.url)
        options = {"ledger": tmp_path / "jobs.sqlite", "results": tmp_path, "poll": (0.02, 0.05)}
        with ls.Client([vendor], **options) as client:
            job = client.submit(ls.lipsync_studio.LipSyncImage(**MEDIA))
            error = job.exception(PATIENCE)

    assert isinstance(error, ls.DownloadError)  # what came is no video
    assert {httpx.URL(each.target).host for each in proxy.arrived} == {
        "api.vendor.test",
        "results.vendor.test",
    }


def test_a_vendor_can_be_reached_directly(monkeypatch):
    """Although the environment names a proxy."""
    monkeypatch.setenv("HTTP_PROXY", PROXY)
    vendor = ls.LipsyncStudio(KEY, base_url=VENDOR, proxy="direct")

    assert route_to(vendor.base_url, vendor.route) == DIRECT


class Socks:
    """A SOCKS5 proxy that leads every connection to one host.

    Args:
        port: The host's.
        reply: What it says instead of the handshake's first answer.

    Attributes:
        asked: The hosts that it was asked for.
        closed: Whether the last connection that met `reply` was closed by the client.
    """

    def __init__(self, port, reply=b""):
        self.asked = []
        self.closed = False
        self._port, self._reply = port, reply
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"socks5://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def _serve(self):
        with suppress(OSError), self._listener:
            while True:
                connection, _ = self._listener.accept()
                with connection:
                    self._answer(connection)

    def _answer(self, connection):
        connection.recv(100)
        connection.sendall(self._reply or b"\x05\x00")
        if self._reply:
            connection.settimeout(PATIENCE / 10)
            self.closed = not connection.recv(1)
            return
        command = connection.recv(300)
        self.asked.append(command[5:-2].decode())
        connection.sendall(b"\x05\x00\x00\x01" + bytes(6))
        with socket.create_connection(("127.0.0.1", self._port)) as host:
            host.sendall(connection.recv(1 << 16))
            while data := host.recv(1 << 16):
                connection.sendall(data)


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks"])
def test_a_socks_proxy_looks_names_up(monkeypatch, scheme):
    """``socks``, as GNOME writes it, is SOCKS5."""
    pytest.importorskip("socksio")
    closing = raw(head(404, Content_Length=2, Connection="close") + b"{}", end="close")
    with Host(closing, probe=None) as host, Socks(host.port) as proxy:
        monkeypatch.setenv("ALL_PROXY", proxy.url.replace("socks5", scheme))
        verify(ls.LipsyncStudio(KEY, base_url=VENDOR))

    assert proxy.asked == ["api.vendor.test"]
    assert len(host.arrived) == 1


@pytest.mark.parametrize("reply", [b"", b"SSH-2.0-x\r\n", head(407, Content_Length=0)])
def test_a_proxy_that_opens_no_tunnel_takes_no_paid_request(monkeypatch, tmp_path, reply):
    """It was asked for a connection only. The job has failed, and nobody need look for it."""
    vendor = ls.LipsyncStudio(KEY, base_url="https://api.vendor.test/v1")
    vendor.verified = True
    options = {"ledger": tmp_path / "jobs.sqlite", "results": tmp_path, "backoff_scale": 0.0}
    with Host(raw(reply, end="close"), probe=None) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with ls.Client([vendor], **options) as client:
            job = client.submit(ls.lipsync_studio.LipSyncImage(**MEDIA))
            error = job.exception(PATIENCE)

    assert isinstance(error, ls.JobFailed)
    assert f"{proxy.url} (HTTPS_PROXY)" in str(error)


def test_what_is_no_socks_proxy_takes_no_paid_request(monkeypatch, tmp_path):
    """The handshake came first, so nothing was sent."""
    pytest.importorskip("socksio")
    vendor = ls.LipsyncStudio(KEY, base_url=VENDOR)
    vendor.verified = True
    options = {"ledger": tmp_path / "jobs.sqlite", "results": tmp_path, "backoff_scale": 0.0}
    with Socks(9, reply=b"HTTP/1.1 400 Bad Request\r\n\r\n") as proxy:
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        with ls.Client([vendor], **options) as client:
            job = client.submit(ls.lipsync_studio.LipSyncImage(**MEDIA))
            error = job.exception(PATIENCE)

    assert isinstance(error, ls.JobFailed)
    assert "does not answer as a SOCKS proxy" in str(error)
    assert f"{proxy.url} (ALL_PROXY)" in str(error)
    assert proxy.closed  # httpcore alone would leave the connection open
