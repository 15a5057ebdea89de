"""What goes along the pruning plot: units removed, or the share of the network that goes with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from workbench.nets.counting import sizes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.analysis.greedy import JointOrder
    from workbench.nets.counting import Sizes
    from workbench.runs.run import Run

    Float64 = NDArray[np.float64]

Across = Literal["units", "parameters", "operations"]
ACROSS: dict[Across, str] = {
    "units": "Units removed",
    "parameters": "Parameters removed",
    "operations": "Multiply-adds removed",
}
_NAMES = {"parameters": "parameters", "operations": "multiply-adds"}


def smaller_sizes(run: Run, layers: Sequence[str], order: JointOrder, snapshot: int = -1) -> Sizes:
    """The sizes of the physically smaller networks with 0…M more units removed than are already, each (M + 1,).

    ValueError: the run's network is not of the catalogue.
    """
    names = [layer.name for layer in run.layers]
    places = np.array([names.index(layer) for layer in layers])
    gone = np.zeros((len(order.units) + 1, len(names)), np.int64)
    gone[np.arange(1, len(gone)), places[order.layers]] = 1
    widths = _widths(run, snapshot) - gone.cumsum(axis=0)
    net = run.spec.net
    return sizes(net.name, net.image_shape, widths, net.bias)


def steps(run: Run, layers: Sequence[str], order: JointOrder, across: Across, snapshot: int = -1) -> Float64:
    """Where along the plot 0…M removed units lie, (M + 1,): their number, or percent of the network's size."""
    if across == "units":
        return np.arange(len(order.units) + 1, dtype=np.float64)
    left = getattr(smaller_sizes(run, layers, order, snapshot), across)
    share: Float64 = 100.0 * (1.0 - left / left[0])
    return share


def label(run: Run, across: Across, snapshot: int = -1) -> str:
    """What the axis is called, with its unit."""
    if across == "units":
        return "units removed"
    net = run.spec.net
    whole = int(getattr(sizes(net.name, net.image_shape, _widths(run, snapshot), net.bias), across))
    return f"{_NAMES[across]} removed (% of {whole:,})"


def _widths(run: Run, snapshot: int) -> NDArray[np.int64]:
    """The units of every layer that are not removed already."""
    return np.array([layer.units - layer.zero_units(snapshot) for layer in run.layers])
