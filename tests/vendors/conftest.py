"""The second implementation, the media that are sent to it, and a client of it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from second.world import World
from vendors.media import Media

import lipsync_nb as ls
from lipsync_nb.media import UploadHost
from lipsync_nb.sandbox import Sandbox
from lipsync_nb.vendors import VENDORS

POLL = (0.01, 0.03)


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Media:
    return Media.make(tmp_path_factory.mktemp("media"))


@pytest.fixture(scope="session")
def everyone() -> Iterator[World]:
    world = World()
    yield world
    world.close()


@pytest.fixture
def world(everyone: World) -> World:
    everyone.reset()
    return everyone


@pytest.fixture
def connect(world: World, tmp_path: Path) -> Iterator[Callable[..., ls.Client]]:
    clients: list[ls.Client] = []

    def connected(**options: object) -> ls.Client:
        vendors = [
            kind(base_url=world.vendors[name].base_url, **world.vendors[name].keys)
            for name, kind in VENDORS.items()
        ]
        host = UploadHost(world.hosts.media.url)
        defaults = {"ledger": tmp_path / "jobs.sqlite", "results": tmp_path / "videos"}
        defaults |= {"media_host": host, "poll": POLL, "backoff_scale": 0.05}
        clients.append(ls.Client(vendors, **{**defaults, **options}))
        return clients[-1]

    yield connected
    for client in clients:
        client.close()


@pytest.fixture
def client(connect: Callable[..., ls.Client]) -> ls.Client:
    return connect()


@pytest.fixture(scope="module")
def sandboxed(
    shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ls.Client]:
    folder = tmp_path_factory.mktemp("sandboxed")
    ledger, results = folder / "jobs.sqlite", folder / "videos"
    with ls.Client.sandbox(shared_sandbox, ledger=ledger, results=results) as client:
        yield client
