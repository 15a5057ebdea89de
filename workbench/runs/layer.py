"""One layer of a run at any snapshot, and what a state dict holds besides layers."""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.analysis import matrices
from workbench.analysis.close_pairs import directions_of_gram, directions_of_weights
from workbench.analysis.units import unit_cosines
from workbench.runs import layout
from workbench.runs.errors import RunError, few_of
from workbench.runs.layout import WEIGHT_DTYPES, LayerInfo
from workbench.runs.rows import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from workbench.analysis.close_pairs import Directions
    from workbench.runs.feeding import Feeding
    from workbench.runs.rows import Array, Rows

    Float32 = NDArray[np.float32]
    Float64 = NDArray[np.float64]
    Parameters = Mapping[str, tuple[tuple[int, ...], str]]  # state-dict key -> shape, number type

AT_ONCE = 64 << 20  # bytes of a weight matrix that are read at a time where its rows are only measured


@dataclass(frozen=True)
class Layer(LayerInfo):
    """A layer of a run: its m × n weight matrix at every snapshot.

    Snapshots count from 0, negative ones from the end; IndexError names the range.
    """

    kernel_area: int  # 1 for a linear layer
    rows: Rows = field(repr=False)
    _snapshots: int = field(repr=False)
    _fed_by: Feeding | None = field(default=None, repr=False, compare=False)  # None: not known

    @property
    def stored_gram(self) -> bool:
        """Whether the Gram matrix lies in the file (else it is computed from the weights)."""
        return self.stores(layout.GRAM)

    def weights(self, snapshot: int = -1) -> Float32:
        """The weights, (m, n) float32, one row per unit."""
        return self._matrix(snapshot).astype(np.float32, copy=False)

    def live_inputs(self, snapshot: int = -1) -> NDArray[np.bool_] | None:
        """Which inputs come from units that are there, (n,) bool; None: all of them, or it is not known.

        The others are always zero, so whatever their weights are, they are no inputs: analyses leave them out.
        """
        if self._fed_by is None:
            return None
        silent = self._fed_by.silent(self._resolve(snapshot))
        if not silent.any() or silent.all():
            return None
        return np.repeat(~silent, self.inputs // len(silent))

    @property
    def knows_its_inputs(self) -> bool:
        """Whether it is known which units give the layer its inputs, so that `live_inputs` can tell."""
        return self._fed_by is not None

    @property
    def fed_by(self) -> str:
        """The name of the layer whose units are all of its inputs, in their order; "": it is not known."""
        return "" if self._fed_by is None else self._fed_by.layer.name

    @property
    def kernel(self) -> tuple[int, ...]:
        """Height and width of a convolution's kernels; () for a linear layer."""
        return tuple(self.rows.structure.datasets[self.weight_path].shape[3:])

    def inputs_left(self, snapshot: int = -1) -> int:
        """How many inputs the layer has without those that come from removed units."""
        live = self.live_inputs(snapshot)
        return self.inputs if live is None else int(np.count_nonzero(live))

    def live_weights(self, snapshot: int = -1, at: int | None = None) -> Float32:
        """As `weights`, but zero for the inputs that come from units removed at `snapshot`; `at`: whose weights."""
        matrix, live = self._matrix(snapshot if at is None else at), self.live_inputs(snapshot)
        return (matrix if live is None else np.where(live, matrix, 0)).astype(np.float32, copy=False)

    def unit_weights(self, unit: int, snapshot: int = -1) -> Float32:
        """The weights of one unit, (n,) as in `weights`, but only these are read where they lie together."""
        at = self._resolve(snapshot)
        if not 0 <= unit < self.units:
            raise IndexError(f"unit {unit} was asked for; {self.name} has 0 to {self.units - 1}")
        if self.transposed:
            of_all: Float32 = self.weights(at)[unit]
            return of_all
        stored = self.rows.structure.datasets[self.weight_path]
        row: Any = plain(self.rows.part(self.weight_path, at, self.first + unit, 1), stored.dtype)
        weights: Float32 = row.reshape(-1).astype(np.float32, copy=False)
        return weights

    def bias(self, snapshot: int = -1) -> Float32 | None:
        """The bias of each unit, (m,) float32; None where the run holds no such row for these units alone."""
        path = self.weight_path.removesuffix("weight") + "bias"
        stored = self.rows.structure.datasets.get(path)
        if path == self.weight_path or stored is None or stored.shape[1:] != (self.units,):
            return None
        return self.row(path, snapshot).astype(np.float32, copy=False)

    @property
    def snapshots(self) -> int:
        """The number of snapshots."""
        return self._snapshots

    def gram(self, snapshot: int = -1) -> Float64:
        """W Wᵀ, (m, m) float64. RunError where weights are not finite; TooManyUnits where it would be too large."""
        if self._holds(layout.GRAM, snapshot):
            return self._finite(layout.GRAM, snapshot)
        matrices.check_square(self.units)
        return matrices.gram(self._finite_matrix(snapshot))

    def stores(self, group: str) -> bool:
        """Whether the run holds a dataset of this layer in a group such as `layout.SPECTRUM`."""
        return self._path(group) in self.rows.structure.datasets

    def eigenvalues(self, snapshot: int = -1) -> Float64:
        """The min(m, n) eigenvalues of W Wᵀ without the m − n certain zeros, float64, descending; n: `inputs_left`."""
        if self._holds(layout.SPECTRUM, snapshot):
            return self._finite(layout.SPECTRUM, snapshot)
        matrix, live = self._finite_matrix(snapshot), self.live_inputs(snapshot)
        return matrices.eigenvalues(matrix if live is None else matrix[:, live])

    def norms(self, snapshot: int = -1) -> Float64:
        """The Euclidean norm of every unit's weights, (m,) float64. RunError where weights are not finite."""
        if self._holds(layout.GRAM, snapshot):
            return matrices.norms(self._finite(layout.GRAM, snapshot))
        lengths, at = np.zeros(self.units), self._resolve(snapshot)
        for units, inputs, weights in self._parts(at):
            live = self.live_inputs(at)
            part: Any = weights if live is None else np.where(live[inputs], weights, weights.dtype.type(0))
            lengths[units] = np.hypot(lengths[units], matrices.row_norms(part))
        self._need_finite(lengths, self.weight_path, snapshot)
        return lengths

    def present(self, snapshot: int = -1) -> NDArray[np.bool_]:
        """Which units have weights, (m,) bool. The others are removed: what is said of the layer leaves them out.

        Reads no more than it must: a stored spectrum without zeros says that all units are there.
        """
        if self.units <= self.inputs and self._holds(layout.SPECTRUM, snapshot):
            values = self.eigenvalues(snapshot)
            if values[-1] > values[0] * len(values) * np.finfo(np.float64).eps:
                return np.ones(self.units, np.bool_)
        present: NDArray[np.bool_] = self.norms(snapshot) > 0.0
        return present

    def zero_units(self, snapshot: int = -1) -> int:
        """How many units are removed: all of their weights are zero."""
        return int(np.count_nonzero(~self.present(snapshot)))

    def directions(self, snapshot: int = -1) -> Directions:
        """Where the units point, to be compared block by block. RunError where weights are not finite."""
        if self._holds(layout.GRAM, snapshot):
            return directions_of_gram(self._finite(layout.GRAM, snapshot))
        weights: Any = self._live_matrix(snapshot)
        self._need_finite(weights, self.weight_path, snapshot)
        return directions_of_weights(weights if weights.dtype == np.float64 else weights.astype(np.float32, copy=False))

    def cosines_to_start(self, snapshot: int = -1, initial: Float32 | None = None) -> Float64:
        """The cosine of each unit's weights with those it had at snapshot 0, (m,) float64; 0 where either are zero.

        Inputs that do not count at `snapshot` are left out. `initial` is `weights(0)`, where it was read before.
        ValueError where weights are not finite.
        """
        weights, live = self.weights(snapshot), self.live_inputs(snapshot)
        start = self.weights(0) if initial is None else initial
        if live is not None:
            weights, start = weights[:, live], start[:, live]
        return unit_cosines(weights, start)

    def activity(self, snapshot: int = -1) -> Float32 | None:
        """Fraction of images on which each unit is above zero, (m,) float32; None where it was not kept."""
        path = self._path(layout.ACTIVITY)
        if path not in self.rows.structure.datasets:
            return None
        found = self.rows.row(path, self._resolve(snapshot)).astype(np.float32, copy=False)
        return None if np.isnan(found).all() else found  # the recorder could not tell: of projections in one

    def row(self, path: str, snapshot: int) -> Array:
        """A snapshot's row of one of the run's parameters, by its path in the file."""
        return plain(self.rows.row(path, self._resolve(snapshot)), self.rows.structure.datasets[path].dtype)

    def _holds(self, group: str, snapshot: int) -> bool:
        """Whether what the file holds of the weights is of all the inputs that count."""
        return self.stores(group) and self.live_inputs(snapshot) is None

    def _path(self, group: str) -> str:
        return f"{group}/{self.name}"

    def _resolve(self, snapshot: int) -> int:
        return resolve(snapshot, self._snapshots)

    def _matrix(self, snapshot: int) -> Array:
        return self.matrix(self.row(self.weight_path, snapshot))

    def _parts(self, snapshot: int) -> Iterator[tuple[slice, slice, Array]]:
        """The weights as matrices of which only one is in memory at a time, each with the units and inputs it has."""
        stored = self.rows.structure.datasets[self.weight_path]
        first, rows = (0, stored.shape[1]) if self.transposed else (self.first, self.units)
        at_once = max(AT_ONCE * stored.shape[1] // stored.row_bytes, 1)
        for start in range(0, rows, at_once):
            count = min(at_once, rows - start)
            part = plain(self.rows.part(self.weight_path, snapshot, first + start, count), stored.dtype)
            if self.transposed:
                area = self.inputs // rows
                inputs = slice(start * area, (start + count) * area)
                matrix = part.swapaxes(0, 1)[self.first : self.first + self.units].reshape(self.units, -1)
                yield slice(0, self.units), inputs, matrix
            else:
                yield slice(start, start + count), slice(0, self.inputs), part.reshape(count, -1)

    def _live_matrix(self, snapshot: int) -> Array:
        matrix, live = self._matrix(snapshot), self.live_inputs(snapshot)
        return matrix if live is None else np.where(live, matrix, 0).astype(matrix.dtype, copy=False)

    def _finite_matrix(self, snapshot: int) -> NDArray[np.floating]:
        matrix: NDArray[np.floating] = self._live_matrix(snapshot).astype(np.float64)
        self._need_finite(matrix, self.weight_path, snapshot)
        return matrix

    def _finite(self, group: str, snapshot: int) -> Float64:
        row = self.rows.row(self._path(group), self._resolve(snapshot)).astype(np.float64, copy=False)
        self._need_finite(row, self._path(group), snapshot)
        return row

    def _need_finite(self, values: NDArray[np.floating], inside: str, snapshot: int) -> None:
        if not np.isfinite(values).all():
            problem = f"holds infinite or undefined numbers at snapshot {self._resolve(snapshot)}"
            raise RunError(self.rows.path, problem, "the training diverged here: choose an earlier snapshot", inside)


def resolve(snapshot: int, snapshots: int) -> int:
    """`snapshot` counted from 0; it may be counted from the end. IndexError names the range."""
    index = operator.index(snapshot)
    if not snapshots:
        raise IndexError(f"snapshot {index} was requested, but the run has none yet")
    if not -snapshots <= index < snapshots:
        raise IndexError(f"snapshot {index} was requested; the run has 0 to {snapshots - 1} (or -1 to -{snapshots})")
    return index % snapshots


QUANTISED = ("int8", "uint8", "int32")
COMPUTED = (".weight_v", ".weight_orig", ".parametrizations.weight.original0", ".parametrizations.weight.original")


def computed_weights(parameters: Iterable[str]) -> list[str]:
    """Names of what has weights computed from others: by weight norm, spectral norm or pruning of torch."""
    found = (key.removesuffix(ending) for key in parameters for ending in COMPUTED if key.endswith(ending))
    return list(dict.fromkeys(found))


def other_matrices(parameters: Parameters, layers: Iterable[LayerInfo]) -> list[str]:
    """Keys of floating-point parameters of two axes or more that are no layer's, nor what weights are computed from."""
    known, computed = {layer.key for layer in layers}, tuple(f"{name}." for name in computed_weights(parameters))
    return [
        key
        for key, (shape, dtype) in parameters.items()
        if key not in known
        and dtype in WEIGHT_DTYPES
        and sum(length > 1 for length in shape) > 1
        and not (computed and key.startswith(computed))
    ]


def without_layer(parameters: Parameters, layers: Iterable[LayerInfo]) -> Iterator[str]:
    """Notes on the weights that are kept and are no layer's."""
    computed = computed_weights(parameters)
    if computed:
        yield (
            f"no layer is shown of {few_of(computed)}: weights computed from other parameters (weight norm, spectral "
            "norm, pruning); make them plain before they are saved to see them"
        )
    others = other_matrices(parameters, layers)
    if others:
        yield f"kept, but of no linear or convolutional layer: {few_of(others)}"
    whole = [key for key, (shape, dtype) in parameters.items() if _is_quantised(key, shape, dtype)]
    if whole:
        yield f"kept, but no layer is shown of whole numbers, as quantised weights are: {few_of(whole)}"


def _is_quantised(key: str, shape: Sequence[int], dtype: str) -> bool:
    return dtype in QUANTISED and "weight" in key.rpartition(".")[2] and sum(length > 1 for length in shape) > 1
