"""Temporary folders are private, and those of a killed owner do not stay."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from zerobay_analysis.files.disk import ScratchFolder

OWNER = (
    "import sys; from pathlib import Path; from zerobay_analysis.files.disk import ScratchFolder;"
    "folder = ScratchFolder(Path(sys.argv[1])); (folder.path / 'data.json').write_text('figures');"
    "print(folder.path, flush=True); sys.stdin.read()"
)


def owner(base: Path, code: str = OWNER) -> tuple[subprocess.Popen[str], Path]:
    """A process that holds a folder with data in ``base``."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(base)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_a_folder_is_private_and_goes_with_its_owner(tmp_path: Path) -> None:
    with ScratchFolder(tmp_path) as folder:
        assert os.name == "nt" or stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "socket").touch()
    assert list(tmp_path.iterdir()) == []


def test_the_next_run_removes_what_a_killed_one_left_and_nothing_else(tmp_path: Path) -> None:
    killed, left = owner(tmp_path)
    living, held = owner(tmp_path)
    foreign = tmp_path / "zb-of-another-program"
    foreign.mkdir()
    killed.kill()
    killed.communicate()
    assert (left / "data.json").is_file()
    with ScratchFolder(tmp_path) as folder:
        assert {*tmp_path.iterdir()} == {held, foreign, folder}
        assert (held / "data.json").read_text(encoding="utf-8") == "figures"
    living.kill()
    living.communicate()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_fork_that_ends_does_not_give_its_parents_folder_away(tmp_path: Path) -> None:
    fork = "import os; pid = os.fork(); pid and os.waitpid(pid, 0)\nif pid: print("
    process, held = owner(tmp_path, OWNER.replace("print(", fork))
    ScratchFolder(tmp_path).remove()
    assert held.is_dir()
    process.communicate("")


def test_many_at_once_each_get_their_own(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        folders = list(threads.map(lambda _: ScratchFolder(tmp_path), range(40)))
    assert len({folder.path for folder in folders}) == 40
    assert all((folder.path / "owner").is_file() for folder in folders)
    for folder in folders:
        folder.remove()
    assert list(tmp_path.iterdir()) == []
