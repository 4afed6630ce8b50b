"""A job whose fields hold other jobs waits for their results, and is paid once with them."""

import copy
import json
import pickle
from collections.abc import Callable

import pandas as pd
import pytest
from conftest import PATIENCE, Samples
from waiting import wait_until

import lipsync_nb as ls
from lipsync_nb.sandbox import Sandbox

Connect = Callable[..., ls.Client]
TEXT = "Hello there. This is a short test."


@pytest.fixture
def voice(sandbox: Sandbox) -> str:
    """One of Chanjing's voices."""
    with ls.Client.sandbox(sandbox) as client:
        return str(client.vendors["chanjing"].voices()["id"][1])


@pytest.fixture
def paid(sandbox: Sandbox) -> Callable[[], int]:
    """Return how many requests the vendors were paid for since the test began."""

    def count() -> int:
        return sum(seen.get("paid", 0) for seen in sandbox.stats().values())

    before = count()
    return lambda: count() - before


def speech(voice: str, text: str = TEXT, **fields: object) -> ls.chanjing.Speech:
    """Return the request for a speech."""
    return ls.chanjing.Speech(text=text, voice=voice, **fields)


def synced(samples: Samples, audio: object, **fields: object) -> ls.chanjing.LipSync:
    """Return the request for a clip whose lips follow an audio."""
    sizes = {"screen_width": 240, "screen_height": 240}
    return ls.chanjing.LipSync(video=samples.clip, audio=audio, **sizes, **fields)


def broken(sandbox: Sandbox) -> None:
    """Let Chanjing's next job fail."""
    sandbox.faults("chanjing", "failed", reason="no reason")


class TestChains:
    """What was entered goes out when its inputs are done."""

    def test_a_speech_becomes_a_video_and_that_video_another(self, client, samples, voice, paid):
        """Each step uses the results of those before it, also at another vendor."""
        spoken = client.submit(speech(voice))
        video = client.submit(synced(samples, spoken))
        again = client.submit(ls.lingdong.Generate(source=video, audio=spoken))

        assert (video.inputs, again.inputs) == ([spoken], [video, spoken])
        audio, last = spoken.result(PATIENCE), again.result(PATIENCE)

        assert isinstance(audio, ls.Audio)
        assert isinstance(last, ls.Video)
        assert last.duration_s == pytest.approx(audio.duration_s, abs=0.3)
        assert video.result() != last
        assert paid() == 3

    def test_it_is_entered_at_once_and_says_what_it_waits_for(
        self, connect, samples, voice, sandbox
    ):
        """In its status, in the frame of the jobs, and in the error of an impatient caller."""
        client = connect()
        sandbox.faults("chanjing", "latency", step="submit", seconds=1.0)
        spoken = client.submit(speech(voice, "It takes a while."))
        video = client.submit(synced(samples, spoken))

        with pytest.raises(ls.JobTimeout, match=f"it waits for <Job {spoken.id} chanjing.Speech"):
            video.result(0)
        frame = client.jobs.set_index("id")

        assert video.status == "waiting"
        assert frame.loc[video.id, "inputs"] == spoken.id
        assert pd.isna(frame.loc[spoken.id, "inputs"])
        assert list(frame["makes"]) == ["Audio", "Video"]
        video.result(PATIENCE)

    def test_an_audio_has_the_times_of_its_parts(self, client, voice):
        """They are kept in the ledger with it."""
        audio = client.submit(speech(voice)).result(PATIENCE)
        first, second = audio.subtitles

        assert (first.text, first.start_s) == ("Hello there.", 0.0)
        assert first.end_s <= second.start_s < second.end_s <= audio.duration_s + 0.1

    def test_many_rows_at_once(self, client, samples, voice, paid):
        """As `map` enters them, all or none."""
        texts = [f"This is number {number}." for number in range(4)]
        spoken = client.map(speech(voice, text) for text in texts)
        videos = client.map(synced(samples, each) for each in spoken)

        assert len(client.gather(videos)) == 4
        assert paid() == 8

    def test_a_request_with_a_job_can_be_copied_pickled_and_read_again(
        self, client, samples, voice
    ):
        """What it holds is small: the job's id, and what it makes."""
        spoken = client.submit(speech(voice))
        request = synced(samples, spoken)
        video = client.submit(request)

        assert copy.deepcopy(request) == request == pickle.loads(pickle.dumps(request))
        assert video.request == request
        stored = json.loads(video.record.request)["audio"]
        assert stored == {"job": spoken.id, "makes": "Audio"}


class TestFields:
    """A field takes a job that makes what it takes."""

    def test_a_job_that_makes_something_else_is_refused(self, client, samples, voice):
        """At once, by the field's name."""
        spoken = client.submit(speech(voice))

        with pytest.raises(ls.BadRequest, match=r"LipSync.video: job .* makes Audio, and this tak"):
            ls.chanjing.LipSync(video=spoken, audio=samples.speech)
        with pytest.raises(ls.BadRequest, match=r"Speech.text: job .* makes Audio, and this tak"):
            ls.chanjing.Speech(text=spoken, voice=voice)

    def test_an_audio_can_be_used_as_a_file(self, client, samples, voice, paid):
        """It is a path."""
        audio = client.submit(speech(voice)).result(PATIENCE)

        assert client.submit(synced(samples, audio)).result(PATIENCE).duration_s > 1
        assert paid() == 2

    def test_a_voice_of_another_vendor_is_refused(self):
        """Each vendor has its own."""
        with pytest.raises(ls.BadRequest, match="a voice of yunai cannot be used at chanjing"):
            ls.chanjing.Speech(text="Hello", voice=ls.Voice("yunai", "1"))
        assert ls.chanjing.Speech(text="Hello", voice=ls.Voice("chanjing", "1")).voice == "1"

    def test_an_unknown_job_is_refused(self, client, samples):
        """Such as one of a ledger that was deleted."""
        request = synced(samples, {"job": "0" * 16, "makes": "Audio"})

        with pytest.raises(ls.BadRequest, match="no job 0000000000000000"):
            client.submit(request)
        assert client.jobs.empty

    def test_a_vendor_that_takes_urls_only_needs_a_media_host_for_a_result(self, connect, voice):
        """Which is said before anything waits."""
        client = connect(media_host=None)
        spoken = client.submit(speech(voice))
        request = ls.lipsync_studio.LipSyncVideo(video="https://media.test/a.mp4", audio=spoken)

        with pytest.raises(ls.BadRequest, match=r"LipSyncVideo.audio: this vendor takes URLs only"):
            client.submit(request)


class TestFailures:
    """A job fails, and is not paid, if one of its inputs has no result."""

    def test_a_failed_input_is_named(self, client, samples, voice, sandbox, paid):
        """By its id, with the reason."""
        broken(sandbox)
        spoken = client.submit(speech(voice))
        video = client.submit(synced(samples, spoken))
        again = client.submit(ls.lingdong.Generate(source=video, audio=samples.speech))

        with pytest.raises(ls.JobFailed, match=f"its input chanjing Speech {spoken.id} failed: "):
            video.result(PATIENCE)
        with pytest.raises(ls.JobFailed, match=f"its input chanjing LipSync {video.id} failed"):
            again.result(PATIENCE)
        assert isinstance(video.error, ls.InputFailed)
        assert video.cost == ls.Cost(0.0, "beans")
        assert paid() == 1

    def test_what_waits_for_a_job_that_is_given_up_ends(self, connect, samples, voice, paid):
        """Whether it was cancelled as it waited itself, or abandoned after it was sent."""
        client = connect(poll=(30, 30))
        spoken = client.submit(speech(voice))
        first, other = client.map([synced(samples, spoken), synced(samples, spoken, volume=50)])
        second = client.submit(ls.lingdong.Generate(source=first, audio=samples.speech))
        first.cancel()
        wait_until(lambda: spoken.status == "queued")
        spoken.abandon()

        with pytest.raises(ls.JobFailed, match=f"{first.id} was cancelled; nothing was paid"):
            second.result(PATIENCE)
        with pytest.raises(ls.JobFailed, match=f"{spoken.id} was abandoned; nothing was paid"):
            other.result(PATIENCE)
        assert paid() == 1

    def test_a_result_that_does_not_suit_is_refused_before_the_payment(
        self, client, samples, voice, paid
    ):
        """The check that needs the file is done when it is there."""
        spoken = client.submit(speech(voice))
        request = ls.yunai.AvatarVideo(
            avatar=samples.face, clone={"audio": spoken, "language": "en", "text": "Hello"}
        )
        clone = client.submit(request)

        with pytest.raises(ls.JobFailed, match=r"clone.audio: .* under the minimum of 20 s"):
            clone.result(PATIENCE)
        assert isinstance(clone.error, ls.BadRequest)
        assert paid() == 1

    def test_a_lost_input_is_waited_for_and_its_successor_is_used(
        self, client, samples, voice, sandbox, paid
    ):
        """The waiting job goes on with the job that replaces it, and counts as its request."""
        sandbox.faults("chanjing", "reset_after", step="submit")
        spoken = client.submit(speech(voice))
        video = client.submit(synced(samples, spoken))
        with pytest.raises(ls.SubmitUnknown):
            spoken.result(PATIENCE)
        for _ in "twice":
            with pytest.raises(ls.JobTimeout, match=r"it waits for .*chanjing\.Speech: unknown"):
                video.result()
        assert video.status == "waiting"

        new = spoken.resubmit()

        assert video.result(PATIENCE).duration_s > 1
        assert video.inputs == [new]
        assert client.submit(synced(samples, new)) == video
        assert client.submit(synced(samples, spoken)) == video
        assert paid() == 3  # the lost one was accepted

    def test_an_input_whose_deadline_has_passed_is_asked_for_again(
        self, connect, samples, voice, sandbox
    ):
        """By whoever wants the result of what waits for it."""
        sandbox.faults("chanjing", "status", step="poll", status=503, times=9)
        client = connect(deadline=0.5, backoff_scale=0)
        video = client.submit(synced(samples, client.submit(speech(voice))))

        with pytest.raises(ls.JobTimeout, match="it waits for"):
            video.result()
        sandbox.clear_faults()
        made = wait_until(lambda: video.exception() is None)

        assert made
        assert video.result().duration_s > 1

    def test_a_failed_chain_goes_on_when_its_steps_are_resubmitted(
        self, client, samples, voice, sandbox
    ):
        """First the input, then what used it: it uses the new one."""
        broken(sandbox)
        spoken = client.submit(speech(voice))
        video = client.submit(synced(samples, spoken))
        video.exception(PATIENCE)

        new, again = spoken.resubmit(), video.resubmit()

        assert again.inputs == [new]
        assert again.result(PATIENCE).duration_s > 1

    def test_a_file_that_changes_while_its_job_waits_is_not_sent(
        self, connect, samples, voice, tmp_path, paid
    ):
        """As one that changes before any other job is sent."""
        client = connect(poll=(1, 1))
        clip = tmp_path / "clip.mp4"
        clip.write_bytes(samples.clip.read_bytes())
        spoken = client.submit(speech(voice))
        video = client.submit(synced(samples, spoken).model_copy(update={"video": ls.Media(clip)}))
        clip.write_bytes(samples.clip.read_bytes() + b"\0" * 9)

        with pytest.raises(ls.JobFailed, match="a media file has changed"):
            video.result(PATIENCE)
        assert paid() == 1

    def test_wanted_repeats_all_use_the_successor_of_their_input(
        self, client, samples, voice, sandbox, paid
    ):
        """None replaces another."""
        sandbox.faults("chanjing", "reset_after", step="submit")
        spoken = client.submit(speech(voice))
        videos = [client.submit(synced(samples, spoken), fresh=True) for _ in range(3)]
        spoken.exception(PATIENCE)
        new = spoken.resubmit()

        assert len({str(made) for made in client.gather(videos)}) == 3
        assert [video.inputs for video in videos] == [[new]] * 3
        assert paid() == 5  # the lost one was accepted

    def test_a_lost_job_that_was_attached_after_all_is_used(self, client, samples, voice, sandbox):
        """Although another job had replaced it."""
        sandbox.faults("chanjing", "reset_after", step="submit")
        spoken = client.submit(speech(voice))
        spoken.exception(PATIENCE)
        vendor_id = sandbox.jobs("chanjing")[-1]["id"]
        spoken.resubmit().result(PATIENCE)
        spoken.attach(vendor_id)

        video = client.submit(synced(samples, spoken))

        assert video.inputs == [spoken]
        assert video.result(PATIENCE).duration_s > 1

    def test_another_client_can_cancel_what_waits(self, connect, samples, voice, sandbox):
        """Whoever waits for it is told at once."""
        client, other = connect(), connect()
        sandbox.faults("chanjing", "stuck", step="submit")
        video = client.submit(synced(samples, client.submit(speech(voice))))
        other.job(video.id).cancel()

        with pytest.raises(ls.JobCancelled):
            video.result(PATIENCE)

    def test_a_deleted_result_is_fetched_again_for_what_uses_it(self, client, samples, voice, paid):
        """Its vendor still has it."""
        spoken = client.submit(speech(voice))
        spoken.result(PATIENCE).path.unlink()

        assert client.submit(synced(samples, spoken)).result(PATIENCE).duration_s > 1
        assert paid() == 2


class TestPaidOnce:
    """An input counts by its id."""

    def test_cells_that_are_run_again_return_the_same_jobs(self, client, samples, voice, paid):
        """Before and after their ends."""

        def cells() -> list[ls.Job]:
            spoken = client.submit(speech(voice))
            return [spoken, client.submit(synced(samples, spoken))]

        first = cells()
        assert cells() == first
        first[1].result(PATIENCE)
        assert cells() == first
        assert paid() == 2

    def test_a_fresh_input_makes_what_uses_it_fresh(self, client, samples, voice, paid):
        """Though the text is the same."""
        first = client.submit(synced(samples, client.submit(speech(voice))))
        fresh = client.submit(speech(voice), fresh=True)
        second = client.submit(synced(samples, fresh))

        assert second != first
        assert first.result(PATIENCE) != second.result(PATIENCE)
        assert paid() == 4

    def test_what_a_client_leaves_waiting_is_named_and_sent_when_it_is_asked_for(
        self, connect, samples, voice, capsys, paid
    ):
        """Under the same ids: by the same cells, or by `resume`."""
        with connect(poll=(30, 30)) as client:
            spoken = client.submit(speech(voice))
            video = client.submit(synced(samples, spoken))
            last = client.submit(ls.lingdong.Generate(source=video, audio=samples.speech))
        said = capsys.readouterr().err
        assert f"chanjing LipSync {video.id} waited for {spoken.id}" in said
        assert f"lingdong Generate {last.id} waited for {video.id}" in said

        client = connect()
        taken = client.job(video.id)
        assert isinstance(taken.error, ls.NeverSent)
        assert taken.cost == ls.Cost(0.0, "beans")
        same = client.submit(synced(samples, client.submit(speech(voice))))
        resumed = client.resume(unsent=True)

        assert same == taken
        assert [job.id for job in resumed] == [last.id]
        assert resumed[0].result(PATIENCE).duration_s > 1
        assert len(client.jobs) == paid() == 3

    def test_what_uses_a_job_that_cannot_be_sent_again_is_left_too(
        self, connect, samples, voice, tmp_path, capsys
    ):
        """Until its files are there again: then both go out, under their ids."""
        clip, away = tmp_path / "clip.mp4", tmp_path / "away.mp4"
        clip.write_bytes(samples.clip.read_bytes())
        with connect(poll=(30, 30)) as client:
            spoken = client.submit(speech(voice))
            video = client.submit(
                synced(samples, spoken).model_copy(update={"video": ls.Media(clip)})
            )
            last = client.submit(ls.lingdong.Generate(source=video, audio=samples.speech))
        clip.rename(away)
        client = connect()

        assert client.resume(unsent=True) == []
        assert "2 requests are not sent again" in capsys.readouterr().err
        away.rename(clip)
        assert [job.id for job in client.resume(unsent=True)] == [video.id, last.id]
        assert client.job(last.id).result(PATIENCE).duration_s > 1

    def test_a_done_job_of_another_ledger_counts_as_its_file(
        self, connect, samples, voice, tmp_path
    ):
        """One that is not done is refused."""
        elsewhere = connect(ledger=tmp_path / "other.sqlite")
        spoken = elsewhere.submit(speech(voice))
        audio = spoken.result(PATIENCE)
        client = connect()

        video = client.submit(synced(samples, spoken))

        assert video.inputs == []
        assert client.submit(synced(samples, audio.path)) == video
        unfinished = connect(ledger=tmp_path / "other.sqlite", poll=(30, 30)).submit(
            speech(voice, "Another text.")
        )
        with pytest.raises(ls.BadRequest, match=r"is in another ledger, .*wait for its result"):
            client.submit(synced(samples, unfinished))


class TestBudgets:
    """A waiting job reserves what its text lets expect, and is checked again when it is sent."""

    LONG = "This is a rather long text that takes quite a while to be spoken. " * 4

    def test_the_estimate_of_a_text_is_reserved(self, connect, samples, voice):
        """A later job cannot spend it."""
        client = connect()
        spoken = client.submit(speech(voice, self.LONG))
        waiting = client.submit(synced(samples, spoken))

        assert waiting.cost.estimated
        assert waiting.cost.amount > 15
        waiting.result(PATIENCE)
        assert waiting.cost.amount < 25

    def test_what_exceeds_the_budget_once_the_length_is_known_is_not_paid(
        self, connect, samples, voice, paid
    ):
        """Digits are spoken for longer than their text lets expect."""
        maker = connect()
        spoken = maker.submit(speech(voice, "123456789 " * 5))
        client = connect(budget={"chanjing": 8})

        video = client.submit(synced(samples, client.job(spoken.id)))

        assert video.cost.amount < 8
        with pytest.raises(ls.JobFailed, match="exceeds the budget"):
            video.result(PATIENCE)
        assert isinstance(video.error, ls.BudgetExceeded)
        assert video.cost.amount == 0
        assert paid() == 1

    def test_an_unknown_cost_is_refused_when_it_is_known_to_be_unknown(self, connect, voice):
        """No page has a price of a speech; what waits for it may still be affordable."""
        with pytest.raises(ls.BudgetExceeded, match="cost of a Speech cannot be estimated"):
            connect(budget={"chanjing": 500}).submit(speech(voice))
