"""What a person has set in a panel can be read by name and set again, also from a stranger's file."""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from tests.gui.windows import opened
from workbench.gui.window.docks import PANELS

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow


@pytest.fixture
def window(shared: MainWindow) -> MainWindow:
    return shared


def zoomed(of: str) -> dict[str, Any]:
    """A part of the axes of this name."""
    return {"x": [0.5, 7.0], "y": [[0.0, 2.0]], "of": of}


# For every setting of every panel a value that is not the first one.
OTHERS: dict[str, dict[str, Any]] = {
    "run": {},
    "training": {"view": {"x": [0.5, 7.0], "y": [[0.0, 2.0]], "of": ""}},
    "timeline": {
        "speed": 50,
        "loop": True,
        "tracks": ["dead", "update"],
        "axis": "log",
        "rule": "dead > 10 % and dead < 3",
    },
    "spectrum": {
        "scale": "log",
        "initial": False,
        "matrix": "normalised",
        "shuffled": True,
        "counts": True,
        "band": [0.5, 2.0],
        "view": zoomed("a run fc1 normalised log counts"),
    },
    "graph": {
        "cutoffs": {"40x90": 0.4, "percentile": 98.5},
        "cutoff_unit": "percentile",
        "charge": -60.0,
        "variance": 0.8,
        "similarity": "report-code",
        "colouring": "repeated",
        "mean_distance": 0.4,
        "sets": {"a run fc1": {"dead ones": [3, 5]}},
        "stacked": ["snapshot:0", "rank:5"],
        "pairs": False,
        "arrows": "first",
        "gravity": 0.1,
        "gravity_up": 2.0,
        "link_iterations": 3,
        "springs": "unweighted",
        "collision_iterations": 2,
        "centring": 0.5,
        "velocity_kept": 0.4,
        "alpha_decay": 0.05,
        "off": ["links", "centre"],
        "link_distance": 50.0,
        "link_strength": 2.0,
        "collision_radius": 20.0,
        "collision_strength": 0.3,
        "charge_nearest": 5.0,
        "charge_farthest": 500.0,
        "view": zoomed("a run fc1"),
    },
    "low_rank": {
        "ranks": [["a run", "fc1", "weights", 7]],
        "matrix": "moved",
        "part": "validation",
        "tolerance": 2.0,
        "energy": 20.0,
        "all_layers": True,
        "over_time": True,
        "over_group": True,
        "view": zoomed("a run fc1 moved"),
    },
    "cutoffs": {},
    "map": {"show": "plane"},
    "directions": {"clusters": "auto"},
    "compare": {
        "show": "angles",
        "other": "",
        "when": "same",
        "other_layer": "fc2",
        "rank": 5,
        "unrelated": "none",
        "part": "validation",
    },
    "overview": {"measure": "dead", "costs": False},
    "units": {"where": "norm < 2", "costs": True, "sort": "norm", "descending": True, "hidden": ["degree"]},
    "unit": {},
    "group": {},
    "pruning": {
        "orders": ["min_mag", "random"],
        "removed": "zero",
        "quantity": "loss",
        "across": "parameters",
        "part": "validation",
        "similarity": "outputs",
        "rule": "fractions",
        "layers": [],
        "view": zoomed("a run fc1 units accuracy"),
    },
}


WRONG = [None, True, "?", -1.5, float("nan"), [3], {"x": "y"}, [["a", "b", "c", "d"]]]


def test_settings_come_back_as_they_were_set(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    opened(qtbot, window, path)
    assert [row.kind.name for row in PANELS if row.kind.name not in OTHERS] == []
    for name, others in OTHERS.items():
        panel = window.panels[name]
        first = panel.settings()
        assert set(first) == set(others), name
        assert panel.restore(others) == (), name
        assert panel.settings() == others, name
        assert json.loads(json.dumps(panel.settings())) == others, name
        assert panel.restore(first) == (), name
        assert panel.settings() == first, name


def test_every_change_of_a_setting_is_announced(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    opened(qtbot, window, path)
    for name, others in OTHERS.items():
        panel = window.panels[name]
        for setting, value in others.items():
            if panel.settings()[setting] != value:
                with qtbot.waitSignal(panel.settings_changed):
                    panel.restore({setting: value})


def test_values_that_mean_nothing_are_named_and_leave_the_rest_alone(
    qtbot: QtBot, window: MainWindow, path: Path
) -> None:
    opened(qtbot, window, path)
    for name, others in OTHERS.items():
        for setting, wrong in product(others, WRONG):
            panel = window.panels[name]
            before = panel.settings()
            problems = panel.restore({setting: wrong})
            if problems:
                assert setting in problems[0], (name, wrong)
                assert panel.settings() == before, (name, setting, wrong)
            else:
                # A switch, a number that is clipped to its range, no zoom, or no band.
                assert isinstance(wrong, (bool, float)) or (setting, wrong) in (("view", None), ("band", None))


def test_a_setting_that_does_not_exist_is_named(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    problems = opened(qtbot, window, path).panels["spectrum"].restore({"gone": 1})

    assert problems == ("Spectrum, gone: there is no such setting",)
