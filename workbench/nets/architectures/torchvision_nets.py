"""Classifiers of torchvision that are trained here: made without pretrained weights, and only where they fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from workbench.nets.architectures.building import shapes_only
from workbench.nets.architectures.names import TORCHVISION
from workbench.nets.torchvision_loading import classifier, classifier_name
from workbench.nets.units import layers

if TYPE_CHECKING:
    from torch import nn

    from workbench.nets.architectures.catalogue import ImageShape
    from workbench.nets.architectures.shapes import Shapes


def trained_classifier(name: str, classes: int, seed: int = 0) -> nn.Module:
    """The classifier called "torchvision:NAME" for so many classes, without auxiliary heads; nothing is downloaded.

    What `initialise` does not draw, such as scales, is torchvision's own and follows from the seed.
    """
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        return classifier(name.removeprefix(TORCHVISION), classes, auxiliary=False)


def shapes_if_trainable(name: str, image_shape: ImageShape, classes: int) -> Shapes:
    """State-dict key -> (shape, NumPy dtype name) of "torchvision:NAME"; takes no memory for the parameters.

    ValueError: there is no such classifier, it does not take such images, or it cannot be trained here.
    """
    own = f"{TORCHVISION}{classifier_name(name.removeprefix(TORCHVISION))}"
    if own != name:
        raise ValueError(f"There is no network {name}. Did you mean {own}?")
    with shapes_only():
        net = trained_classifier(name, classes)
    found = layers(net)
    if any(layer.parameter for layer in found):
        raise ValueError(
            f"{name} holds several layers in one parameter, as transformers do. It cannot be trained here: train it "
            "in a loop of your own and record that."
        )
    _check_images(net, name, image_shape, classes)
    return {
        key: (tuple(tensor.shape), str(tensor.dtype).removeprefix("torch.")) for key, tensor in net.state_dict().items()
    }


def _check_images(net: nn.Module, name: str, image_shape: ImageShape, classes: int) -> None:
    channels, height, width = image_shape
    taken = next(each.shape[1] for each in net.parameters() if each.ndim == 4)
    if channels != taken:
        raise ValueError(f"{name} takes images of {taken} channels; these have {channels}. Choose images in colour.")
    try:
        with torch.no_grad():
            answers = [net.train(mode)(torch.empty(2, *image_shape, device="meta")) for mode in (True, False)]
    except (RuntimeError, ValueError, AssertionError) as error:
        why = str(error).partition("\n")[0].rstrip(".")
        raise ValueError(
            f"{name} cannot take images of {height}×{width} pixels ({why}). Choose another network or larger images."
        ) from error
    if not all(isinstance(answer, torch.Tensor) and answer.shape == (2, classes) for answer in answers):
        raise ValueError(f"{name} does not answer with a number for each class. It cannot be trained here.")
