"""A paid request whose answer is broken off by TLS itself: nobody can tell what became of it."""

import datetime as dt
import ipaddress
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

BROKEN_RECORD = b"\x17\x03\x03\x00\x30" + bytes(48)
"""What looks like application data, and cannot be decrypted."""
PROGRAM = """
import sys
import lipsync_nb as ls
url, folder = sys.argv[1:]
media = {"image": "https://media.test/face.png", "audio": "https://media.test/speech.wav"}
vendor = ls.LipsyncStudio("sk_0123456789abcdef", base_url=url)
options = {"backoff_scale": 0.01}
with ls.Client([vendor], ledger=f"{folder}/jobs.sqlite", results=folder, **options) as client:
    for _ in range(2):
        job = client.submit(ls.lipsync_studio.LipSyncImage(**media))
        print(type(job.exception(60)).__name__, job.status, len(client.jobs))
"""


def certificate(folder: Path) -> Path:
    """Write a certificate of this machine's, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = folder / "certificate.pem"
    path.write_bytes(secret + signed.public_bytes(serialization.Encoding.PEM))
    return path


class Breaking:
    """An HTTPS server that reads each request, and answers with a broken record."""

    def __init__(self, certificate: Path) -> None:
        self.requests: list[bytes] = []
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        """End it."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                plain, _ = self._listener.accept()
                with plain.dup() as beneath, self._context.wrap_socket(plain, True) as connection:
                    self.requests.append(connection.recv(1 << 16))
                    beneath.send(BROKEN_RECORD)
                    beneath.recv(1)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Breaking]:
    """The server."""
    server = Breaking(certificate(tmp_path))
    yield server
    server.close()


def test_a_broken_answer_is_a_lost_one(server, tmp_path):
    """The job is unknown, and the same request is not paid again."""
    trusting = {**os.environ, "SSL_CERT_FILE": str(tmp_path / "certificate.pem")}
    command = [sys.executable, "-c", PROGRAM, server.url, str(tmp_path)]
    done = subprocess.run(
        command, env=trusting, capture_output=True, text=True, timeout=120, check=False
    )

    assert done.stdout.splitlines() == ["SubmitUnknown unknown 1"] * 2, done.stderr
    assert sum(request.startswith(b"POST") for request in server.requests) == 1
