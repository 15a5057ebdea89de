"""The one place that imports torchvision, late and beside any build of torch; its classifiers by name."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

import torch

from workbench.nets.architectures.catalogue import look_up

if TYPE_CHECKING:
    from types import ModuleType

    from torch import nn

_MISSING = "operator torchvision::nms does not exist"
_SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


@cache
def torchvision(part: str = "datasets") -> ModuleType:
    """The module `torchvision.<part>` ("datasets", "models", "transforms.v2").

    torchvision's compiled operators load only beside the very build of torch they were made for, and its
    import then fails because it describes two of them. None of what is used here needs them, so in that case
    alone they are declared and the import is made again. ImportError: torchvision is not installed.
    """
    try:
        return import_module(f"torchvision.{part}")
    except RuntimeError as error:
        if _MISSING not in str(error):
            raise
    _declare_operators()
    return import_module(f"torchvision.{part}")


@cache
def _declare_operators() -> torch.library.Library:
    """The declarations, kept alive by the cache: they vanish with the library object."""
    library = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
    for name in ("nms", "qnms"):
        library.define(name + _SCHEMA)  # type: ignore[no-untyped-call]
    return library


def classifier_name(name: str) -> str:
    """torchvision's own name of a classifier. ValueError: there is none; the message names the nearest."""
    models = torchvision("models")
    names: dict[str, str] = {each: each for each in models.list_models(module=models)}
    return look_up(names, name, "classifier of torchvision")


def classifier(name: str, classes: int = 1_000, auxiliary: bool = True) -> nn.Module:
    """torchvision's classifier called `name` ("alexnet", "vgg11", "resnet18"), as it is initialised.

    `auxiliary`: with the further heads that some have while they train. ValueError as `classifier_name`.
    """
    chosen = classifier_name(name)
    extra = {"init_weights": False, "aux_logits": auxiliary} if chosen in ("googlenet", "inception_v3") else {}
    module: nn.Module = torchvision("models").get_model(chosen, weights=None, num_classes=classes, **extra)
    return module
