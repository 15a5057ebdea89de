"""The words of the commands that make films, pages and reports, from what the window shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

from workbench.evaluation.networks.named import named
from workbench.figures.comparing.beside import taken_apart
from workbench.figures.graph.figure import GraphFigure
from workbench.figures.kinds import KINDS
from workbench.figures.stacks.members import RUN
from workbench.figures.stacks.starts import start_text
from workbench.films.film import OF_OTHERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from workbench.figures.drawing import Drawing
    from workbench.gui.dialogs.animation_dialog import AnimationDialog
    from workbench.gui.dialogs.run_report_dialog import RunReportDialog
    from workbench.runs.place import Place
    from workbench.runs.run import Run

NOT_ON_A_PAGE = ("view", "band")  # settings of the graph and the spectrum


def film_words(dialog: AnimationDialog, drawings: Sequence[Drawing], path: Path) -> list[str]:
    """The words of the command that makes the animation."""
    first, plan = drawings[0], dialog.plan
    names = [KINDS[drawing.figure.kind].command for drawing in drawings]
    file = str(first.place.run.path.absolute())
    words = ["animate", ",".join(names), file, "--snapshots", f"{plan.first}:{plan.last}"]
    words += ["--seconds", str(plan.seconds), "--fps", str(plan.rate), "--size", "{}x{}".format(*plan.size)]
    words += ["--theme", dialog.wanted.theme]
    words += [] if plan.font is None else ["--font", str(plan.font)]
    words += _start(drawings)
    words += [f"--layer={first.place.layer}"] if first.place.layer else []
    words += [] if plan.moving else ["--no-motion"]
    words += _words_of_others(drawings)
    if first.units:
        words += ["--units", ",".join(map(str, first.units))]
    for name, drawing in zip(names, drawings, strict=True):
        known = KINDS[drawing.figure.kind].settings.__dataclass_fields__  # type: ignore[attr-defined]
        words += [f"--set={name}.{key}={json.dumps(value)}" for key, value in drawing.settings.items() if key in known]
    return [*words, f"--out={path}"]


def runs_of(drawings: Sequence[Drawing]) -> list[Run]:
    """The runs of a film, its own first."""
    return list(dict.fromkeys(run for drawing in drawings for run in (drawing.place.run, *drawing.group)))


def _start(drawings: Sequence[Drawing]) -> list[str]:
    """Where the nodes of the graph are: there a film begins."""
    shown = next((drawing for drawing in drawings if isinstance(drawing.figure, GraphFigure)), None)
    if shown is None or not isinstance(shown.figure, GraphFigure):
        return []
    return [f"--start={start_text(shown.place.snapshot, shown.figure.positions)}"]


def _words_of_others(drawings: Sequence[Drawing]) -> Iterator[str]:
    """The other runs that the figures show: those of a mean, and the network beside."""
    means: dict[Path, None] = {}
    beside: dict[Path, None] = {}
    for drawing in drawings:
        group, other = taken_apart(drawing.group, drawing.settings)
        if drawing.figure.kind in OF_OTHERS:
            beside |= dict.fromkeys(run.path.absolute() for run in group)
        else:
            means |= dict.fromkeys(run.path.absolute() for run in group)
        beside |= {} if other is None else {other[0].path.absolute(): None}
    yield from ("--group", *map(str, means)) if means else ()
    yield from (f"--beside={path}" for path in beside)


def _changed(kind: str, settings: Mapping[str, Any]) -> Iterator[str]:
    """The settings of a panel that a page can show and that are not as at first, as options of the command."""
    first = msgspec.to_builtins(KINDS[kind].settings())
    for name, value in settings.items():
        if name == "stacked":  # other runs are named by their files
            value = [each for each in value if not each.startswith(RUN)]
        if name in first and value != first[name] and name not in NOT_ON_A_PAGE and value != "units":
            yield f"--set={kind}.{name}={json.dumps(value)}"


def page_words(place: Place, drawings: Mapping[str, Drawing | None], path: Path) -> list[str]:
    """The words of the command that makes the page, with what these panels show in another way than at first."""
    words = ["page", str(place.run.path.absolute()), f"--layer={place.layer}"]
    for kind, drawing in drawings.items():
        words += () if drawing is None else _changed(kind, drawing.settings)
    graph = drawings.get("graph")
    others = (
        () if graph is None else tuple(str(run.path.absolute()) for run in taken_apart(graph.group, graph.settings)[0])
    )
    return [*words, *(("--stack", *others) if others else ()), f"--out={path}"]


def report_words(dialog: RunReportDialog, runs: Sequence[Run], folder: Path) -> list[str]:
    """The words of the command that makes the report."""
    layer = dialog.wanted.layer
    words = ["report", *(str(run.path.absolute()) for run in runs), f"--out={folder}"]
    words += [f"--layers={layer}"] if layer else []
    words += [] if dialog.wanted.costs else ["--no-costs"]
    return [*words, "--quick"] if dialog.wanted.quick else words


def named_words(runs: Sequence[Run]) -> list[str]:
    """What the user has named for these runs, where that is the same for all."""
    known = list(dict.fromkeys(map(named, runs)))
    if len(known) != 1:
        return []
    pairs = (("--net", known[0].net), ("--data", known[0].data))
    return [f"{option}={name}" for option, name in pairs if isinstance(name, str)]
