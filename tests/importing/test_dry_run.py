"""What a dry run says is what the import then makes, number for number."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from importing_steps import imported, planned
from safetensors.torch import save_file
from test_evidence import known_networks

from workbench.runs.layout import LayerInfo
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 200_000  # numbers in a network
SMALL = [
    name
    for name, network in sorted(known_networks().items())
    if sum(prod(shape) for _, shape, _ in network["state"]) < LARGEST and name != "own/bilinear"
]


def matrix(tensor: torch.Tensor, layer: LayerInfo) -> np.ndarray:
    """The m × n matrix of a layer of a PyTorch module, by its definition."""
    rows = tensor.transpose(0, 1) if layer.transposed else tensor
    return rows[layer.first : layer.first + layer.units].reshape(layer.units, -1).numpy()


@pytest.mark.parametrize("ending", ["pt", "safetensors"])
@pytest.mark.parametrize("name", SMALL)
def test_an_import_is_what_its_dry_run_said_with_every_matrix_in_place(
    tmp_path: Path, name: str, ending: str
) -> None:
    network = known_networks()[name]
    torch.manual_seed(0)
    state = {
        key: torch.randn(shape) if dtype == "float32" else torch.zeros(shape, dtype=getattr(torch, dtype))
        for key, shape, dtype in network["state"]
    }
    (save_file if ending == "safetensors" else torch.save)(state, tmp_path / f"a.{ending}")
    said = planned(tmp_path / f"a.{ending}")
    assert imported(tmp_path / "run.h5", tmp_path / f"a.{ending}") == said
    true = [LayerInfo(own, kind, *sizes, 0, parameter=key, first=first, transposed=turned)
            for own, kind, *sizes, key, first, turned in network["layers"]]  # fmt: skip
    with open_run(tmp_path / "run.h5") as run:
        assert (run.spec, run.title) == (said.spec, said.title)
        assert [layer.name for layer in run.layers] == [layer.name for layer in said.layers]
        for layer in true:
            assert np.array_equal(run.layer(layer.name).weights(0), matrix(state[layer.key], layer)), layer.name
