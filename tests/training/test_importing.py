"""Somebody else's checkpoints as a run: every kind of file, the order, what is refused, and nothing half done."""

from __future__ import annotations

import argparse
import os
import sys
from collections import OrderedDict
from types import ModuleType
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from importing_steps import imported, planned, states
from safetensors.torch import save_file
from torch import nn
from torch.nn.utils import parametrizations, prune

from workbench.nets.torchvision_models import classifier
from workbench.runs.run import open_run
from workbench.runs.spec import UNKNOWN
from workbench.runs.verify import verify
from workbench.training.foreign import Foreign, ImportProblem, size_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def same(run: Any, snapshot: int, state: dict[str, torch.Tensor]) -> bool:
    stored = run.parameters(snapshot)
    return list(stored) == list(state) and all(np.array_equal(stored[key], state[key].numpy()) for key in state)


SAVERS: dict[str, Callable[[dict[str, torch.Tensor], Path], None]] = {
    ".pt": torch.save,
    ".pth": lambda state, path: torch.save(state, path, _use_new_zipfile_serialization=False),
    ".safetensors": lambda state, path: save_file(dict(state), path),
    ".ckpt": lambda state, path: torch.save({"epoch": 3, "global_step": 40, "state_dict": state, "lr": [0.1]}, path),
}


@pytest.mark.parametrize("ending", SAVERS)
def test_a_folder_of_checkpoints_becomes_a_run_of_the_same_state_dicts(tmp_path: Path, ending: str) -> None:
    folder, wanted = tmp_path / "mine", states(12)
    folder.mkdir()
    for at, state in enumerate(wanted):
        SAVERS[ending](state, folder / f"net-{at}{ending}")
    plan = imported(tmp_path / "run.h5", folder, data="digits")
    assert [file.label for file in plan.files] == [f"net-{at}{ending}" for at in range(12)]
    with open_run(tmp_path / "run.h5") as run:
        assert (run.snapshots, run.capacity, run.finished) == (12, 12, True)
        assert all(same(run, at, state) for at, state in enumerate(wanted))
        assert (run.spec.net.name, run.spec.net.widths, run.spec.data.name) == ("digits_conv", (3, 4, 8, 6), "digits")
        assert run.spec.origin.how == "imported"
        assert not list(verify(run))
    assert (tmp_path / "run.h5").stat().st_size <= plan.bytes


def test_the_order_is_by_name_by_step_or_by_time(tmp_path: Path) -> None:
    state = states(1)[0]
    for name, step, time in (("a-2.pt", 30, 100), ("a-10.pt", 10, 300), ("b.pt", 20, 200)):
        torch.save({"state_dict": state, "global_step": step}, tmp_path / name)
        os.utime(tmp_path / name, (time, time))
    orders = ("name", "step", "time")
    labels = {order: [file.label for file in planned(tmp_path, order=order).files] for order in orders}
    assert labels == {
        "name": ["a-2.pt", "a-10.pt", "b.pt"],
        "step": ["a-10.pt", "b.pt", "a-2.pt"],
        "time": ["a-2.pt", "b.pt", "a-10.pt"],
    }
    assert planned(tmp_path, order="step").iterations == (10, 20, 30)


def test_steps_and_epochs_are_read_from_names(tmp_path: Path) -> None:
    state = states(1)[0]
    for step in (500, 1000, 20):
        (tmp_path / f"checkpoint-{step}").mkdir()
        save_file(dict(state), tmp_path / f"checkpoint-{step}" / "model.safetensors")
        torch.save({}, tmp_path / f"checkpoint-{step}" / "optimizer.pt")
    plan = planned(tmp_path)
    assert [file.label for file in plan.files] == ["checkpoint-20", "checkpoint-500", "checkpoint-1000"]
    assert plan.iterations == (20, 500, 1000)
    files = []
    for epoch in (1, 2, 9):
        files.append(tmp_path / f"net_epoch{epoch}.pt")
        torch.save(state, files[-1])
    assert planned(*files).epochs == (1, 2, 9)


def test_the_tree_of_the_reports_own_code_is_known(tmp_path: Path) -> None:
    snapshots = tmp_path / "Conv2-01_01_2020" / "snapshots"
    training = snapshots.parent / "metrics" / "training"
    snapshots.mkdir(parents=True)
    training.mkdir(parents=True)
    kept = []
    for at in range(11):
        state = dict(states(1, at)[0])
        for name in ("conv1", "conv2", "fc1", "fc2", "fc3"):
            state[f"{name}.mask"] = torch.ones_like(state[f"{name}.weight"])
        state["fc1.mask"][at % 8] = 0
        torch.save(OrderedDict(state), snapshots / str(at), _use_new_zipfile_serialization=False)
        kept.append(state["fc1.weight"] * state["fc1.mask"])
    np.save(training / "accuracies.npy", [10.0 + at for at in range(11)])
    plan = imported(tmp_path / "run.h5", snapshots.parent)
    assert "multiplied with their masks" in plan.notes[0]
    with open_run(tmp_path / "run.h5") as run:
        assert run.epochs.tolist() == list(range(11))
        assert run.test_accuracy.tolist() == [10.0 + at for at in range(11)]
        assert all(np.array_equal(run.parameters(at)["fc1.weight"], kept[at].numpy()) for at in range(11))
        assert (run.spec.net.name, run.spec.data.name) == ("digits_conv", "cifar10")
        assert not [key for key in run.parameters() if key.endswith("mask")]


def test_a_network_of_torchvision_by_name(tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = classifier("squeezenet1_1", 3)
    torch.save(net.state_dict(), tmp_path / "weights.pth")
    imported(tmp_path / "run.h5", tmp_path / "weights.pth", net="torchvision:squeezenet1_1")
    with open_run(tmp_path / "run.h5") as run:
        assert same(run, 0, net.state_dict())
        assert run.spec.net.name == "torchvision:squeezenet1_1"
    for name, problem in (("alexnet", "does not hold the parameters of alexnet"), ("alexnot", "Did you mean alexnet")):
        with pytest.raises((ImportProblem, ValueError), match=problem):
            planned(tmp_path / "weights.pth", net=f"torchvision:{name}")


def test_an_unknown_network_is_imported_for_its_weights(tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = nn.TransformerEncoderLayer(12, 2, 20)
    save_file(dict(net.state_dict()), tmp_path / "block.safetensors")
    imported(tmp_path / "run.h5", tmp_path / "block.safetensors")
    with open_run(tmp_path / "run.h5") as run:
        assert run.spec.net.name == UNKNOWN
        names = {layer.name for layer in run.layers}
        assert {*(f"self_attn.in_proj.{part}" for part in "qkv"), "linear1", "linear2"} <= names
        assert np.array_equal(run.layer("self_attn.in_proj.k").weights(), net.self_attn.in_proj_weight.detach()[12:24])


def test_chosen_layers_only(tmp_path: Path) -> None:
    torch.save(states(1)[0], tmp_path / "a.pt")
    imported(tmp_path / "run.h5", tmp_path / "a.pt", layers=("fc*",))
    with open_run(tmp_path / "run.h5") as run:
        assert list(run.parameters()) == [f"fc{at}.{part}" for at in (1, 2, 3) for part in ("weight", "bias")]
        assert run.spec.net.name == UNKNOWN  # the rest of it is not there
    with pytest.raises(ImportProblem, match="has no layer fc9"):
        planned(tmp_path / "a.pt", layers=("fc9",))


PACKED = {"chunks": True, "compression": "gzip", "shuffle": True}


@pytest.mark.parametrize("filters", [{}, PACKED], ids=["plain", "gzip"])
def test_another_tools_arrays_are_mapped_by_their_paths(tmp_path: Path, filters: dict[str, Any]) -> None:
    generator = np.random.default_rng(0)
    kernels = generator.normal(size=(11, 6, 4)).astype(np.float32)
    biases = generator.normal(size=(11, 4)).astype(np.float32)
    with h5py.File(tmp_path / "theirs.h5", "w") as file:
        file["notes"] = "what they had to say"
        for epoch in range(11):
            file.create_dataset(f"epoch_{epoch}/dense1/kernel", data=kernels[epoch], **filters)
            file.create_dataset(f"epoch_{epoch}/dense1/bias", data=biases[epoch], **filters)
    plan = imported(tmp_path / "run.h5", tmp_path / "theirs.h5")
    assert plan.mapping.parameters == {
        "dense1.bias": "/epoch_{}/dense1/bias",
        "dense1.weight": "/epoch_{}/dense1/kernel",
    }
    with open_run(tmp_path / "run.h5") as run:
        assert run.epochs.tolist() == list(range(11))
        for epoch in range(11):
            assert np.array_equal(run.layer("dense1").weights(epoch), kernels[epoch].T)  # as the bias shows
            assert np.array_equal(run.parameters(epoch)["dense1.bias"], biases[epoch])
    words = ["mine.weight=/epoch_{}/dense1/kernel"]
    assert list(imported(tmp_path / "second.h5", tmp_path / "theirs.h5", mapping=words).parameters) == ["mine.weight"]
    for word, problem in (("x", "is no mapping"), ("x.weight=/no_{}", "the file has no array /no_")):
        with pytest.raises(ValueError, match=problem):
            planned(tmp_path / "theirs.h5", mapping=[word])


NUMBERS = [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.uint8, torch.bool]
NAMES = st.text("abcxyz0123._", min_size=1, max_size=12).filter(lambda name: name not in (".", ".."))


@pytest.fixture(scope="module")
def foreign() -> Any:
    return Foreign(1 << 20)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    shapes=st.dictionaries(
        NAMES, st.tuples(st.lists(st.integers(1, 4), max_size=5), st.sampled_from(NUMBERS)), min_size=1, max_size=4
    ),
    ending=st.sampled_from(sorted(SAVERS)),
    seed=st.integers(0, 1000),
)
def test_any_state_dict_comes_through_the_confined_process_bit_for_bit(
    tmp_path: Path, foreign: Foreign, shapes: dict[str, Any], ending: str, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    state = {name: torch.randn(shape, generator=generator).mul(9).to(dtype) for name, (shape, dtype) in shapes.items()}
    path = tmp_path / f"state{ending}"
    SAVERS[ending](state, path)
    arrays, contents = foreign.arrays(path)
    assert sorted(arrays) == sorted(state)
    for name, tensor in state.items():
        shape, dtype = contents.shapes[name]
        assert (shape, f"torch.{dtype}") == (tuple(tensor.shape), str(tensor.dtype))
        raw = tensor.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
        assert arrays[name].tobytes() == raw
    assert size_of(path) > 0


def test_a_checkpoint_in_another_memory_format_is_read_as_it_is_meant(tmp_path: Path, foreign: Foreign) -> None:
    weight = torch.randn(4, 3, 5, 5).contiguous(memory_format=torch.channels_last)
    torch.save({"conv.weight": weight, "part": torch.randn(9, 4)[2:5]}, tmp_path / "a.pt")
    arrays, _ = foreign.arrays(tmp_path / "a.pt")
    assert np.array_equal(arrays["conv.weight"], weight.numpy())
    assert arrays["part"].shape == (3, 4)


class DictConfig:
    """As OmegaConf's, with a trap that its state springs where it is made."""

    def __init__(self, trap: Path) -> None:
        self.trap = trap

    def __setstate__(self, state: dict[str, Path]) -> None:
        state["trap"].mkdir()


DictConfig.__module__ = "omegaconf.dictconfig"


@pytest.mark.parametrize("zipped", [True, False])
def test_settings_beside_the_weights_are_passed_over_and_never_made(
    tmp_path: Path, zipped: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, module = ModuleType("omegaconf"), ModuleType("omegaconf.dictconfig")
    module.DictConfig = DictConfig  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "omegaconf", package)
    monkeypatch.setitem(sys.modules, "omegaconf.dictconfig", module)
    state = states(1)[0]
    beside = {
        "hyper_parameters": argparse.Namespace(lr=0.1, out=tmp_path),
        "config": DictConfig(tmp_path / "trap"),
        "best": np.float64(93.1),
        "epoch": 3,
    }
    torch.save({"state_dict": state, **beside}, tmp_path / "a.ckpt", _use_new_zipfile_serialization=zipped)
    plan = imported(tmp_path / "run.h5", tmp_path / "a.ckpt")
    (note,) = [note for note in plan.notes if "passed over" in note]
    assert note.startswith("objects beside the weights are passed over: argparse.Namespace, pathlib.PosixPath, omega")
    assert not (tmp_path / "trap").exists()
    with open_run(tmp_path / "run.h5") as run:
        assert note in run.spec.origin.note  # type: ignore[union-attr]
        assert all(np.array_equal(run.parameters(0)[key], value) for key, value in state.items())


@pytest.mark.parametrize("start", ["module.", "_orig_mod.", "module._orig_mod."])
@pytest.mark.parametrize("ending", [".pt", ".safetensors"])
def test_names_are_those_of_the_network_and_not_of_what_it_was_wrapped_in(
    tmp_path: Path, start: str, ending: str
) -> None:
    state = states(1)[0]
    wrapped = {start + key: value for key, value in state.items()}
    path = tmp_path / f"a{ending}"
    save_file(wrapped, path) if ending == ".safetensors" else torch.save(wrapped, path)
    plan = imported(tmp_path / "run.h5", path)
    assert plan.spec.net.name == "digits_conv"
    assert any("data-parallel" in note for note in plan.notes)
    with open_run(tmp_path / "run.h5") as run:
        assert all(np.array_equal(run.parameters(0)[key], value) for key, value in state.items())
        assert set(run.parameters(0)) == set(state)


def test_what_is_no_layer_is_said(tmp_path: Path) -> None:
    net = nn.Sequential(
        parametrizations.weight_norm(nn.Linear(6, 5)),
        parametrizations.spectral_norm(nn.Linear(5, 5)),
        prune.l1_unstructured(nn.Linear(5, 4), "weight", 0.5),
        nn.LayerNorm([4, 3]),
        nn.Linear(4, 3),
        nn.LSTM(3, 2),
    )
    torch.save(net.state_dict(), tmp_path / "a.pt")
    plan = planned(tmp_path / "a.pt")
    assert [layer.name for layer in plan.layers] == ["4"]
    computed, others = plan.notes
    assert computed.startswith("no layer is shown of 0, 1, 2: weights computed from other parameters")
    assert others == "kept, but of no linear or convolutional layer: 3.weight, 3.bias, 5.weight_ih_l0, 5.weight_hh_l0"
    torch.save(net[:1].state_dict(), tmp_path / "b.pt")
    with pytest.raises(ImportProblem, match=r"no weights of linear .*\(no layer is shown of 0: weights computed"):
        planned(tmp_path / "b.pt")


def test_kernels_of_another_tool_are_layers_of_the_same_units(tmp_path: Path) -> None:
    net = nn.Sequential(OrderedDict(conv=nn.Conv2d(3, 8, 2), out=nn.Linear(8, 5, bias=False), mine=nn.Linear(6, 4)))
    state = {key: value.numpy() for key, value in net.state_dict().items()}
    with h5py.File(tmp_path / "theirs.h5", "w") as file:
        for epoch in range(2):
            file[f"epoch_{epoch}/conv/kernel:0"] = state["conv.weight"].transpose(2, 3, 1, 0) + epoch
            file[f"epoch_{epoch}/conv/bias:0"] = state["conv.bias"]
            file[f"epoch_{epoch}/out/kernel"] = state["out.weight"].T
            file[f"epoch_{epoch}/mine/kernel"] = state["mine.weight"]  # as its bias shows, it lies as in a run
            file[f"epoch_{epoch}/mine/bias"] = state["mine.bias"]
    plan = imported(tmp_path / "run.h5", tmp_path / "theirs.h5")
    assert any("kernels are turned" in note for note in plan.notes)
    assert [(layer.name, layer.kind, layer.units, layer.inputs) for layer in plan.layers] == [
        ("conv", "conv2d", 8, 12), ("mine", "linear", 4, 6), ("out", "linear", 5, 8)
    ]  # fmt: skip
    with open_run(tmp_path / "run.h5") as run:
        assert all(np.array_equal(run.parameters(0)[key], value) for key, value in state.items())
        assert np.array_equal(run.layer("conv").weights(1), (state["conv.weight"] + 1).reshape(8, 12))
        assert not list(verify(run))
