"""W on its inputs and W with batch norm folded in, against hooks on the network; and shuffled entries."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from brute_force import unsettled
from seeds import seeds
from torch import nn
from torch.nn import functional

import workbench as wb
from workbench.cli import main
from workbench.evaluation.evaluator import exact
from workbench.evaluation.ranks.approximated import Approximated, approximated
from workbench.evaluation.ranks.groups import low_rank_group
from workbench.evaluation.ranks.over_snapshots import over_snapshots
from workbench.evaluation.run_evaluators import data_of, evaluator, network_of
from workbench.runs.place import place_in
from workbench.runs.run import Run, open_run
from workbench.runs.spec import DataSpec, NetSpec, OptimiserSpec, RunSpec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    Float64 = NDArray[np.float64]

SPEC = RunSpec(
    NetSpec("digits_conv", widths=(4, 10, 12, 30)),  # fc2 has more units than inputs
    DataSpec("digits"),
    OptimiserSpec("adam", 1e-2),
    iterations=40,
    snapshots="every:20",
)
LAYERS = ("conv1", "conv2", "fc1", "fc2")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Run]]:
    """Two seeds of a small convolutional net."""
    opened = [open_run(path) for path in seeds(tmp_path_factory.mktemp("on_data"), SPEC)][:2]
    yield opened
    for run in opened:
        run.close()


def seen(run: Run, layer: str, snapshot: int = -1) -> Float64:
    """What a layer takes of the validation images: inputs, or patches at all positions, one in each row."""
    network, data = network_of(run, snapshot, torch.device("cpu")), data_of(run, "validation")
    module, taken = network.get_submodule(layer), []
    handle = module.register_forward_pre_hook(lambda _module, inputs: taken.append(inputs[0]))
    with torch.inference_mode():
        network(data.inputs(slice(0, len(data)), torch.device("cpu"), torch.contiguous_format))
    handle.remove()
    inputs = taken[0]
    if inputs.ndim == 4:
        inputs = functional.unfold(inputs, module.kernel_size, padding=module.padding).movedim(1, 2).flatten(0, 1)
    return inputs.numpy().astype(np.float64)


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("snapshot", [0, 2])
def test_the_spectrum_on_data_is_that_of_the_covariance_of_the_inputs(
    runs: list[Run], layer: str, snapshot: int
) -> None:
    weights = runs[0].layer(layer).weights(snapshot).astype(np.float64)
    covariance = np.cov(seen(runs[0], layer, snapshot).T, bias=True)
    expected = np.linalg.eigvalsh(weights @ covariance @ weights.T)[::-1][: min(weights.shape)]
    found = wb.layer_spectrum(runs[0], layer, snapshot, matrix="data")
    np.testing.assert_allclose(found.eigenvalues, expected, rtol=1e-4, atol=1e-8 * expected[0])
    chosen = wb.layer_spectrum(runs[0], layer, snapshot, matrix="data", units=(1, 3))
    part = weights[[1, 3]] @ covariance @ weights[[1, 3]].T
    np.testing.assert_allclose(chosen.eigenvalues, np.linalg.eigvalsh(part)[::-1], rtol=1e-4)


@pytest.mark.parametrize("layer", ["conv2", "fc2"])
def test_shuffled_entries_meet_the_same_inputs(runs: list[Run], layer: str) -> None:
    weights = runs[0].layer(layer).weights().astype(np.float64)
    drawn = np.random.default_rng(7).permutation(weights.ravel()).reshape(weights.shape)
    covariance = np.cov(seen(runs[0], layer).T, bias=True)
    expected = np.linalg.eigvalsh(drawn @ covariance @ drawn.T)[::-1][: min(weights.shape)]
    found = wb.layer_spectrum(runs[0], layer, matrix="data", shuffled=7)
    np.testing.assert_allclose(found.eigenvalues, expected, rtol=1e-4, atol=1e-8 * expected[0])
    plain = wb.layer_spectrum(runs[0], layer, shuffled=7)
    np.testing.assert_allclose(plain.eigenvalues, np.linalg.svd(drawn, compute_uv=False) ** 2, rtol=1e-6)


@pytest.mark.parametrize("layer", LAYERS)
def test_low_ranks_on_data_lose_least_on_the_validation_images(runs: list[Run], layer: str) -> None:
    place = place_in(runs[0], layer)
    weights, inputs = place.layer_view.weights().astype(np.float64), seen(runs[0], layer)
    factors, about = Approximated("data").factors(place), Approximated("data")
    assert factors is not None
    squares, full = about.eigenvalues(place), min(weights.shape)
    for rank in (0, 1, full // 2, full):
        changed = factors.left[:, :rank] @ (factors.right[:, :rank].T @ weights)
        loss = np.square(inputs @ (weights - changed).T).sum() / len(inputs)
        assert loss == pytest.approx(squares[rank:].sum(), rel=1e-4, abs=1e-7 * squares[0])
    curve = wb.low_rank(runs[0], layer, matrix="data", ranks_asked=[1, full], part="validation").curve
    changed = factors.left[:, :1] @ (factors.right[:, :1].T @ weights)
    assert curve.accuracy[0] == pytest.approx(accuracy(runs[0], layer, changed))
    assert curve.accuracy[1] == pytest.approx(accuracy(runs[0], layer, weights))


def accuracy(run: Run, layer: str, weights: Float64) -> float:
    network, data = network_of(run, -1, torch.device("cpu")), data_of(run, "validation")
    with torch.inference_mode():
        weight = network.get_submodule(layer).weight
        weight.copy_(torch.from_numpy(weights).reshape(weight.shape))
        logits = network(data.inputs(slice(0, len(data)), torch.device("cpu"), torch.contiguous_format))
        return 100 * (logits.argmax(1) == data.labels).double().mean().item()


def test_a_group_the_snapshots_and_the_command_take_the_matrix_on_data(
    runs: list[Run], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = low_rank_group(runs, "fc1", 3, matrix="data")
    singles = [wb.low_rank(run, "fc1", matrix="data", ranks_asked=[3, 12]) for run in runs]
    lost = [float(each.curve.accuracy[1] - each.curve.accuracy[0]) for each in singles]
    assert found.lost.tolist() == pytest.approx(lost)
    place = place_in(runs[0], "fc1")
    *_, last = over_snapshots(place, 3, [0, place.snapshot], Approximated("data"))
    assert last[1] is not None
    assert last[1].accuracy == pytest.approx(float(singles[0].curve.accuracy[0]))
    out = tmp_path / "ranks.csv"
    words = ["lowrank", str(runs[0].path), "--layer", "fc1", "--matrix", "data", "--ranks", "3", "--out", str(out)]
    assert main(words) == 0
    with out.open(newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert float(row["accuracy"]) == singles[0].curve.accuracy[0]
    capsys.readouterr()


def with_batch_norm() -> nn.Module:
    """A network whose batch norms are not at their initial values; the first conv has groups, the classifier none."""
    return unsettled(nn.Sequential(
        nn.Conv2d(1, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.Conv2d(6, 8, 3, groups=2), nn.BatchNorm2d(8), nn.ReLU(),
        nn.Flatten(), nn.Linear(8 * 16, 10),
    ))  # fmt: skip


@pytest.fixture(scope="module")
def normed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    path = tmp_path_factory.mktemp("normed") / "run.h5"
    with wb.record(path, with_batch_norm(), quiet=True):
        pass
    with open_run(path) as run:
        wb.name(run, net=with_batch_norm, data="digits")
        yield run


@pytest.mark.parametrize(("layer", "norm"), [("0", "1"), ("3", "4")])
def test_folded_rows_are_scaled_by_the_batch_norm_behind_them(normed: Run, layer: str, norm: str) -> None:
    state = {key: value.astype(np.float64) for key, value in normed.parameters(-1).items()}
    scale = state[f"{norm}.weight"] / np.sqrt(state[f"{norm}.running_var"] + 1e-5)
    weights = normed.layer(layer).weights().astype(np.float64)
    left, singular, right = np.linalg.svd(scale[:, None] * weights, full_matrices=False)
    found = wb.layer_spectrum(normed, layer, matrix="folded")
    np.testing.assert_allclose(found.eigenvalues, singular**2, rtol=1e-5)
    factors = Approximated("folded").factors(place_in(normed, layer))
    assert factors is not None
    two = (left[:, :2] * singular[:2]) @ right[:2] / scale[:, None]
    np.testing.assert_allclose(factors.left[:, :2] @ (factors.right[:, :2].T @ weights), two, atol=1e-6)


def test_there_must_be_a_batch_norm_to_fold(normed: Run) -> None:
    with pytest.raises(ValueError, match="7 has no batch norm behind it to fold in: choose the matrix W"):
        wb.layer_spectrum(normed, "7", matrix="folded")


def test_the_groups_of_a_convolution_meet_their_own_channels(normed: Run) -> None:
    network, data = network_of(normed, -1, torch.device("cpu")), data_of(normed, "train")
    images = data.inputs(slice(0, len(data)), torch.device("cpu"), torch.contiguous_format)
    with torch.inference_mode():
        bare = network[3]
        outputs = bare(network[:3](images)) - bare.bias[:, None, None]
    values = outputs.movedim(1, -1).reshape(-1, 8).double().numpy()
    expected = np.linalg.eigvalsh(np.cov(values.T, bias=True))[::-1]
    np.testing.assert_allclose(wb.layer_spectrum(normed, "3", matrix="data").eigenvalues, expected, rtol=1e-4)


@pytest.mark.parametrize("matrix", ["weights", "moved", "normalised", "units", "data"])
@pytest.mark.parametrize("shuffled", [None, 1])
def test_the_eigenvalues_sum_to_the_squared_norm(runs: list[Run], matrix: str, shuffled: int | None) -> None:
    """Of W on its inputs, to the mean squared length of the outputs, each less its mean."""
    about = approximated(runs[0].layer("fc1"), matrix, (1, 4, 6) if matrix == "units" else ())
    found = wb.layer_spectrum(runs[0], "fc1", matrix=matrix, units=about.units, shuffled=shuffled)
    entries = about.entries(place_in(runs[0], "fc1"), shuffled=shuffled)
    if matrix == "data":
        entries = entries @ np.linalg.cholesky(
            np.cov(seen(runs[0], "fc1").T, bias=True) + 1e-12 * np.eye(entries.shape[1])
        )
    assert found.eigenvalues.sum() == pytest.approx(np.square(entries).sum(), rel=1e-5)


def test_every_name_of_a_matrix_is_known_in_python(runs: list[Run]) -> None:
    layer = runs[0].layer("fc1")
    assert (approximated(layer, "W").matrix, approximated(layer, "W-W0").matrix) == ("weights", "moved")
    with pytest.raises(ValueError, match="There is no matrix 'V': choose weights, moved"):
        approximated(layer, "V")


def test_the_moments_are_measured_once_for_each_snapshot(runs: list[Run], monkeypatch: pytest.MonkeyPatch) -> None:
    from workbench.evaluation.networks.prefix import Prefix

    calls, plain = [], Prefix.outputs_of
    monkeypatch.setattr(Prefix, "outputs_of", lambda *asked: (calls.append(1), plain(*asked))[1])
    place = place_in(runs[1], "fc1", 1)
    first = Approximated("data").eigenvalues(place)
    measured = len(calls)
    assert measured
    np.testing.assert_array_equal(Approximated("data").eigenvalues(place), first)
    assert Approximated("data").factors(place) is not None
    assert len(calls) == measured
    assert exact(evaluator(place).low_ranks(12, Approximated("data").factors(place))).exact
