"""The form for keys: what was found where, never the keys themselves; connecting verifies them."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import ipywidgets as widgets
import keyring
import pytest
from conftest import PATIENCE
from keyring.backend import KeyringBackend
from keyring.backends import fail
from notebook.tab import Tab
from waiting import wait_until

import lipsync_nb as ls
from lipsync_nb.sandbox import Sandbox
from lipsync_nb.vendors import VENDORS

CANARY = "canary-key-0123456789"
"""A key that must be seen nowhere."""


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No key is found anywhere, and there is no keyring."""
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    monkeypatch.chdir(tmp_path)
    for vendor in VENDORS.values():
        for variable in (*vendor.variables.values(), vendor.base_url_variable()):
            monkeypatch.delenv(variable, raising=False)
    yield
    keyring.set_keyring(before)


@pytest.fixture
def tab() -> Iterator[Tab]:
    """The browser's end."""
    with Tab() as tab:
        yield tab


@pytest.fixture
def client(tmp_path: Path) -> Iterator[ls.Client]:
    """A client that is connected to no vendor."""
    with ls.Client([], ledger=tmp_path / "jobs.sqlite", results=tmp_path / "videos") as client:
        yield client


@pytest.fixture
def form(tab: Tab, client: ls.Client) -> object:
    """Its form for keys, which speaks to the tab."""
    assert tab
    return client.credentials()


def press(tab, form, vendor, *, base_url="", keep=False, **keys):
    """Press a vendor's button, and wait for what comes of it."""
    row = form.rows[vendor]
    tab.ask(row, op="connect", keys=keys, base_url=base_url, keep=keep)
    wait_until(lambda: row.card["tone"])
    return row.card


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_good_key_connects(tab, form, client, sandbox: Sandbox, vendor):
    """After a call that costs nothing."""
    before = sandbox.stats(vendor)["paid"]

    card = press(tab, form, vendor, base_url=sandbox.base_urls[vendor], **sandbox.keys[vendor])

    assert card["tone"] == "good"
    assert card["connected"]
    assert {key["source"] for key in card["keys"]} == {"given in this notebook"}
    assert vendor in client.vendors
    assert sandbox.stats(vendor)["paid"] == before


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_wrong_key_does_not_connect(tab, form, client, sandbox: Sandbox, vendor):
    """The vendor's reason is shown, the key is not."""
    keys = dict.fromkeys(sandbox.keys[vendor], CANARY)

    card = press(tab, form, vendor, base_url=sandbox.base_urls[vendor], **keys)

    assert card["tone"] == "bad"
    assert card["message"].startswith("Not connected: ")
    assert vendor not in client.vendors
    assert CANARY not in json.dumps([tab.states, [content for content, _ in tab.messages]])


def test_what_was_not_typed_is_not_given(tab, form, client, sandbox: Sandbox, monkeypatch):
    """What stays as it is keeps where it was found, also when another key is typed."""
    keys = sandbox.keys["chanjing"]
    monkeypatch.setenv("CHANJING_APP_ID", keys["app_id"])
    monkeypatch.setenv("CHANJING_BASE_URL", sandbox.base_urls["chanjing"])
    secret = {name: key for name, key in keys.items() if name != "app_id"}
    press(tab, form, "chanjing", **secret)

    form.connect("chanjing")

    vendor = client.vendors["chanjing"]
    assert "CHANJING_APP_ID (from the environment)" in vendor.keys_origin
    assert "CHANJING_SECRET_KEY (given as an argument)" in vendor.keys_origin
    assert vendor.base_url_origin.endswith("(from the environment)")


def test_no_state_has_the_key(tab, form, sandbox: Sandbox):
    """Neither the widget's nor what is sent to the browser."""
    key = sandbox.keys["yunai"]["api_key"]

    press(tab, form, "yunai", base_url=sandbox.base_urls["yunai"], api_key=key)

    seen = [tab.states, [content for content, _ in tab.messages], form._repr_mimebundle_()]
    seen += [row.get_state() for row in form.rows.values()]
    assert key not in json.dumps(seen)


def test_no_log_has_the_key(tab, form, caplog):
    """At DEBUG, all other widgets' messages are logged with what was typed."""
    caplog.set_level(logging.DEBUG)

    tab.set(widgets.Text(), value="typed elsewhere")
    press(tab, form, "lingdong", api_key=CANARY)

    assert "typed elsewhere" in caplog.text
    assert CANARY not in caplog.text


def test_where_each_key_was_found_is_reported(client, monkeypatch):
    """In the environment, in the file, or nowhere."""
    monkeypatch.setenv("CHANJING_APP_ID", CANARY)
    Path(".env").write_text(f"CHANJING_SECRET_KEY={CANARY}")

    form = client.credentials()

    assert [key["source"] for key in form.rows["chanjing"].card["keys"]] == [
        "found in the environment",
        "found in .env",
    ]
    assert [key["source"] for key in form.rows["yunai"].card["keys"]] == ["not set"]
    assert CANARY not in json.dumps([row.card for row in form.rows.values()])


def test_what_was_found_need_not_be_typed(tab, form, client, sandbox: Sandbox, monkeypatch):
    """An empty field leaves it as it is."""
    monkeypatch.setenv("LINGDONG_API_KEY", sandbox.keys["lingdong"]["api_key"])
    monkeypatch.setenv("LINGDONG_BASE_URL", sandbox.base_urls["lingdong"])

    card = press(tab, form, "lingdong", api_key="  ")

    assert card["keys"][0]["source"] == "found in the environment"
    assert "lingdong" in client.vendors


def test_a_missing_key_is_named(tab, form):
    """By its variable; also a base URL that the vendor cannot do without."""
    card = press(tab, form, "lingdong")

    assert "LINGDONG_API_KEY and LINGDONG_BASE_URL" in card["message"]
    assert card["address"]["needed"]


def test_a_cell_can_connect_as_the_button_does(form, client, sandbox: Sandbox):
    """It returns what the vendor said."""
    heard = []
    form.on_connect(heard.append)

    said = form.connect(
        "chanjing", base_url=sandbox.base_urls["chanjing"], **sandbox.keys["chanjing"]
    )

    assert "beans left" in said
    assert heard == ["chanjing"]
    assert form.rows["chanjing"].card["connected"]
    assert "chanjing" in client.vendors


def test_a_key_the_vendor_does_not_have_is_refused(form):
    """By name."""
    with pytest.raises(ls.BadRequest, match="has no password"):
        form.connect("yunai", password=CANARY)


def test_a_vendor_can_be_connected_anew(form, client, sandbox: Sandbox):
    """Another address keeps the key; another key keeps the address."""
    form.connect("yunai", base_url=sandbox.base_urls["yunai"], **sandbox.keys["yunai"])
    first = client.vendors["yunai"]

    form.connect("yunai", **sandbox.keys["yunai"])

    assert client.vendors["yunai"] is not first
    assert client.vendors["yunai"].base_url == first.base_url


def test_connecting_takes_up_the_vendors_jobs(tab, client, sandbox: Sandbox, connect, samples):
    """Those that an earlier kernel left."""
    sandbox.faults("yunai", "latency", step="poll", seconds=0.5, times=3)
    earlier = connect(ledger=client.ledger.path)
    job = earlier.submit(ls.yunai.AvatarVideo(avatar=samples.face, audio=samples.speech))
    wait_until(lambda: job.vendor_id)
    earlier.close()
    assert tab

    keys = sandbox.keys["yunai"]
    client.credentials().connect("yunai", base_url=sandbox.base_urls["yunai"], **keys)

    assert client.job(job.id).result(PATIENCE).path.exists()


class Ring(KeyringBackend):
    """A keyring in memory."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, user: str) -> str | None:
        """Return what is kept."""
        return self.kept.get((service, user))

    def set_password(self, service: str, user: str, password: str) -> None:
        """Keep it."""
        if user == "CHANJING_APP_ID":
            raise keyring.errors.PasswordSetError("it is locked")
        self.kept[service, user] = password

    def delete_password(self, service: str, user: str) -> None:
        """Forget it."""


@pytest.fixture
def ring() -> Ring:
    """A keyring."""
    ring = Ring()
    keyring.set_keyring(ring)
    return ring


def test_a_key_is_kept_in_the_keyring_if_the_user_wishes(tab, client, sandbox: Sandbox, ring):
    """And is found there by the next kernel."""
    form = client.credentials()
    assert form.rows["yunai"].card["keyring"]
    base_url = sandbox.base_urls["yunai"]

    press(tab, form, "yunai", base_url=base_url, keep=True, **sandbox.keys["yunai"])

    assert ring.kept == {
        ("lipsync_nb", "YUNAI_API_KEY"): sandbox.keys["yunai"]["api_key"],
        ("lipsync_nb", "YUNAI_BASE_URL"): base_url,
    }
    assert "yunai" not in VENDORS["yunai"].missing()
    again = VENDORS["yunai"]()
    assert again.settings["api_key"].source == "keyring"
    assert str(again.base_url).rstrip("/") == base_url.rstrip("/")


def test_the_form_shows_the_address_that_is_kept(tab, client, sandbox: Sandbox, ring):
    """After a restart, when the vendor is not connected yet, or has no other address."""
    base_url, keys = sandbox.base_urls["lingdong"], sandbox.keys["lingdong"]
    press(tab, client.credentials(), "lingdong", base_url=base_url, keep=True, **keys)
    client.vendors.clear()

    address = client.credentials().rows["lingdong"].card["address"]

    assert ring.kept["lipsync_nb", "LINGDONG_BASE_URL"] == base_url
    assert address == {"variable": "LINGDONG_BASE_URL", "known": base_url, "needed": False}


def test_a_keyring_that_refuses_is_reported(tab, client, sandbox: Sandbox, ring):
    """The vendor is connected all the same."""
    assert ring.priority
    keys = sandbox.keys["chanjing"]
    base_url = sandbox.base_urls["chanjing"]

    card = press(tab, client.credentials(), "chanjing", base_url=base_url, keep=True, **keys)

    assert "the keyring refused CHANJING_APP_ID: it is locked" in card["message"]
    assert "chanjing" in client.vendors


def test_without_a_keyring_none_is_offered(form):
    """A form does not promise what cannot be done."""
    assert not form.rows["yunai"].card["keyring"]


def test_the_form_has_a_fallback_in_text_and_html(form):
    """A line per vendor."""
    bundle = form._repr_mimebundle_()

    assert "Yunai 云AI: not connected (YUNAI_API_KEY: not set)" in bundle["text/plain"]
    assert bundle["text/html"].count("<li>") == len(VENDORS)
    assert "VBox" not in bundle["text/plain"]


def test_on_binder_it_warns_before_a_key_is_typed(client, monkeypatch):
    """And nowhere else: a host of one's own is nobody else's."""
    here = [part.value for part in client.credentials().children if hasattr(part, "value")]
    monkeypatch.setenv("BINDER_LAUNCH_HOST", "https://mybinder.org/")
    there = [part.value for part in client.credentials().children if hasattr(part, "value")]

    assert not any("never a real key" in text for text in here)
    assert any("never a real key" in text for text in there)
