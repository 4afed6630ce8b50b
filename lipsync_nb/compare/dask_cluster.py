"""A Dask cluster as the place where videos are measured.

Files by path are not sent: the workers must see them. Bytes are scattered to the workers, each
content once, and not put into tasks, which Dask's scheduler would keep until they are done.

If a worker dies, Dask gives its tasks to another, up to four times (``allowed-failures``), and only
if their bytes were not there. A video that kills its worker would kill four, and a `LocalCluster`
gives up workers that are away 15 s after a death. So tasks are taken back when their worker dies.
"""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import CancelledError
from concurrent.futures import Future as NotSubmitted
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from distributed import Future, KilledWorker, get_worker

from lipsync_nb.compare.dask_events import Event, listen
from lipsync_nb.compare.places import PER_THREAD, WorkerLost, failed
from lipsync_nb.errors import BadRequest, Unreachable
from lipsync_nb.log import log
from lipsync_nb.media import Media

T = TypeVar("T")

COUNTED_FOR_S = 1.0
"""Seconds for which the number of the cluster's threads holds: clusters grow and shrink."""
RECONNECTING_S = 0.1
"""Seconds between two looks at a client that searches its scheduler, for as long as it wants to."""
WITHOUT_WORKERS_S = 600.0
"""Seconds for which there may be no worker: machines take minutes to start."""
KEPT = (
    "what was measured is in the cache, if there is one: call this again with a new client, and "
    "only the rest is measured"
)
"""What to do if the cluster is gone."""
REMEDY = "measure files of a folder that all machines share, or give bytes: path.read_bytes()"
"""What to do if a worker does not see a file."""


class DaskCluster:
    """The workers of a Dask client.

    Args:
        client: The client.
        inputs: The arguments of all calls.
        patience_s: Seconds for which there may be no worker.

    Raises:
        BadRequest: The client is asynchronous or closed, or a worker does not see the files.
        Unreachable: The scheduler is gone.
    """

    def __init__(
        self,
        client: Any,
        inputs: Collection[tuple[Any, ...]],
        *,
        patience_s: float = WITHOUT_WORKERS_S,
    ) -> None:
        _check_client(client)
        self.client = client
        self.patience_s = patience_s
        self.address = str(getattr(client.scheduler, "address", "its address"))
        self.uses = Counter(media for arguments in inputs for media in _given_as_bytes(arguments))
        self.sent: dict[Media, Any] = {}
        self.running: dict[Any, tuple[Any, ...]] = {}
        self.results: dict[Any, Any] = {}
        self.died: dict[Any, str] = {}
        self.threads, self.counted_at = 0, -COUNTED_FOR_S
        self.seen_at, self.is_waiting = time.monotonic(), False
        self.check()
        self._find_files(media for arguments in inputs for media in _given_as_path(arguments))
        self.stop_listening = listen(client, self._take_back)

    def width(self) -> int:
        """Return how many inputs may be under way."""
        if time.monotonic() - self.counted_at >= COUNTED_FOR_S:
            self._count_threads()
        return PER_THREAD * max(1, self.threads)

    def submit(
        self,
        work: Callable[..., Any],
        key: str,
        arguments: tuple[Any, ...],
        done: Callable[[Any], None],
    ) -> Any:
        """Return the future of a call; bytes that it needs are sent, unless they already were."""
        name = f"{getattr(work, '__name__', 'call')}-{key}-{uuid4().hex}"
        try:
            parts = [self._sent(each) for each in arguments]
            future: Any = self.client.submit(_call, work, *parts, key=name)
        except Exception as error:  # noqa: BLE001 - any error concerns this input alone
            self.check()
            future = failed(error)
            self.results[future] = error
            done(future)
        else:
            self.client.loop.add_callback(self._fetch, future, done)
        self.running[future] = arguments
        return future

    def result(self, future: Any) -> Any:
        """Return the result of a call, or its error; `WorkerLost` if it was lost with a worker."""
        self._release(self.running.pop(future))
        result, why = self.results.pop(future), self.died.pop(future, None)
        if isinstance(result, CancelledError):
            self.check()
            return WorkerLost(why or str(result))
        if isinstance(future, NotSubmitted):
            return result
        was_done = future.status != "error"
        future.release()
        if was_done and isinstance(result, Exception):
            return WorkerLost(f"its result was not fetched ({result})")
        return result

    def killed(self, result: object) -> bool:
        """Return whether several workers died over an input, or while it waited there."""
        return isinstance(result, KilledWorker)

    def check(self) -> None:
        """Raise `Unreachable` if the scheduler or all workers are gone; wait for the scheduler."""
        while self.client.status == "connecting":
            time.sleep(RECONNECTING_S)
        if self.client.status != "running":
            raise Unreachable(
                f"Dask's scheduler at {self.address} is gone, or its client was closed; {KEPT}"
            )
        self._count_threads()
        if time.monotonic() - self.seen_at > self.patience_s:
            minutes = f"{self.patience_s / 60:g} minutes"
            raise Unreachable(f"Dask at {self.address} has had no worker for {minutes}; {KEPT}")

    def cancel(self, futures: Iterable[Any]) -> None:
        """Take back what waits on the cluster; what is being worked on ends for nothing."""
        waiting = [future for future in futures if isinstance(future, Future)]
        if waiting and self.client.status == "running":
            self.client.cancel(waiting)
        self.running.clear()

    def close(self) -> None:
        """Let the cluster forget all that was sent, and the client forget this."""
        self.stop_listening()
        for sent in self.sent.values():
            sent.release()
        for kept in (self.uses, self.sent, self.running, self.results, self.died):
            kept.clear()

    async def _fetch(self, future: Any, done: Callable[[Any], None]) -> None:
        """On the client's loop: wait for a result and fetch it, so that no other waits for that."""
        try:
            self.results[future] = await future
        except Exception as error:  # noqa: BLE001 - any error concerns this input alone
            self.results[future] = error
        done(future)

    def _take_back(self, event: Event) -> None:
        """On the client's loop: cancel the calls that a worker had when it died."""
        _, what = event
        if not isinstance(what, dict) or what.get("action") != "remove-worker" or what["expected"]:
            return
        names = set(what["processing-tasks"])
        died = [each for each in list(self.running) if getattr(each, "key", None) in names]
        self.died |= dict.fromkeys(died, f"the worker {what.get('worker')} died")
        if died:
            self.client.loop.add_callback(self.client.cancel, died)

    def _count_threads(self) -> None:
        try:
            self.threads = sum(self.client.nthreads().values())
        except OSError:  # the scheduler does not answer; its client finds out whether it is gone
            return
        self.counted_at = time.monotonic()
        if self.threads:
            self.seen_at, self.is_waiting = self.counted_at, False
        elif not self.is_waiting:
            self.is_waiting = True
            log.warning("Dask at %s has no worker; waiting for one", self.address)

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
                continue  # there is no worker: `check` tells whether to wait for one
            except OSError as error:
                raise WorkerLost(f"it could not be sent ({error})") from error
            else:
                return sent

    def _release(self, arguments: tuple[Any, ...]) -> None:
        """Let the cluster forget bytes that no other input needs."""
        self.uses.subtract(_given_as_bytes(arguments))
        for media in _given_as_bytes(arguments):
            if self.uses[media] <= 0 and (sent := self.sent.pop(media, None)) is not None:
                sent.release()  # a kept traceback, such as a log's, would keep it alive

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


def _check_client(client: Any) -> None:
    if client.asynchronous:
        raise BadRequest("executor: this client is asynchronous; give Client(address)")
    if client.status in {"closing", "closed"}:
        raise BadRequest("executor: this client is closed; give a new one: Client(address)")


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
            worker = get_worker().address
            raise FileNotFoundError(f"{media.path}: not there on the worker {worker}; {REMEDY}")
    return work(*arguments)
