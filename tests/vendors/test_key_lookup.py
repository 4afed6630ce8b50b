"""Where keys come from, and where files rest."""

import json
import os
import subprocess
import sys
from pathlib import Path

import keyring
import pytest
from canary.notebook import everything_shown
from keyring.backend import KeyringBackend
from pydantic import SecretStr

from lipsync_nb.errors import BadRequest, LipSyncError
from lipsync_nb.files import home
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base.credentials import find, remember

VARIABLE = "LIPSYNC_NB_TEST_KEY"
SECRET = SecretStr("sk-0123456789")
pytestmark = pytest.mark.usefixtures("here")


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working folder, and no such variable."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(VARIABLE, raising=False)
    return tmp_path


def found():
    """Return the value and where it is from."""
    setting = find(VARIABLE)
    return setting and (setting.value.get_secret_value(), setting.source)


def test_what_is_now_is_not_found():
    """No environment, no file, no keyring."""
    assert found() is None


def test_the_environment_comes_before_the_file(here, monkeypatch):
    """The nearest place wins."""
    (here / ".env").write_text(f"{VARIABLE}=file\n")
    assert found() == ("file", ".env")

    monkeypatch.setenv(VARIABLE, "environment")
    assert found() == ("environment", "environment")


@pytest.mark.parametrize("empty", ["", " ", "\n"])
def test_an_empty_value_is_none(here, monkeypatch, empty):
    """A variable that is set to nothing is not set."""
    (here / ".env").write_text(f"{VARIABLE}=file\n")
    monkeypatch.setenv(VARIABLE, empty)

    assert found() == ("file", ".env")


@pytest.mark.parametrize("value", ["sk-1\n", "  sk-1", "sk-1\r\n"])
def test_a_line_end_is_no_part_of_a_key(monkeypatch, value):
    """``export KEY="$(cat file)"`` and its like."""
    monkeypatch.setenv(VARIABLE, value)

    assert found() == ("sk-1", "environment")


@pytest.mark.parametrize(
    "line", ["{}='sk-=#1'", 'export {}="sk-=#1"', "\ufeff\n{}='sk-=#1' # mine"]
)
def test_the_file_is_written_as_usual(here, line):
    """Quotes, comments and ``export``."""
    (here / ".env").write_text(f"OTHER\n{line.format(VARIABLE)}\n", encoding="utf-8")

    assert found() == ("sk-=#1", ".env")


def test_a_file_that_is_no_text_is_named(here):
    """It may hold the key all the same, so it is not passed over in silence."""
    (here / ".env").write_bytes(b"\xff\xfe\x00K")

    with pytest.raises(BadRequest, match=r"\.env: not UTF-8"):
        find(VARIABLE)


def test_a_folder_of_that_name_is_no_file(here):
    """Some keep virtual environments there."""
    (here / ".env").mkdir()

    assert found() is None


def test_a_setting_hides_its_value(monkeypatch):
    """In whatever shows it."""
    monkeypatch.setenv(VARIABLE, "sk-0123456789")

    assert "sk-0123456789" not in f"{find(VARIABLE)!r} {find(VARIABLE)!s}"


BACKEND = """
import keyring
from keyring.backend import KeyringBackend

class Small(KeyringBackend):
    priority = 1
    def get_password(self, service, user):
        {body}
    def set_password(self, service, user, password): ...
    def delete_password(self, service, user): ...

keyring.set_keyring(Small())
from lipsync_nb.vendors.base.credentials import find
setting = find("LIPSYNC_NB_TEST_KEY")
print(setting and (setting.value.get_secret_value(), setting.source))
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return f'{service} {user}'", f"('lipsync_nb {VARIABLE}', 'keyring')"),
        ("return None", "None"),
        ("raise keyring.errors.KeyringLocked", "None"),
        ("raise keyring.errors.NoKeyringError", "None"),
    ],
)
def test_the_keyring_is_asked_last(body, expected):
    """One that is locked or missing is as good as empty."""
    program = BACKEND.format(body=body)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == expected


def run(program, **environment):
    """Run a program whose keyring is a file; return what it prints."""
    mine = {"PYTHON_KEYRING_BACKEND": "file_keyring.FileKeyring", "FILE_KEYRING": "ring.json"}
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **mine, "PYTHONPATH": path, **environment},
    )
    return done.stdout.strip()


REMEMBER = f"""
from pydantic import SecretStr
from lipsync_nb.vendors.base.credentials import can_remember, remember
print(can_remember())
remember({VARIABLE!r}, SecretStr("sk-ring"))
"""
FIND = f"""
from lipsync_nb.vendors.base.credentials import find
setting = find({VARIABLE!r})
print(setting.value.get_secret_value(), setting.source)
"""
CONNECT = """
import lipsync_nb as ls
(setting,) = ls.Yunai().settings.values()
print(setting.value.get_secret_value(), setting.source)
(setting,) = ls.Yunai(api_key="sk-argument").settings.values()
print(setting.value.get_secret_value(), setting.source)
"""


def test_what_the_keyring_was_given_is_found_by_the_next_kernel(here):
    """In a real keyring, chosen as keyring's own users choose theirs."""
    assert run(REMEMBER) == "True"
    assert run(FIND) == "sk-ring keyring"
    assert "sk-ring" in (here / "ring.json").read_text()


def test_each_place_hides_those_behind_it(here, monkeypatch):
    """An argument, the environment, ``.env``, the keyring; and each tells where a key was found."""
    monkeypatch.delenv("YUNAI_API_KEY", raising=False)
    (here / "ring.json").write_text('{"lipsync_nb YUNAI_API_KEY": "sk-ring"}')
    assert run(CONNECT) == "sk-ring keyring\nsk-argument argument"

    (here / ".env").write_text("YUNAI_API_KEY=sk-file\n")
    assert run(CONNECT) == "sk-file .env\nsk-argument argument"

    found = run(CONNECT, YUNAI_API_KEY="sk-environment")
    assert found == "sk-environment environment\nsk-argument argument"


ADDRESS = """
import json, sys
import lipsync_nb as ls
vendor = {}
print(vendor.base_url, "keyring" in sys.modules)
"""
RING = {
    "lipsync_nb LINGDONG_API_KEY": "ld-ring",
    "lipsync_nb LINGDONG_BASE_URL": "https://ring.test/api/v1",
    "lipsync_nb YUNAI_API_KEY": "sk-ring",
    "lipsync_nb YUNAI_BASE_URL": "https://ring.test",
}


@pytest.mark.parametrize(
    ("vendor", "environment", "address"),
    [
        ("ls.Lingdong()", {}, "https://ring.test/api/v1/ True"),
        ("ls.Yunai()", {}, "https://ring.test/ True"),
        # There is no other address, so the keyring is asked.
        ("ls.Lingdong()", {"LINGDONG_API_KEY": "ld-env"}, "https://ring.test/api/v1/ True"),
        # The keyring may ask for a password, which nobody needs to type here.
        ("ls.Yunai()", {"YUNAI_API_KEY": "sk-env"}, "https://api.yunai.xyz/ False"),
        ("ls.Yunai('sk-argument')", {}, "https://api.yunai.xyz/ False"),
        ("ls.Lingdong('ld', base_url='https://a.test')", {}, "https://a.test/ False"),
        ("ls.Yunai()", {"YUNAI_BASE_URL": "https://env.test"}, "https://env.test/ True"),
    ],
)
def test_a_base_url_is_looked_up_beside_its_key(here, monkeypatch, vendor, environment, address):
    """In the keyring if a key was found there, or if there is no other place to look."""
    for variable in ("LINGDONG_API_KEY", "LINGDONG_BASE_URL", "YUNAI_API_KEY", "YUNAI_BASE_URL"):
        monkeypatch.delenv(variable, raising=False)
    (here / "ring.json").write_text(json.dumps(RING))

    assert run(ADDRESS.format(vendor), **environment) == address


def test_what_a_client_connects_by_itself_is_found_in_the_keyring(here, monkeypatch):
    """A vendor without a base URL of its own as well."""
    for kind in VENDORS.values():
        for variable in (*kind.variables.values(), kind.base_url_variable()):
            monkeypatch.delenv(variable, raising=False)
    (here / "ring.json").write_text(json.dumps(RING))
    program = "import lipsync_nb as ls\nwith ls.Client(ledger='a') as client:\n    print(client)"

    assert run(program) == "<Client: lingdong, yunai>"


def test_the_keyring_is_an_extra(here):
    """Without the package, a key is found in the other places, and none is kept."""
    (here / ".env").write_text(f"{VARIABLE}=sk-file\n")
    program = "import sys\nsys.modules['keyring'] = None\n"
    program += "from lipsync_nb.vendors.base.credentials import can_remember, find\n"
    program += f"print(can_remember(), find({VARIABLE!r}).source, find('NO_SUCH_VARIABLE'))"

    assert run(program) == "False .env None"


def test_a_keyring_that_breaks_does_not_show_the_value(request):
    """Whatever it raises, and wherever; its frames have the value."""

    class Broken(KeyringBackend):
        priority = 1

        def get_password(self, service, username):
            raise NotImplementedError

        def set_password(self, service, username, password):
            raise RuntimeError(f"{service} {username} {password}")

    before = keyring.get_keyring()
    request.addfinalizer(lambda: keyring.set_keyring(before))
    keyring.set_keyring(Broken())
    with pytest.raises(LipSyncError, match=f"refused {VARIABLE}: RuntimeError") as refused:
        remember(VARIABLE, SECRET)

    shown = everything_shown(refused.value)
    assert SECRET.get_secret_value() not in shown


def test_files_rest_where_the_user_says(monkeypatch, tmp_path):
    """``LIPSYNC_NB_HOME``, which no shell may have expanded."""
    monkeypatch.setenv("LIPSYNC_NB_HOME", str(tmp_path))
    assert home() == tmp_path

    monkeypatch.setenv("LIPSYNC_NB_HOME", "~/lipsync")
    assert home() == Path.home() / "lipsync"

    monkeypatch.setenv("LIPSYNC_NB_HOME", "here")
    assert home() == Path.cwd() / "here"


def test_files_rest_in_the_users_data_folder(monkeypatch):
    """By default, and one for each user."""
    monkeypatch.delenv("LIPSYNC_NB_HOME", raising=False)

    assert home().is_absolute()
    assert home().name == "lipsync_nb"


def test_looking_up_costs_nothing_that_is_not_wanted():
    """Neither python-dotenv nor platformdirs is imported for a variable that is set."""
    program = (
        "import json, sys\nfrom lipsync_nb.vendors.base.credentials import find\n"
        f"find({VARIABLE!r})\nprint(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=True,
        env={**os.environ, VARIABLE: "x"},
    )

    assert not {"dotenv", "platformdirs", "keyring"} & set(json.loads(done.stdout))
