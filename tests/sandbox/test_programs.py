"""The programs and requests printed on the vendors' pages, run as they stand.

They lie in ``programs/``, each as its page prints it, but for the indentation and line breaks
which some pages have lost. Hosts, keys, ids and the URLs of media are put in here, where
``printed`` fails if a page's text does not have what is replaced.
"""

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from waiting import wait_until

from lipsync_nb.sandbox import Sandbox

API = "/user/v1/video_synthesis_task"
PROGRAMS = Path(__file__).parent / "programs"


def printed(name: str, replaced: dict[str, str]) -> str:
    """A program with some of its texts replaced."""
    text = (PROGRAMS / name).read_text()
    for old, new in replaced.items():
        assert old in text, f"{name} has no {old}"
        text = text.replace(old, new)
    return text


@pytest.fixture
def folder(tmp_path, media):
    """The folder the programs run in, with the files they open."""
    shutil.copy(media.picture, tmp_path / "avatar.jpg")
    shutil.copy(media.mp3, tmp_path / "speech.mp3")
    shutil.copy(media.slides, tmp_path / "PPT模板.pptx")
    return tmp_path


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def shell(folder: Path, program: str) -> str:
    """Run a shell's program; curl's progress is not its output."""
    return run(folder, "sh", "-c", program)


def python(folder: Path, program: str) -> list[Any]:
    """Run a Python program; the values of the lines it prints."""
    (folder / "program.py").write_text(program)
    return [value_of(line) for line in run(folder, sys.executable, "program.py").splitlines()]


def value_of(line: str) -> Any:
    try:
        return ast.literal_eval(line)
    except (ValueError, SyntaxError):
        return line


def send(sandbox: Sandbox, block: str) -> Any:
    """Send an HTTP block: a request line, headers, JSON to the end."""
    head, brace, body = block.partition("{\n")
    (method, path), *headers = (line.split(" ", 1) for line in head.strip().splitlines())
    named = {name.rstrip(":"): value for name, value in headers}
    content = (brace + body).encode()
    return httpx.request(method, origin(sandbox) + path, headers=named, content=content).json()


def origin(sandbox: Sandbox) -> str:
    return sandbox.base_urls["yunai"]


@pytest.fixture
def lingdong_texts(sandbox):
    key = sandbox.keys["lingdong"]["api_key"]
    return {"https://your-domain.com/api": f"{origin(sandbox)}/api", "ld_your_api_key_here": key}


def test_lingdongs_curl_commands(folder, lingdong_texts, listener):
    """Submit, poll and download with curl; the callback comes, too."""
    more = {"https://your-domain.com/callback": listener.url}
    submitted = json.loads(shell(folder, printed("lingdong_generate.sh", lingdong_texts | more)))
    short = {"a1b2c3d4-e5f6-7890": submitted["task_id"][:18]}

    poll = printed("lingdong_task.sh", lingdong_texts | short)
    task = wait_until(lambda: json.loads(shell(folder, poll)), lambda task: task["completed_at"])
    shell(folder, printed("lingdong_download.sh", lingdong_texts | short))

    assert (submitted["success"], submitted["message"]) == (True, "任务已提交")
    assert task["status"] == "completed"
    assert (folder / "output.mp4").read_bytes()[4:8] == b"ftyp"
    assert json.loads(listener.wait()[0])["task_id"] == submitted["task_id"]


def test_lingdongs_python_program(folder, lingdong_texts, listener):
    """It prints the task's id and how it is."""
    more = {"https://your-domain.com/callback": listener.url}

    output, task = python(folder, printed("lingdong.py.txt", lingdong_texts | more))

    assert output == f"任务ID: {task['task_id']}"
    assert task["status"] in {"pending", "processing", "completed"}
    listener.wait()


def test_yunais_curl_command(folder, sandbox, media, host):
    """As printed it lacks the key its page requires; with it a task is made."""
    page = "https://filesystem.site/cdn/20250107"
    replaced = {
        "'/avatar": f"'{origin(sandbox)}/avatar",
        f"{page}/RFDQkBGVrHFydzGzzvgXGQmbuPhicK.mp3": host(media.mp3),
        f"{page}/W213dUwMKyxZzXVvW0wUETJZ8KiUDB.mp4": host(media.video),
    }
    command = printed("yunai_generation.sh", replaced)
    key = f"--header 'Authorization: Bearer {sandbox.keys['yunai']['api_key']}' --data-raw"

    without = json.loads(shell(folder, command))
    with_key = json.loads(shell(folder, command.replace("--data-raw", key)))

    assert without["code"] == 401
    assert list(with_key) == ["code", "data"]
    assert isinstance(with_key["data"]["id"], str)


def test_lipsync_studios_requests(sandbox, media, host, listener):
    """Both ways of its page: with a webhook, and polling."""
    replaced = {
        "sk_XXXX_YYYY": sandbox.keys["lipsync_studio"]["api_key"],
        "https://.../face.png": host(media.picture),
        "https://.../voice.mp3": host(media.mp3),
    }
    hook = {"https://your-app.example.com/webhooks/lipsync": listener.url}
    first = send(sandbox, printed("lipsync_studio_webhook.http", replaced | hook))
    second = send(sandbox, printed("lipsync_studio_submit.http", replaced))

    key = {name: replaced[name] for name in ("sk_XXXX_YYYY",)}
    job = {"550e8400-e29b-41d4-a716-446655440000": second["id"]}
    poll = printed("lipsync_studio_poll.http", key | job)
    polled = wait_until(lambda: send(sandbox, poll), lambda job: job["status"] != "processing")
    posted = json.loads(listener.wait()[0])

    assert first == {"id": posted["id"], "status": "processing"}
    for done in (posted, polled):
        assert (done["model"], done["status"], done["error"]) == ("lipsync-image", "completed", "")


def test_xingyuns_first_program(folder, sandbox):
    """It signs a path with a query and asks for it: the answer comes in the envelope."""
    keys = sandbox.keys["xingyun"]
    program = printed(
        "xingyun_signature.py.txt",
        {
            "37514ac0-3fce-4f4c-bc3f-86eba37da7dd": keys["app_id"],
            "bb81b706-ef1f-443e-9e86-9df8399f796b": keys["app_secret"],
            "https://nebula-agent.xingyun3d.com": origin(sandbox),
        },
    )

    (answer,) = python(folder, f"{program}\nprint(resp.json())")  # it prints nothing itself

    assert answer == {"error_code": 404, "error_reason": "Not Found", "data": {}}


def test_xingyuns_second_program(folder, sandbox, xingyun):
    """It sends slides of a Chinese name to a path with a doubled slash, and has them rendered."""
    keys = sandbox.keys["xingyun"]
    program = printed(
        "xingyun_slides.py.txt",
        {
            "app_id = 'xxxxx'": f"app_id = '{keys['app_id']}'",
            "secret = 'xxxxx'": f"secret = '{keys['app_secret']}'",
            "https://nebula-agent.xingyun3d.com": origin(sandbox),
        },
    )

    parsed, created = python(folder, program)
    asked = f"{API}/get_render_task?task_id={created['data']['task_id']}"
    task = wait_until(
        lambda: xingyun.get(asked).json()["data"], lambda task: task["synth_finish_time"]
    )

    assert (parsed["error_code"], created["error_code"]) == (0, 0)
    assert (task["video_name"], task["synth_state"]) == ("测试调用API生成视频", "finished")


def test_xingyuns_script(xingyun, media, host, sandbox):
    """The printed body, of which either the script or the slides are to be sent, is taken."""
    page = "https://media.xmov.ai/youyan/user_upload_qa"
    text = printed(
        "xingyun_segment.json.txt",
        {
            f"{page}/74275_4b733edeca68484e8940da.png": host(media.picture),
            f"{page}/74275_df35e07846584dd98974bf.mp4": host(media.video),
            f"{page}/74275_1ca7a4a5407c43acb0da8b.mp4": host(media.video),
            "], # 可传 segment 或 PPT文件": "]",
            "# PPT文件\n": "",
            '"ppt_file": 复古艺术.pptx # binary\n': "",
        },
    )
    sandbox.faults("xingyun", "stuck")

    answer = xingyun.post(f"{API}/create_render_task", json=json.loads(text)).json()
    asked = xingyun.get(f"{API}/get_render_task", params=answer["data"]).json()
    cancelled = xingyun.post(f"{API}/cancel_render_task", json=answer["data"]).json()

    assert (answer["error_code"], answer["error_reason"]) == (0, "")
    assert asked["data"]["id"] == answer["data"]["task_id"]
    assert cancelled == {"error_code": 0, "error_reason": ""}


def test_chanjings_requests(sandbox, media):
    """Token, upload URLs, both create bodies, detail and list, from the page's blocks."""
    keys = {"84042cb5": "app_id", "10cd5091fe6042dfb91ba01816a991e0": "secret_key"}
    mine = {old: sandbox.keys["chanjing"][name] for old, name in keys.items()}
    token = send(sandbox, printed("chanjing_token.http", mine))["data"]["access_token"]
    key = {"{{access_token}}": token}
    files = {
        service: uploaded(sandbox, key, path, service)
        for service, path in (("lip_sync_video", media.video), ("lip_sync_audio", media.mp3))
    }
    video = key | {"e284db4d95de4220afe78132158156b5": files["lip_sync_video"]}
    audio = {"audio_file_id_from_file_management": files["lip_sync_audio"]}
    sandbox.faults("chanjing", "stuck", times=2)

    spoken = send(sandbox, printed("chanjing_create_tts.http", video))
    sounded = send(sandbox, printed("chanjing_create_audio.http", video | audio))
    asked = {"9499ed79995c4bdb95f0d66ca84419fd": sounded["data"]}
    detail = send(sandbox, printed("chanjing_detail.http", key | asked))
    listed = send(sandbox, printed("chanjing_list.http", key))

    assert [spoken["code"], sounded["code"], detail["code"], listed["code"]] == [0, 0, 0, 0]
    newest = [row["id"] for row in listed["data"]["list"][:2]]
    assert newest == [sounded["data"], spoken["data"]]
    assert detail["data"]["id"] == sounded["data"]


def uploaded(sandbox: Sandbox, key: dict[str, str], path: Path, service: str) -> str:
    """Upload a file by the page's block and its table of keys; gives the ready file's id."""
    table = f"GET /open/v1/common/create_upload_url?service={service}&name={path.name}"
    query = {"GET /open/v1/common/create_upload_url": table}
    data = send(sandbox, printed("chanjing_upload_url.http", key | query))["data"]
    headers = {"Content-Type": data["mime_type"]}
    sent = httpx.put(data["sign_url"], content=path.read_bytes(), headers=headers)
    assert sent.status_code == 200, sent.text
    asked = f"GET /open/v1/common/file_detail?id={data['file_id']}"
    block = printed("chanjing_upload_url.http", key | {next(iter(query)): asked})
    wait_until(lambda: send(sandbox, block)["data"]["status"], lambda status: status == 1)
    return str(data["file_id"])
