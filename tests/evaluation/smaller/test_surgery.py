"""A pruned run as a smaller network: it computes the same, and its files hold it whole."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import brute_force
import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch.nn import functional

from workbench.evaluation import run_evaluators
from workbench.evaluation.run_evaluators import data_of, network_of
from workbench.evaluation.smaller import shrinking
from workbench.evaluation.smaller.saving import save_tensors
from workbench.evaluation.smaller.shrinking import shrunk
from workbench.evaluation.smaller.surgery import state_with_only
from workbench.nets.architectures.building import build
from workbench.nets.datasets import load
from workbench.nets.neighbours import neighbours, removed_units, unit_modules
from workbench.nets.units import layers
from workbench.runs.run import Run, open_run
from workbench.runs.spec import DataSpec, IterativeSpec, NetSpec, OptimiserSpec, RunSpec
from workbench.training.loop.loop import train
from workbench.training.recording import record_run
from workbench.training.surgery import retraining

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workbench.runs.pace import Estimate

SGD = OptimiserSpec("sgd", learning_rate=0.05, momentum=0.9, weight_decay=1e-2)
WIDTHS = {"lenet": (12, 8), "digits_conv": (4, 6, 10, 8), "vgg19bn": (4,) * 16 + (8, 8)}
PRUNED = {"lenet": ("fc1", "fc2"), "digits_conv": ("conv1", "conv2", "fc1"), "vgg19bn": ("conv3", "conv16", "fc2")}


@pytest.fixture
def framed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Digits with a frame, large enough for five pools."""
    digits = load("digits")
    images = (functional.pad(each, (12,) * 4) for each in (digits.train_images, digits.test_images))
    larger = replace(digits, **dict(zip(("train_images", "test_images"), images, strict=True)))
    run_evaluators.forget()
    monkeypatch.setattr("workbench.training.preparation.load", lambda *_: larger)
    monkeypatch.setattr("workbench.nets.datasets.in_memory", lambda *_: larger)
    yield
    run_evaluators.forget()


def trained(name: str, bias: bool = True, iterations: int = 6) -> RunSpec:
    net, data = NetSpec(name, WIDTHS[name], bias), DataSpec("digits", classes=(0, 1, 2))
    return RunSpec(net, data, SGD, batch_size=32, iterations=iterations, snapshots="every:3", device="cpu")


def recorded(spec: RunSpec, path: Path) -> Run:
    for _ in record_run(path, train(spec)):
        pass
    return open_run(path)


def unpadded(name: str, request: pytest.FixtureRequest) -> None:
    if name.startswith("vgg"):
        request.getfixturevalue("framed")


@pytest.mark.parametrize(
    ("name", "bias"), [("lenet", True), ("lenet", False), ("digits_conv", True), ("vgg19bn", True), ("vgg19bn", False)]
)
@pytest.mark.thinned(2)
def test_the_smaller_network_computes_the_same(
    name: str, bias: bool, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    unpadded(name, request)
    with recorded(trained(name, bias), tmp_path / "parent.h5") as parent:
        spec = retraining(parent, PRUNED[name], fraction=0.5, rule="fractions")
    with recorded(spec, tmp_path / "child.h5") as run:
        for snapshot in range(run.snapshots):
            found = shrunk(run, snapshot)
            assert set(found.masks) == set(PRUNED[name])
            assert found.removed == sum(layer.units for layer in run.layers if layer.name in PRUNED[name]) // 2
            smaller = build(name, run.spec.net.image_shape, 3, found.widths, bias)
            smaller.load_state_dict(found.state)
            data = data_of(run)
            inputs = data.inputs(slice(0, len(data)), torch.device("cpu"), torch.contiguous_format)
            with torch.inference_mode():
                one, other = network_of(run, snapshot, torch.device("cpu"))(inputs), smaller.eval()(inputs)
            assert float((one - other).abs().max()) == pytest.approx(found.largest_difference, abs=1e-5)
            assert found.largest_difference < 1e-4
            assert found.images == len(data)
            assert found.parameters[1] < found.parameters[0]
            correct = 100 * (other.argmax(1) == data.labels).float().mean().item()
            assert correct == pytest.approx(run.test_accuracy[snapshot], abs=100 / len(data) + 1e-4)


@pytest.mark.parametrize("name", sorted(brute_force.SMALL))
def test_several_layers_in_a_row_are_taken_out_together(name: str) -> None:
    module = brute_force.small(name)
    hidden = layers(module)[:-1]
    kept = {layer.name: np.arange(layer.units)[layer.order % 2 :: 2] for layer in hidden}
    smaller = build(name, brute_force.SMALL[name][0], 5, [len(kept[layer.name]) for layer in hidden])
    cut = [(neighbours(module, layer), units) for layer, units in kept.items()]
    smaller.load_state_dict(state_with_only(module, cut))
    with torch.no_grad():
        for layer in hidden:
            gone = [unit for unit in range(layer.units) if unit not in kept[layer.name]]
            for parameter in itertools.chain(*(each.parameters() for each in unit_modules(module, layer.name))):
                parameter[gone] = 0
            assert removed_units(module, layer.name).tolist() == gone
    images = brute_force.images_for(name, 30).images
    expected = brute_force.logits(module, images)
    torch.testing.assert_close(brute_force.logits(smaller, images), expected, rtol=1e-4, atol=1e-5)


def test_iterative_pruning_shrinks_more_at_later_snapshots(tmp_path: Path) -> None:
    with recorded(trained("lenet"), tmp_path / "parent.h5") as parent:
        spec = retraining(parent, ["fc1"], iterative=IterativeSpec(2, 5, 3, 0.5))
    with recorded(spec, tmp_path / "child.h5") as run:
        with pytest.raises(ValueError, match="no unit is removed at snapshot 0"):
            shrunk(run, 0)
        heard: list[Estimate] = []
        found = [shrunk(run, snapshot, tell=heard.append) for snapshot in (1, 2)]
    assert [each.widths for each in found] == [(6, 8), (3, 8)]
    assert [each.done for each in heard if each.seconds == 0.0] == [1.0, 1.0], "each comparison goes on to its end"


def test_a_network_that_computes_something_else_is_not_given_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with recorded(trained("lenet"), tmp_path / "parent.h5") as parent:
        spec = retraining(parent, ["fc1"], fraction=0.5)

    def shifted(*arguments: object) -> dict[str, torch.Tensor]:
        state = state_with_only(*arguments)  # type: ignore[arg-type]
        return {**state, "fc3.bias": state["fc3.bias"] + 0.1}

    monkeypatch.setattr(shrinking, "state_with_only", shifted)
    with (
        recorded(spec, tmp_path / "child.h5") as run,
        pytest.raises(ValueError, match=r"something else: a logit differs by 0\.1"),
    ):
        shrunk(run)


TENSORS = {"fc1.weight": torch.arange(12.0).reshape(4, 3).T, "mask": torch.tensor([True, False])}


def test_safetensors_hold_tensors_and_facts(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    save_tensors(path, TENSORS, {"net": "lenet"})
    read = load_file(path)
    assert all(torch.equal(read[key], tensor) for key, tensor in TENSORS.items())
    with safe_open(path, "pt") as file:
        assert file.metadata() == {"net": "lenet"}
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_pt_is_a_plain_state_dict_that_loads_safely(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    save_tensors(path, TENSORS)
    read = torch.load(path, weights_only=True)
    assert type(read) is dict
    assert all(torch.equal(read[key], tensor) for key, tensor in TENSORS.items())
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("ending", [".pt", ".safetensors"])
def test_a_file_is_never_overwritten_and_appears_whole(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"net{ending}"
    path.write_bytes(b"mine")
    with pytest.raises(FileExistsError, match="not overwritten"):
        save_tensors(path, TENSORS)
    assert path.read_bytes() == b"mine"
    path.unlink()

    def full(*_: object) -> None:
        raise OSError(28, "no space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="the disk is full"):
        save_tensors(path, TENSORS)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_appears_meanwhile_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "net.pt"
    monkeypatch.setattr("os.fsync", lambda _: path.write_bytes(b"mine"))
    with pytest.raises(FileExistsError):
        save_tensors(path, TENSORS)
    assert path.read_bytes() == b"mine"
    assert [each.name for each in tmp_path.iterdir()] == ["net.pt"]


def test_only_known_endings_are_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.safetensors or \.pt"):
        save_tensors(tmp_path / "net.onnx", TENSORS)
    with pytest.raises(FileNotFoundError, match="no such folder"):
        save_tensors(tmp_path / "none" / "net.pt", TENSORS)
