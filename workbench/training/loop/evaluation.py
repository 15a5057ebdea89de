"""What is measured on a network at a snapshot, always in float32: accuracy, units' activity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn import functional

from workbench.nets.units import ActivityCounter
from workbench.nets.weights import evaluating
from workbench.nets.work import with_work

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from torch import nn

    from workbench.nets.parts import Part

    Inputs = Callable[[torch.Tensor], torch.Tensor]  # uint8 images -> what the network takes

# So that a processor is done with a chunk in about a tenth of a second. Measured times must not decide it:
# the size of a chunk changes the last bits of a sum, and on the processor a run is the same bit for bit.
_FLOPS_PER_CHUNK = 8e9
_SMALLEST_CHUNK, _LARGEST_CHUNK, _ACCELERATOR_CHUNK = 16, 1_000, 2_000


@dataclass(frozen=True)
class Score:
    """Loss (mean cross-entropy, nats) and accuracies in percent; NaN where there are no images."""

    loss: float
    accuracy: float
    per_class: tuple[float, ...]

    @classmethod
    def unknown(cls, classes: int) -> Score:
        """For measurements that were skipped."""
        return cls(np.nan, np.nan, (np.nan,) * classes)


def chunk_size(net: nn.Module, inputs: torch.Tensor) -> int:
    """How many images to pass through `net` at once, from the work for one; `inputs` holds at least one."""
    if inputs.device.type != "cpu":
        return _ACCELERATOR_CHUNK
    with evaluating(net):
        _, flops = with_work(lambda: net(inputs[:1]))
    return int(np.clip(_FLOPS_PER_CHUNK // max(1, flops), _SMALLEST_CHUNK, _LARGEST_CHUNK))


def score(net: nn.Module, part: Part, inputs: Inputs, classes: int, chunk: int) -> Generator[None, None, Score]:
    """The score of `net` on `part`, returned at the end; yields after each chunk of images."""
    loss, right, count = 0.0, np.zeros(classes), np.zeros(classes)
    for images, labels in _chunks(part, chunk):
        with evaluating(net):
            logits = net(inputs(images))
            loss += functional.cross_entropy(logits, labels, reduction="sum").item()
            correct = labels[logits.argmax(1) == labels]
        count += torch.bincount(labels, minlength=classes).cpu().numpy()
        right += torch.bincount(correct, minlength=classes).cpu().numpy()
        yield
    with np.errstate(invalid="ignore"):  # 0 / 0 where there are no images: NaN
        per_class = 100.0 * right / count
        total = np.float64(count.sum())
        return Score(float(loss / total), float(100.0 * right.sum() / total), tuple(per_class.tolist()))


def activity(
    net: nn.Module, part: Part, inputs: Inputs, chunk: int
) -> Generator[None, None, dict[str, np.ndarray[Any, np.dtype[np.float32]]]]:
    """Returns at the end on which fraction of the images of `part` each unit is active; yields per chunk."""
    with ActivityCounter(net) as counter:
        for images, _ in _chunks(part, chunk):
            with evaluating(net):
                net(inputs(images))
            yield
    return counter.fractions()


def _chunks(part: Part, chunk: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    for start in range(0, len(part), chunk):
        yield part.images[start : start + chunk], part.labels[start : start + chunk]
