"""Which test files try a module: those that import it, or import what imports it."""

from __future__ import annotations

import ast
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SLOW = {"gui", "benchmarks", "hostile", "monkey", "mutations"}  # folders whose tests try the window
FARTHEST = 3  # imports between a test and what it tries


def distances_of_tests(module: Path, checkout: Path) -> dict[Path, int]:
    """The test files for a module, the nearest first: how many imports lie between; those of its package follow."""
    imported = _imports(checkout)
    distance = {module: 0}
    for far in range(1, FARTHEST + 1):
        for path, names in imported.items():
            if path not in distance and any(distance.get(name) == far - 1 for name in names):
                distance[path] = far
    own = checkout / "tests" / module.relative_to(checkout / "workbench").parts[0]
    tests = [path for path in imported if path.name.startswith("test_")]
    tests = [path for path in tests if not SLOW & set(path.relative_to(checkout).parts)]
    found = {path: distance.get(path, FARTHEST + 1) for path in tests if path in distance or path.parent == own}
    return dict(sorted(found.items(), key=lambda each: (each[1], each[0].parent != own, each[0].stat().st_size)))


@lru_cache(maxsize=1)
def _imports(checkout: Path) -> dict[Path, set[Path]]:
    """The modules of ours that each file imports, directly; a test also has what the files beside it import."""
    found: dict[Path, set[Path]] = {}
    beside: dict[Path, set[Path]] = defaultdict(set)
    for folder in ("workbench", "tests"):
        for path in (checkout / folder).rglob("*.py"):
            names = {name for node in ast.walk(ast.parse(path.read_text("utf-8"))) for name in _names(node)}
            found[path] = {each for name in names for each in _files(name, path, checkout)}
            if path.name == "conftest.py":
                beside[path.parent] = found[path]
    return {path: names | beside.get(path.parent, set()) for path, names in found.items()}


def _names(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.module:
        return {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return set()


def _files(name: str, importer: Path, checkout: Path) -> list[Path]:
    places = (checkout / f"{name.replace('.', '/')}.py", importer.parent / f"{name}.py")
    return [path for path in places if path.is_file()]
