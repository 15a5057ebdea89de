"""Where the usual orders keep dead units that could go, the report has the order that does not, as the overview."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from workbench.figures.pruning.dead_first import DEAD_FIRST, dead_of
from workbench.reports.contents import costs_grid
from workbench.reports.costs import Costs, costs_of
from workbench.reports.words import told_costs
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from workbench.runs.run import Run

pytestmark = pytest.mark.usefixtures("one_thread", "no_evaluator_stays")


@pytest.mark.parametrize("quick", [False, True])
def test_table_and_figure_have_the_order_that_the_finding_counts_by(
    run: Run, monkeypatch: pytest.MonkeyPatch, quick: bool
) -> None:
    for module in ("overview.costs", "pruning.dead_first"):
        monkeypatch.setattr(f"workbench.figures.{module}.ORDERS", ("min_mag",))  # the largest first: no dead one
    monkeypatch.setattr("workbench.reports.costs.ORDERS", ("min_mag", "random"))
    if quick:
        monkeypatch.setattr("workbench.evaluation.evaluator._FIRST_WORK", 0.0)  # everything takes long
    place = place_in(run, "fc1")
    *_, found = costs_of(place, quick)
    assert isinstance(found, Costs)
    assert found.overview.order == DEAD_FIRST
    assert [each.order for each in found.pruned] == ["min_mag", DEAD_FIRST, "random"]
    assert found.pruned[1].removable == found.overview.removable >= len(dead_of(place))
    assert (found.pruned[1].chosen is None) is quick
    assert [curve.name for curve in found.pruning_figure.curves] == ["min_mag", DEAD_FIRST, "random"]
    assert f"In the order {DEAD_FIRST}, {found.overview.removable} units can" in " ".join(told_costs(found))
    least, added, random = found.pruned
    usual = replace(found, pruned=(replace(least, order="max_mag"), replace(least, order="max_fp"), random))
    wider = costs_grid([("fc1", replace(usual, pruned=(*usual.pruned, added))), ("fc2", usual)], "")
    at = wider.columns.index(f"removable {DEAD_FIRST}")
    assert [row[at] for row in wider.rows] == [str(found.overview.removable), "–"]
    assert costs_grid([("fc2", usual)], "").columns == (*wider.columns[:at], *wider.columns[at + 1 :])
