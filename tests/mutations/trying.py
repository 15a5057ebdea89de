"""Tries one mutant: runs the tests that run its line until one fails."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from covering import tests_of
from executed import names_of_lines
from warm import TOO_SLOW, in_fork

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from executed import Reach
    from mutants import Mutant

JITTED = "analysis.compiled import"  # what numba compiles leaves no marks
FAILED, INTERRUPTED, CRASHED = 1, 2, 3
TOGETHER = (1, 3, 8)  # so many test files in the first forks; then the last number


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

    def _tried(self, tests: dict[str, dict[str, float]]) -> tuple[str, str]:
        files, sizes, end = list(tests), list(TOGETHER), time.monotonic() + self.limit
        while files:
            size = sizes.pop(0) if sizes else TOGETHER[-1]
            now, files = files[:size], files[size:]
            chosen = {name: seconds for file in now for name, seconds in tests[file].items()}
            status = in_fork(self.copied, now, _Chosen(chosen), max(end - time.monotonic(), 1), self.log)
            if status == TOO_SLOW:
                return "too slow", ", ".join(now)
            if status in (FAILED, INTERRUPTED, CRASHED) or status < 0:
                return "caught", self._failed()
        return "survived", f"{sum(map(len, tests.values()))} tests in {len(tests)} files"

    def _failed(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return next((line[:150] for line in lines if line.startswith(("FAILED", "ERROR"))), "ended")

    def _tests(self, mutant: Mutant) -> dict[str, dict[str, float]]:
        """Test files, the best first, and in each the tests to run with their seconds; none where all are."""
        short = str(mutant.path.relative_to(self.copied / "workbench"))
        near = [str(path.relative_to(self.copied)) for path in tests_of(mutant.path, self.copied)]
        names = names_of_lines(mutant.path.read_text(encoding="utf-8"))
        lines = {names[line] for line in mutant.lines} or set(names.values())
        found: dict[str, dict[str, float]] = {}
        for reach in self.reaches:
            if reach.runs(short, lines):
                found.setdefault(reach.file, {})[reach.name] = reach.seconds
        if not found and (not names or JITTED in mutant.path.read_text(encoding="utf-8")):
            return {file: {} for file in near}
        own = f"tests/{short.partition('/')[0]}/"

        def order(file: str) -> tuple[bool, bool, float]:
            return (not file.startswith(own), file not in near, sum(found[file].values()))

        return {file: found[file] for file in sorted(found, key=order)}


@dataclass(frozen=True)
class _Chosen:
    """In the fork: runs these tests alone, file by file, the quickest first; all where none are given."""

    seconds: dict[str, float]

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self.seconds:
            files = list(dict.fromkeys(item.path for item in items))
            items[:] = [item for item in items if item.nodeid in self.seconds]
            items.sort(key=lambda item: (files.index(item.path), self.seconds[item.nodeid]))
