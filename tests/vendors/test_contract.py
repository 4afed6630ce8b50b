"""Every vendor keeps the contract that is asked of the next."""

import dataclasses

import pytest
from pydantic import SecretStr
from second.hosts import SOUND_S, clip, sound
from vendors.cases import CASES, PRODUCTS

import lipsync_nb as ls
from lipsync_nb.contract import CLAIMS, OF_THE_VENDOR, Broken, Trial, check, claims_of
from lipsync_nb.contract.playable import expect_playable
from lipsync_nb.http.retry import Purpose
from lipsync_nb.media import UploadHost
from lipsync_nb.vendors import VENDORS, register
from lipsync_nb.vendors.base import HeaderAuth, Vendor


def connected(sandbox, name, kind=None):
    """Return a vendor of the sandbox."""
    return (kind or VENDORS[name])(base_url=sandbox.base_urls[name], **sandbox.keys[name])


def cases():
    """Yield each vendor, kind of request and claim; those of the vendor once."""
    for name, kind in PRODUCTS:
        main = VENDORS[name].kinds[0]
        for claim in claims_of(VENDORS[name].model(kind)):
            if kind == main.kind() or claim not in OF_THE_VENDOR:
                yield pytest.param((name, kind, claim), id=f"{name}-{kind}-{claim.__name__}")


@pytest.mark.parametrize("case", list(cases()))
def test_each_vendor_keeps_the_contract(sandbox, media, tmp_path, case):
    """Over real HTTP, through a relay that spoils answers."""
    name, kind, claim = case
    host = UploadHost(sandbox.media_url)
    request = CASES[name].products(media)[kind]
    trial = Trial(connected(sandbox, name), request, tmp_path, host)
    try:
        claim(trial)
    finally:
        trial.close()


class Careless(ls.Lingdong):
    """A vendor with one flaw at a time."""

    flaw = ""

    def auth(self):
        """With a key that is the vendor's own, whatever it was given."""
        return (
            HeaderAuth("X-API-Key", SecretStr(self.good)) if self.flaw == "key" else super().auth()
        )

    def __repr__(self):
        return f"Careless({self.secret('api_key')})" if self.flaw == "shows" else super().__repr__()

    async def submission(self, request, delivery):
        """As if it cost nothing."""
        call = await super().submission(request, delivery)
        return dataclasses.replace(call, purpose=Purpose.free) if self.flaw == "free" else call

    def poll(self, request, vendor_id):
        """Trusting."""
        call = super().poll(request, vendor_id)
        if self.flaw != "trusts":
            return call
        return dataclasses.replace(call, read=lambda payload: payload["status"])

    def estimate(self, request, seconds):
        """In another unit."""
        cost = super().estimate(request, seconds)
        return dataclasses.replace(cost, unit="€") if self.flaw == "unit" else cost


FLAWS = {
    "key": ["verifies_for_nothing", "fails_with_a_wrong_key"],
    "shows": ["keeps_its_secrets"],
    "free": ["never_pays_twice"],
    "trusts": ["reads_anything"],
    "unit": ["estimates_in_its_unit"],
    "unregistered": ["described"],
    "boasts": ["says_what_it_cannot"],
}


@pytest.mark.parametrize("case", [(f, name) for f, names in FLAWS.items() for name in names])
def test_a_flaw_breaks_its_claim(sandbox, media, tmp_path, monkeypatch, case):
    """Each claim can be broken, and says how it was."""
    flaw, name = case
    monkeypatch.setattr(Careless, "flaw", flaw)
    monkeypatch.setattr(Careless, "cancels", Careless.kinds if flaw == "boasts" else ())
    monkeypatch.setattr(Careless, "good", sandbox.keys["lingdong"]["api_key"], raising=False)
    if flaw != "unregistered":
        monkeypatch.setitem(VENDORS, "lingdong", Careless)
    (claim,) = (claim for claim in CLAIMS if claim.__name__ == name)
    vendor = connected(sandbox, "lingdong", Careless)
    trial = Trial(vendor, CASES["lingdong"].one(media), tmp_path)

    with pytest.raises((Broken, KeyError, TypeError)):
        claim(trial)
    trial.close()


def test_check_tells_of_each_claim(sandbox, media, monkeypatch):
    """A row each; what does not hold says why."""
    monkeypatch.setitem(VENDORS, "lingdong", Careless)
    monkeypatch.setattr(Careless, "flaw", "unit")
    report = check(connected(sandbox, "lingdong", Careless), CASES["lingdong"].one(media))

    assert list(report.index) == [claim.__name__ for claim in CLAIMS]
    assert list(report.index[~report["holds"]]) == ["estimates_in_its_unit"]
    assert "€" in report["why_not"]["estimates_in_its_unit"]


FLAWED = ["another kind", "another length", "half", "few bytes", "zeros", "a page"]


@pytest.mark.parametrize("ending", ["wav", "mp3", "mp4"])
def test_a_result_is_played(tmp_path, ending):
    """As a video or an audio, whichever it is, and as long as it says."""
    path, kind, seconds = result(tmp_path, ending)

    expect_playable(path, kind, seconds)


@pytest.mark.parametrize("ending", ["wav", "mp3", "mp4"])
@pytest.mark.parametrize(
    "flaw", ["another kind", "another length", "half", "few bytes", "zeros", "a page"]
)
def test_a_result_that_does_not_play_breaks_the_contract(tmp_path, ending, flaw):
    """What is another kind or length, is not whole, or is no medium."""
    path, kind, seconds = result(tmp_path, ending)
    content = path.read_bytes()
    spoiled = {
        "half": content[: len(content) // 2],
        "few bytes": content[:20],
        "zeros": bytes(len(content)),
        "a page": b"<!doctype html><html></html>",
    }
    path.write_bytes(spoiled.get(flaw, content))
    other = {"video": "audio", "audio": "video"}

    with pytest.raises(Broken):
        expect_playable(
            path,
            other[kind] if flaw == "another kind" else kind,
            seconds + 1 if flaw == "another length" else seconds,
        )


def result(folder, ending):
    """Return a file of the second implementation's results, its kind, and its length."""
    path = folder / f"result.{ending}"
    path.write_bytes(clip() if ending == "mp4" else sound(ending))
    return (path, "video", 0.4) if ending == "mp4" else (path, "audio", SOUND_S)


def test_a_vendor_is_registered_once_and_may_be_defined_again(monkeypatch):
    """Another vendor's name is refused; a notebook's cell may be run twice."""
    monkeypatch.setitem(VENDORS, "parrot", None)
    del VENDORS["parrot"]
    parrots = [type("Parrot", (Vendor,), {"name": "parrot", "title": "Parrot"}) for _ in range(2)]
    for parrot in parrots:
        assert register(parrot) is parrot

    with pytest.raises(ls.BadRequest, match="parrot"):
        register(type("Cockatoo", (Vendor,), {"name": "parrot", "title": "Cockatoo"}))
