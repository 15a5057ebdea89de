"""What one rank of a layer costs at every snapshot of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.evaluation.evaluator import Evaluator
from workbench.evaluation.factors import factors_of
from workbench.evaluation.of_run import data_of, network_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    from workbench.evaluation.of_run import PartName
    from workbench.evaluation.results import Accuracy
    from workbench.runs.run import Run


@dataclass(frozen=True)
class Approximated:
    """Which matrix of a layer is brought to which rank: W, with `moved` W − W₀, or the rows of `units`."""

    layer: str
    rank: int
    moved: bool = False
    units: tuple[int, ...] = ()


def spread_out(count: int, most: int = 65) -> list[int]:
    """At most so many of the snapshots 0…count − 1, evenly apart: the ends first, then ever finer between them."""
    chosen = np.linspace(0, max(count - 1, 0), min(count, most)).round().astype(int).tolist()
    order, step = chosen[:1] + chosen[-1:], len(chosen)
    while step > 1:
        step //= 2
        order += chosen[::step]
    return list(dict.fromkeys(order))


def over_snapshots(
    run: Run,
    about: Approximated,
    snapshots: list[int],
    part: PartName = "test",
    root: str | PathLike[str] | None = None,
) -> Iterator[tuple[int, Accuracy | None]]:
    """(snapshot, accuracy) for these snapshots, one after another, each ever better; None where training diverged.

    Nothing is kept of a snapshot when the next one comes. ValueError: a rank or unit that there is not; DataMissing:
    the data are not on this machine.
    """
    data = data_of(run, part, root)
    for snapshot in snapshots:
        if not all(np.isfinite(values).all() for values in run.parameters(snapshot).values()):
            yield snapshot, None
            continue
        layer = run.layer(about.layer)
        base = layer.weights(0) if about.moved else None
        factors = factors_of(layer.weights(snapshot), base, about.units or None)
        asked = Evaluator(network_of(run, snapshot), data, about.layer, budget_bytes=0)
        for accuracy in asked.low_ranks(about.rank, factors):
            yield snapshot, accuracy
