"""What the network says of one unit: the test images that excite it most, and what its removal costs each class."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from workbench.figures.overview.costs import NOT_POSSIBLE, PART
from workbench.runs.saying import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, MutableMapping
    from os import PathLike

    from numpy.typing import NDArray

    from workbench.evaluation.exciting import Exciting
    from workbench.evaluation.networks.data import Data
    from workbench.evaluation.results import Accuracy
    from workbench.runs.place import Key, Place

    Root = str | PathLike[str] | None

DARK = 128  # no byte of the images is as large: the digits have 17 shades
BRIGHTEST = 1_000  # images that are looked at for that
IMAGES, LOST = "images", "lost"  # what can be missing


@dataclass(frozen=True, eq=False)
class StrongImage:
    """A test image that excites a unit."""

    number: int  # in the part
    label: int
    output: float  # of the unit, after its non-linearity; of a filter, the largest of all positions
    pixels: NDArray[np.uint8]  # (height, width, 3)


@dataclass(frozen=True, eq=False)
class ClassLosses:
    """What the removal of one unit costs; its bias stays, as in the table."""

    lost: float  # points of accuracy
    by_class: NDArray[np.float64]  # (K,) points of each class; NaN: it has no image
    images: int
    exact: bool  # these are all images of the part
    start: float = float("nan")  # accuracy with nothing removed, percent


@dataclass(frozen=True, eq=False)
class UnitMeasures:
    """What is known so far of a unit at a place. What cannot be measured is None, and `missing` says why."""

    place: Place
    unit: int
    images: tuple[StrongImage, ...] | None = None  # the strongest first
    fires: int = 0  # number of images on which the unit is above zero …
    seen: int = 0  # … of so many
    total: int = 0  # images of the part
    losses: ClassLosses | None = None
    missing: Mapping[str, str] = field(default_factory=dict)  # IMAGES or LOST -> why
    warnings: tuple[str, ...] = ()  # why these are doubtful


def measures_of(
    place: Place, unit: int, cache: MutableMapping[Key, Exciting] | None = None, root: Root = None
) -> Iterator[UnitMeasures]:
    """What the network says of a unit, ever better; the last is exact.

    `cache` holds the strongest images of all units of the places that were asked about, by their keys. Closing the
    generator cancels. What cannot be measured is `missing`, with the reason.
    """
    found = UnitMeasures(place, unit)
    try:
        for better in _measures(found, {} if cache is None else cache, root):
            found = better
            yield found
    except NOT_POSSIBLE as error:
        names = (IMAGES, found.images), (LOST, found.losses)
        yield replace(found, missing={name: in_words(error) for name, known in names if known is None})


def _measures(found: UnitMeasures, cache: MutableMapping[Key, Exciting], root: Root) -> Iterator[UnitMeasures]:
    from workbench.evaluation.doubts import warnings_of
    from workbench.evaluation.exciting import exciting
    from workbench.evaluation.run_evaluators import evaluator

    place = found.place
    asked = evaluator(place, PART, root)
    found = replace(found, total=len(asked.data))
    images = iter((cache[place.key],) if place.key in cache else exciting(asked))
    losses = zip(asked.accuracies(), asked.ablations([found.unit]), strict=True)
    for some in (1, None):  # the first answer of both, then the exact ones
        for known in islice(images, some):
            found = with_images(found, known, asked.data)
            if known.exact:
                cache[place.key] = known
            yield found
        for whole, without in islice(losses, some):
            found = replace(found, losses=_lost(whole, without))
            yield found
    warnings = warnings_of(place.run, place.snapshot, PART, root, whole.accuracy)
    yield replace(found, warnings=tuple(warnings))


def with_images(found: UnitMeasures, known: Exciting, data: Data) -> UnitMeasures:
    """With the images that excite the unit most."""
    numbers, outputs = known.images[found.unit].tolist(), known.outputs[found.unit].tolist()
    images = tuple(
        StrongImage(number, int(data.labels[number]), output, pixels_of(data, number))
        for number, output in zip(numbers, outputs, strict=True)
        if number >= 0
    )
    return replace(found, images=images, fires=int(known.fires[found.unit]), seen=known.seen)


def pixels_of(data: Data, number: int) -> NDArray[np.uint8]:
    """An image of a part as one sees it, (height, width, 3): grey where it has not three channels.

    Numbers other than bytes, and bytes that fill less than half of their range, are spread over it.
    """
    image = data.images[number].cpu().numpy()
    image = image if len(image) == 3 else np.repeat(image[:1], 3, axis=0)
    low, high = (
        (0, int(data.images[:BRIGHTEST].max())) if image.dtype == np.uint8 else (float(image.min()), float(image.max()))
    )
    if image.dtype != np.uint8 or high < DARK:
        image = np.round(255.0 * (image - low) / (high - low or 1.0)).astype(np.uint8)
    return np.ascontiguousarray(image.transpose(1, 2, 0))


def _lost(whole: Accuracy, without: Accuracy) -> ClassLosses:
    by_class = np.subtract(whole.per_class, without.per_class)
    return ClassLosses(whole.accuracy - without.accuracy, by_class, without.images, without.exact, whole.accuracy)
