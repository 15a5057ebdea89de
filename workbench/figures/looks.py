"""Colours and dashes, the same in the window and in print: each thing drawn has one look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from zlib import crc32

from workbench.analysis.low_rank import ELBOWS as ESTIMATORS
from workbench.analysis.orders import ORDERS as BUILT_IN
from workbench.analysis.orders import Dash as Dash

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.analysis.orders import Order

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
# Groups of units in the order of their size; sky blue and grey are taken by the two states above. Behind the colours of
# Okabe and Ito come three that differ from them in lightness as well; the groups also lie apart from each other.
_MORE = ("#7B61C4", "#9A9A2E", "#8B5E3C")  # violet, olive, brown
_FIRST = ("vermillion", "blue", "bluish green", "orange", "reddish purple")
COMPONENTS = (*(OKABE_ITO[name] for name in _FIRST), *_MORE)
SMALLER = "#5F7A8A"  # all groups that have no colour of their own
NO_GROUP = "#A9B4BE"
# Steps of a quantity, the smallest first: viridis without its ends, which vanish on a dark and on a light ground.
RAMP = ("#46327E", "#365C8D", "#277F8E", "#1FA187", "#4AC16D", "#A0DA39", "#E8C820")


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
DIRECTIONS = {
    "at initialisation": Look(OKABE_ITO["orange"]),
    "independent directions": Look(OKABE_ITO["vermillion"], "dashed"),
}
CHANGES = {  # of two networks: what chance gives, and what stands beside
    "edge": Look(OKABE_ITO["vermillion"], "dashed"),
    "chance": Look(OKABE_ITO["orange"], "dashed"),
    "unrelated": Look(OKABE_ITO["bluish green"], "dotted"),
    "matched": Look(OKABE_ITO["bluish green"], "dashed"),
}
BESIDE = Look(_MORE[2])  # the other one of two networks

_REPORT = ("max_mag", "min_mag", "max_fp", "min_fp", "max_ip", "min_ip", "max_fp_mod", "min_fp_mod", "random")
_DASHES: tuple[Dash, ...] = ("dotted", "dashed", "solid")
_NAMES = ("vermillion", "blue", "bluish green", "reddish purple", "orange", "sky blue", "")  # no yellow: it is pale
_EVERY = tuple(Look(OKABE_ITO.get(name, ""), dash) for dash in _DASHES for name in _NAMES)


def look_of_order(name: str, order: Order) -> Look:
    """The look of an order: as its row says, else one that no built-in order has, chosen by its name alone."""
    if order.colour is not None:
        return Look(OKABE_ITO.get(order.colour, order.colour), order.dash)
    return _FREE[crc32(name.encode()) % len(_FREE)]


_TAKEN = {look_of_order(name, order) for name, order in BUILT_IN.items() if order.colour is not None}
_FREE = (
    *(look for look in _EVERY if look not in _TAKEN),
    *(Look(OKABE_ITO["grey"], dash) for dash in ("solid", "dashed")),
)
# Opposites of the report's orders have related colours.
ORDERS = {name: look_of_order(name, order) for name, order in BUILT_IN.items()}
_OF_REPORT = tuple(ORDERS[name] for name in _REPORT)
_CLASSES = (*_OF_REPORT, *(look for look in _EVERY if look not in _OF_REPORT))


def looks_of_orders(orders: Mapping[str, Order]) -> dict[str, Look]:
    """The look of each order by its name."""
    return {name: look_of_order(name, order) for name, order in orders.items()}


def look_of_class(number: int) -> Look:
    """The look of the curve of a class; taken again from the first where there are more classes than looks."""
    return _CLASSES[number % len(_CLASSES)]


@dataclass(frozen=True)
class Elbow:
    """How one estimator of the rank looks."""

    colour: str
    symbol: Literal["o", "^", "s", "D"]  # of matplotlib


ELBOWS = {name: Elbow(OKABE_ITO[each.colour], each.symbol) for name, each in ESTIMATORS.items()}
