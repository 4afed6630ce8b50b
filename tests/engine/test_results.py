"""What becomes of results: whole videos, half ones, and those of another length."""

import pytest
from conftest import PATIENCE
from hosts import Host, answer, says
from media_files import made, picture, sound

import lipsync_nb as ls
from lipsync_nb.ledger.record import Record
from lipsync_nb.notebook.card import job_card
from lipsync_nb.status import JobStatus


class Vendor:
    """Lingdong, which has made a video.

    Args:
        video: What it sends as the video.
        seconds: The length that it gives.
    """

    def __init__(self, video, seconds):
        self.video = video
        self.seconds = seconds

    def __call__(self, arrival):
        """Answer a submission, a poll or a download."""
        task = {"success": True, "task_id": "t1", "status": "completed", "duration": self.seconds}
        if "/files/" not in arrival.target:
            return says(task | {"download_url": "/files/a.mp4?sig=x"})
        return answer(self.video, Content_Type="video/mp4")


@pytest.fixture
def fetched(tmp_path):
    """Return a function that has a job done by a vendor; it returns the job."""
    face, speech = picture(tmp_path / "face.png"), sound(tmp_path / "speech.wav", container="wav")
    clients = []

    def job(vendor_url):
        options = {"ledger": tmp_path / "jobs.sqlite", "results": tmp_path / "r"}
        lingdong = ls.Lingdong("key", base_url=vendor_url)
        client = ls.Client([lingdong], poll=(0.01, 0.1), backoff_scale=0.01, **options)
        clients.append(client)
        job = client.submit(ls.lingdong.Generate(source=face, audio=speech))
        job.exception(PATIENCE)
        return job

    yield job
    for client in clients:
        client.close()


@pytest.mark.parametrize(("seconds", "noted"), [(30.0, True), (1.0, False), (None, False)])
def test_another_length_than_the_vendors_is_a_note(tmp_path, fetched, seconds, noted):
    """The video is kept, as the vendor may round, or count otherwise."""
    video = made(tmp_path, "mp4")
    with Host(Vendor(video.read_bytes(), seconds)) as host:
        job = fetched(host.url)

    assert job.result().path.read_bytes() == video.read_bytes()
    said = "the video has 0.4 s, but the vendor says 30.0 s: it may not be whole"
    assert job.note == (said if noted else None)
    assert job_card(job.record)["error"] == job.note


@pytest.mark.parametrize("seconds", [30.0, None])
def test_a_jobs_length_is_that_of_its_video(tmp_path, fetched, seconds):
    """Once it is here, whatever the vendor says."""
    with Host(Vendor(made(tmp_path, "mp4").read_bytes(), seconds)) as host:
        job = fetched(host.url)

    assert job.record.duration_s == pytest.approx(0.4)


def test_a_note_on_the_media_stays_beside_one_on_the_result():
    """And a result that is fetched again has a note of its own."""
    fields = {"vendor": "x", "kind": "y", "request": "{}", "fingerprint": ""}
    job = Record(id="a", status=JobStatus.succeeded, created_at=0.0, **fields)
    noted = job.noted("image: unseen").noted("image: unseen")

    half = noted.fetched("a.mp4", "the video has 1.0 s, but the vendor says 2.0 s")
    assert half.note == "image: unseen; the video has 1.0 s, but the vendor says 2.0 s"
    assert half.fetched("a.mp4", None).note == "image: unseen"
    assert job.fetched("a.mp4", "the video has 1.0 s").fetched("a.mp4", None).note is None


def test_half_a_video_is_no_result(tmp_path, fetched):
    """The job has ended, and the video can be fetched again."""
    video = made(tmp_path, "mp4").read_bytes()
    vendor = Vendor(video[: len(video) * 2 // 3], None)
    with Host(vendor) as host:
        job = fetched(host.url)
        assert isinstance(job.error, ls.DownloadError)
        assert list((tmp_path / "r").iterdir()) == []

        vendor.video = video
        assert job.result(PATIENCE).path.read_bytes() == video


def test_a_vendor_is_asked_for_a_new_url_no_sooner_than_it_wants_to_be_polled(tmp_path):
    """A download that fails is no reason to poll more often."""
    polls, video = [], made(tmp_path, "mp4").read_bytes()

    def respond(arrival):
        if arrival.method == "POST":
            return says({"id": "j1", "status": "processing"})
        if "/jobs/j1" in arrival.target:
            polls.append(arrival.at)
            return says({"status": "completed", "output": f"/files/{len(polls)}.mp4"})
        return answer(video, Content_Type="video/mp4") if "/2.mp4" in arrival.target else says({})

    with Host(respond) as host:
        studio = ls.LipsyncStudio("sk_key", base_url=host.url)
        studio.poll_seconds = (0.5, 0.6)
        options = {"ledger": tmp_path / "jobs.sqlite", "results": tmp_path / "r"}
        with ls.Client([studio], backoff_scale=0.01, **options) as client:
            order = ls.lipsync_studio.LipSyncImage(
                image="https://x.test/a.jpg", audio="https://x.test/a.wav"
            )
            client.submit(order).result(PATIENCE)

    first, second = polls
    assert second - first >= 0.5
