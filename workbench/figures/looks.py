"""Colours and dashes, the same in the window and in print: each thing drawn has one look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

Dash = Literal["solid", "dashed", "dotted"]

# Okabe and Ito, "Color Universal Design" (2008): told apart by everyone, whatever their colour vision.
OKABE_ITO = {
    "orange": "#E69F00",
    "sky blue": "#56B4E9",
    "bluish green": "#009E73",
    "yellow": "#F0E442",
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "reddish purple": "#CC79A7",
    "grey": "#8C8C8C",
}
ACCENT = OKABE_ITO["blue"]
DEAD = OKABE_ITO["grey"]
HARDLY_MOVED = OKABE_ITO["sky blue"]
# Components in the order of their size; sky blue and grey are taken by the two states above.
COMPONENTS = tuple(OKABE_ITO[name] for name in ("vermillion", "blue", "bluish green", "orange", "reddish purple"))


@dataclass(frozen=True)
class Look:
    """How a line looks; no colour: that of the text."""

    colour: str
    dash: Dash = "solid"


# Told apart by their dashes as well as by their colours.
PARTS = {
    "test": Look(OKABE_ITO["blue"]),
    "validation": Look(OKABE_ITO["orange"], "dashed"),
    "train": Look(OKABE_ITO["bluish green"], "dotted"),
}
LAWS = {
    "initialiser": Look(OKABE_ITO["vermillion"]),
    "entries": Look(OKABE_ITO["bluish green"], "dashed"),
    "bulk": Look(OKABE_ITO["reddish purple"], "dotted"),
}

# The report's orders; opposites have related colours. Yellow lines cannot be seen on white.
ORDERS = {
    "max_mag": Look(OKABE_ITO["blue"]),
    "min_mag": Look(OKABE_ITO["sky blue"], "dashed"),
    "max_fp": Look(OKABE_ITO["vermillion"], "dashed"),
    "min_fp": Look(OKABE_ITO["orange"]),
    "max_ip": Look(OKABE_ITO["bluish green"]),
    "min_ip": Look("", "dashed"),
    "max_fp_mod": Look(OKABE_ITO["reddish purple"]),
    "min_fp_mod": Look(OKABE_ITO["reddish purple"], "dotted"),
    "random": Look(OKABE_ITO["grey"], "dotted"),
}
_DASHES: tuple[Dash, ...] = ("dotted", "dashed", "solid")
_NAMES = ("vermillion", "blue", "bluish green", "reddish purple", "orange", "sky blue", "")
_EVERY = tuple(Look(OKABE_ITO.get(name, ""), dash) for dash in _DASHES for name in _NAMES)
# The others take what is left of colours and dashes, in the order of the table.
OTHERS = tuple(look for look in _EVERY if look not in ORDERS.values())


def looks_of_orders(orders: Iterable[str]) -> dict[str, Look]:
    """The look of every order there is: of the report's orders, and of the others in this order."""
    others = [name for name in orders if name not in ORDERS]
    return {**ORDERS, **{name: OTHERS[number % len(OTHERS)] for number, name in enumerate(others)}}


def look_of_class(number: int) -> Look:
    """The look of the curve of a class; taken again from the first where there are more classes than looks."""
    every = (*ORDERS.values(), *OTHERS)
    return every[number % len(every)]


@dataclass(frozen=True)
class Elbow:
    """How one estimator of the rank looks."""

    colour: str
    symbol: Literal["o", "^", "s", "D"]  # of matplotlib


ELBOWS = {
    "Kneedle": Elbow(OKABE_ITO["vermillion"], "o"),
    "gap": Elbow(OKABE_ITO["bluish green"], "^"),
    "MP edge": Elbow(OKABE_ITO["reddish purple"], "s"),
    "tolerance": Elbow(OKABE_ITO["orange"], "D"),
}
