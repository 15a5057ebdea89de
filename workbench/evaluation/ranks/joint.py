"""All layers of a network at low rank together: a rank for each from one tolerance of energy, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.analysis.low_rank import approximation, joint_ranks, left_basis
from workbench.analysis.matrices import fits, left_vectors
from workbench.evaluation.doubts import warnings_of
from workbench.evaluation.run_evaluators import data_of, network_of
from workbench.evaluation.several import accuracies_with

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    import numpy as np
    from numpy.typing import NDArray

    from workbench.evaluation.results import Accuracy
    from workbench.evaluation.run_evaluators import PartName
    from workbench.runs.run import Run


@dataclass(frozen=True, eq=False)
class JointLowRank:
    """What the network still gets right with every layer at the smallest rank within a tolerance of energy."""

    tolerance: float  # fraction of each layer's ‖W‖²_F that may be lost
    snapshot: int
    part: PartName
    ranks: tuple[tuple[str, int], ...]  # of every layer, in the network's order
    weights: float  # fraction of the weights' numbers that are left; see `_stored`
    stored: float  # accuracy with nothing changed as the run holds it, in percent; NaN where it was not measured
    accuracy: Accuracy
    warnings: tuple[str, ...] = ()  # why it is doubtful, once it is exact (see `doubts`)


def joint_low_ranks(
    run: Run,
    tolerance: float,
    snapshot: int = -1,
    part: PartName = "test",
    root: str | PathLike[str] | None = None,
) -> Iterator[JointLowRank]:
    """Ever better: what all layers at the smallest ranks that lose at most `tolerance` of their energy cost.

    `tolerance` is a fraction. ValueError: it is outside [0, 1]; DataMissing: the data are not on this machine.
    """
    index = run.resolve(snapshot)
    ranks = joint_ranks({layer.name: layer.eigenvalues(index) for layer in run.layers}, tolerance)
    sizes = {layer.name: (layer.units - layer.zero_units(index), layer.inputs_left(index)) for layer in run.layers}
    left = sum(_stored(*size, ranks[name]) for name, size in sizes.items())
    share = left / max(sum(units * inputs for units, inputs in sizes.values()), 1)
    stored = float(run.history(f"{part}_accuracy")[index])
    replaced = _low(run, ranks, index)
    for accuracy in accuracies_with(network_of(run, index), data_of(run, part, root), replaced):
        warnings = warnings_of(run, index, part, root) if accuracy.exact else ()
        yield JointLowRank(tolerance, index, part, tuple(ranks.items()), share, stored, accuracy, warnings)


def _stored(units: int, inputs: int, rank: int) -> int:
    """Numbers that a layer takes: two factors of this rank, or the matrix itself where that is smaller."""
    return min(rank * (units + inputs), units * inputs)


def _low(run: Run, ranks: dict[str, int], snapshot: int) -> dict[str, NDArray[np.floating]]:
    """W_k of every layer that is not at full rank."""
    found: dict[str, NDArray[np.floating]] = {}
    for layer in run.layers:
        rank = ranks[layer.name]
        if rank < min(layer.units, layer.inputs_left(snapshot)):
            weights = layer.live_weights(snapshot)
            known = left_basis(layer.gram(snapshot), rank).vectors if fits(layer.units) else left_vectors(weights)
            found[layer.name] = approximation(weights, known, rank)
    return found
