"""A test that never ends fails, wherever it loops, and the others still run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

SETTINGS = Path(__file__).resolve().parents[1] / "pyproject.toml"
IN_PYTHON = "while True: pass"
IN_C = "all(itertools.repeat(True))"  # hears no signal and keeps the interpreter's lock


def outcome(folder: Path, loop: str, *options: str) -> str:
    """What pytest prints of an endless test and a good one, under the project's settings but for these."""
    file = folder / "test_endless.py"
    file.write_text(f"import itertools\n\ndef test_endless():\n    {loop}\n\ndef test_good():\n    pass\n")
    command = [sys.executable, "-m", "pytest", "-c", str(SETTINGS), "--rootdir", str(folder), "-p", "no:cacheprovider"]
    command += [*options, str(file)]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False).stdout


def test_an_endless_test_fails_and_the_next_one_runs(tmp_path: Path) -> None:
    printed = outcome(tmp_path, IN_PYTHON, "-o", "timeout=1")
    assert "1 failed, 1 passed" in printed
    assert "Failed: Timeout (>1.0s) from pytest-timeout." in printed


def test_an_endless_loop_outside_python_ends_its_process_and_the_next_test_runs(tmp_path: Path) -> None:
    printed = outcome(tmp_path, IN_C, "-n", "1", "-o", "faulthandler_timeout=2")
    assert "crashed while running 'test_endless.py::test_endless'" in printed
    assert "1 failed, 1 passed" in printed


def test_every_test_has_a_limit_and_fails_before_its_process_is_ended(pytestconfig: pytest.Config) -> None:
    assert 0 < float(pytestconfig.getini("timeout")) < float(pytestconfig.getini("faulthandler_timeout"))
    assert pytestconfig.getini("faulthandler_exit_on_timeout")
