"""Every path, name and number of the run file, format 1 (resources/run-file.md).

/                     attrs: format, format_version, run_id, created, title, software
/spec                 fixed-length UTF-8 JSON
/layers/<name>        attrs: kind, units, inputs, order; and where the weights are not "<name>.weight": parameter,
                      first, transposed
/parameters/<key>     (T, *shape)
/spectrum/<layer>     (T, min(m, n)) float64
/gram/<layer>         (T, m, m) float64
/activity/<layer>     (T, m) float32
/history/<field>      (T,) float64; test_accuracy_per_class (T, classes)
/snapshots/commit     (T, 5 + datasets) uint32
/snapshots/datasets   fixed-length names, the order of the checksums
/snapshots/finished   0 or 1
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from math import prod
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

Scalar = TypeVar("Scalar", bound=np.generic)

FORMAT = "workbench-run"
RESUME_FORMAT = "workbench-resume"  # of the file beside a run; its layout is a run's, with nothing but /parameters
FORMAT_VERSION = 1
METADATA_BLOCK = 1 << 20  # bytes; keeps every object header in the file's first ones

SPEC = "/spec"
LAYERS = "/layers"
PARAMETERS = "/parameters"
SPECTRUM = "/spectrum"
GRAM = "/gram"
ACTIVITY = "/activity"
HISTORY = "/history"
SNAPSHOTS = "/snapshots"
COMMIT = "/snapshots/commit"
DATASETS = "/snapshots/datasets"
FINISHED = "/snapshots/finished"
ROW_GROUPS = (PARAMETERS, SPECTRUM, GRAM, ACTIVITY, HISTORY)  # whose datasets hold one row per snapshot
OF_A_LAYER = (SPECTRUM, GRAM, ACTIVITY)  # those with one dataset per layer

ROOT_ATTRIBUTES = ("format", "run_id", "created", "title", "software")  # and the number format_version
LAYER_KINDS = {"linear": 2, "conv1d": 3, "conv2d": 4, "conv3d": 5}  # and the rank of their weights
DTYPE_ATTRIBUTE = "dtype"  # on datasets whose numbers HDF5 has no type for

# name of a number type -> how it lies in the file
STORED = {
    "float64": "<f8", "float32": "<f4", "float16": "<f2", "bfloat16": "<u2",
    "int64": "<i8", "int32": "<i4", "int16": "<i2", "int8": "|i1",
    "uint64": "<u8", "uint32": "<u4", "uint16": "<u2", "uint8": "|u1", "bool": "|u1",
}  # fmt: skip
DISGUISED = ("bfloat16", "bool")  # stored under another type, with DTYPE_ATTRIBUTE
WEIGHT_DTYPES = ("float64", "float32", "float16", "bfloat16")

HISTORY_FIELDS = (
    "epoch", "iteration", "seconds", "learning_rate", "train_loss", "train_accuracy",
    "validation_loss", "validation_accuracy", "test_loss", "test_accuracy",
)  # fmt: skip
PER_CLASS = "test_accuracy_per_class"

MAX_NAME_BYTES = 255
MAX_CAPACITY = 1_000_000  # snapshots in one file
MAX_OBJECTS = 20_000  # groups and datasets in one file
MAX_ROW_BYTES = 4 << 30  # of one dataset, one snapshot
MAX_ATTRIBUTES = 64  # of one object
MAX_ATTRIBUTE_BYTES = 32_768
MAX_GRAM_UNITS = 2048


@dataclass(frozen=True)
class LayerInfo:
    """A layer as an m × n weight matrix, and where in the state dict its weights lie."""

    name: str
    kind: str  # a key of LAYER_KINDS
    units: int  # m
    inputs: int  # n: for a convolution input channels × kernel area
    order: int  # position in the network
    parameter: str = field(default="", kw_only=True)  # the state-dict key of the weights; "": "<name>.weight"
    first: int = field(default=0, kw_only=True)  # where its units begin, in a parameter that holds several layers
    transposed: bool = field(default=False, kw_only=True)  # the parameter's first axis are the inputs, not the units

    @property
    def q(self) -> float:
        """The aspect ratio n/m."""
        return self.inputs / self.units

    @property
    def key(self) -> str:
        """The state-dict key of the weights."""
        return self.parameter or f"{self.name}.weight"

    @property
    def weight_path(self) -> str:
        """Where the weights lie in the file."""
        return f"{PARAMETERS}/{self.key}"

    def matrix(self, parameter: NDArray[Scalar]) -> NDArray[Scalar]:
        """The m × n weight matrix in its parameter of one snapshot."""
        rows = parameter.swapaxes(0, 1) if self.transposed else parameter
        return rows[self.first : self.first + self.units].reshape(self.units, self.inputs)

    def fits(self, shape: Sequence[int], dtype: str) -> bool:
        """Whether a parameter of that shape and number type can hold the weights."""
        if self.kind not in LAYER_KINDS or len(shape) != LAYER_KINDS[self.kind] or dtype not in WEIGHT_DTYPES:
            return False
        rows, columns = (shape[1], shape[0]) if self.transposed else (shape[0], shape[1])
        whole = self.parameter or (self.first == 0 and rows == self.units)
        inside = self.first >= 0 and self.units > 0 and self.first + self.units <= rows
        return bool(whole) and inside and columns * prod(shape[2:]) == self.inputs


def layer_info(layer: Any) -> LayerInfo:
    """A layer of a live network (`nets.units.Layer`, which this module does not import) as a run file describes it."""
    return LayerInfo(**{each.name: getattr(layer, each.name) for each in fields(LayerInfo)})


@dataclass(frozen=True)
class DatasetPlan:
    """One dataset of a run to be: its path, the shape of one snapshot's row, the name of its number type."""

    path: str
    shape: tuple[int, ...]
    dtype: str  # a key of STORED

    @property
    def stored(self) -> np.dtype[np.generic]:
        """The number type in the file: bfloat16 is kept as uint16, bool as uint8."""
        return np.dtype(STORED[self.dtype])

    @property
    def row_bytes(self) -> int:
        """Bytes of one snapshot's row."""
        return prod(self.shape) * self.stored.itemsize


@dataclass(frozen=True)
class HistoryRow:
    """The curves' values at one snapshot. Accuracies in percent; NaN where nothing was measured.

    train_* are running means over the batches since the last snapshot (row 0: first batch before any step).
    """

    epoch: float
    iteration: float
    seconds: float
    learning_rate: float
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float
    test_loss: float
    test_accuracy: float
    test_accuracy_per_class: ArrayLike = ()  # (classes,)

    def rows(self) -> dict[str, NDArray[np.float64]]:
        """{path: float64 array}, ready for `Recorder.commit`."""
        named = ((each.name, np.asarray(getattr(self, each.name), np.float64)) for each in fields(self))
        return {f"{HISTORY}/{name}": value for name, value in named if value.ndim == 0 or value.size}


def keeps_gram(units: int, inputs: int) -> bool:
    """Whether W Wᵀ is stored with each snapshot: where it is smaller than the weights (n ≥ 2m, m ≤ 2048)."""
    return inputs >= 2 * units and units <= MAX_GRAM_UNITS


def plan(
    layers: Sequence[LayerInfo], parameters: Mapping[str, tuple[Sequence[int], str]], classes: int
) -> tuple[DatasetPlan, ...]:
    """The datasets of a run, in the order in which their checksums are kept.

    `parameters`: the state dict as {key: (shape, number type)}, e.g. {"fc1.weight": ((300, 784), "float32")}.
    `classes`: entries of test_accuracy_per_class; 0 leaves it out.
    ValueError where a name, shape or type cannot be kept.
    """
    planned = tuple(_planned(layers, parameters, classes))
    for dataset in planned:
        check_name(dataset.path.removeprefix("/").partition("/")[2])
        if dataset.dtype not in STORED:
            known = ", ".join(STORED)
            raise ValueError(f"{dataset.path} has number type {dataset.dtype!r}; a run keeps {known}")
        if not 0 < dataset.row_bytes <= MAX_ROW_BYTES:
            raise ValueError(
                f"{dataset.path} takes {dataset.row_bytes} bytes a snapshot; 1 to {MAX_ROW_BYTES} are allowed"
            )
    for layer in layers:
        _check_weight(layer, parameters)
    return planned


def check_name(name: str) -> None:
    """Raise ValueError where `name` cannot be the name of an object in the file."""
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        size = 0
    if not 0 < size <= MAX_NAME_BYTES or "/" in name or "\0" in name or name in (".", ".."):
        raise ValueError(f"{name!r} cannot be a name in a run file: 1 to 255 bytes of UTF-8 without '/' are allowed")


def _planned(
    layers: Sequence[LayerInfo], parameters: Mapping[str, tuple[Sequence[int], str]], classes: int
) -> Iterator[DatasetPlan]:
    for key, (shape, dtype) in parameters.items():
        yield DatasetPlan(f"{PARAMETERS}/{key}", tuple(int(size) for size in shape), dtype)
    for layer in layers:
        m, n = layer.units, layer.inputs
        yield DatasetPlan(f"{SPECTRUM}/{layer.name}", (min(m, n),), "float64")
        if keeps_gram(m, n):
            yield DatasetPlan(f"{GRAM}/{layer.name}", (m, m), "float64")
        yield DatasetPlan(f"{ACTIVITY}/{layer.name}", (m,), "float32")
    for name in HISTORY_FIELDS:
        yield DatasetPlan(f"{HISTORY}/{name}", (), "float64")
    if classes:
        yield DatasetPlan(f"{HISTORY}/{PER_CLASS}", (classes,), "float64")


def _check_weight(layer: LayerInfo, parameters: Mapping[str, tuple[Sequence[int], str]]) -> None:
    shape, dtype = parameters.get(layer.key, ((), ""))
    if not layer.fits(shape, dtype):
        raise ValueError(
            f"layer {layer.name!r} ({layer.kind}, {layer.units} × {layer.inputs}) does not fit"
            f" its parameter {layer.key} of shape {tuple(shape)} and type {dtype or 'none'}"
        )
