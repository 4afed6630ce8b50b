"""Every tutorial, with "Run All" in JupyterLab, whatever the version of its kernel."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from browser.conftest import OpenPage
from browser.kernels import KERNELS
from browser.lab import Lab, Notebook

TUTORIALS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
PATIENCE_S = 280
"""For one tutorial, which takes a minute at most, on a machine that has much else to do."""
STDERR = "[data-mime-type='application/vnd.jupyter.stderr']"


def copy(tutorial: Path, lab: Lab, kernel: str) -> str:
    """Copy a tutorial and what lies beside it below a server's root; return its path there."""
    folder = lab.root / kernel
    folder.mkdir(exist_ok=True)
    for module in tutorial.parent.glob("*.py"):
        shutil.copy(module, folder)
    path = Path(shutil.copy(tutorial, folder))
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.kernelspec = {"name": kernel, "display_name": kernel}
    nbformat.write(notebook, path)
    return str(path.relative_to(lab.root))


def is_for_a_small_run(tutorial: Path, kernel: str) -> bool:
    """Take each tutorial once, and the first one in each kernel.

    The batch of a hundred jobs is left out; nbmake runs it.
    """
    each = kernel == KERNELS[-1] and tutorial.stem != "06_batch"
    return each or tutorial == TUTORIALS[0]


@pytest.mark.campaign(small=is_for_a_small_run)
@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("tutorial", TUTORIALS, ids=lambda path: path.stem)
def test_a_tutorial_runs_to_its_end(  # noqa: PLR0917 - fixtures
    lab: Lab,
    no_kernels_left: None,
    provide: Callable[[str], None],
    sheet: OpenPage,
    figure: Callable[[str], None],
    tutorial: Path,
    kernel: str,
) -> None:
    """All prompts get their numbers, nothing is said on stderr, and no page has an error.

    What the first kernel has paid for, the others find in the ledger.
    """
    assert no_kernels_left is None
    provide(kernel)
    opened = Notebook(sheet(), lab.url, copy(tutorial, lab, kernel))
    began = time.monotonic()

    opened.run_all(patience_s=PATIENCE_S)

    figure(f"{tutorial.stem}, Run All with {kernel}: {time.monotonic() - began:.0f} s")
    assert opened.page.locator(STDERR).all_inner_texts() == []
    assert opened.ask("'ipykernel-' + __import__('ipykernel').__version__") == repr(kernel)
