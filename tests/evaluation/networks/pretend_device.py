"""A device that is not there: a program that asks the engine everything on a pretended one.

Its tensors lie in the processor's memory, but they say that they do not, and every operator looks at what it is given:
tensors of the processor among those of the device are refused as CUDA refuses them (but numbers without an axis, and
the indices of an indexing), and so are 64-bit floating-point numbers on it, which an MPS device has not. As the device
stays known to torch for good, this runs in a process of its own: `python pretend_device.py` prints a line for each
check, "ok" or what went wrong.
"""

from __future__ import annotations

import sys
import traceback
from copy import deepcopy
from functools import partial
from unittest.mock import patch

import numpy as np
import pytest
import torch
from brute_force import best_of_rank, images_for, logits_with, logits_without, small
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

import workbench
from workbench.evaluation import run_evaluators
from workbench.evaluation.evaluator import Evaluator, exact
from workbench.evaluation.questions import ablate, joint_low_rank, low_rank, prune
from workbench.evaluation.ranks.approximated import Approximated
from workbench.evaluation.ranks.factors import factors_of
from workbench.evaluation.ranks.groups import low_rank_group
from workbench.evaluation.ranks.over_snapshots import over_snapshots
from workbench.evaluation.removal.oracle import greedy_oracle
from workbench.evaluation.removal.scores import SCORES, output_correlation, scores_for
from workbench.evaluation.several import JointEvaluator, accuracies_with
from workbench.evaluation.smaller import shrinking
from workbench.evaluation.smaller.merging import merge, merged, merging, network_of_merged, output_multiples
from workbench.evaluation.smaller.surgery import folded_rows, state_with_only
from workbench.nets import devices
from workbench.nets.neighbours import neighbours
from workbench.resource import resource
from workbench.runs.place import place_in

_setup_privateuseone_for_python_backend("pretend")
DEVICE = torch.device("pretend", 0)
CROSSING = ("aten._to_copy.default", "aten.copy_.default")  # what may take tensors from one device to the other
INDEXING = ("aten.index.Tensor", "aten.index_put_.default", "aten.index_put.default")  # moves its indices itself


class There(torch.Tensor):
    """A tensor on the device; `here` is where its numbers are."""

    here: torch.Tensor

    @staticmethod
    def __new__(cls, here: torch.Tensor) -> There:
        if here.dtype == torch.float64:
            raise TypeError("this device has no 64-bit floating-point numbers")
        there = torch.Tensor._make_wrapper_subclass(
            cls, here.size(), strides=here.stride(), storage_offset=here.storage_offset(), dtype=here.dtype,
            device=DEVICE,
        )  # fmt: skip
        there.here = here
        return there

    @classmethod
    def __torch_dispatch__(cls, operator, types, args=(), kwargs=None):
        return on_its_device(operator, args, kwargs or {})


class Pretending(TorchDispatchMode):
    """What is asked for on the device is made there."""

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        return on_its_device(operator, args, kwargs or {})


def on_its_device(operator, args, kwargs):
    """What the operator gives, on the device where what it is given says so."""
    tensors = [each for each in tree_leaves((args, kwargs)) if isinstance(each, torch.Tensor)]
    there = [isinstance(each, There) for each in tensors]
    asked = kwargs.get("device")
    stays = any(there) if asked is None else torch.device(asked).type == DEVICE.type
    name = str(operator)
    checked = tensors[:1] if name in INDEXING else [] if name in CROSSING else tensors
    if any(there) and any(not isinstance(each, There) and each.ndim for each in checked):
        raise RuntimeError(f"{name}: expected all tensors to be on the same device")
    if name == "aten.copy_.default":
        args[0].here.copy_(_here(args[1])) if there[0] else args[0].copy_(_here(args[1]))
        return args[0]
    found = operator(*tree_map(_here, args), **tree_map(_here, kwargs))
    if name.split(".")[1].endswith("_") and tensors:  # it writes over the first and gives it back
        return args[0]
    return tree_map(lambda each: There(each) if isinstance(each, torch.Tensor) and stays else each, found)


def _here(value):
    if isinstance(value, There):
        return value.here
    return torch.device("cpu") if isinstance(value, torch.device) and value.type == DEVICE.type else value


def moved(net: nn.Module) -> nn.Module:
    """A copy of the network on the device."""
    net = deepcopy(net)
    for child in net.modules():
        for name, tensor in child._parameters.items():
            if tensor is not None:
                child._parameters[name] = nn.Parameter(tensor.detach().to(DEVICE))
        for name, tensor in child._buffers.items():
            child._buffers[name] = tensor if tensor is None else tensor.to(DEVICE)
    return net


class Branching(nn.Module):
    """A block with batch norm and a shortcut around it, and a linear layer that takes positions."""

    def __init__(self) -> None:
        super().__init__()
        self.before, self.inside = nn.Conv2d(1, 6, 3, padding=1), nn.Conv2d(6, 6, 3, padding=1)
        self.norm = nn.BatchNorm2d(6)
        self.positions, self.classifier = nn.Linear(6, 6), nn.Linear(6, 5)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        first = self.before(images).relu()
        joined = torch.relu(self.norm(self.inside(first)) + first)
        seen = torch.relu(self.positions(joined.flatten(2).transpose(1, 2)))
        return self.classifier(seen.mean(1))


def nets():
    """(name, network, data, layers): chains, and a network with batch norm and a shortcut."""
    torch.manual_seed(0)
    yield "lenet", small("lenet"), images_for("lenet"), ("fc1",)
    yield "conv2", small("conv2"), images_for("conv2"), ("conv1", "conv2")
    yield "branching", Branching().eval(), images_for("lenet"), ("inside", "positions")


def both(net, data, layer):
    """The evaluators of a layer on the device and on the processor."""
    return Evaluator(moved(net), data, layer), Evaluator(net, data, layer)


def removal(net, data, layer):
    there, here = both(net, data, layer)
    order = np.random.default_rng(0).permutation(here.units)
    for removed in ("bias", "zero", "mean"):
        assert np.array_equal(there.removal_predictions(order, removed), here.removal_predictions(order, removed))
        found, curve = (exact(each.removal_curve(order, removed)) for each in (there, here))
        np.testing.assert_allclose(found.loss, curve.loss, rtol=1e-5)
        assert exact(there.ablations(order[:3].tolist(), removed)).correct == curve.at(3).correct
        if isinstance(net, nn.Sequential):
            twin = logits_without(net, layer, order[:3].tolist(), removed, data.images)
            assert int((twin.argmax(1) == data.labels).sum()) == found.at(3).correct


def ranks(net, data, layer):
    there, here = both(net, data, layer)
    weights = here.weights()
    base = np.random.default_rng(0).standard_normal(weights.shape).astype(np.float32)
    assert np.array_equal(there.weights(), weights)
    some, scaled = factors_of(weights, units=(0, 2)), factors_of(weights, normalised=True)
    for factors in (None, factors_of(weights, base), some, scaled):
        assert np.array_equal(there.rank_predictions(None, factors), here.rank_predictions(None, factors))
    twin = logits_with(net, layer, best_of_rank(weights, 2), data.images)
    assert exact(there.low_ranks(2)).correct == int((twin.argmax(1) == data.labels).sum())


def scores(net, data, layer):
    there, here = both(net, data, layer)
    for score in SCORES.values():
        np.testing.assert_allclose(score.of(there), score.of(here), rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(output_correlation(there), output_correlation(here), atol=1e-5)


def oracle(net, data, layer):
    found, expected = (list(greedy_oracle(each)) for each in both(net, data, layer))
    assert found == expected


def together():
    net, data = small("conv2"), images_for("conv2")
    there, layers = moved(net), ("conv2", "fc1", "fc2", "fc3")
    order = [("fc1", 3), ("conv2", 1), ("fc2", 0), ("fc1", 9), ("conv2", 4), ("fc3", 2)]
    for removed in ("bias", "zero", "mean"):
        asked = (JointEvaluator(each, data, layers).removal_curve(order, removed) for each in (there, net))
        found, expected = (exact(curve).class_correct for curve in asked)
        assert np.array_equal(found, expected)
    random = np.random.default_rng(0)
    weights = {"conv2": random.standard_normal((6, 45)), "fc1": random.standard_normal((10, 96))}
    found, expected = (exact(accuracies_with(each, data, weights)).class_correct for each in (there, net))
    assert found == expected


def surgery():
    for name, layer in (("vgg19bn", "conv3"), ("lenet", "fc1")):
        net, data = small(name), images_for(name, 20)
        there = moved(net)
        around = neighbours(net, layer)
        np.testing.assert_allclose(folded_rows(there, around), folded_rows(net, around))
        kept = [(around, np.array([0, 2], dtype=np.int64))]
        found, expected = state_with_only(there, kept), state_with_only(net, kept)
        assert all(torch.equal(value, found[key]) for key, value in expected.items())
        asked, here = both(net, data, layer)
        groups = merged(there, around, 0.2, asked).groups
        np.testing.assert_allclose(output_multiples(asked, groups), output_multiples(here, groups), rtol=1e-5)
        assert shrinking._largest_difference(there, moved(net), data) == 0


def answers_about(run):
    """What the questions about a stored run find, number by number."""
    pruning = prune(run, "fc1", orders=("max_mag",))
    yield from (curve.class_correct for _, curves in pruning.curves for curve in curves)
    yield prune(run, layers=("conv2", "fc2"), orders=("max_mag",)).curves[0][1][0].correct
    yield low_rank(run, "fc2", estimators=True).curve.correct
    yield joint_low_rank(run, 0.1).accuracy.correct
    yield ablate(run, "conv2", [1, 3], removed="mean").ablated.correct
    for found in (merge(run, "fc1", 0.9, by_outputs=True), merge(run, "conv2", 0.9)):
        yield found.accuracy.correct, found.pruned.correct
    yield [point.accuracy.correct for point in exact(merging(run, "fc1", cosines=(0.9, 0.5))).points]
    yield low_rank_group([run], "fc1", 5).lost
    yield [found.correct for _, found in over_snapshots(place_in(run, "fc1", 0), 5, [2, 5], Approximated("moved"))]
    yield scores_for(place_in(run, "fc2"), "taylor").argsort()
    with patch.object(shrinking, "network_of", pruned):
        found = shrinking.shrunk(run)
        yield *found.widths, *found.parameters


def pruned(run, snapshot, where):
    """The network of a run without the first units of a layer."""
    module = run_evaluators.network_of(run, snapshot, where)
    for parameter in module.get_submodule("fc1").parameters():
        parameter.detach()[:5] = 0
    return module


def stored_run():
    with workbench.open_run(resource("sample_runs/digits_conv.h5")) as run:
        expected = list(answers_about(run))
        assert next(run_evaluators.network_of(run).parameters()).device.type == "cpu"
        run_evaluators.forget()
        with patch.object(devices, "device", lambda _: DEVICE), Pretending():
            assert next(run_evaluators.network_of(run).parameters()).device == DEVICE
            smaller = network_of_merged(run_evaluators.network_of(run, -1, devices.CPU), merge(run, "fc1", 0.9).result)
            assert next(smaller.parameters()).device == DEVICE
            found = list(answers_about(run))
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_array_equal(one, other)


def refused(problem, compute):
    """A mistake that the device is there to find."""
    with pytest.raises((RuntimeError, TypeError), match=problem):
        compute()


def checks():
    there = There(torch.ones(3))
    yield "tensors of two devices", partial(refused, "same device", lambda: there + torch.ones(3))
    yield "doubles", partial(refused, "64-bit", there.double)
    yield "a stored run", stored_run
    for name, net, data, layers in nets():
        for layer in layers:
            for check in (removal, ranks, scores, oracle):
                yield f"{name} {layer}: {check.__name__}", partial(pretending, check, net, data, layer)
    yield "joint changes", partial(pretending, together)
    yield "surgery", partial(pretending, surgery)


def pretending(check, *about):
    with Pretending():
        check(*about)


def _tensor(*args, _make=torch.tensor, device="cpu", **kwargs):
    """`torch.tensor`, which copies to the device where no operator is seen."""
    return _make(*args, **kwargs).to(device)


def main() -> None:
    torch.set_num_threads(1)
    torch.tensor = _tensor
    torch.inference_mode = torch.no_grad  # which views of wrapped tensors do without
    torch.__future__.set_swap_module_params_on_conversion(True)  # moves modules of wrapped tensors
    for what, check in checks():
        try:
            check()
            verdict = "ok"
        except Exception as error:
            traceback.print_exc()
            verdict = f"{type(error).__name__}: {error}".splitlines()[0]
        sys.stdout.write(f"{what}: {verdict}\n")


if __name__ == "__main__":
    main()
