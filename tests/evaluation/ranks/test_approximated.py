"""Every matrix that low rank knows, in Python and on the command line: against a network with the matrix replaced."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from brute_force import best_of_rank
from seeds import seeds

import workbench as wb
from workbench.cli import main
from workbench.evaluation.ranks.approximated import Approximated, approximated
from workbench.evaluation.ranks.factors import factors_of
from workbench.evaluation.ranks.groups import group_curves, low_rank_group
from workbench.evaluation.ranks.over_snapshots import over_snapshots
from workbench.evaluation.run_evaluators import data_of, network_of
from workbench.runs.layer import Layer
from workbench.runs.place import place_in
from workbench.runs.run import Run, open_run
from workbench.runs.spec import DataSpec, NetSpec, OptimiserSpec, RunSpec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from workbench.evaluation.ranks.approximated import Matrix
    from workbench.evaluation.run_evaluators import PartName

    Float64 = NDArray[np.float64]

SPEC = RunSpec(
    NetSpec("digits_conv", widths=(4, 6, 12, 8)),
    DataSpec("digits"),
    OptimiserSpec("adam", 1e-2),
    iterations=40,
    snapshots="every:20",
)
CHOSEN = (1, 2, 5)
CASES: list[tuple[Matrix, tuple[int, ...]]] = [
    ("weights", ()), ("moved", ()), ("normalised", ()), ("units", CHOSEN), ("moved", CHOSEN), ("normalised", CHOSEN)
]  # fmt: skip


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Run]]:
    """Two seeds of a small convolutional net."""
    opened = [open_run(path) for path in seeds(tmp_path_factory.mktemp("matrices"), SPEC)][:2]
    yield opened
    for run in opened:
        run.close()


def replaced(run: Run, layer: str, rank: int, matrix: Matrix, units: tuple[int, ...], snapshot: int) -> Float64:
    """The whole weight matrix with what is asked for at this rank, by a singular value decomposition."""
    weights = run.layer(layer).weights(snapshot).astype(np.float64)
    base = run.layer(layer).weights(0).astype(np.float64) if matrix == "moved" else np.zeros_like(weights)
    rows = list(units) or list(range(len(weights)))
    part = (weights - base)[rows]
    lengths = np.linalg.norm(part, axis=1, keepdims=True) if matrix == "normalised" else np.ones((len(rows), 1))
    weights[rows] = base[rows] + lengths * best_of_rank(part / lengths, rank)
    return weights


def accuracy(run: Run, layer: str, weights: Float64, snapshot: int = -1, part: PartName = "test") -> float:
    """By the network with these weights, run whole on the images of a part."""
    network, data = network_of(run, snapshot, torch.device("cpu")), data_of(run, part)
    images = data.inputs(slice(0, len(data)), torch.device("cpu"), torch.contiguous_format)
    with torch.inference_mode():
        weight = network.get_submodule(layer).weight
        weight.copy_(torch.from_numpy(weights).reshape(weight.shape))
        return 100 * (network(images).argmax(1) == data.labels).double().mean().item()


@pytest.mark.parametrize("layer", ["conv2", "fc1"])
@pytest.mark.parametrize(("matrix", "units"), CASES)
def test_a_curve_is_that_of_networks_with_the_matrix_replaced(
    runs: list[Run], layer: str, matrix: Matrix, units: tuple[int, ...]
) -> None:
    run = runs[0]
    found = wb.low_rank(run, layer, matrix=matrix, units=units)
    full = min(len(units) or run.layer(layer).units, run.layer(layer).inputs)
    twins = [accuracy(run, layer, replaced(run, layer, rank, matrix, units, -1)) for rank in range(full + 1)]
    assert found.curve.accuracy.tolist() == pytest.approx(twins)
    assert found.about == Approximated("units" if units and matrix == "weights" else matrix, units)


@pytest.mark.parametrize(("matrix", "units"), CASES)
def test_the_residuals_are_those_of_the_singular_values(
    runs: list[Run], matrix: Matrix, units: tuple[int, ...]
) -> None:
    layer = runs[0].layer("fc1")
    weights = layer.weights().astype(np.float64)
    part = (weights - layer.weights(0) if matrix == "moved" else weights)[list(units) or slice(None)]
    if matrix == "normalised":
        part /= np.linalg.norm(part, axis=1, keepdims=True)
    squares = np.linalg.svd(part, compute_uv=False) ** 2
    spectrum = wb.low_rank(runs[0], "fc1", matrix=matrix, units=units, ranks_asked=[0]).spectrum
    expected = np.append(np.cumsum(squares[::-1])[::-1], 0.0)
    np.testing.assert_allclose(spectrum.residuals, expected, rtol=1e-6, atol=1e-9 * expected[0])
    np.testing.assert_allclose(spectrum.norm_percent[-2:], 100 * np.sqrt(1 - expected[-2:] / expected[0]))


@pytest.mark.parametrize(("matrix", "units"), CASES)
def test_the_smallest_rank_within_a_tolerance_is_that_of_the_matrix_on_validation(
    runs: list[Run], matrix: Matrix, units: tuple[int, ...]
) -> None:
    found = wb.low_rank(runs[0], "fc1", matrix=matrix, units=units, estimators=True, tolerance=2.0)
    by_rank = [
        accuracy(runs[0], "fc1", replaced(runs[0], "fc1", rank, matrix, units, -1), part="validation")
        for rank in range(found.spectrum.ranks + 1)
    ]
    assert found.within_tolerance == next(k for k, each in enumerate(by_rank) if each >= by_rank[-1] - 2.0)


def test_a_stored_gram_matrix_saves_reading_the_weights(runs: list[Run], monkeypatch: pytest.MonkeyPatch) -> None:
    layer = runs[0].layer("fc1")
    expected = np.linalg.svd(layer.weights(-1)[list(CHOSEN)].astype(np.float64), compute_uv=False) ** 2
    monkeypatch.setattr(Layer, "live_weights", None)
    found = Approximated("units", CHOSEN).eigenvalues(place_in(runs[0], "fc1"))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_a_unit_without_weights_stays_so_among_normalised_rows(runs: list[Run]) -> None:
    weights = runs[0].layer("fc1").weights().copy()
    weights[3] = 0
    factors = factors_of(weights, normalised=True)
    for rank in range(factors.ranks + 1):
        changed = factors.left[:, :rank] @ (factors.right[:, :rank].T @ weights)
        assert np.isfinite(changed).all()
        np.testing.assert_allclose(changed[3], 0.0, atol=1e-12)


@pytest.mark.parametrize(("matrix", "units"), CASES)
def test_a_rank_over_the_snapshots_is_that_of_each_snapshot(
    runs: list[Run], matrix: Matrix, units: tuple[int, ...]
) -> None:
    run = runs[0]
    about = approximated(run.layer("fc1"), matrix, units)
    for snapshot, found in over_snapshots(place_in(run, "fc1", 0), 2, [2, 0, 1], about):
        assert found is not None
        twin = accuracy(run, "fc1", replaced(run, "fc1", 2, matrix, units, snapshot), snapshot)
        assert found.accuracy == pytest.approx(twin)


@pytest.mark.parametrize("matrix", ["weights", "moved", "normalised"])
def test_a_group_has_the_mean_of_any_matrix(
    runs: list[Run], matrix: Matrix, capsys: pytest.CaptureFixture[str]
) -> None:
    found = low_rank_group(runs, "fc1", 3, matrix=matrix)
    lost = []
    for run in runs:
        whole = accuracy(run, "fc1", run.layer("fc1").weights().astype(np.float64))
        lost.append(whole - accuracy(run, "fc1", replaced(run, "fc1", 3, matrix, (), -1)))
    assert found.lost.tolist() == pytest.approx(lost)
    *_, curves = group_curves(runs, "fc1", matrix=matrix)
    assert curves.at(3).norm_percent.tolist() == pytest.approx(found.norm_percent.tolist())
    assert (curves.matrix, curves.at(3).matrix, found.matrix) == (matrix,) * 3
    words = [*(str(run.path) for run in runs), "--layer", "fc1", "--rank", "3", "--matrix", matrix]
    assert main(["lowrank-group", *words]) == 0
    assert f"mean {np.mean(found.norm_percent):.4g}," in capsys.readouterr().out


def test_selected_units_have_no_mean_over_a_group(runs: list[Run]) -> None:
    with pytest.raises(ValueError, match="Selected units are those of one training"):
        low_rank_group(runs, "fc1", 1, matrix="units")
    with pytest.raises(ValueError, match="Selected units are those of one training"):
        next(group_curves(runs, "fc1", matrix="units"))


@pytest.mark.parametrize(("matrix", "units"), CASES)
def test_the_command_writes_and_prints_what_python_finds(
    runs: list[Run], matrix: Matrix, units: tuple[int, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, named = tmp_path / "ranks.csv", ["--units", ",".join(map(str, units))] if units else []
    words = [str(runs[0].path), "--layer", "fc1", "--matrix", matrix, *named, "--estimators", "--tolerance", "20"]
    assert main(["lowrank", *words, "--out", str(out)]) == 0
    capsys.readouterr()
    assert main(["lowrank", *words, "--json"]) == 0
    found = wb.low_rank(runs[0], "fc1", matrix=matrix, units=units, estimators=True, tolerance=20.0)
    with out.open(newline="") as stream:
        table = [tuple(map(float, row.values())) for row in csv.DictReader(stream)]
    printed = json.loads(capsys.readouterr().out)
    assert table == list(found.rows()) == [tuple(row.values()) for row in printed["ranks"]]
    assert printed["elbows"] == found.elbows
    assert (printed["matrix"], printed["units"], printed["tolerance"]) == (found.about.matrix, list(units), 20.0)
    assert printed["elbows"]["tolerance"] == found.within_tolerance


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--matrix", "units", "--json"], "needs units: name at least one"),
        (["--units", "1,12", "--json"], "fc1 has the units 0 to 11, not 12"),
        (["--units", "1,2", "--ranks", "0:3", "--json"], "the layer has the ranks 0 to 2"),
        ([], "one of the arguments --out --json is required"),
        (["--tolerance", "-1", "--json"], "points from 0 to 100"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(
    runs: list[Run], words: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lowrank", str(runs[0].path), "--layer", "fc1", *words]) == 2
    assert problem in capsys.readouterr().err


@pytest.mark.parametrize(
    ("about", "name"),
    [
        (Approximated(), "W"),
        (Approximated("moved"), "W − W₀"),
        (Approximated("units", (3,)), "the selected unit"),
        (Approximated("units", (3, 4)), "the 2 selected units"),
        (Approximated("normalised", (3, 4)), "normalised rows of the 2 selected units"),
    ],
)
def test_a_matrix_is_called_by_what_it_is_of(about: Approximated, name: str) -> None:
    assert about.name == name
