"""What a kernel does with the vendors in its life. Each scene shows all it gets to see."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
from canary.notebook import Notebook
from canary.words import KEYS, looks
from conftest import PATIENCE
from notebook.tab import Tab
from pydantic import SecretStr
from second.world import World
from vendors.cases import CASES, ORDERS, Order
from vendors.media import Media
from waiting import wait_until

import lipsync_nb as ls
from lipsync_nb.sandbox import Sandbox
from lipsync_nb.sandbox.backend import TRAITS
from lipsync_nb.sandbox.faults.kinds import KINDS
from lipsync_nb.sandbox.store import Store
from lipsync_nb.vendors import VENDORS

STATUSES = (200, 302, 401, 500)
FAULTS = {
    "code": "message",
    "status": "body",
    "failed": "reason",
    "unknown_status": "word",
    "hostile_url": "url",
    "hostile_name": "name",
}
"""The sandbox's faults that send a given text, and the setting for it."""


@dataclass
class Stage:
    """Where a scene plays.

    Attributes:
        client: Of all vendors.
        notebook: Where everything is shown.
        media: What is sent.
        world: The vendors, and the hosts beside them.
    """

    client: ls.Client
    notebook: Notebook
    media: Media
    world: World

    def finish(self, order: Order) -> None:
        """Submit a request, wait, and show all there is of the job."""
        finish(self.client.submit(order(self.media), fresh=True), self.notebook)

    def echo(self, name: str) -> str:
        """Return all of a vendor's secrets, its last token too, in all their looks."""
        secrets = (*KEYS[name].values(), *self.world.vendors[name].tokens[-1:])
        return " ".join(look for each in secrets for look in looks(each))

    def answers(self, name: str) -> Iterator[dict[str, Any]]:
        """Yield answers that repeat a vendor's secrets wherever there is a place for them."""
        echo = self.echo(name)
        fields = dict.fromkeys(("code", "msg", "message", "error", "error_reason", "status"), echo)
        payload = {**fields, "data": {**fields, "id": echo}, "id": echo, echo: [echo]}
        for status in STATUSES:
            headers = {"X-Echo": echo, "Location": f"{self.world.hosts.results.url}/elsewhere"}
            yield {"payload": payload, "status": status, "headers": headers}
        page = f"<html>{echo}</html>".encode()
        yield {"content": page, "headers": {"Content-Type": f"text/html; of={echo}"}}


def finish(job: ls.Job, notebook: Notebook) -> None:
    """Wait for a job, and show all there is of it."""
    notebook.run(lambda: job.result(PATIENCE))
    notebook.show(job, job.record, job.request, job.error, job.cost, job.video)


def jobs_that_end_well(stage: Stage) -> None:
    """Each kind of request, from vendors that answer plainly and from odd ones."""
    for order in ORDERS.values():
        stage.finish(order)
    stage.world.take_liberties()
    for case in CASES.values():
        stage.finish(case.one)
    for origin in stage.world.origins:
        origin.odd = False


def other_calls(stage: Stage) -> None:
    """Verifying, and whatever else can be asked, such as voices, a balance or a preview."""
    for name, vendor in stage.client.vendors.items():
        stage.notebook.run(vendor.verify)
        for ask in CASES[name].asks:
            stage.notebook.run(partial(ask, vendor))


def callbacks(stage: Stage) -> None:
    """Vendors call back."""
    with stage.client.listen() as receiver:
        stage.notebook.show(receiver)
        for case in CASES.values():
            if case.calls_back:
                stage.finish(case.one)


def jobs_whose_vendors_repeat_keys(stage: Stage) -> None:
    """At every step, in every answer; one job of each vendor at a time."""
    for together in zip_longest(*(_answers_at_each_step(stage, name) for name in CASES)):
        jobs = []
        for name, step, answer in filter(None, together):
            vendor = stage.world.vendors[name]
            vendor.forget_token()  # a new one is asked for
            vendor.origin.plan(*step, **answer, times=2)
            jobs.append(stage.client.submit(CASES[name].one(stage.media), fresh=True))
        for job in jobs:
            finish(job, stage.notebook)
        for vendor in stage.world.vendors.values():
            vendor.origin.plans.clear()


def _answers_at_each_step(
    stage: Stage, name: str
) -> Iterator[tuple[str, tuple[str, str], dict[str, Any]]]:
    case = CASES[name]
    for step in (*case.before, case.paid, case.look):
        for answer in stage.answers(name):
            yield name, step, answer


def refusals_that_repeat_keys(stage: Stage) -> None:
    """A key is verified, and repeated instead of taken."""
    for name, vendor in stage.client.vendors.items():
        origin = stage.world.vendors[name].origin
        for answer in stage.answers(name):
            for method in ("GET", "POST"):
                origin.plan(method, "", **answer)
            stage.notebook.run(vendor.verify)
            origin.plans.clear()


def keys_that_are_none(stage: Stage) -> None:
    """Keys that no header could carry, and base URLs that are none."""
    for name, kind in VENDORS.items():
        bad = {each: SecretStr(f"{secret}密\x00") for each, secret in KEYS[name].items()}
        good = {each: SecretStr(secret) for each, secret in KEYS[name].items()}
        stage.notebook.run(lambda kind=kind, bad=bad: kind(**bad))
        stage.notebook.run(lambda kind=kind, good=good: kind(**good, base_url="no url"))
        with pytest.MonkeyPatch.context() as patch:
            for each, variable in kind.variables.items():
                patch.setenv(variable, f"{KEYS[name][each]}密")
            stage.notebook.run(kind)


def displays(stage: Stage) -> None:
    """Tables, forms, the workbench, what a client is made of; and keys that are typed."""
    client, show = stage.client, stage.notebook.show
    show(client.table(), client.credentials(), client.workbench())
    show(*(client.form(kind) for vendor in VENDORS.values() for kind in vendor.kinds))
    show(client, client.jobs, client.vendors, client.ledger, client.records)
    for vendor in client.vendors.values():
        show(vendor, vendor.settings, vendor.api, vendor.auth(), vendor.redactor, vendor.source)
        show(*vendor.settings.values())


def typing(stage: Stage, tab: Tab) -> None:
    """Keys are typed into the form: most vendors take them, one repeats them."""
    stage.world.yunai.origin.plan("GET", "", {"message": stage.echo("yunai")}, status=401)
    for name, row in stage.client.credentials().rows.items():
        url = str(stage.world.vendors[name].base_url)
        tab.ask(row, op="connect", keys=KEYS[name], base_url=url, keep=False)
        wait_until(lambda row=row: row.card["tone"])


def faults(sandbox: Sandbox, client: ls.Client, notebook: Notebook, media: Media) -> None:
    """The sandbox's vendors repeat keys in each of their own ways, all at once."""
    for fault, setting in FAULTS.items():
        jobs = []
        for name in (name for name in CASES if KINDS[fault].applies_to(TRAITS[name])):
            secrets = " ".join(look for secret in KEYS[name].values() for look in looks(secret))
            said = f"http://127.0.0.1:9/{secrets}" if setting == "url" else secrets
            sandbox.faults(name, fault, **{setting: said})
            jobs.append(client.submit(CASES[name].one(media), fresh=True))
        for job in jobs:
            finish(job, notebook)
        sandbox.clear_faults()


def sandbox_of_these_keys(home: Path) -> Sandbox:
    """Return a sandbox whose vendors know the keys."""
    home.mkdir()
    store = Store(home / "sandbox.sqlite")
    store.put("setting", "keys", {**KEYS, "storage": {"secret": "of no client's"}})
    for name in VENDORS:
        store.count(name, "credits", 1e6)
    store.close()
    return Sandbox(home, pace=0, rates=False)


SCENES = (
    jobs_that_end_well,
    other_calls,
    callbacks,
    jobs_whose_vendors_repeat_keys,
    refusals_that_repeat_keys,
    keys_that_are_none,
    displays,
)
