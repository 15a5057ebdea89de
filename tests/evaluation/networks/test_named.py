"""Accuracies of runs that do not say their network or data: from the catalogue, or from a function of the user's."""

from __future__ import annotations

import copy
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import workbench as wb
from workbench.cli import main
from workbench.evaluation import cached_curves, run_evaluators
from workbench.evaluation.evaluator import exact
from workbench.evaluation.networks import makers
from workbench.evaluation.networks.data import Data
from workbench.evaluation.networks.named import NotNamed, name
from workbench.nets.architectures.building import build
from workbench.nets.datasets import load
from workbench.nets.parts import normalise
from workbench.recorders.own_loop import record
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from workbench.runs.run import Run

pytestmark = pytest.mark.usefixtures("forgotten")


def recorded(path: Path, model: nn.Module, **options: Any) -> Run:
    with record(path, model, steps=1, quiet=True, **options):
        pass
    return wb.open_run(path)


def digits() -> tuple[torch.Tensor, torch.Tensor]:
    data = load("digits")
    return normalise(data.test_images, data.mean, data.std), data.test_labels


def right(model: nn.Module, data: Data | None = None) -> float:
    images, labels = digits() if data is None else (data.images, data.labels)
    with torch.no_grad():
        return 100 * (model.eval()(images).argmax(1) == labels).double().mean().item()


class Own(nn.Module):
    """A network that is in no catalogue."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(64, 20), nn.Linear(20, 10)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.second(torch.tanh(self.first(images.flatten(1))))


def accuracy(run: Run, layer: str) -> float:
    return float(exact(run_evaluators.evaluator(place_in(run, layer)).accuracies()).accuracy)


@pytest.mark.parametrize("names", [("0", "2", "6", "8", "10"), ("body.a", "body.b", "head.x", "head.y", "head.z")])
def test_a_network_with_names_of_its_own_is_evaluated_as_the_catalogues(tmp_path: Path, names: tuple[str, ...]) -> None:
    torch.manual_seed(0)
    twin = build("digits_conv")
    if "." in names[0]:
        parts = {"body": nn.Sequential(), "head": nn.Sequential()}
        place, fresh = "body", iter(names)
        for step in twin:
            weights = isinstance(step, nn.Linear | nn.Conv2d)
            place, _, own = next(fresh).partition(".") if weights else (place, "", f"s{len(parts[place])}")
            parts[place].add_module(own, step)
        model = nn.Sequential()
        for key, part in parts.items():
            model.add_module(key, part)
    else:
        model = nn.Sequential(*twin)
    with recorded(tmp_path / "run.h5", model, data="digits") as run:
        assert [layer.name for layer in run.layers] == list(names)
        assert all(accuracy(run, layer) == pytest.approx(right(twin)) for layer in names)
        found = wb.ablate(run, names[2], [0, 1], removed="zero")
        assert found.unchanged.accuracy == pytest.approx(right(twin))


def test_what_is_missing_is_said_and_may_be_named(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = Own()
    with recorded(tmp_path / "run.h5", model) as run:
        with pytest.raises(NotNamed, match=r"does not say how its network computes.*--net"):
            run_evaluators.network_of(run)
        with pytest.raises(NotNamed, match=r"and what its network was trained on.*--data"):
            run_evaluators.data_of(run)
        name(run, net=Own, data="digits")
        assert accuracy(run, "first") == pytest.approx(right(model))
        images, labels = digits()
        given = {"test": (images, labels)}
        for data in (lambda part: digits(), lambda: given, lambda part: given):
            name(run, net=Own, data=data)
            assert accuracy(run, "first") == pytest.approx(right(model))
        for data in (digits, lambda: TensorDataset(images, labels)):  # one image in ten is held out
            name(run, net=Own, data=data)
            assert accuracy(run, "first") == pytest.approx(right(model, run_evaluators.data_of(run)))
        name(run, net=Own, data=lambda: DataLoader(TensorDataset(images, labels), 50))
        assert accuracy(run, "second") == pytest.approx(right(model, run_evaluators.data_of(run)))
        name(run, net="lenet", data="digits")
        with pytest.raises(ValueError, match="does not hold the parameters of lenet"):
            run_evaluators.network_of(run)


def test_curves_of_a_users_own_function_are_not_kept(tmp_path: Path) -> None:
    with recorded(tmp_path / "run.h5", Own()) as run:
        name(run, net=Own, data="digits")
        exact(cached_curves.removal_curves(place_in(run, "first"), np.arange(20), where=tmp_path / "curves"))
    assert not (tmp_path / "curves").exists()


PROGRAM = """
import pathlib, torch
from torch import nn
pathlib.Path(__file__).with_suffix(".ran").touch()

class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(64, 20), nn.Linear(20, 10)

    def forward(self, images):
        return self.second(torch.tanh(self.first(images.flatten(1))))

def data(part):
    torch.manual_seed(0)
    return torch.randn(30, 64), torch.arange(30) % 10
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a module in the folder somebody works in."""
    (tmp_path / "my_own_net.py").write_text(PROGRAM)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield "my_own_net"
    sys.modules.pop("my_own_net", None)


def test_the_command_line_runs_the_functions_it_is_given(
    tmp_path: Path, program: str, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded(tmp_path / "run.h5", Own()).close()
    words = ["ablate", str(tmp_path / "run.h5"), "--layer", "first", "--units", "3"]
    assert main(words) == 1
    assert "--net" in capsys.readouterr().err
    assert main([*words, "--net", f"{program}:Own", "--data", f"{program}:data"]) == 0
    assert "unchanged" in capsys.readouterr().out
    for net, problem in ((f"{program}:Nobody", "has no Nobody"), ("no_such:Own", "cannot be imported")):
        assert main([*words, "--net", net, "--data", "digits"]) == 1
        assert problem in capsys.readouterr().err


def test_a_function_that_a_file_names_is_never_run(tmp_path: Path, program: str) -> None:
    run = recorded(tmp_path / "run.h5", Own())
    spec = run.spec
    for change in (
        {"net": replace(spec.net, name=f"{program}:Own")},
        {"data": replace(spec.data, name=f"{program}:data")},
    ):
        hostile = replace(run, spec=replace(spec, **change))
        network, data = (run_evaluators.network_of, "no network"), (run_evaluators.data_of, "no data set")
        read, said = network if "net" in change else data
        with pytest.raises(ValueError, match=said):
            read(hostile)
    assert not (tmp_path / "my_own_net.ran").exists()
    run.close()


def test_a_classifier_of_torchvision_is_evaluated(tmp_path: Path) -> None:
    from workbench.nets.torchvision_loading import classifier

    torch.manual_seed(0)
    model = classifier("squeezenet1_1", 4).eval()
    torch.save(model.state_dict(), tmp_path / "weights.pth")
    words = ["import", str(tmp_path / "weights.pth"), "--net", "torchvision:squeezenet1_1"]
    assert main([*words, "--out", str(tmp_path / "run.h5")]) == 0
    images, labels = torch.randn(6, 3, 64, 64), torch.arange(6) % 4
    with wb.open_run(tmp_path / "run.h5") as run, torch.no_grad():
        name(run, data=lambda part: (images, labels))
        expected = 100 * (model(images).argmax(1) == labels).double().mean().item()
        assert accuracy(run, "features.3.squeeze") == pytest.approx(expected)


def test_a_network_that_was_saved_as_part_of_another_is_evaluated(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = Own()
    whole = nn.Module()
    whole.add_module("task", nn.Module())
    whole.task.add_module("model", model)  # type: ignore[union-attr]
    torch.save({"state_dict": whole.state_dict()}, tmp_path / "a.ckpt")
    assert main(["import", str(tmp_path / "a.ckpt"), "--out", str(tmp_path / "run.h5")]) == 0
    with wb.open_run(tmp_path / "run.h5") as run:
        name(run, net=Own, data=lambda part: digits())
        assert accuracy(run, "task.model.first") == pytest.approx(right(model))
        assert wb.ablate(run, "task.model.second", [0]).unchanged.accuracy == pytest.approx(right(model))


def images(*shape: int) -> torch.Tensor:
    return torch.zeros(20, *(shape or (64,)))


def failing() -> None:
    raise ZeroDivisionError("no such luck")


LABELS = torch.arange(20) % 10


@pytest.mark.parametrize(
    ("net", "data", "reason"),
    [
        (Own, failing, "failing failed with ZeroDivisionError: no such luck"),
        (failing, digits, "failing failed with ZeroDivisionError: no such luck"),
        (lambda width: width, digits, r"failed with TypeError: .*missing 1 required positional argument: 'width'"),
        (lambda: 3, digits, "returned int, not a torch.nn.Module"),
        (lambda: nn.Linear(64, 10), digits, "parameters of .*: it has no weight"),
        (nn.Sequential, digits, "it also has first.weight"),
        (Own, lambda: (images(), torch.rand(20, 10)), r"labels of shape \(20, 10\); give the class of each input"),
        (Own, lambda: (images(), LABELS + 5), "labels from 5 to 14, but the network answers with 10 logits"),
        (Own, lambda: (images(), LABELS - 1), "labels from -1 to 8"),
        (Own, lambda: (images(3, 64), LABELS), r"on inputs of shape \(3, 64\) and type float32: mat1 and mat2 shapes"),
        (Own, lambda: [(images(), LABELS, "more")], "items that are not pairs"),
        (Own, lambda: None, "returned NoneType"),
        (Own, lambda: [], "> returned no inputs$"),
        (Own, lambda: [("a", 0)], r"> did not return \(inputs, labels\) \(TypeError: "),
        (Own, lambda: (np.array([None] * 20), LABELS), r"> did not return \(inputs, labels\) \(TypeError: "),
        (Own, lambda: [(images(), LABELS), (images(9), LABELS)], r"> did not return \(inputs, labels\) \(RuntimeE"),
        (Own, lambda: (failing() for _ in range(2)), r"> did not return \(inputs, labels\) \(ZeroDivisionError: no"),
        (Own, lambda: (images() / 0, LABELS), "> returned inputs that are infinite or undefined"),
        (Own, lambda: Data(images() / 0, LABELS, 10), "> returned inputs that are infinite or undefined"),
        (Own, lambda: (images(), LABELS + 0.5), "> returned labels that are not whole numbers"),
        (Own, dict, "dict returned no test part"),
    ],
)
def test_what_is_wrong_with_a_function_is_said_in_a_sentence(tmp_path: Path, net: Any, data: Any, reason: str) -> None:
    with recorded(tmp_path / "run.h5", Own()) as run:
        name(run, net=net, data=data)
        with pytest.raises(ValueError, match=reason) as error:
            accuracy(run, "first")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("function", "takes_one"),
    [
        (lambda: None, False),
        (lambda part: part, True),
        (lambda part, shuffled=False: part, True),
        (lambda part, labels: part, False),
        (lambda *, part: part, False),
        (min, False),  # says nothing about its parameters
    ],
)
def test_only_a_function_that_needs_one_argument_is_asked_for_a_part(
    function: Callable[..., object], takes_one: bool
) -> None:
    assert makers.takes_one(function) is takes_one


def test_a_data_set_may_have_exactly_the_most_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(makers, "MOST_INPUTS", 20)
    assert len(makers.tensors("mine", [(images(), LABELS)])[0]) == 20
    with pytest.raises(ValueError, match="mine returned more than 20 inputs: return fewer"):
        makers.tensors("mine", [(images(), LABELS), (images()[0], 0)])


def test_layers_whose_changes_are_not_measured_say_so(tmp_path: Path) -> None:
    net = nn.Sequential(nn.Unflatten(1, (4, 16)), nn.Conv1d(4, 3, 2), nn.Flatten(), nn.Linear(45, 10))
    with recorded(tmp_path / "run.h5", net) as run:
        name(run, net=lambda: copy.deepcopy(net), data=lambda: (images(), LABELS))
        with pytest.raises(ValueError, match="1 is a Conv1d: changes are measured only in linear"):
            accuracy(run, "1")
        data = run_evaluators.data_of(run)
        right = net(data.images).argmax(1) == data.labels
        assert accuracy(run, "3") == pytest.approx(100 * right.double().mean().item())


def test_a_module_that_fails_when_it_is_imported_is_said(tmp_path: Path, program: str) -> None:
    (tmp_path / "my_own_net.py").write_text("this is no Python")
    with recorded(tmp_path / "run.h5", Own()) as run:
        name(run, net=f"{program}:Own", data="digits")
        with pytest.raises(ValueError, match=r"my_own_net cannot be imported \(SyntaxError: invalid syntax"):
            run_evaluators.network_of(run)
