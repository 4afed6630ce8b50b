"""Credentials: where they come from, and the places where they are never seen."""

import logging
import traceback

import pydantic
import pytest
from vendors.cases import CASES, ORDERS
from vendors.wire import refusal

import lipsync_nb as ls
from lipsync_nb import event_loop as loop
from lipsync_nb.notebook.display import job_bundle
from lipsync_nb.vendors import VENDORS, Vendor

PATIENCE = 60.0


def secret_keys(world):
    """Return all credentials but the applications' names."""
    keys = [
        key
        for name, vendor in world.vendors.items()
        for credential, key in vendor.keys.items()
        if credential not in CASES[name].names
    ]
    return [*keys, *world.tokens]


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """A place where no key is found."""
    monkeypatch.chdir(tmp_path)
    for kind in VENDORS.values():
        for variable in (*kind.variables.values(), f"{kind.name.upper()}_BASE_URL"):
            monkeypatch.delenv(variable, raising=False)
    return tmp_path


@pytest.mark.parametrize("kind", VENDORS.values(), ids=VENDORS)
def test_a_missing_key_names_its_variables(nowhere, kind):
    """The error says what to set."""
    with pytest.raises(ls.MissingCredentials) as caught:
        kind()
    assert all(variable in str(caught.value) for variable in kind.variables.values())
    assert kind.missing()[: len(kind.variables)] == list(kind.variables.values())
    assert nowhere.exists()


@pytest.mark.parametrize("kind", VENDORS.values(), ids=VENDORS)
@pytest.mark.parametrize("source", ["argument", "secret", "environment", ".env"])
def test_keys_come_from_many_places(nowhere, monkeypatch, kind, source):
    """An argument, the environment or ``./.env``; spaces and newlines around them are none's."""
    keys = {name: f"key-of-{name}" for name in kind.variables}
    url = {"base_url": "https://your-domain.com/api/v1"}
    given = {name: f" {key}\n" for name, key in keys.items()}
    if source == "environment":
        for name, variable in kind.variables.items():
            monkeypatch.setenv(variable, given[name])
    if source == ".env":
        lines = [f'{variable}="{keys[name]} "\n' for name, variable in kind.variables.items()]
        (nowhere / ".env").write_text("".join(lines))
    secret = {name: pydantic.SecretStr(key) for name, key in given.items()}
    vendor = kind(**url, **{"argument": given, "secret": secret}.get(source, {}))

    assert {name: vendor.secret(name) for name in keys} == keys
    where = "argument" if source == "secret" else source
    assert {setting.source for setting in vendor.settings.values()} == {where}


@pytest.mark.parametrize("key", ["sk-ключ-1234", "sk-1234\n5678", "sk-“1234”", "sk-\x00"])
@pytest.mark.parametrize("kind", VENDORS.values(), ids=VENDORS)
def test_what_cannot_be_a_key_is_refused_and_not_repeated(kind, key):
    """A header takes plain characters only; the error names the variable, not the key."""
    keys = dict.fromkeys(kind.variables, key)
    found = refusal(lambda: kind(base_url="https://your-domain.com", **keys))

    assert next(iter(kind.variables.values())) in str(found)
    assert key not in "".join(traceback.format_exception(found))


def test_a_vendor_of_few_lines_finds_its_keys_too(nowhere, monkeypatch):
    """Also one that has no ``__init__`` of its own, such as a user's; a wrong name is reported."""

    class Few(ls.Yunai):
        __init__ = Vendor.__init__

    monkeypatch.setenv("YUNAI_API_KEY", "sk-of-the-environment")

    assert Few().secret("api_key") == "sk-of-the-environment"
    assert "has no api_kee" in str(refusal(lambda: Few(api_kee="sk-1234567890")))
    assert nowhere.exists()


@pytest.mark.parametrize("url", ["your-domain.com/api", "ftp://x", "http://", "http://x:port", "/"])
def test_what_is_no_base_url_is_refused(url):
    """The error names the argument and the variable."""
    found = refusal(lambda: ls.Lingdong("key", base_url=url))

    assert "base_url (or LINGDONG_BASE_URL)" in str(found)


@pytest.mark.parametrize(
    "base", ["https://your-domain.com/api/v1", "https://your-domain.com/api/v1//"]
)
def test_a_base_url_may_end_in_a_slash(base):
    """Paths are joined below it either way."""
    vendor = ls.Lingdong("key", base_url=base)

    assert str(vendor.base_url) == "https://your-domain.com/api/v1/"


def test_the_environment_gives_base_urls(nowhere, monkeypatch):
    """Every base URL can be set by a variable."""
    monkeypatch.setenv("CHANJING_BASE_URL", "https://mirror.example.com/")
    vendor = ls.Chanjing("app", "secret")

    assert str(vendor.base_url) == "https://mirror.example.com/"
    assert nowhere.exists()


def test_a_repr_shows_no_credentials():
    """Neither keys nor a password in the base URL."""
    vendor = ls.Lingdong("ld_my_key", base_url="https://me:password@your-domain.com/api/v1")

    assert repr(vendor) == "Lingdong(base_url='https://your-domain.com/api/v1/')"


@pytest.mark.parametrize("odd", [False, True], ids=["plain", "odd"])
def test_no_log_line_has_a_key(client, world, media, caplog, odd):
    """All that goes well is logged, by httpx and httpcore too, without a key or a token."""
    caplog.set_level(logging.DEBUG)
    if odd:
        world.take_liberties()
    orders = [make(media) for make in ORDERS.values()]
    client.gather(client.map(orders))
    names = {record.name.partition(".")[0] for record in caplog.records}

    assert {"httpx", "httpcore"} <= names
    assert [key for key in secret_keys(world) if key in caplog.text] == []


def let_all_echo(world):
    """Let each vendor's next answers repeat its credentials, in all the places that there are."""
    for name, case in CASES.items():
        origin = world.vendors[name].origin
        echo = " and ".join(world.secrets()[origin.url])
        elsewhere = {"Location": f"{world.hosts.results.url}/{echo.replace(' ', '+')}"}
        said = {"message": echo, "msg": echo, "error_reason": echo, "error": {"message": echo}}
        answer = {"code": 1, "error_code": 1, "success": False, **said}
        for status in (400, 401, 500, 200):
            origin.plan(*case.paid, answer, status=status)
            origin.plan(*case.look, answer, status=status)
        origin.plan(*case.paid, content=echo.encode(), headers={"Content-Type": echo})
        origin.plan(*case.paid, status=307, headers=elsewhere)


def test_a_vendor_that_echoes_a_key_shows_it_to_nobody(connect, world, media, caplog, tmp_path):
    """Errors and their causes, our logs, reprs, tables, the ledger's bytes: no key in any."""
    caplog.set_level(logging.DEBUG)
    client = connect()
    client.vendors["chanjing"].balance()  # so that there is a token to echo
    let_all_echo(world)
    orders = [make(media) for make in ORDERS.values()]
    jobs = client.map(orders * 2, fresh=True)
    errors = [job.exception(PATIENCE) for job in jobs]
    shown = [
        # httpcore logs the headers that it gets, so what a vendor puts there is beyond us.
        *(r.getMessage() for r in caplog.records if not r.name.startswith("httpcore")),
        *("".join(traceback.format_exception(error)) for error in errors if error),
        *map(repr, [client, jobs, [job.record for job in jobs], [job.request for job in jobs]]),
        repr([(vendor, vendor.__dict__) for vendor in client.vendors.values()]),
        client.jobs.to_csv(),
        *(job_bundle(job)["text/html"] for job in jobs),
    ]
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    client.close()
    kept += [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    keys = secret_keys(world)

    assert sum(error is not None for error in errors) > len(VENDORS)
    assert "[redacted]" in "".join(shown)
    assert [key for key in keys if any(key in text for text in shown)] == []
    assert [key for key in keys if any(key.encode() in data for data in kept)] == []
    assert world.strays() == []


def test_a_token_shared_by_two_is_hidden_by_both(world):
    """The one who did not fetch it knows it all the same."""
    one, other = (
        ls.Chanjing(base_url=world.chanjing.base_url, **world.chanjing.keys) for _ in range(2)
    )
    one.balance()
    echo = {"code": 40000, "msg": f"bad token {world.chanjing.token}"}
    world.chanjing.origin.plan("GET", "/user_duration", echo)

    with pytest.raises(ls.VendorError, match=r"bad token \[redacted\]"):
        other.balance()
    loop.run(one.aclose())
    loop.run(other.aclose())
