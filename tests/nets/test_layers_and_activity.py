"""Layers, weight matrices and the activity of units, against a plain forward pass."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from workbench.nets.architectures.building import build
from workbench.nets.initialisers import initialise
from workbench.nets.units import ActivityCounter, Layer, activity, layers, weight_matrix
from workbench.nets.weights import evaluating


def brute_force_activity(net: nn.Sequential, images: torch.Tensor) -> dict[str, np.ndarray]:
    """One image at a time through the modules in order; a ReLU overwrites what its layer left."""
    active: dict[str, list[np.ndarray]] = {}
    net.eval()
    for image in images:
        values, name, seen = image.unsqueeze(0), "", {}
        for child_name, child in net.named_children():
            values = child(values).detach()
            if isinstance(child, nn.Linear | nn.Conv2d):
                name = child_name
            if child_name == name or isinstance(child, nn.ReLU):
                seen[name] = (values[0].numpy() > 0).reshape(values.shape[1], -1).any(axis=1)
        for layer, units in seen.items():
            active.setdefault(layer, []).append(units)
    return {layer: np.mean(units, axis=0) for layer, units in active.items()}


def prepared(name: str, **options: object) -> nn.Sequential:
    net = build(name, **options)  # type: ignore[arg-type]
    initialise(net, "torch_default", seed=3)
    return net


def test_layers_tell_names_sizes_order_and_window() -> None:
    assert layers(prepared("digits_conv")) == (
        Layer("conv1", "conv2d", 8, 9, 0, 9),
        Layer("conv2", "conv2d", 16, 72, 1, 9),
        Layer("fc1", "linear", 100, 256, 2, 1),
        Layer("fc2", "linear", 32, 100, 3, 1),
        Layer("fc3", "linear", 10, 32, 4, 1),
    )


def test_layers_of_nested_modules_carry_their_path_and_grouped_filters_their_own_inputs() -> None:
    net = nn.Sequential(nn.Sequential(nn.Conv2d(4, 8, (3, 2), groups=2)), nn.Flatten(), nn.LazyLinear(3))
    net(torch.zeros(1, 4, 5, 5))
    assert layers(net)[0] == Layer("0.0", "conv2d", 8, 12, 0, 6)


def test_weight_matrix_is_a_view_with_one_row_per_unit() -> None:
    weight = torch.arange(48.0).reshape(4, 3, 2, 2)
    matrix = weight_matrix(weight)
    assert matrix.shape == (4, 12)
    assert matrix.data_ptr() == weight.data_ptr()
    assert torch.equal(matrix[2], weight[2].ravel())


@pytest.mark.parametrize("chunk", [1, 7, 100])
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("digits_conv", {}),
        ("lenet", {"widths": (30, 10), "image_shape": (1, 8, 8)}),
        ("vgg19bn", {"widths": (3,) * 18}),
    ],
)
def test_activity_equals_a_plain_pass_image_by_image(name: str, options: dict[str, object], chunk: int) -> None:
    net = prepared(name, **options)
    shape = {"vgg19bn": (3, 32, 32)}.get(name, (1, 8, 8))
    images = torch.randn(20, *shape, generator=torch.Generator().manual_seed(0))
    if name == "vgg19bn":  # moving averages and shifts that matter: without them ReLU after BN hides nothing
        for _ in range(3):
            net(images)
        for child in net.modules():
            if isinstance(child, nn.BatchNorm2d):
                nn.init.normal_(child.bias, std=2, generator=torch.Generator().manual_seed(1))
    found, expected = activity(net, images, chunk), brute_force_activity(net, images)
    assert list(found) == [layer.name for layer in layers(net)]
    for layer, fractions in found.items():
        assert fractions.dtype == np.float32
        np.testing.assert_allclose(fractions, expected[layer], atol=1e-7)


def test_activity_is_taken_after_batch_norm_and_relu() -> None:
    net = nn.Sequential(nn.Conv2d(1, 2, 1, bias=False), nn.BatchNorm2d(2), nn.ReLU(inplace=True)).eval()
    nn.init.ones_(net[0].weight)  # type: ignore[arg-type]
    net[1].bias.data = torch.tensor([-5.0, 5.0])  # type: ignore[union-attr]
    assert activity(net, torch.ones(3, 1, 2, 2))["0"].tolist() == [0.0, 1.0]


def test_where_relu_is_a_function_the_batch_norm_is_judged() -> None:
    class Branching(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.norm = nn.Conv2d(1, 2, 1, bias=False), nn.BatchNorm2d(2)

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return nn.functional.relu(self.norm(self.conv(images)), inplace=True)

    net = Branching().eval()
    nn.init.ones_(net.conv.weight)
    net.norm.bias.data = torch.tensor([-5.0, 5.0])
    assert activity(net, torch.ones(3, 1, 2, 2))["conv"].tolist() == [0.0, 1.0]


def test_a_layer_without_relu_is_judged_by_its_own_output() -> None:
    net = nn.Sequential(nn.Linear(1, 2, bias=False), nn.BatchNorm1d(2), nn.Linear(2, 1, bias=False), nn.ReLU())
    net[0].weight.data = torch.tensor([[1.0], [-1.0]])  # type: ignore[union-attr]
    net[1].bias.data = torch.tensor([-9.0, 9.0])  # type: ignore[union-attr]
    found = activity(net, torch.tensor([[1.0], [2.0], [-1.0], [3.0]]))
    assert found["0"].tolist() == [0.75, 0.25]


def test_one_relu_object_used_after_every_layer_serves_each() -> None:
    relu = nn.ReLU()
    net = nn.Sequential(nn.Linear(1, 1), relu, nn.Linear(1, 1), relu)
    for layer, bias in ((net[0], 1.0), (net[2], -1.0)):
        nn.init.zeros_(layer.weight)  # type: ignore[arg-type]
        nn.init.constant_(layer.bias, bias)  # type: ignore[arg-type]
    assert {name: found.tolist() for name, found in activity(net, torch.zeros(2, 1)).items()} == {
        "0": [1.0],
        "2": [0.0],
    }


def test_a_unit_of_a_filter_counts_an_image_once_however_many_positions_are_positive() -> None:
    net = nn.Sequential(nn.Conv2d(1, 1, 1, bias=False), nn.ReLU())
    nn.init.ones_(net[0].weight)  # type: ignore[arg-type]
    images = torch.zeros(4, 1, 3, 3)
    images[0] = 1
    images[1, 0, 2, 2] = 1
    images[2] = -1
    assert activity(net, images)["0"].tolist() == [0.5]


def test_activity_leaves_hooks_modes_and_gradients_as_they_were() -> None:
    net = prepared("vgg19bn", widths=(2,) * 18).train()
    net.bn1.eval()
    running = net.bn2.running_mean.clone()  # type: ignore[union-attr, operator]
    activity(net, torch.randn(3, 3, 32, 32))
    assert [name for name, child in net.named_modules() if name and not child.training] == ["bn1"]
    assert torch.equal(net.bn2.running_mean, running)  # type: ignore[union-attr, arg-type]
    assert not any(child._forward_hooks for child in net.modules())
    assert net(torch.randn(2, 3, 32, 32)).requires_grad


def test_a_counter_collects_over_passes_made_for_other_reasons() -> None:
    net = prepared("digits_conv")
    images = torch.randn(9, 1, 8, 8)
    with evaluating(net), ActivityCounter(net) as counter:
        net(images[:4])
        net(images[4:])
    net(images)  # not counted: the context was left
    np.testing.assert_array_equal(counter.fractions()["fc1"], activity(net, images)["fc1"])


def test_activity_of_no_images_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one image"):
        activity(prepared("digits_conv"), torch.empty(0, 1, 8, 8))
