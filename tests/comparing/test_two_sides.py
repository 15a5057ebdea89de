"""What can be compared: runs at snapshots, checkpoints, and layers that belong together."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from workbench.comparing.sides import opened, paired_layers, split_address
from workbench.evaluation.smaller.exporting import save_snapshot
from workbench.runs.errors import RunError
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from workbench.runs.run import Run


@pytest.fixture(scope="module")
def checkpoint(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Snapshot 3 of sample A as a .safetensors file."""
    path = tmp_path_factory.mktemp("exported") / "three.safetensors"
    save_snapshot(run, 3, path)
    return path


def test_a_path_may_end_in_a_snapshot(tmp_path: Path) -> None:
    there = tmp_path / "a@3"
    there.touch()
    assert split_address(there) == (there, None)
    assert split_address("a.h5@3") == (Path("a.h5"), 3)
    assert split_address("a@b.h5@-2") == (Path("a@b.h5"), -2)
    assert split_address("a@b.h5") == (Path("a@b.h5"), None)


def test_the_same_weights_are_read_from_run_place_path_and_checkpoint(run: Run, checkpoint: Path) -> None:
    ways = (f"{run.path}@3", place_in(run, "fc1", 3), checkpoint, checkpoint.parent)
    with opened(*ways, run) as sides:
        for layer in run.layers:
            for side in sides[:-1]:
                np.testing.assert_array_equal(side.weights(layer.name), layer.weights(3))
            np.testing.assert_array_equal(sides[-1].weights(layer.name), layer.weights(-1))
    assert [side.name for side in sides][:3] == [sides[0].name, sides[0].name, "three.safetensors"]
    assert sides[0].words("fc1").startswith("fc1 of digits_conv, epoch ")
    assert run.layer("fc1").weights(0).any()  # it was not opened here, so it is not closed


def test_bfloat16_is_read_as_numbers(tmp_path: Path) -> None:
    weight = torch.arange(12, dtype=torch.bfloat16).reshape(3, 4)
    torch.save({"fc1.weight": weight, "fc2.weight": torch.ones(2, 3)}, tmp_path / "net.pt")
    with opened(tmp_path / "net.pt") as (side,):
        np.testing.assert_array_equal(side.weights("fc1"), weight.float().numpy())


def test_what_is_not_there_is_said(run: Run, checkpoint: Path, tmp_path: Path) -> None:
    for wrong, error, said in (
        (tmp_path / "gone.h5", RunError, "does not exist"),
        (f"{run.path}@99", IndexError, "snapshot 99"),
        (f"{checkpoint}@1", IndexError, "snapshot 1"),
        (Path(__file__), RunError, "is not an HDF5 file"),
    ):
        with pytest.raises(error, match=said), opened(wrong):
            pass
    with opened(run) as (side,), pytest.raises(ValueError, match="has no layer fc9; it has conv1, conv2, fc1"):
        side.layer("fc9")


def test_layers_belong_together_by_name_or_in_order(run: Run, tmp_path: Path) -> None:
    shutil.copy(run.path, tmp_path / "b.h5")
    torch.save({"a.weight": torch.ones(4, 3), "b.weight": torch.ones(2, 4)}, tmp_path / "one.pt")
    torch.save({"x.weight": torch.ones(5, 3), "y.weight": torch.ones(2, 5)}, tmp_path / "two.pt")
    with opened(run, tmp_path / "b.h5", tmp_path / "one.pt", tmp_path / "two.pt") as (one, two, three, four):
        assert [(a.name, b.name) for a, b in paired_layers(one, two)] == [(each.name,) * 2 for each in run.layers]
        assert [a.name for a, _ in paired_layers(one, two, "fc1")] == ["fc1"]
        assert [(a.name, b.name) for a, b in paired_layers(three, four)] == [("a", "x"), ("b", "y")]
        with pytest.raises(ValueError, match="no layer of the same name"):
            paired_layers(one, four)
