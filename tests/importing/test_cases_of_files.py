"""Files as other tools write them: what is a network, what is a snapshot, and what its number means."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
import torch
from importing_steps import LAYERS, imported, planned, sizes, small, states
from safetensors.torch import save_file
from torch import nn
from torch.nn.utils import prune

from workbench.cli import main
from workbench.importing.files.foreign import Foreign, ImportProblem
from workbench.runs.layout import MAX_OBJECTS
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("key", ["model_state", "params_ema", "generator", "state_dict_ema", "anything"])
def test_the_network_is_the_mapping_with_the_most_weights_whatever_its_key(tmp_path: Path, key: str) -> None:
    moments = {"state": {0: {"exp_avg": torch.zeros(400, 640)}}}  # larger than the network
    beside = {"step": 5, "optimizer_state": moments, "best": torch.tensor(0.9)}
    torch.save({key: small(), **beside}, tmp_path / "a.pt")
    plan = imported(tmp_path / "run.h5", tmp_path / "a.pt")
    assert sizes(plan) == LAYERS
    assert f"the network is what the file calls {key}" in plan.notes
    with open_run(tmp_path / "run.h5") as run:
        assert all(np.array_equal(run.parameters(0)[name], value) for name, value in small().items())


def test_several_networks_are_named_and_can_be_chosen(tmp_path: Path) -> None:
    torch.save({"models": [small(), {name: value + 1 for name, value in small().items()}]}, tmp_path / "a.pt")
    first = planned(tmp_path / "a.pt")
    assert "the network is what the file calls models.0; it also holds models.1, not imported here" in first.notes
    imported(tmp_path / "run.h5", tmp_path / "a.pt", part="models.1")
    with open_run(tmp_path / "run.h5") as run:
        assert np.array_equal(run.parameters(0)["0.weight"], small()["0.weight"] + 1)
    with pytest.raises(ImportProblem, match=r"holds no network at 'models\.2'; it has 'models\.0', 'models\.1'"):
        planned(tmp_path / "a.pt", part="models.2")


def test_a_network_much_smaller_than_the_one_that_is_taken_is_named_too(tmp_path: Path) -> None:
    critic = dict(nn.Linear(10, 4).state_dict())  # 40 weights beside 2,960
    torch.save({"generator": small(), "critic": critic, "optimizer": {"m": torch.zeros(9, 9)}}, tmp_path / "a.pt")
    notes = planned(tmp_path / "a.pt").notes
    assert "the network is what the file calls generator; it also holds critic, not imported here" in notes
    assert sizes(planned(tmp_path / "a.pt", part="critic")) == [("layer", 4, 10)]


ODD = {
    "complex64": lambda: torch.zeros(4, 4, dtype=torch.complex64),
    "expanded": lambda: torch.ones(1).expand(8, 8),
    "sparse": lambda: torch.eye(4).to_sparse(),
    "slice": lambda: torch.ones(9, 9)[:, 2:5],
}


@pytest.mark.parametrize("kind", ODD)
def test_one_odd_tensor_is_passed_over_with_its_reason(tmp_path: Path, kind: str) -> None:
    torch.save({**small(), "odd": ODD[kind]()}, tmp_path / "a.pt")
    plan = imported(tmp_path / "run.h5", tmp_path / "a.pt")
    assert sizes(plan) == LAYERS
    (note,) = [note for note in plan.notes if note.startswith("tensors are skipped: odd")]
    assert kind in note


def test_weights_that_are_all_odd_are_named_where_no_layer_is_left(tmp_path: Path) -> None:
    torch.save({"fc.weight": torch.ones(9, 9)[:, 2:5], "fc.bias": torch.ones(9)}, tmp_path / "a.pt")
    said = r"linear or .* layers \(tensors are skipped: fc\.weight \(a slice of a larger tensor \(save it with \.clone"
    with pytest.raises(ImportProblem, match=said):
        planned(tmp_path / "a.pt")


def test_a_version_beside_the_weights_is_no_danger(tmp_path: Path) -> None:
    torch.save({"model": small(), "version": torch.__version__}, tmp_path / "a.pt")
    assert sizes(planned(tmp_path / "a.pt")) == LAYERS


def test_a_run_is_named_after_what_was_imported(tmp_path: Path) -> None:
    folder = tmp_path / "my model"
    folder.mkdir()
    save_file(small(), folder / "model.safetensors")
    assert planned(folder).title == "my model, imported"
    assert planned(folder / "model.safetensors").title == "model.safetensors, imported"
    for at, (name, value) in enumerate(small().items(), 1):
        save_file({name: value}, folder / f"whole-{at:05}-of-{len(small()):05}.safetensors")
    shards = sorted(folder.glob("whole-*"))
    assert planned(*shards).spec.origin.source == "whole.safetensors"
    for step in (1, 2):
        (folder / f"checkpoint-{step}").mkdir()
        save_file(small(), folder / f"checkpoint-{step}" / "model.safetensors")
    inside = sorted(folder.glob("checkpoint-*"))
    assert planned(*inside).spec.origin.source == "my model"


def test_the_endings_of_torchs_own_example_and_the_epochs_in_its_files(tmp_path: Path) -> None:
    for epoch in (1, 2, 10):
        torch.save({"epoch": epoch, "state_dict": small()}, tmp_path / f"checkpoint_{epoch}.pth.tar")
    plan = planned(tmp_path)
    assert [file.label for file in plan.files] == [f"checkpoint_{epoch}.pth.tar" for epoch in (1, 2, 10)]
    assert plan.epochs == (1, 2, 10)


NAMES: dict[str, tuple[tuple[str, ...], tuple[float, ...], tuple[float, ...]]] = {
    "accuracy": (("m_epoch_5_acc_93.21", "m_epoch_10_acc_94.05", "m_epoch_20_acc_91.50"), (5, 10, 20), ()),
    "stages": (("stage1", "stage2", "stage5"), (), ()),
    "scientific": (("step_1e3", "step_1e4"), (), (1000, 10000)),
    "lightning": (("epoch=0-step=12", "epoch=1-step=24"), (0, 1), (12, 24)),
    "numbers": (("net-1", "net-2"), (), ()),
}


@pytest.mark.parametrize("case", NAMES)
@pytest.mark.parametrize("order", ["name", "step"])
def test_a_number_is_an_epoch_or_a_step_only_where_the_name_says_so(tmp_path: Path, case: str, order: str) -> None:
    names, epochs, steps = NAMES[case]
    for name in names:
        torch.save(small(), tmp_path / f"{name}.pt")
    plan = planned(tmp_path, order=order)
    assert [file.label for file in plan.files] == [f"{name}.pt" for name in names]
    assert plan.epochs == epochs or (not epochs and all(map(isnan, plan.epochs)))
    assert plan.iterations == steps or (not steps and all(map(isnan, plan.iterations)))
    if not epochs and not steps:
        assert "no file says its epoch or step: snapshots are numbered" in plan.notes


def test_weights_that_are_pruned_later_are_computed_in_every_file(tmp_path: Path) -> None:
    net = nn.Sequential(nn.Linear(64, 40), nn.ReLU(), nn.Linear(40, 10))
    torch.save(net.state_dict(), tmp_path / "epoch_0.pt")
    prune.l1_unstructured(net[0], "weight", 0.5)
    for epoch in (1, 2):
        torch.save(net.state_dict(), tmp_path / f"epoch_{epoch}.pt")
    imported(tmp_path / "run.h5", tmp_path)
    with open_run(tmp_path / "run.h5") as run:
        assert np.count_nonzero(run.parameters(0)["0.weight"]) == 2560
        assert np.array_equal(run.parameters(2)["0.weight"], net[0].weight.detach())
        assert np.count_nonzero(run.parameters(2)["0.weight"]) == 1280


@pytest.mark.parametrize("wrap", ["lightning", "averaged"])
def test_what_holds_the_network_puts_its_name_before_all_of_it(tmp_path: Path, wrap: str) -> None:
    state = states(1)[0]
    if wrap == "lightning":
        inner = {f"model.{key}": each for key, each in state.items()}
        torch.save({"state_dict": inner, "epoch": 3}, tmp_path / "a.ckpt")
    else:
        averaged = {f"module.{key}": each for key, each in state.items()}
        torch.save({"n_averaged": torch.tensor(3), **averaged}, tmp_path / "a.ckpt")
    plan = imported(tmp_path / "run.h5", tmp_path / "a.ckpt", data="digits")
    assert plan.spec.net.name == "digits_conv"
    with open_run(tmp_path / "run.h5") as run:
        assert set(run.parameters(0)) == set(state)
        assert all(np.array_equal(run.parameters(0)[key], value) for key, value in state.items())
    named = planned(tmp_path / "a.ckpt", net="digits_conv", data="digits")
    assert named.layers == plan.layers


def test_blocks_of_one_network_are_no_epochs(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    with h5py.File(tmp_path / "blocks.h5", "w") as file:
        file["stem/weight"] = draw.normal(size=(64, 32)).astype("f4")
        file["head/weight"] = draw.normal(size=(10, 64)).astype("f4")
        for block in range(4):
            file[f"blocks/{block}/fc/weight"] = draw.normal(size=(64, 64)).astype("f4")
            file[f"blocks/{block}/fc/bias"] = draw.normal(size=64).astype("f4")
    plan = planned(tmp_path / "blocks.h5")
    assert len(plan.files) == 1
    names = ["blocks.0.fc", "blocks.1.fc", "blocks.2.fc", "blocks.3.fc", "head", "stem"]
    assert sorted(layer.name for layer in plan.layers) == names


def test_what_is_unsure_is_said_with_both_sides(tmp_path: Path) -> None:
    net = nn.Sequential(nn.ConvTranspose2d(100, 64, 4, bias=False), nn.BatchNorm2d(64), nn.Conv2d(64, 3, 3))
    torch.save(net.state_dict(), tmp_path / "a.pt")
    plan = planned(tmp_path / "a.pt")
    assert (
        "unsure which axis has the units of 0.weight: the second, because the norm that follows has 64, although "
        "PyTorch keeps units first"
    ) in plan.notes
    other = imported(tmp_path / "run.h5", tmp_path / "a.pt", turn=("0",))
    assert [(layer.units, layer.inputs) for layer in (plan.layers[0], other.layers[0])] == [(64, 1600), (100, 1024)]
    assert not any("unsure" in note for note in other.notes)
    with open_run(tmp_path / "run.h5") as run:
        weights = net[0].weight.detach().numpy()
        assert np.array_equal(run.layer("0").weights(0), weights.reshape(100, -1))
        assert run.spec.origin is not None
        assert run.spec.origin.evidence[0] == (
            "0.weight: convolution, units on the first axis, because the person who imported it said so"
        )


LENET = [
    (f"fc{at}", what, shape)
    for at, units, inputs in ((1, 300, 784), (2, 100, 300), (3, 10, 100))
    for what, shape in (("weight", (units, inputs)), ("bias", (units,)))
]


def test_the_layers_of_a_known_network_are_not_turned(tmp_path: Path) -> None:
    torch.save({f"{name}.{what}": torch.zeros(shape) for name, what, shape in LENET}, tmp_path / "a.pt")
    with pytest.raises(ValueError, match=r"holds .*, whose layers are known: turn none of them"):
        planned(tmp_path / "a.pt", turn=("fc1",))


def test_a_name_on_two_lines_is_imported_and_shown_on_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"fc\n1.weight": torch.ones(4, 5)}, tmp_path / "a.pt")
    imported(tmp_path / "run.h5", tmp_path / "a.pt")
    assert main(["info", str(tmp_path / "run.h5")]) == 0
    assert "\n  fc\\n1            linear     4      5    1.25\n" in capsys.readouterr().out


@pytest.mark.lengthy
def test_too_many_layers_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    save_file({f"e.{at}.weight": torch.zeros(2, 2) for at in range(12_000)}, tmp_path / "many.safetensors")
    with pytest.raises(ImportProblem, match=r"has 12,000 layers, which take .* choose some of them with --layers"):
        planned(tmp_path / "many.safetensors")
    assert len(planned(tmp_path / "many.safetensors", layers=("e.1*",)).layers) == 3111


def test_exactly_as_many_tensors_are_read_as_a_run_has_objects(tmp_path: Path) -> None:
    path, foreign = tmp_path / "a.safetensors", Foreign(1)
    tensors = {f"{at}.bias": torch.zeros(1) for at in range(MAX_OBJECTS)}
    save_file(tensors, path)
    assert len(foreign.contents(path).shapes) == MAX_OBJECTS == 20_000
    save_file({**tensors, "one.more": torch.zeros(1)}, path)
    with pytest.raises(ImportProblem, match="holds 20,001 tensors; at most 20,000 are imported; save the layers that"):
        foreign.contents(path)
