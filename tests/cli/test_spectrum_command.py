"""`workbench spectrum`: every matrix, the edges, the units behind an eigenvalue, and all snapshots."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import pytest

import workbench as wb
from workbench.analysis.spectra.measures import measures
from workbench.analysis.spectra.power_law import fit_power_law
from workbench.cli import main
from workbench.evaluation.ranks.approximated import Approximated
from workbench.figures.spectrum.directions import direction_at, loading_units
from workbench.figures.spectrum.initialisation import audit_in_words, audit_of
from workbench.figures.spectrum.over_snapshots import COLUMNS
from workbench.resource import resource
from workbench.runs.place import place_in
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workbench.runs.run import Run

SAMPLE = resource("sample_runs/digits_conv.h5")


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    with open_run(SAMPLE) as opened:
        yield opened


def table(out: Path, *words: str) -> list[dict[str, str]]:
    assert main(["spectrum", str(SAMPLE), "--layer", "fc1", "--out", str(out), *words]) == 0
    with out.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_without_options_there_is_one_column(tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    rows = table(tmp_path / "spectrum.csv")
    assert [list(row) for row in rows[:1]] == [["eigenvalue"]]
    assert [float(row["eigenvalue"]) for row in rows] == run.layer("fc1").eigenvalues().tolist()
    said = capsys.readouterr().out
    known = measures(run.layer("fc1").eigenvalues())
    assert f"ranks: stable {known.stable_rank:.6g}, entropy {known.entropy_rank:.6g}" in said
    assert fit_power_law(run.layer("fc1").eigenvalues()).words in said
    found = wb.layer_spectrum(run, "fc1")
    assert (found.measures, found.power_law) == (known, fit_power_law(run.layer("fc1").eigenvalues()))
    assert sum(each.side == "above" for each in found.seen_from()) == len(found.outliers) == 10
    assert said.rstrip().endswith("fit PyTorch's default (σ² = 0.00129), not Gaussian Glorot or Gaussian Kaiming.")


@pytest.mark.parametrize(("name", "row"), [("W-W0", "moved"), ("moved", "moved"), ("normalised", "normalised")])
def test_a_matrix_by_any_of_its_names(tmp_path: Path, run: Run, name: str, row: str) -> None:
    weights = run.layer("fc1").weights().astype(np.float64)
    matrix = weights - run.layer("fc1").weights(0) if row == "moved" else weights
    if row == "normalised":
        matrix = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    expected = np.linalg.svd(matrix, compute_uv=False) ** 2
    rows = table(tmp_path / "spectrum.csv", "--matrix", name)
    found = [float(each["eigenvalue"]) for each in rows]
    np.testing.assert_allclose(found, expected[: len(found)], rtol=1e-5, atol=1e-12)
    assert found == wb.layer_spectrum(run, "fc1", matrix=row).eigenvalues.tolist()


def test_details_shuffled_entries_and_chosen_units(
    tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = table(tmp_path / "details.csv", "--details", "--variance", "initialiser")
    assert "The overview counts W, with σ² from the initialiser: 10 outliers.\n" in capsys.readouterr().out
    law = wb.layer_spectrum(run, "fc1").initialiser
    assert law is not None
    for row in rows[:10]:
        assert row["side"] == "above"
        assert float(row["beyond_edge"]) == float(row["eigenvalue"]) - law.high
        assert float(row["margin"]) == law.limit - law.high
    assert {row["side"] for row in rows[10:]} == {"between"}
    drawn = table(tmp_path / "shuffled.csv", "--shuffled", "4", "--units", "2,5,9")
    same = wb.layer_spectrum(run, "fc1", units=(9, 2, 5), shuffled=4).eigenvalues
    assert [float(row["eigenvalue"]) for row in drawn] == same.tolist()


def test_all_snapshots_have_the_numbers_of_each(tmp_path: Path, run: Run) -> None:
    rows = table(tmp_path / "all.csv", "--all-snapshots")
    assert tuple(rows[0]) == COLUMNS
    assert [int(row["snapshot"]) for row in rows] == list(range(run.snapshots))
    for snapshot in (0, 14, run.snapshots - 1):
        row, result = rows[snapshot], wb.layer_spectrum(run, "fc1", snapshot)
        known, tail = measures(result.eigenvalues), fit_power_law(result.eigenvalues, 0)
        counts = result.counts
        assert counts is not None
        assert float(row["participation_ratio"]) == known.participation_ratio
        assert float(row["nuclear_norm"]) == known.nuclear_norm
        assert (int(row["above"]), int(row["below"])) == (counts.beyond, counts.below)
        assert float(row["alpha"]) == tail.alpha
        assert row["alpha_low"] in ("", "nan")


def test_the_units_behind_an_eigenvalue(tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    place = place_in(run, "fc1")
    rows = table(tmp_path / "loadings.csv", "--loadings", "3")
    found = direction_at(place, 3)
    left = np.linalg.svd(run.layer("fc1").weights().astype(np.float64))[0][:, 2]
    np.testing.assert_allclose(np.abs(found.loadings), np.abs(left), atol=1e-6)
    assert [float(row["loading"]) for row in rows] == found.loadings.tolist()
    assert {int(row["unit"]) for row in rows if row["loads"] == "1"} == set(found.units)
    assert f"{len(found.units)} units with {100 * found.share:.0f} % of its vector" in capsys.readouterr().out
    assert loading_units(np.array([0.0, 0.5, -0.5, 0.5, 0.5])) == (1, 2, 3, 4)
    assert loading_units(np.array([0.0, 0.0, -1.0])) == (2,)
    assert loading_units(np.zeros(3)) == ()
    same = wb.spectral_direction(run, "fc1", 3)
    assert (same.units, same.loadings.tolist()) == (found.units, found.loadings.tolist())
    part = direction_at(place, 1, Approximated("units", (3, 40)))
    assert set(np.flatnonzero(part.loadings).tolist()) <= {3, 40}


def test_the_initialisation_of_both_samples_is_recognised(run: Run) -> None:
    for layer in run.layers:
        fitting = [each.name for each in audit_of(place_in(run, layer.name)).fitting]
        assert "torch_default" in fitting
        assert wb.initialisation_audit(run, layer.name) == audit_of(place_in(run, layer.name))
        assert fitting == ["torch_default"] or layer.units * layer.inputs < 400, "few entries fit several"
    with open_run(resource("sample_runs/digits_lenet.h5")) as lenet:
        for layer in lenet.layers:
            fitting = [each.name for each in audit_of(place_in(lenet, layer.name)).fitting]
            assert lenet.spec.initialiser in fitting, layer.name
            assert "which does not fit" not in audit_in_words(place_in(lenet, layer.name))


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--matrix", "V"], "There is no matrix 'V'"),
        (["--units", "100"], "fc1 has the units 0 to 99, not 100"),
        (["--loadings", "101"], "fc1 has the eigenvalues 1 to 100, not 101"),
        (["--loadings", "1", "--shuffled"], "leave out --shuffled"),
        (["--loadings", "1", "--details"], "not allowed with argument"),
    ],
)
def test_what_there_is_not_is_refused(
    tmp_path: Path, words: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "spectrum.csv"
    assert main(["spectrum", str(SAMPLE), "--layer", "fc1", "--out", str(out), *words]) == 2
    assert problem in capsys.readouterr().err
    assert not out.exists()
