"""Tries one mutant: runs the tests that run its line until one fails."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from itertools import starmap
from typing import TYPE_CHECKING

from covering import FARTHEST, distances_of_tests
from executed import names_of_lines
from warm import TOO_SLOW, in_fork

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from executed import Reach
    from mutants import Mutant

JITTED = "analysis.compiled import"  # what numba compiles leaves no marks
FAILED, INTERRUPTED, CRASHED = 1, 2, 3
TOGETHER = (2, 4, 8)  # so many test files in the first forks; then the last number
QUICK = 1.0  # seconds of a test, measured while its lines were


@dataclass(frozen=True)
class Trial:
    """How mutants are tried in a copy of the workbench."""

    copied: Path
    reaches: list[Reach]
    limit: float  # seconds of a mutant
    log: Path

    def outcome(self, mutant: Mutant) -> tuple[str, str]:
        """What becomes of a mutant, and by which test: "caught", "survived", "unexecuted" or "too slow"."""
        tests = self._tests(mutant)
        if not tests:
            return "unexecuted", "no test runs it"
        state = mutant.path.stat()
        sound = mutant.path.read_text(encoding="utf-8")
        mutant.path.write_text(mutant.source, encoding="utf-8")
        try:
            return self._tried(tests)
        finally:
            mutant.path.write_text(sound, encoding="utf-8")
            os.utime(mutant.path, ns=(state.st_atime_ns, state.st_mtime_ns))  # as numba's compiled loops know it

    def _tried(self, tests: list[Tests]) -> tuple[str, str]:
        sizes, end = list(TOGETHER), time.monotonic() + self.limit
        left = list(tests)
        while left:
            size = sizes.pop(0) if sizes else TOGETHER[-1]
            now, left = left[:size], left[size:]
            files = dict.fromkeys(each.file for each in now)
            chosen = {name: seconds for each in now for name, seconds in each.seconds.items()}
            whole = frozenset(each.file for each in now if not each.seconds)
            status = in_fork(self.copied, files, _Chosen(chosen, whole), max(end - time.monotonic(), 1), self.log)
            if status == TOO_SLOW:
                return "too slow", f"{len(tests) - len(left)} of {len(tests)} groups of tests"
            if status in (FAILED, INTERRUPTED, CRASHED) or status < 0:
                return "caught", self._failed()
        return "survived", f"{sum(len(each.seconds) for each in tests)} tests"

    def _failed(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return next((line[:150] for line in lines if line.startswith(("FAILED", "ERROR"))), "ended")

    def _tests(self, mutant: Mutant) -> list[Tests]:
        """The tests that run the mutated line, file by file: first the quick ones, the nearest files first."""
        short = str(mutant.path.relative_to(self.copied / "workbench"))
        distances = distances_of_tests(mutant.path, self.copied)
        near = {str(path.relative_to(self.copied)): distance for path, distance in distances.items()}
        names = names_of_lines(mutant.path.read_text(encoding="utf-8"))
        lines = {names[line] for line in mutant.lines} or set(names.values())
        farthest = FARTHEST + 1 if mutant.lines else 1  # what runs once is tried by those that import the module
        quick: dict[str, dict[str, float]] = {}
        slow: dict[str, dict[str, float]] = {}
        for reach in self.reaches:
            if near.get(reach.file, FARTHEST + 1) <= farthest and reach.runs(short, lines):
                (slow if reach.seconds > QUICK else quick).setdefault(reach.file, {})[reach.name] = reach.seconds
        if not quick and not slow and (not names or JITTED in mutant.path.read_text(encoding="utf-8")):
            return [Tests(file, {}) for file in near]
        own = f"tests/{short.partition('/')[0]}/"

        def order(each: Tests) -> tuple[int, bool, float]:
            return (near.get(each.file, FARTHEST + 1), not each.file.startswith(own), sum(each.seconds.values()))

        return [each for part in (quick, slow) for each in sorted(starmap(Tests, part.items()), key=order)]


@dataclass(frozen=True)
class Tests:
    """Some tests of one file, with their seconds; all of them where none is named."""

    file: str
    seconds: dict[str, float]


@dataclass(frozen=True)
class _Chosen:
    """In the fork: runs these tests and whole files alone, file by file, the quickest first."""

    seconds: dict[str, float]
    whole: frozenset[str]

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        files = list(dict.fromkeys(item.path for item in items))
        chosen = [each for each in items if each.nodeid in self.seconds or each.nodeid.partition("::")[0] in self.whole]
        items[:] = sorted(chosen, key=lambda each: (files.index(each.path), self.seconds.get(each.nodeid, 0.0)))
