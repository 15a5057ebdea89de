"""Whether what the window shows belongs to what is selected, and whether its numbers are those of the file."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import sound
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from workbench.figures.spectrum import picture as spectrum_picture
from workbench.gui.panels.graph.panel import GraphPanel
from workbench.gui.panels.run import ROLE
from workbench.gui.widgets.plain_text import literal
from workbench.gui.window.status import selection_in_words
from workbench.runs.collection.groups import groups_among
from workbench.runs.collection.naming import moment, short_name
from workbench.runs.errors import RunError
from workbench.runs.files.descriptor import identity
from workbench.runs.place import Place, place_in
from workbench.runs.run import Run, open_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.gui.panels.base import Panel
    from workbench.gui.state.session import Selection
    from workbench.gui.window.main_window import MainWindow
    from workbench.runs.layer import Layer

OF_CLOSED = re.compile("is closed|cannot be drawn")  # what no panel says of a run that is open
PENDING = "computing… Until then: "
OF_A_PLACE = ("graph", "spectrum", "low_rank", "pruning")  # their line begins with run, layer and epoch
FOUND = re.compile(
    r"(?P<isolated>[\d,]+) isolated(?P<dead>, all dead| and dead|, [\d,]+(?: of them)? dead|); (?P<edges>[\d,]+) edge"
)
RANK = re.compile(r"rank (\d+) of (\d+) keeps ([\d.]+) % of the norm")
ACCURACY = re.compile(r"; accuracy (≈ )?([\d.]+) % \((±0|[+−][\d.]+)\)")


def false_now(window: MainWindow) -> Iterator[str]:
    """What is wrong at this moment, whether or not answers are on their way."""
    selection = window.session.selection
    place, run = selection.place, selection.run
    named = "" if place is None else place.name if run is None else run.title
    title = f"{literal(named)} — workbench" if named else "workbench"
    if window.closing and window.isVisible():  # *Quit* from the palette, while something runs that has to stop first
        title = "workbench — stopping…"
    if window.windowTitle() != title:
        yield f"the window is called {window.windowTitle()!r} and not {title!r}"
    kind = window.selecting.kind_of(selection)
    if kind and not kind.startswith(f"{len(selection.units):,} "):
        yield f"{len(selection.units)} selected units are called {kind!r}"
    if window.status.selection.text() != literal(selection_in_words(selection, kind)):
        yield f"the status bar says {window.status.selection.text()!r}, not {selection_in_words(selection, kind)!r}"
    for name in OF_A_PLACE:
        drawn = _drawn_place(window.panels[name])
        if drawn is not None and name != "pruning" and not _pointed(window.panels[name]):
            line = window.panels[name].line.text()
            told = line.partition(PENDING)[2] or line  # of what is drawn, after what is awaited
            if line and not told.startswith(_beginning(window, name, drawn)) and "No units" not in line:
                yield f"{name} says {line[:80]!r} under a picture of {drawn.words!r}"


def false_at_rest(window: MainWindow) -> Iterator[str]:
    """What is wrong once every panel in sight has drawn what the selection asks for."""
    selection = window.session.selection
    chosen = selection.place
    if chosen is None or not chosen.layer or not chosen.snapshots or chosen.group is not None:
        yield from _false_without_a_place(window)
        return
    for name in OF_A_PLACE:
        place = _beginning(window, name, chosen)
        panel = window.panels[name]
        if panel.computes and not panel.line.isVisible() and OF_CLOSED.search(panel.message):
            yield f"{name} says {panel.message!r}, selected is {place!r}"
        if not _shows(panel) or not panel.settled or not panel.complete:
            continue
        line, drawn = panel.line.text(), _drawn_place(panel)
        joint = name == "pruning" and "+" in line.partition(",")[0]
        if not joint and not line.startswith(place) and "No units" not in line:
            yield f"{name} says {line[:80]!r} at rest, selected is {place!r}"
        if drawn is not None and drawn.key != chosen.key:
            yield f"{name} drew {drawn.words!r} of {drawn.run.path}, selected is {place!r} of {chosen.run.path}"
    with _fresh(chosen.run) as run:
        if run.snapshots == chosen.snapshots:  # else it grew in the last half second, and is followed
            yield from _false_numbers(window, selection, run)


def _beginning(window: MainWindow, name: str, place: Place) -> str:
    """How the line of a panel begins that shows a place; where layers are stacked, it names all of them."""
    result: Any = window.panels["graph"].result if name == "graph" else None  # type: ignore[attr-defined]
    stacked = result is not None and result.needs.stacked
    return f"{literal(place.layer)} of " if stacked else literal(place.words)


def written(run: Run | None) -> int:
    """How many snapshots the run has in its file now; 0 where it cannot be opened any more."""
    if run is None:
        return 0
    try:
        with _fresh(run) as now:
            return now.snapshots
    except (RunError, OSError):
        return 0


def _false_without_a_place(window: MainWindow) -> Iterator[str]:
    place = window.session.selection.place
    for name in OF_A_PLACE:
        panel = window.panels[name]
        shows_group = panel.kind.shows_groups and place is not None and place.group is not None and place.snapshots
        if panel.computes and _shows(panel) and not shows_group:
            yield f"{name} shows {panel.line.text()!r} though no snapshot is selected"


def _false_numbers(window: MainWindow, selection: Selection, run: Run) -> Iterator[str]:
    layer, snapshot = run.layer(selection.place.layer), selection.place.snapshot
    checks = {"graph": _graph, "spectrum": _spectrum, "low_rank": _low_rank, "timeline": _timeline}
    yield from _false_rows(window, selection)
    for name, check in checks.items():
        panel: Any = window.panels[name]
        if _shows(panel) and panel.settled and panel.complete and not _pointed(panel):
            try:
                for problem in check(panel, run, layer, snapshot):
                    yield f"{name}: {problem} (the panel says {panel.line.text()!r})"
            except RunError:  # the file was cut short since; the panel drew what it held before
                continue


def _graph(panel: Any, _run: Run, layer: Layer, snapshot: int) -> Iterator[str]:
    said = FOUND.search(panel.line.text())
    if said is None or panel.result is None:
        return
    stacked = [(each.place.layer_view, each.place.snapshot, each.rank) for each in panel.result.needs.stacked]
    members = [(layer, snapshot, None), *stacked]
    weights = np.concatenate([_approximated(each.weights(at), rank) for each, at, rank in members])
    norms = np.linalg.norm(weights, axis=1)
    unit = weights / np.where(norms > 0, norms, 1.0)[:, None]
    cosines = np.triu(unit @ unit.T, 1)
    cutoff = panel.result.graph.cutoff
    if np.any(np.abs(cosines[np.triu_indices_from(cosines, 1)] - cutoff) < 1e-6):
        return  # on the edge either is right
    rows, columns = np.nonzero(cosines * (cosines >= cutoff))
    edges = (cosines[rows, columns], (rows, columns))
    _, component = connected_components(coo_array(edges, shape=cosines.shape), directed=False)
    isolated = int(np.sum((np.bincount(component)[component] == 1) & (norms > 0)))
    activities = [each.activity(at) for each, at, _ in members]
    known = [activity for activity in activities if activity is not None]
    dead = int(np.sum((np.concatenate(known) == 0) & (norms > 0))) if len(known) == len(members) else 0
    words = {", all dead": isolated, " and dead": 1, "": dead}.get(said["dead"])
    told = words if words is not None else int(re.sub(r"\D", "", said["dead"]))
    for what, shown, true in (
        ("edges", _number(said["edges"]), len(rows)),
        ("isolated units", _number(said["isolated"]), isolated),
        ("dead units", told, dead),
        ("nodes", len(panel.view.item.look.radii), len(weights)),
        ("places of nodes", len(panel.view.item.positions), len(weights)),
    ):
        if shown != true:
            yield f"{shown} {what} are shown, the file has {true}"


def _approximated(weights: Any, rank: int | None) -> Any:
    """The best approximation of this rank, in float64; the weights themselves where there is none."""
    exact = weights.astype(np.float64)
    if rank is None:
        return exact
    left, values, right = np.linalg.svd(exact, full_matrices=False)
    return left[:, :rank] * values[:rank] @ right[:rank]


def _spectrum(panel: Any, run: Run, layer: Layer, snapshot: int) -> Iterator[str]:
    scale = (None, "linear", "log")[panel.scale.currentIndex()]
    shown = panel.shown_result.question
    what = panel.matrix.currentData(), shown.units, panel.shuffled.isChecked(), panel.counts.isChecked()
    true = spectrum_picture.picture_of(spectrum_picture.Question(place_in(run, layer.name, snapshot), scale, *what))
    if true is None:
        return
    if panel.line.text() != literal(true.words) and not panel.band.switch.isChecked():
        yield f"the file gives {true.words!r}"
    if not np.array_equal(panel.plot.bars.getData()[1], true.density):
        yield "the bars are not those of the file"
    if what[0] != "weights":
        return
    weights = layer.weights(snapshot).astype(np.float64)
    largest = float(np.linalg.svd(weights, compute_uv=False)[0] ** 2)
    said = re.search(r"largest ([\d.e+-]+),", panel.line.text())
    if said is not None and not np.isclose(float(said[1]), largest, rtol=6e-3):
        yield f"the largest eigenvalue is {largest:.4g}"


def _low_rank(panel: Any, run: Run, layer: Layer, snapshot: int) -> Iterator[str]:
    said, matrix = RANK.search(panel.line.text()), panel.matrix.currentData()
    if said is None or matrix == "units":
        return
    weights = layer.weights(snapshot).astype(np.float64)
    if matrix == "moved":
        weights = weights - layer.weights(0)
    ranks = min(int(np.count_nonzero(layer.present(snapshot))), layer.inputs_left(snapshot))  # of what is left
    values = np.linalg.svd(weights, compute_uv=False)[:ranks] ** 2
    rank, total = int(said[1]), values.sum()
    kept = 100 * np.sqrt(values[:rank].sum() / total) if total > 0 else 100.0
    if int(said[2]) != len(values):
        yield f"the full rank is {len(values)}"
    if total > 0 and abs(float(said[3]) - kept) > 0.06:
        yield f"rank {rank} keeps {kept:.2f} %"
    accuracy, stored = ACCURACY.search(panel.line.text()), float(run.history("test_accuracy")[snapshot])
    known = np.isfinite(stored) and run.spec.net != sound.NET  # whose stored accuracies are invented
    comparable = known and accuracy is not None and rank == len(values) and not accuracy[1]
    if comparable and abs(float(accuracy[2]) - stored) > 0.051:
        yield f"at full rank the accuracy stored is {stored:.2f} %"


def _timeline(panel: Any, run: Run, _layer: Layer, snapshot: int) -> Iterator[str]:
    line = panel.line.text()
    for text in (short_name(run), moment(run, snapshot), f"snapshot {snapshot} of {run.snapshots - 1}"):
        if literal(text) not in line:
            yield f"{text!r} is missing"
    for part in ("test", "validation", "train"):
        stored = run.history(f"{part}_accuracy")
        if np.isfinite(stored[snapshot]) and f"{part} {stored[snapshot]:.2f} %" not in line:
            yield f"{part} is {stored[snapshot]:.2f} %"
        drawn = [track.curves[part] for track in panel.plot.shown.tracks if part in track.curves]
        if drawn and np.isfinite(stored).any() and not np.array_equal(drawn[0], stored, equal_nan=True):
            yield f"the curve of {part} is another"
    if panel.plot.handle.value() != panel.plot.shown.time.places[snapshot]:
        yield f"the handle stands at {panel.plot.handle.value()}"


def _false_rows(window: MainWindow, selection: Selection) -> Iterator[str]:
    """The row that is marked is the selected layer, or its run where a person went there with the keys."""
    panel = window.run_panel
    if not _shows(panel) or not panel.complete:
        return
    tree, runs, groups = panel.tree, window.session.runs, groups_among(window.session.runs)
    item, place = tree.currentItem(), selection.place
    marked = None if item is None else item.data(0, ROLE)
    wanted = None if place is None else place.subject
    if marked != wanted and (marked is None or wanted is None or (marked[0], "") != (wanted[0], marked[1])):
        yield f"run: marked is {marked}, selected {wanted}"
    rows = len(runs) + sum(1 - len(group.runs) for group in groups)
    if tree.topLevelItemCount() != rows:
        yield f"run: {tree.topLevelItemCount()} rows at the top, not {rows}"


def _drawn_place(panel: Any) -> Place | None:
    """Of which run, layer and snapshot the picture is that a panel has drawn."""
    if not _shows(panel):
        return None
    drawing = panel.drawing()
    return None if drawing is None else drawing.place


def _shows(panel: Panel) -> bool:
    """Whether a panel is in sight and shows a picture and no message."""
    return panel.computes and panel.line.isVisible()


def _pointed(panel: Any) -> bool:
    """Whether a panel's line reads what lies under the mouse or the keyboard."""
    if getattr(panel, "_pointer", None) is not None:
        return True
    return (isinstance(panel, GraphPanel) and panel.view.item.hovered >= 0) or " under the mouse" in panel.line.text()


def _number(text: str) -> int:
    return int(text.replace(",", ""))


class _fresh:
    """The run read again from its file where that is still the one that was opened, else as it was opened."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def __enter__(self) -> Run:
        self._own: Run | None = None
        try:
            if identity(os.stat(self._run.path)) == self._run.identity:
                self._own = open_run(self._run.path)
        except (OSError, RunError):
            pass
        if self._own is not None and self._own.snapshots < self._run.snapshots:
            self._own.close()
            self._own = None
        return self._own or self._run

    def __exit__(self, *_: object) -> None:
        if self._own is not None:
            self._own.close()
