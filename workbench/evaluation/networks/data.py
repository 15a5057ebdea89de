"""The labelled images a network is asked about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TYPE_CHECKING

from workbench.cached import cached_property
from workbench.nets.parts import Part, as_array, digest, normalise

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, eq=False)
class Data:
    """Images N × C × H × W with labels (N,) int64. ValueError: none, or not as many labels as images."""

    images: torch.Tensor  # uint8 as loaded, or float32 as the network takes them
    labels: torch.Tensor
    classes: int
    mean: tuple[float, ...] | None = None  # per channel, in the images' scale; None: already normalised
    std: tuple[float, ...] | None = None
    name: str = "test"
    share: float = 1.0  # of the images that there are; below 1 it was drawn at random
    whole: Data | None = None  # of which these are the first images

    def __post_init__(self) -> None:
        if not len(self.images) or len(self.images) != len(self.labels):
            raise ValueError(
                f"The {self.name} part has {len(self.images)} images and {len(self.labels)} labels; "
                "an accuracy needs at least one image, and a label for each."
            )

    def __len__(self) -> int:
        return len(self.labels)

    def first(self, count: int) -> Data:
        """The first `count` images; all of them where there are no more."""
        if len(self) <= count:
            return self
        few = {"images": self.images[:count], "labels": self.labels[:count]}
        return replace(self, **few, share=self.share * count / len(self), whole=self)  # type: ignore[arg-type]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the images as the network sees them, their labels and their order (see `parts.digest`)."""
        return digest(Part(self.images, self.labels), self.mean, self.std)

    @cached_property
    def of_each(self) -> tuple[bytes, ...]:
        """A digest of each image with its label: equal images of one class have equal digests."""
        rows = as_array(self.images).reshape(len(self), -1)
        labelled = zip(rows, self.labels.tolist(), strict=True)
        return tuple(blake2b(row.tobytes() + b"%d" % label, digest_size=16).digest() for row, label in labelled)

    def inputs(self, rows: slice, device: torch.device, memory_format: torch.memory_format) -> torch.Tensor:
        """Some images as the network takes them."""
        images = self.images[rows].to(device)
        if self.mean is not None and self.std is not None:
            images = normalise(images, self.mean, self.std)
        return images.contiguous(memory_format=memory_format)
