"""What a band of eigenvalues is worth: the accuracy with its directions removed, beside as many random directions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.analysis.intervals import over_repeats
from workbench.cached import cached_property
from workbench.evaluation.doubts import warnings_of
from workbench.evaluation.paced import Paced
from workbench.evaluation.ranks.approximated import approximated
from workbench.evaluation.ranks.factors import factors_of
from workbench.evaluation.run_evaluators import data_of, evaluator
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    from numpy.typing import NDArray

    from workbench.analysis.intervals import Repeats
    from workbench.evaluation.paced import Tell
    from workbench.evaluation.ranks.approximated import Approximated
    from workbench.evaluation.ranks.factors import Factors
    from workbench.evaluation.results import Accuracy
    from workbench.evaluation.run_evaluators import PartName
    from workbench.runs.place import Place
    from workbench.runs.run import Run

    Float64 = NDArray[np.float64]
    Root = str | PathLike[str] | None

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
    def words(self) -> str:
        """What it costs, as a clause, with the change in points and what random directions leave."""
        which = f"eigenvalue {self.first}" if self.count == 1 else f"eigenvalues {self.first} to {self.last}"
        about = "" if self.without.exact else "≈ "
        change = f"{-self.lost:+.1f}".replace("-", "−") if round(self.lost, 1) else "0"
        said = f"without {which}: {about}{self.without.accuracy:.1f} % ({change})"
        if not self.random:
            return said
        over, few = self.over_random, "direction" if self.count == 1 else "directions"
        spread = f" ({float(over.low):.1f} to {float(over.high):.1f})" if over.count > 1 else ""
        return f"{said}; without {self.count} random {few} {float(over.mean):.1f} %{spread}"

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
    directions of the same space. `matrix` and `units` as in `layer_spectrum`. `tell` hears how far the work is.
    ValueError: there are no such eigenvalues; and as in `low_rank`.
    """
    place = place_in(run, layer, snapshot)
    about = approximated(place.layer_view, matrix, units)
    paced = Paced(len(data_of(run, part, root)), tell)
    paced.expect("accuracies", 2 + draws)
    asked = _Asked(place, about, first, last, part, root, draws)
    exact: dict[int, Accuracy] = {}
    for step, accuracies in enumerate(asked.evaluations()):
        exact[step] = paced.exact("accuracies", accuracies)
    unchanged, without, *random = exact.values()
    warnings = warnings_of(run, place.snapshot, part, root, unchanged.accuracy)
    return asked.answer(unchanged, without, tuple(random), warnings)


def bands(
    place: Place,
    about: Approximated,
    first: int,
    last: int,
    part: PartName = "test",
    root: Root = None,
    draws: int = DRAWS,
) -> Iterator[Band]:
    """Ever better, as `band`: first the accuracy without the band, then one draw of random directions after another."""
    asked = _Asked(place, about, first, last, part, root, draws)
    whole, removed, *drawn = asked.evaluations()
    *_, unchanged = whole
    without, random = None, []
    for without in removed:
        yield asked.answer(unchanged, without)
    assert without is not None
    for draw in drawn:
        *_, last_of_draw = draw
        random.append(last_of_draw)
        yield asked.answer(unchanged, without, tuple(random))


@dataclass(frozen=True, eq=False)
class _Asked:
    """What is asked, and what follows from the eigenvalues alone."""

    place: Place
    about: Approximated
    first: int
    last: int
    part: PartName
    root: Root
    draws: int

    @cached_property
    def values(self) -> Float64:
        return self.about.eigenvalues(self.place, self.root, centred=True)

    def evaluations(self) -> list[Iterator[Accuracy]]:
        """Of the network as it is, without the band, and without each draw of random directions; nothing runs yet."""
        full = len(self.values)
        if not 1 <= self.first <= self.last <= full:
            layer = self.place.layer
            raise ValueError(f"{layer} has the eigenvalues 1 to {full}, not {self.first} to {self.last}.")
        engine = evaluator(self.place, self.part, self.root)
        kept = [without_band(self._whole, self.first, self.last)]
        kept += [without_random(self._whole, self._count, seed)[0] for seed in range(self.draws)]
        return [engine.accuracies(), *(engine.low_ranks(each.ranks, each) for each in kept)]

    def answer(
        self,
        unchanged: Accuracy,
        without: Accuracy,
        random: tuple[Accuracy, ...] = (),
        warnings: tuple[str, ...] = (),
    ) -> Band:
        """What is known so far."""
        place, values = self.place, self.values
        removed = values[self.first - 1 : self.last]
        drawn = (without_random(self._whole, self._count, seed)[1] for seed in range(len(random)))
        energies = tuple(_percent(float(np.square(each).sum(axis=1) @ values), values) for each in drawn)
        about = place.layer, place.snapshot, self.part, self.about, self.first, self.last, removed
        energy = _percent(float(removed.sum()), values)
        return Band(*about, energy, unchanged, without, random, energies, warnings)

    @property
    def _count(self) -> int:
        return self.last - self.first + 1

    @cached_property
    def _whole(self) -> Factors:
        """The factors of every rank, also of W itself."""
        found = self.about.factors(self.place, self.root, centred=True)
        if found is None:
            weights = self.place.layer_view.live_weights(self.place.snapshot)
            found = factors_of(weights, units=self.about.rows(self.place).tolist())
        full = len(self.values)
        return replace(found, left=found.left[:, :full], right=found.right[:, :full])


def without_band(whole: Factors, first: int, last: int) -> Factors:
    """The factors of every direction but those numbered `first` to `last`, the largest is 1; all of its ranks."""
    kept = np.r_[0 : first - 1, last : whole.ranks]
    return replace(whole, left=whole.left[:, kept], right=whole.right[:, kept])


def without_random(whole: Factors, count: int, seed: int) -> tuple[Factors, Float64]:
    """The factors without `count` random orthonormal directions, and these in terms of all, (ranks, count)."""
    basis = _random_basis(whole.ranks, count, seed)
    kept = basis[:, count:]
    return replace(whole, left=whole.left @ kept, right=whole.right @ kept), basis[:, :count]


@lru_cache(maxsize=2 * DRAWS)
def _random_basis(full: int, count: int, seed: int) -> Float64:
    """An orthonormal basis of R^full, (full, full), whose first `count` vectors point anywhere."""
    drawn = np.random.default_rng(seed).standard_normal((full, count))
    basis: Float64 = np.linalg.qr(drawn, mode="complete")[0]
    return basis


def _percent(part: float, values: Float64) -> float:
    whole = float(values.sum())
    return 100.0 * part / whole if whole else 0.0
