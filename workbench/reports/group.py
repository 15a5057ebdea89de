"""What a report says of trainings of one specification: means with their intervals, and figures of all together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from workbench.analysis.intervals import over_repeats
from workbench.analysis.low_rank import OF_WEIGHTS, ranks_of_weights
from workbench.figures.spectrum.figure import spectrum_figure
from workbench.figures.spectrum.picture import Question, picture_of
from workbench.figures.training import missing_curves, training_of
from workbench.reports.blocks import Grid, Heading, Paragraph, Picture, Pictures
from workbench.reports.words import NOT_KNOWN
from workbench.runs.collection.groups import same_epoch
from workbench.runs.place import Place, with_others
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from workbench.reports.blocks import Block
    from workbench.reports.contents import LayerFindings, RunFindings

WEIGHTS = ("layer", "components", "isolated", "FP/m²", "stable rank", *OF_WEIGHTS)
COSTS = ("layer", "area max_mag (%)", "area max_fp (%)", "area random (%)", "removable max_mag", "removable max_fp",
         "merged away", "rank within a point")  # fmt: skip
GROUP_COSTS = (*COSTS[:-2], "removable, best order", *COSTS[-2:])


def group_blocks(found: Sequence[RunFindings]) -> Iterator[Block]:
    """The means over trainings that differ only by their seed, and their figures together."""
    yield Heading(3, f"Means over {counted(len(found), 'training')}")
    begun, ended = f"Means over {len(found)} trainings of what", "± half of the 95 % interval (Student's t)."
    grids = (
        (WEIGHTS, weight_numbers, f"{begun} the weights say, {ended}"),
        (GROUP_COSTS, cost_numbers, f"{begun} can be removed, {ended}"),
    )
    for columns, numbers_of, caption in grids:
        rows = tuple(_rows(found, numbers_of))
        if rows:
            yield Grid(columns, rows, caption)
    first, *others = found
    if any(not same_epoch(each.run.epochs[each.snapshot], first.run.epochs[first.snapshot]) for each in others):
        yield Paragraph("The snapshots are not at the same epoch, so no figure shows these trainings together.")
        return
    pictures = tuple(_pictures(found))
    if pictures:
        yield Pictures(pictures)


def weight_numbers(found: LayerFindings) -> list[float] | None:
    """What the weights of a layer say, in the order of `WEIGHTS`; NaN: not known. None: nothing is."""
    if found.structure is None:
        return None
    now, ranks = found.structure.now, ranks_of_weights(found.structure.ranks)
    return [float(len(now.sizes)), float(now.isolated), now.mean_square_cosine, found.structure.stable_rank,
            *map(_number, ranks)]  # fmt: skip


def cost_numbers(found: LayerFindings) -> list[float] | None:
    """What changes of a layer cost, in the order of `GROUP_COSTS`; NaN: not known. None: nothing is."""
    if found.costs is None:
        return None
    by_order = {each.order: each for each in found.costs.pruned}
    areas = [float(by_order[name].area.mean) for name in ("max_mag", "max_fp", "random")]
    removable = [float(by_order[name].removable) for name in ("max_mag", "max_fp")]
    removable.append(_number(found.costs.overview.removable))  # the overview's number
    merged = None if found.costs.refused else found.costs.merged.removed if found.costs.merged else 0
    return [*areas, *removable, _number(merged), _number(found.costs.tolerated)]


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _rows(
    found: Sequence[RunFindings], numbers_of: Callable[[LayerFindings], list[float] | None]
) -> Iterator[tuple[str, ...]]:
    """A row for each layer whose numbers are known in every training."""
    for layers in zip(*(each.layers for each in found), strict=True):
        known = [numbers for each in layers if (numbers := numbers_of(each)) is not None]
        if len(known) == len(found):
            over = over_repeats(known)  # type: ignore[arg-type]
            yield layers[0].layer, *map(_mean, over.mean.tolist(), (over.high - over.mean).tolist())


def _mean(mean: float, reach: float) -> str:
    """A mean over trainings; a dash where one of them says nothing."""
    return NOT_KNOWN if math.isnan(mean) else f"{mean:.4g} ± {reach:.2g}"


def _pictures(found: Sequence[RunFindings]) -> Iterator[Picture]:
    """The curves of the training, and the spectrum of each layer, of all trainings together."""
    first, others = found[0], tuple(each.run for each in found[1:])
    source = with_others(Place(first.run, "", first.snapshot), others).source
    if not missing_curves(source):
        yield Picture(training_of(source, first.snapshot), "Loss and accuracy of all trainings.", "group-training")
    for layer in first.layers:
        picture = picture_of(Question(with_others(Place(first.run, layer.layer, first.snapshot), others), None))
        if picture is not None:
            words = f"Spectrum of {layer.layer} over the trainings. {picture.words}."
            yield Picture(spectrum_figure(picture), words, f"group-{layer.layer}-spectrum")
