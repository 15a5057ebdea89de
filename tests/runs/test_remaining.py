"""What is left of a layer where units were removed, and of the layer behind it where it is certain which that is."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import workbench as wb
from workbench.analysis import matrices
from workbench.cli import main
from workbench.importing import torchvision
from workbench.importing.plan import Wanted, plan_of
from workbench.importing.run import import_run
from workbench.nets.architectures.building import build
from workbench.nets.neighbours import is_sequence
from workbench.nets.torchvision_loading import classifier
from workbench.runs import layer as layers_of_runs
from workbench.runs import remaining as what_is_left
from workbench.runs.layer import Layer
from workbench.runs.remaining import NOT_YET, remaining, uncertain
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workbench.runs.run import Run


def vgg() -> nn.Sequential:
    return build("vgg19bn", (3, 32, 32), 10, (6,) * 16 + (8, 8))


def perceptron() -> nn.Sequential:
    return nn.Sequential(nn.Linear(5, 6), nn.BatchNorm1d(6), nn.GELU(), nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 3))


def convolutions() -> nn.Sequential:
    block = nn.Sequential(nn.Conv2d(3, 6, 3, bias=False), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2))
    return nn.Sequential(block, nn.Conv2d(6, 4, 3), nn.SiLU(), nn.Flatten(), nn.Linear(16, 7), nn.Linear(7, 2))


def of_torchvision() -> nn.Sequential:
    """Named as torchvision's vgg11_bn, and smaller."""
    features = nn.Sequential(nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.Conv2d(6, 4, 3), nn.BatchNorm2d(4))
    last = nn.Sequential(nn.Linear(16, 7), nn.ReLU(), nn.Dropout(), nn.Linear(7, 2))
    parts = OrderedDict(features=features, avgpool=nn.AdaptiveAvgPool2d(2), flat=nn.Flatten(), classifier=last)
    return nn.Sequential(parts)


# name -> the network, images that it takes, a layer that loses two units, its batch norm, the layer behind it,
# positions of each unit there
SEQUENCES: dict[str, tuple[Callable[[], nn.Sequential], tuple[int, ...], str, str, str, int]] = {
    "vgg19bn, convolutions": (vgg, (3, 32, 32), "conv7", "bn7", "conv8", 9),
    "vgg19bn, pooled to one position": (vgg, (3, 32, 32), "conv16", "bn16", "fc1", 1),
    "own, linear with a norm": (perceptron, (5,), "0", "1", "3", 1),
    "own, linear": (perceptron, (5,), "3", "", "5", 1),
    "own, sequence in a sequence": (convolutions, (3, 10, 10), "0.0", "0.1", "1", 9),
    "own, flattened": (convolutions, (3, 10, 10), "1", "", "4", 4),
    "torchvision:vgg11_bn": (of_torchvision, (3, 9, 9), "features.0", "features.1", "features.3", 9),
    "torchvision:vgg11_bn, flattened": (of_torchvision, (3, 9, 9), "features.3", "features.4", "classifier.0", 4),
}
GONE = (1, 3)


def without_units(net: nn.Module, names: list[str]) -> None:
    with torch.no_grad():
        for name in names:
            for parameter in net.get_submodule(name).parameters():
                parameter[list(GONE)] = 0.0


def kept_as_run(net: nn.Module, path: Path, net_name: str | None, recorded: bool) -> Run:
    if recorded:
        with wb.record(path, net, snapshots=1, steps=1) as recorder:
            recorder.step()
    else:
        save_file(net.state_dict(), path.with_suffix(".safetensors"))
        *_, _ = import_run(plan_of(Wanted((path.with_suffix(".safetensors"),), net=net_name)), path)
    return open_run(path)


@pytest.mark.parametrize("name", SEQUENCES)
def test_inputs_from_removed_units_are_those_that_change_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, images, layer, norm, behind, positions = SEQUENCES[name]
    torch.manual_seed(0)
    net = made().eval()
    if name.startswith("torchvision:"):
        monkeypatch.setattr(torchvision, "classifier", lambda *_: of_torchvision())
    without_units(net, [layer, *filter(None, [norm])])
    known = name.partition(",")[0]
    with kept_as_run(net, tmp_path / "run.h5", known, recorded=known == "own") as run:
        live = run.layer(behind).live_inputs()
        assert live is not None
        assert np.flatnonzero(~live.reshape(-1, positions).all(axis=1)).tolist() == list(GONE)
        assert np.count_nonzero(~live) == len(GONE) * positions
        left = {each.name: (each.units_in_words, each.inputs_in_words) for each in remaining(run)}
        units, inputs = run.layer(layer).units, run.layer(behind).inputs
        assert left[layer][0] == f"{units - 2} of {units}"
        assert left[behind][1] == f"{inputs - 2 * positions} of {inputs}"
        assert uncertain(run, remaining(run)) == []
        before, weight = net(torch.ones(2, *images)), net.get_submodule(behind).weight
        with torch.no_grad():
            weight.view(len(weight), -1)[:, torch.from_numpy(~live)] = 7.0
        torch.testing.assert_close(net(torch.ones(2, *images)), before, rtol=0, atol=0)


class Own(nn.Sequential):
    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return super().forward(images).flip(1)


class Holding(nn.Module):
    """Holds a sequence beside a measure and a loss, as Lightning's modules do."""

    def __init__(self, forward: Callable[[Holding, torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.model, self.loss = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4)), nn.CrossEntropyLoss()
        self.forward_of_it = forward

    def forward(self, images: torch.Tensor, more: object = None) -> torch.Tensor:
        self.latest = self.forward_of_it(self, images)
        return self.latest


def holding_module() -> nn.Module:
    return Holding(lambda own, images: own.model(images.flatten(1)).log_softmax(1))


UNCERTAIN: dict[str, nn.Module] = {
    "not zero at zero": nn.Sequential(nn.Linear(4, 4), nn.Sigmoid(), nn.Linear(4, 2)),
    "own code": Own(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2)),
    "own code inside": nn.Sequential(Own(nn.Linear(4, 4)), nn.Linear(4, 2)),
    "layer norm": nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4), nn.Linear(4, 2)),
    "norm without factors": nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4, affine=False), nn.Linear(4, 2)),
    "norm of the batch": nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4, track_running_stats=False), nn.Linear(4, 2)),
    "channels apart": nn.Sequential(nn.Conv2d(3, 9, 3), nn.Conv2d(9, 9, 3, groups=9)),
    "not flattened": nn.Sequential(nn.Conv2d(3, 4, 3), nn.Linear(8, 2)),
    "flattened positions of linear layers": nn.Sequential(nn.Linear(4, 4), nn.Flatten(), nn.Linear(8, 2)),
    "nothing": nn.Sequential(nn.ReLU()),
    "called twice": Holding(lambda own, images: own.model(own.model(images))),
    "called in parts": Holding(lambda own, images: own.model[2](own.model[0](images))),
    "a weight of its own use": Holding(lambda own, images: own.model(images) @ own.model[0].weight),
    "chosen by its numbers": Holding(lambda own, images: own.model(images) if images.sum() > 0 else images),
    "without a function": Holding(nn.Module.forward),
}


@pytest.mark.parametrize("name", UNCERTAIN)
def test_what_is_no_certain_sequence_is_not_taken_for_one(name: str) -> None:
    assert not is_sequence(UNCERTAIN[name])


def test_a_module_that_does_nothing_but_call_a_sequence_is_one(tmp_path: Path) -> None:
    """Such as a LightningModule. What its `forward` stores on itself meanwhile is taken back."""
    net = holding_module()
    without_units(net, ["model.0"])
    with kept_as_run(net, tmp_path / "run.h5", None, recorded=True) as run:
        assert run.layer("model.2").inputs_left(1) == 2
        assert uncertain(run, remaining(run)) == []
    assert not hasattr(net, "latest")
    assert is_sequence(Holding(lambda own, images: own.model(images)))


@pytest.mark.parametrize("name", ["alexnet", "vgg11_bn"])
def test_torchvisions_classifiers_of_these_names_are_sequences(name: str) -> None:
    with torch.device("meta"):
        net = classifier(name)
    assert is_sequence(nn.Sequential(net.features, net.avgpool, nn.Flatten(), net.classifier))


def test_where_the_order_is_not_known_all_inputs_are_counted_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    net = UNCERTAIN["layer norm"]
    without_units(net, ["0"])
    with kept_as_run(net, tmp_path / "run.h5", None, recorded=True) as run:
        said = "2 units of 0 removed; which layers take their outputs is not known, so all inputs are counted"
        assert uncertain(run, remaining(run)) == [said]
    assert main(["info", str(tmp_path / "run.h5")]) == 0
    table = capsys.readouterr().out
    assert "  0                linear 2 of 4      4       2\n  2                linear      2      4       2\n" in table
    assert f"  note: {said}\n" in table


LAYERS: dict[str, nn.Module] = {
    "linear": nn.Linear(5, 7),
    "convolution": nn.Conv2d(3, 8, 3),
    "transposed convolution": nn.ConvTranspose2d(6, 4, 3),
    "several in one parameter": nn.MultiheadAttention(4, 2),
    "half precision": nn.Linear(5, 7).bfloat16(),
}


@pytest.mark.parametrize("name", LAYERS)
def test_large_weights_are_read_in_parts(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    net = LAYERS[name]
    with torch.no_grad():
        for parameter in net.parameters():
            (parameter[:, 2] if name.startswith("transposed") and parameter.dim() > 1 else parameter[2]).zero_()
    with kept_as_run(net, tmp_path / "run.h5", None, recorded=True) as run:
        whole = [matrices.row_norms(layer.weights()) for layer in run.layers]
        monkeypatch.setattr(layers_of_runs, "AT_ONCE", 60)
        monkeypatch.setattr(Layer, "stores", lambda *_: False)
        monkeypatch.setattr(what_is_left, "LARGE", 16)
        assert all(each.problem == NOT_YET and not each.removed for each in remaining(run, quickly=True))
        for layer, norms in zip(run.layers, whole, strict=True):
            np.testing.assert_allclose(layer.norms(), norms, rtol=1e-15)
        left = [np.count_nonzero(norms == 0) for norms in whole]
        assert sum(left) >= 1
        assert [each.removed for each in remaining(run)] == left
        assert [each.removed for each in remaining(run, quickly=True)] == left


@pytest.mark.parametrize(("name", "inputs"), [(None, 8), ("lenet", 6)])
def test_a_network_that_only_its_shapes_name_is_no_certain_sequence(
    tmp_path: Path, name: str | None, inputs: int
) -> None:
    net = build("lenet", (1, 8, 8), 10, (8, 4))
    without_units(net, ["fc1"])
    with kept_as_run(net, tmp_path / "run.h5", name, recorded=False) as run:
        assert (run.spec.net.name, run.layer("fc2").inputs_left()) == ("lenet", inputs)
        assert bool(uncertain(run, remaining(run))) == (name is None)


def test_sizes_of_weights_that_are_not_finite_are_those_stored(tmp_path: Path) -> None:
    net = nn.Sequential(nn.Linear(4, 6))
    with torch.no_grad():
        net[0].weight[0, 0] = torch.nan
    with kept_as_run(net, tmp_path / "run.h5", None, recorded=False) as run:
        assert [each.units_in_words for each in remaining(run)] == ["6"]
        said = "0: units that were removed are not looked for: it holds infinite or undefined numbers at snapshot 0"
        assert uncertain(run, remaining(run)) == [said]
