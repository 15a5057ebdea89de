from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from run_files import LAYERS, PLAN, SPEC

from workbench.runs.writing.birth import create

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def born(tmp_path: Path) -> Path:
    """A run of no snapshots with room for four."""
    create(tmp_path / "run.h5", SPEC, LAYERS, PLAN, 4, "")
    return tmp_path / "run.h5"
