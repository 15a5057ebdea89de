"""Kept machine code that is damaged is compiled again; a folder that cannot be written costs nothing."""

from __future__ import annotations

import importlib.util
import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PROGRAM = """
from workbench.analysis.compiled import compiled

@compiled
def more(number):
    return number + 1
"""


def loaded(folder: Path) -> Any:
    """The function of the program in `folder`, as a new process would load it."""
    program = folder / "loops.py"
    if not program.exists():
        program.write_text(PROGRAM)
    spec = importlib.util.spec_from_file_location("loops", program)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.more


def was_kept(function: Any) -> bool:
    assert function(41) == 42
    return bool(function.stats.cache_hits)


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)


def replace(file: Path, make: Callable[[Path], object]) -> None:
    file.unlink()
    make(file)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "flipped": flip,
    "empty": lambda file: file.write_bytes(b""),
    "text": lambda file: file.write_text("code"),
    "cut": lambda file: file.write_bytes(file.read_bytes()[:-1]),
    "gone": lambda file: file.unlink(),
    "FIFO": lambda file: replace(file, os.mkfifo),
}


@pytest.mark.parametrize("ending", ["nbi", "nbc", "nbi.sha256"])
@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.thinned(3)
def test_damaged_code_is_compiled_again(tmp_path: Path, ending: str, damage: str) -> None:
    assert not was_kept(loaded(tmp_path))
    assert was_kept(loaded(tmp_path))
    (file,) = (tmp_path / "__pycache__").glob(f"*.{ending}")
    DAMAGE[damage](file)
    assert not was_kept(loaded(tmp_path))
    assert was_kept(loaded(tmp_path))


def test_a_folder_in_the_place_of_a_file_costs_no_answer(tmp_path: Path) -> None:
    assert not was_kept(loaded(tmp_path))
    (file,) = (tmp_path / "__pycache__").glob("*.nbc")
    replace(file, os.mkdir)
    assert not was_kept(loaded(tmp_path))


def test_where_no_folder_can_be_written_it_is_compiled_in_each_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("numba.core.caching.CompileResultCacheImpl._locator_classes", [])
    assert loaded(tmp_path)(41) == 42
    assert not list(tmp_path.rglob("*.nb?"))
