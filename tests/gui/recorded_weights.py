"""Runs of given weights, for the tests of the window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.analysis import matrices
from workbench.runs import layout
from workbench.runs.run import Run, open_run
from workbench.runs.spec import DataSpec, NetSpec, RunSpec
from workbench.runs.writing import birth
from workbench.runs.writing.recorder import Recorder

if TYPE_CHECKING:
    from pathlib import Path


Weights = Mapping[str, Sequence[np.ndarray[Any, Any]]]  # layer -> its m × n matrix at every snapshot


def planted(units: int, inputs: int, snapshots: int, strongest: float = 6.0) -> list[np.ndarray[Any, Any]]:
    """Glorot weights to which three directions are added, more at every snapshot."""
    random = np.random.default_rng(units)
    start = random.normal(0.0, np.sqrt(2 / (units + inputs)), (units, inputs))
    left = np.linalg.qr(random.normal(size=(units, 3)))[0]
    right = np.linalg.qr(random.normal(size=(inputs, 3)))[0]
    spike = (left * np.array([1.0, 0.75, 0.6])) @ right.T
    return [start + strongest * step / max(snapshots - 1, 1) * spike for step in range(snapshots)]


def record_weights(
    path: Path,
    weights: Weights,
    *,
    initialiser: str = "glorot_normal",
    title: str = "LeNet on digits, seed 0",
    spectra: Mapping[tuple[str, int], np.ndarray[Any, Any]] | None = None,
    capacity: int | None = None,
) -> Run:
    """The opened run whose linear layers have these weights; `spectra` puts other eigenvalues into the file.

    With more `capacity` than snapshots the run is left as one that is still training.
    """
    snapshots = len(next(iter(weights.values())))
    layers = _layers(weights)
    parameters = {f"{layer.name}.weight": ((layer.units, layer.inputs), "float32") for layer in layers}
    spec = RunSpec(NetSpec("lenet"), DataSpec("digits"), initialiser=initialiser, epochs=float(snapshots - 1))
    birth.create(path, spec, layers, layout.plan(layers, parameters, 0), capacity or snapshots, title)
    recorder = Recorder(path)
    for snapshot in range(snapshots):
        recorder.commit(_rows(layers, weights, snapshot, spectra or {}))
    (recorder.close if capacity is None else recorder.abandon)()
    return open_run(path)


def rows_to_commit(weights: Weights, snapshot: int) -> dict[str, Any]:
    """The rows of one more snapshot of such a run, for a `Recorder`."""
    return _rows(_layers(weights), weights, snapshot, {})


def _layers(weights: Weights) -> list[layout.LayerInfo]:
    return [
        layout.LayerInfo(name, "linear", *steps[0].shape, order) for order, (name, steps) in enumerate(weights.items())
    ]


def _rows(
    layers: Sequence[layout.LayerInfo],
    weights: Weights,
    snapshot: int,
    spectra: Mapping[tuple[str, int], np.ndarray[Any, Any]],
) -> dict[str, Any]:
    accuracy = 100.0 * (1.0 - 0.9 * 0.5**snapshot)
    rows: dict[str, Any] = dict(
        layout.HistoryRow(
            epoch=snapshot,
            iteration=10.0 * snapshot,
            seconds=float(snapshot),
            learning_rate=0.1,
            train_loss=0.5**snapshot,
            train_accuracy=accuracy,
            validation_loss=0.5**snapshot,
            validation_accuracy=accuracy,
            test_loss=0.5**snapshot,
            test_accuracy=accuracy,
        ).rows()
    )
    for layer in layers:
        matrix = weights[layer.name][snapshot].astype(np.float32)
        stored = spectra.get((layer.name, snapshot))
        rows[layer.weight_path] = matrix
        rows[f"{layout.SPECTRUM}/{layer.name}"] = matrices.eigenvalues(matrix) if stored is None else stored
        if layout.keeps_gram(layer.units, layer.inputs):
            rows[f"{layout.GRAM}/{layer.name}"] = matrices.gram(matrix)
        activity = matrix.any(axis=1).astype(np.float32) / 2
        rows[f"{layout.ACTIVITY}/{layer.name}"] = activity
    return rows
