"""All layers at low rank together: against the network with every weight matrix replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from brute_force import best_of_rank

from workbench.evaluation.questions import joint_low_rank
from workbench.evaluation.ranks.joint import _low, joint_low_ranks
from workbench.evaluation.run_evaluators import data_of, network_of

if TYPE_CHECKING:
    from workbench.runs.run import Run


@pytest.mark.parametrize("tolerance", [0.02, 0.1, 0.4])
def test_every_layer_is_at_the_smallest_rank_within_the_tolerance(run: Run, tolerance: float) -> None:
    found = joint_low_rank(run, tolerance)
    network, data, numbers, all_numbers = network_of(run, -1, torch.device("cpu")), data_of(run), 0, 0
    assert [name for name, _ in found.ranks] == [layer.name for layer in run.layers]
    for name, rank in found.ranks:
        weights = run.layer(name).weights().astype(np.float64)
        squares = np.linalg.svd(weights, compute_uv=False) ** 2
        assert squares[rank:].sum() <= tolerance * squares.sum() < squares[rank - 1 :].sum()
        tensor = network.get_submodule(name).weight
        with torch.no_grad():
            tensor.copy_(torch.from_numpy(best_of_rank(weights, rank)).reshape(tensor.shape))
        numbers += min(rank * sum(weights.shape), weights.size)
        all_numbers += weights.size
    with torch.no_grad():
        images = data.inputs(slice(0, len(data)), torch.device("cpu"), torch.contiguous_format)
        right = int((network(images).argmax(1) == data.labels).sum())
    assert found.accuracy.exact
    assert found.accuracy.correct == right
    assert found.weights == pytest.approx(numbers / all_numbers)
    assert found.stored == run.test_accuracy[-1]


def test_no_tolerance_changes_nothing(run: Run) -> None:
    found = joint_low_rank(run, 0.0)
    assert found.accuracy.accuracy == pytest.approx(run.test_accuracy[-1])
    assert found.weights == 1.0


def test_layers_at_full_rank_are_not_replaced(run: Run) -> None:
    full = {layer.name: min(layer.units, layer.inputs) for layer in run.layers}
    assert _low(run, full, -1) == {}
    found = _low(run, full | {"fc1": full["fc1"] - 1}, -1)
    assert list(found) == ["fc1"]
    best = best_of_rank(run.layer("fc1").weights().astype(np.float64), full["fc1"] - 1)
    np.testing.assert_allclose(found["fc1"], best, atol=1e-6)


def test_a_tolerance_that_is_no_fraction_is_refused(run: Run) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        next(joint_low_ranks(run, 10))
