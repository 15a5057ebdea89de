"""Colours and dashes, the same in the window and in print: each thing drawn has one look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
