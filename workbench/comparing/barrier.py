"""The accuracy on the straight line between two networks, before and after their units are matched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn import functional

from workbench.comparing.columns import BARRIER as COLUMNS
from workbench.comparing.networks import network_and_data
from workbench.comparing.rebasin import matched
from workbench.comparing.sides import opened
from workbench.comparing.steps import last_of
from workbench.evaluation.giving_up import go_on
from workbench.evaluation.networks.chains import neighbours_of
from workbench.evaluation.networks.network import Network
from workbench.nets.devices import full_precision

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from os import PathLike

    from numpy.typing import NDArray
    from torch import nn

    from workbench.analysis.matrices import Float64Array
    from workbench.comparing.sides import Given
    from workbench.evaluation.networks.data import Data
    from workbench.nets.neighbours import Neighbours
    from workbench.nets.parts import PartName

    State = Mapping[str, NDArray[np.generic]]

POINTS = 11
_CHUNK = 250  # images at a time


@dataclass(frozen=True, eq=False)
class Barrier:
    """Accuracies and losses at (1 − α)A + αB, and at the same with B's units in A's order."""

    first: str
    second: str
    alphas: Float64Array  # (p,) from 0 to 1
    accuracy: Float64Array  # (p,) percent
    loss: Float64Array
    matched_accuracy: Float64Array
    matched_loss: Float64Array
    moved: Mapping[str, int]  # layer -> how many of B's units change places
    images: int
    part: PartName
    notes: tuple[str, ...] = ()

    @property
    def height(self) -> float:
        """How far the accuracy falls below the straight line between the ends at most, in points; 0: it does not."""
        return _height(self.alphas, self.accuracy)

    @property
    def matched_height(self) -> float:
        """The same after the units are matched."""
        return _height(self.alphas, self.matched_accuracy)

    @property
    def words(self) -> str:
        """What is found, in a sentence."""
        moved = ", ".join(f"{layer} {count}" for layer, count in self.moved.items() if count) or "none"
        return (
            f"the accuracy falls {self.height:.2f} points below the straight line, and {self.matched_height:.2f} after "
            f"the units are matched; from {self.first} to {self.second} (units that changed places: {moved})"
        )

    def rows(self) -> Iterator[tuple[float, ...]]:
        """The numbers at each point, in the order of `COLUMNS`."""
        columns = (self.alphas, self.accuracy, self.loss, self.matched_accuracy, self.matched_loss)
        return (tuple(map(float, row)) for row in zip(*columns, strict=True))

    def to_dataframe(self) -> Any:
        """The rows as a pandas table. ImportError without pandas."""
        import pandas as pd

        return pd.DataFrame(self.rows(), columns=list(COLUMNS))


def barrier(
    a: Given,
    b: Given,
    part: PartName = "test",
    images: int | None = None,
    points: int = POINTS,
    root: str | PathLike[str] | None = None,
    tell: Callable[[str], None] | None = None,
) -> Barrier:
    """The accuracy at `points` on the straight line from network `a` to `b`, before and after matching their units.

    Both are runs (their last snapshot), a `Place`, or "RUN.h5@3", of networks of the same sizes. The accuracy is that
    on the first `images` (None: all) of a part of the data of `a`; `root` is the folder of data sets. `tell` hears how
    far it is. Batch-norm statistics are averaged as weights are. RunError: a file cannot be read; ValueError: the
    networks are not alike, or units cannot be matched, and why; DataMissing: the images are not on this machine.
    """
    return last_of(barrier_steps(a, b, part, images, points, root), tell)


def barrier_steps(
    a: Given,
    b: Given,
    part: PartName = "test",
    images: int | None = None,
    points: int = POINTS,
    root: str | PathLike[str] | None = None,
) -> Iterator[str | Barrier]:
    """The same in steps: which point comes next, and at last the result."""
    if points < 2:
        raise ValueError(f"a line has at least 2 points, not {points}")
    alphas = np.linspace(0.0, 1.0, points)
    with opened(a, b) as sides:
        (one, two), data = network_and_data(sides[0], sides[1], part, images, root)
        first, second = _state(one), _state(two)
        _check_alike([side.name for side in sides], first, second)
        traced = Network(one, data)
        found = matched(first, second, _around(traced))
        one.to(memory_format=traced.memory_format)  # type: ignore[call-overload]  # no stub
        measured = np.empty((2, 2, points))  # (plain or matched, accuracy or loss, point)
        for line, end in enumerate((second, found.state)):
            for at, alpha in enumerate(alphas):
                go_on()
                yield f"point {line * points + at + 1} of {2 * points}"
                measured[line, :, at] = _measured(one, _between(first, end, float(alpha)), data, traced.memory_format)
    normed = any("running_var" in key for key in first)
    notes = ("batch-norm statistics are averaged as weights are, which alone can cost accuracy",) if normed else ()
    (accuracy, loss), (matched_accuracy, matched_loss) = measured
    first_name, second_name = sides[0].name, sides[1].name
    lines = accuracy, loss, matched_accuracy, matched_loss
    yield Barrier(first_name, second_name, alphas, *lines, found.moved, len(data), part, notes)


def _around(traced: Network) -> list[Neighbours]:
    """The layers whose units can change places: all but the last. ValueError: those of one cannot, and why."""
    return [neighbours_of(traced, layer.name, "shrink") for layer in traced.layers[:-1]]


def _state(network: nn.Module) -> dict[str, NDArray[np.generic]]:
    return {key: value.detach().cpu().numpy().copy() for key, value in network.state_dict().items()}


def _check_alike(names: list[str], first: State, second: State) -> None:
    shapes = [{key: value.shape for key, value in state.items()} for state in (first, second)]
    if shapes[0] == shapes[1]:
        return
    differing = [key for key in shapes[0] if shapes[1].get(key) != shapes[0][key]] or [*shapes[1]]
    raise ValueError(
        f"there is no line from {names[0]} to {names[1]}: {differing[0]} is of shape {shapes[0].get(differing[0])} in "
        f"one and {shapes[1].get(differing[0])} in the other"
    )


def _between(first: State, second: State, alpha: float) -> dict[str, torch.Tensor]:
    """(1 − α)A + αB; what is no floating-point number (a counter of batches) is A's."""
    mixed = {}
    for key, value in first.items():
        ours, theirs = value.astype(np.float64), second[key].astype(np.float64)
        part = theirs if alpha == 1.0 else ours + alpha * (theirs - ours)  # equal weights stay just as they are
        mixed[key] = torch.from_numpy(np.array(part.astype(value.dtype) if value.dtype.kind == "f" else value))
    return mixed


def _measured(
    network: nn.Module, state: dict[str, torch.Tensor], data: Data, form: torch.memory_format
) -> tuple[float, float]:
    """The accuracy in percent and the mean loss of the network with these parameters."""
    network.load_state_dict(state)
    device = next(network.parameters()).device
    right, loss = 0, 0.0
    with torch.inference_mode(), full_precision(device):
        for start in range(0, len(data), _CHUNK):
            rows = slice(start, start + _CHUNK)
            logits = network(data.inputs(rows, device, form))
            labels = data.labels[rows].to(device)
            right += int((logits.argmax(1) == labels).sum())
            loss += float(functional.cross_entropy(logits, labels, reduction="sum"))
    return 100.0 * right / len(data), loss / len(data)


def _height(alphas: Float64Array, accuracy: Float64Array) -> float:
    straight = (1.0 - alphas) * accuracy[0] + alphas * accuracy[-1]
    return float(np.maximum(straight - accuracy, 0.0).max())
