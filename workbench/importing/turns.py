"""Where units and inputs lie in an array, and how it is turned to have its units first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    Shape = tuple[int, ...]


@dataclass(frozen=True)
class Turn:
    """Which axes of an array are units, inputs and window; those of one kind are joined."""

    units: tuple[int, ...]
    inputs: tuple[int, ...] | None = None  # None: of a bias, which has none
    window: tuple[int, ...] = ()

    def shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        """The shape of an array when it is turned."""
        inputs = () if self.inputs is None else (prod(shape[axis] for axis in self.inputs),)
        return (prod(shape[axis] for axis in self.units), *inputs, *(shape[axis] for axis in self.window))

    def array(self, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """The turned array."""
        return array.transpose(*self.units, *(self.inputs or ()), *self.window).reshape(self.shape(array.shape))


def units_last(rank: int) -> Turn:
    return Turn((rank - 1,), (rank - 2,), tuple(range(rank - 2)))


def depthwise(rank: int) -> Turn:
    return Turn((rank - 2, rank - 1), (), tuple(range(rank - 2)))


def turn_of_equation(equation: str, rank: int) -> Turn | None:
    """How the kernel of an EinsumDense is turned; None where there is no equation, or it does not say it."""
    match = re.fullmatch(r"([a-zA-Z.]+),([a-zA-Z]+)->([a-zA-Z.]+)", equation.replace(" ", ""))
    if match is None or len(match[2]) != rank:
        return None
    units = tuple(axis for axis, letter in enumerate(match[2]) if letter in match[3] and letter not in match[1])
    inputs = tuple(axis for axis, letter in enumerate(match[2]) if letter in match[1] and letter not in match[3])
    return Turn(units, inputs) if len(units) + len(inputs) == rank and units and inputs else None
