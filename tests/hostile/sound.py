"""A small sound run, made without torch: LeNet with 8 and 6 units on digits, weights drawn and then grown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.analysis import matrices
from workbench.runs import layout
from workbench.runs.layout import HistoryRow, LayerInfo
from workbench.runs.spec import DataSpec, NetSpec, RunSpec
from workbench.runs.writing.birth import create
from workbench.runs.writing.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

NET = NetSpec("lenet", widths=(8, 6), image_shape=(1, 8, 8), classes=10)
SPEC = RunSpec(NET, DataSpec("digits"), epochs=3.0, iterations=78)
LAYERS = (
    LayerInfo("fc1", "linear", 8, 64, 0),
    LayerInfo("fc2", "linear", 6, 8, 1),
    LayerInfo("fc3", "linear", 10, 6, 2),
)
PLAN = layout.plan(
    LAYERS,
    {f"{layer.name}.weight": ((layer.units, layer.inputs), "float32") for layer in LAYERS}
    | {f"{layer.name}.bias": ((layer.units,), "float32") for layer in LAYERS},
    10,
)
SNAPSHOTS = 3


def make(
    path: Path,
    *,
    title: str = "a sound run",
    spec: RunSpec = SPEC,
    capacity: int = SNAPSHOTS,
    instead: Mapping[str, Sequence[Any]] | None = None,
) -> None:
    """Write a run of three snapshots to `path`, finished unless there is room for more.

    `instead`: other rows for some datasets, one for each snapshot.
    """
    create(path, spec, LAYERS, PLAN, capacity, title)
    recorder = Recorder(path)
    for snapshot in range(SNAPSHOTS):
        other = {path: values[snapshot] for path, values in (instead or {}).items()}
        recorder.commit(rows(snapshot) | other)
    (recorder.close if capacity == SNAPSHOTS else recorder.abandon)()


def rows(snapshot: int) -> dict[str, Any]:
    """One snapshot's rows, the same at every call."""
    random = np.random.default_rng(7)
    found: dict[str, Any] = dict(_history(snapshot).rows())
    for layer in LAYERS:
        weights = random.normal(0, 0.3, (layer.units, layer.inputs)) * (1 + snapshot)
        found[layer.weight_path] = weights.astype(np.float32)
        found[f"{layout.PARAMETERS}/{layer.name}.bias"] = np.zeros(layer.units, np.float32)
        exact = found[layer.weight_path].astype(np.float64)
        found[f"{layout.SPECTRUM}/{layer.name}"] = matrices.eigenvalues(exact)
        if layout.keeps_gram(layer.units, layer.inputs):
            found[f"{layout.GRAM}/{layer.name}"] = matrices.gram(exact)
        found[f"{layout.ACTIVITY}/{layer.name}"] = np.full(layer.units, 0.5, np.float32)
    return found


def _history(snapshot: int) -> HistoryRow:
    accuracy = 10.0 + 30 * snapshot
    loss = 0.5**snapshot
    return HistoryRow(
        snapshot, 26.0 * snapshot, snapshot, 0.1, loss, accuracy, loss, accuracy, loss, accuracy, np.full(10, accuracy)
    )
