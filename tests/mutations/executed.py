"""Which lines of the workbench each test runs: measured once for each test file, and again when the file changes.

A line is named by its function and its distance from the function's first line, so that changes elsewhere in a module
do not matter. What is loaded or set up while a file is collected or its fixtures are made counts for each of its tests.
"""

from __future__ import annotations

import ast
import hashlib
import json
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from warm import in_fork

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FOLDERS = (
    *("analysis", "evaluation", "runs", "training", "recorders"),
    *("hostile", "nets", "importing", "figures", "films", "reports", "cli", "faults", "."),
)
LEFT_OUT = {"test_architecture.py", "test_time_limit.py"}
Lines = dict[str, list[str]]  # module -> its lines that ran, each "function+distance"


@dataclass(frozen=True)
class Reach:
    """What one test runs."""

    file: str
    name: str
    seconds: float
    lines: Lines

    def runs(self, module: str, lines: set[str]) -> bool:
        return not lines.isdisjoint(self.lines.get(module, ()))


def names_of_lines(source: str) -> dict[int, str]:
    """The name of each line of a module that is in a function or class."""
    names: dict[int, str] = {}

    def name(node: ast.AST, place: str) -> None:
        for child in ast.iter_child_nodes(node):
            inner = place
            if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
                inner = f"{place}.{child.name}".lstrip(".")
                for line in range(child.lineno, (child.end_lineno or child.lineno) + 1):
                    names[line] = f"{inner}+{line - child.lineno}"
            name(child, inner)

    name(ast.parse(source), "")
    return names


class Executed:
    """The tests of a copy of the workbench and what they run, kept in `folder`."""

    def __init__(self, copied: Path, packages: tuple[str, ...], folder: Path, say: Callable[[str], None]) -> None:
        self.copied, self.folder, self.say = copied, folder, say
        self.modules = [path for package in packages for path in sorted((copied / "workbench" / package).rglob("*.py"))]
        folder.mkdir(parents=True, exist_ok=True)

    def reaches(self) -> list[Reach]:
        """What each test that passes runs; measures the test files that were not measured as they are now."""
        tests = self.copied / "tests"
        files = [path for part in FOLDERS if part != "." for path in sorted((tests / part).rglob("test_*.py"))]
        files += sorted(tests.glob("test_*.py")) if "." in FOLDERS else []
        files = [path for path in files if path.name not in LEFT_OUT]
        return [reach for path in files for reach in self._reaches_of(path)]

    def _reaches_of(self, path: Path) -> Iterator[Reach]:
        file = str(path.relative_to(self.copied))
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        measured = self.folder / f"{file.replace('/', '-')}.json"
        if not measured.exists() or json.loads(measured.read_text())["digest"] != digest:
            self._measure(file, digest, measured)
        for name, (seconds, lines) in json.loads(measured.read_text())["tests"].items():
            yield Reach(file, name, seconds, lines)

    def _measure(self, file: str, digest: str, measured: Path) -> None:
        marks, offsets, size = self.folder / "marks", {}, 0
        for module in self.modules:
            offsets[str(module)] = size
            size += module.read_bytes().count(b"\n") + 2
        marks.write_bytes(bytes(size))
        package = self.copied / "workbench" / "__init__.py"
        sound, tracing = package.read_text(encoding="utf-8"), Path(__file__).with_name("tracing.py")
        given = f"{{'MARKS': {str(marks)!r}, 'OFFSETS': {offsets!r}, '__name__': 'tracing'}}"
        traced = f"exec(__import__('pathlib').Path({str(tracing)!r}).read_text('utf-8'), {given})"
        package.write_text(f"{sound}\n{traced}\n", encoding="utf-8")
        measured.unlink(missing_ok=True)
        began = time.monotonic()
        try:
            status = in_fork(
                self.copied,
                [file, "--maxfail=1000"],
                _Measuring(marks, offsets, digest, measured),
                900,
                self.folder / "log",
            )
        finally:
            package.write_text(sound, encoding="utf-8")
        self.say(f"measured {file} in {time.monotonic() - began:.0f} s (status {status})")
        if not measured.exists():
            measured.write_text(json.dumps({"digest": digest, "tests": {}}))


class _Measuring:
    """In the fork: notes the lines of each test that passes."""

    def __init__(self, marks: Path, offsets: dict[str, int], digest: str, measured: Path) -> None:
        self.marks, self.digest, self.measured = marks, digest, measured
        self.named: list[tuple[int, str, str]] = []  # a mark, its module, the name of its line
        for module, offset in offsets.items():
            short = module.partition("/workbench/")[2]
            names = names_of_lines(Path(module).read_text(encoding="utf-8"))
            self.named += [(offset + line, short, name) for line, name in names.items()]
        self.shared = b""
        self.tests: dict[str, tuple[float, bytes]] = {}

    def _taken(self) -> bytes:
        with self.marks.open("r+b") as file:
            found = file.read()
            file.seek(0)
            file.write(bytes(len(found)))
        return found

    def _share(self) -> None:
        self.shared = _either(self.shared, self._taken())

    def pytest_collection_finish(self) -> None:
        self._share()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_setup(self) -> Iterator[None]:
        self._share()
        yield
        self._share()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        trace, began = sys.gettrace(), time.monotonic()
        if trace is not None:
            trace.__globals__["calls"].clear()  # of `tracing.py`
        outcome: Any = yield
        if outcome.excinfo is None:
            self.tests[item.nodeid] = (time.monotonic() - began, self._taken())

    def pytest_sessionfinish(self) -> None:
        self._share()
        tests = {name: (seconds, self._lines(marks)) for name, (seconds, marks) in self.tests.items()}
        self.measured.write_text(json.dumps({"digest": self.digest, "tests": tests}))

    def _lines(self, marks: bytes) -> Lines:
        marks, lines = _either(marks, self.shared), defaultdict(list)
        for at, module, name in self.named:
            if marks[at]:
                lines[module].append(name)
        return lines


def _either(some: bytes, others: bytes) -> bytes:
    size = max(len(some), len(others))
    both = int.from_bytes(some, "big") | int.from_bytes(others, "big")
    return both.to_bytes(size, "big")
