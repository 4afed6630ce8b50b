"""Keys of unusual letters are searched for in all that is written, logged, shown and sent.

One kernel's life with all vendors is lived: jobs that end well, answers that repeat the keys
at every step and in every way, redirects, callbacks, refusals, displays. Then its traces are read.
"""

import json
import logging
import shlex
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from canary.notebook import Notebook, Notes, contents
from canary.scenes import SCENES, Stage, faults, sandbox_of_these_keys, typing
from canary.words import KEYS, WORDS, looks, sightings, word
from notebook.tab import Tab
from second.app import Origin
from second.world import World
from vendors.media import Media

import lipsync_nb as ls
from lipsync_nb.media import UploadHost
from lipsync_nb.vendors import VENDORS

TRACES = (
    "shown",
    "pickled",
    "logged",
    "written",
    "left on the disk",
    "sent to the browser",
    "sent to other hosts",
)


@dataclass
class Life:
    """What a kernel has left behind.

    Attributes:
        traces: By where they were found.
        world: Its vendors, and what each was sent.
        leaks: Requests to the sandbox's other hosts that had a key in their headers.
    """

    traces: dict[str, bytes]
    world: World
    leaks: int

    @property
    def signatures(self) -> set[str]:
        """What the URLs of the results that were fetched are signed with."""
        fetched = self.world.hosts.results.seen
        return {seen.query["Signature"] for seen in fetched if "Signature" in seen.query}

    @property
    def secrets(self) -> set[str]:
        """What betrays a key or a token."""
        return {*set().union(*WORDS.values()), *self.world.tokens}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in which everything is, temporary files too, and keys in the environment."""
    folder = tmp_path_factory.mktemp("life")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("work", "home", "temporary"):
            (folder / name).mkdir()
        patch.chdir(folder / "work")
        patch.setenv("LIPSYNC_NB_HOME", str(folder / "home"))
        patch.setattr(tempfile, "tempdir", str(folder / "temporary"))
        for name, kind in VENDORS.items():
            for credential, variable in kind.variables.items():
                patch.setenv(variable, KEYS[name][credential])
        yield folder


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """Vendors that know the keys."""
    world = World()
    for name, vendor in world.vendors.items():
        vendor.keys = KEYS[name]
    yield world
    world.close()


@pytest.fixture(scope="module")
def notes() -> Iterator[Notes]:
    """A handler of the root logger's, for all levels."""
    notes, root = Notes(), logging.getLogger()
    before, package = root.level, logging.getLogger("lipsync_nb")
    root.addHandler(notes)
    for logger in (root, package):
        logger.setLevel(logging.DEBUG)
    yield notes
    root.removeHandler(notes)
    root.setLevel(before)
    package.setLevel(logging.NOTSET)


@pytest.fixture(scope="module")
def life(place: Path, world: World, notes: Notes, tmp_path_factory: pytest.TempPathFactory) -> Life:
    """Live through all scenes."""
    media, notebook = Media.make(tmp_path_factory.mktemp("media")), Notebook()
    vendors = [kind(base_url=str(world.vendors[name].base_url)) for name, kind in VENDORS.items()]
    host = UploadHost(world.hosts.media.url)
    options = {"poll": (0.01, 0.03), "backoff_scale": 0.02, "deadline": 3.0}
    with Tab() as tab, ls.Client(vendors, media_host=host, **options) as client:
        unlimited(client)
        stage = Stage(client, notebook, media, world)
        for scene in SCENES:
            scene(stage)
        typing(stage, tab)
        while_open = contents(place)
    home = tmp_path_factory.mktemp("vendors") / "sandbox"
    with sandbox_of_these_keys(home) as sandbox:
        with ls.Client.sandbox(
            sandbox, ledger=place / "home" / "sandbox.sqlite", **options
        ) as client:
            unlimited(client)
            faults(sandbox, client, notebook, media)
            while_open += contents(place)
        leaks = sum(seen.get("leaks", 0) for seen in sandbox.stats().values())
    sent = json.dumps([tab.states, [content for content, _ in tab.messages]], default=repr)
    traces = {
        "shown": "\n".join(notebook.shown).encode(),
        "pickled": b"\n".join(notebook.pickles),
        "logged": "\n".join(notes.written).encode(),
        "written": while_open,
        "left on the disk": contents(place),
        "sent to the browser": sent.encode(),
        "sent to other hosts": b"\n".join(map(arrived, world.hosts.origins)),
    }
    return Life(traces, world, leaks)


def unlimited(client: ls.Client) -> None:
    """Let the vendors be called as often as it comes."""
    for vendor in client.vendors.values():
        vendor.rates = {}


def arrived(origin: Origin) -> bytes:
    """Return all that an origin was sent."""
    return b"\n".join(
        f"{seen.method} {seen.target} {seen.headers}".encode() + seen.body for seen in origin.seen
    )


def test_a_key_is_found_however_it_is_written() -> None:
    """Otherwise it would say little that none is found."""
    (name, secret), *_ = KEYS["chanjing"].items()
    for look in (*looks(secret), secret[::-1], shlex.quote(secret), secret.swapcase()):
        assert sightings(WORDS["chanjing"], f"a {look} b".encode()) == {word(f"chanjing{name}")}


def test_the_life_was_full(life: Life) -> None:
    """There was something to be found in each place, and the vendors were sent their keys."""
    sent = {name: arrived(vendor.origin) for name, vendor in life.world.vendors.items()}

    assert all(len(trace) > 10_000 for trace in life.traces.values())
    assert b"[redacted]" in life.traces["shown"]
    assert b"[redacted]" in life.traces["written"]
    assert b"[redacted]" in life.traces["left on the disk"]
    assert b"lipsync_nb" in life.traces["logged"]
    assert {name for name in sent if sightings(WORDS[name], sent[name])} == set(VENDORS)


@pytest.mark.parametrize("trace", TRACES)
def test_no_key_is_left_anywhere(life: Life, trace: str) -> None:
    """Neither plain nor in another look; nor is a token."""
    assert sightings(life.secrets, life.traces[trace]) == set()


@pytest.mark.parametrize("name", VENDORS)
def test_a_vendor_is_sent_no_others_key(life: Life, name: str) -> None:
    """Its own only."""
    others = life.secrets - WORDS[name] - set(life.world.vendors[name].tokens)

    assert sightings(others, arrived(life.world.vendors[name].origin)) == set()


def test_the_sandbox_saw_no_key_elsewhere(life: Life) -> None:
    """Its storage host looks for the vendors' headers."""
    assert life.leaks == 0


@pytest.mark.parametrize("trace", sorted({*TRACES} - {"written", "sent to other hosts"}))
def test_no_signature_of_a_fetched_result_is_left(life: Life, trace: str) -> None:
    """Whoever has a signed URL has the file. httpx would log it.

    The hosts of the results are sent it, and it is in the ledger until the result is fetched.
    """
    assert len(life.signatures) > len(VENDORS)
    assert {word for word in life.signatures if word.encode() in life.traces[trace]} == set()
