"""What is published: a wheel and an sdist that carry what the package needs, and nothing else."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = ROOT / "lipsync_nb"
NEITHER = ("tests/", "notebooks/", "binder/", "docs/", ".ci/", ".env")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The names in the wheel and in the sdist, and where both lie."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    with tarfile.open(sdist) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}
    return set(zipfile.ZipFile(wheel).namelist()), names, folder


def needed():
    """Return the package's files, as the repository has them."""
    kept = {".py", ".pyi", ".js", ".css", ".typed", ".json", ".svg"}
    files = (path for path in SOURCES.rglob("*") if path.suffix in kept or path.name == "py.typed")
    return {str(path.relative_to(ROOT)) for path in files if "__pycache__" not in path.parts}


def test_both_carry_the_whole_package(built):
    """Modules, types, scripts and style sheets."""
    wheel, sdist, _ = built

    assert needed() - wheel == set()
    assert needed() - sdist == set()
    assert any(name.endswith("static/table.js") for name in wheel)


def test_neither_carries_more(built):
    """No test, no notebook, no settings of anybody's."""
    wheel, sdist, _ = built

    assert [name for name in wheel | sdist if name.startswith(NEITHER)] == []
    assert {name.partition("/")[0] for name in wheel if "dist-info" not in name} == {"lipsync_nb"}
    assert [name for name in wheel | sdist if name.endswith((".pyc", ".mp4", ".sqlite"))] == []


def test_twine_accepts_both(built):
    """Also the README, as the index will show it."""
    command = [sys.executable, "-m", "twine", "check", "--strict", *built[2].iterdir()]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_licence_goes_along(built):
    """In the wheel's own folder for such."""
    wheel, sdist, _ = built

    assert any(name.endswith("dist-info/licenses/LICENSE") for name in wheel)
    assert {"LICENSE", "README.md", "pyproject.toml"} <= sdist


CORE_MB = 410
"""What the package may take without extras, with pip and compiled files."""

WITHOUT_EXTRAS = """
from importlib.metadata import distributions
import lipsync_nb as ls
from lipsync_nb.vendors.base.credentials import remember
from pydantic import SecretStr

for name in ls.__all__:
    getattr(ls, name)
vendor = ls.Lingdong(api_key="key", base_url="http://127.0.0.1:9")
client = ls.Client([vendor], ledger="jobs.sqlite")
with open("rows.xlsx", "wb") as file:
    file.write(b"PK")
calls = {
    "batch": lambda: client.batch("rows.xlsx"),
    "sandbox": ls.Client.sandbox,
    "compare": lambda: client.compare("face.png", "speech.wav"),
    "compare, to measure": lambda: ls.measure("video.mp4"),
    "s3": lambda: ls.Client(media_host="s3://bucket/folder", ledger="other.sqlite"),
    "keyring": lambda: remember("YUNAI_API_KEY", SecretStr("key")),
    "compare, to measure all": lambda: ls.measure_all(["video.mp4"]),
}
for extra, call in calls.items():
    try:
        call()
    except ls.MissingExtra as error:
        assert f'pip install "lipsync_nb[{extra.partition(",")[0]}]"' in str(error), error
    else:
        raise AssertionError(extra)
client.close()
for distribution in distributions():
    about = distribution.metadata
    licence = [about["License-Expression"] or "", (about["License"] or "")[:100]]
    licence += [line for line in about.get_all("Classifier", []) if line.startswith("License")]
    assert "GPL" not in " ".join(licence).replace("LGPL", ""), (about["Name"], licence)
"""

VIDEO = """
import lipsync_nb as ls
client = ls.Client.sandbox()
print(client.submit(ls.lingdong.Generate(source={source!r}, audio={audio!r})).result())
client.close()
"""


@pytest.mark.campaign
def test_the_wheel_is_light_and_makes_a_video(built, samples, tmp_path, figure):
    """Without extras it is small, free of the GPL, and has all public names; `[sandbox]` is enough.

    What needs an extra names the pip command.
    """
    venv, (wheel,) = tmp_path / "venv", built[2].glob("*.whl")
    python = venv / "bin" / "python"
    pip = [python, "-m", "pip", "install", "--quiet"]
    environment = {**os.environ, "LIPSYNC_NB_HOME": str(tmp_path / "home")}
    video = VIDEO.format(source=str(samples.face), audio=str(samples.speech))

    def run(program: str) -> str:
        command = [python, "-I", "-c", program]  # outside the checkout
        return subprocess.run(
            command, cwd=tmp_path, env=environment, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    subprocess.run([*pip, wheel], check=True)
    files = (path for path in venv.rglob("*") if path.is_file())
    megabytes = sum(path.stat(follow_symlinks=False).st_size for path in files) / 1e6
    run(WITHOUT_EXTRAS)
    subprocess.run([*pip, "--no-compile", f"{wheel}[sandbox]"], check=True)
    out = run(video)

    figure(f"the package without extras: {megabytes:.0f} MB (limit {CORE_MB})")
    assert megabytes <= CORE_MB
    assert [str(path) for path in (tmp_path / "lipsync_videos").iterdir()] == [out.strip()]
    assert out.strip().endswith(".mp4")
