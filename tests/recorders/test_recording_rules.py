"""Functions are called when their rule begins to hold, in the training's thread, and cannot end the recording."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from noise import small, trained
from torch import nn

import workbench as wb
from workbench.figures.overview.history import update_at
from workbench.figures.overview.layer import overview_of
from workbench.recorders import rules as module
from workbench.recorders.own_loop import RecordingWarning
from workbench.runs.place import place_in
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.recorders.rules import RuleHolds

INPUTS = torch.rand(40, 6, generator=torch.Generator().manual_seed(3)) + 0.1


def dying(path: Path, deaths: dict[int, int], steps: int = 8, **options: Any) -> None:
    """Record a training in which so many units of the first layer are dead after each of these steps."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 10), nn.ReLU(), nn.Linear(10, 3))
    with torch.no_grad():
        model[0].weight.abs_()  # all units fire on images that are above zero
        model[2].weight.abs_()
        for layer in (model[0], model[2]):
            layer.bias.fill_(1.0)
    with wb.record(path, model, snapshots=1, steps=steps, inputs=INPUTS, quiet=True, **options) as recorder:
        for step in range(1, steps + 1):
            with torch.no_grad():
                model[0].weight[deaths.get(step, 0) :].mul_(1.01)
                model[0].bias.fill_(1.0)
                model[0].bias[: deaths.get(step, 0)] = -100.0
            recorder.step(test_accuracy=10.0 * step)


def test_a_function_is_called_each_time_its_rule_begins_to_hold(tmp_path: Path) -> None:
    heard: list[RuleHolds] = []
    threads = set()

    def hear(event: RuleHolds) -> None:
        heard.append(event)
        threads.add(threading.current_thread())

    deaths = {3: 1, 4: 2, 5: 3, 6: 0, 7: 4, 8: 5}
    on = {"dead > 10 %": hear, "accuracy > 45": hear, "update > 0.5 % and snapshot > 4": hear, "dead > 90 %": hear}
    dying(tmp_path / "run.h5", deaths, on=on)
    dead = [(event.layer, event.snapshot) for event in heard if event.rule == "dead > 10 %"]
    assert dead == [("0", 4), ("0", 7)], "2 of 10 units, and again after none was"
    assert [(event.layer, event.snapshot) for event in heard if event.rule == "accuracy > 45"] == [("", 5)]
    assert not [event for event in heard if event.rule == "dead > 90 %"]
    assert threads == {threading.current_thread()}
    with open_run(tmp_path / "run.h5") as run:
        assert run.finished
        first = next(event for event in heard if event.rule == "dead > 10 %")
        place = place_in(run, "0", 4)
        row = overview_of(place)
        assert first.numbers["dead"] == row.dead == 2
        assert (first.numbers["isolated"], first.numbers["units"]) == (row.isolated, 10)
        assert first.numbers["update"] == pytest.approx(update_at(place))
        assert (first.iteration, run.iterations[4]) == (4, 4)
        updates = [update_at(place_in(run, "0", at)) for at in range(9)]
        begins = [at for at in range(5, 9) if updates[at] > 0.005 and not (at > 5 and updates[at - 1] > 0.005)]
        moved = [e.snapshot for e in heard if e.rule.startswith("update") and e.layer == "0"]
        assert moved == begins
        assert np.nanmax(updates) > 0.005


def test_an_error_in_a_function_is_said_and_loses_nothing(tmp_path: Path) -> None:
    def fail(_event: RuleHolds) -> None:
        raise ZeroDivisionError("no more")

    with pytest.warns(RecordingWarning, match=r"the function for “dead > 10 %” failed for 0 \(ZeroDivisionError: no"):
        dying(tmp_path / "run.h5", {2: 5, 3: 5}, on={"dead > 10 %": fail})
    with open_run(tmp_path / "run.h5") as run:
        assert (run.snapshots, run.finished) == (9, True)
        assert overview_of(place_in(run, "0", 3)).dead == 5


def test_numbers_that_cannot_be_found_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: str) -> None:
        raise OSError("not now")

    monkeypatch.setattr(module, "open_run", refuse)
    with pytest.warns(RecordingWarning, match=r"the rules could not be checked \(OSError: not now\)"):
        dying(tmp_path / "run.h5", {2: 5}, on={"dead > 10 %": print})
    with open_run(tmp_path / "run.h5") as run:
        assert (run.snapshots, run.finished) == (9, True)


def test_a_training_can_be_stopped_by_a_rule(tmp_path: Path) -> None:
    stop: list[RuleHolds] = []
    model = small()
    with wb.record(
        tmp_path / "run.h5", model, snapshots=2, steps=2000, quiet=True, on={"snapshot >= 3": stop.append}
    ) as recorder:
        steps = 0
        while not stop and steps < 2000:
            trained(recorder, model, 1)
            steps += 1
    assert stop[0].snapshot == 3
    assert 6 <= steps < 2000
    with open_run(tmp_path / "run.h5") as run:
        assert run.finished


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("ded > 10 %", "there is no column “ded”: did you mean dead\\?"),
        ("dead > 10 %", "needs `inputs`"),
        ("epoch > 10 %", "a percentage of epoch means nothing"),
    ],
)
def test_a_rule_that_cannot_hold_is_refused_before_a_file_is_made(tmp_path: Path, rule: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        wb.record(tmp_path / "run.h5", small(), on={rule: print})
    assert not list(tmp_path.iterdir())


def test_the_file_is_opened_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(module, "open_run", lambda path: opened.append(path) or open_run(path))
    dying(tmp_path / "run.h5", {2: 5}, on={"dead > 10 %": lambda _event: None})
    assert len(opened) == 1
