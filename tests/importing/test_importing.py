"""Somebody else's checkpoints as a run: every kind of file, the order, what is refused, and nothing half done."""

from __future__ import annotations

import os
from collections import OrderedDict
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

from workbench.importing.files.foreign import Foreign, ImportProblem, size_of
from workbench.nets.torchvision_loading import classifier
from workbench.runs.run import open_run
from workbench.runs.spec import UNKNOWN
from workbench.runs.verify import verify

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
@pytest.mark.thinned(2)
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
        assert (run.spec.net.name, run.spec.data.name) == ("digits_conv", "digits")
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
    for word, problem in (("x", "is not a mapping"), ("x.weight=/no_{}", "the file has no array /no_")):
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
