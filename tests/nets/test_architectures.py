"""The catalogue's networks have the report's weights and take any shape they can."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from workbench.nets.architectures.building import build
from workbench.nets.architectures.catalogue import ARCHITECTURES, DATA_SETS, architecture, data_set, title_of
from workbench.nets.architectures.shapes import parameter_shapes
from workbench.nets.counting import sizes
from workbench.nets.units import layers

# MISSION.md, weights without biases and batch norms: all, and those of the convolutions
WEIGHTS = {
    "lenet": (266_200, 0),
    "lenet_bn": (266_200, 0),
    "conv2": (4_300_992, 38_592),
    "conv4": (2_425_024, 259_776),
    "conv6": (2_261_184, 1_144_512),
    "vgg19bn": (20_548_288, 20_018_880),
    "vgg11": (9_217_728 + 512 * 512 * 2 + 512 * 10, 9_217_728),
    "alexnet": (2_250_432 + 2 * 4096 * 4096 + 4096 * 10, 2_250_432),
    "xord": (2 * 120 + 120 * 10, 2 * 120),
    "digits_conv": (9 * 8 + 9 * 8 * 16 + 256 * 100 + 100 * 32 + 32 * 10, 9 * 8 + 9 * 8 * 16),
}


def unallocated(*arguments: object, **options: object) -> nn.Sequential:
    with torch.device("meta"):
        return build(*arguments, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_network_has_exactly_the_published_number_of_weights(name: str) -> None:
    found = layers(unallocated(name))
    total = sum(layer.units * layer.inputs for layer in found)
    convolutions = sum(layer.units * layer.inputs for layer in found if layer.kind == "conv2d")
    assert (total, convolutions) == WEIGHTS[name]


@pytest.mark.parametrize("name", ["lenet", "lenet_bn"])
@pytest.mark.parametrize("widths", [(5,), (5, 4, 3, 3)])
def test_a_network_without_convolutions_is_as_deep_as_its_widths(name: str, widths: tuple[int, ...]) -> None:
    net = build(name, (1, 4, 4), 7, widths)
    assert [layer.units for layer in layers(net)] == [*widths, 7]
    assert net(torch.zeros(2, 1, 4, 4)).shape == (2, 7)
    found = sizes(name, (1, 4, 4), np.array([*widths, 7]))
    assert int(found.parameters) == sum(parameter.numel() for parameter in net.parameters())
    expected = {key: tuple(value.shape) for key, value in net.state_dict().items()}
    assert {key: shape for key, (shape, _) in parameter_shapes(name, (1, 4, 4), 7, widths).items()} == expected
    assert ("bn1.weight" in expected) == (name == "lenet_bn")


def test_modules_are_named_by_kind_and_number() -> None:
    names = [name for name, _ in unallocated("conv2").named_children()]
    assert names == [
        "conv1",
        "relu1",
        "conv2",
        "relu2",
        "pool1",
        "flatten",
        "fc1",
        "relu3",
        "fc2",
        "relu4",
        "fc3",
    ]
    vgg = dict(unallocated("vgg19bn").named_children())
    assert isinstance(vgg["bn16"], nn.BatchNorm2d)
    assert isinstance(vgg["average"], nn.AdaptiveAvgPool2d)
    assert vgg["dropout2"].p == 0.5
    assert "pool6" not in vgg


def test_state_dict_keys_are_layer_names_with_weight_and_bias() -> None:
    assert list(unallocated("lenet").state_dict()) == [
        f"fc{number}.{kind}" for number in (1, 2, 3) for kind in ("weight", "bias")
    ]


@pytest.mark.parametrize("name", ["lenet", "conv6", "vgg19bn"])
def test_without_bias_only_batch_norms_keep_their_shift(name: str) -> None:
    biases = [key for key in unallocated(name, bias=False).state_dict() if key.endswith(".bias")]
    assert all(key.startswith("bn") for key in biases)
    assert len(biases) == (16 if name == "vgg19bn" else 0)


@pytest.mark.parametrize("name", ["Conv-2", "CONV2", "conv_2"])
def test_capitals_and_dashes_in_names_do_not_matter(name: str) -> None:
    assert architecture(name) is ARCHITECTURES["conv2"]


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(ValueError, match=r'no network "lennet"\. Did you mean lenet\? Known names: lenet, conv2'):
        build("lennet")
    with pytest.raises(ValueError, match=r'no data set "cifar-11"\. Did you mean cifar10\?'):
        data_set("cifar-11")
    with pytest.raises(ValueError, match=r'no network "§"\. Known names:'):
        build("§")


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_smallest_images_pass_and_one_pixel_less_is_refused(name: str) -> None:
    side = ARCHITECTURES[name].smallest_side
    net = build(name, image_shape=(2, side, side + 3), classes=3, widths=[4] * len(ARCHITECTURES[name].widths)).eval()
    assert net(torch.zeros(1, 2, side, side + 3)).shape == (1, 3)
    if side > 1:
        with pytest.raises(ValueError, match=f"needs at least {side}×{side} pixels; these have {side}×{side - 1}"):
            build(name, image_shape=(2, side, side - 1))


@settings(deadline=None)
@given(
    name=st.sampled_from(["lenet", "conv2", "conv4", "digits_conv"]),
    shape=st.tuples(st.integers(1, 4), st.integers(4, 11), st.integers(4, 11)),
    classes=st.integers(1, 7),
    data=st.data(),
)
def test_widths_channels_image_sizes_and_classes_can_be_chosen(
    name: str, shape: tuple[int, int, int], classes: int, data: st.DataObject
) -> None:
    count = len(ARCHITECTURES[name].widths)
    widths = data.draw(st.lists(st.integers(1, 6), min_size=count, max_size=count))
    net = build(name, shape, classes, widths)
    assert tuple(layer.units for layer in layers(net)) == (*widths, classes)
    assert net(torch.zeros(2, *shape)).shape == (2, classes)


def test_every_network_fits_every_data_set_large_enough() -> None:
    for plan in ARCHITECTURES.values():
        for facts in DATA_SETS.values():
            if min(facts.image_shape[1:]) >= plan.smallest_side:
                net = unallocated(plan.name, facts.image_shape, facts.classes).eval()
                assert net(torch.zeros(1, *facts.image_shape, device="meta")).shape == (1, facts.classes)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"name": "conv2", "widths": (300,)},
            r"takes 4 widths, one for each layer but the last \(its own are 64,64,256,256\); 1 were given",
        ),
        ({"widths": ()}, r"takes 2 widths, one for each layer but the last \(its own are 300,100\); 0 were given"),
        ({"widths": (300, 0)}, "at least 1"),
        ({"classes": 0}, "at least 1"),
        ({"image_shape": (28, 28)}, r"\(channels, height, width\).* not \(28, 28\)"),
        ({"image_shape": (0, 28, 28)}, "at least 1"),
    ],
)
def test_impossible_sizes_are_refused_with_a_reason(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        unallocated(**{"name": "lenet", **options})


@pytest.mark.parametrize(
    ("name", "widths", "title"),
    [
        ("lenet", None, "LeNet 300-100"),
        ("lenet", (60, 40), "LeNet 60-40"),
        ("lenet_bn", (9, 8, 7), "LeNet 9-8-7 with batch norm"),
        ("conv2", (4, 4, 8, 8), "Conv-2"),
    ],
)
def test_a_title_never_names_the_widths_of_another_network(name: str, widths: tuple[int, ...], title: str) -> None:
    assert title_of(name, widths) == title
