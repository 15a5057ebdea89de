"""Which matrix of a layer is brought to low rank: one table for panel, figure, command and Python. Loads no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from workbench.analysis import matrices
from workbench.analysis.low_rank import LowRank, low_rank
from workbench.evaluation.ranks.factors import factors_of
from workbench.nets.variance import variance_if_known

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from workbench.evaluation.ranks.factors import Factors
    from workbench.runs.layer import Layer
    from workbench.runs.spec import RunSpec

    Float64 = NDArray[np.float64]

Matrix = Literal["weights", "moved", "units", "normalised"]


@dataclass(frozen=True)
class MatrixKind:
    """How a matrix is made from a layer's weights, and how it is called."""

    title: str
    meaning: str
    moved: bool = False  # the initial weights are subtracted first and added again
    normalised: bool = False  # the rows are scaled to length one first and scaled back


MATRICES: dict[Matrix, MatrixKind] = {
    "weights": MatrixKind("W", "the weights"),
    "moved": MatrixKind("W − W₀", "what training added to the initial weights, which stay", moved=True),
    "units": MatrixKind("selected units", "the rows of some units; the others stay"),
    "normalised": MatrixKind("normalised rows", "rows of length one, scaled back afterwards", normalised=True),
}


@dataclass(frozen=True)
class Approximated:
    """A matrix of a layer; with `units` only their rows of it, the others stay as they are."""

    matrix: Matrix = "weights"
    units: tuple[int, ...] = ()  # ascending; none: every unit

    @property
    def name(self) -> str:
        """How a sentence calls it."""
        kind = MATRICES[self.matrix]
        if not self.units:
            return kind.title
        chosen = f"the {len(self.units)} selected units" if len(self.units) > 1 else "the selected unit"
        return chosen if self.matrix == "units" else f"{kind.title} of {chosen}"

    def check(self, spec: RunSpec) -> None:
        """Raise ValueError where the initial weights are to be subtracted and a run does not hold them."""
        if MATRICES[self.matrix].moved and not spec.holds_initialisation:
            raise ValueError(NO_START)

    def rows(self, layer: Layer, snapshot: int) -> NDArray[np.int64]:
        """The units that are approximated, ascending: removed ones are not, unless all of them are removed."""
        requested = np.array(self.units or range(layer.units))
        present = requested[layer.present(snapshot)[requested]]
        return present if len(present) else requested

    def full_rank(self, layer: Layer, snapshot: int) -> int:
        """The largest rank there is."""
        return min(len(self.rows(layer, snapshot)), layer.inputs_left(snapshot))

    def spectrum(self, spec: RunSpec, layer: Layer, snapshot: int) -> LowRank:
        """Residuals, norms and elbows of the matrix. RunError: the training has diverged at this snapshot.

        ValueError: the initial weights are to be subtracted, and the run does not hold them.
        """
        self.check(spec)
        kind, variance = MATRICES[self.matrix], None
        if not (kind.moved or kind.normalised):  # the entries of the others were never drawn so
            variance = variance_if_known(spec.initialiser, layer.kind, layer.units, layer.inputs, layer.kernel_area)
        values, rows = self.eigenvalues(layer, snapshot), self.rows(layer, snapshot)
        zero = self._zero_rows(layer, snapshot, rows)
        return low_rank(values, len(rows), layer.inputs_left(snapshot), variance, zero)

    def eigenvalues(self, layer: Layer, snapshot: int) -> Float64:
        """The squared singular values of the matrix, one for each rank, descending. RunError as in `spectrum`."""
        stored = layer.eigenvalues(snapshot)  # also for the others: it names a snapshot that diverged
        kind, rows = MATRICES[self.matrix], self.rows(layer, snapshot)
        full = min(len(rows), layer.inputs_left(snapshot))
        if self == WEIGHTS:
            return stored[:full]
        if layer.stored_gram and not kind.moved:
            gram = layer.gram(snapshot)[np.ix_(rows, rows)]
            return matrices.eigenvalues_of_gram(matrices.cosines(gram) if kind.normalised else gram, full)
        matrix = layer.live_weights(snapshot)[rows].astype(np.float64)
        if kind.moved:
            matrix -= layer.live_weights(snapshot, at=0)[rows]
        if kind.normalised:
            lengths = matrices.row_norms(matrix)
            matrix /= np.where(lengths > 0.0, lengths, 1.0)[:, None]
        return matrices.eigenvalues(matrix)

    def _zero_rows(self, layer: Layer, snapshot: int, rows: NDArray[np.int64]) -> int:
        """How many rows of the matrix are zero: of units that never moved, where W₀ is subtracted."""
        if MATRICES[self.matrix].moved:
            same = layer.live_weights(snapshot)[rows] == layer.live_weights(snapshot, at=0)[rows]
            return int(np.count_nonzero(same.all(axis=1)))
        return 0

    def factors(self, layer: Layer, snapshot: int) -> Factors | None:
        """The factors of every rank; None for W itself, whose factors an evaluator has."""
        if self == WEIGHTS:
            return None
        kind = MATRICES[self.matrix]
        base = layer.live_weights(snapshot, at=0) if kind.moved else None
        return factors_of(layer.live_weights(snapshot), base, self.rows(layer, snapshot).tolist(), kind.normalised)


WEIGHTS = Approximated()
NO_START = "W − W₀ needs the initial weights, which this run does not hold: choose another matrix."
NO_UNITS = "Selected units are those of one training: a group has a mean of W, W − W₀ or normalised rows."


def approximated(layer: Layer, matrix: Matrix = "weights", units: Iterable[int] = ()) -> Approximated:
    """The matrix of `layer` by its name, or the rows of `units` of it.

    ValueError: there is no such matrix or unit, or "units" is asked for and none are named.
    """
    if matrix not in MATRICES:
        raise ValueError(f"There is no matrix {matrix!r}: choose {', '.join(MATRICES)}.")
    chosen = tuple(sorted({int(unit) for unit in units}))
    wrong = [unit for unit in chosen if not 0 <= unit < layer.units]
    if wrong:
        raise ValueError(f"{layer.name} has the units 0 to {layer.units - 1}, not {wrong[0]}.")
    if matrix == "units" and not chosen:
        raise ValueError("The matrix of selected units needs units: name at least one.")
    return Approximated("units" if matrix == "weights" and chosen else matrix, chosen)
