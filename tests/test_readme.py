"""Both READMEs: every command, link, table and block of code is run or checked."""

import ast
import re
import socket
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from vendor_table import table

from lipsync_nb.extras import MODULES

ROOT = Path(__file__).parent.parent
READMES = {"en": ROOT / "README.md", "zh": ROOT / "README.zh-CN.md"}
TEXTS = {language: path.read_text() for language, path in READMES.items()}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
BLOCK = re.compile(r"(?:<!-- (?P<mark>[^>]+) -->\n)?```(?P<kind>\w+)\n(?P<code>.*?)```", re.DOTALL)
BADGES = {"mybinder.org", "img.shields.io"}
both = pytest.mark.parametrize("language", READMES)


def blocks(language, kind):
    """Return the blocks of code of a kind, each with its mark."""
    found = BLOCK.finditer(TEXTS[language])
    return [
        (block["mark"] or "", block["code"].strip()) for block in found if block["kind"] == kind
    ]


def rows(language, head):
    """Return the rows of the table whose head begins so, each as its cells."""
    (text,) = re.findall(
        rf"^\| {re.escape(head)} \|.*\n\|[-| ]+\|\n((?:\|.*\n)+)", TEXTS[language], re.MULTILINE
    )
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines()]


@both
def test_the_table_of_vendors_is_the_registrys(language):
    """``python tests/vendor_table.py`` prints it."""
    assert table(language) in TEXTS[language]


@both
def test_links_lead_somewhere(language):
    """Files of the project are there; other hosts are Binder's and a badge's."""
    links = re.findall(r"\]\(([^)]+)\)", TEXTS[language])
    elsewhere = [urlsplit(link) for link in links if "://" in link]
    missing = [link for link in links if "://" not in link and not (ROOT / link).exists()]

    assert missing == []
    assert {url.hostname for url in elsewhere} <= BADGES
    for path in (path for url in elsewhere for path in parse_qs(url.query).get("urlpath", [])):
        assert (ROOT / re.sub("^(lab/tree|voila/render)/", "", path)).exists()


@both
def test_each_dependency_has_its_reason(language):
    """The table names what pyproject.toml does, no more and no less; so does the line of extras."""
    head = {"en": "package", "zh": "包"}[language]
    named = {re.split("[<>=~]", needed)[0] for needed in PROJECT["dependencies"]}
    (line,) = re.findall(r"^(?:Extras: |可选组：)(.*)$", TEXTS[language], re.MULTILINE)

    assert {row[0] for row in rows(language, head)} == named
    assert set(re.findall("`([^`]+)`", line)) == set(PROJECT["optional-dependencies"])


@both
@pytest.mark.parametrize("extra", MODULES)
def test_each_package_of_an_extra_is_named(language, extra):
    """In the extra's row, except for those that the package's other extras bring."""
    head = {"en": "extra", "zh": "可选组"}[language]
    (about,) = [row[1] for row in rows(language, head) if row[0] == extra]
    packages = [re.split("[<>=~]", needed)[0] for needed in PROJECT["optional-dependencies"][extra]]

    assert [name for name in packages if name not in about and extra not in name] == []


@both
def test_figures_can_be_repeated(language):
    """Each says by which test."""
    head = {"en": "what", "zh": "内容"}[language]
    for _, figure, how in rows(language, head):
        (path,) = re.findall("`pytest ([^` ]+)[^`]*`", how)

        assert figure
        assert (ROOT / path.partition("::")[0]).exists()


@both
def test_commands_are_those_of_pyproject(language):
    """Each program they start is installed by the extra that they name; each file is there."""
    extras = PROJECT["optional-dependencies"].values()
    programs = {script.name for script in entry_points(group="console_scripts")} | {"pip"}
    programs |= {re.split("[<>=~[]", needed)[0] for extra in extras for needed in extra}
    for _, code in blocks(language, "bash"):
        for program in re.findall(r"\.venv/bin/(\S+)", code):
            assert program in programs
        for extra in re.findall(r'"\.\[(\w+)\]"', code):
            assert extra in PROJECT["optional-dependencies"]
        for path in re.findall(r"notebooks/\S+", code):
            assert (ROOT / path).exists()


def test_both_languages_have_the_same_commands_and_code():
    """Only texts differ."""
    marks = [mark for mark, _ in blocks("en", "bash")]

    assert blocks("en", "bash") == blocks("zh", "bash")
    assert marks == ["command: open", "command: test", "command: sandbox", ""]
    assert without_texts("en") == without_texts("zh")


def without_texts(language):
    """Return the Python code of a README, each string left out."""
    trees = [ast.parse(code) for _, code in blocks(language, "python")]
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return [ast.unparse(tree) for tree in trees]


def test_ci_runs_the_readmes_command():
    """Found by its mark."""
    (command,) = [code for mark, code in blocks("en", "bash") if mark == "command: test"]
    script = (ROOT / ".ci" / "run").read_text()
    (finder,) = re.findall(r"^command=\$\((.*)\)$", script, re.MULTILINE)
    found = subprocess.run(
        ["bash", "-c", finder], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert found.stdout.strip() == command


@both
def test_the_example_is_short(language):
    """At most ten lines."""
    ((mark, code), *_) = blocks(language, "python")

    assert mark == "block: example"
    assert len(code.splitlines()) <= 10


@pytest.mark.campaign(small=lambda language: language == "en")
@both
def test_its_code_runs(language, tmp_path, monkeypatch, capsys):
    """The example and then every recipe, in the order in which they stand."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIPSYNC_NB_HOME", str(tmp_path / "home"))
    names = {}
    for _, code in blocks(language, "python"):
        exec(compile(code, READMES[language].name, "exec"), names)
    for name in ("client", "careful"):
        names[name].close()

    video, *_ = capsys.readouterr().out.splitlines()
    assert Path(video).is_file()
    assert (tmp_path / "out.mp4").stat().st_size > 10_000
    assert names["job"].status == "succeeded"
    assert names["unknown"].empty


def test_the_sandbox_starts_by_its_command():
    """It prints what another program needs."""
    (command,) = [code for mark, code in blocks("en", "bash") if mark == "command: sandbox"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = command.replace("8700", str(port)).split()
    with subprocess.Popen(
        [sys.executable, *words[1:]], stdout=subprocess.PIPE, text=True
    ) as running:
        lines = [running.stdout.readline() for _ in range(3)]
        running.terminate()

    assert words[0] == "python"
    assert f"export LINGDONG_BASE_URL=http://127.0.0.1:{port}/api/v1\n" in lines
