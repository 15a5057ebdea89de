"""What changes cost in each run of a group, and the means of that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.figures.groups.rows import mean_costs
from workbench.figures.overview.costs import costs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from workbench.figures.groups.rows import GroupCosts
    from workbench.figures.overview.costs import LayerCosts
    from workbench.runs.place import Place


def costs_comparable(place: Place) -> bool:
    """Whether costs, which are of the last snapshot of a run, are of the same moment in all runs of a group."""
    return place.source.finished and all(run.snapshots == place.snapshots for run in place.runs)


def group_costs(place: Place) -> Iterator[Mapping[str, GroupCosts]]:
    """The mean costs of every layer, by layer: none until every run is measured, one after another."""
    of_runs: list[dict[str, LayerCosts]] = []
    for run in place.runs:
        found: dict[str, LayerCosts] = {}
        for better in costs(run):
            found[better.place.layer] = better
            yield {}  # a chance to be given up
        of_runs.append(found)
    last = place.snapshots - 1
    yield {
        name: mean_costs(replace(place, layer=name, snapshot=last), [found[name] for found in of_runs])
        for name in of_runs[0]
    }
