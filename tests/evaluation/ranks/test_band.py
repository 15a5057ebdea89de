"""What a band of eigenvalues is worth: against networks whose weights lack it, in Python and on the command line."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from seeds import seeds

import workbench as wb
from workbench.analysis.spectra.edges import band_between, band_of_tail
from workbench.analysis.spectra.marchenko_pastur import MarchenkoPastur
from workbench.cli import main
from workbench.evaluation.run_evaluators import data_of, network_of
from workbench.runs.run import Run, open_run
from workbench.runs.spec import DataSpec, NetSpec, OptimiserSpec, RunSpec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SPEC = RunSpec(
    NetSpec("digits_conv", widths=(4, 6, 12, 8)), DataSpec("digits"), OptimiserSpec("adam", 1e-2), iterations=60,
    snapshots="every:30",
)  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A small convolutional net that was trained for a moment."""
    first, *_ = seeds(tmp_path_factory.mktemp("band"), SPEC)
    with open_run(first) as opened:
        yield opened


def accuracy(run: Run, layer: str, weights: np.ndarray) -> float:
    network, data = network_of(run, -1, torch.device("cpu")), data_of(run)
    with torch.inference_mode():
        weight = network.get_submodule(layer).weight
        weight.copy_(torch.from_numpy(weights).reshape(weight.shape))
        logits = network(data.inputs(slice(0, len(data)), torch.device("cpu"), torch.contiguous_format))
        return 100 * (logits.argmax(1) == data.labels).double().mean().item()


def less(matrix: np.ndarray, first: int, last: int) -> np.ndarray:
    left, singular, right = np.linalg.svd(matrix, full_matrices=False)
    singular[first - 1 : last] = 0.0
    return (left * singular) @ right


@pytest.mark.parametrize(("layer", "first", "last"), [("fc1", 1, 1), ("fc1", 4, 9), ("conv2", 2, 3), ("fc1", 1, 12)])
def test_a_band_costs_what_a_network_without_it_loses(run: Run, layer: str, first: int, last: int) -> None:
    weights = run.layer(layer).weights().astype(np.float64)
    found = wb.band(run, layer, first, last)
    squares = np.linalg.svd(weights, compute_uv=False) ** 2
    np.testing.assert_allclose(found.eigenvalues, squares[first - 1 : last], rtol=1e-5)
    assert found.energy_percent == pytest.approx(100 * squares[first - 1 : last].sum() / squares.sum())
    assert found.unchanged.accuracy == pytest.approx(run.test_accuracy[-1])
    assert found.without.accuracy == pytest.approx(accuracy(run, layer, less(weights, first, last)))
    assert found.lost == found.unchanged.accuracy - found.without.accuracy
    left = np.linalg.svd(weights, full_matrices=False)[0]
    spanned = []
    for seed, (random, energy) in enumerate(zip(found.random, found.random_energy, strict=True)):
        drawn = np.random.default_rng(seed).standard_normal((len(squares), last - first + 1))
        gone = np.linalg.qr(drawn)[0]
        spanned.append(100 * np.square(gone * np.sqrt(squares)[:, None]).sum() / squares.sum())
        assert energy == pytest.approx(spanned[-1])
        assert 0.0 <= random.accuracy <= 100.0
    assert found.over_random.count == 5
    assert float(found.over_random.mean) == pytest.approx(np.mean([each.accuracy for each in found.random]))
    assert left.shape[1] == len(squares)


def test_random_directions_are_taken_out_of_the_same_space(run: Run) -> None:
    """All of them at once leave what all eigenvalues leave: nothing, whatever the draw."""
    found = wb.band(run, "fc1", 1, 12)
    assert {each.correct for each in found.random} == {found.without.correct}
    assert found.random_energy == pytest.approx((100.0,) * 5)


@pytest.mark.parametrize("matrix", ["moved", "normalised", "data"])
def test_a_band_of_another_matrix(run: Run, matrix: str) -> None:
    weights = run.layer("fc1").weights().astype(np.float64)
    found = wb.band(run, "fc1", 1, 3, matrix=matrix, draws=1)
    if matrix == "data":
        spectrum = wb.layer_spectrum(run, "fc1", matrix="data").eigenvalues
        np.testing.assert_allclose(found.eigenvalues, spectrum[:3])
        return
    start = run.layer("fc1").weights(0).astype(np.float64)
    lengths = np.linalg.norm(weights, axis=1, keepdims=True)
    changed = start + less(weights - start, 1, 3) if matrix == "moved" else lengths * less(weights / lengths, 1, 3)
    assert found.without.accuracy == pytest.approx(accuracy(run, "fc1", changed))


def test_bands_are_named_by_numbers_values_or_tails() -> None:
    values = np.array([9.0, 5.0, 2.0, 1.0, 0.5, 0.001])
    assert band_between(values, 0.9, 5.0) == (2, 4)
    law = MarchenkoPastur(6, 60, 1 / 60)
    assert band_of_tail(values, law, "right") == (1, 2)
    assert band_of_tail(values, law, "bulk") == (3, 5)
    assert band_of_tail(values, law, "left") == (6, 6)
    with pytest.raises(ValueError, match="the left tail is empty"):
        band_of_tail(values[:5], law, "left")
    with pytest.raises(ValueError, match="no eigenvalue lies from 6 to 8"):
        band_between(values, 6.0, 8.0)


def test_the_command_says_what_python_finds(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "band.csv"
    words = ["band", str(run.path), "--layer", "fc1", "--out", str(out), "--overwrite"]
    assert main([*words, "--from", "1", "--to", "3"]) == 0
    found = wb.band(run, "fc1", 1, 3)
    said = capsys.readouterr().out
    assert f"eigenvalues 1 to 3 of W: {found.eigenvalues[0]:.6g} to {found.eigenvalues[2]:.6g}, " in said
    assert f"without the band           {found.without.accuracy:6.2f} %" in said
    with out.open(newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == ["removed", "seed", "accuracy", "loss", "energy_percent"]
    assert [float(row[2]) for row in rows[1:]] == [row[2] for row in found.rows()]
    values = run.layer("fc1").eigenvalues()
    by_value = ["--values", "--from", f"{values[2]:.17g}", "--to", f"{values[0]:.17g}"]
    assert main([*words, *by_value]) == 0
    assert "eigenvalues 1 to 3 of W" in capsys.readouterr().out
    assert main([*words, "--tail", "bulk", "--draws", "2"]) == 0
    assert "(seeds 0 to 1)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ([], "name the band by --from and --to, or by --tail"),
        (["--from", "3", "--to", "13"], "fc1 has the eigenvalues 1 to 12, not 3 to 13"),
        (["--from", "1.5"], "for values of λ add --values"),
        (["--from", "500", "--values"], "no eigenvalue lies from 500 to 500"),
        (["--from", "1", "--tail", "left"], "name the band by --from and --to, or by --tail"),
        (["--from", "1", "--matrix", "V"], "There is no matrix 'V'"),
    ],
)
def test_what_is_no_band_is_refused(
    run: Run, words: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["band", str(run.path), "--layer", "fc1", *words]) == 2
    assert problem in capsys.readouterr().err
