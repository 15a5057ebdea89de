"""Which network of the catalogue has parameters of such shapes. Loads no torch."""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt, prod
from typing import TYPE_CHECKING

from workbench.nets.architectures.catalogue import ARCHITECTURES, DATA_SETS, architecture
from workbench.nets.architectures.shapes import parameter_shapes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from workbench.nets.architectures.catalogue import Architecture, ImageShape

    Parameters = Mapping[str, tuple[int, ...]]  # state-dict key -> shape, in the network's order


@dataclass(frozen=True)
class Recognised:
    """A network of the catalogue whose parameters have the shapes of those that were given, in their order."""

    name: str
    widths: tuple[int, ...]  # of every layer but the classifier
    bias: bool
    image_shape: ImageShape
    classes: int
    by_name: bool  # the parameters have the same names, too


def recognised(parameters: Parameters, name: str | None = None) -> Recognised | None:
    """The catalogue's network with such parameters, or None; `name` asks for this one only.

    Networks with the same layers compute the same but for what parameters do not show (non-linearities, pools). One
    whose names fit as well comes first, then one of the widths and images the catalogue gives it. ValueError: there is
    no network called `name`.
    """
    plans = ARCHITECTURES.values() if name is None else (architecture(name),)
    found = [fit for plan in plans for fit in _fits(plan, parameters)]
    return max(found, key=lambda fit: (fit.by_name, *_like_its_plan(fit)), default=None)


def _like_its_plan(fit: Recognised) -> tuple[bool, bool]:
    plan = ARCHITECTURES[fit.name]
    return fit.widths == plan.widths, fit.image_shape == plan.image_shape


def _fits(plan: Architecture, parameters: Parameters) -> Iterator[Recognised]:
    weights = [shape for key, shape in parameters.items() if len(shape) in (2, 4) and key.endswith("weight")]
    convolutions = plan.convolutions
    ranks = [4] * convolutions + [2] * (len(plan.hidden) + 1)
    if [len(shape) for shape in weights] != ranks or any(
        shape[2:] not in ((), (plan.kernel,) * 2) for shape in weights
    ):
        return
    widths, classes = tuple(shape[0] for shape in weights[:-1]), weights[-1][0]
    last = weights[convolutions - 1][0] if convolutions else 1
    channels = weights[0][1] if convolutions else None
    for bias in (True, False):
        for shape in _image_shapes(plan, channels, weights[convolutions][1] / last):
            theirs = parameter_shapes(plan.name, shape, classes, widths, bias)
            own = {key: each for key, (each, _) in theirs.items()}
            by_name = own == dict(parameters)  # in any order: some files sort the names
            if by_name or list(own.values()) == list(parameters.values()):
                yield Recognised(plan.name, widths, bias, shape, classes, by_name)
                return


def _image_shapes(plan: Architecture, channels: int | None, positions: float) -> Iterator[ImageShape]:
    """Images that fit: of the catalogue's data sets, then square ones."""
    known = [plan.image_shape, *(data.image_shape for data in DATA_SETS.values())]
    side = isqrt(int(positions)) << plan.halvings
    for shape in (*known, (channels or 1, side, side)):
        image = (channels or shape[0], *shape[1:])
        left = plan.positions(*image[1:]) * (1 if channels else image[0])
        if left == positions and min(image[1:]) >= plan.smallest_side and prod(image) > 0:
            yield image
