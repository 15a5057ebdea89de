"""Checkpoints as training programs leave them: with settings beside the weights, in wrappers, of other tools."""

from __future__ import annotations

import argparse
import sys
from collections import OrderedDict
from copy import deepcopy
from types import ModuleType
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
import torch
from importing_steps import imported, planned, states
from safetensors.torch import save_file
from torch import nn
from torch.nn.utils import parametrizations, prune, spectral_norm, weight_norm

from workbench.evaluation import run_evaluators
from workbench.evaluation.evaluator import exact
from workbench.evaluation.networks.named import name
from workbench.importing.files.foreign import ImportProblem, without_wrappers
from workbench.recorders.own_loop import record
from workbench.runs.place import place_in
from workbench.runs.run import open_run
from workbench.runs.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


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
    (note,) = [note for note in plan.notes if "skipped" in note]
    assert note.startswith("objects other than weights are skipped: argparse.Namespace, pathlib.PosixPath, omega")
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


@pytest.mark.parametrize(
    "names", [("a.weight", "_orig_mod.a.weight"), ("module.a.weight", "b.weight"), ("module.",), ("_orig_mod.", "a")]
)
def test_names_that_would_be_no_names_or_the_same_are_left_alone(names: tuple[str, ...]) -> None:
    assert without_wrappers(names) == names


def normed() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        parametrizations.weight_norm(nn.Linear(6, 5)),
        weight_norm(nn.Linear(5, 7), dim=None),
        spectral_norm(nn.Linear(7, 6)),
        parametrizations.spectral_norm(nn.Linear(6, 6)),
        prune.l1_unstructured(nn.Linear(6, 4), "weight", 0.5),
        nn.Unflatten(1, (4, 1, 1)),
        weight_norm(nn.Conv2d(4, 3, 1)),
        spectral_norm(nn.ConvTranspose2d(3, 2, 2)),
        parametrizations.weight_norm(nn.Conv2d(2, 3, 2), dim=1),
        nn.Flatten(),
        nn.Linear(3, 3),
    )


@pytest.mark.filterwarnings("ignore:.*weight_norm.* is deprecated:FutureWarning")
def test_weights_that_are_computed_come_in_as_the_network_computes_with_them(tmp_path: Path) -> None:
    net = normed()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.mul_(1.5).add_(0.1)
        net(torch.randn(9, 6))  # spectral norms follow
    torch.save(net.eval().state_dict(), tmp_path / "a.pt")
    images = torch.randn(20, 6)
    logits = net(images)
    plan = imported(tmp_path / "run.h5", tmp_path / "a.pt")
    kept = "kept as the network computes with them"
    assert plan.notes == (
        f"{kept} (weight norm): 0, 1, 6, 8", f"{kept} (spectral norm): 2, 3, 7", f"{kept} (pruning): 4"
    )  # fmt: skip
    with open_run(tmp_path / "run.h5") as run:
        for layer in run.layers:
            module = net.get_submodule(layer.name)
            weight = module.weight.transpose(0, 1) if isinstance(module, nn.ConvTranspose2d) else module.weight
            np.testing.assert_allclose(
                run.layer(layer.name).weights(0), weight.detach().flatten(1), rtol=1e-5, atol=1e-7
            )
        assert len(run.layers) == 9
        name(run, net=normed, data=lambda: (images, logits.argmax(1)))
        found = run_evaluators.network_of(run)(images).detach().numpy()
        assert found == pytest.approx(logits.detach().numpy(), abs=1e-5)
        assert exact(run_evaluators.evaluator(place_in(run, "0")).accuracies()).accuracy == 100
    run_evaluators.forget()


@pytest.mark.parametrize("norm", [spectral_norm, parametrizations.spectral_norm])
@pytest.mark.parametrize("module", [nn.ConvTranspose2d(3, 3, 2), nn.Conv2d(3, 3, 2), nn.Linear(3, 3)])
def test_spectral_norms_of_as_many_units_as_inputs_are_those_of_the_network(
    tmp_path: Path, norm: Callable[..., nn.Module], module: nn.Module
) -> None:
    nets = []
    for seed in range(40):  # one pass leaves the vectors far from the singular ones
        torch.manual_seed(seed)
        fresh = deepcopy(module)
        fresh.reset_parameters()  # type: ignore[operator]
        nets.append(norm(fresh))
    net = nn.ModuleList(nets)
    with torch.no_grad():
        for each in nets:
            each(torch.randn(3, 3, 4, 4) if module.weight.ndim > 2 else torch.randn(3, 3))  # type: ignore[operator]
        weights = [each.weight for each in net.eval()]
    torch.save(net.state_dict(), tmp_path / "a.pt")
    imported(tmp_path / "run.h5", tmp_path / "a.pt")
    with open_run(tmp_path / "run.h5") as run:
        found = run.parameters(0)
        for place, weight in enumerate(weights):
            np.testing.assert_allclose(found[f"{place}.weight"], weight.detach(), rtol=1e-5, atol=1e-7)


def test_vectors_for_the_other_axis_of_a_matrix_are_taken_as_they_are(tmp_path: Path) -> None:
    weight = torch.arange(1.0, 16.0).reshape(3, 5)
    state = {"0.weight_orig": weight, "0.weight_u": torch.ones(5), "0.weight_v": torch.ones(3)}
    torch.save(state, tmp_path / "a.pt")
    imported(tmp_path / "run.h5", tmp_path / "a.pt")
    with open_run(tmp_path / "run.h5") as run:
        np.testing.assert_allclose(run.parameters(0)["0.weight"], weight / weight.sum(), rtol=1e-6)


def test_what_is_no_layer_is_said(tmp_path: Path) -> None:
    net = nn.Sequential(parametrizations.orthogonal(nn.Linear(6, 5)), nn.LayerNorm([4, 3]), nn.Linear(4, 3))
    net.append(nn.LSTM(3, 2))
    torch.save(net.state_dict(), tmp_path / "a.pt")
    plan = planned(tmp_path / "a.pt")
    assert [layer.name for layer in plan.layers] == ["2"]
    computed, others = plan.notes
    assert computed.startswith("no layer is shown of 0: weights computed from other parameters")
    assert others == "kept, but of no linear or convolutional layer: 1.weight, 1.bias, 3.weight_ih_l0, 3.weight_hh_l0"
    with record(tmp_path / "run.h5", net, steps=1, quiet=True) as recorder:
        assert recorder is not None
    with open_run(tmp_path / "run.h5") as run:
        assert run.spec.origin.note == others  # type: ignore[union-attr]  # the recorder computes that weight
    torch.save(net[:1].state_dict(), tmp_path / "b.pt")
    with pytest.raises(ImportProblem, match=r"no weights of linear .*\(no layer is shown of 0: weights computed"):
        planned(tmp_path / "b.pt")


@pytest.mark.parametrize("beside", [{}, {"head.weight": torch.ones(3, 5)}], ids=["alone", "beside a layer"])
def test_quantised_weights_are_no_layers_and_that_is_said(tmp_path: Path, beside: dict[str, torch.Tensor]) -> None:
    index = torch.zeros(4, 4, dtype=torch.int64)  # of a relative position: no weight
    state = {"fc.weight": torch.ones(5, 6, dtype=torch.int8), "fc.scale": torch.ones(5), "fc.index": index}
    torch.save(state | beside, tmp_path / "a.pt")
    said = "no layer is shown of whole numbers, as quantised weights are: fc.weight"
    if beside:
        assert planned(tmp_path / "a.pt").notes == (f"kept, but {said}",)
    else:
        with pytest.raises(ImportProblem, match=rf"no weights of linear or convolutional layers \({said}\); choose"):
            planned(tmp_path / "a.pt")


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
    assert any("kernels are transposed" in note for note in plan.notes)
    assert [(layer.name, layer.kind, layer.units, layer.inputs) for layer in plan.layers] == [
        ("conv", "conv2d", 8, 12), ("mine", "linear", 4, 6), ("out", "linear", 5, 8)
    ]  # fmt: skip
    with open_run(tmp_path / "run.h5") as run:
        assert all(np.array_equal(run.parameters(0)[key], value) for key, value in state.items())
        assert np.array_equal(run.layer("conv").weights(1), (state["conv.weight"] + 1).reshape(8, 12))
        assert not list(verify(run))
