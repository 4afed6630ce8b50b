"""The sandbox's own API, under ``/_sandbox/``: users, statistics, faults, settings."""

import dataclasses
import os
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lipsync_nb.sandbox.backend import Backend
from lipsync_nb.sandbox.server_process import CAN_CHECK, is_alive
from lipsync_nb.sandbox.settings import refuse_no_amounts
from lipsync_nb.sandbox.vendors.base import json_body
from lipsync_nb.sandbox.vendors.fields import FieldError

MOST_PID = 1 << 31
"""No process has this id, or a higher one."""
COUNTED = ("requests", "paid", "leaks", "callbacks", "callbacks_refused", "charged", "refunded")


class Users:
    """The processes that use the sandbox. It ends soon after the last one has left."""

    def __init__(self) -> None:
        self._pids: dict[str, int] = {}
        self.left = False
        self._closed = False

    def join(self, pid: int) -> str:
        """Add a user and return its name, which ``leave`` needs."""
        if self._closed:
            raise ValueError("the sandbox is ending")
        if type(pid) is not int or not 0 < pid < MOST_PID or pid == os.getpid():
            raise ValueError("pid must be the id of another process")
        name = uuid.uuid4().hex
        self._pids[name] = pid
        self.left = False
        return name

    def leave(self, name: str) -> None:
        """Remove a user, and those whose process has died."""
        if name not in self._pids:  # of an earlier server with this port
            raise ValueError(f"no user {name}")
        del self._pids[name]
        self._forget_dead()
        self.left = not self._pids

    @property
    def is_any_alive(self) -> bool:
        """Whether a user's process is alive; false on Windows, where this cannot be checked."""
        self._forget_dead()
        return CAN_CHECK and bool(self._pids)

    def close_if_left(self) -> bool:
        """Whether the last user has left. If so, nobody can join any more."""
        self._closed = self._closed or self.left
        return self._closed

    def _forget_dead(self) -> None:
        self._pids = {name: pid for name, pid in self._pids.items() if is_alive(pid)}


class Admin:
    """The calls of the sandbox's own API.

    Args:
        backend: The vendors and their resources.
        users: The processes that use the sandbox.
        address: The answer to ``hello``: base URLs, keys, media URL.
    """

    def __init__(self, backend: Backend, users: Users, address: dict[str, Any]) -> None:
        self._resources = backend.resources
        self._vendors = backend.vendors
        self._users = users
        self._address = address

    def routes(self) -> list[Route]:
        """Every admin call; a POST's body and every answer are JSON."""
        calls: dict[str, tuple[str, Callable[..., Any]]] = {
            "hello": ("GET", self.hello),
            "stats": ("GET", self.stats),
            "jobs": ("POST", self.jobs),
            "join": ("POST", self.join),
            "leave": ("POST", self.leave),
            "faults": ("POST", self.faults),
            "clear_faults": ("POST", self.clear_faults),
            "configure": ("POST", self.configure),
        }
        return [self._route(name, *call) for name, call in calls.items()]

    def _route(self, name: str, method: str, call: Callable[..., Any]) -> Route:
        async def answer(request: Request) -> Response:
            try:
                arguments = await json_body(request) if method == "POST" else {}
                return JSONResponse(call(**arguments))
            except (ValueError, TypeError, FieldError) as error:
                text = str(error).encode(errors="replace").decode()  # without lone surrogates
                return JSONResponse({"error": text}, 400)

        return Route(f"/_sandbox/{name}", answer, methods=[method])

    def hello(self) -> dict[str, Any]:
        """GET hello: base URLs, keys and media URL."""
        return self._address

    def join(self, pid: int) -> dict[str, str]:
        """POST join: a process starts to use the sandbox."""
        return {"user": self._users.join(pid)}

    def leave(self, user: str) -> dict[str, int]:
        """POST leave: a user leaves. The answer says whether it was the last one, and the pid."""
        self._users.leave(user)
        return {"last": self._users.left, "pid": self._address["pid"]}

    def stats(self) -> dict[str, dict[str, Any]]:
        """GET stats: counts for each vendor and for the storage host."""
        return {vendor: self._stats_of(vendor) for vendor in self._vendors} | {
            "storage": {"leaks": int(self._resources.store.counts("storage").get("leaks", 0))},
            "sandbox": {"renders": self._resources.renderer.rendered},
        }

    def _stats_of(self, vendor: str) -> dict[str, Any]:
        counts = self._resources.store.counts(vendor)
        jobs = self._resources.jobs.of(vendor)
        states, products = Counter(j.state for j in jobs), Counter(j.product for j in jobs)
        steps = {
            n.removeprefix("step."): int(v) for n, v in counts.items() if n.startswith("step.")
        }
        return {
            **{name: int(counts.get(name, 0)) for name in COUNTED},
            "jobs": len(jobs),
            "states": dict(sorted(states.items())),
            "products": dict(sorted(products.items())),
            "steps": steps,
            "credits": counts.get("credits"),
        }

    def jobs(self, vendor: str) -> dict[str, Any]:
        """POST jobs: a vendor's jobs as on its website, oldest first."""
        listed = self._resources.jobs.of(vendor)
        rows = [{"id": job.id, "state": job.state, "product": job.product} for job in listed]
        return {"jobs": rows}

    def faults(
        self,
        vendor: str,
        fault: str,
        step: str | None = None,
        times: int = 1,
        settings: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """POST faults: request a fault."""
        self._resources.faults.add(vendor, fault, step, times, settings or {})
        return {}

    def clear_faults(self) -> dict[str, Any]:
        """POST clear_faults: remove all faults. Stuck jobs stay stuck."""
        self._resources.faults.clear()
        return {}

    def configure(self, vendor: str | None = None, **settings: Any) -> dict[str, Any]:
        """POST configure: set a vendor's credits, and the sandbox's settings."""
        left = settings.pop("credits", None)
        if left is not None:
            refuse_no_amounts({"credits": left})
        self._resources.settings.change(settings)
        if vendor is not None and left is not None:
            store = self._resources.store
            store.count(vendor, "credits", left - store.credits(vendor))
        return dataclasses.asdict(self._resources.settings)
