"""Own and torchvision networks made smaller: the same answers, and a reason where units cannot be taken out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional

import workbench as wb
from workbench.cli import main
from workbench.evaluation import run_evaluators
from workbench.evaluation.networks.chains import neighbours_of
from workbench.evaluation.networks.data import Data
from workbench.evaluation.networks.network import Network
from workbench.evaluation.smaller.merging import merged
from workbench.evaluation.smaller.shrinking import shrunk
from workbench.evaluation.smaller.surgery import smaller_network, smaller_state
from workbench.nets.torchvision_loading import classifier, torchvision
from workbench.recorders.own_loop import record
from workbench.runs.spec import UNKNOWN, NetSpec, SpecError
from workbench.training.surgery import retraining

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from workbench.nets.neighbours import Neighbours


class Functional(nn.Module):
    """A network as people write it: functions in between, the classifier defined first."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(20, 5)
        self.conv1, self.conv2 = nn.Conv2d(3, 6, 3, padding=1), nn.Conv2d(6, 8, 3)
        self.norm = nn.BatchNorm2d(8)
        self.hidden = nn.Linear(8 * 9, 20)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        seen = functional.max_pool2d(functional.relu(self.conv1(images)), 2)
        seen = functional.max_pool2d(torch.relu(self.norm(self.conv2(seen))), 2)
        seen = seen.view(seen.size(0), -1)
        seen = functional.dropout(functional.leaky_relu(self.hidden(seen), 0.1), training=self.training)
        return self.head(seen)


class Residual(nn.Module):
    """Two convolutions, the second of which is added to what goes around it, and steps that stand in the way."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.inner, self.outer = (nn.Conv2d(given, 6, 3, padding=1) for given in (3, 6, 6))
        self.grouped = nn.Conv2d(6, 6, 3, groups=2)
        self.last, self.soft, self.head = nn.Linear(6, 9), nn.Linear(9, 8), nn.Linear(8, 5)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        stem = torch.relu(self.stem(images))
        added = stem + self.outer(torch.relu(self.inner(stem)))
        seen = torch.relu(self.grouped(added)).mean((2, 3))
        return self.head(torch.sigmoid(self.soft(torch.relu(self.last(seen)))))


def sequential() -> nn.Module:
    return nn.Sequential(
        nn.Sequential(nn.Conv2d(3, 6, 3, padding=1, padding_mode="circular"), nn.BatchNorm2d(6), nn.ReLU()),
        nn.AdaptiveAvgPool2d(3),
        nn.Sequential(nn.Flatten(), nn.Linear(54, 12, bias=False), nn.ReLU(), nn.Dropout(), nn.Linear(12, 5)),
    )


def alexnet() -> nn.Module:
    net = classifier("alexnet", 5)
    net.classifier[1], net.classifier[4], net.classifier[6] = nn.Linear(9216, 32), nn.Linear(32, 24), nn.Linear(24, 5)
    return net


def vgg() -> nn.Module:
    """torchvision's VGG with batch norm, with few filters and a narrow classifier."""
    models = torchvision("models")
    net: nn.Module = models.vgg.VGG(models.vgg.make_layers([8, "M", 12, 12, "M", 16, "M"], batch_norm=True), 5)
    net.classifier[0], net.classifier[3], net.classifier[6] = nn.Linear(784, 32), nn.Linear(32, 24), nn.Linear(24, 5)
    return net


# Network -> a side of its images, and the layers that are tried.
NETS: dict[str, tuple[Callable[[], nn.Module], int, tuple[str, ...]]] = {
    "functional": (Functional, 16, ("conv1", "conv2", "hidden")),
    "sequential": (sequential, 10, ("0.0", "2.1")),
    "alexnet": (alexnet, 64, ("features.0", "features.10", "classifier.1")),
    "vgg": (vgg, 32, ("features.0", "features.7", "features.11", "classifier.0")),
    "resnet18": (lambda: classifier("resnet18", 5), 32, ("layer1.0.conv1", "layer2.1.conv1")),  # inside of a block
}
PLACES = [(name, layer) for name, (_, _, layers) in NETS.items() for layer in layers]


def made(name: str) -> tuple[nn.Module, Data]:
    """The network in evaluation mode, its batch norms not at their initial values; and images of noise."""
    torch.manual_seed(0)
    make, side, _ = NETS[name]
    net = make()
    for child in net.modules():
        if isinstance(child, nn.BatchNorm2d):
            nn.init.uniform_(child.weight, 0.5, 1.5)
            nn.init.uniform_(child.bias, -0.3, 0.3)
            child.running_mean.uniform_(-0.2, 0.2)  # type: ignore[union-attr]
            child.running_var.uniform_(0.5, 2.0)  # type: ignore[union-attr]
    return net.eval(), Data(torch.randn(6, 3, side, side), torch.arange(6) % 5, 5)


def unit_tensors(net: nn.Module, around: Neighbours) -> Iterator[torch.Tensor]:
    for name in filter(None, (around.layer, around.batch_norm)):
        yield from (each.detach() for each in net.get_submodule(name).state_dict().values() if each.ndim)


def answers(net: nn.Module, data: Data) -> torch.Tensor:
    with torch.inference_mode():
        return net.eval()(data.images)


@pytest.mark.thinned(2)
@pytest.mark.parametrize(("name", "layer"), PLACES)
def test_without_its_silent_units_the_network_computes_the_same(name: str, layer: str) -> None:
    net, data = made(name)
    around = neighbours_of(Network(net, data), layer, "shrink")
    units = len(net.get_submodule(layer).get_parameter("weight"))
    kept = np.arange(0, units, 3)
    gone = np.setdiff1d(np.arange(units), kept)
    for module in filter(None, (around.layer, around.batch_norm)):
        for parameter in net.get_submodule(module).parameters():
            parameter.detach()[gone] = 0
    smaller = smaller_network(net, smaller_state(net, around, kept))
    torch.testing.assert_close(answers(smaller, data), answers(net, data), rtol=1e-4, atol=1e-5)
    assert sum(each.numel() for each in smaller.parameters()) < sum(each.numel() for each in net.parameters())
    part = smaller.get_submodule(layer)
    assert (part.out_features if isinstance(part, nn.Linear) else part.out_channels) == len(kept)


@pytest.mark.thinned(3)
@pytest.mark.parametrize(("name", "layer"), PLACES)
def test_multiples_of_a_unit_are_merged_without_a_trace(name: str, layer: str) -> None:
    net, data = made(name)
    around = neighbours_of(Network(net, data), layer, "merge")
    for unit, multiple in ((1, 2.0), (3, 0.5)):
        scaled = around.batch_norm or layer  # the same filter; where there is a batch norm, that makes the multiple
        for tensor in unit_tensors(net, around):
            tensor[unit] = tensor[0]
        for parameter in net.get_submodule(scaled).parameters():
            parameter.detach()[unit] = multiple * parameter.detach()[0]
    result = merged(net, around, 1 - 1e-6)
    assert [group.tolist() for group in result.groups.groups] == [[0, 1, 3]]
    smaller = smaller_network(net, result.state)
    torch.testing.assert_close(answers(smaller, data), answers(net, data), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("layer", "problem"),
    [
        ("stem", r"stem cannot be made smaller: the network branches after it, into inner \(Conv2d\) and “add”"),
        ("outer", "its outputs go into “add”, where units may be combined with others"),
        ("grouped", "a grouped convolution keeps its channels apart"),
        ("soft", r"it is followed by .*\(Sigmoid\), and a unit that is zero before it is not zero after it"),
        ("head", "head is the classifier: its units are the classes and cannot be removed"),
    ],
)
def test_a_layer_whose_units_cannot_be_taken_out_says_why(layer: str, problem: str) -> None:
    torch.manual_seed(0)
    network = Network(Residual(), Data(torch.randn(4, 3, 8, 8), torch.arange(4), 5))
    with pytest.raises(ValueError, match=problem):
        neighbours_of(network, layer, "shrink")


def test_inside_of_a_branch_units_can_be_taken_out() -> None:
    torch.manual_seed(0)
    network = Network(Residual(), Data(torch.randn(4, 3, 8, 8), torch.arange(4), 5))
    assert neighbours_of(network, "inner", "shrink").following == "outer"


def test_layers_that_share_their_weights_are_left_whole() -> None:
    tied = nn.Sequential(nn.Linear(12, 12), nn.ReLU(), nn.Linear(12, 12), nn.ReLU(), nn.Linear(12, 5))
    tied[2].weight = tied[0].weight
    network = Network(nn.Sequential(nn.Flatten(), *tied), Data(torch.randn(4, 3, 2, 2), torch.arange(4), 5))
    with pytest.raises(ValueError, match="1 cannot be made smaller: it is used more than once"):
        neighbours_of(network, "1", "shrink")


def pruned_residual() -> nn.Module:
    torch.manual_seed(0)
    net = Residual()
    for layer, gone in (("inner", [0, 4]), ("last", [1, 2, 3]), ("outer", [5])):
        for parameter in net.get_submodule(layer).parameters():
            parameter.detach()[gone] = 0
    return net


def images(_part: str) -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(1)
    return torch.randn(30, 3, 8, 8, generator=random), torch.arange(30) % 5


@pytest.mark.parametrize("ending", [".safetensors", ".pt"])
def test_an_own_run_is_shrunk_and_merged_and_saved_in_both_formats(
    ending: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    net, path = pruned_residual(), tmp_path / "own.h5"
    with record(path, net, steps=1, quiet=True):
        pass
    read = load_file if ending == ".safetensors" else lambda file: torch.load(file, weights_only=True)
    with wb.open_run(path) as run:
        wb.name(run, net=Residual, data=images)
        found = shrunk(run)
        assert {layer: int(mask.sum()) for layer, mask in found.masks.items()} == {"inner": 4, "last": 6}
        assert "its outputs go into “add”" in found.kept_whole["outer"]
        data = run_evaluators.data_of(run)
        smaller = smaller_network(net, found.state)
        torch.testing.assert_close(answers(smaller, data), answers(net, data), rtol=1e-5, atol=1e-5)
        assert wb.merge(run, "inner", cosine=0.3).result.units < 6
        shrink, merge = tmp_path / f"small{ending}", tmp_path / f"merged{ending}"
        assert main(["shrink", str(path), "--out", str(shrink)]) == 0
        printed = capsys.readouterr().out
        assert "outer cannot be made smaller" in printed
        assert f"the masks are in small.mask{ending}" in printed
        assert main(["merge", str(path), "--layer", "inner", "--cosine", "0.3", "--save", str(merge)]) == 0
        assert f"the masks are in merged.mask{ending}" in capsys.readouterr().out
    assert all(torch.equal(value, found.state[key]) for key, value in read(shrink).items())
    mask = read(tmp_path / f"merged.mask{ending}")["inner"]
    assert int(mask.sum()) == len(read(merge)["inner.weight"])
    run_evaluators.forget()


@pytest.mark.parametrize(
    ("name", "problem"),
    [("torchvision:resnet18", "torchvision:resnet18, and only networks of the catalogue"), (UNKNOWN, "its network")],
)
def test_a_network_that_is_in_no_catalogue_is_trained_on_elsewhere(tmp_path: Path, name: str, problem: str) -> None:
    with record(tmp_path / "own.h5", sequential(), steps=1, quiet=True, data="digits"):
        pass
    with wb.open_run(tmp_path / "own.h5") as run:
        other = replace(run, spec=replace(run.spec, net=NetSpec(name)))
        with pytest.raises(SpecError, match=f"{problem}.*a training loop of your own, and record it"):
            retraining(other)
