"""Projects, titles, keys and notes: kept with the jobs, and never a reason to pay again."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from conftest import PATIENCE, Samples
from hosts import Host, says
from media_files import picture, sound

import lipsync_nb as ls
from lipsync_nb.ledger.details import LONGEST, Details

Connect = Callable[..., ls.Client]
SAID = {"project": "autumn", "title": "秋天", "notes": "the second take"}
SECRET = "not-for-any-vendor"


@pytest.fixture
def request_(samples: Samples) -> ls.lingdong.Generate:
    """A request."""
    return ls.lingdong.Generate(source=samples.face, audio=samples.speech)


def details_of(job: ls.Job) -> dict[str, str | None]:
    """Return what the user has said of a job."""
    return {"project": job.project, "title": job.title, "notes": job.notes}


def test_they_are_kept_over_restarts(connect: Connect, request_):
    """Both what is said with the request, and what is said later."""
    first = connect()
    job = first.submit(request_, **SAID | {"title": "first"})
    job.title = "秋天"
    job.result(PATIENCE)
    first.close()

    again = connect()

    assert details_of(again.job(job.id)) == SAID
    row = again.jobs.set_index("id").loc[job.id]
    assert {name: row[name] for name in SAID} == SAID


def test_what_is_removed_is_gone(client: ls.Client, request_):
    """By an empty text, or ``None``."""
    job = client.submit(request_, **SAID)

    job.title, job.notes = "", None

    assert details_of(job) == {"project": "autumn", "title": None, "notes": None}


def test_other_kernels_see_them(connect: Connect, request_):
    """And may change them."""
    one, other = connect(), connect()
    job = one.submit(request_, **SAID)
    job.result(PATIENCE)

    other.job(job.id).notes = "the third take"

    assert details_of(one.job(job.id)) == SAID | {"notes": "the third take"}


def test_a_job_is_not_paid_again_because_of_a_title(client: ls.Client, sandbox, request_):
    """It keeps its own details, and only empty ones are filled."""
    job = client.submit(request_, title="秋天")
    job.result(PATIENCE)
    before = sandbox.stats("lingdong")["paid"]

    again = client.submit(request_, project="autumn", title="another", notes="the second take")

    assert again == job
    assert details_of(job) == SAID
    again.result(PATIENCE)
    assert sandbox.stats("lingdong")["paid"] == before


def test_a_resubmitted_job_keeps_them(client: ls.Client, sandbox, request_):
    """They are said of what is made, not of an attempt."""
    sandbox.faults("lingdong", "failed")
    job = client.submit(request_, **SAID)
    job.exception(PATIENCE)

    again = job.resubmit()

    assert again != job
    assert details_of(again) == SAID


def test_a_job_that_was_never_sent_keeps_them(connect: Connect, samples: Samples, sandbox):
    """It is the same job once it is submitted again."""
    sandbox.faults("xingyun", "stuck")
    first = connect()
    script = [{"text": "Hi."}]
    figure = {"look_name": "anna", "tts_vcn_name": "clear", "studio_name": "loft"}
    video = first.submit(ls.xingyun.RenderScript(segments=script, **figure))
    job = first.submit(ls.lingdong.Generate(source=video, audio=samples.speech), **SAID)
    first.close(wait=False)
    second = connect()
    assert second.job(job.id).status == "cancelled"

    second.resume(unsent=True)

    assert second.job(job.id).status == "waiting"
    assert details_of(second.job(job.id)) == SAID


def test_a_client_has_a_project_for_its_jobs(connect: Connect, samples: Samples, request_):
    """Unless they are given another, or none."""
    client = connect(project="winter")
    others = ls.lingdong.Generate(source=samples.clip, audio=samples.speech)

    jobs = [client.submit(request_), client.submit(others, project="autumn")]

    assert [job.project for job in jobs] == ["winter", "autumn"]
    assert client.map([request_], project="other", fresh=True)[0].project == "other"


@pytest.mark.parametrize("name", SAID)
def test_what_is_too_long_or_no_text_is_refused_before_anything_is_written(
    client: ls.Client, request_, name
):
    """The error names it, and how much is kept."""
    for value, told in [("a" * (LONGEST[name] + 1), "shorten it"), (7, f"{name}=7 is no text")]:
        with pytest.raises(ls.BadRequest, match=told):
            client.submit(request_, **{name: value})

    assert len(client.jobs) == 0


def test_a_wrong_project_of_a_client_is_refused(tmp_path: Path):
    """Before the ledger is made."""
    with pytest.raises(ls.BadRequest, match="project=7 is no text"):
        ls.Client([], project=7, ledger=tmp_path / "jobs.sqlite", results=tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_key_is_kept_with_the_others(client: ls.Client, request_):
    """It comes from the user's own table."""
    [job] = client.enter([(request_, Details(key="row 7", **SAID))])

    assert (job.key, details_of(job)) == ("row 7", SAID)
    assert client.jobs["key"].item() == "row 7"


def test_they_are_never_sent(tmp_path: Path):
    """Nothing that a vendor gets contains them."""
    face, speech = picture(tmp_path / "face.png"), sound(tmp_path / "speech.wav", container="wav")
    refusal = {"success": False, "error": "no"}
    with Host(lambda _: says(refusal)) as host:
        lingdong = ls.Lingdong("key", base_url=host.url)
        options = {"ledger": tmp_path / "jobs.sqlite", "results": tmp_path / "r"}
        with ls.Client([lingdong], backoff_scale=0.01, **options) as client:
            request = ls.lingdong.Generate(source=face, audio=speech)
            job = client.submit(request, **dict.fromkeys(SAID, SECRET))
            job.exception(PATIENCE)

    assert host.arrived
    assert not [arrival for arrival in host.arrived if SECRET in repr(arrival)]


def test_a_title_is_no_formula_in_an_exported_table(client: ls.Client, request_):
    """It may come from somebody else's table. The job has it as it was given."""
    job = client.submit(request_, title="=1+1")

    read = pd.read_csv(StringIO(client.jobs.to_csv(index=False)))

    assert read["title"].item() == "'=1+1"
    assert job.title == "=1+1"
