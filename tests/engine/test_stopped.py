"""A process that is stopped for longer than a timeout, as by a closed lid or a debugger."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from hosts import PATIENCE, Host, Reply, head, says

if not hasattr(signal, "SIGSTOP"):
    pytest.skip("this system cannot stop a process", allow_module_level=True)

TIMEOUT = 3.0
"""Seconds for which the program waits for an answer."""
SETTLED = 0.5
"""Seconds after which the program, having sent its request, does nothing but wait."""
PROGRAM = f"""
import sys, time
import httpx
import lipsync_nb as ls

class Studio(ls.LipsyncStudio):
    timeout = httpx.Timeout({TIMEOUT})

url, folder = sys.argv[1:]
media = {{"image": "https://media.test/f.png", "audio": "https://media.test/a.wav"}}
options = {{"ledger": folder + "/jobs.sqlite", "results": folder, "poll": (600, 600)}}
client = ls.Client([Studio("key", base_url=url)], **options)
job = client.submit(ls.lipsync_studio.LipSyncImage(**media))
while job.status == "submitting":
    time.sleep(0.01)
print(job.status, job.vendor_id, job.error)
"""
BODY = json.dumps({"id": "job-1", "status": "processing"}).encode()
HEAD = head(Content_Length=len(BODY), Content_Type="application/json")


@pytest.mark.parametrize("pieces", [(HEAD + BODY,), (HEAD, BODY[:5], BODY[5:])], ids=len)
def test_an_answer_that_came_while_the_process_was_stopped_is_read(tmp_path, pieces):
    """It lies in the socket; the timeouts that have passed meanwhile do not matter."""
    submitted, stopped = threading.Event(), threading.Event()

    def answers(arrival):
        if arrival.method != "POST":
            return says({"id": "job-1", "status": "processing"})
        submitted.set()
        assert stopped.wait(PATIENCE)
        return Reply(lambda: pieces, pause=0.3)

    with Host(answers) as host:
        command = [sys.executable, "-c", PROGRAM, host.url, str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert submitted.wait(PATIENCE)
            time.sleep(SETTLED)
            os.kill(process.pid, signal.SIGSTOP)
            stopped.set()
            time.sleep(TIMEOUT + 1)
            os.kill(process.pid, signal.SIGCONT)
            said, _ = process.communicate(timeout=PATIENCE)

    assert said == "running job-1 None\n"
