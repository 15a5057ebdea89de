"""Planted redundancy: the units that repeat others and those that never fire are found by their labels."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

import workbench as wb
from workbench.nets.architectures.building import build
from workbench.nets.initialisers import initialise
from workbench.nets.planting import planted_units
from workbench.nets.units import layers

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("one_thread")
PLANTED = {
    "xord": wb.RunSpec(
        wb.NetSpec("xord", widths=(40,)), wb.DataSpec("xord"), wb.OptimiserSpec("sgd", learning_rate=1.0), iterations=60
    ),
    "teacher": wb.RunSpec(
        wb.NetSpec("digits_conv", widths=(10, 20, 40, 20)),
        wb.DataSpec("teacher_digits_conv"),
        wb.OptimiserSpec("adam", learning_rate=0.05),
        iterations=60,
    ),
}


@pytest.mark.thinned(4)
@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("name", PLANTED)
def test_planted_units_are_found_by_their_labels(name: str, seed: int, tmp_path: Path) -> None:
    changes = {"initialiser": "planted", "seed": seed, "device": "cpu", "snapshots": "every:60"}
    for _ in wb.record_run(tmp_path / "run.h5", wb.train(replace(PLANTED[name], **changes))):
        pass
    with wb.open_run(tmp_path / "run.h5") as run:
        for layer in run.layers[:-1]:
            table = wb.units(run, layer.name)
            repeated, dead = planted_units(layer.units)
            assert [table.label(unit) for unit in dead] == ["dead"] * len(dead)
            for unit in repeated:
                assert table.nearest_cosine[unit] == pytest.approx(1.0)
                assert table.label(unit) == table.label(unit - 1)
                # Training may silence a unit and the one that repeats it; a filter of XORD may begin where it ends.
                assert table.label(unit) in ("repeated", "dead", *(("untrained",) if name == "xord" else ()))
            assert set(repeated.tolist()) <= set(np.flatnonzero(table.where("repeated or dead")).tolist())


def test_a_planted_network_computes_what_one_without_its_planted_units_computes() -> None:
    net = build("digits_conv", widths=(10, 20, 40, 20))
    initialise(net, "planted", 3)
    images = torch.randn(7, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    before = net(images)
    for layer in layers(net)[:-1]:
        module = net.get_submodule(layer.name)
        outputs: list[torch.Tensor] = []
        handle = module.register_forward_hook(lambda _module, _given, out, kept=outputs: kept.append(out.relu()))
        net(images)
        handle.remove()
        repeated, dead = planted_units(layer.units)
        assert torch.count_nonzero(outputs[0][:, dead]) == 0
        assert torch.equal(outputs[0][:, repeated], outputs[0][:, repeated - 1])
        with torch.no_grad():
            weight, bias = module.get_parameter("weight"), module.get_parameter("bias")
            weight[dead], bias[dead] = 0.0, 0.0
    assert torch.allclose(net(images), before)


def test_batch_norms_and_missing_biases() -> None:
    net = build("vgg19bn", (3, 32, 32), widths=(10,) * 18)
    initialise(net, "planted", 0)
    _, dead = planted_units(10)
    assert net.get_submodule("bn4").get_parameter("bias")[dead[0]].item() == -1000.0
    with pytest.raises(ValueError, match="no unit of conv1 can be silenced, because it has no bias"):
        initialise(build("digits_conv", bias=False), "planted", 0)


def test_which_units_are_planted() -> None:
    repeated, dead = planted_units(25)
    assert (repeated.tolist(), dead.tolist()) == ([1, 11, 21], [9, 19])
    assert np.intersect1d(*planted_units(1000)).size == 0
