"""The short form of `python -m tests.hostile.fuzz`: mutated files in the real window, each ends in a clear verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import fuzz
import fuzzed_window
import odd_files
import signalled
import spoils
from mutated import mutated

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

FILES = 5


def test_mutated_files_do_no_harm_to_the_window(tmp_path: Path) -> None:
    count = fuzz.fuzz(FILES, 0, tmp_path, report=False, signals=1)
    assert count.bad == {}, [path.read_text() for path in tmp_path.glob("*.txt")]
    assert count.done == count.opened + count.refused == FILES
    assert count.opened
    assert count.refused
    assert count.cases == len(odd_files.CASES)
    assert count.signals == bool(signalled.SIGNALS)


def test_the_same_seed_makes_the_same_files(tmp_path: Path) -> None:
    bases = [bytes(range(256)) * 40, spoils.CANARY * 400]
    first = [mutated(bases, 5, number) for number in range(50)]
    assert first == [mutated(bases, 5, number) for number in range(50)]
    assert len(set(first)) > 45


def test_a_file_that_kills_the_window_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = tmp_path / "window.py"
    stand_in.write_text(
        "import json, os, sys\n"
        "for number in range(int(sys.argv[2]), int(sys.argv[3])):\n"
        "    if number == 2: os.abort()\n"
        "    said = dict(number=number, opened=True, seconds=0, growth=0, in_all=0, wrong=[], kind='')\n"
        "    print(json.dumps(said), flush=True)\n"
    )
    monkeypatch.setattr(fuzz, "WINDOW", stand_in)
    count = fuzz.fuzz(5, 0, tmp_path, report=False)
    assert (count.done, count.opened) == (5, 4)
    assert count.bad == {"death (-6)": [2]}


def test_a_refusal_that_is_not_clear_is_noticed(tmp_path: Path) -> None:
    from workbench.gui.work.opening import OpeningFailed
    from workbench.runs.errors import RunError

    def wrong(problem: str, inside: str = "") -> list[str]:
        error = RunError(tmp_path, problem, "open another", inside)
        return fuzzed_window.clumsy(OpeningFailed(tmp_path, error), tmp_path)

    assert wrong("is odd", "/spec") == []
    assert wrong("is odd") == ["names no place inside the file"]
    assert wrong("is\nodd", "/spec") == ["not one clear sentence"]
    assert fuzzed_window.clumsy(OpeningFailed(tmp_path, KeyError("x")), tmp_path) == ["refused by a KeyError"]
