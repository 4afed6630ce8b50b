"""Faults of all products of 云AI: of their calls, their jobs and their results."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import httpx
import pytest
from sandbox.yunai_calls import STOCK_MODEL, act
from waiting import wait_until

FIELDS = {"type": "tts", "title": "my voice", "train_mode": "fast", "visibility": "private"}


@dataclass(frozen=True)
class Asked:
    """A product as a plain client uses it.

    Attributes:
        create: Sends the paid call.
        look: Asks for a job, by the answer to the paid call; None if that has the result.
        status: The status in an answer to `look`.
        word: What it is when the job is done.
        odd: The unlisted one that the sandbox has for it.
        lost: What it is when the job has failed.
        url: The result's URL in an answer to `look`.
    """

    create: Callable[[], httpx.Response]
    look: Callable[[httpx.Response], httpx.Response] | None = None
    status: Callable[[dict], str] = lambda body: body["data"]["zstatus"]
    word: str = "3"
    odd: str = "77"
    lost: str = "-1"
    url: Callable[[dict], str] = lambda body: body["data"]["video_url"]


def post(yunai, name, **fields):
    form = {"act": (None, name)} | {key: (None, value) for key, value in fields.items()}
    return yunai.post("/agent_api.php", files=form)


POLLED = ["v2", "fast video", "training", "cloned speech", "remix"]
ANSWERED = ["own voice", "speech", "rewrite", "voice model"]


@pytest.fixture
def asked(request, yunai, media, host):
    """The product that a test is about."""
    speech = host(media.speech)
    send = partial(post, yunai)

    def query(name):
        return lambda made: post(yunai, name, task_id=made.json()["data"]["task_id"])

    def remix(made):
        return yunai.get(f"/query_video/{made.json()['task_id']}")

    clip = host(media.video)
    sample = ("voices", ("a.wav", media.speech.read_bytes()))
    form = [(key, (None, value)) for key, value in FIELDS.items()]
    return {
        "v2": Asked(partial(send, "create_v2", audio_url=speech, video_url=clip), query("chk_v2")),
        "fast video": Asked(
            partial(send, "create_video_fast", model_id=STOCK_MODEL, audio_url=speech),
            query("chk_video_fast"),
        ),
        "training": Asked(
            partial(
                send,
                "create_model_audio",
                model_id=STOCK_MODEL,
                model_audio_url=host(media.long_speech),
            ),
            query("chk_model_audio"),
        ),
        "cloned speech": Asked(
            partial(send, "create_audio", task_text="Hello.", people_id=STOCK_MODEL),
            query("chk_audio"),
            lost="4",
            url=lambda body: body["data"]["audio_url"],
        ),
        "remix": Asked(
            lambda: yunai.post("/generate_video", json={"video_url": clip, "text_content": "Hi"}),
            remix,
            status=lambda body: body["data"]["status"],
            word="completed",
            odd="rendering",
            lost="failed",
            url=lambda body: body["data"]["result_urls"]["public_url"],
        ),
        "own voice": Asked(lambda: yunai.post("/model", files=[*form, sample])),
        "speech": Asked(lambda: yunai.post("/v1/tts", json={"text": "Hello."})),
        "rewrite": Asked(
            lambda: yunai.post(
                "/chat/completions", json={"messages": [{"role": "user", "content": "Hello."}]}
            )
        ),
        "voice model": Asked(partial(send, "create_model", model_name="x")),
    }[request.param]


def each(*names):
    return pytest.mark.parametrize("asked", names, indirect=True)


WITH_RESULTS = ["v2", "fast video", "cloned speech", "remix"]


@each(*POLLED, *ANSWERED)
@pytest.mark.parametrize("worked", [False, True])
def test_a_submission_whose_answer_is_lost(sandbox, asked, worked):
    """It is paid only if it was carried out before the error."""
    before = sandbox.stats("yunai")["paid"]
    sandbox.faults("yunai", "status", step="submit", status=502, worked=worked)
    answer = asked.create()
    sandbox.faults("yunai", "reset_after" if worked else "reset_before", step="submit")
    with pytest.raises(httpx.TransportError):
        asked.create()

    assert answer.status_code == 502
    assert sandbox.stats("yunai")["paid"] - before == 2 * worked


@each(*POLLED)
def test_faults_of_a_query_do_not_happen_to_a_creation(sandbox, asked):
    """Though both have one path."""
    sandbox.faults("yunai", "status", step="poll", status=503)
    sandbox.faults("yunai", "html", step="poll")
    made = asked.create()
    before = sandbox.stats("yunai")["steps"]
    looks = [asked.look(made) for _ in range(3)]
    after = sandbox.stats("yunai")["steps"]

    assert made.status_code == 200
    assert [look.status_code for look in looks] == [503, 200, 200]
    assert "html" in looks[1].headers["content-type"]
    assert after["poll"] - before.get("poll", 0) == 3
    assert after["submit"] == before["submit"]


@each(*POLLED)
def test_a_stuck_job_never_ends(sandbox, asked):
    """While a later one ends."""
    if asked.word == "3" and asked.lost == "-1":
        sandbox.configure(pace=0.01)
    sandbox.faults("yunai", "stuck")
    stuck, other = asked.create(), asked.create()
    end = wait_until(
        lambda: asked.status(asked.look(other).json()), lambda s: s in {asked.word, asked.lost}
    )

    assert end
    assert asked.status(asked.look(stuck).json()) not in {asked.word, asked.lost}


@each(*WITH_RESULTS)
def test_a_job_fails(sandbox, asked):
    """With the reason that was asked for, in the words of the product."""
    sandbox.faults("yunai", "failed", reason="太吵")
    made = asked.create()
    body = wait_until(
        lambda: asked.look(made).json(), lambda body: asked.status(body) == asked.lost
    )

    assert "太吵" in (body.get("msg") or body["data"]["error_message"])


@each(*WITH_RESULTS)
def test_an_unknown_status(sandbox, asked):
    """A word that is on no page, or one that was asked for; then the truth."""
    made = asked.create()
    done(asked, made)
    sandbox.faults("yunai", "unknown_status")
    sandbox.faults("yunai", "unknown_status", word="5")

    statuses = [asked.status(asked.look(made).json()) for _ in range(3)]
    assert statuses == [asked.odd, "5", asked.word]


@each(*WITH_RESULTS)
def test_a_hostile_url_waits_for_a_result(sandbox, asked):
    """The URL of the result, and nothing else, is another."""
    sandbox.faults("yunai", "hostile_url", where="metadata")
    made = asked.create()
    hostile = asked.url(done(asked, made))
    true = asked.url(asked.look(made).json())

    assert hostile.startswith("http://169.254.169.254/")
    assert true.startswith("http://127.0.0.1:")


@each(*WITH_RESULTS)
def test_answers_that_make_no_sense(sandbox, asked):
    """Other types, missing fields, half of JSON; the true answer is there again after that."""
    made = asked.create()
    true = done(asked, made)
    sandbox.faults("yunai", "wrong_types", step="poll")
    sandbox.faults("yunai", "missing_fields", step="poll")
    sandbox.faults("yunai", "bad_json", step="poll")
    wrong, missing, half = (asked.look(made) for _ in range(3))

    assert asked.status(wrong.json()) == [asked.word]
    assert missing.json() == {}
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        half.json()
    assert asked.status(asked.look(made).json()) == asked.status(true)


@each(*POLLED, *ANSWERED)
def test_an_error_with_a_code(sandbox, asked):
    """In the envelope of the product, if it has one."""
    sandbox.faults("yunai", "code", step="submit", code=7, message="忙")
    sandbox.faults("yunai", "rate_limited", step="submit", retry_after=3)
    coded, limited = asked.create(), asked.create()

    assert "忙" in coded.text
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "3")


@pytest.mark.parametrize("name", ["create_v2", "create_model", "chk_audio"])
def test_an_error_with_a_code_of_the_agent(sandbox, yunai, name):
    """As a text, beside ``msg``."""
    step = "poll" if name.startswith("chk") else "submit"
    sandbox.faults("yunai", "code", step=step, code=0, message="忙")

    assert act(yunai, name) == {"code": "0", "msg": "忙", "data": []}


@each(*WITH_RESULTS)
def test_downloads_go_wrong(sandbox, asked, bare):
    """Cut off, with zeros, as a page, expired; the whole is there afterwards."""
    url = asked.url(done(asked, asked.create()))
    whole = bare.get(url).content
    for fault in ("cut_off", "garbled", "html_video", "expired"):
        sandbox.faults("yunai", fault)
    cut, garbled, page, expired = (bare.get(url) for _ in range(4))

    assert cut.content == whole[: len(whole) // 2]
    assert garbled.content[:1024] == bytes(1024)
    assert page.content.startswith(b"<!doctype")
    assert expired.status_code == 403
    assert bare.get(url).content == whole


@each(*ANSWERED)
def test_an_answered_call_that_fails(sandbox, asked):
    """There is no result, and the answer says why."""
    sandbox.faults("yunai", "failed", reason="太吵")
    answer = asked.create()

    assert "太吵" in answer.text
    if answer.headers["content-type"] == "application/json":
        body = answer.json()
        failed = answer.status_code == 500, body.get("state") == "failed", body.get("code") == "0"
        assert any(failed)
    assert "太吵" not in asked.create().text


@each(*ANSWERED)
def test_an_answered_call_that_is_stuck(sandbox, asked, yunai):
    """It is never answered; a later one is."""
    sandbox.faults("yunai", "stuck")
    yunai.timeout = 1
    with pytest.raises(httpx.ReadTimeout):
        asked.create()
    yunai.timeout = 60

    assert asked.create().is_success


def done(asked, made):
    """The answer once the job is done."""
    return wait_until(
        lambda: asked.look(made).json(), lambda body: asked.status(body) == asked.word
    )
