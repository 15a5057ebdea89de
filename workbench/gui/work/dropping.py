"""What files and folders are that were dropped on the window: looked at off the GUI thread."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from workbench.gui.work.import_actions import importable
from workbench.gui.work.restoring import is_figure
from workbench.runs.files.patience import patiently
from workbench.runs.listing import holds_runs

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Dropped:
    """What was dropped, by what is done with it."""

    runs: tuple[Path, ...]  # and sessions: opened
    checkpoints: tuple[Path, ...]  # and folders of them: imported
    figures: tuple[Path, ...]  # and films: their views come back
    folders: tuple[Path, ...]  # of runs: browsed


def sorting(paths: Sequence[Path]) -> Generator[Dropped | None, None, None]:
    """Say what the dropped files and folders are."""
    yield (yield from patiently(partial(_sorted_out, paths), paths[0] if paths else "the drop"))


def _sorted_out(paths: Sequence[Path]) -> Dropped:
    folders = tuple(path for path in paths if holds_runs(path))
    others = [path for path in paths if path not in folders]
    figures = tuple(path for path in others if is_figure(path))
    checkpoints = tuple(path for path in others if importable(path))
    runs = tuple(path for path in others if path not in figures and path not in checkpoints)
    return Dropped(runs, checkpoints, figures, folders)
