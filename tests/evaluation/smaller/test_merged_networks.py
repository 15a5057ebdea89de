"""Smaller networks compute what was promised: exactly for repeated units, and as pruning does without shares."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn

from workbench.evaluation.evaluator import Evaluator
from workbench.evaluation.networks.data import Data
from workbench.evaluation.smaller.merging import LADDER, accuracies_of, merged, network_of_merged, output_multiples
from workbench.evaluation.smaller.reweighted import accuracies_with, whole_weight
from workbench.evaluation.smaller.surgery import folded_rows, smaller_state
from workbench.nets.architectures.building import build
from workbench.nets.neighbours import neighbours

WIDTHS = {"lenet": (12, 8), "digits_conv": (4, 6, 10, 8), "vgg19bn": (4,) * 16 + (8, 8)}
SHAPES = {"lenet": (1, 8, 8), "digits_conv": (1, 8, 8), "vgg19bn": (3, 32, 32)}
PLACES = [
    ("lenet", "fc1"),
    ("lenet", "fc2"),
    ("digits_conv", "conv1"),
    ("digits_conv", "conv2"),  # its channels are blocks of fc1's inputs
    ("digits_conv", "fc1"),
    ("vgg19bn", "conv3"),
    ("vgg19bn", "conv16"),
    ("vgg19bn", "fc1"),
]


def network(name: str) -> nn.Sequential:
    """A network with random weights, biases and batch-norm statistics."""
    torch.manual_seed(1)
    module = build(name, SHAPES[name], 5, WIDTHS[name])
    for key, tensor in module.state_dict().items():
        if tensor.is_floating_point() and tensor.ndim == 1:
            tensor.copy_(torch.rand_like(tensor) + (0.5 if "var" in key or "bn" in key else -0.3))
    return module.eval()


def images(name: str, count: int = 40) -> torch.Tensor:
    return torch.randn(count, *SHAPES[name], generator=torch.Generator().manual_seed(2))


def repeat_units(module: nn.Sequential, layer: str) -> None:
    """Makes units 1 and 3 positive multiples of unit 0, biases included, after batch norm too."""
    norm = neighbours(module, layer).batch_norm
    state = module.state_dict()
    for unit, multiple in ((1, 2.0), (3, 0.5)):
        if norm is None:
            for key in (f"{layer}.weight", f"{layer}.bias"):
                state[key][unit] = multiple * state[key][0]
        else:  # the same filter; batch norm alone makes the multiple
            for key in state:
                if key.startswith((f"{layer}.", f"{norm}.")) and state[key].ndim:
                    state[key][unit] = state[key][0] * (multiple if key in (f"{norm}.weight", f"{norm}.bias") else 1.0)


@pytest.mark.parametrize(("name", "layer"), PLACES)
def test_positive_multiples_are_merged_without_a_trace(name: str, layer: str) -> None:
    module = network(name)
    repeat_units(module, layer)
    result = merged(module, neighbours(module, layer), cosine=1 - 1e-6)
    assert [group.tolist() for group in result.groups.groups] == [[0, 1, 3]]
    smaller = network_of_merged(module, result).cpu()
    with torch.inference_mode():
        torch.testing.assert_close(smaller(images(name)), module(images(name)), rtol=1e-4, atol=1e-4)
    assert result.units == len(module.state_dict()[f"{layer}.weight"]) - 2
    assert sum(p.numel() for p in smaller.parameters()) < sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize(("name", "layer"), PLACES)
def test_without_shares_the_others_are_set_to_zero(name: str, layer: str) -> None:
    module = network(name)
    units = len(module.state_dict()[f"{layer}.weight"])
    kept = np.arange(0, units, 2)
    widths = list(WIDTHS[name])
    widths[_layers(module).index(layer)] = len(kept)
    smaller = build(name, SHAPES[name], 5, widths)
    smaller.load_state_dict(smaller_state(module, neighbours(module, layer), kept))
    data = Data(
        _as_bytes(images(name)),
        torch.zeros(40, dtype=torch.int64),
        5,
        (0.0,) * SHAPES[name][0],
        (1.0,) * SHAPES[name][0],
    )
    with torch.inference_mode():
        inputs = data.inputs(slice(0, 40), torch.device("cpu"), torch.contiguous_format)
        expected = _with_units_zero(module, layer, [unit for unit in range(units) if unit % 2], inputs)
        torch.testing.assert_close(smaller.eval()(inputs), expected, rtol=1e-4, atol=1e-4)


def _layers(module: nn.Sequential) -> list[str]:
    return [name for name, child in module.named_children() if isinstance(child, (nn.Linear, nn.Conv2d))]


def _as_bytes(values: torch.Tensor) -> torch.Tensor:
    return (values.clamp(-2, 2) * 50 + 128).to(torch.uint8)


def _with_units_zero(module: nn.Sequential, layer: str, gone: list[int], inputs: torch.Tensor) -> torch.Tensor:
    """The network with these units' outputs after their non-linearity set to zero, step by step."""
    children = list(module.named_children())
    start = [name for name, _ in children].index(layer)
    after = next(i for i in range(start, len(children)) if isinstance(children[i][1], nn.ReLU))
    for index, (_, child) in enumerate(children):
        inputs = child(inputs)
        if index == after:
            inputs = inputs.clone()
            inputs[:, gone] = 0
    return inputs


def test_multiples_by_outputs_are_the_least_squares_ones() -> None:
    module = network("lenet")
    data = Data(_as_bytes(images("lenet")), torch.zeros(40, dtype=torch.int64), 5, (128.0,), (50.0,))
    evaluator = Evaluator(copy.deepcopy(module), data, "fc1")
    groups = merged(module, neighbours(module, "fc1"), cosine=0.3).groups
    assert len(groups.kept) < 12
    with torch.inference_mode():
        inputs = data.inputs(slice(0, 40), torch.device("cpu"), torch.contiguous_format)
        outputs = torch.relu(module.fc1(inputs.flatten(1))).double().numpy()
    for unit, (representative, multiple) in enumerate(
        zip(groups.representatives, output_multiples(evaluator, groups), strict=True)
    ):
        best, *_ = np.linalg.lstsq(outputs[:, [representative]], outputs[:, unit], rcond=None)
        assert multiple == pytest.approx(1.0 if unit == representative else float(best[0]), rel=1e-4, abs=1e-6)


def test_the_cosines_of_a_merging_curve_fall_from_one() -> None:
    assert LADDER[0] == 1.0
    assert list(LADDER) == sorted(set(LADDER), reverse=True)
    assert LADDER[-1] > 0.0


def test_folded_rows_give_what_the_non_linearity_sees() -> None:
    module = network("vgg19bn")
    rows = folded_rows(module, neighbours(module, "conv1"))
    with torch.inference_mode():
        seen = module.bn1(module.conv1(images("vgg19bn", 2)))
    patch = nn.functional.unfold(images("vgg19bn", 2), 3, padding=1)
    expected = (
        torch.einsum("un,bnp->bup", torch.from_numpy(rows[:, :-1]).float(), patch)
        + torch.from_numpy(rows[:, -1:]).float()
    )
    torch.testing.assert_close(seen.flatten(2), expected, rtol=1e-4, atol=1e-4)


def test_the_classifier_keeps_its_units() -> None:
    with pytest.raises(ValueError, match="fc3 is the classifier"):
        neighbours(network("lenet"), "fc3")
    with pytest.raises(ValueError, match='no layer "fc9"'):
        neighbours(network("lenet"), "fc9")


@pytest.mark.parametrize(("name", "layer"), [place for place in PLACES if place[0] != "vgg19bn"] + [PLACES[-2]])
def test_a_smaller_network_that_shares_what_comes_before_costs_what_it_costs_alone(name: str, layer: str) -> None:
    module, around = network(name), neighbours(network(name), layer)
    repeat_units(module, layer)
    inputs = images(name)
    data = Data(inputs, torch.arange(len(inputs)) % 5, 5)
    result = merged(module, around, 0.99)
    smaller = network_of_merged(module, result)
    (found,) = accuracies_of(module, around, result, Evaluator(module, data, layer))
    with torch.inference_mode():
        logits = smaller(inputs)
    assert found.correct == int((logits.argmax(1) == data.labels).sum())
    assert found.loss == pytest.approx(float(nn.functional.cross_entropy(logits, data.labels)), rel=1e-5)


@pytest.mark.parametrize(("name", "layer"), [place for place in PLACES if place != ("vgg19bn", "conv3")])
def test_merges_that_pass_the_images_together_cost_what_each_costs_alone(name: str, layer: str) -> None:
    module, around = network(name), neighbours(network(name), layer)
    repeat_units(module, layer)
    inputs = images(name)
    data = Data(inputs, torch.arange(len(inputs)) % 5, 5)
    results = [merged(module, around, cosine) for cosine in (1.0, 0.99, 0.3, 0.01)]
    engine = Evaluator(module, data, layer)
    behind = f"{around.following}.weight"
    weights = [whole_weight(result.groups.kept, result.state[behind], engine.units) for result in results]
    (together,) = accuracies_with(engine, weights)
    for result, found in zip(results, together, strict=True):
        with torch.inference_mode():
            logits = network_of_merged(module, result)(inputs)
        assert found.correct == int((logits.argmax(1) == data.labels).sum())
        assert found.loss == pytest.approx(float(nn.functional.cross_entropy(logits, data.labels)), rel=1e-4)
