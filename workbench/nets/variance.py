"""How the weights of a layer are spread at initialisation. Loads no torch: the window draws with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workbench.nets.architectures.catalogue import look_up

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Initialiser:
    """A way of drawing weights: independent entries of mean 0, all of the same variance."""

    name: str
    title: str
    distribution: Literal["normal", "uniform"]
    variance: Callable[[int, int], float]  # of a weight entry, from PyTorch's fan_in and fan_out
    random_bias: bool = False  # biases uniform in ±1/√fan_in (PyTorch's way) instead of zero
    plants: bool = False  # some units repeat others, and some never fire (see `nets.planting`)


INITIALISERS = {
    entry.name: entry
    for entry in (
        # X. Glorot, Y. Bengio 2010, as in the report's text
        Initialiser("glorot_normal", "Gaussian Glorot", "normal", lambda fan_in, fan_out: 2 / (fan_in + fan_out)),
        # uniform in ±1/√fan_in; what the report's Figs 6 and 7 show
        Initialiser("torch_default", "PyTorch's default", "uniform", lambda fan_in, _: 1 / (3 * fan_in), True),
        # K. He et al. 2015 for ReLU
        Initialiser("kaiming_normal", "Gaussian Kaiming", "normal", lambda fan_in, _: 2 / fan_in),
        Initialiser(
            "planted",
            "Gaussian Glorot with planted repeated and dead units",
            "normal",
            lambda fan_in, fan_out: 2 / (fan_in + fan_out),
            plants=True,
        ),
    )
}


def initialiser(name: str) -> Initialiser:
    """The initialiser called `name`; ValueError suggests the nearest."""
    return look_up(INITIALISERS, name, "initialiser")


def initial_variance(name: str, kind: str, units: int, inputs: int, kernel_area: int = 1) -> float:
    """The variance σ² of an entry of an m × n weight matrix just initialised by `name`.

    `units` is m, `inputs` is n (for a convolution c_in·k²) and `kernel_area` is k². Fans are PyTorch's:
    fan_in = n; fan_out = m for a linear layer and m·k² for a convolution (the report, section on
    initialisation).
    """
    fan_out = units * kernel_area if kind != "linear" else units
    return initialiser(name).variance(inputs, fan_out)


def variance_if_known(name: str, kind: str, units: int, inputs: int, kernel_area: int = 1) -> float | None:
    """`initial_variance`, or None where a run names an initialiser that is not ours."""
    return initial_variance(name, kind, units, inputs, kernel_area) if name in INITIALISERS else None
