"""Initial weights have the stated variance and depend on nothing but the seed."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

from workbench.nets.architectures.building import build
from workbench.nets.initialisers import initialise
from workbench.nets.units import layers
from workbench.nets.variance import INITIALISERS, initial_variance


def test_torch_default_variance_of_conv2_fc1_gives_the_reports_edges() -> None:
    variance = initial_variance("torch_default", "linear", 256, 16_384)
    assert variance == 1 / (3 * 16_384)
    aspect = 16_384 / 256
    edges = [16_384 * variance * (1 + sign * aspect**-0.5) ** 2 for sign in (-1, 1)]
    assert edges == pytest.approx([0.2552, 0.4219], abs=5e-5)  # MISSION.md, the report's Fig. 6


def test_glorot_counts_the_window_of_a_filter_in_both_fans() -> None:
    assert initial_variance("glorot_normal", "conv2d", 64, 3 * 9, 9) == 2 / (3 * 9 + 64 * 9)
    assert initial_variance("Glorot-Normal", "linear", 300, 784) == 2 / 1_084
    assert initial_variance("kaiming_normal", "conv2d", 64, 3 * 9, 9) == 2 / 27


@pytest.mark.parametrize("name", INITIALISERS)
def test_drawn_weights_have_the_stated_variance_and_no_mean(name: str) -> None:
    net = build("conv4")
    initialise(net, name, seed=1)
    for layer in layers(net):
        weights = net.get_submodule(layer.name).weight.detach().double().numpy().ravel()
        variance = initial_variance(name, layer.kind, layer.units, layer.inputs, layer.kernel_area)
        kurtosis = 3.0 if INITIALISERS[name].distribution == "normal" else 1.8
        # five standard errors of the sample mean and of the sample second moment
        assert abs(weights.mean()) < 5 * np.sqrt(variance / weights.size)
        assert np.mean(weights**2) == pytest.approx(variance, rel=5 * np.sqrt((kurtosis - 1) / weights.size))


@pytest.mark.parametrize(
    ("name", "twin"),
    [
        ("glorot_normal", nn.init.xavier_normal_),
        ("kaiming_normal", lambda weight: nn.init.kaiming_normal_(weight, nonlinearity="relu")),
        ("torch_default", lambda weight: nn.init.kaiming_uniform_(weight, a=5**0.5)),
    ],
)
def test_variances_are_those_of_pytorchs_own_initialisers(name: str, twin: object) -> None:
    torch.manual_seed(0)
    for layer, shape in (
        (("conv2d", 200, 30 * 9, 9), (200, 30, 3, 3)),
        (("linear", 200, 300, 1), (200, 300)),
    ):
        drawn = twin(torch.empty(shape)).var().item()  # type: ignore[operator]
        assert drawn == pytest.approx(initial_variance(name, *layer), rel=0.04)  # type: ignore[arg-type]


def test_torch_default_stays_within_its_bounds_for_weights_and_biases() -> None:
    net = build("lenet")
    initialise(net, "torch_default", seed=0)
    for layer in layers(net):
        for values in net.get_submodule(layer.name).parameters():
            assert 0.9 < values.abs().max().item() * layer.inputs**0.5 <= 1 + 1e-6 or values.numel() < 50


@pytest.mark.parametrize("name", ["glorot_normal", "kaiming_normal"])
def test_gaussian_initialisers_leave_no_bias(name: str) -> None:
    net = build("digits_conv")
    initialise(net, name, seed=0)
    assert all(not values.any() for key, values in net.named_parameters() if key.endswith("bias"))


def test_batch_norms_become_the_identity() -> None:
    net = build("vgg19bn", widths=[4] * 18)
    net(torch.randn(8, 3, 32, 32))
    nn.init.normal_(net.bn1.weight)  # type: ignore[union-attr, arg-type]
    initialise(net, "torch_default", seed=0)
    state = net.state_dict()
    assert (state["bn1.weight"] == 1).all()
    assert not state["bn1.bias"].any()
    assert (state["bn1.running_var"] == 1).all()
    assert state["bn1.num_batches_tracked"] == 0


@pytest.mark.parametrize("name", INITIALISERS)
def test_the_same_seed_gives_the_same_network_whatever_happened_before(name: str) -> None:
    nets = []
    for disturbance in (1, 2):
        torch.manual_seed(disturbance)
        nets.append(build("digits_conv"))
        initialise(nets[-1], name, seed=7)
    first, second = (net.state_dict() for net in nets)
    assert all(torch.equal(first[key], second[key]) for key in first)
    initialise(nets[1], name, seed=8)
    assert not torch.equal(first["fc1.weight"], nets[1].state_dict()["fc1.weight"])


def test_initialising_leaves_the_global_generator_alone() -> None:
    net = build("digits_conv")
    before = torch.get_rng_state()
    initialise(net, "glorot_normal", seed=0)
    assert torch.equal(before, torch.get_rng_state())


def test_an_unknown_initialiser_suggests_the_nearest() -> None:
    with pytest.raises(ValueError, match=r'no initialiser "glorot"\. Did you mean glorot_normal\?'):
        initialise(build("digits_conv"), "glorot", seed=0)


def test_catalogue_and_variances_load_no_torch() -> None:
    code = "import sys, workbench.nets.variance; from workbench.nets.architectures import catalogue; "
    code += "sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
