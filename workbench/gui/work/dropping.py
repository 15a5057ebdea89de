"""Files and folders that were dropped on the window: what they are, and what is done with them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from workbench.gui.work.import_actions import importable
from workbench.gui.work.sessions.restoring import is_figure
from workbench.runs.collection.listing import holds_runs
from workbench.runs.files.patience import patiently

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path

    from workbench.gui.work.workshop import Workshop


@dataclass(frozen=True)
class Dropped:
    """What was dropped, by what is done with it."""

    runs: tuple[Path, ...]  # and sessions: opened
    checkpoints: tuple[Path, ...]  # and folders of them: imported
    figures: tuple[Path, ...]  # and films: their views come back
    folders: tuple[Path, ...]  # of runs: browsed


class Drops:
    """Opens, imports, restores or browses what is dropped on the window, whatever it is."""

    def __init__(
        self,
        shop: Workshop,
        open_runs: Callable[..., object],
        import_checkpoints: Callable[[Sequence[Path]], object],
        restore: Callable[[Path], object],
        browse: Callable[[Path], object],
    ) -> None:
        self._shop = shop
        self._open_runs, self._import_checkpoints = open_runs, import_checkpoints
        self._restore, self._browse = restore, browse

    def take(self, paths: Sequence[Path]) -> None:
        """Look at files and folders off the GUI thread, and then do with each what it is for."""
        self._shop.jobs.start(sorting(paths), self.take_sorted, self._shop.notices.tell_error)

    def take_sorted(self, dropped: Dropped) -> None:
        if self._shop.closing:
            return
        if dropped.runs:
            self._open_runs(*dropped.runs)
        if dropped.checkpoints:
            self._import_checkpoints(dropped.checkpoints)
        for figure in dropped.figures:
            self._restore(figure)
        for folder in dropped.folders:
            self._browse(folder)


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
