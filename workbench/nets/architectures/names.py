"""How networks are called: those of the catalogue, and classifiers of torchvision. Loads no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.nets.architectures.catalogue import architecture, title_of

if TYPE_CHECKING:
    from collections.abc import Sequence

TORCHVISION = "torchvision:"  # begins the name of a classifier of torchvision
# Those that lists offer; any other that takes the images can be typed.
SUGGESTED = tuple(
    f"{TORCHVISION}{name}"
    for name in (
        *("resnet18", "resnet50", "vgg11_bn", "densenet121", "googlenet", "squeezenet1_1", "mobilenet_v2"),
        *("shufflenet_v2_x0_5", "efficientnet_b0", "convnext_tiny"),
    )
)


def of_torchvision(name: str) -> bool:
    """Whether this is the name of a classifier of torchvision, such as "torchvision:resnet18"."""
    return name.startswith(TORCHVISION)


def network_name(name: str) -> str:
    """The network's own name; of a classifier of torchvision in small letters, which may still not exist.

    ValueError suggests the nearest of the catalogue.
    """
    plain = name.strip().lower()
    if of_torchvision(plain):
        return plain
    try:
        return architecture(name).name
    except ValueError as error:
        raise ValueError(f"{error} One of torchvision is written {TORCHVISION}NAME.") from error


def network_title(name: str, widths: Sequence[int] | None = None) -> str:
    """What a network of these widths is called in sentences."""
    return name.removeprefix(TORCHVISION) if of_torchvision(name) else title_of(name, widths)
