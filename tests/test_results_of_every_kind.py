"""Texts, voices and sounds as results: from a vendor of one's own, over HTTP."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import PATIENCE, Samples
from hosts import answer
from own_vendor import Clone, Own, Say, Studio, Write, own_vendor

import lipsync_nb as ls
from lipsync_nb.ledger.ledger import Ledger

Connect = Callable[[], ls.Client]


@pytest.fixture
def studio(samples: Samples) -> Iterator[Studio]:
    """The vendor's API."""
    with own_vendor(samples.speech.read_bytes()) as studio:
        yield studio


@pytest.fixture
def connect(studio: Studio, tmp_path: Path) -> Iterator[Connect]:
    """Return a maker of clients of the vendor, which share a ledger."""
    clients = []

    def make() -> ls.Client:
        vendor = Own(base_url=studio.host.url, key="key-0123456789")
        clients.append(
            ls.Client(
                [vendor],
                ledger=tmp_path / "jobs.sqlite",
                results=tmp_path / "results",
                poll=(0.02, 0.05),
                backoff_scale=0.01,
            )
        )
        return clients[-1]

    yield make
    for client in clients:
        client.close(wait=False)


@pytest.fixture
def client(connect: Connect) -> ls.Client:
    """A client of the vendor."""
    return connect()


class TestEachKind:
    """`Job.result` returns what the job makes."""

    def test_a_text_is_a_str(self, client):
        """It came in the answer to the paid call."""
        job = client.submit(Write(about="rain"))
        text = job.result(PATIENCE)

        assert text == "Here is rain."
        assert isinstance(text, ls.Text)
        assert (job.makes, job.vendor_id, job.progress) == ("Text", None, 1.0)
        assert job.done()
        assert job.video is None

    def test_a_voice_has_what_its_vendor_says(self, client, samples):
        """Its id can be used at that vendor."""
        voice = client.submit(Clone(sample=samples.speech)).result(PATIENCE)

        assert voice == ls.Voice("own", "v1", "mine", "https://own.test/a.wav")
        assert Say(text="Hello", voice=voice).voice == "v1"

    def test_a_sound_in_the_answer_is_kept_in_a_file(self, client, samples):
        """Byte by byte."""
        job = client.submit(Say(text="Hello"))
        audio = job.result(PATIENCE)

        assert isinstance(audio, ls.Audio)
        assert audio.path.read_bytes() == samples.speech.read_bytes()
        assert audio.path.suffix == ".wav"
        assert audio.duration_s == pytest.approx(job.record.duration_s)

    def test_another_client_of_the_ledger_reads_the_same_results(self, client, connect, samples):
        """They are in the ledger, and are not made again."""
        jobs = client.map([Write(about="rain"), Clone(sample=samples.speech), Say(text="Hello")])
        made = client.gather(jobs)

        assert [connect().job(job.id).result(0) for job in jobs] == made

    def test_what_is_no_file_cannot_be_copied(self, client, tmp_path):
        """Which is said."""
        with pytest.raises(ls.BadRequest, match="makes a Text, which is no file"):
            client.submit(Write(about="rain")).download(tmp_path / "text.txt", PATIENCE)


class TestChains:
    """Each kind of result can be the value of another job's field."""

    def test_a_text_and_a_voice_are_put_into_their_fields(self, client, studio, samples):
        """Once they are there."""
        voice = client.submit(Clone(sample=samples.speech))
        text = client.submit(Write(about="rain"))
        spoken = client.submit(Say(text=text, voice=voice))
        spoken.result(PATIENCE)

        assert [job.kind for job in spoken.inputs] == ["Write", "Clone"]
        [asked] = [each for each in studio.host.arrived if each.target == "/sounds"]
        assert asked.json == {"text": "Here is rain.", "voice": voice.result().id}

    def test_a_sound_can_be_the_sample_of_a_voice(self, client, studio):
        """As a file."""
        voice = client.submit(Clone(sample=client.submit(Say(text="Hello"))))

        assert voice.result(PATIENCE).id == "v2"
        assert studio.paid == ["sounds", "voices"]


class TestExpired:
    """A voice that its vendor has no longer is marked, and not used any more."""

    def test_nothing_is_paid_with_an_expired_voice(self, client, studio, samples):
        """The vendor is asked before."""
        voice = client.submit(Clone(sample=samples.speech))
        voice.result(PATIENCE)
        studio.state = "expired"
        spoken = client.submit(Say(text="Hello", voice=voice))

        with pytest.raises(ls.JobFailed, match=f"its input own Clone {voice.id} has expired"):
            spoken.result(PATIENCE)
        assert voice.status == "expired"
        with pytest.raises(ls.JobExpired, match=r"job.resubmit\(\) to pay for it once more"):
            voice.result()
        assert studio.paid == ["voices"]

    def test_a_voice_that_is_denied_once_is_not_given_up(self, client, studio, samples):
        """What uses it fails unpaid, and can be submitted again."""
        voice = client.submit(Clone(sample=samples.speech))
        voice.result(PATIENCE)
        studio.state = "denied"
        spoken = client.submit(Say(text="Hello", voice=voice))

        with pytest.raises(ls.JobFailed, match="is not known to its vendor"):
            spoken.result(PATIENCE)
        studio.state = "ready"
        assert voice.status == "succeeded"
        assert client.submit(Say(text="Hello", voice=voice)).result(PATIENCE).duration_s > 0

    def test_its_request_makes_a_new_one(self, client, studio, samples):
        """It is not reused."""
        request = Clone(sample=samples.speech)
        voice = client.submit(request)
        voice.result(PATIENCE)
        studio.state = "expired"
        client.submit(Say(text="Hello", voice=voice)).exception(PATIENCE)
        studio.state = "ready"

        new = client.submit(request)

        assert new != voice
        assert new.result(PATIENCE).id == "v2"
        spoken = client.submit(Say(text="Hello", voice=new))
        assert spoken.exception(PATIENCE) is None


class TestAnswered:
    """The vendor has no id of a job whose answer was the result."""

    def test_a_deleted_file_is_not_made_again_unasked(self, client, studio):
        """Whoever pays for it once more says so."""
        job = client.submit(Say(text="Hello"))
        path = job.result(PATIENCE).path
        path.unlink()

        with pytest.raises(ls.DownloadError, match=r"put it back, or job.resubmit"):
            job.result(PATIENCE)
        used = client.submit(Clone(sample=job))
        with pytest.raises(ls.JobFailed, match="could not be fetched"):
            used.result(PATIENCE)
        assert studio.paid == ["sounds"]
        new = job.resubmit()
        assert new.result(PATIENCE).path != path
        assert client.submit(Say(text="Hello")) == new == job.resubmit()
        assert studio.paid == ["sounds", "sounds"]

    def test_a_file_that_was_put_back_is_used(self, client):
        """It is at its path."""
        job = client.submit(Say(text="Hello"))
        path = job.result(PATIENCE).path
        data = path.read_bytes()
        path.unlink()
        job.exception(PATIENCE)
        path.write_bytes(data)

        assert job.result(PATIENCE).path == path

    def test_a_lost_answer_offers_to_resubmit_or_to_abandon_only(self, client, studio):
        """There is nothing to attach."""
        studio.losing = True
        job = client.submit(Say(text="Hello"))

        with pytest.raises(ls.SubmitUnknown, match=r"job.resubmit") as lost:
            job.result(PATIENCE)
        assert "attach" not in str(lost.value)
        with pytest.raises(ls.BadRequest, match="own has no id for a Say"):
            job.attach("1")
        studio.losing = False
        assert job.resubmit().result(PATIENCE).duration_s > 0
        assert studio.paid == ["sounds", "sounds"]

    def test_an_answer_that_was_kept_before_the_end_is_found(
        self, client, connect, studio, tmp_path
    ):
        """Of a kernel that was killed between the file and the ledger."""
        job = client.submit(Say(text="Hello"))
        path = job.result(PATIENCE).path
        client.close()
        ledger = Ledger(tmp_path / "jobs.sqlite")
        before = {"status": "submitting", "path": None, "accepted_at": None, "owner": "dead"}
        changes = ", ".join(f"{name} = :{name}" for name in before)
        ledger.run(lambda: ledger._db.execute(f"UPDATE jobs SET {changes}", before))
        ledger.close()

        again = connect().job(job.id)

        assert again.result(PATIENCE).path == path
        assert studio.paid == ["sounds"]

    def test_a_page_is_no_sound(self, client, studio):
        """A gateway may have sent it, so that it is not known what became of the job."""
        studio.sound = answer(b"<html>Please sign in</html>", Content_Type="text/html")
        job = client.submit(Say(text="Hello"))

        with pytest.raises(ls.SubmitUnknown, match="the answer is text/html"):
            job.result(PATIENCE)

    @pytest.mark.parametrize("kind", ["text/plain", "text/html", "application/json", ""])
    def test_a_sound_is_known_by_its_content(self, client, studio, samples, kind):
        """Whatever its type is said to be."""
        studio.sound = answer(samples.speech.read_bytes(), Content_Type=kind)

        assert client.submit(Say(text="Hello")).result(PATIENCE).duration_s > 0

    @pytest.mark.parametrize("content", [b"garbage" * 99, b"<Error>busy</Error>", b"RIFF\0\0\0\0"])
    def test_what_is_no_sound_is_kept_and_its_job_is_lost(self, client, connect, studio, content):
        """It was paid, and is no success; so it stays for the next client, which pays nothing."""
        studio.sound = answer(content, Content_Type="audio/wav")
        job = client.submit(Say(text="Hello"))

        with pytest.raises(ls.SubmitUnknown, match="own answered with no audio; see ") as lost:
            job.result(PATIENCE)
        path = Path(re.search("see ([^;]+)", str(lost.value))[1])
        assert path.read_bytes() == content
        client.close()
        assert isinstance(connect().job(job.id).exception(PATIENCE), ls.SubmitUnknown)
        assert studio.paid == ["sounds"]

    def test_an_answer_that_is_too_long_is_not_read(self, client, monkeypatch):
        """The limit is the call's."""
        monkeypatch.setattr(Own, "largest", 1000)
        job = client.submit(Say(text="Hello"))

        with pytest.raises(ls.SubmitUnknown, match="too long"):
            job.result(PATIENCE)
