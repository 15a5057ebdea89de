"""Small runs for the tests of the run file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.analysis import matrices
from workbench.runs import layout
from workbench.runs.layout import DatasetPlan, HistoryRow, LayerInfo, plan
from workbench.runs.run import open_run
from workbench.runs.spec import DataSpec, NetSpec, RunSpec
from workbench.runs.verify import verify
from workbench.runs.writing.birth import create
from workbench.runs.writing.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SPEC = RunSpec(NetSpec("lenet"), DataSpec("digits"), epochs=3)
LAYERS = (
    LayerInfo("conv1", "conv2d", 4, 18, 0),
    LayerInfo("fc1", "linear", 6, 16, 1),
    LayerInfo("fc2", "linear", 5, 6, 2),
)
PARAMETERS: dict[str, tuple[tuple[int, ...], str]] = {
    "conv1.weight": ((4, 2, 3, 3), "float32"),
    "bn1.num_batches_tracked": ((), "int64"),
    "fc1.weight": ((6, 16), "float32"),
    "fc1.bias": ((6,), "bfloat16"),
    "fc2.weight": ((5, 6), "float32"),
    "fc2.mask": ((5,), "bool"),
}
PLAN = plan(LAYERS, PARAMETERS, 10)
ROOT = Path(__file__).parents[2]

Rows = dict[str, "NDArray[Any]"]


def random_rows(seed: int, layers: Sequence[LayerInfo] = LAYERS, planned: Sequence[DatasetPlan] = PLAN) -> Rows:
    """One snapshot's rows: random finite numbers, spectra and Gram matrices that fit the weights."""
    generator = np.random.default_rng(seed)
    rows: Rows = {
        dataset.path: np.asarray(generator.integers(0, 2, dataset.shape), dataset.stored)
        if dataset.stored.kind in "iu"
        else np.asarray(generator.normal(size=dataset.shape), dataset.stored)
        for dataset in planned
    }
    for layer in layers:
        weights = rows[layer.weight_path].reshape(layer.units, layer.inputs).astype(np.float64)
        rows[f"{layout.SPECTRUM}/{layer.name}"] = matrices.eigenvalues(weights)
        if f"{layout.GRAM}/{layer.name}" in rows:
            rows[f"{layout.GRAM}/{layer.name}"] = matrices.gram(weights)
    return rows | history(seed).rows()


def history(seed: int) -> HistoryRow:
    """Curves whose every value tells the seed."""
    return HistoryRow(seed, 10 * seed, 0.5, 0.1, 2.0, 50.0, 2.1, 49.0, 2.2, 48.0 + seed, np.arange(10) + seed)


def make(path: Path, snapshots: int = 3, capacity: int = 3, close: bool = True) -> list[Rows]:
    """The rows of a run that was written to `path`: finished, or left as by a writer that died."""
    create(path, SPEC, LAYERS, PLAN, capacity, "a small run")
    rows = [random_rows(seed) for seed in range(snapshots)]
    recorder = Recorder(path)
    for row in rows:
        recorder.commit(row)
    if close:
        recorder.close()
    else:
        recorder.abandon()
    return rows


def snapshots(path: Path) -> tuple[int, int, bool]:
    """Snapshots, capacity, finished; everything in the run is sound."""
    with open_run(path) as run:
        assert list(verify(run)) == []
        return run.snapshots, run.capacity, run.finished


def python(code: str, *arguments: str, **options: Any) -> subprocess.Popen[str]:
    """A child that runs `code` and can import workbench and this module."""
    places = os.pathsep.join((str(ROOT), str(Path(__file__).parent)))
    environment = os.environ | {"PYTHONPATH": places, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = (sys.executable, "-W", "error", "-c", code, *arguments)
    return subprocess.Popen(command, env=environment, text=True, **options)


def output(code: str, *arguments: str) -> str:
    """What a child that must succeed printed."""
    with python(code, *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        out, error = child.communicate(timeout=60)
    assert child.returncode == 0, error
    return out
