"""A quick report measures less and says so; what it says can go was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from workbench.evaluation.questions import prune
from workbench.evaluation.removal.coarse import coarse_levels
from workbench.reports.costs import Costs, costs_of
from workbench.reports.words import told_costs
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from workbench.runs.run import Run

LAYER = "fc2"
pytestmark = pytest.mark.usefixtures("one_thread", "no_evaluator_stays")


def test_quick_costs_say_at_how_many_levels_they_were_measured(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.evaluation.evaluator._FIRST_WORK", 0.0)  # everything takes long
    monkeypatch.setattr("workbench.figures.low_rank.costs._QUICK_WORK", 0.0)
    place = place_in(run, LAYER, 28)
    *_, found = costs_of(place, quick=True)
    assert isinstance(found, Costs)
    units = len(coarse_levels(place.layer_view.units))
    of = f"{place.layer_view.units + 1} numbers of removed units"
    assert found.measured_at.startswith(f"Measured at {units} of {of} (5 for random orders)")
    assert found.measured_at in told_costs(found)
    assert found.tolerated is None  # no validation image was asked
    whole = dict(prune(run, LAYER, 28, ("max_mag", "max_fp")).curves)
    for each in found.pruned[:2]:
        (curve,) = whole[each.order]
        levels = coarse_levels(len(curve.levels) - 1)
        within = curve.accuracy[levels] >= curve.accuracy[0] - 1.0
        assert each.removable == levels[(int(np.argmin(within)) or len(levels)) - 1]
    assert found.overview.removable == max(each.removable for each in found.pruned[:2])


def test_a_full_report_says_at_how_many_levels_curves_were_measured(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = dict(prune(run, LAYER, 28, ("max_mag", "max_fp")).curves)
    monkeypatch.setattr("workbench.evaluation.evaluator.Evaluator.takes_long", lambda *_: True)
    monkeypatch.setattr("workbench.evaluation.removal.falling.SOME", 3)
    *_, found = costs_of(place_in(run, LAYER, 28))
    assert isinstance(found, Costs)
    for each in found.pruned[:2]:
        (curve,) = whole[each.order]
        within = curve.accuracy >= curve.accuracy[0] - 1.0
        assert each.removable == (int(np.argmin(within)) or len(within)) - 1
        assert each.chosen is not None
        assert each.chosen_accuracy == curve.accuracy[each.chosen]
    units = len(whole["max_mag"][0].levels)
    assert found.measured_at.startswith(f"Measured of {units} numbers of removed units: max_mag at ")
    assert "random at 4; curves and means" in found.measured_at
