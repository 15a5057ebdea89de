"""`--units "my set" --sets SESSION` names the same units in each command that takes units."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from workbench.cli import COMMANDS
from workbench.cli.failures import BadUsage
from workbench.cli.retraining import parents_specification
from workbench.cli.unit_sets import units_of

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.runs.run import Run

# The commands, and what they need besides; `train` takes units of several layers, so it comes below.
WORDS: dict[str, list[str]] = {
    "ablate": [],
    "animate": ["--out", "film.gif"],
    "band": ["--from", "1", "--to", "10"],
    "lowrank": ["--json"],
    "spectrum": ["--out", "spectrum.csv"],
}


@pytest.fixture
def session(run: Run, tmp_path: Path) -> Path:
    """A session with a set of two layers of the run."""
    sets = {f"{run.run_id} fc1": {"my set": [3, 17]}, f"{run.run_id} fc2": {"others": [1]}}
    path = tmp_path / "my.workbench.json"
    path.write_text(json.dumps({"format": 1, "runs": [], "settings": {"graph": {"sets": sets}}}))
    return path


def parsed(command: str, *words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    COMMANDS[command].declare(parser)
    return parser.parse_args(words)


@pytest.mark.parametrize("command", WORDS)
def test_units_are_numbers_or_the_name_of_a_set(command: str, run: Run, session: Path) -> None:
    words = [str(run.path), "--layer", "fc1", *WORDS[command], "--sets", str(session), "--units"]
    assert units_of(parsed(command, *words, "my set"), run, "fc1") == [3, 17]
    assert units_of(parsed(command, *words, " 4, 5"), run, "fc1") == [4, 5]
    with pytest.raises(BadUsage, match="did you mean 'my set'"):
        units_of(parsed(command, *words, "my sets"), run, "fc1")
    with pytest.raises(BadUsage, match="there are others"):
        units_of(parsed(command, *words, "my set"), run, "fc2")


def test_units_are_chosen_by_rules_which_may_name_sets(run: Run, session: Path) -> None:
    with_sets = ["--sets", str(session)]
    norms = run.layer("fc1").norms(run.snapshots - 1)
    larger = next(each for each in (3, 17) if norms[each] == max(norms[3], norms[17]))
    above = f'in "my set" and norm >= {norms[larger] - 1e-6}'
    words = [str(run.path), "--layer", "fc1"]
    for command, more in WORDS.items():
        options = parsed(command, *words, *more, *with_sets, "--units", above)
        assert units_of(options, run, "fc1") == [larger]
    assert len(units_of(parsed("ablate", *words, "--units", "norm > 0"), run, "fc1")) == len(norms)
    activity = run.layer("fc1").activity(run.snapshots - 1)
    assert activity is not None
    assert units_of(parsed("ablate", *words, "--units", "dead"), run, "fc1") == np.flatnonzero(activity == 0).tolist()
    for rule, problem in (
        ("norm < 0", "no unit of fc1 fits this rule"),
        ("norn < 1", "did you mean norm"),
        ('in "my sets"', "there is no set"),
        ("my set", "neither a list of units such as 3,17,40 nor a rule"),
    ):
        with pytest.raises(BadUsage, match=problem):
            units_of(parsed("ablate", *words, "--units", rule), run, "fc1")
    training = ["--from", str(run.path), "--prune", "fc1,fc2", *with_sets, "--units", f"{above}/others"]
    surgery = parents_specification(parsed("train", *training)).surgery
    assert surgery is not None
    assert surgery.units == ((larger,), (1,))


def test_a_training_removes_the_sets_of_several_layers(run: Run, session: Path) -> None:
    words = ["--from", str(run.path), "--prune", "fc1,fc2", "--sets", str(session), "--units"]
    for units, expected in (("my set/others", ((3, 17), (1,))), ("7/others", ((7,), (1,)))):
        surgery = parents_specification(parsed("train", *words, units)).surgery
        assert surgery is not None
        assert surgery.units == expected
    with pytest.raises(BadUsage, match="has no set 'my set' of fc2"):
        parents_specification(parsed("train", *words, "my set/my set"))
