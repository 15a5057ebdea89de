"""CKA and the line between two networks, on the digits: against plain loops, itself, and a permuted copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

import workbench as wb
from workbench.comparing.rebasin import matched, permuted
from workbench.evaluation.networks.chains import neighbours_of
from workbench.evaluation.networks.network import Network
from workbench.evaluation.run_evaluators import data_of, network_of
from workbench.nets.neighbours import neighbours
from workbench.runs.run import Run, open_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workbench.comparing.rebasin import State
    from workbench.nets.neighbours import Neighbours

pytestmark = pytest.mark.usefixtures("one_thread", "no_evaluator_stays")
GENERATOR = np.random.default_rng(0)


def _shuffled(state: State, around: list[Neighbours]) -> State:
    for each in around:
        state = permuted(state, each, GENERATOR.permutation(len(state[f"{each.layer}.weight"])))
    return state


@pytest.fixture(scope="module")
def around(run: Run) -> list[Neighbours]:
    network = Network(network_of(run), data_of(run))
    return [neighbours_of(network, layer.name, "shrink") for layer in network.layers[:-1]]


@pytest.fixture(scope="module")
def copy(run: Run, around: list[Neighbours], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Sample A with the units of every layer in another order."""
    folder = tmp_path_factory.mktemp("permuted")
    save_file({key: np.ascontiguousarray(row) for key, row in _shuffled(run.parameters(-1), around).items()},
              folder / "copy.safetensors")  # fmt: skip
    planned = wb.plan_of(wb.Wanted((folder / "copy.safetensors",), data="digits"))
    for _ in wb.import_run(planned, folder / "copy.h5"):
        pass
    with open_run(folder / "copy.h5") as opened:
        yield opened


def test_a_permuted_copy_is_found_again(run: Run, around: list[Neighbours]) -> None:
    state = run.parameters(-1)
    found = matched(state, _shuffled(state, around), around)
    for key, row in state.items():
        np.testing.assert_array_equal(found.state[key], row)
    assert sum(found.moved.values()) > 100
    assert found.similarity > found.before
    same = matched(state, state, around)
    assert set(same.moved.values()) == {0}
    assert same.similarity == pytest.approx(sum(float(np.vdot(row, row)) for row in state.values()), rel=0.02)


def test_another_order_computes_the_same(run: Run, around: list[Neighbours]) -> None:
    network, data = network_of(run), data_of(run)
    images = data.inputs(slice(0, 50), torch.device("cpu"), torch.contiguous_format)
    with torch.no_grad():
        before = network(images)
        state = _shuffled({key: value.numpy().copy() for key, value in network.state_dict().items()}, around)
        network.load_state_dict({key: torch.from_numpy(row) for key, row in state.items()})
        torch.testing.assert_close(network(images), before, rtol=1e-4, atol=1e-4)


def test_batch_norms_go_with_their_layer() -> None:
    net = torch.nn.Sequential()
    for name, part in (("conv1", torch.nn.Conv2d(1, 6, 3)), ("bn1", torch.nn.BatchNorm2d(6)), ("relu", torch.nn.ReLU()),
                       ("flatten", torch.nn.Flatten()), ("fc1", torch.nn.Linear(6 * 4, 3))):  # fmt: skip
        net.add_module(name, part)
    with torch.no_grad():
        net.bn1.running_mean.copy_(torch.randn(6))  # type: ignore[operator, union-attr]
        net.bn1.weight.copy_(torch.rand(6) + 0.5)  # type: ignore[operator, union-attr]
    images = torch.randn(5, 1, 4, 4)
    before = net.eval()(images)
    state = {key: value.numpy().copy() for key, value in net.state_dict().items()}
    other = permuted(state, neighbours(net, "conv1"), np.array([3, 1, 0, 5, 4, 2]))
    net.load_state_dict({key: torch.from_numpy(np.array(row)) for key, row in other.items()})
    torch.testing.assert_close(net(images), before)
    assert matched(state, other, [neighbours(net, "conv1")]).state["bn1.running_mean"].tolist() == (
        state["bn1.running_mean"].tolist()
    )


def test_itself_and_a_permuted_copy_are_flat(run: Run, copy: Run) -> None:
    flat = wb.barrier(run, run, points=3)
    assert (flat.height, flat.matched_height, set(flat.moved.values())) == (0.0, 0.0, {0})
    np.testing.assert_allclose(flat.accuracy, run.test_accuracy[-1])
    found = wb.barrier(run, copy, points=3)
    assert found.height > 20
    np.testing.assert_allclose(found.matched_accuracy, run.test_accuracy[-1])
    np.testing.assert_allclose(found.matched_loss, found.matched_loss[0], rtol=1e-5)
    assert found.words.startswith("the accuracy falls ")
    assert "; from digits_conv, epoch 40 to copy, snapshot 0 (" in found.words
    assert found.notes == ()
    assert len(found.to_dataframe()) == 3


def test_the_line_between_two_snapshots_is_that_of_a_plain_loop(run: Run) -> None:
    found = wb.barrier(f"{run.path}@2", run, points=3, images=200)
    network, data = network_of(run), data_of(run).first(200)
    halfway = {key: (row + run.parameters(-1)[key]) / 2 for key, row in run.parameters(2).items()}
    network.load_state_dict({key: torch.from_numpy(row) for key, row in halfway.items()})
    images = data.inputs(slice(None), torch.device("cpu"), torch.contiguous_format)
    with torch.no_grad():
        right = (network(images).argmax(1) == data.labels).float().mean()
    assert found.accuracy[1] == pytest.approx(100 * float(right))
    assert (found.alphas.tolist(), found.images) == ([0.0, 0.5, 1.0], 200)
    straight = (found.accuracy[0] + found.accuracy[2]) / 2
    assert found.height == pytest.approx(max(0.0, straight - found.accuracy[1]))
    assert [row[0] for row in found.rows()] == [0.0, 0.5, 1.0]


def test_cka_is_that_of_the_outputs(run: Run) -> None:
    found = wb.cka(run, f"{run.path}@3", images=120, batch=60)
    assert found.layers == found.other_layers == ("conv1", "conv2", "fc1", "fc2", "fc3")
    data, nets = data_of(run), (network_of(run), network_of(run, 3))
    images = data.inputs(slice(0, 120), torch.device("cpu"), torch.contiguous_format)
    outputs = []
    for net in nets:
        values = images
        for name, part in net.named_children():
            values = part(values)
            if name == "relu3":  # behind fc1
                outputs.append(values.detach().double().numpy())
    sums = np.zeros(3)
    for half in (slice(0, 60), slice(60, 120)):
        grams = []
        for each in outputs:
            gram = each[half] @ each[half].T
            np.fill_diagonal(gram, 0.0)
            count = len(gram)
            rows = gram.sum(0)
            gram = gram - (rows[:, None] + rows) / (count - 2) + rows.sum() / ((count - 1) * (count - 2))
            np.fill_diagonal(gram, 0.0)
            grams.append(gram)
        sums += [np.vdot(grams[0], grams[1]), np.vdot(grams[0], grams[0]), np.vdot(grams[1], grams[1])]
    assert found.values[2, 2] == pytest.approx(sums[0] / np.sqrt(sums[1] * sums[2]), rel=1e-6)
    assert len(list(found.rows())) == len(found.to_dataframe()) == 25


def test_cka_is_one_with_itself_and_a_permuted_copy(run: Run, copy: Run) -> None:
    for other in (run, copy):
        found = wb.cka(run, other, images=250)
        np.testing.assert_allclose(np.diag(found.values), 1.0, rtol=1e-6)
        assert (found.shuffled_high < np.diag(found.values)).all()
        assert found.nearest == found.layers


def test_what_cannot_be_compared_is_said(run: Run, tmp_path: Path) -> None:
    torch.save({"fc1.weight": torch.eye(6, 8), "fc2.weight": torch.ones(3, 6)}, tmp_path / "eye.pt")
    for ask in (wb.cka, wb.barrier):
        with pytest.raises(ValueError, match=r"eye.pt is no run: .* import it first"):
            ask(run, tmp_path / "eye.pt")
    lenet = run.path.with_name("digits_lenet.h5")
    with pytest.raises(ValueError, match=r"there is no line from .*: conv1.weight is of shape"):
        wb.barrier(run, lenet)
    assert wb.cka(run, lenet, images=60).values.shape == (5, 3)
    with pytest.raises(ValueError, match="at least 4 images in a batch, not 3"):
        wb.cka(run, run, batch=3)
    with pytest.raises(ValueError, match="at least 4 images, not 2"):
        wb.cka(run, run, images=2)
    with pytest.raises(ValueError, match="at least 2 points"):
        wb.barrier(run, run, points=1)
