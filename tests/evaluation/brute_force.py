"""The twin of the engine: change the network itself, run it whole. Slow and plain."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from workbench.evaluation.networks.data import Data
from workbench.nets.architectures.building import build
from workbench.nets.initialisers import initialise

# Small widths and images for every network of the catalogue.
SMALL = {
    "lenet": ((1, 8, 8), (12, 9)),
    "conv2": ((3, 8, 8), (5, 6, 10, 8)),
    "conv4": ((3, 8, 8), (4, 5, 6, 5, 9, 8)),
    "conv6": ((3, 8, 8), (4, 4, 5, 5, 6, 6, 9, 8)),
    "vgg11": ((3, 32, 32), (4, 4, 5, 5, 6, 6, 6, 7, 9, 8)),
    "vgg19bn": ((3, 32, 32), (3, 4, 4, 5, 5, 4, 5, 4, 6, 5, 6, 5, 6, 5, 6, 7, 9, 8)),
    "alexnet": ((3, 8, 8), (4, 5, 6, 5, 6, 9, 8)),
    "digits_conv": ((1, 8, 8), (4, 6, 12, 7)),
    "lenet_bn": ((1, 8, 8), (12, 9, 7)),
}


def unsettled(net: nn.Sequential) -> nn.Sequential:
    """The network with its batch norms away from their initial values, the same each time."""
    random = torch.Generator().manual_seed(0)
    for norm in net:
        if isinstance(norm, nn.BatchNorm2d):
            for values in (norm.weight.data, norm.bias.data, norm.running_mean, norm.running_var):
                values.copy_(torch.rand(values.shape, generator=random) + 0.2)
    return net


def small(name: str, bias: bool = True, seed: int = 0) -> nn.Sequential:
    """A small network of the catalogue whose biases and batch norms are not at their initial values."""
    shape, widths = SMALL[name]
    net = build(name, shape, classes=5, widths=widths, bias=bias)
    initialise(net, "kaiming_normal", seed)
    random = torch.Generator().manual_seed(seed)
    for child in net:
        if isinstance(child, nn.Linear | nn.Conv2d) and child.bias is not None:
            child.bias.data.normal_(0, 0.2, generator=random)
        if isinstance(child, nn.BatchNorm1d | nn.BatchNorm2d):
            for tensor, mean in ((child.weight, 1.0), (child.bias, 0.0), (child.running_mean, 0.0)):
                tensor.data.normal_(mean, 0.3, generator=random)
            child.running_var.data.uniform_(0.5, 2.0, generator=random)
    _spread_answers(net.eval(), images_for(name).images)
    return net


def _spread_answers(net: nn.Sequential, images: torch.Tensor) -> None:
    """Brings the mean logits close together: deep random networks else see one class everywhere.

    Not to zero: with every unit at its mean all classes would then tie, and any answer would be right.
    """
    with torch.no_grad():
        hidden, classifier = net[:-1](images), net[-1]
        mean, answers = hidden.mean(0), classifier(hidden)
        wanted = 0.1 * answers.std(0).mean() * torch.linspace(-1, 1, answers.shape[1])
        classifier.weight -= torch.outer(classifier(mean) - wanted, mean) / mean.square().sum()


def images_for(name: str, count: int = 120, seed: int = 0) -> Data:
    """Images of noise for a small network, with random labels."""
    random = torch.Generator().manual_seed(seed)
    images = torch.randn(count, *SMALL[name][0], generator=random)
    return Data(images, torch.randint(0, 5, (count,), generator=random), 5)


def logits(net: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """The network's answer."""
    with torch.no_grad():
        return net.eval()(images)


def logits_without(
    net: nn.Sequential, layer: str, units: list[int], removed: str, images: torch.Tensor
) -> torch.Tensor:
    """The answer with units removed: weights zeroed, or outputs after the non-linearity replaced."""
    if removed == "bias":
        masked = net.get_submodule(layer).weight.detach().clone()
        masked[units] = 0
        return _logits_with(net, layer, masked, images)
    position = [name for name, _ in net.named_children()].index(layer)
    end = position + 1
    while end < len(net) and isinstance(net[end], nn.BatchNorm1d | nn.BatchNorm2d | nn.ReLU):
        end += 1
    with torch.no_grad():
        outputs = net[:end](images)
        means = outputs.mean([axis for axis in range(outputs.ndim) if axis != 1], keepdim=True)
        value = means if removed == "mean" else torch.zeros_like(means)
        outputs[:, units] = value[:, units].expand_as(outputs[:, units])
        return net[end:](outputs)


def logits_with(net: nn.Sequential, layer: str, matrix: np.ndarray, images: torch.Tensor) -> torch.Tensor:
    """The answer with the layer's weights replaced."""
    weight = net.get_submodule(layer).weight
    return _logits_with(net, layer, torch.as_tensor(matrix, dtype=weight.dtype).reshape(weight.shape), images)


def _logits_with(net: nn.Module, layer: str, weight: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
    """The answer with another weight in the layer, which has its own again afterwards: a copy takes more than a run."""
    kept = net.get_submodule(layer).weight.data
    net.get_submodule(layer).weight.data = weight
    try:
        return logits(net, images)
    finally:
        net.get_submodule(layer).weight.data = kept


def best_of_rank(matrix: np.ndarray, rank: int) -> np.ndarray:
    """The best approximation, from the singular value decomposition."""
    u, s, v = np.linalg.svd(matrix.astype(np.float64), full_matrices=False)
    return (u[:, :rank] * s[:rank]) @ v[:rank]
