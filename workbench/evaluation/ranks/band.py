"""What a band of eigenvalues is worth: the accuracy with its directions removed, beside as many random directions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from workbench.analysis.intervals import over_repeats
from workbench.analysis.spectra.edges import seen_from
from workbench.evaluation.doubts import warnings_of
from workbench.evaluation.paced import Paced
from workbench.evaluation.ranks.approximated import WEIGHTS, approximated
from workbench.evaluation.ranks.factors import factors_of
from workbench.evaluation.run_evaluators import data_of, evaluator
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    from numpy.typing import NDArray

    from workbench.analysis.intervals import Repeats
    from workbench.analysis.spectra.edges import Edges
    from workbench.evaluation.paced import Tell
    from workbench.evaluation.ranks.approximated import Approximated
    from workbench.evaluation.ranks.factors import Factors
    from workbench.evaluation.results import Accuracy
    from workbench.evaluation.run_evaluators import PartName
    from workbench.runs.place import Place
    from workbench.runs.run import Run

    Float64 = NDArray[np.float64]
    Root = str | PathLike[str] | None

Tail = Literal["left", "bulk", "right"]
SIDES: dict[Tail, str] = {"left": "below", "bulk": "between", "right": "above"}  # of a law's edges
DRAWS = 5  # of random directions, with the seeds 0…4


@dataclass(frozen=True, eq=False)
class Band:
    """What it costs to remove the eigenvalues `first` to `last` (1 is the largest) of a layer's matrix."""

    layer: str
    snapshot: int
    part: PartName
    about: Approximated  # which matrix
    first: int
    last: int
    eigenvalues: Float64  # (b,) that are removed, descending
    energy_percent: float  # of ‖W‖²_F that they hold
    unchanged: Accuracy
    without: Accuracy
    random: tuple[Accuracy, ...]  # with b random directions of the same space removed instead, seed by seed
    random_energy: tuple[float, ...]  # percent of ‖W‖²_F that those held
    warnings: tuple[str, ...] = ()  # why it is doubtful, see `doubts`

    @property
    def count(self) -> int:
        """b, how many directions are removed."""
        return len(self.eigenvalues)

    @property
    def lost(self) -> float:
        """The accuracy that goes with the band, in points."""
        return self.unchanged.accuracy - self.without.accuracy

    @property
    def over_random(self) -> Repeats:
        """The accuracy without random directions over the draws, in percent."""
        return over_repeats(np.array([each.accuracy for each in self.random]))

    def rows(self) -> Iterator[tuple[str, int | None, float, float, float]]:
        """(what is removed, seed, accuracy %, loss, energy %): "nothing", "band", then "random" seed by seed."""
        yield "nothing", None, self.unchanged.accuracy, self.unchanged.loss, 0.0
        yield "band", None, self.without.accuracy, self.without.loss, self.energy_percent
        for seed, (each, energy) in enumerate(zip(self.random, self.random_energy, strict=True)):
            yield "random", seed, each.accuracy, each.loss, energy

    def to_dataframe(self) -> Any:
        """The rows as a pandas table. ImportError without pandas."""
        import pandas as pd

        return pd.DataFrame(self.rows(), columns=["removed", "seed", "accuracy", "loss", "energy_percent"])


def band(
    run: Run,
    layer: str,
    first: int,
    last: int,
    snapshot: int = -1,
    part: PartName = "test",
    root: Root = None,
    matrix: str = "weights",
    units: tuple[int, ...] = (),
    draws: int = DRAWS,
    tell: Tell | None = None,
) -> Band:
    """What it costs to remove the eigenvalues `first` to `last` of a layer's matrix (1 is the largest), exactly.

    The rest of the matrix stays: W less Σ uⱼuⱼᵀW over the band. Beside it, `draws` times, as many random orthonormal
    directions of the same space. `matrix` and `units` as in `low_rank`. `tell` hears how far the work is. ValueError:
    there are no such eigenvalues; and as in `low_rank`.
    """
    place = place_in(run, layer, snapshot)
    about = approximated(place.layer_view, matrix, units)
    values = about.eigenvalues(place, root)
    _check(place, first, last, len(values))
    paced = Paced(len(data_of(run, part, root)), tell)
    for kind, times in (("unchanged", 1), ("band", 1), ("random", draws)):
        paced.expect(kind, times)
    engine, whole = evaluator(place, part, root), _whole(place, about, root)
    unchanged = paced.exact("unchanged", engine.accuracies())
    kept = without_band(whole, first, last)
    without = paced.exact("band", engine.low_ranks(kept.ranks, kept))
    random, energies, count = [], [], last - first + 1
    for seed in range(draws):
        kept, drawn = without_random(whole, count, seed)
        random.append(paced.exact("random", engine.low_ranks(kept.ranks, kept)))
        energies.append(_percent(np.square(drawn).sum(axis=1) @ values, values))
    return Band(
        layer,
        place.snapshot,
        part,
        about,
        first,
        last,
        values[first - 1 : last],
        _percent(values[first - 1 : last].sum(), values),
        unchanged,
        without,
        tuple(random),
        tuple(energies),
        warnings_of(run, place.snapshot, part, root, unchanged.accuracy),
    )


def band_between(eigenvalues: Float64, low: float, high: float) -> tuple[int, int]:
    """The first and last number of the eigenvalues (descending) from `low` to `high`. ValueError: there are none."""
    inside = np.flatnonzero((eigenvalues >= low) & (eigenvalues <= high))
    if not len(inside):
        raise ValueError(f"no eigenvalue lies from {low:.4g} to {high:.4g}")
    return int(inside[0]) + 1, int(inside[-1]) + 1


def band_of_tail(eigenvalues: Float64, law: Edges, tail: Tail) -> tuple[int, int]:
    """The first and last number of those beyond an edge of a law, or between its edges. ValueError: there are none."""
    inside = [each.number for each in seen_from(eigenvalues, law) if each.side == SIDES[tail]]
    if not inside:
        where = {"left": f"below {law.floor:.4g}", "right": f"beyond {law.limit:.4g}"}.get(tail, "between the edges")
        raise ValueError(f"no eigenvalue lies {where}: the {tail} {'tail ' * (tail != 'bulk')}is empty")
    return inside[0], inside[-1]


def without_band(whole: Factors, first: int, last: int) -> Factors:
    """The factors of every direction but those numbered `first` to `last`, the largest is 1; all of its ranks."""
    kept = np.r_[0 : first - 1, last : whole.ranks]
    return replace(whole, left=whole.left[:, kept], right=whole.right[:, kept])


def without_random(whole: Factors, count: int, seed: int) -> tuple[Factors, Float64]:
    """The factors without `count` random orthonormal directions, and these in terms of all, (ranks, count)."""
    drawn = np.random.default_rng(seed).standard_normal((whole.ranks, count))
    basis = np.linalg.qr(drawn, mode="complete")[0]
    kept = basis[:, count:]
    return replace(whole, left=whole.left @ kept, right=whole.right @ kept), basis[:, :count]


def _whole(place: Place, about: Approximated, root: Root) -> Factors:
    """The factors of every rank, also of W itself."""
    if about == WEIGHTS:
        weights = place.layer_view.live_weights(place.snapshot)
        whole = factors_of(weights, units=about.rows(place).tolist())
    else:
        found = about.factors(place, root)
        assert found is not None
        whole = found
    full = about.full_rank(place)
    return replace(whole, left=whole.left[:, :full], right=whole.right[:, :full])


def _check(place: Place, first: int, last: int, full: int) -> None:
    if not 1 <= first <= last <= full:
        raise ValueError(f"{place.layer} has the eigenvalues 1 to {full}, not {first} to {last}.")


def _percent(part: float, values: Float64) -> float:
    whole = float(values.sum())
    return 100.0 * float(part) / whole if whole else 0.0
