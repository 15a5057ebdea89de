"""Small classifiers of torchvision with random weights, and the twin that changes them from outside."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, partial
from itertools import count
from typing import TYPE_CHECKING

import torch
from torch import nn

from workbench.evaluation.networks.data import Data
from workbench.nets.torchvision_loading import torchvision

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Case:
    """A network, and for some of its layers where a unit's output stands: a module, and which of its calls."""

    name: str
    places: Mapping[str, tuple[str, int]]  # layer -> (module, call)
    side: int = 32
    options: Mapping[str, object] = field(default_factory=dict)


def itself(*layers: str) -> dict[str, tuple[str, int]]:
    """Layers whose outputs meet others at once."""
    return {layer: (layer, 0) for layer in layers}


CASES = {
    case.name: case
    for case in (
        Case(
            "resnet18",
            {
                **{"conv1": ("relu", 0), "layer1.0.conv1": ("layer1.0.relu", 0), "layer1.0.conv2": ("layer1.0.bn2", 0)},
                **{"layer2.0.downsample.0": ("layer2.0.downsample.1", 0), "fc": ("fc", 0)},
            },
            options={"layers": [1, 1, 1, 1]},
        ),
        Case(
            "resnext50_32x4d",
            {"layer1.0.conv1": ("layer1.0.relu", 0), "layer1.0.conv2": ("layer1.0.relu", 1)},
            32,
            {"layers": [1, 1, 1, 1], "groups": 4, "width_per_group": 4},
        ),
        Case(
            "googlenet",
            {
                **{"conv2.conv": ("conv2", 0), "inception3a.branch2.0.conv": ("inception3a.branch2.0", 0)},
                **{"inception4a.branch4.1.conv": ("inception4a.branch4.1", 0)},
            },
        ),
        Case("inception_v3", {"Mixed_5b.branch3x3dbl_2.conv": ("Mixed_5b.branch3x3dbl_2", 0)}, 75),
        Case(
            "densenet121",
            {
                "features.conv0": ("features.relu0", 0),
                "features.denseblock1.denselayer1.conv1": ("features.denseblock1.denselayer1.relu2", 0),
                **itself("features.denseblock1.denselayer2.conv2", "features.transition1.conv", "classifier"),
            },
            options={"growth_rate": 4, "block_config": (2, 2), "num_init_features": 8, "bn_size": 2},
        ),
        Case(
            "mobilenet_v2",
            {
                **{"features.0.0": ("features.0.2", 0), "features.2.conv.0.0": ("features.2.conv.0.2", 0)},
                **{"features.2.conv.1.0": ("features.2.conv.1.2", 0), "features.3.conv.2": ("features.3.conv.3", 0)},
            },
            options={"width_mult": 0.25},
        ),
        Case(
            "mobilenet_v3_small",
            {
                "features.1.block.1.fc1": ("features.1.block.1.activation", 0),
                "features.1.block.1.fc2": ("features.1.block.1.scale_activation", 0),
                "classifier.0": ("classifier.1", 0),
            },
        ),
        Case("mnasnet0_5", {"layers.8.0.layers.3": ("layers.8.0.layers.5", 0), "layers.14": ("layers.16", 0)}),
        Case("efficientnet_b0", {"features.2.0.block.0.0": ("features.2.0.block.0.2", 0)}),
        Case(
            "shufflenet_v2_x0_5",
            {"conv1.0": ("conv1.2", 0), "stage2.1.branch2.0": ("stage2.1.branch2.2", 0), "fc": ("fc", 0)},
        ),
        Case(
            "squeezenet1_0",
            {
                "features.3.squeeze": ("features.3.squeeze_activation", 0),
                "features.3.expand1x1": ("features.3.expand1x1_activation", 0),
                "classifier.1": ("classifier.2", 0),
            },
        ),
        Case(
            "regnet_y_400mf",
            {
                "trunk_output.block1.block1-0.f.a.0": ("trunk_output.block1.block1-0.f.a.2", 0),
                "trunk_output.block1.block1-0.f.c.0": ("trunk_output.block1.block1-0.f.c.1", 0),
            },
        ),
        Case(
            "convnext_tiny",
            {
                **itself("features.0.0", "features.1.0.block.0", "features.1.0.block.5"),
                "features.1.0.block.3": ("features.1.0.block.4", 0),
            },
            options={"widths": (12, 16, 24)},
        ),
        Case(
            "vit_b_16",
            {
                **itself("conv_proj", "heads.head"),
                "encoder.layers.encoder_layer_0.mlp.0": ("encoder.layers.encoder_layer_0.mlp.1", 0),
                "encoder.layers.encoder_layer_1.mlp.3": ("encoder.layers.encoder_layer_1.mlp.4", 0),
            },
            options={"patch_size": 8, "num_layers": 2, "num_heads": 2, "hidden_dim": 16, "mlp_dim": 24},
        ),
        Case(
            "swin_t",
            {"features.1.0.mlp.0": ("features.1.0.mlp.1", 0), **itself("features.2.reduction")},
            options={
                **{"patch_size": [4, 4], "embed_dim": 8, "depths": [1, 1], "num_heads": [1, 2]},
                "window_size": [2, 2],
            },
        ),
        Case(
            "maxvit_t",
            {
                "blocks.0.layers.0.layers.MBconv.layers.conv_a.0": (
                    "blocks.0.layers.0.layers.MBconv.layers.conv_a.2",
                    0,
                ),
                **itself("blocks.0.layers.0.layers.window_attention.attn_layer.1.to_qkv"),
            },
            options={
                **{"input_size": (32, 32), "stem_channels": 8, "partition_size": 2, "block_channels": [8, 16]},
                **{"block_layers": [1, 1], "head_dim": 4, "stochastic_depth_prob": 0.0},
            },
        ),
    )
}


@cache
def classifier(name: str) -> nn.Module:
    """The network in evaluation mode, for all tests, never changed; in double precision, to tell errors from rounding.

    Neither its batch norms nor what torchvision begins at zero or nearly so are at their initial values.
    """
    torch.manual_seed(0)
    net = _made(name, dict(CASES[name].options))
    for child in net.modules():
        if isinstance(child, nn.BatchNorm2d):
            child.momentum = 1.0
            nn.init.uniform_(child.weight, 0.5, 1.5)
            nn.init.uniform_(child.bias, -0.5, 0.5)
        if isinstance(child, nn.Linear):
            nn.init.normal_(child.weight, 0, child.in_features**-0.5)
        if isinstance(getattr(child, "layer_scale", None), nn.Parameter):
            nn.init.constant_(child.layer_scale, 0.5)
    with torch.no_grad():
        net.train()(images(name).images.float())  # batch norms take up what they see: else what a layer says dies out
    return net.eval().double()


def _made(name: str, options: dict[str, object]) -> nn.Module:
    models = torchvision("models")
    if name in ("googlenet", "inception_v3"):
        options |= {"init_weights": False, "aux_logits": name == "googlenet"}
    if name == "vit_b_16":
        options["image_size"] = CASES[name].side
    if name == "convnext_tiny":
        small, middle, large = options["widths"]
        blocks = [models.convnext.CNBlockConfig(small, middle, 1), models.convnext.CNBlockConfig(middle, large, 1)]
        return models.ConvNeXt(blocks, num_classes=5)
    classes = {
        **{"densenet121": models.DenseNet, "vit_b_16": models.VisionTransformer, "maxvit_t": models.MaxVit},
        **{"swin_t": models.SwinTransformer, "resnet18": partial(models.ResNet, models.resnet.BasicBlock)},
        "resnext50_32x4d": partial(models.ResNet, models.resnet.Bottleneck),
    }
    make = classes.get(name, partial(models.get_model, name, weights=None))
    return make(num_classes=5, **options)


def images(name: str, number: int = 4) -> Data:
    """Images of noise, with random labels."""
    side, random = CASES[name].side, torch.Generator().manual_seed(0)
    pixels = torch.randn(number, 3, side, side, generator=random, dtype=torch.float64)
    return Data(pixels, torch.randint(0, 5, (number,), generator=random), 5)


def logits_without(
    net: nn.Module, case: Case, layer: str, units: list[int], removed: str, pixels: torch.Tensor
) -> torch.Tensor:
    """The answer with units removed: weights zeroed, or a module's output changed where the units' outputs stand."""
    module = net.get_submodule(layer)
    if removed == "bias":
        kept = module.weight.data.clone()
        module.weight.data[units] = 0
        answer = _answer(net, pixels)
        module.weight.data.copy_(kept)
        return answer
    place, wanted = case.places[layer]
    mean = _mean_output(net, place, wanted, len(module.weight), pixels)
    value = mean if removed == "mean" else torch.zeros_like(mean)
    calls = count()

    def replace(_module: nn.Module, _inputs: object, output: torch.Tensor) -> torch.Tensor:
        if next(calls) != wanted:
            return output
        output = output.clone()
        outputs = output.movedim(_axis(output, len(module.weight)), -1)  # a view
        outputs[..., units] = value[units]
        return output

    handle = net.get_submodule(place).register_forward_hook(replace)
    answer = _answer(net, pixels)
    handle.remove()
    return answer


def _mean_output(net: nn.Module, place: str, wanted: int, units: int, pixels: torch.Tensor) -> torch.Tensor:
    seen: list[torch.Tensor] = []
    handle = net.get_submodule(place).register_forward_hook(lambda *call: seen.append(call[2].clone()))
    _answer(net, pixels)
    handle.remove()
    return seen[wanted].movedim(_axis(seen[wanted], units), -1).reshape(-1, units).mean(0)


def _axis(output: torch.Tensor, units: int) -> int:
    return 1 if output.ndim == 4 and output.shape[1] == units else output.ndim - 1


def _answer(net: nn.Module, pixels: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return net(pixels)
