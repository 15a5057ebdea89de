"""Means over runs that differ only by seed: against numpy, and who is refused."""

from __future__ import annotations

import csv
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from seeds import seeds

from workbench.cli import main
from workbench.evaluation.ranks.groups import group_curves, low_rank_group
from workbench.evaluation.run_evaluators import data_of, network_of
from workbench.runs.collection.groups import difference, members, same_epoch
from workbench.runs.run import Run, open_run
from workbench.runs.spec import DataSpec, NetSpec, OptimiserSpec, RunSpec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TINY = RunSpec(
    NetSpec("lenet", widths=(12, 6)), DataSpec("digits"), OptimiserSpec("adam", 1e-2), iterations=20, snapshots="log"
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Run]]:
    """Three seeds of a small LeNet on the digits."""
    opened = [open_run(path) for path in seeds(tmp_path_factory.mktemp("group"), TINY)]
    yield opened
    for run in opened:
        run.close()


def kept_and_lost(run: Run, rank: int) -> tuple[float, float]:
    """By the singular value decomposition and the whole network, once with W and once with W_k."""
    weights = run.layer("fc1").weights().astype(np.float64)
    left, values, right = np.linalg.svd(weights, full_matrices=False)
    low = (left[:, :rank] * values[:rank]) @ right[:rank]
    network, data = network_of(run, -1, torch.device("cpu")), data_of(run)
    images = data.inputs(slice(0, len(data)), torch.device("cpu"), torch.contiguous_format)
    accuracies = []
    with torch.inference_mode():
        for matrix in (weights, low):
            network.get_submodule("fc1").weight.copy_(torch.from_numpy(matrix))
            accuracies.append(100 * (network(images).argmax(1) == data.labels).double().mean().item())
    return 100 * np.linalg.norm(low) / np.linalg.norm(weights), accuracies[0] - accuracies[1]


def test_mean_and_sample_variance_are_those_of_the_runs(runs: list[Run]) -> None:
    found = low_rank_group(runs, "fc1", 3)
    twins = np.array([kept_and_lost(run, 3) for run in runs])
    assert found.seeds == (0, 1, 2)
    np.testing.assert_allclose(found.norm_percent, twins[:, 0], rtol=1e-5)
    np.testing.assert_allclose(found.lost, twins[:, 1], atol=1e-9)
    rows = list(found.rows())
    assert [(name, count) for name, _, _, count in rows] == [("norm_percent", 3), ("accuracy_lost", 3)]
    np.testing.assert_allclose([row[1] for row in rows], twins.mean(0), rtol=1e-5)
    np.testing.assert_allclose([row[2] for row in rows], twins.var(0, ddof=1), rtol=1e-3)
    assert list(found.to_dataframe().columns) == ["quantity", "mean", "variance", "runs"]


def test_the_full_rank_keeps_everything_and_one_run_has_no_variance(runs: list[Run]) -> None:
    found = low_rank_group(runs[:1], "fc1", 12)
    (_, kept, variance, count), (_, lost, _, _) = found.rows()
    assert (kept, lost, count) == (100.0, 0.0, 1)
    assert np.isnan(variance)


def test_rank_0_of_a_group_keeps_nothing_and_costs_all_but_the_largest_bias(runs: list[Run]) -> None:
    found = low_rank_group(runs, "fc1", 0)
    assert found.norm_percent.tolist() == [0.0, 0.0, 0.0]
    np.testing.assert_allclose(found.lost, [kept_and_lost(run, 0)[1] for run in runs], atol=1e-9)
    *_, curves = group_curves(runs, "fc1")
    np.testing.assert_array_equal(curves.at(0).lost, found.lost)
    with pytest.raises(ValueError, match="ranks 0 to 12, not -1"):
        low_rank_group(runs, "fc1", -1)


def test_a_run_that_is_no_member_is_refused_by_the_field_that_differs(runs: list[Run]) -> None:
    slower = replace(runs[1], spec=replace(runs[1].spec, optimiser=OptimiserSpec("adam", 1e-3)))
    with pytest.raises(ValueError, match=r"seed1.h5 is not a member.*optimiser.learning_rate is 0.001, .* 0.01\."):
        low_rank_group([runs[0], slower], "fc1", 3)
    with pytest.raises(ValueError, match="same seed, 0"):
        low_rank_group([runs[0], runs[0]], "fc1", 3)
    with pytest.raises(ValueError, match="at least one run"):
        low_rank_group([], "fc1", 3)
    with pytest.raises(ValueError, match="ranks 0 to 12, not 13"):
        low_rank_group(runs, "fc1", 13)


def test_curves_over_the_group_hold_what_one_rank_holds(runs: list[Run]) -> None:
    *_, first, found = group_curves(runs, "fc1")
    assert (first.seeds, found.seeds, found.accuracy.shape) == ((0, 1), (0, 1, 2), (3, 13))
    one = low_rank_group(runs, "fc1", 3)
    np.testing.assert_allclose(found.at(3).norm_percent, one.norm_percent)
    np.testing.assert_allclose(found.at(3).lost, one.lost)
    np.testing.assert_allclose(found.over_runs.mean, found.accuracy.mean(0))
    *_, moved = group_curves(runs, "fc1", matrix="moved")
    assert moved.norm_percent[:, 0].tolist() == [0.0] * 3
    assert not np.allclose(moved.norm_percent, found.norm_percent)


def test_members_are_the_runs_that_differ_by_seed_alone(runs: list[Run]) -> None:
    other = replace(runs[2], spec=replace(runs[2].spec, batch_size=32))
    assert members(runs[1], [other, runs[0], runs[1]], 2) == (runs[0], runs[1])
    assert members(runs[1], [other], 2) == (runs[1],)
    assert members(runs[0], [replace(runs[1], snapshots=2)], 2) == (runs[0],)


def test_a_run_at_another_epoch_is_refused(runs: list[Run]) -> None:
    cut = replace(runs[1], snapshots=3)
    with pytest.raises(ValueError, match=r"it has 3 snapshots and .* 7 snapshots"):
        low_rank_group([runs[0], cut], "fc1", 3)
    assert low_rank_group([runs[0], cut], "fc1", 3, snapshot=0).seeds == (0, 1)  # which both have


def test_specifications_are_compared_apart_from_seed_command_and_facts() -> None:
    assert difference(TINY, replace(TINY, seed=5, command="again", recipe="conv2")) is None
    assert difference(TINY, replace(TINY, net=NetSpec("lenet", widths=(13, 6)))) == "net.widths"
    assert difference(TINY, replace(TINY, shuffle=False)) == "shuffle"
    assert difference(TINY, replace(TINY, surgery=None)) is None


def test_the_command_writes_the_same_numbers(
    runs: list[Run], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "table.csv"
    paths = [str(run.path) for run in runs]
    assert main(["lowrank-group", *paths, "--layer", "fc1", "--rank", "3", "--out", str(out)]) == 0
    found = low_rank_group(runs, "fc1", 3)
    with out.open(newline="") as stream:
        table = list(csv.DictReader(stream))
    for row, (name, mean, variance, count) in zip(table, found.rows(), strict=True):
        assert (row["quantity"], float(row["mean"]), float(row["variance"])) == (name, mean, variance)
        assert int(row["runs"]) == count
    assert "norm_percent" in capsys.readouterr().out
    assert main(["lowrank-group", *paths, "--layer", "fc1", "--rank", "3", "--snapshot", "99"]) == 2


def test_snapshots_that_both_say_no_epoch_may_be_of_one_group() -> None:
    assert same_epoch(np.nan, np.nan)
    assert same_epoch(2.0, 2.0)
    assert not any(same_epoch(one, 2.0) or same_epoch(2.0, one) for one in (np.nan, 1.0))
