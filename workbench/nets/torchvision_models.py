"""Classifiers of torchvision by name, without weights of theirs: nothing is downloaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.nets.catalogue import look_up
from workbench.nets.torchvision_loading import torchvision

if TYPE_CHECKING:
    from torch import nn


def classifier(name: str, classes: int = 1_000) -> nn.Module:
    """torchvision's classifier called `name` ("alexnet", "vgg11", "resnet18"), as it is initialised.

    ValueError: there is none; the message names the nearest.
    """
    models = torchvision("models")
    names = {each: each for each in models.list_models(module=models)}
    chosen = look_up(names, name, "classifier of torchvision")
    extra = {"init_weights": False} if chosen in ("googlenet", "inception_v3") else {}
    module: nn.Module = models.get_model(chosen, weights=None, num_classes=classes, **extra)
    return module
