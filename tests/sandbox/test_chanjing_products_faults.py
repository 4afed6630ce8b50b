"""Faults of 蝉镜's avatar videos, voices and people: of calls, jobs, results and callbacks."""

import json
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sandbox.conftest import silence
from sandbox.training import body, ended, post, told
from sandbox.uploading import ready_file

PRODUCTS = ("avatar_video", "own_voice", "own_person")


@dataclass(frozen=True)
class Product:
    """How a product is used.

    Attributes:
        create: The path of its create call.
        detail: The path of its detail.
        sent: A request that it takes.
        done: Its status for success.
        result: The field with the URL of its result.
        why: The field with the reason of a failure.
    """

    create: str
    detail: str
    sent: dict[str, Any]
    done: int
    result: str
    why: str

    def started(self, chanjing: httpx.Client, **changes: Any) -> str:
        """Create a job; its id."""
        answer = post(chanjing, self.create, self.sent | changes)
        assert answer["code"] == 0, answer
        return str(answer["data"])

    def finished(self, chanjing: httpx.Client) -> dict[str, Any]:
        """The data of a job that has ended well."""
        data = ended(chanjing, self.detail, self.started(chanjing))
        assert data["status"] == self.done, data
        return data


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A sound that is long enough to clone."""
    return silence(tmp_path_factory.mktemp("samples") / "sample.wav", 16)


@pytest.fixture
def files(chanjing, bare, media, host, sample) -> dict[str, str]:
    """A sample's URL, and the id of a clip that was uploaded."""
    clip = ready_file(chanjing, bare, media.video, "customised_person")
    return {"sample": host(sample), "clip": clip}


@pytest.fixture(params=PRODUCTS)
def product(request: pytest.FixtureRequest, files: dict[str, str]) -> Product:
    """One of the products."""
    name: str = request.param
    if name == "avatar_video":
        return Product("create_video", "video", body(), 30, "video_url", "msg")
    if name == "own_voice":
        sent = {"name": "我", "url": files["sample"]}
        paths = "create_customised_audio", "customised_audio"
        return Product(*paths, sent, 2, "audio_path", "err_msg")
    sent = {"name": "我", "file_id": files["clip"], "train_type": "figure"}
    paths = "create_customised_person", "customised_person"
    return Product(*paths, sent, 2, "preview_url", "err_reason")


@pytest.mark.parametrize("worked", [False, True])
def test_a_submission_whose_answer_is_lost(sandbox, chanjing, product, worked):
    """It is paid only if the job was created before the error, and is in the list then."""
    before = sandbox.stats("chanjing")["paid"]
    sandbox.faults("chanjing", "status", step="submit", status=502, worked=worked)
    answer = chanjing.post(f"/open/v1/{product.create}", json=product.sent)
    paid = sandbox.stats("chanjing")["paid"] - before
    sandbox.faults("chanjing", "reset_before", step="submit")
    with pytest.raises(httpx.ReadError):
        product.started(chanjing)

    assert (answer.status_code, paid) == (502, int(worked))
    assert sandbox.stats("chanjing")["paid"] - before == paid


@pytest.mark.parametrize("step", ["submit", "poll"])
def test_the_token_dies(sandbox, chanjing, product, step):
    """10400 for either call."""
    job_id = product.started(chanjing)
    sandbox.faults("chanjing", "dead_token", step=step)
    answer = (
        post(chanjing, product.create, product.sent)
        if step == "submit"
        else told(chanjing, product.detail, job_id)
    )

    assert answer["code"] == 10400


def test_a_stuck_job_never_ends(sandbox, chanjing, product):
    """It runs, while a later one ends."""
    sandbox.faults("chanjing", "stuck")
    stuck = product.started(chanjing)
    product.finished(chanjing)
    data = told(chanjing, product.detail, stuck)["data"]

    assert data["status"] in (0, 1, 10)
    assert data[product.result] == ""


def test_a_failed_job_says_why(sandbox, chanjing, product):
    """In the field of its product, without a result."""
    sandbox.faults("chanjing", "failed", reason="服务异常")
    data = ended(chanjing, product.detail, product.started(chanjing))

    assert data["status"] != product.done
    assert (data[product.why], data[product.result]) == ("服务异常", "")


def test_an_unknown_status(sandbox, chanjing, product):
    """A number that is on no page, or one that was asked for; then the truth."""
    job_id = product.finished(chanjing)["id"]
    sandbox.faults("chanjing", "unknown_status")
    sandbox.faults("chanjing", "unknown_status", word=20)
    statuses = [told(chanjing, product.detail, job_id)["data"]["status"] for _ in range(3)]

    assert statuses == [77, 20, product.done]


def test_a_hostile_url_waits_for_a_result(sandbox, chanjing, product):
    """The URL of the result, and nothing else, is another."""
    sandbox.faults("chanjing", "hostile_url", where="metadata")
    job_id = product.started(chanjing)
    hostile = ended(chanjing, product.detail, job_id)
    true = told(chanjing, product.detail, job_id)["data"]

    assert hostile[product.result].startswith("http://169.254.169.254/")
    assert true[product.result].startswith("http://127.0.0.1:")
    assert hostile["status"] == true["status"] == product.done


def test_answers_that_make_no_sense(sandbox, chanjing, product):
    """Other types, missing fields; the true answer is there again after that."""
    true = product.finished(chanjing)
    sandbox.faults("chanjing", "wrong_types", step="poll")
    sandbox.faults("chanjing", "missing_fields", step="poll", fields=["status"])
    wrong, missing, again = [told(chanjing, product.detail, true["id"])["data"] for _ in range(3)]

    assert type(wrong["status"]) is not type(true["status"])
    assert "status" not in missing
    assert again.keys() == true.keys()


@pytest.mark.parametrize("product", ["avatar_video", "own_voice"], indirect=True)
@pytest.mark.parametrize("kind", ["truncated", "cut_off", "garbled"])
def test_a_result_that_is_not_whole(sandbox, chanjing, bare, product, kind):
    """Fewer bytes than promised, a shorter file, or zeros; whole at the next attempt."""
    url = product.finished(chanjing)[product.result]
    whole = bare.get(url).content
    sandbox.faults("chanjing", kind, **({} if kind == "garbled" else {"fraction": 0.5}))
    pieces: list[bytes] = []
    try:
        with bare.stream("GET", url) as answer:
            pieces.extend(answer.iter_raw())
    except httpx.TransportError:
        assert kind == "truncated"
    spoiled = b"".join(pieces)

    assert spoiled != whole
    assert len(spoiled) == (len(whole) if kind == "garbled" else len(whole) // 2)
    assert bare.get(url).content == whole


@pytest.mark.parametrize("product", ["avatar_video", "own_person"], indirect=True)
def test_a_forged_callback_is_not_the_truth(sandbox, chanjing, listener, product):
    """It claims success with a URL of nobody, while the job still runs."""
    sandbox.faults("chanjing", "stuck", step="submit")
    sandbox.faults("chanjing", "forged", step="callback")
    job_id = product.started(chanjing, callback=listener.url)
    forged = json.loads(listener.wait()[0])["data"]
    asked = told(chanjing, product.detail, job_id)["data"]

    assert (forged["id"], forged["status"]) == (job_id, product.done)
    assert forged[product.result].startswith("http://127.0.0.1:9/forged.")
    assert asked["status"] != product.done


def test_the_list_is_spoiled_as_well(sandbox, chanjing, product):
    """A status in a list that is on no page."""
    product.finished(chanjing)
    paths = {"video": "video_list"}
    path = paths.get(product.detail, f"list_{product.detail}")
    sandbox.faults("chanjing", "unknown_status")
    odd, true = [post(chanjing, path, {"page": 1, "page_size": 1})["data"] for _ in range(2)]

    assert rows(odd)[0]["status"] == 77
    assert rows(true)[0]["status"] == product.done


def rows(data: dict[str, Any]) -> list[dict[str, Any]]:
    """What is listed, in small or capital letters."""
    return list(data.get("list") or data["List"])
