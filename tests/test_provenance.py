"""How a result was made: told without secrets, and made again from what is told."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from conftest import PATIENCE, Samples
from media_files import clip
from test_upgrade import FACE_URL, FILES, FINGERPRINTS, in_full
from test_upgrade import HOOK as UPGRADE_HOOK

import lipsync_nb as ls
from lipsync_nb.jobs.copying import as_text, copy_with_comment, read_file
from lipsync_nb.jobs.provenance import described
from lipsync_nb.jobs.remake import _local
from lipsync_nb.ledger import Record
from lipsync_nb.media.reference import JobReference
from lipsync_nb.media.remux import copy_with_tags, tags_of
from lipsync_nb.sandbox import Sandbox
from lipsync_nb.status import JobStatus

Connect = Callable[..., ls.Client]
SIGNED = "https://media.test/face.png?signature=SECRET"
HOOK = "https://me.test/hook?token=SECRET"
UNSENT = {"status": JobStatus.failed, "created_at": 1.0}


@pytest.fixture
def media(tmp_path: Path, samples: Samples) -> Path:
    """A folder with a face and a speech of this test's own."""
    folder = tmp_path / "media"
    folder.mkdir()
    shutil.copy(samples.face, folder / "脸.png")
    shutil.copy(samples.speech, folder / "speech.wav")
    return folder


def generate(media: Path, **fields: object) -> ls.lipsync_studio.LipSyncImage:
    """Return a request with a seed."""
    face, speech = media / "脸.png", media / "speech.wav"
    return ls.lipsync_studio.LipSyncImage(image=face, audio=speech, seed=7, **fields)


@pytest.fixture
def job(client: ls.Client, media: Path) -> ls.Job:
    """A job that is done."""
    job = client.submit(generate(media), project="autumn", title="t", notes="n")
    job.result(PATIENCE)
    return job


def test_it_tells_what_was_asked_for_and_what_came_of_it(job: ls.Job, media: Path):
    """Files by their names and hashes, not by their paths."""
    said = ls.provenance(job)

    assert json.loads(json.dumps(said)) == said
    assert (said["vendor"], said["kind"]) == ("lipsync_studio", "LipSyncImage")
    image = said["fields"]["image"]
    assert (image["name"], image["sha256"]) == ("脸.png", ls.Media(media / "脸.png").local().digest)
    assert said["seed"] == said["fields"]["seed"] == 7
    assert (said["job"], said["vendor_id"]) == (job.id, job.vendor_id)
    assert said["cost"]["unit"] == job.cost.unit
    assert said["result"]["sha256"] == ls.Media(job.result().path).local().digest
    assert {"lipsync_nb", "python", "ffmpeg"} == said["versions"].keys()
    assert [said[name] for name in ("project", "title", "notes")] == ["autumn", "t", "n"]
    assert said["created_at"] < said["finished_at"]
    assert str(media) not in json.dumps(said, ensure_ascii=False)


def test_a_sidecar_and_the_comment_tell_it(job: ls.Job, tmp_path: Path):
    """What is published with the video has neither paths, nor the project, nor the notes."""
    video = job.download(tmp_path / "out.mp4", sidecar=True)

    sidecar = json.loads((tmp_path / "out.json").read_text("utf-8"))
    comment = json.loads(tags_of(video.path)["comment"])
    assert sidecar["fields"]["image"]["path"] == "media/脸.png"
    assert sidecar["project"] == "autumn"
    assert comment["fields"]["image"]["name"] == "脸.png"
    assert not comment.keys() & {"project", "title", "key", "notes", "cost", "ledger", "result"}
    assert "path" not in comment["fields"]["image"]
    assert str(tmp_path) not in json.dumps(comment, ensure_ascii=False)
    assert video.duration_s == pytest.approx(job.result().duration_s, abs=0.05)


def test_a_speech_has_a_sidecar_too(client: ls.Client, tmp_path: Path):
    """Its file is copied as it is."""
    job = client.submit(ls.xingyun.Speech(text="Hello.", voice="clear"))

    speech = job.download(tmp_path / "mine", timeout=PATIENCE, name="{kind}", sidecar=True)

    assert speech.path.stem == "Speech"
    assert speech.path.read_bytes() == job.result().path.read_bytes()
    assert client.submit(ls.request_from(tmp_path / "mine" / "Speech.json")) == job


def test_the_vendors_own_file_is_not_changed(job: ls.Job, tmp_path: Path):
    """A sidecar is for a copy."""
    before = job.result().path.read_bytes()
    job.download(tmp_path / "out.mp4", sidecar=True)

    with pytest.raises(ls.BadRequest, match="is the result itself"):
        job.download(job.result().path, sidecar=True)
    with pytest.raises(ls.BadRequest, match="give the path too"):
        job.download(sidecar=True)

    assert job.result().path.read_bytes() == before


def test_a_file_that_is_no_sidecar_is_not_overwritten(job: ls.Job, tmp_path: Path):
    """Nor is the copy made then. A sidecar of ours is replaced."""
    (tmp_path / "out.json").write_text('{"mine": 1}')

    with pytest.raises(ls.BadRequest, match="is no sidecar"):
        job.download(tmp_path / "out.mp4", sidecar=True)

    assert not (tmp_path / "out.mp4").exists()
    for _ in range(2):
        job.download(tmp_path / "other.mp4", sidecar=True)
    names = [job.download(tmp_path, name="{title}", sidecar=True).path.name for _ in range(2)]
    assert names == ["t.mp4", "t.mp4"]


@pytest.mark.parametrize("source", ["out.json", "out.mp4", "dict"])
def test_the_same_request_is_the_same_job(client: ls.Client, job: ls.Job, media, source):
    """In the same ledger, nothing is paid again."""
    job.download(media / "out.mp4", sidecar=True)
    told = ls.provenance(job) if source == "dict" else media / source
    given = {"image": media / "脸.png", "audio": media / "speech.wav"} if source == "dict" else {}

    request = ls.request_from(told, media=given)

    assert request.fingerprint() == job.request.fingerprint()
    assert client.submit(request) == job
    assert client.submit(request, fresh=True) != job


def test_another_ledger_sends_the_vendor_the_same(
    connect: Connect, job: ls.Job, sandbox: Sandbox, media: Path, tmp_path: Path
):
    """There it is a job of its own, which makes the same."""
    job.download(media / "out.mp4", sidecar=True)
    before = sandbox.stats("lipsync_studio")["paid"]

    other = connect(ledger=tmp_path / "other.sqlite", results=tmp_path / "others")
    again = other.submit(ls.request_from(media / "out.json"))

    assert again.result(PATIENCE).path.exists()
    assert sandbox.stats("lipsync_studio")["paid"] == before + 1
    assert again.record.fingerprint == job.record.fingerprint
    assert again.request == job.request


def test_a_folder_can_be_moved_with_all_that_is_in_it(client, job: ls.Job, media, tmp_path):
    """Media are found beside the sidecar, by its paths or by their names."""
    job.download(media / "out.mp4", sidecar=True)
    moved = media.rename(tmp_path / "moved")

    assert client.submit(ls.request_from(moved / "out.json")) == job
    assert client.submit(ls.request_from(moved / "out.mp4")) == job


def test_what_is_missing_or_has_changed_is_named(client, job: ls.Job, media, samples):
    """With what to give instead."""
    job.download(media / "out.mp4", sidecar=True)
    (media / "脸.png").rename(media / "another.png")
    (media / "speech.wav").write_bytes(b"changed")

    with pytest.raises(ls.BadRequest, match=r"脸.png is missing.*media=\{.*\"image\"") as refused:
        ls.request_from(media / "out.json")
    assert [field for field, _ in refused.value.fields] == ["image", "audio"]
    assert "speech.wav has changed" in str(refused.value)

    given = {"image": media / "another.png", "audio": samples.speech}
    assert client.submit(ls.request_from(media / "out.json", media=given)) == job
    with pytest.raises(ls.BadRequest, match="there is no 'video'; inputs are image, audio"):
        ls.request_from(media / "out.json", media={"video": "a.mp4"})


def test_no_secret_is_told(connect: Connect, media: Path, sandbox: Sandbox):
    """Neither keys, nor callback URLs, nor the queries of URLs; the request says what to give."""
    client = connect()
    key = next(iter(sandbox.keys["lingdong"].values()))
    request = ls.lingdong.Generate(source=SIGNED, audio=media / "speech.wav", callback_url=HOOK)
    with client:
        record = client.validator.record(request, client.vendors["lingdong"])
        [entered] = client.ledger.reserve([record], reuse=False, allow=lambda *_: None)
        job = client.job(entered.id)
        job.notes = f"the key is {key}"
        said = ls.provenance(job)

        text = json.dumps(said)
        assert "SECRET" not in text
        assert key not in text
        assert said["fields"]["source"]["url"] == "https://media.test/face.png"
        with pytest.raises(ls.BadRequest, match="may be secret") as refused:
            ls.request_from(said, media={"audio": media / "speech.wav"})
        assert [field for field, _ in refused.value.fields] == ["source", "callback_url"]
        given = {"source": SIGNED, "callback_url": HOOK, "audio": media / "speech.wav"}
        assert ls.request_from(said, media=given).fingerprint() == record.fingerprint


@pytest.mark.parametrize("way", FINGERPRINTS)
def test_every_request_can_be_made_again(tmp_path: Path, way: str):
    """With all its fields; what may be secret, and only that, must be given."""
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    request = in_full(tmp_path.joinpath)[way]
    with ls.Client([], ledger=tmp_path / "jobs.sqlite", results=tmp_path / "r") as client:
        fields = request.model_dump_json(exclude_unset=True)
        told = {"request": fields, "fingerprint": request.fingerprint()}
        record = Record("a", request.vendor, request.kind(), **told, **UNSENT)
        client.ledger.reserve([record], reuse=False, allow=lambda *_: None)
        sidecar = tmp_path / "out.json"
        said = described(client.session, client.job("a").record, sidecar)
    sidecar.write_text(as_text(said), "utf-8")

    assert UPGRADE_HOOK not in sidecar.read_text("utf-8")
    assert "?sig=" not in sidecar.read_text("utf-8")
    given = {request.callback_field: UPGRADE_HOOK} if request.callback_field else {}
    given |= {"segments.1.media_url": FACE_URL} if "with pictures" in way else {}
    assert ls.request_from(sidecar, media=given).fingerprint() == FINGERPRINTS[way][0]
    if given:
        with pytest.raises(ls.BadRequest, match="may be secret"):
            ls.request_from(sidecar)


def test_a_text_that_a_job_made_is_used_again(connect: Connect, media: Path):
    """Also where its ledger is not: then its words are."""
    client = connect()
    text = client.submit(ls.yunai.Rewrite(text="Hello there, my friend."))
    figure = {"look_name": "anna", "tts_vcn_name": "clear", "studio_name": "loft"}
    job = client.submit(ls.xingyun.RenderScript(segments=[{"text": text}], **figure))
    job.download(media / "out.mp4", sidecar=True, timeout=PATIENCE)

    assert client.submit(ls.request_from(media / "out.json")) == job
    client.close()
    elsewhere = ls.request_from(media / "out.mp4")
    assert elsewhere.segments[0].text == text.result()


def test_a_job_as_input_is_used_again(connect: Connect, media: Path):
    """In its ledger as the job, elsewhere as the file that it made."""
    client = connect()
    speech = client.submit(ls.xingyun.Speech(text="Hello.", voice="clear"))
    request = ls.lipsync_studio.LipSyncImage(image=media / "脸.png", audio=speech)
    job = client.submit(request)
    job.download(media / "out.mp4", sidecar=True, timeout=PATIENCE)
    shutil.copy(speech.result().path, media)

    for name in ("out.json", "out.mp4"):
        again = ls.request_from(media / name)
        assert again.inputs() == [speech.reference]
        assert client.submit(again) == job
    client.close()
    here = ls.request_from(media / "out.json")
    elsewhere = ls.request_from(media / "out.mp4")

    assert here.inputs() == [speech.reference]
    assert elsewhere.inputs() == []
    assert elsewhere.audio.local().digest == ls.Media(speech.result().path).local().digest
    assert connect().submit(here) == job


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("{}", "does not tell how it was made"),
        ('{"format": "lipsync_nb provenance 2", "fields": {}}', "newer version"),
        ('{"format": "lipsync_nb provenance 1", "fields": {}}', "no vendor None"),
        (
            '{"format": "lipsync_nb provenance 1", "fields": {}, "vendor": "yunai", "kind": "X"}',
            "has no X",
        ),
    ],
)
def test_what_tells_nothing_is_refused(tmp_path: Path, written, told):
    """Whoever has written it."""
    path = tmp_path / "out.json"
    path.write_text(written)

    with pytest.raises(ls.BadRequest, match=told):
        ls.request_from(path)
    with pytest.raises(ls.BadRequest, match="is not a file"):
        ls.request_from(tmp_path / "none.json")
    with pytest.raises(ls.BadRequest, match="does not tell"):
        ls.request_from(clip(tmp_path / "clip.mp4"))


@pytest.mark.parametrize(
    "tags",
    [{}, {"comment": "made by a vendor"}, {"comment": "a", "description": "b"}, {"AIGC": "{}"}],
)
def test_what_a_vendor_wrote_into_the_file_is_kept(tmp_path: Path, tags):
    """Ours comes in the comment, else in the description, else in a line of its own."""
    source = tmp_path / "source.mp4"
    copy_with_tags(clip(tmp_path / "clip.mp4"), source, tags)
    said = {"format": "lipsync_nb provenance 1", "fields": {"text": "秋天\n" * 5000}}

    copy_with_comment(source, tmp_path / "copy.mp4", said)

    copied = tags_of(tmp_path / "copy.mp4")
    assert all(copied[name].startswith(text) for name, text in tags.items())
    assert read_file(tmp_path / "copy.mp4") == said


def test_a_copy_with_tags_has_the_same_packets(tmp_path: Path, samples: Samples):
    """Nothing is encoded again."""
    copy_with_tags(samples.clip, tmp_path / "copy.mp4", {"title": "秋天"})

    assert packets(tmp_path / "copy.mp4") == packets(samples.clip)
    assert tags_of(tmp_path / "copy.mp4")["title"] == "秋天"


def packets(path: Path) -> list[tuple[int, float, bytes]]:
    """Return what the tracks of a file consist of."""
    with av.open(str(path)) as container:
        return [
            (each.stream.index, float(each.pts * each.time_base), bytes(each))
            for each in container.demux()
            if each.pts is not None
        ]


def test_an_edited_copy_is_not_overwritten(job: ls.Job, tmp_path: Path):
    """The next copy of the same name gets a number; a whole one is written again."""
    ways = {"name": "{title}", "sidecar": True}
    edited = job.download(tmp_path / "here", **ways).path
    whole = edited.read_bytes()
    edited.write_bytes(b"edited")

    again = [job.download(tmp_path / "here", **ways).path for _ in range(2)]

    assert edited.read_bytes() == b"edited"
    assert {path.name for path in again} == {"t (2).mp4"}
    assert again[0].read_bytes() == whole


@pytest.mark.parametrize("name", ["talk.mov", "talk.json", "talk.JSON"])
def test_the_sidecar_of_another_file_is_not_overwritten(client, job: ls.Job, media, tmp_path, name):
    """It describes that one."""
    job.download(tmp_path / "talk.mp4", sidecar=True)
    before = (tmp_path / "talk.json").read_bytes()
    other = client.submit(generate(media), fresh=True)

    with pytest.raises(ls.BadRequest, match=r"give (another path|such as out\.mp4)"):
        other.download(tmp_path / name, PATIENCE, sidecar=True)

    assert (tmp_path / "talk.json").read_bytes() == before
    assert not (tmp_path / "talk.mov").exists()


@pytest.mark.parametrize("sidecar", [True, False])
def test_the_folder_of_a_copy_is_made(job: ls.Job, tmp_path: Path, sidecar):
    """With a sidecar and without one."""
    assert job.download(tmp_path / "no" / "dir" / "x.mp4", sidecar=sidecar).path.is_file()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("see http://x.y/?sig=SECRET in text", "see http://x.y/ [removed] in text"),
        ("见 http://x.y/视频.mp4?sig=SECRET。好", "见 http://x.y/视频.mp4 [removed]。好"),
        ("two http://x.y/#SECRET, ftp://me:SECRET@x/z", "two http://x.y/ [removed] ftp://x/z"),
        ("nothing http://x.y/z is kept? yes", "nothing http://x.y/z is kept? yes"),
    ],
)
def test_a_signed_url_in_a_text_is_not_told(tmp_path: Path, text, told):
    """Neither in the fields nor in the notes; the request asks for the text again."""
    with ls.Client([], ledger=tmp_path / "jobs.sqlite", results=tmp_path / "r") as client:
        request = ls.yunai.Rewrite(text=text)
        fields = {"request": request.model_dump_json(exclude_unset=True), **UNSENT}
        record = Record("a", "yunai", "Rewrite", fingerprint=request.fingerprint(), **fields)
        client.ledger.reserve([record], reuse=False, allow=lambda *_: None)
        job = client.job("a")
        job.notes = text
        said = ls.provenance(job)

    assert "SECRET" not in json.dumps(said)
    assert said["notes"].startswith(told)
    if text == told:
        assert ls.request_from(said) == request
        return
    with pytest.raises(ls.BadRequest, match=r"text: .* may be secret"):
        ls.request_from(said)
    assert ls.request_from(said, media={"text": text}) == request


def test_a_clip_says_nothing_of_this_machine(job: ls.Job, client, tmp_path: Path):
    """Whoever has written its comment: neither the paths nor the ledger in it are opened."""
    said = described(job.session, job.record, tmp_path / "elsewhere" / "out.json")
    copy_with_tags(job.result().path, tmp_path / "out.mp4", {"comment": json.dumps(said)})
    (tmp_path / "out.json").write_text(as_text(said), "utf-8")
    client.close()

    assert ls.request_from(tmp_path / "out.json").fingerprint() == job.record.fingerprint
    with pytest.raises(ls.BadRequest, match=r"脸\.png is missing"):
        ls.request_from(tmp_path / "out.mp4")


@pytest.mark.parametrize(
    "share", ["\\\\host\\share\\", "//host/share/", "\\\\?\\UNC\\host\\share\\"]
)
def test_a_share_of_another_machine_is_not_opened(share):
    """Windows would send it the user's name and a hash of the password."""
    assert _local(f"{share}face.png") is None
    assert _local("C:\\face.png") == Path("C:\\face.png")
    assert _local("media/脸.png") == Path("media/脸.png")


def test_a_signed_url_in_a_text_that_a_job_made_is_not_told(tmp_path: Path):
    """Neither of the job itself, nor of one that uses it."""
    text = "see http://x.y/?sig=SECRET"
    with ls.Client([], ledger=tmp_path / "jobs.sqlite", results=tmp_path / "r") as client:
        first = ls.yunai.Rewrite(text="Hello.")
        used = ls.yunai.Rewrite(text=JobReference("a", "Text", ledger=client.ledger.path))
        for job_id, request in (("a", first), ("b", used)):
            fields = {
                "request": request.model_dump_json(exclude_unset=True),
                "result": json.dumps({"text": text}),
            }
            told = {"status": JobStatus.succeeded, "created_at": 1.0, "makes": "Text"}
            record = Record(job_id, "yunai", "Rewrite", fingerprint=job_id, **fields, **told)
            client.ledger.reserve([record], reuse=False, allow=lambda *_: None)
        said = [ls.provenance(client.job(job_id)) for job_id in "ab"]

    assert "SECRET" not in json.dumps(said)
    assert said[0]["result"]["value"] == "see http://x.y/ [removed]"
    assert said[1]["fields"]["text"] == {"input": "job", "job": "a", "makes": "Text"}
