"""`wb.principal_angles` and `wb.subspace` against scipy on the weights of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from scipy.linalg import subspace_angles

import workbench as wb
from workbench.comparing.subspaces import joint_svd

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.runs.run import Run

SHUFFLED = np.random.default_rng(0).permutation(100)


def _basis(weights: np.ndarray, rank: int) -> np.ndarray:
    return np.linalg.svd(weights.astype(np.float64))[2][:rank].T


def test_angles_between_snapshots_and_an_unrelated_network(run: Run, tmp_path: Path) -> None:
    other = np.random.default_rng(1).standard_normal((100, 256)).astype(np.float32)
    torch.save({"fc1.weight": torch.from_numpy(other), "fc2.weight": torch.ones(3, 100)}, tmp_path / "c.pt")
    found = wb.principal_angles(run, f"{run.path}@10", "fc1", 6, unrelated=tmp_path / "c.pt")
    one, two = (_basis(run.layer("fc1").weights(at), 6) for at in (-1, 10))
    np.testing.assert_allclose(found.degrees, np.rad2deg(subspace_angles(one, two))[::-1], atol=1e-9)
    assert found.unrelated is not None
    np.testing.assert_allclose(found.unrelated, np.rad2deg(subspace_angles(one, _basis(other, 6)))[::-1], atol=1e-9)
    assert found.chance.low[0] < found.unrelated[0] < found.chance.high[0]
    assert found.columns[-1] == "unrelated_degrees"
    assert [row[0] for row in found.rows()] == [1, 2, 3, 4, 5, 6]
    assert found.words.startswith("fc1 of digits_conv, epoch 40 and fc1 of digits_conv, epoch ")
    assert "; c.pt " in found.words
    assert len(found.to_dataframe()) == 6


def test_itself_permuted_has_angle_zero(run: Run, tmp_path: Path) -> None:
    weights = run.layer("fc1").weights()[SHUFFLED]
    torch.save({"fc1.weight": torch.from_numpy(weights), "fc2.weight": torch.ones(3, 100)}, tmp_path / "p.pt")
    assert wb.principal_angles(run, tmp_path / "p.pt", "fc1", 9).degrees.max() < 1e-9


def test_layers_of_other_inputs_say_why_there_are_no_angles(run: Run) -> None:
    with pytest.raises(ValueError, match="has 256 inputs and fc2 of digits_conv, epoch 40 100"):
        wb.principal_angles(run, run, "fc1", 3, other_layer="fc2")
    with pytest.raises(ValueError, match=r"fc3 of digits_conv, epoch 40: .* has the ranks 1 to 10, not 11"):
        wb.principal_angles(run, run, "fc3", 11)


def test_a_block_at_the_cut_is_said(tmp_path: Path) -> None:
    torch.save({"fc1.weight": torch.eye(6, 8), "fc2.weight": torch.ones(3, 6)}, tmp_path / "eye.pt")
    found = wb.principal_angles(tmp_path / "eye.pt", tmp_path / "eye.pt", "fc1", 2)
    assert (
        "fc1 of eye.pt: rank 2 cuts through a block of nearly equal singular values, numbers 1 to 6" in found.notes[0]
    )


def test_units_and_their_way_to_the_space(run: Run) -> None:
    found = wb.subspace(run, "fc1", 9)
    layer, basis = run.layer("fc1"), _basis(run.layer("fc1").weights(), 9)
    for snapshot in (0, 7, run.snapshots - 1):
        weights = layer.weights(snapshot).astype(np.float64)
        for unit in (0, 31, 99):
            outside = weights[unit] - basis @ (basis.T @ weights[unit])
            expected = np.linalg.norm(outside) / np.linalg.norm(weights[unit])
            assert found.distances[snapshot, unit] == pytest.approx(expected, abs=1e-9)
    np.testing.assert_allclose(found.units.residual, found.distances[-1])
    np.testing.assert_allclose(found.units.similarity, layer.cosines_to_start(-1), atol=1e-6)
    assert found.chance == pytest.approx(np.sqrt(1 - 9 / 256))
    assert sum(1 for _ in found.rows_over_time()) == run.snapshots * 100
    assert set(found.correlations()) == {"similarity", "residual", "inside"}
    assert len(found.to_dataframe()) == 100


def test_a_checkpoint_has_no_course(tmp_path: Path) -> None:
    torch.save({"fc1.weight": torch.eye(6, 8), "fc2.weight": torch.ones(3, 6)}, tmp_path / "eye.pt")
    with pytest.raises(ValueError, match=r"eye.pt is no run"):
        wb.subspace(tmp_path / "eye.pt", "fc1", 2)


def test_a_run_stacked_on_itself_shares_every_direction(run: Run) -> None:
    found = joint_svd([run, run], "fc1", 5)
    np.testing.assert_allclose(found.shares, 0.5, atol=1e-12)
    weights = run.layer("fc1").weights().astype(np.float64)
    expected = np.linalg.svd(weights)[1][:5] / np.linalg.norm(weights) * np.sqrt(2)
    np.testing.assert_allclose(found.singular_values, expected)
