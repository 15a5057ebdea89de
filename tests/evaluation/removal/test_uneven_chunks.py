"""All that is summed up chunk by chunk, on 2,500 images in uneven chunks, against one batch in double precision.

The images drift from first to last and so do the labels: a chunk that is left out, counted twice or given the labels
of another one, or a mean that is not taken off, gives other numbers.
"""

from __future__ import annotations

from copy import deepcopy
from functools import cache

import numpy as np
import pytest
import torch
from brute_force import SMALL, best_of_rank, logits_with, logits_without, small
from torch.nn import functional

from workbench.analysis.matrices import gram
from workbench.analysis.merging import merge_groups
from workbench.evaluation.evaluator import Evaluator, exact
from workbench.evaluation.networks.data import Data
from workbench.evaluation.networks.prefix import FIRST, Prefix
from workbench.evaluation.removal.oracle import greedy_oracle
from workbench.evaluation.removal.scores import activation_norm, mean_activity, output_correlation, snip, taylor
from workbench.evaluation.several import JointEvaluator
from workbench.evaluation.smaller.merging import output_multiples

ENDS = (700, 733, 1900, 2500)  # of the chunks
AT_ONCE = 333  # images that the network is given: no divisor of a chunk, nor of the first thousand
PLACES = [("lenet", "fc1"), ("conv2", "conv2")]


@pytest.fixture(autouse=True)
def uneven_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    chunks = tuple(slice(start, end) for start, end in zip((0, *ENDS), ENDS, strict=False))
    monkeypatch.setattr(Prefix, "_cut", lambda _self: chunks)
    monkeypatch.setattr(Prefix, "_fitting", lambda _self: AT_ONCE)


@cache
def drifting(name: str) -> Data:
    """Images of noise that become brighter, with labels that grow with them."""
    random = torch.Generator().manual_seed(3)
    count = ENDS[-1]
    drift = torch.linspace(-1, 1, count)
    pattern = torch.randn(SMALL[name][0], generator=random)
    images = torch.randn(count, *SMALL[name][0], generator=random) + drift.reshape(-1, 1, 1, 1) * pattern
    labels = (2.5 * (drift + 1) * torch.rand(count, generator=random)).long().clamp(0, 4)
    return Data(images, labels, 5)


def in_doubles(net: torch.nn.Module) -> torch.nn.Module:
    return deepcopy(net).double()


@cache
def outputs_of(name: str, layer: str) -> np.ndarray:
    """Each unit's output after ReLU on all images at once, (images, m, positions)."""
    net = in_doubles(small(name))
    end = [known for known, _ in net.named_children()].index(layer) + 2
    with torch.no_grad():
        outputs = net[:end](drifting(name).images.double())
    return outputs.reshape(len(outputs), outputs.shape[1], -1).numpy()


def by_unit(outputs: np.ndarray) -> np.ndarray:
    """(images · positions, m)"""
    return np.moveaxis(outputs, 1, 2).reshape(-1, outputs.shape[1])


def assert_answers(found, level: int, logits: torch.Tensor, data: Data) -> None:
    """What was counted at a level is what these logits give; an image on the border of two classes may be either."""
    right = logits.argmax(1) == data.labels
    highest = logits.topk(2).values
    borderline = int((highest[:, 0] - highest[:, 1] < 1e-4).sum())
    expected = torch.bincount(data.labels[right], minlength=5).numpy()
    assert np.abs(np.asarray(found.class_correct).reshape(-1, 5)[level] - expected).sum() <= borderline
    np.testing.assert_array_equal(found.class_images, torch.bincount(data.labels, minlength=5))
    loss = functional.cross_entropy(logits, data.labels).item()
    assert np.ravel(found.loss)[level] == pytest.approx(loss, rel=1e-5)
    assert found.images == ENDS[-1]
    assert found.exact


@pytest.mark.parametrize(("name", "layer"), PLACES)
def test_norms_activities_and_means(name: str, layer: str) -> None:
    evaluator, outputs = Evaluator(small(name), drifting(name), layer), by_unit(outputs_of(name, layer))
    assert [chunk.stop for chunk in evaluator.prefix.chunks] == list(ENDS)
    np.testing.assert_allclose(activation_norm(evaluator), np.sqrt(np.mean(outputs**2, axis=0)), rtol=1e-5)
    np.testing.assert_allclose(mean_activity(evaluator), np.mean(outputs > 0, axis=0), atol=5 / len(outputs))
    np.testing.assert_allclose(evaluator.prefix.means(), outputs.mean(axis=0), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(("name", "layer"), PLACES)
def test_correlations(name: str, layer: str) -> None:
    outputs = by_unit(outputs_of(name, layer))
    alive = outputs.std(axis=0) > 0
    expected = np.zeros((len(alive), len(alive)))
    expected[np.ix_(alive, alive)] = np.corrcoef(outputs[:, alive].T)
    found = output_correlation(Evaluator(small(name), drifting(name), layer))
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize(("name", "layer"), PLACES)
def test_snip_and_taylor_of_the_first_thousand_images(name: str, layer: str) -> None:
    data, net = drifting(name), in_doubles(small(name))
    images, labels = data.images[:FIRST].double(), data.labels[:FIRST]
    functional.cross_entropy(net(images), labels).backward()
    weight = net.get_submodule(layer).weight
    expected = (weight.grad * weight).detach().abs().flatten(1).sum(1)
    evaluator = Evaluator(small(name), data, layer)
    np.testing.assert_allclose(snip(evaluator), expected, rtol=1e-4)

    end = [known for known, _ in net.named_children()].index(layer) + 2
    active = net[:end](images).detach().requires_grad_()
    functional.cross_entropy(net[end:](active), labels, reduction="sum").backward()
    products = (active.grad * active).detach().reshape(FIRST, active.shape[1], -1).sum(2)
    np.testing.assert_allclose(taylor(evaluator), products.abs().mean(0), rtol=1e-4)


@pytest.mark.parametrize(("name", "layer"), PLACES)
def test_nothing_changed(name: str, layer: str) -> None:
    data = drifting(name)
    *some, last = Evaluator(small(name), data, layer).accuracies()
    with torch.no_grad():
        logits = in_doubles(small(name))(data.images.double())
    assert_answers(last, 0, logits, data)
    assert [(each.images, each.exact) for each in some] == [(1900, False)]
    right = logits[:1900].argmax(1) == data.labels[:1900]
    assert some[0].correct == pytest.approx(int(right.sum()), abs=1)


@pytest.mark.parametrize("removed", ["bias", "zero", "mean"])
@pytest.mark.parametrize(("name", "layer"), PLACES)
@pytest.mark.thinned(2)
def test_removal_curves(name: str, layer: str, removed: str) -> None:
    data, net = drifting(name), small(name)
    evaluator = Evaluator(net, data, layer)
    order = np.random.default_rng(1).permutation(evaluator.units)
    curve = exact(evaluator.removal_curve(order, removed))
    for level in (0, 1, evaluator.units // 2, evaluator.units):
        gone = order[:level].tolist()
        logits = logits_without(in_doubles(net), layer, gone, removed, data.images.double())
        assert_answers(curve, level, logits, data)
        assert_answers(exact(evaluator.ablations(gone, removed)), 0, logits, data)


@pytest.mark.parametrize(("name", "layer"), PLACES)
def test_rank_curves(name: str, layer: str) -> None:
    data, net = drifting(name), small(name)
    evaluator = Evaluator(net, data, layer)
    curve = exact(evaluator.rank_curve())
    for rank in (0, 1, evaluator.units // 2, evaluator.units):
        matrix = best_of_rank(evaluator.weights(), rank)
        assert_answers(curve, rank, logits_with(in_doubles(net), layer, matrix, data.images.double()), data)


@pytest.mark.parametrize(("name", "layer"), PLACES)
def test_multiples_of_outputs(name: str, layer: str) -> None:
    evaluator = Evaluator(small(name), drifting(name), layer)
    groups = merge_groups(gram(evaluator.weights().astype(np.float64)), 0.05)
    outputs = by_unit(outputs_of(name, layer))
    others = outputs[:, groups.representatives]
    squares = (others**2).sum(axis=0)
    expected = np.divide((outputs * others).sum(axis=0), squares, out=np.zeros(len(squares)), where=squares > 0)
    expected[groups.kept] = 1.0
    assert len(groups.kept) < len(expected)
    np.testing.assert_allclose(output_multiples(evaluator, groups), expected, rtol=1e-5)


@pytest.mark.parametrize(("name", "layer"), PLACES)
def test_the_first_unit_that_the_oracle_removes(name: str, layer: str) -> None:
    data, net = drifting(name), small(name)
    evaluator = Evaluator(net, data, layer)
    order = list(greedy_oracle(evaluator, "zero"))
    left = [logits_without(net, layer, [unit], "zero", data.images) for unit in range(evaluator.units)]
    right = np.array([(logits.argmax(1) == data.labels).sum().item() for logits in left])
    assert right[order[0]] == right.max()
    assert sorted(order) == list(range(evaluator.units))


def test_removal_from_several_layers() -> None:
    data, net = drifting("conv2"), small("conv2")
    order = [("conv2", 1), ("fc1", 3), ("conv2", 0), ("fc1", 7)]
    curve = exact(JointEvaluator(net, data, ["conv2", "fc1"]).removal_curve(order, "bias"))
    for level in range(len(order) + 1):
        masked = in_doubles(net)
        for layer, unit in order[:level]:
            masked.get_submodule(layer).weight.data[unit] = 0
        with torch.no_grad():
            assert_answers(curve, level, masked(data.images.double()), data)
