"""The matrices of a layer: one table for low ranks, spectra and bands, in panel, figure, command and Python.

Loads no torch but for the rows that need the network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from workbench.analysis import matrices
from workbench.analysis.low_rank import LowRank, low_rank
from workbench.evaluation.ranks.factors import Factors, factors_of
from workbench.nets.variance import variance_if_known

if TYPE_CHECKING:
    from collections.abc import Iterable
    from os import PathLike

    from numpy.typing import NDArray

    from workbench.runs.layer import Layer
    from workbench.runs.place import Place

    Float64 = NDArray[np.float64]
    Root = str | PathLike[str] | None

Matrix = Literal["weights", "moved", "units", "normalised", "folded", "data"]


@dataclass(frozen=True)
class MatrixKind:
    """How a matrix is made from a layer's weights, and how it is called."""

    title: str
    meaning: str
    moved: bool = False  # the initial weights are subtracted first and added again
    normalised: bool = False  # the rows are scaled to length one first and scaled back
    folded: bool = False  # the rows are scaled as batch norm scales the outputs, and scaled back
    on_data: bool = False  # times the square root of what the inputs' moments are

    @property
    def drawn(self) -> bool:
        """Whether its entries were drawn by the initialiser."""
        return not (self.moved or self.normalised or self.folded or self.on_data)


MATRICES: dict[Matrix, MatrixKind] = {
    "weights": MatrixKind("W", "the weights"),
    "moved": MatrixKind("W − W₀", "what training added to the initial weights, which stay", moved=True),
    "units": MatrixKind("selected units", "the rows of some units; the others stay"),
    "normalised": MatrixKind("normalised rows", "rows of length one, scaled back afterwards", normalised=True),
    "folded": MatrixKind("folded rows", "rows scaled by the batch norm behind them, scaled back", folded=True),
    "data": MatrixKind("W Σ^½", "the weights on the layer's real inputs", on_data=True),
}
ALIASES: dict[str, Matrix] = {"W": "weights", "W-W0": "moved"}


@dataclass(frozen=True)
class Approximated:
    """A matrix of a layer; with `units` only their rows of it, the others stay as they are."""

    matrix: Matrix = "weights"
    units: tuple[int, ...] = ()  # ascending; none: every unit

    @property
    def name(self) -> str:
        """How a sentence calls it."""
        if not self.units:
            return self.kind.title
        chosen = f"the {len(self.units)} selected units" if len(self.units) > 1 else "the selected unit"
        return chosen if self.matrix == "units" else f"{self.kind.title} of {chosen}"

    @property
    def kind(self) -> MatrixKind:
        """Its row of the table."""
        return MATRICES[self.matrix]

    def check(self, place: Place) -> None:
        """Raise ValueError where the initial weights are to be subtracted and a run does not hold them."""
        if self.kind.moved and not place.run.spec.holds_initialisation:
            raise ValueError(NO_START)

    def rows(self, place: Place) -> NDArray[np.int64]:
        """The units that are approximated, ascending: removed ones are not, unless all of them are removed."""
        requested = np.array(self.units or range(place.layer_view.units))
        present = requested[place.layer_view.present(place.snapshot)[requested]]
        return present if len(present) else requested

    def full_rank(self, place: Place) -> int:
        """The largest rank there is."""
        return min(len(self.rows(place)), place.layer_view.inputs_left(place.snapshot))

    def variance(self, place: Place) -> float | None:
        """That of the entries at initialisation; None where they were never drawn, or by whom is unknown."""
        layer, spec = place.layer_view, place.run.spec
        if not self.kind.drawn:
            return None
        return variance_if_known(spec.initialiser, layer.kind, layer.units, layer.inputs, layer.kernel_area)

    def spectrum(self, place: Place, root: Root = None) -> LowRank:
        """Residuals, norms and elbows of the matrix. RunError: the training has diverged at this snapshot.

        ValueError: the initial weights are to be subtracted, and the run does not hold them; or see `on_data`.
        """
        values, rows = self.eigenvalues(place, root), self.rows(place)
        inputs = place.layer_view.inputs_left(place.snapshot)
        return low_rank(values, len(rows), inputs, self.variance(place), *self.zero_lines(place))

    def eigenvalues(
        self, place: Place, root: Root = None, shuffled: int | None = None, centred: bool = False
    ) -> Float64:
        """The squared singular values of the matrix, one for each rank, descending. Errors as in `spectrum`.

        `shuffled`, a seed, first moves the entries of these rows to random places; rows are normalised and inputs
        applied afterwards. `centred` takes the covariance of the inputs for Σ instead of E[x xᵀ].
        """
        self.check(place)
        layer, snapshot = place.layer_view, place.snapshot
        stored = layer.eigenvalues(snapshot)  # also for the others: it names a snapshot that diverged
        rows, full = self.rows(place), self.full_rank(place)
        if shuffled is None and self == WEIGHTS:
            return stored[:full]
        if self.kind.on_data:
            return self._on_data(place, root, shuffled, centred)
        if shuffled is None and layer.stored_gram and not (self.kind.moved or self.kind.folded):
            gram = layer.gram(snapshot)[np.ix_(rows, rows)]
            return matrices.eigenvalues_of_gram(matrices.cosines(gram) if self.kind.normalised else gram, full)
        return matrices.eigenvalues(self.entries(place, root, shuffled))

    def entries(self, place: Place, root: Root = None, shuffled: int | None = None) -> Float64:
        """The matrix itself, (rows, inputs that are left) float64; W on its inputs is that of W."""
        layer, snapshot, rows = place.layer_view, place.snapshot, self.rows(place)
        matrix = layer.live_weights(snapshot)[rows].astype(np.float64)
        if self.kind.moved:
            matrix -= layer.live_weights(snapshot, at=0)[rows]
        if self.kind.folded:
            matrix *= norm_scale(place, root)[rows, None]
        live = layer.live_inputs(snapshot)
        matrix = matrix if live is None else matrix[:, live]
        if shuffled is not None:
            matrix = matrices.shuffled(matrix, shuffled)
        if self.kind.normalised:
            lengths = matrices.row_norms(matrix)
            matrix /= np.where(lengths > 0.0, lengths, 1.0)[:, None]
        return matrix

    def _on_data(self, place: Place, root: Root, shuffled: int | None, centred: bool) -> Float64:
        from workbench.evaluation.ranks.moments import on_data

        rows, weights = self.rows(place), None
        if shuffled is not None:
            weights = np.zeros((place.layer_view.units, place.layer_view.inputs))
            live = place.layer_view.live_inputs(place.snapshot)
            columns = np.arange(place.layer_view.inputs) if live is None else np.flatnonzero(live)
            weights[np.ix_(rows, columns)] = self.entries(place, root, shuffled)
        return on_data(place, root, weights, centred).eigenvalues(rows, self.full_rank(place))

    def vectors(self, place: Place, root: Root = None, centred: bool = False) -> Float64:
        """The left singular vectors of the matrix, (rows, ranks) float64, the largest first; errors as in `spectrum`.

        Their signs are such that the largest entry of each is positive.
        """
        self.check(place)
        rows, full = self.rows(place), self.full_rank(place)
        if self.kind.on_data:
            from workbench.evaluation.ranks.moments import on_data

            weights = place.layer_view.live_weights(place.snapshot)[rows].astype(np.float64)
            vectors = on_data(place, root, centred=centred).vectors(rows, weights, full)
        else:
            vectors = matrices.left_vectors(self.entries(place, root))[:, :full]
        largest = np.take_along_axis(vectors, np.abs(vectors).argmax(axis=0)[None], axis=0)
        signed: Float64 = vectors * np.sign(largest)
        return signed

    def zero_lines(self, place: Place) -> tuple[int, int]:
        """How many rows and columns of the matrix are zero: where W₀ is subtracted, those that never moved."""
        layer, snapshot, rows = place.layer_view, place.snapshot, self.rows(place)
        if not self.kind.moved:
            return 0, 0
        same = layer.live_weights(snapshot)[rows] == layer.live_weights(snapshot, at=0)[rows]
        live = layer.live_inputs(snapshot)
        same = same if live is None else same[:, live]
        return int(np.count_nonzero(same.all(axis=1))), int(np.count_nonzero(same.all(axis=0)))

    def factors(self, place: Place, root: Root = None, centred: bool = False) -> Factors | None:
        """The factors of every rank, `centred` as in `eigenvalues`; None for W itself: an evaluator has its factors."""
        if self == WEIGHTS:
            return None
        layer, snapshot, rows = place.layer_view, place.snapshot, self.rows(place)
        weights = layer.live_weights(snapshot)
        if self.kind.on_data:
            return _factors_on_data(place, rows, self.full_rank(place), root, centred)
        base = layer.live_weights(snapshot, at=0) if self.kind.moved else None
        scale = norm_scale(place, root) if self.kind.folded else None
        return factors_of(weights, base, rows.tolist(), self.kind.normalised, scale)


WEIGHTS = Approximated()
NO_START = "W − W₀ needs the initial weights, which this run does not hold: choose another matrix."
NO_UNITS = "Selected units are those of one training: a group has a mean of every other matrix."


def approximated(layer: Layer, matrix: str = "weights", units: Iterable[int] = ()) -> Approximated:
    """The matrix of `layer` by its name (or "W", "W-W0"), or the rows of `units` of it.

    ValueError: there is no such matrix or unit, or "units" is asked for and none are named.
    """
    named = matrix_named(matrix)
    chosen = tuple(sorted({int(unit) for unit in units}))
    wrong = [unit for unit in chosen if not 0 <= unit < layer.units]
    if wrong:
        raise ValueError(f"{layer.name} has the units 0 to {layer.units - 1}, not {wrong[0]}.")
    if named == "units" and not chosen:
        raise ValueError("The matrix of selected units needs units: name at least one.")
    return Approximated("units" if named == "weights" and chosen else named, chosen)


def matrix_named(name: str) -> Matrix:
    """The matrix of that name, or of another name for it. ValueError: there is none."""
    for known in MATRICES:
        if known in (name, ALIASES.get(name)):
            return known
    raise ValueError(f"There is no matrix {name!r}: choose {', '.join([*MATRICES, *ALIASES])}.")


def norm_scale(place: Place, root: Root = None) -> Float64:
    """What the batch norm behind the layer multiplies each unit's output by, (m,). ValueError: there is none."""
    return norm_of(place, root, "choose the matrix W.")[0]


def norm_of(place: Place, root: Root = None, advice: str = "") -> tuple[Float64, Float64]:
    """What the batch norm behind the layer multiplies each unit's output by, and then adds to it, (m,) each.

    ValueError: there is none, which ends in `advice`.
    """
    from workbench.evaluation.run_evaluators import evaluator

    split = evaluator(place, "test", root, budget_bytes=0).split
    scale, shift = split.norm_scale, split.norm_shift
    if scale is None or shift is None:
        raise ValueError(f"{place.layer} has no batch norm behind it to fold in: {advice}")
    return scale.cpu().numpy(), shift.cpu().numpy()


def _factors_on_data(place: Place, rows: NDArray[np.int64], full: int, root: Root, centred: bool) -> Factors:
    from workbench.evaluation.ranks.moments import on_data

    weights = place.layer_view.live_weights(place.snapshot).astype(np.float64)
    vectors = np.zeros((len(weights), full))
    vectors[rows] = on_data(place, root, centred=centred).vectors(rows, weights[rows], full)
    others = np.setdiff1d(np.arange(len(weights)), rows)
    return Factors(vectors, vectors, None, tuple(others.tolist()))
