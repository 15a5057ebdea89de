"""What one rank of a layer costs at every snapshot of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.evaluation.evaluator import Evaluator
from workbench.evaluation.ranks.approximated import WEIGHTS
from workbench.evaluation.run_evaluators import data_of, network_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    from workbench.evaluation.ranks.approximated import Approximated
    from workbench.evaluation.results import Accuracy
    from workbench.evaluation.run_evaluators import PartName
    from workbench.runs.place import Place


def spread_out(count: int, most: int = 65) -> list[int]:
    """At most so many of the snapshots 0…count − 1, evenly apart: the ends first, then ever finer between them."""
    chosen = np.linspace(0, max(count - 1, 0), min(count, most)).round().astype(int).tolist()
    order, step = chosen[:1] + chosen[-1:], len(chosen)
    while step > 1:
        step //= 2
        order += chosen[::step]
    return list(dict.fromkeys(order))


def over_snapshots(
    place: Place,
    rank: int,
    snapshots: list[int],
    about: Approximated = WEIGHTS,
    part: PartName = "test",
    root: str | PathLike[str] | None = None,
) -> Iterator[tuple[int, Accuracy | None]]:
    """Yield (snapshot, accuracy) of the matrix `about` at `rank`, snapshot by snapshot, each ever better.

    The accuracy is None where the training had diverged. Nothing is kept of a snapshot when the next one comes.
    ValueError: a rank or unit that there is not; DataMissing: the data are not on this machine.
    """
    run = place.run
    data = data_of(run, part, root)
    for snapshot in snapshots:
        if not all(np.isfinite(values).all() for values in run.parameters(snapshot).values()):
            yield snapshot, None
            continue
        evaluator = Evaluator(network_of(run, snapshot), data, place.layer, budget_bytes=0)
        here = place.at(snapshot)
        reached = min(rank, about.full_rank(here)) if rank > 0 else rank
        for accuracy in evaluator.low_ranks(reached, about.factors(here, root)):
            yield snapshot, accuracy
