"""A run of one wide layer that no training made: units that cluster, die and stay behind, for measuring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.runs import layout
from workbench.runs.derived import spectrum
from workbench.runs.spec import UNKNOWN, DataSpec, NetSpec, RunSpec
from workbench.runs.writing import birth
from workbench.runs.writing.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    Float32 = NDArray[np.float32]

LAYER = "wide"
TRAINED, DEAD = 0.70, 0.15  # shares of the units; the others hardly move
SMALLEST, LARGEST = 4, 0.11  # units of a cluster; the largest one's share of the trained units
SHRINKING = 0.85  # from one cluster to the next
LEAST_SHARED, MOST_SHARED = 0.15, 0.75  # of a trained unit's squared norm that its cluster's direction has in the end


@dataclass(frozen=True)
class Wide:
    """The sizes of a run."""

    units: int
    inputs: int
    snapshots: int
    seed: int = 0


def make(path: Path, wide: Wide, tell: Callable[[str], object] = str) -> None:
    """Write a run with one layer of these sizes. FileExistsError, DiskFull, RunError as for any run."""
    layer = layout.LayerInfo(LAYER, "linear", wide.units, wide.inputs, 0)
    plan = layout.plan([layer], {layer.key: ((wide.units, wide.inputs), "float32")}, 0)
    spec = RunSpec(NetSpec(UNKNOWN), DataSpec(UNKNOWN), initialiser="glorot_normal", epochs=float(wide.snapshots - 1))
    title = f"{wide.units:,} synthetic units with {wide.inputs:,} inputs"
    birth.create(path, spec, [layer], plan, wide.snapshots, title)
    recorder = Recorder(path)
    try:
        for snapshot, weights in enumerate(weights_of(wide)):
            tell(f"snapshot {snapshot + 1} of {wide.snapshots}")
            recorder.commit(_rows(layer, weights, snapshot))
    finally:
        recorder.close()


def weights_of(wide: Wide) -> Iterator[Float32]:
    """The weights of the layer at each snapshot, (units, inputs)."""
    random = np.random.default_rng(wide.seed)
    shape, trained = (wide.units, wide.inputs), round(TRAINED * wide.units)
    dead = round(DEAD * wide.units)
    start = random.normal(0.0, np.sqrt(2.0 / (wide.units + wide.inputs)), shape).astype(np.float32)
    clusters = np.concatenate([np.full(size, at) for at, size in enumerate(cluster_sizes(trained))])
    centres = random.normal(0.0, 1.0, (clusters[-1] + 1, wide.inputs)).astype(np.float32)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    shared = random.uniform(LEAST_SHARED, MOST_SHARED, trained).astype(np.float32)[:, None]
    lengths = np.linalg.norm(start[:trained], axis=1, keepdims=True)
    order = random.permutation(wide.units)
    for snapshot in range(wide.snapshots):
        done = snapshot / max(wide.snapshots - 1, 1)
        weights = start.copy()
        own, common = np.sqrt(1.0 - done * shared), np.sqrt(done * shared)
        weights[:trained] = (1.0 + done) * (own * start[:trained] + common * lengths * centres[clusters])
        weights[trained : trained + dead] *= 1.0 - 0.8 * done
        yield weights[np.argsort(order)]


def cluster_sizes(units: int) -> list[int]:
    """The sizes of the clusters of so many units, descending."""
    sizes, left = [], units
    wanted = max(LARGEST * units, SMALLEST)
    while left:
        size = min(max(round(wanted), SMALLEST), left)
        sizes.append(size)
        left -= size
        wanted *= SHRINKING
    return sizes


def _rows(layer: layout.LayerInfo, weights: Float32, snapshot: int) -> dict[str, Any]:
    values, gram = spectrum(layer, weights)
    curve = 100.0 * (1.0 - 0.9 * 0.8**snapshot)
    loss = 0.8**snapshot
    history = layout.HistoryRow(
        epoch=float(snapshot), iteration=100.0 * snapshot, seconds=float(snapshot), learning_rate=0.1,
        train_loss=loss, train_accuracy=curve, validation_loss=loss, validation_accuracy=curve,
        test_loss=loss, test_accuracy=curve,
    )  # fmt: skip
    lengths = np.linalg.norm(weights, axis=1)
    activity = np.where(lengths < 0.5 * np.median(lengths), 0.0, 0.5).astype(np.float32)
    rows = {**history.rows(), layer.weight_path: weights, f"{layout.SPECTRUM}/{layer.name}": values}
    rows[f"{layout.ACTIVITY}/{layer.name}"] = activity
    return rows if gram is None else {**rows, f"{layout.GRAM}/{layer.name}": gram}
