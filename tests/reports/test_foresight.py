"""How long a report will still take, with a clock of the test's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workbench.reports import foresight
from workbench.reports.foresight import COSTS, DRAWN, VALIDATION, WRITTEN, Foresight
from workbench.runs.pace import Pace

if TYPE_CHECKING:
    from workbench.figures.progress import Progress
    from workbench.runs.run import Run

FIGURES = 24


@pytest.mark.parametrize("slow", [1.0, 6.0])
def test_the_time_left_is_right_after_a_fifth_however_dear_a_measurement_is(
    run: Run, monkeypatch: pytest.MonkeyPatch, slow: float
) -> None:
    now = 0.0
    monkeypatch.setattr(foresight, "Pace", lambda: Pace(clock=lambda: now))
    names = [layer.name for layer in run.layers]
    seen: list[tuple[float, Progress]] = []
    plan = Foresight([(run, names)], costs=True)
    for name in names:
        for step, cost in COSTS.items():
            seen.append((now, plan.of_layer(run, name, step)))
            now += slow * cost * run.layer(name).units
        plan.layer_is_done(run, name)
    for number in range(FIGURES):
        seen.append((now, plan.of_figure(number + 1, FIGURES)))
        now += DRAWN
    seen.append((now, plan.of_writing()))
    now += WRITTEN * FIGURES
    later = [(then, told) for then, told in seen if then > now / 5]
    assert len(later) > FIGURES
    for then, told in later:
        assert told.seconds_left == pytest.approx(now - then, rel=0.15)
    steps = [told for _, told in seen if told.seconds_left]
    assert not any(told.after(told.step).late for told in steps)  # each takes as long as it was expected to
    (low_ranks,) = (told for told in steps if told.doing.endswith(f"{names[1]}: low ranks"))
    assert low_ranks.step == pytest.approx(slow * COSTS["low ranks"] * run.layer(names[1]).units, rel=0.15)
    assert [told.done for _, told in seen] == sorted(told.done for _, told in seen)


def test_news_within_a_step_keep_the_time_left_right(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(foresight, "Pace", lambda: Pace(clock=lambda: now))
    plan, units = Foresight([(run, ["fc1"])], costs=True), run.layer("fc1").units
    for step in ("weights", "pruning", VALIDATION):
        plan.of_layer(run, "fc1", step)
        now += COSTS[step] * units
    begun, whole = plan.of_layer(run, "fc1", "low ranks"), 3.0 * COSTS["low ranks"] * units  # as slow as that
    assert plan.of_layer(run, "fc1", "low ranks", 0.0).done == begun.done
    later = foresight.FIGURES * (DRAWN + WRITTEN)
    for tenths in range(1, 11):
        now += whole / 10
        told = plan.of_layer(run, "fc1", "low ranks", tenths / 10)
        assert told.seconds_left == pytest.approx((1 - tenths / 10) * whole + later)
        assert told.step == pytest.approx((1 - tenths / 10) * whole, abs=1e-9)
    plan.layer_is_done(run, "fc1")
    assert plan.of_figure(1, foresight.FIGURES).seconds_left == pytest.approx(later)


def test_what_is_not_measured_after_all_is_not_waited_for(run: Run) -> None:
    plan = Foresight([(run, ["fc1", "fc2"])], costs=True)
    plan.of_layer(run, "fc1", "weights")
    plan.layer_is_done(run, "fc1")
    measured, drawn = sum(COSTS.values()), 10 * (DRAWN + WRITTEN)  # of a unit; of the figures that are foreseen
    assert plan.of_layer(run, "fc2", "weights").done == pytest.approx(100 * measured / (132 * measured + drawn))
    without = Foresight([(run, ["fc1"])], costs=False)
    with pytest.raises(ValueError, match="not in list"):
        without.of_layer(run, "fc1", VALIDATION)


def test_where_drawing_is_slow_writing_is_expected_to_be_slow_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(foresight, "Pace", lambda: Pace(clock=lambda: now))
    plan = Foresight([(run, ["fc1"])], costs=False)
    plan.of_layer(run, "fc1", "weights")
    now += COSTS["weights"] * run.layer("fc1").units
    plan.layer_is_done(run, "fc1")
    for number in range(FIGURES):
        plan.of_figure(number + 1, FIGURES)
        now += 6.0 * DRAWN
    assert plan.of_writing().seconds_left == pytest.approx(6.0 * WRITTEN * FIGURES)
