"""A Dask cluster as the place where videos are measured.

Files by path are not sent: the workers must see them. Bytes are scattered to the workers, each
content once, and not put into tasks, which Dask's scheduler would keep until they are done. If a
worker dies, Dask gives its tasks to others, but scattered bytes are lost with it.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from distributed import Client, Future, KilledWorker, get_worker

from lipsync_nb.compare.places import PER_THREAD, Lost, failed
from lipsync_nb.errors import BadRequest, Unreachable
from lipsync_nb.log import log
from lipsync_nb.media import Media

T = TypeVar("T")

COUNTED_FOR_S = 1.0
"""Seconds for which the number of the cluster's threads holds: clusters grow and shrink."""
RECONNECTING_S = 0.1
"""Seconds between two looks at a client that searches its scheduler, for as long as it wants to."""
REMEDY = "measure files of a folder that all machines share, or give bytes: path.read_bytes()"
"""What to do if a worker does not see a file."""


class DaskCluster:
    """The workers of a Dask client.

    Args:
        client: The client.
        inputs: The arguments of all calls.

    Raises:
        BadRequest: The client is asynchronous, or a worker does not see the files.
        Unreachable: The scheduler is gone.
    """

    def __init__(self, client: Client, inputs: Iterable[tuple[Any, ...]]) -> None:
        if client.asynchronous:
            raise BadRequest("executor: this client is asynchronous; give Client(address)")
        self.client: Any = client
        self.uses = Counter(media for arguments in inputs for media in _given_as_bytes(arguments))
        self.sent: dict[Media, Any] = {}
        self.running: dict[Any, tuple[Any, ...]] = {}
        self.threads, self.counted_at = 0, -COUNTED_FOR_S
        self.check()
        self._find_files(media for arguments in inputs for media in _given_as_path(arguments))

    def width(self) -> int:
        """Return how many inputs may be under way."""
        if time.monotonic() - self.counted_at >= COUNTED_FOR_S:
            before, self.threads = self.threads, self._count_threads()
            self.counted_at = time.monotonic()
            if not self.threads and (before or not self.running):
                log.warning("%s: no worker; waiting for one", self._address)
        return PER_THREAD * max(1, self.threads)

    def submit(self, work: Callable[..., Any], key: str, arguments: tuple[Any, ...]) -> Any:
        """Return the future of a call; bytes that it needs are sent, unless they already were."""
        name = f"{getattr(work, '__name__', 'call')}-{key}-{uuid4().hex}"
        try:
            parts = [self._sent(each) for each in arguments]
            future: Any = self.client.submit(_call, work, *parts, key=name)
        except Exception as error:  # noqa: BLE001 - any error concerns this input alone
            self.check()
            future = failed(error)
        self.running[future] = arguments
        return future

    def result(self, future: Any) -> Any:
        """Return the result of a call, or its error; `Lost` if it was lost with a worker."""
        self._release(self.running.pop(future))
        try:
            return future.result()
        except CancelledError as error:
            self.check()
            return Lost(f"its worker died, or the connection to the scheduler broke ({error})")
        except Exception as error:  # noqa: BLE001 - any error concerns this input alone
            if getattr(future, "status", "error") == "error":
                return error
            return Lost(f"its worker died before its result was fetched ({error})")

    def killed(self, result: object) -> bool:
        """Return whether several workers died over an input, or while it waited there."""
        return isinstance(result, KilledWorker)

    def check(self) -> None:
        """Raise `Unreachable` if the scheduler is gone; wait while it is looked for."""
        while self.client.status == "connecting":
            time.sleep(RECONNECTING_S)
        if self.client.status != "running":
            raise Unreachable(
                f"Dask's scheduler at {self._address} is gone; what was measured is kept in the "
                "cache, if there is one: connect a new client and measure the rest"
            )

    def cancel(self, futures: Iterable[Any]) -> None:
        """Take back what waits on the cluster; what is being worked on ends for nothing."""
        waiting = [future for future in futures if isinstance(future, Future)]
        self.running.clear()
        if waiting and self.client.status == "running":
            self.client.cancel(waiting)

    @property
    def _address(self) -> str:
        return str(getattr(self.client.scheduler, "address", "its address"))

    def _count_threads(self) -> int:
        try:
            return sum(self.client.nthreads().values())
        except OSError:  # the scheduler does not answer; `check` tells whether it is gone
            return self.threads

    def _sent(self, argument: Any) -> Any:
        if not isinstance(argument, Media) or argument.data is None:
            return argument
        sent = self.sent.get(argument)
        if sent is None or sent.status != "finished":
            sent = self.sent[argument] = self._scatter(argument.data)
        return sent

    def _scatter(self, data: bytes) -> Any:
        while True:
            self.check()
            try:
                # With a hash for its name, bytes that are sent again may be taken for those that
                # are just released.
                (sent,) = self.client.scatter([data], hash=False)
            except TimeoutError:
                log.warning("%s: no worker takes data; waiting for one", self._address)
            except OSError as error:
                raise Lost(f"its worker died while it was sent ({error})") from error
            else:
                return sent

    def _release(self, arguments: tuple[Any, ...]) -> None:
        """Let the cluster forget bytes that no other input needs."""
        self.uses.subtract(_given_as_bytes(arguments))
        for media in _given_as_bytes(arguments):
            if self.uses[media] <= 0:
                self.sent.pop(media, None)

    def _find_files(self, given: Iterable[Media]) -> None:
        """Raise `BadRequest` if a worker does not see a file; one per folder is looked at."""
        folders = {media.path.parent: media.path for media in given if media.path is not None}
        sizes = {str(path): path.stat().st_size for path in folders.values()}
        if not sizes:
            return
        for worker, others in self.client.run(_others, sizes, on_error="ignore").items():
            for path, size in others.items():
                what = "not there" if size is None else f"another file there, of {size:,} bytes"
                raise BadRequest(f"{path}: {what} on the worker {worker}; {REMEDY}")


def _given_as_bytes(arguments: tuple[Any, ...]) -> Iterator[Media]:
    return (each for each in arguments if isinstance(each, Media) and each.data is not None)


def _given_as_path(arguments: tuple[Any, ...]) -> Iterator[Media]:
    return (each for each in arguments if isinstance(each, Media) and each.path is not None)


def _others(sizes: dict[str, int]) -> dict[str, int | None]:
    """On a worker: return the size of each file that is not the expected one."""
    found = {path: Path(path).stat().st_size if Path(path).exists() else None for path in sizes}
    return {path: size for path, size in found.items() if size != sizes[path]}


def _call(work: Callable[..., T], *parts: Any) -> T:
    """On a worker: call a function with media, of which bytes have been sent before."""
    arguments = [Media(part) if isinstance(part, bytes) else part for part in parts]
    for media in _given_as_path(tuple(arguments)):
        if media.path is not None and not media.path.exists():
            raise FileNotFoundError(f"{media.path}: not there on the worker {_here()}; {REMEDY}")
    return work(*arguments)


def _here() -> str:
    return str(get_worker().address)
