"""How alike two networks see the same images: CKA, layers by layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from workbench.analysis.changes.alignment import SMALLEST, Alignment
from workbench.comparing.columns import CKA as COLUMNS
from workbench.comparing.networks import network_and_data
from workbench.comparing.sides import opened
from workbench.comparing.steps import last_of
from workbench.evaluation.giving_up import go_on
from workbench.nets.devices import full_precision
from workbench.nets.units import OutputWatcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from os import PathLike

    from torch import nn

    from workbench.analysis.matrices import Float64Array
    from workbench.comparing.sides import Given
    from workbench.evaluation.networks.data import Data
    from workbench.nets.parts import PartName
    from workbench.nets.units import Layer

IMAGES = 2_000
BATCH = 250
_HIGH = 95.0  # percent of shuffles
_AT_ONCE = 1 << 14  # outputs of an image that are multiplied at a time


@dataclass(frozen=True, eq=False)
class Cka:
    """The CKA of every layer of one network with every layer of another."""

    first: str
    second: str
    layers: tuple[str, ...]
    other_layers: tuple[str, ...]
    values: Float64Array  # (layers, other layers); NaN where a layer gives the same for every image
    shuffled_mean: Float64Array  # the same with the images of one network shuffled: on average
    shuffled_high: Float64Array  # … and what 95 % of the shuffles stay below
    images: int
    part: PartName

    def rows(self) -> Iterator[tuple[str | float | None, ...]]:
        """The numbers of each pair of layers, in the order of `COLUMNS`."""
        for at, layer in enumerate(self.layers):
            for beside, other in enumerate(self.other_layers):
                found = (each[at, beside] for each in (self.values, self.shuffled_mean, self.shuffled_high))
                yield layer, other, *(None if np.isnan(value) else float(value) for value in found)

    @property
    def nearest(self) -> tuple[str, ...]:
        """For each layer the other network's layer that is most like it; "" where it gives constants."""
        known = np.where(np.isnan(self.values), -np.inf, self.values)
        best = known.argmax(axis=1)
        return tuple(self.other_layers[at] if row[at] > -np.inf else "" for row, at in zip(known, best, strict=True))

    def to_dataframe(self) -> Any:
        """The rows as a pandas table. ImportError without pandas."""
        import pandas as pd

        return pd.DataFrame(self.rows(), columns=list(COLUMNS))


def cka(
    a: Given,
    b: Given,
    part: PartName = "test",
    images: int | None = IMAGES,
    batch: int = BATCH,
    root: str | PathLike[str] | None = None,
    tell: Callable[[str], None] | None = None,
) -> Cka:
    """The CKA of every layer of network `a` with every layer of `b`.

    Both see the first `images` of a part of the data of `a`. Unbiased (debiased HSIC), summed in float64 over batches
    of images. Layers are seen after batch norm and ReLU. Each network is a run (its last snapshot), a `Place`, or
    "RUN.h5@3"; `root` is the folder of data sets. `tell` hears how far it is. RunError: a file cannot be read;
    ValueError: a network cannot be made, or takes other images; DataMissing: the images are not on this machine.
    """
    return last_of(cka_steps(a, b, part, images, batch, root), tell)


def cka_steps(
    a: Given,
    b: Given,
    part: PartName = "test",
    images: int | None = IMAGES,
    batch: int = BATCH,
    root: str | PathLike[str] | None = None,
) -> Iterator[str | Cka]:
    """The same in steps: how far it is after each batch, and at last the result."""
    if batch < SMALLEST:
        raise ValueError(f"CKA needs at least {SMALLEST} images in a batch, not {batch}")
    with opened(a, b) as sides:
        (one, two), data = network_and_data(sides[0], sides[1], part, images, root)
        first, second = _Grams(one), _Grams(two)
        found = Alignment(len(first.layers), len(second.layers))
        for rows in _batches(len(data), batch):
            go_on()
            found.add(first.of(data, rows), second.of(data, rows))
            yield f"{found.images:,} of {len(data):,} images"
    shuffled = found.shuffled()
    yield Cka(
        sides[0].name,
        sides[1].name,
        tuple(layer.name for layer in first.layers),
        tuple(layer.name for layer in second.layers),
        found.values(),
        shuffled.mean(axis=0),
        np.percentile(shuffled, _HIGH, axis=0),
        found.images,
        part,
    )


def _batches(images: int, batch: int) -> Iterator[slice]:
    """Slices of `batch` images; a rest too small for an estimate is left out. ValueError: nothing is left."""
    starts = [start for start in range(0, images, batch) if min(batch, images - start) >= SMALLEST]
    if not starts:
        raise ValueError(f"CKA needs at least {SMALLEST} images, not {images}")
    return (slice(start, min(start + batch, images)) for start in starts)


class _Grams(OutputWatcher):
    """Keeps the Gram matrix of the images by each layer, in float64, of the last batch."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__(net)
        self._net_seen = net
        self._grams: dict[str, Float64Array] = {}

    def of(self, data: Data, rows: slice) -> list[Float64Array]:
        """The Gram matrices of a batch, in the order of the layers."""
        device = next(self._net_seen.parameters()).device
        self._grams.clear()
        with self, torch.inference_mode(), full_precision(device):
            self._net_seen(data.inputs(rows, device, torch.contiguous_format))
        missing = [layer.name for layer in self.layers if layer.name not in self._grams]
        if missing:
            raise ValueError(f"{missing[0]} does not process images: it cannot be compared by what it gives")
        return [self._grams[layer.name] for layer in self.layers]

    def take(self, layer: Layer, output: torch.Tensor) -> None:
        flat = output.flatten(1)
        gram = torch.zeros(len(flat), len(flat), dtype=torch.float64)
        for start in range(0, flat.shape[1], _AT_ONCE):
            piece = flat[:, start : start + _AT_ONCE].cpu().double()
            gram += piece @ piece.T
        self._grams[layer.name] = gram.numpy()
