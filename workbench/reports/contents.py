"""The contents of a report: what is said and shown of runs and their layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.analysis.low_rank import OF_WEIGHTS, ranks_of_weights
from workbench.figures.comparing.picture import verdicts
from workbench.figures.overview.headline import headline as of_network
from workbench.figures.overview.words import finding, text_of
from workbench.figures.pruning.dead_first import DEAD_FIRST
from workbench.figures.timeline.figure import accuracies_figure
from workbench.figures.training import missing_history, training_of
from workbench.reports.blocks import Block, Facts, Grid, Heading, Paragraph, Picture, Pictures
from workbench.reports.group import COSTS, group_blocks
from workbench.reports.words import NOT_KNOWN, number, percent, specification, told_costs, told_structure
from workbench.runs.collection.groups import members, seed_of
from workbench.runs.collection.naming import moment
from workbench.runs.place import Place
from workbench.runs.saying import counted
from workbench.runs.spec import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workbench.figures.overview.costs import LayerCosts
    from workbench.figures.overview.layer import LayerOverview
    from workbench.reports.costs import Costs
    from workbench.reports.structure import Structure
    from workbench.runs.run import Run


@dataclass(frozen=True, eq=False)
class LayerFindings:
    """What was found of a layer, or why it was not."""

    layer: str
    structure: Structure | None
    costs: Costs | None
    missing: str = ""  # why there is no structure, or what it costs is not known


@dataclass(frozen=True, eq=False)
class RunFindings:
    """What was found of a run."""

    run: Run
    snapshot: int
    layers: tuple[LayerFindings, ...]

    @property
    def name(self) -> str:
        """What the run is called in the report: its file."""
        return self.run.path.name


WEIGHTS = ("layer", "m × n", "components", "isolated", "dead", "hardly moved", "FP/m²", "stable rank",
           *OF_WEIGHTS)  # fmt: skip


def run_blocks(found: RunFindings) -> Iterator[Block]:
    """Everything of one run."""
    run, snapshot = found.run, found.snapshot
    yield Heading(2, found.name)
    yield from _findings(found)
    yield Facts(tuple(specification(run, snapshot)))
    history = tuple(history_pictures(run, snapshot))
    if history:
        yield Pictures(history)
    yield from _at_a_glance(found)
    for layer in found.layers:
        yield from _layer_blocks(run, layer)


def headline(found: Sequence[RunFindings]) -> Iterator[Block]:
    """Which layer of each run is the most redundant, what all have together, and what is found of that one."""
    for each in found:
        rows, costs = _known(each)
        text = text_of(of_network(rows, costs)) if len(rows) > 1 else ""
        of = [row for row in rows if len(rows) == 1 or f" {row.layer} is the most redundant" in text]
        said = [text, *(text_of(finding(row, costs.get(row.layer))) for row in of)]
        name = f"{each.name}: " if len(found) > 1 else ""
        if any(said):
            yield Paragraph(name + " ".join(filter(None, said)))


def _known(found: RunFindings) -> tuple[list[LayerOverview], dict[str, LayerCosts]]:
    """The overview of each layer, and what changes of it cost, by layer, as far as they are known."""
    rows = [each.structure.overview for each in found.layers if each.structure is not None]
    return rows, {each.layer: each.costs.overview for each in found.layers if each.costs is not None}


def _findings(found: RunFindings) -> Iterator[Block]:
    """What is found of each layer."""
    rows, costs = _known(found)
    for row in rows if len(rows) > 1 else ():  # of a single one it was said at the top
        yield Paragraph(text_of(finding(row, costs.get(row.layer))))


def history_pictures(run: Run, snapshot: int) -> Iterator[Picture]:
    """Curves of the training, where the run holds any."""
    if missing_history(run):
        return
    training, timeline = training_of(run, snapshot), accuracies_figure(run, snapshot)
    if training.loss or training.accuracy:
        yield Picture(training, "Loss and accuracy over the training.", f"{run.path.stem}-training")
    if not timeline.tracks[0].reason:
        yield Picture(timeline, "Accuracy at every snapshot.", f"{run.path.stem}-timeline")


def _at_a_glance(found: RunFindings) -> Iterator[Block]:
    known = [each for each in found.layers if each.structure is not None]
    if not known:
        return
    when = moment(found.run, found.snapshot)
    rows = tuple(_weights_row(each.structure) for each in known if each.structure is not None)
    moved = any(each.structure.now.hardly_moved for each in known if each.structure is not None)
    since = "" if found.run.spec.starts_untrained or not moved else " Hardly moved: since this training began."
    yield Grid(WEIGHTS, rows, f"Redundancy of the layers of {found.name} at {when}, from their weights.{since}")
    measured = [(each.layer, each.costs) for each in known if each.costs is not None]
    if measured:
        images = counted(measured[0][1].images, "test image")
        start = percent(measured[0][1].start)
        caption = f"What can be removed at {when}, on {images}; {start} with nothing changed."
        yield costs_grid(measured, caption)


def _weights_row(found: Structure) -> tuple[str, ...]:
    now = found.now
    return (
        found.layer,
        f"{found.units} × {found.inputs}",
        str(len(now.sizes)),
        str(now.isolated),
        number(now.dead),
        number(now.hardly_moved),
        f"{now.mean_square_cosine:.3g}",
        f"{found.stable_rank:.3g}",
        *map(number, ranks_of_weights(found.ranks)),
    )


def costs_grid(measured: Sequence[tuple[str, Costs]], caption: str) -> Grid:
    """With the order that removes dead units first, where a layer needs it."""
    added = {layer: [str(each.removable) for each in costs.pruned if each.order == DEAD_FIRST]
             for layer, costs in measured}  # fmt: skip
    if not any(added.values()):
        return Grid(COSTS, tuple(_costs_row(layer, costs) for layer, costs in measured), caption)
    rows = tuple(_costs_row(layer, costs, added[layer] or ["–"]) for layer, costs in measured)
    *others, merged, rank = COSTS
    return Grid((*others, f"removable {DEAD_FIRST}", merged, rank), rows, caption)


def _costs_row(layer: str, found: Costs, added: Sequence[str] = ()) -> tuple[str, ...]:
    by_order = {each.order: each for each in found.pruned}
    areas = (f"{by_order[name].area.mean:.2f}" for name in ("max_mag", "max_fp", "random"))
    removable = (str(by_order[name].removable) for name in ("max_mag", "max_fp"))
    merged = "–" if found.refused else number(found.merged.removed if found.merged else 0)
    return (layer, *areas, *removable, *added, merged, number(found.tolerated))


def _layer_blocks(run: Run, found: LayerFindings) -> Iterator[Block]:
    yield Heading(3, f"{run.path.stem}: {found.layer}")
    structure, costs = found.structure, found.costs
    if structure is not None:
        yield Paragraph(" ".join(told_structure(structure)))
    if costs is not None:
        yield Paragraph(" ".join(told_costs(costs)))
    if found.missing:
        yield Paragraph(found.missing)
    pictures = layer_pictures(run, found)
    if pictures:
        yield Pictures(pictures)
    if costs is not None:
        yield _pruning_grid(costs)


def layer_pictures(run: Run, found: LayerFindings) -> tuple[Picture, ...]:
    """The figures of a layer."""
    return (*_structure_pictures(run, found.structure), *_cost_pictures(run, found.layer, found.costs))


def _structure_pictures(run: Run, found: Structure | None) -> Iterator[Picture]:
    if found is None:
        return
    stem = f"{run.path.stem}-{found.layer}"
    if found.now is not found.before:
        yield Picture(found.before.figure, f"Weight graph. {found.before.words}.", f"{stem}-graph-0")
    yield Picture(found.now.figure, f"Weight graph. {found.now.words}.", f"{stem}-graph-{found.now.snapshot}")
    if found.spectrum_figure is not None:
        yield Picture(found.spectrum_figure, f"Spectrum. {found.spectrum_words}.", f"{stem}-spectrum")


def _cost_pictures(run: Run, layer: str, found: Costs | None) -> Iterator[Picture]:
    if found is None:
        return
    stem = f"{run.path.stem}-{layer}"
    yield Picture(found.rank_figure, f"Low rank. {found.rank_words}.", f"{stem}-low_rank")
    yield Picture(found.pruning_figure, f"Pruning. {found.pruning_words}.", f"{stem}-pruning")


def _pruning_grid(found: Costs) -> Grid:
    rows = []
    for each in found.pruned:
        area = f"{each.area.mean:.2f} ({each.area.low:.2f} to {each.area.high:.2f})"
        accuracy = "–" if each.chosen_accuracy is None else f"{each.chosen_accuracy:.2f}"
        rows.append((each.order, area, str(each.removable), number(each.chosen), accuracy))
    columns = ("order", "area (%), 95 % interval", "removable", "chosen on validation", "test accuracy there (%)")
    return Grid(columns, tuple(rows))


def several_runs(found: Sequence[RunFindings]) -> Iterator[Block]:
    """The runs beside each other, and their means where they are trainings of one specification."""
    if len(found) < 2:
        return
    yield Heading(2, "The runs")
    rows = tuple(
        (each.name, _said(each.run.spec.net.name), _said(each.run.spec.data.name), number(seed_of(each.run)),
         moment(each.run, each.snapshot), percent(float(each.run.test_accuracy[each.snapshot])))
        for each in found
    )  # fmt: skip
    yield Grid(("run", "net", "data", "seed", "shown at", "test accuracy"), rows)
    if len(members(found[0].run, [each.run for each in found[1:]])) == len(found):
        yield from group_blocks(found)
    if len(found) == 2:
        yield from _differences(*found)


def _differences(first: RunFindings, second: RunFindings) -> Iterator[Block]:
    """What differs between two runs, in the layers that the report covers."""
    try:
        said = verdicts(Place(first.run, "", first.snapshot), Place(second.run, "", second.snapshot))
    except ValueError as error:
        yield Paragraph(f"The weights cannot be compared: {error}.")
        return
    yield Paragraph(f"What differs from {first.name} to {second.name}:")
    for name in (each.layer for each in first.layers if each.layer in said):
        yield Paragraph(f"{name}: {said[name]}")


def _said(name: str) -> str:
    return NOT_KNOWN if name == UNKNOWN else name
