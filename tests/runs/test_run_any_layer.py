"""Layers whose weights are a slice of a parameter, or lie the other way round: as they are written and read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
from run_files import SPEC, random_rows

from workbench.runs import layout
from workbench.runs.errors import RunError
from workbench.runs.layout import LayerInfo, plan
from workbench.runs.run import open_run
from workbench.runs.verify import verify
from workbench.runs.writing.birth import create
from workbench.runs.writing.recorder import Recorder

if TYPE_CHECKING:
    from pathlib import Path

PARAMETERS: dict[str, tuple[tuple[int, ...], str]] = {
    "in_proj_weight": ((9, 3), "float32"),
    "c_fc.weight": ((3, 7), "float32"),
    "conv.weight": ((4, 2, 5), "float32"),
    "volume.weight": ((4, 2, 1, 2, 3), "float32"),
}
LAYERS = (
    LayerInfo("in_proj.k", "linear", 3, 3, 0, parameter="in_proj_weight", first=3),
    LayerInfo("c_fc", "linear", 7, 3, 1, parameter="c_fc.weight", transposed=True),
    LayerInfo("conv", "conv1d", 4, 10, 2),
    LayerInfo("volume", "conv3d", 4, 12, 3),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path, planned = tmp_path / "run.h5", plan(LAYERS, PARAMETERS, 0)
    create(path, SPEC, LAYERS, planned, 1, "any layers")
    rows = random_rows(0, (), planned)
    rows = {key: row for key, row in rows.items() if not key.endswith(layout.PER_CLASS)}
    for layer in LAYERS:
        weights = layer.matrix(rows[layer.weight_path]).astype(np.float64)
        rows[f"{layout.SPECTRUM}/{layer.name}"] = np.linalg.eigvalsh(weights @ weights.T)[::-1][: min(weights.shape)]
        if layout.keeps_gram(layer.units, layer.inputs):
            rows[f"{layout.GRAM}/{layer.name}"] = weights @ weights.T
    with Recorder(path) as recorder:
        recorder.commit(rows)
    return path


def test_such_a_run_reads_as_it_was_written(path: Path) -> None:
    with open_run(path) as run:
        stored = run.parameters(0)
        for layer, info in zip(run.layers, LAYERS, strict=True):
            assert (layer.name, layer.kind, layer.key, layer.first) == (info.name, info.kind, info.key, info.first)
            assert np.array_equal(layer.weights(0), info.matrix(stored[info.key]))
        assert np.array_equal(run.layer("in_proj.k").weights(), stored["in_proj_weight"][3:6])
        assert np.array_equal(run.layer("c_fc").weights(), stored["c_fc.weight"].T)
        assert [layer.kernel_area for layer in run.layers] == [1, 1, 5, 6]
        assert not list(verify(run))


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [("first", 7, "does not fit"), ("first", -1, "does not fit"), ("first", np.bytes_(b"x"), "wrong type")],
)
def test_a_slice_that_does_not_fit_is_refused(path: Path, name: str, value: object, problem: str) -> None:
    with h5py.File(path, "r+") as file:
        file["/layers/in_proj.k"].attrs[name] = value
    with pytest.raises(RunError, match=problem):
        open_run(path)


def test_a_parameter_that_is_not_there_is_refused(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file["/layers/in_proj.k"].attrs["parameter"] = np.bytes_(b"other")
    with pytest.raises(RunError, match="/parameters/other is missing"):
        open_run(path)
