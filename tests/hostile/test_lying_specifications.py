"""A specification that asks for a larger network than the file holds costs no memory, and is refused in one sentence.

The sizes are such that no machine could allocate them: whoever tried would fail in another way than the one expected.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import sound
import torch
from torch import nn

from workbench.evaluation.evaluator import Evaluator
from workbench.evaluation.networks.data import Data
from workbench.evaluation.run_evaluators import network_of
from workbench.runs.errors import RunError
from workbench.runs.run import open_run
from workbench.runs.spec import DataFacts, NetSpec, SpecError
from workbench.training.resuming import resume
from workbench.training.schedule import snapshot_iterations

if TYPE_CHECKING:
    from pathlib import Path

HUGE = 1 << 42
LYING = {
    "widths": (replace(sound.NET, widths=(HUGE, 6)), rf"fc1.weight is of shape \(8, 64\), not \({HUGE}, 64\)"),
    "classes": (replace(sound.NET, classes=HUGE), rf"fc3.weight is of shape \(10, 6\), not \({HUGE}, 6\)"),
    "image": (replace(sound.NET, image_shape=(1, 1 << 20, 1 << 22)), r"fc1.weight is of shape \(8, 64\), not \(8, "),
    "overflow": (replace(sound.NET, widths=(1 << 62, 1 << 62)), "says that its network is lenet, but no such network"),
    "torchvision": (NetSpec("torchvision:resnet18", classes=HUGE), "does not hold the parameters of torchvision:resn"),
    "beyond integers": (NetSpec("torchvision:alexnet", classes=1 << 80), "alexnet, but no such network can exist"),
    "negative": (NetSpec("torchvision:alexnet", classes=-5), "alexnet, but no such network can exist"),
}


def lying(path: Path, net: NetSpec) -> Path:
    sound.make(path, spec=replace(sound.SPEC, net=net))
    return path


@pytest.mark.parametrize("what", LYING)
def test_the_shapes_are_compared_before_memory_is_taken(tmp_path: Path, what: str) -> None:
    net, said = LYING[what]
    with open_run(lying(tmp_path / "run.h5", net)) as run:
        with pytest.raises(ValueError, match=said) as caught:
            network_of(run)
        assert str(run.path) in str(caught.value)


def test_a_planned_network_with_much_arithmetic_is_compared_too(tmp_path: Path) -> None:
    with (
        open_run(lying(tmp_path / "run.h5", NetSpec("torchvision:regnet_y_128gf", classes=HUGE))) as run,
        pytest.raises(ValueError, match="does not hold the parameters of torchvision:regnet_y_128gf"),
    ):
        network_of(run)


def test_a_training_does_not_go_on_with_a_network_that_is_not_in_the_file(tmp_path: Path) -> None:
    facts = DataFacts(1293, 144, 360, 21, 144, 0)
    spec = replace(sound.SPEC, net=replace(sound.NET, widths=(HUGE, HUGE)), facts=facts)
    sound.make(tmp_path / "run.h5", spec=spec, capacity=8)
    with pytest.raises(RunError, match=r"does not hold the network that it describes \(see fc1.weight\)"):
        next(resume(tmp_path / "run.h5"))


@pytest.mark.parametrize("schedule", ["epoch", "every:1", "log", f"log:{HUGE}"])
def test_snapshots_beyond_counting_are_refused_before_they_are_listed(schedule: str) -> None:
    with pytest.raises(SpecError, match="at most 1,000,000 snapshots"):
        snapshot_iterations(schedule, HUGE, 2)


def test_a_small_file_with_a_very_wide_layer_is_evaluated_few_images_at_a_time() -> None:
    wide = nn.Sequential(nn.Conv2d(1, 4000, 3, padding=1), nn.Conv2d(4000, 1, 3, padding=1), nn.Flatten())
    wide.append(nn.Linear(64, 10))
    data = Data(torch.zeros(100, 1, 8, 8), torch.zeros(100, dtype=torch.int64), 10, None, None, "test")
    prefix = Evaluator(wide, data, "1").prefix
    assert prefix.images_at_once == (16 << 20) // (4000 * 8 * 8 * 4)
    assert [len(piece) for piece in prefix.inputs(slice(0, 100))] == [16] * 6 + [4]
    prefix.make_room()  # where memory is short: what is kept is given up, if there is any, then halved and halved
    prefix.images_at_once = 5
    found = [(prefix.make_room(), prefix.images_at_once) for _ in range(4)]
    assert found == [(True, 2), (True, 1), (False, 1), (False, 1)]
