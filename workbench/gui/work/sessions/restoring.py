"""A figure or film dropped on the window brings back the view it was made of, or says which run it needs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox

from workbench.gui.widgets.plain_text import literal
from workbench.runs.collection.groups import group_of
from workbench.runs.errors import shown
from workbench.runs.files.patience import patiently

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from contextlib import AbstractContextManager

    from workbench.figures.recipe import Recipe, RunKey, View
    from workbench.gui.work.workshop import Views, Workshop
    from workbench.runs.collection.groups import RunGroup
    from workbench.runs.run import Run

RUN_FILES = "Run files (*.h5 *.hdf5);;All files (*)"


@dataclass(frozen=True)
class Found:
    """The recipe of a figure, and the runs of each of its views; None where one was not found.

    `problem` says why a film cannot be made again as its recipe has it.
    """

    path: Path
    recipe: Recipe
    runs: tuple[Run | None, ...]
    groups: tuple[tuple[Run | None, ...], ...]  # the other runs of which each view shows a mean
    problem: str = ""

    @property
    def every_run(self) -> Iterator[Run]:
        """All that were found, those of the views last."""
        yield from (run for runs in (*self.groups, self.runs) for run in runs if run is not None)

    @property
    def incomplete(self) -> Iterator[str]:
        """A sentence about each group that is not whole."""
        from workbench.figures.files.finding import needed

        for view, group in zip(self.recipe.views, self.groups, strict=True):
            missing = [needed(key) for key, run in zip(view.group, group, strict=True) if run is None]
            if missing:
                yield f"its mean over {len(group) + 1} trainings also needs {' and '.join(missing)}"


def is_figure(path: Path) -> bool:
    """Whether a file's name is that of a figure or a film."""
    from workbench.figures.files.reading import SUFFIXES

    return path.suffix.lower() in SUFFIXES


class Restorer(QObject):
    """`restored(Found)` follows when the view is back."""

    restored = Signal(object)

    def __init__(self, shop: Workshop, views: Views, one_step: Callable[[str], AbstractContextManager[None]]) -> None:
        super().__init__(shop.window)
        self._shop, self._views = shop, views
        self._one_step = one_step

    def restore(self, path: Path, *, among: tuple[Path, ...] = ()) -> None:
        """Bring back the view of a figure's file; its run may be one of the files `among`."""
        open_runs = self._shop.session.runs
        recent = (*among, *self._shop.settings.recent())
        self._shop.jobs.start(_find(path, open_runs, recent), self._on_found, self._shop.notices.tell_error)

    def _on_found(self, found: Found) -> None:
        missing = [view for view, run in zip(found.recipe.views, found.runs, strict=True) if run is None]
        if missing:
            for run in found.every_run:
                if not any(run is known for known in self._shop.session.runs):
                    run.close()
            self._ask_for(found.path, missing[0])
            return
        self._shop.player.stop()
        with self._one_step("figure"):
            for run in found.every_run:
                if not any(run is known for known in self._shop.session.runs):
                    self._shop.settings.add_recent(Path(run.path))
                    self._shop.session.add(run)
            views = zip(found.recipe.views, found.runs, found.groups, strict=True)
            problems = [problem for view, run, others in views if run is not None
                        for problem in self._show(view, run, others)]  # fmt: skip
        problems += [*found.incomplete, *([found.problem] if found.problem else [])]
        if problems:
            self._shop.notices.tell(f"{found.path.name}: not everything could be restored. {'; '.join(problems)}")
        self.restored.emit(found)

    def _newest(self, run: Run) -> Run:
        """The reading of a run that is open."""
        return next((known for known in self._shop.session.runs if known.locator == run.locator), run)

    def _source(self, view: View, run: Run, others: Sequence[Run | None]) -> Run | RunGroup:
        """The run of a view, or the group where all of it is shown as a mean and was found."""
        from workbench.figures.comparing.beside import taken_apart

        there = tuple(self._newest(other) for other in others if other is not None)
        if view.kind == "compare" or view.settings.get("over_group") or len(there) < len(others):
            return self._newest(run)
        try:
            group, _ = taken_apart(there, view.settings)
            return group_of((self._newest(run), *group)) if group else self._newest(run)
        except ValueError:  # whoever made the file named runs that form none: the figure itself would say why
            return self._newest(run)

    def _show(self, view: View, run: Run, others: Sequence[Run | None]) -> Iterator[str]:
        """Select what the view shows, and set the panel; sentences about what makes no sense here."""
        from workbench.figures.comparing.beside import KEY

        now = self._source(view, run, others)
        snapshot = run.resolve(view.snapshot)
        if view.layer in {known.name for known in run.layers}:
            units = frozenset(view.units)
            self._shop.session.select(source=now, snapshot=snapshot, layer=view.layer or "", units=units)
        else:
            self._shop.session.select(source=now, snapshot=snapshot)
            if view.layer is not None:
                yield f"{literal(run.path.name)} has no layer {literal(view.layer)!r}"
        panel = self._views.panels.get(view.kind)
        if panel is None:
            yield f"there is no panel {literal(view.kind)!r} here"
            return
        self._views.come(view.kind)
        settings = dict(view.settings)
        if (beside := settings.pop(KEY, None)) is not None:
            yield from self._compare(beside)
        yield from panel.restore(settings)
        if view.positions:
            try:
                panel.restore_places(view.positions)
            except ValueError as problem:
                yield f"{panel.title}: {problem}"

    def _compare(self, said: object) -> Iterator[str]:
        """Compare with the run that stands beside in a figure."""
        try:
            self._shop.session.compared.choose_id(said.get("run") if isinstance(said, dict) else None)
        except ValueError as problem:
            yield f"compared with: {problem}"

    def _ask_for(self, path: Path, view: View) -> None:
        """Say which run is needed, and offer to choose its file."""
        from workbench.figures.files.finding import needed

        box = QMessageBox(self._shop.window)
        box.setWindowTitle("The run of this figure was not found")
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(literal(f"{path.name} was made from {needed(view.run)}."))
        box.setInformativeText("It is neither open, nor among the recent runs, nor next to the figure.")
        choose = box.addButton("Choose its file…", QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        choose.clicked.connect(lambda: self._choose(path, view))
        box.finished.connect(box.deleteLater)
        box.open()

    def _choose(self, path: Path, view: View) -> None:
        question = f"Where is {literal(view.run.file)}?"
        name, _ = QFileDialog.getOpenFileName(self._shop.window, question, str(path.parent), RUN_FILES)
        if name:
            self.restore(path, among=(Path(name),))


def _find(path: Path, open_runs: tuple[Run, ...], recent: tuple[Path, ...]) -> Generator[Found | None, None, None]:
    yield (yield from patiently(partial(_found, path, open_runs, recent), path))


def _found(path: Path, open_runs: tuple[Run, ...], recent: tuple[Path, ...]) -> Found:
    from workbench.figures.files.finding import find_run
    from workbench.figures.files.reading import recipe_in

    try:
        recipe = recipe_in(path)
    except FileNotFoundError:
        gone = f"{shown(str(path))} does not exist (any more): open the figure where it is now"
        raise FileNotFoundError(gone) from None
    folders = [path.absolute().parent, *(run.path.parent for run in open_runs)]
    known: list[Run] = list(open_runs)

    def found(key: RunKey) -> Run | None:
        run = next((each for each in known if _is_of(key, each)), None)
        if run is None:
            run = find_run(key, recent, folders)
            known.extend([] if run is None else [run])
        return run

    runs = tuple(found(view.run) for view in recipe.views)
    groups = tuple(tuple(found(key) for key in view.group) for view in recipe.views)
    return Found(path, recipe, runs, groups, _problem(recipe, runs[0], groups))


def _problem(recipe: Recipe, run: Run | None, groups: Sequence[Sequence[Run | None]]) -> str:
    from workbench.films.recipe import film_from

    known = [[each for each in group if each is not None] for group in groups]
    if recipe.film is not None and run is not None and list(map(len, known)) == list(map(len, groups)):
        try:
            film_from(recipe, run, known)
        except (ValueError, IndexError) as error:
            return f"the film cannot be made again: {error}"
    return ""


def _is_of(key: RunKey, run: Run) -> bool:
    from workbench.figures.drawing import check_run

    try:
        check_run(key, run)
    except ValueError:
        return False
    return True
