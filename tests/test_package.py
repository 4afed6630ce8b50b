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
    told = subprocess.run(command, capture_output=True, text=True, check=False)

    assert told.returncode == 0, told.stdout + told.stderr


def test_the_licence_goes_along(built):
    """In the wheel's own folder for such."""
    wheel, sdist, _ = built

    assert any(name.endswith("dist-info/licenses/LICENSE") for name in wheel)
    assert {"LICENSE", "README.md", "pyproject.toml"} <= sdist


LINE = """
import lipsync_nb as ls
client = ls.Client.sandbox()
print(client.submit(ls.lingdong.Generate(source={source!r}, audio={audio!r})).result())
client.close()
"""


def test_the_wheel_alone_makes_a_video(built, samples, tmp_path):
    """In an empty environment, outside the checkout, without any extra."""
    (wheel,) = built[2].glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "--no-compile", wheel]
    subprocess.run(install, check=True)
    line = LINE.format(source=str(samples.face), audio=str(samples.speech))
    elsewhere = {**os.environ, "LIPSYNC_NB_HOME": str(tmp_path / "home")}

    command = [python, "-I", "-c", line]
    out = subprocess.run(command, cwd=tmp_path, env=elsewhere, check=True, stdout=subprocess.PIPE)

    assert out.stdout.startswith(b"Video(")
    assert [path.suffix for path in (tmp_path / "lipsync_videos").iterdir()] == [".mp4"]
