"""Nothing paid is paid again by an upgrade: requests and ledgers of before stay what they were.

`FINGERPRINTS` and ``tests/upgrade/ledger-0.1.0.sqlite`` were made by 0.1.0, and
``tests/upgrade/ledger-8.sqlite`` by the last version whose jobs made videos only. They are never
made anew: whatever becomes of the package, users' ledgers have what is in them.
"""

import shutil
import sqlite3
import struct
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from conftest import PATIENCE, POLL, Samples
from faces import speech
from media_files import picture

import lipsync_nb as ls
from lipsync_nb.sandbox import Sandbox

Connect = Callable[..., ls.Client]
At = Callable[[str], Any]
"""Returns the media of a file's name: its path, or its bytes."""

FOLDER = Path(__file__).parent / "upgrade"
FIRST = "ledger-0.1.0.sqlite"
LEDGERS = {FIRST: "failed", "ledger-8.sqlite": "abandoned"}
"""By the file, the status of the job that was given up; all else is the same."""
THEN = "/then"
"""The folder of all files that the ledgers name; tests move it."""


def silence(seconds: float) -> bytes:
    """Return a WAV file in which nothing is said."""
    rate = 8000
    sound = bytes([128]) * int(seconds * rate)
    form = struct.pack("<HHIIHH", 1, 1, rate, rate, 1, 8)
    parts = b"WAVEfmt " + struct.pack("<I", len(form)) + form
    parts += b"data" + struct.pack("<I", len(sound)) + sound
    return b"RIFF" + struct.pack("<I", len(parts)) + parts


def archive(*names: str) -> bytes:
    """Return what looks like a ZIP file of empty files."""
    return b"".join(
        b"PK\x03\x04" + struct.pack("<5H3I2H", 20, 0, 0, 0, 33, 0, 0, 0, len(name), 0) + name
        for name in map(str.encode, names)
    )


FILES = {
    "face.jpg": b"\xff\xd8\xff\xe0 a face",
    "mask.jpg": b"\xff\xd8\xff\xe0 a mask",
    "clip.mp4": b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom a clip",
    "speech.wav": silence(1.0),
    "reply.wav": silence(1.5),
    "sample.wav": silence(20.5),
    "slides.pptx": archive("[Content_Types].xml", "_rels/.rels", "ppt/presentation.xml", "x"),
}
"""Media by their names; only their first bytes, and the length of sounds, are as they should be."""
FACE_URL = "https://media.test/a%20face.png?sig=x&y=%E8%84%B8"
CLIP_URL = "https://media.test/clip.mp4"
SPEECH_URL = "http://media.test:8080/speech.wav#1"
HOOK = "https://me.test/hook?job=1&word=%E8%84%B8"

FIGURE = {"look_name": "anna", "tts_vcn_name": "clear", "studio_name": "loft"}
SPOKEN = {"text": "Hello.", "audio_man_id": "C-1"}
STOCK_VOICE = {
    "voice_engine_id": "nina",
    "audio_id": "b92d7e1c40d0447eb563a13ec92d9042",
    "language": "en",
    "text": "Hello, world!",
}


def in_full(at: At) -> dict[str, Any]:
    """Return a request of each kind, in each way of asking for it, with every field set.

    Args:
        at: Returns the media of a name in `FILES`.
    """
    face, clip, speech = at("face.jpg"), at("clip.mp4"), at("speech.wav")
    form = {"resolution": "720p", "prompt": "calm\n☃", "seed": 0, "webhook": HOOK}
    titled = {**FIGURE, "video_name": "测试", "sub_title": "off", "if_aigc_mark": False}
    look = {"screen_width": 480, "screen_height": 640, "backway": 2, "drive_mode": "random"}
    look |= {"model": 1, "volume": 70, "callback": HOOK}
    return {
        "lingdong picture": ls.lingdong.Generate(
            source=face, audio=speech, type="image", callback_url=HOOK
        ),
        "lingdong clip": ls.lingdong.Generate(
            source=clip, audio=speech, type="video", callback_url=HOOK
        ),
        "yunai audio": ls.yunai.AvatarVideo(avatar=face, audio=speech, no_watermark=True),
        "yunai clone": ls.yunai.AvatarVideo(
            avatar=face,
            clone={"audio": at("sample.wav"), "language": "zh", "text": "大家好"},
            no_watermark=True,
        ),
        "yunai voice": ls.yunai.AvatarVideo(avatar=clip, voice=STOCK_VOICE, no_watermark=True),
        "lipsync_studio clip": ls.lipsync_studio.LipSyncVideo(
            video=clip, audio=speech, mask_image=at("mask.jpg"), **form
        ),
        "lipsync_studio picture": ls.lipsync_studio.LipSyncImage(
            image=face, audio=speech, mask_image=at("mask.jpg"), **form
        ),
        "lipsync_studio dialogue": ls.lipsync_studio.LipSyncDialogue(
            image=face, left_audio=speech, right_audio=at("reply.wav"), order="left_right", **form
        ),
        "xingyun script": ls.xingyun.RenderScript(segments=[{"text": "Good evening."}], **titled),
        "xingyun script with pictures": ls.xingyun.RenderScript(
            segments=[
                {"text": "<speak>大家好 hello</speak>", "media_url": face},
                {"text": "Look at this.", "media_url": FACE_URL},
                {"text": "再见"},
            ],
            **titled,
        ),
        "xingyun slides": ls.xingyun.RenderSlides(ppt=at("slides.pptx"), **titled),
        "chanjing audio": ls.chanjing.LipSync(video=clip, audio=speech, **look),
        "chanjing text": ls.chanjing.LipSync(
            video=clip,
            tts={"text": "君不见黄河之水天上来", "audio_man_id": "C-1", "speed": 1.2, "pitch": 0.9},
            **look,
        ),
    }


PLAIN: dict[str, tuple[Any, dict[str, Any]]] = {
    "lingdong picture": (ls.lingdong.Generate, {"source": FACE_URL, "audio": SPEECH_URL}),
    "lingdong clip": (ls.lingdong.Generate, {"source": CLIP_URL, "audio": SPEECH_URL}),
    "yunai audio": (ls.yunai.AvatarVideo, {"avatar": FACE_URL, "audio": SPEECH_URL}),
    "yunai clone": (
        ls.yunai.AvatarVideo,
        {"avatar": FACE_URL, "clone": {"audio": SPEECH_URL, "language": "en", "text": "Hello."}},
    ),
    "yunai voice": (ls.yunai.AvatarVideo, {"avatar": CLIP_URL, "voice": STOCK_VOICE}),
    "lipsync_studio clip": (
        ls.lipsync_studio.LipSyncVideo,
        {"video": CLIP_URL, "audio": SPEECH_URL},
    ),
    "lipsync_studio picture": (
        ls.lipsync_studio.LipSyncImage,
        {"image": FACE_URL, "audio": SPEECH_URL},
    ),
    "lipsync_studio dialogue": (
        ls.lipsync_studio.LipSyncDialogue,
        {"image": FACE_URL, "left_audio": SPEECH_URL, "right_audio": CLIP_URL},
    ),
    "xingyun script": (ls.xingyun.RenderScript, {**FIGURE, "segments": [{"text": "Hello."}]}),
    "xingyun script with pictures": (
        ls.xingyun.RenderScript,
        {**FIGURE, "segments": [{"text": "Hello.", "media_url": FACE_URL}]},
    ),
    "xingyun slides": (ls.xingyun.RenderSlides, {**FIGURE, "ppt": "https://media.test/s.pptx"}),
    "chanjing audio": (ls.chanjing.LipSync, {"video": CLIP_URL, "audio": SPEECH_URL}),
    "chanjing text": (ls.chanjing.LipSync, {"video": CLIP_URL, "tts": SPOKEN}),
}
"""The same with nothing set but what must be, and media at URLs only: kinds and fields."""

TITLE = {"video_name": None, "sub_title": "on", "if_aigc_mark": True}
FORM = {"resolution": "480p", "prompt": None, "seed": None, "webhook": None}
CANVAS = {"screen_width": 1080, "screen_height": 1920, "backway": 1, "drive_mode": "", "model": 0}
DEFAULTS: dict[str, dict[str, Any]] = {
    "lingdong picture": {"type": None, "callback_url": None},
    "lingdong clip": {"type": None, "callback_url": None},
    "yunai audio": {"clone": None, "voice": None, "no_watermark": False},
    "yunai clone": {"audio": None, "voice": None, "no_watermark": False},
    "yunai voice": {"audio": None, "clone": None, "no_watermark": False},
    "lipsync_studio clip": {"mask_image": None, **FORM},
    "lipsync_studio picture": {"mask_image": None, **FORM},
    "lipsync_studio dialogue": {"order": "meanwhile", **FORM},
    "xingyun script": {"segments": [{"text": "Hello.", "media_url": None}], **TITLE},
    "xingyun script with pictures": TITLE,
    "xingyun slides": TITLE,
    "chanjing audio": {"tts": None, "volume": 100, "callback": None, **CANVAS},
    "chanjing text": {
        "tts": {**SPOKEN, "speed": 1.0, "pitch": 1.0},
        "audio": None,
        "volume": 100,
        "callback": None,
        **CANVAS,
    },
}
"""What each of these leaves out, as it would be written out."""

FINGERPRINTS = {
    "lingdong picture": (
        "7c48be1497262c1782f720d29c7e7ac2ccd75ea3ebd31afa163b34425d2b1d3c",
        "0992f21ca36738d22fd80aa9b6a6b6f2b78fb1f2eb2b2e5006b2370b85419571",
    ),
    "lingdong clip": (
        "1a721f33cdb8310cfd78540b1edbb83224134436944e14f2cf8fe29efb809691",
        "9a8ecb3283c81cf1377d0b5b0a78a3f839e911f48f9f4aa6af9419604323fb1e",
    ),
    "yunai audio": (
        "1ce98b672108ca046ed856362c70bebe2eed86eec360d625dd0252d913ffd382",
        "d54fdd2f23ffeecc80c670876736fbba54caca40328b668c318cac2278b32962",
    ),
    "yunai clone": (
        "17ae0088e81220f6512c25e92de405a1710605400c56d7e48354f267bb0161c9",
        "aefaaf175de7ee5489890965831f355f8f5bf0bcd326dd49f2898dde996bf64c",
    ),
    "yunai voice": (
        "55f39549a5da54079fa5fb24240fcb8c282201f858122dcb7e5e9a4ad6be180e",
        "18234ad17b0d6cdd67e24f75e40256b3baff9a4337220b21541c7d7e5fc76903",
    ),
    "lipsync_studio clip": (
        "2d48c8545722c051c744bb0b98e9022eea341c13c133082c48413775cedbc6f3",
        "ec2dd6a0462d5cf6ae7b81131e3e0ae88523d1b1850155619f6561137fcf4032",
    ),
    "lipsync_studio picture": (
        "ae37277b5e1b9e25bca777d3c83a3fcc9bbc03ccceb820ae4517ff66e904714b",
        "eba3094672e667d4b15172d2459f3fe44b6ecd56eb4756905a6b1036412b37d8",
    ),
    "lipsync_studio dialogue": (
        "29044dfeac5928d61a200313df07a17479352000e95c0387ed8f41b991fb5877",
        "3e90e3c4375b35f1177cb3bd98c382b51f05769646ddfd9c6020c3b58602e71c",
    ),
    "xingyun script": (
        "2e0bad487685b80f711cd2e3f2b17bf410c96db7b7525da5c60f09c0efaeb427",
        "a54d372f199e85b3e8653f7eca6beb1ba7e5b553807ce0068dda9784a9444ed6",
    ),
    "xingyun script with pictures": (
        "f5af409fad4981d687e3e49686eaa600b25a39286df27a53ecf9bc76509aaa10",
        "c3707be9b7ea3be894ebd1ef7371af571a8a30ed9d213947297a0703f11e1fba",
    ),
    "xingyun slides": (
        "c597e38289e48c0a981d7ea74c397e161803359ca36088f6529c72db2b6c303d",
        "465d217a0eae8629a3463f874cf73bdcd0a895a2804e3461e659a7de9eee6a0d",
    ),
    "chanjing audio": (
        "9c5a7927c0da3b8686a4d86ea74c209a5ebd74b48d5040791f8a5736e1903cb8",
        "45e0b253b5a55473fb14faef723497370ed1f4479ac9340e83cd95eacaeeb39e",
    ),
    "chanjing text": (
        "6cce8d8523d7f83072aa384128f01e6c91c7b3538a41e299cff889cb2b0ec216",
        "4177a6d66c1d5003c3bbc423d3b9805042d3b2e48e21d82a6ccf616dabb9afbb",
    ),
}
"""By the way of asking: of the request in full, and of the plain one."""


class Row(NamedTuple):
    """A job in the ledger.

    Attributes:
        id: Its id.
        way: What was asked for, a name in `in_full` or in `PLAIN`.
        full: Whether it was asked for in full.
        status: Where it stood when that version wrote last.
    """

    id: str
    way: str
    full: bool
    status: str

    @property
    def fingerprint(self) -> str:
        """The fingerprint that 0.1.0 gave to the request."""
        full, plain = FINGERPRINTS[self.way]
        return full if self.full else plain

    def request(self, at: At) -> Any:
        """Make the request anew."""
        kind, fields = PLAIN[self.way]
        return in_full(at)[self.way] if self.full else kind(**fields)


ROWS = {
    "never sent": Row("0100000000000001", "xingyun script", False, "submitting"),
    "sent": Row("0100000000000002", "lingdong picture", False, "submitting"),
    "sent, in a list": Row("0100000000000003", "chanjing text", True, "submitting"),
    "queued": Row("0100000000000004", "lingdong clip", True, "queued"),
    "queued with pictures": Row("0100000000000005", "xingyun script with pictures", True, "queued"),
    "running": Row("0100000000000006", "lipsync_studio clip", True, "running"),
    "running slides": Row("0100000000000007", "xingyun slides", True, "running"),
    "in a state no page lists": Row("0100000000000008", "yunai audio", True, "unknown"),
    "made": Row("0100000000000009", "lipsync_studio picture", True, "succeeded"),
    "fetched": Row("010000000000000a", "lingdong picture", True, "succeeded"),
    "fetched, paid anew": Row("010000000000000b", "lingdong picture", True, "succeeded"),
    "fetched, and gone": Row("010000000000000c", "yunai voice", True, "succeeded"),
    "unfetchable": Row("010000000000000d", "yunai clone", True, "succeeded"),
    "failed": Row("010000000000000e", "lingdong clip", False, "failed"),
    "refused": Row("010000000000000f", "yunai audio", False, "failed"),
    "cancelled": Row("0100000000000010", "xingyun slides", False, "cancelled"),
    "lost": Row("0100000000000011", "xingyun script", True, "unknown"),
    "lost, in a list": Row("0100000000000012", "chanjing audio", False, "unknown"),
    "given up": Row("0100000000000013", "lipsync_studio dialogue", True, "abandoned"),
    "successor": Row("0100000000000014", "lipsync_studio dialogue", True, "running"),
    "unproven": Row("0100000000000015", "chanjing audio", True, "running"),
}
"""The ledger's jobs, the oldest first."""
STAND_FOR = {name: name for name in ROWS} | {
    "fetched": "fetched, paid anew",
    "given up": "successor",
}
"""The job that is given to those who submit the request of another."""
UNPAID = ("never sent", "failed", "refused", "cancelled")
"""Jobs for whose request there is no video, and none to come."""
PAID = [name for name in ROWS if name not in UNPAID]
UNFINISHED = [
    *("queued", "queued with pictures", "running", "running slides", "in a state no page lists"),
    *("made", "successor", "unproven"),
]
"""Jobs with a vendor's id whose videos are to come."""
LOST = ("sent", "sent, in a list", "lost", "lost, in a list")
TO_FETCH = ("fetched, and gone", "unfetchable")
"""Jobs whose videos are fetched once more if somebody asks for them."""
COMPARISON = "0200000000000001"
VOTES = [
    ("fetched, paid anew", "made", "left", "ada"),
    ("fetched, and gone", "fetched, paid anew", "equal", "ada"),
    ("made", "fetched, and gone", "skip", "bob"),
]

LONG = "Nothing that was paid is paid once more. " * 4
"""Much more than a second of speech."""


@pytest.fixture(scope="module")
def known(
    shared_sandbox: Sandbox, samples: Samples, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """Return ids of jobs that the sandbox's vendors have made, by the rows that get them."""
    folder, face, audio = tmp_path_factory.mktemp("vendors"), samples.face, samples.speech
    longer = speech(folder / "longer.wav", LONG)
    small = {"screen_width": 240, "screen_height": 240}
    picture = ls.lipsync_studio.LipSyncImage(image=face, audio=audio)
    avatar = ls.yunai.AvatarVideo(avatar=face, audio=audio)
    script = ls.xingyun.RenderScript(segments=[{"text": "Hello."}], **FIGURE)
    orders = {
        "queued": ls.lingdong.Generate(source=face, audio=audio),
        "queued with pictures": script,
        "running": picture,
        "running slides": script,
        "in a state no page lists": avatar,
        "made": picture,
        "fetched, and gone": avatar,
        "unfetchable": avatar,
        "lost": script,
        "successor": picture,
        "unproven": ls.chanjing.LipSync(video=samples.clip, audio=audio, **small),
        "another": ls.chanjing.LipSync(video=samples.clip, audio=longer, **small),
    }
    ours = {"ledger": folder / "jobs.sqlite", "results": folder / "videos"}
    ours |= {"poll": POLL, "deadline": PATIENCE}
    with ls.Client.sandbox(shared_sandbox, **ours) as client:
        jobs = client.map(orders.values(), fresh=True)
        client.gather(jobs)
        return {name: job.vendor_id for name, job in zip(orders, jobs, strict=True)}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Return a folder with the media, and with the videos that were fetched."""
    folder = tmp_path / "now"
    (folder / "media").mkdir(parents=True)
    (folder / "videos").mkdir()
    for name, content in FILES.items():
        (folder / "media" / name).write_bytes(content)
    for name in ("fetched", "fetched, paid anew"):
        (folder / "videos" / f"lingdong-Generate-{ROWS[name].id}.mp4").write_bytes(b"a video")
    return folder


@pytest.fixture
def at(files: Path) -> At:
    """Return what gives the path of a medium."""
    return (files / "media").joinpath


@pytest.fixture(scope="module")
def accounts(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the hashes of the accounts that clients of the sandbox have, by vendor."""
    ledger = tmp_path_factory.mktemp("accounts") / "jobs.sqlite"
    with ls.Client.sandbox(shared_sandbox, ledger=ledger) as client:
        return {name: vendor.account for name, vendor in client.vendors.items()}


@pytest.fixture(params=LEDGERS)
def version(request: pytest.FixtureRequest) -> str:
    """Return the name of a ledger's file: each test opens all of them."""
    return str(request.param)


@pytest.fixture
def old(tmp_path: Path, files: Path, version: str) -> Path:
    """Return a copy of the ledger, with the files where they are now."""
    path = tmp_path / "jobs.sqlite"
    shutil.copyfile(FOLDER / version, path)
    moved = {"then": f"{THEN}/", "now": f"{files.as_posix()}/"}
    change(path, "UPDATE jobs SET request = replace(request, :then, :now)", moved)
    change(path, "UPDATE jobs SET path = replace(path, :then, :now)", moved)
    for column in ("face_media", "speech_media"):
        change(path, f"UPDATE entries SET {column} = replace({column}, :then, :now)", moved)
    return path


@pytest.fixture
def ledger(old: Path, version: str, known: dict[str, str], accounts: dict[str, str]) -> Path:
    """Return that copy, in which jobs have ids and accounts that the sandbox's vendors know."""
    for name in (*UNFINISHED, *TO_FETCH):
        name_at_vendor(old, name, known[name])
    if version != FIRST:  # whose jobs had no accounts
        of = "vendor = :vendor AND account IS NOT NULL"
        for vendor, account in accounts.items():
            values = {"vendor": vendor, "account": account}
            change(old, f"UPDATE jobs SET account = :account WHERE {of}", values)
    return old


@pytest.fixture
def upgraded(ledger: Path, connect: Connect) -> Connect:
    """Return a maker of clients of the sandbox, on that copy."""
    return lambda: connect(ledger=ledger, backoff_scale=0.02, deadline=PATIENCE)


@pytest.fixture
def client(upgraded: Connect) -> ls.Client:
    """A client of the sandbox, on that copy."""
    return upgraded()


@pytest.fixture
def nobody(old: Path) -> Iterator[ls.Client]:
    """A client that drives nothing, as no vendor is connected."""
    with ls.Client([], ledger=old) as client:
        yield client


def change(path: Path, statement: str, values: dict[str, str]) -> None:
    """Change the ledger before it is opened."""
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(statement, values)


def name_at_vendor(path: Path, name: str, vendor_id: str) -> None:
    """Give a job an id at its vendor."""
    values = {"id": ROWS[name].id, "vendor_id": vendor_id}
    change(path, "UPDATE jobs SET vendor_id = :vendor_id WHERE id = :id", values)


def written(path: Path) -> list[dict[str, Any]]:
    """Return the jobs in a ledger that was not opened yet, the oldest first."""
    with closing(sqlite3.connect(path)) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute("SELECT * FROM jobs ORDER BY created_at")]


def shown(client: ls.Client) -> list[dict[str, Any]]:
    """Return a client's jobs, the oldest first, with times as Unix times."""
    frame = client.jobs.sort_values("created_at")
    frame = frame.astype(object).where(frame.notna(), None)
    return [
        {name: value.timestamp() if hasattr(value, "timestamp") else value for name, value in row}
        for row in (row.items() for row in frame.to_dict("records"))
    ]


def job_of(client: ls.Client, name: str) -> ls.Job:
    """Return a job by its name in `ROWS`."""
    return client.job(ROWS[name].id)


def wait(jobs: Iterable[ls.Job]) -> None:
    """Wait until all have ended, or can be followed no further."""
    for _ in ls.as_completed(jobs):
        pass


def paid(sandbox: Sandbox) -> Counter[str]:
    """Return how many paid submissions each of the sandbox's vendors has taken."""
    vendors = ("lingdong", "yunai", "lipsync_studio", "xingyun", "chanjing")
    return Counter({vendor: sandbox.stats(vendor)["paid"] for vendor in vendors})


@pytest.mark.parametrize("way", FINGERPRINTS)
def test_a_request_is_recognised_as_it_was(way, at):
    """With another fingerprint, all that was paid would be paid again."""
    kind, fields = PLAIN[way]

    assert (in_full(at)[way].fingerprint(), kind(**fields).fingerprint()) == FINGERPRINTS[way]


@pytest.mark.parametrize("way", FINGERPRINTS)
def test_a_default_is_what_it_was(way):
    """With another one, a plain request would get a video that is not what it asks for now."""
    kind, fields = PLAIN[way]

    assert kind(**fields | DEFAULTS[way]).fingerprint() == FINGERPRINTS[way][1]


def test_files_are_recognised_by_their_content(at, tmp_path):
    """Under other names, in another folder, they are the same; another content is another."""
    for number, name in enumerate(FILES):
        shutil.copyfile(at(name), tmp_path / f"{number}.bin")
    elsewhere = in_full(lambda name: tmp_path / f"{list(FILES).index(name)}.bin")
    other = in_full(lambda name: at("mask.jpg" if name == "face.jpg" else name))

    assert {way: request.fingerprint() for way, request in elsewhere.items()} == {
        way: full for way, (full, _) in FINGERPRINTS.items()
    }
    assert other["lingdong picture"].fingerprint() != FINGERPRINTS["lingdong picture"][0]


def test_every_job_is_there_as_it_was(old, version):
    """Where it stood, what it cost, when it was what, what went wrong, where its video is."""
    before = written(old)

    with ls.Client([], ledger=old) as client:
        jobs = shown(client)

    columns = jobs[0].keys() & before[0].keys()
    assert [{name: job[name] for name in columns} for job in jobs] == [
        {name: row[name] for name in columns} for row in before
    ]
    given_up = {ROWS["given up"].id: LEDGERS[version]}
    assert {job["id"]: job["status"] for job in jobs} == {
        row.id: row.status for row in ROWS.values()
    } | given_up
    assert len(columns) > 15


def test_every_job_makes_a_video_and_has_no_inputs(nobody):
    """There was nothing else to make."""
    frame = nobody.jobs

    assert set(frame["makes"]) == {"Video"}
    assert frame["inputs"].isna().all()
    assert {nobody.job(job).makes for job in frame["id"]} == {"Video"}
    assert not [job for job in frame["id"] if nobody.job(job).inputs]


def test_every_job_can_be_given_a_project_and_a_title(nobody):
    """It has none until then."""
    job = job_of(nobody, "fetched")
    assert (job.project, job.title, job.key, job.notes) == (None,) * 4

    job.project, job.title = "autumn", "秋天"

    row = nobody.jobs.set_index("id").loc[job.id]
    assert (row["project"], row["title"]) == ("autumn", "秋天")
    assert job.status == "succeeded"


def test_opening_changes_no_job_that_nobody_drives(nobody, old):
    """Another client finds all as the first one did."""
    jobs = shown(nobody)
    nobody.close()

    with ls.Client([], ledger=old) as again:
        assert shown(again) == jobs


@pytest.mark.parametrize("name", ROWS)
def test_a_job_knows_its_request(nobody, name, at):
    """It is read from the ledger as it was made, and recognised."""
    request = job_of(nobody, name).request

    assert request == ROWS[name].request(at)
    assert request.fingerprint() == ROWS[name].fingerprint


def test_the_ledger_has_these_fingerprints(old):
    """Otherwise this file's constants and the ledger were of different requests."""
    assert {row["id"]: row["fingerprint"] for row in written(old)} == {
        row.id: row.fingerprint for row in ROWS.values()
    }


def test_what_was_paid_is_not_paid_again(upgraded, sandbox, at):
    """Each request gets the job that it had; then, when all have ended; then, in another client."""
    before = paid(sandbox)

    for _ in range(2):
        client = upgraded()
        for _ in range(2):
            jobs = {name: client.submit(ROWS[name].request(at)) for name in PAID}
            wait(jobs.values())
            assert {name: job.id for name, job in jobs.items()} == {
                name: ROWS[STAND_FOR[name]].id for name in PAID
            }
        assert len(client.jobs) == len(ROWS)
        client.close()

    assert paid(sandbox) == before


def test_what_was_paid_is_not_paid_again_for_its_bytes(client, sandbox):
    """The same media, given as bytes, are the same request."""
    before = paid(sandbox)
    jobs = {name: client.submit(ROWS[name].request(FILES.__getitem__)) for name in PAID}

    assert {name: job.id for name, job in jobs.items()} == {
        name: ROWS[STAND_FOR[name]].id for name in PAID
    }
    wait(jobs.values())
    assert paid(sandbox) == before


@pytest.mark.parametrize("name", UNFINISHED)
def test_what_was_unfinished_is_finished(client, sandbox, known, name):
    """It is asked for by the vendor's id, unto its video, and nothing is paid."""
    before = paid(sandbox)
    job = job_of(client, name)

    assert job.result(PATIENCE).path.stat().st_size > 5000
    assert job.status == "succeeded"
    assert job.vendor_id == known[name]
    assert paid(sandbox) == before


def test_all_that_was_unfinished_is_taken_up_unasked(client):
    """Nobody has to submit or to name it."""
    jobs = list(ls.as_completed(job_of(client, name) for name in UNFINISHED))
    table = client.jobs.set_index("id")["status"]

    assert {job.id for job in jobs} == {ROWS[name].id for name in UNFINISHED}
    assert {table[ROWS[name].id] for name in UNFINISHED} == {"succeeded"}


@pytest.mark.parametrize("name", ["fetched", "fetched, paid anew"])
def test_a_video_that_was_fetched_is_here(nobody, files, name):
    """Without a vendor, even."""
    video = job_of(nobody, name).result(PATIENCE)

    assert video.path == files / "videos" / f"lingdong-Generate-{ROWS[name].id}.mp4"


@pytest.mark.parametrize("name", TO_FETCH)
def test_a_video_that_is_not_here_is_fetched_again(client, sandbox, name):
    """By the vendor's id, if somebody asks: it is not made again."""
    before = paid(sandbox)

    assert job_of(client, name).result(PATIENCE).path.stat().st_size > 5000
    assert paid(sandbox) == before


def test_what_was_never_sent_was_not_paid(client, sandbox, at):
    """It says so; submitted again, it is the same job, and is paid for the first time."""
    before, row = paid(sandbox), ROWS["never sent"]

    with pytest.raises(ls.JobCancelled, match="nothing was paid"):
        client.job(row.id).result(PATIENCE)
    assert paid(sandbox) == before
    job = client.submit(row.request(at))
    assert job.id == row.id
    assert job.result(PATIENCE)
    assert paid(sandbox) - before == {"xingyun": 1}
    assert len(client.jobs) == len(ROWS)


@pytest.mark.parametrize("name", LOST)
def test_a_job_whose_answer_was_lost_stays_lost(client, sandbox, at, name):
    """Whether its kernel knew that or had ended: it is not sent again, and its user decides."""
    before, job = paid(sandbox), job_of(client, name)

    with pytest.raises(ls.SubmitUnknown, match="attach"):
        job.result(PATIENCE)
    assert client.submit(ROWS[name].request(at)) == job
    assert isinstance(job.exception(PATIENCE), ls.SubmitUnknown)
    assert (job.status, job.vendor_id) == ("unknown", None)
    assert paid(sandbox) == before


def test_a_lost_job_is_attached(client, sandbox, known):
    """The vendor's id leads to its video, and nothing is paid."""
    before, job = paid(sandbox), job_of(client, "lost")

    job.attach(known["lost"])

    assert job.result(PATIENCE).path.stat().st_size > 5000
    assert paid(sandbox) == before


def test_a_lost_job_is_submitted_again_once(client, sandbox, at):
    """If its user says so; saying so again, or submitting its request, gives the new job."""
    before, job = paid(sandbox), job_of(client, "lost")

    new = job.resubmit()

    assert new.result(PATIENCE)
    assert new != job
    assert job.resubmit() == client.submit(ROWS["lost"].request(at)) == new
    assert paid(sandbox) - before == {"xingyun": 1}


def test_a_job_that_was_given_up_has_its_successor(client, sandbox, known):
    """To submit it again is to ask for the other one."""
    before = paid(sandbox)

    new = job_of(client, "given up").resubmit()

    assert new == job_of(client, "successor")
    assert new.result(PATIENCE)
    assert new.vendor_id == known["successor"]
    assert paid(sandbox) == before


def test_a_job_that_was_taken_for_a_lost_one_may_prove_another(
    upgraded, ledger, sandbox, known, at
):
    """Its video is much longer than the speech, so the lost one is lost again, and not sent."""
    before = paid(sandbox)
    name_at_vendor(ledger, "unproven", known["another"])
    client = upgraded()
    job = job_of(client, "unproven")

    with pytest.raises(ls.SubmitUnknown, match="has another length"):
        job.result(PATIENCE)
    assert client.submit(ROWS["unproven"].request(at)) == job
    assert job.vendor_id is None
    assert paid(sandbox) == before


def test_what_has_failed_stays_failed(client, sandbox):
    """With its reason; and what was cancelled, cancelled."""
    before = paid(sandbox)

    with pytest.raises(ls.JobFailed, match="no face was found"):
        job_of(client, "failed").result(PATIENCE)
    with pytest.raises(ls.JobFailed, match="the balance is used up") as refused:
        job_of(client, "refused").result(PATIENCE)
    assert isinstance(refused.value.job.error, ls.OutOfCredit)
    with pytest.raises(ls.JobCancelled):
        job_of(client, "cancelled").result(PATIENCE)
    assert paid(sandbox) == before


def test_costs_are_what_they_were(nobody):
    """Reported by the vendor, estimated, or unknown."""
    assert job_of(nobody, "fetched").cost == ls.Cost(105, "credits", False)
    assert job_of(nobody, "failed").cost == ls.Cost(31, "credits", False)
    assert job_of(nobody, "queued").cost == ls.Cost(10, "credits", True)
    assert job_of(nobody, "given up").cost == ls.Cost(20, "credits", True)
    assert job_of(nobody, "sent").cost is None


@pytest.mark.parametrize(
    ("vendor", "spent"),
    [("lingdong", 105 + 105 + 31 + 10), ("lipsync_studio", 20 + 19 + 20 + 20)],
)
def test_what_was_spent_counts(connect, old, at, vendor, spent):
    """With the failed that the vendor charged, and the given up that it may have charged."""
    face, audio = picture(at("new.png")), at("reply.wav")
    requests = {
        "lingdong": ls.lingdong.Generate(source=face, audio=audio),
        "lipsync_studio": ls.lipsync_studio.LipSyncImage(image=face, audio=audio),
    }
    client = connect(ledger=old, budget={vendor: ls.Budget(spent + 1, days=36_500)})

    with pytest.raises(ls.BudgetExceeded, match=f"{spent} of {spent + 1} credits were spent"):
        client.submit(requests[vendor])
    assert len(client.jobs) == len(ROWS)


def test_the_comparison_is_there(nobody):
    """With its jobs, what was refused and why, its votes, and what they say."""
    comparison = ls.Comparison.load(nobody)

    assert comparison.id == COMPARISON
    assert ls.Comparison.known(nobody)["id"].tolist() == [COMPARISON]
    assert [job.id for job in comparison.jobs] == [
        ROWS[name].id for name in ("fetched, paid anew", "made", "fetched, and gone")
    ]
    assert comparison.refused.to_dict("records") == [
        {
            "vendor": "chanjing",
            "kind": "LipSync",
            "face": "anna",
            "script": "hello",
            "note": "it takes clips only",
        }
    ]
    names = ["left_job", "right_job", "choice", "voter"]
    assert comparison.votes[names].to_numpy().tolist() == [
        [ROWS[left].id, ROWS[right].id, choice, voter] for left, right, choice, voter in VOTES
    ]
    assert comparison.votes["voted_at"].is_monotonic_increasing
    assert len(comparison.preferences()) == 3


def test_the_comparison_goes_on(client, sandbox):
    """Its jobs are finished, and nothing is paid."""
    before = paid(sandbox)
    comparison = ls.Comparison.load(client, COMPARISON).wait(PATIENCE)

    assert [job.status for job in comparison.jobs] == ["succeeded"] * 3
    assert all(job.video.path.exists() for job in comparison.jobs)
    assert paid(sandbox) == before
