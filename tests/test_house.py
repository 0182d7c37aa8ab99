"""The house stays small: lines of code, files, rooms on the top floor, and no circle among its modules.

Run ``pytest -s tests/test_house.py`` to see the figures.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import zerobay_analysis

PACKAGE = Path(zerobay_analysis.__file__).parent
GOAL_LINES, GOAL_FILES = 15_000, 115
"""What the project set itself, not reached yet: docstrings, comments and blank lines do not count."""
MAX_LINES, MAX_FILES, MAX_ROOMS = 16_466, 111, 16
"""What must hold today; the lines go down until they are the goal."""


@cache
def modules() -> dict[str, ast.Module]:
    """Syntax tree of every module by its dotted name; a package goes by its own."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = (PACKAGE.name, *path.relative_to(PACKAGE).with_suffix("").parts)
        name = ".".join(parts).removesuffix(".__init__")
        found[name] = ast.parse(path.read_text("utf-8"), filename=str(path))
    return found


def code_lines(path: Path) -> int:
    """Lines that are neither blank nor a comment nor part of a docstring."""
    text = path.read_text("utf-8")
    prose: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(getattr(first.value, "value", None), str):
                prose |= set(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    lines = enumerate(text.splitlines(), start=1)
    return sum(
        n not in prose and bool(line.strip()) and not line.strip().startswith("#") for n, line in lines
    )


def imported(name: str, tree: ast.Module) -> Iterator[str]:
    """Modules of the package that a module imports: for types only and inside functions as well."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for target in names:
            while target and target not in modules():
                target = target.rpartition(".")[0]
            if target and target != name:
                yield target


def test_the_package_is_small() -> None:
    files = list(PACKAGE.rglob("*.py"))
    lines = sum(code_lines(path) for path in files)
    rooms = [p for p in PACKAGE.iterdir() if any(p.glob("*.py")) or p.match("[!_]*.py")]
    of_lines, of_files = (
        f"{lines} lines of code (goal {GOAL_LINES})",
        f"{len(files)} files (goal {GOAL_FILES})",
    )
    print(f"\n{of_lines}, {of_files}, {len(rooms)} rooms")  # noqa: T201 - what it is for
    assert lines <= MAX_LINES
    assert len(files) <= MAX_FILES
    assert len(rooms) <= MAX_ROOMS


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = {
        name: {
            other
            for other in imported(name, tree)
            # A package's own list of its modules, which a module names to reach its neighbour.
            if not name.startswith(f"{other}.")
        }
        for name, tree in modules().items()
    }
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise AssertionError(f"circle: {' -> '.join(error.args[1])}") from None


def test_seaborn_draws_charts() -> None:
    users = [name for name, tree in modules().items() if "seaborn" in ast.unparse(tree)]
    assert any(name.startswith("zerobay_analysis.charts.") for name in users)
