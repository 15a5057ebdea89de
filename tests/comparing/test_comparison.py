"""`wb.compare`: a verdict for every layer, of runs and of checkpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

import workbench as wb
from workbench.comparing.layers import COLUMNS, LayerChange
from workbench.resource import resource

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.runs.run import Run

GENERATOR = np.random.default_rng(0)
BASE = 0.1 * GENERATOR.standard_normal((80, 120)).astype(np.float32)


def _saved(path: Path, weights: np.ndarray, bias: float = 0.0) -> Path:
    fc1, rest = torch.from_numpy(weights.astype(np.float32)), torch.ones(10, len(weights))
    torch.save({"fc1.weight": fc1, "fc1.bias": torch.full((len(weights),), bias), "fc2.weight": rest}, path)
    return path


def _verdict(folder: Path, after: np.ndarray) -> str:
    found = wb.compare(_saved(folder / "a.pt", BASE), _saved(folder / "b.pt", after), "fc1")
    (layer,) = found.layers
    return layer.verdict


def _low_rank(rank: int) -> np.ndarray:
    return GENERATOR.standard_normal((80, rank)) @ GENERATOR.standard_normal((rank, 120)) * 1e-2


def test_a_verdict_for_each_kind_of_change(tmp_path: Path) -> None:
    noise = 1e-4 * GENERATOR.standard_normal(BASE.shape)
    removed, order = BASE.copy(), np.roll(np.arange(80), 3)
    removed[[4, 9]] = 0.0
    step = np.abs(BASE).max() / 127
    for after, said in (
        (BASE, "The weights are identical."),
        (BASE + noise, "Noise only: no direction of the change stands out, 0.099 % of the norm of"),
        (BASE + _low_rank(4), "A change of rank 4, and nothing else, "),
        (BASE + _low_rank(4) + noise, "A change of rank 4 above noise (4 directions hold 100 % of the squared change)"),
        (removed, "Only 2 units of 80 changed, 15 % of the norm of the weights; 2 units removed."),
        (
            BASE[order],
            "The same units in another order, so that the change of each weight means little; 80 of 80 units",
        ),
        (0.1 * GENERATOR.standard_normal(BASE.shape), "Nothing in common: no unit is closer to one of the other"),
        (0.1 * GENERATOR.standard_normal(BASE.shape) + 0.3 * np.roll(BASE, 3, axis=0), "Other units: matched one to"),
        (0.5 * BASE + noise, "Shrinking to 50 % explains 100 % of the squared change; "),
        (np.round(BASE / step) * step, "only 2"),
        (
            BASE[:60],
            "It has 80 units in one network and 60 in the other, so that only units are compared; 60 units have",
        ),
        (BASE[:, :50], "Cannot be compared: its units have 120 inputs in one network and 50 in the other."),
    ):
        assert said in _verdict(tmp_path, after)
    assert "Noise only" in _verdict(tmp_path, np.round(BASE / step) * step)
    assert _verdict(tmp_path, BASE[:60]).endswith("60 units have a partner; 20 units removed.")


def test_every_number_stands_under_its_name(run: Run) -> None:
    found = wb.compare(f"{run.path}@12", run)
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in found.rows()]
    assert [row["layer"] for row in rows] == [layer.name for layer in run.layers]
    for row, layer in zip(rows, run.layers, strict=True):
        delta = layer.weights(-1).astype(np.float64) - layer.weights(12)
        values = np.linalg.svd(delta)[1] ** 2
        assert row["delta_norm"] == pytest.approx(np.linalg.norm(delta))
        assert row["largest_eigenvalue"] == pytest.approx(values[0])
        assert row["outliers"] == row["delta_rank"] == int(np.sum(values > row["noise_edge"]))
        angles = wb.principal_angles(f"{run.path}@12", run, layer.name, min(10, layer.units, layer.inputs))
        assert (row["smallest_angle"], row["largest_angle"]) == pytest.approx((angles.degrees[0], angles.degrees[-1]))
        assert row["expected_angle"] == pytest.approx(angles.chance.mean[-1])
        assert row["verdict"].endswith(".")
    assert found.notes == ("these parameters differ, too: conv1.bias, conv2.bias, fc1.bias, fc2.bias, fc3.bias",)
    assert list(found.to_dataframe().columns) == list(COLUMNS)
    assert len(wb.compare(run, run, "fc1").layers) == 1


def test_itself_is_identical(run: Run) -> None:
    found = wb.compare(run, run)
    assert {layer.verdict for layer in found.layers} == {"The weights are identical."}
    assert found.notes == ()
    assert all(isinstance(layer, LayerChange) and layer.cells()[4] == 0.0 for layer in found.layers)


def test_what_only_one_has_is_said(run: Run, tmp_path: Path) -> None:
    found = wb.compare(_saved(tmp_path / "a.pt", BASE, 1.0), _saved(tmp_path / "b.pt", BASE))
    assert found.notes == ("these parameters differ, too: fc1.bias",)
    found = wb.compare(tmp_path / "a.pt", run)
    assert found.notes[0] == "only digits_conv, epoch 40 has conv1, conv2, fc3"
    with pytest.raises(ValueError, match="has no layer fc7"):
        wb.compare(run, run, "fc7")


def test_the_spectrum_of_a_change_counts_what_the_comparison_counts() -> None:
    """Units and inputs that never moved are in neither law."""
    with wb.open_run(resource("sample_runs/digits_conv.h5")) as run:
        for layer in run.layers:
            change = wb.compare(run.place(layer.name, 0), run, layer.name).layers[0].difference
            spectrum = wb.layer_spectrum(run, layer.name, matrix="moved")
            assert change is not None
            assert change.noise_edge == pytest.approx(spectrum.bulk.limit)  # type: ignore[union-attr]
            assert change.rank == len(spectrum.outliers)
            assert (change.units, change.inputs) == (spectrum.units, spectrum.inputs)
        assert "15 of 256 inputs with all weights zero left out" in wb.layer_spectrum(run, "fc1", matrix="moved").words
