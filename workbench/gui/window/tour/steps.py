"""The table of the tour's steps: a new step is one row here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One bubble: the panel that it is about, the controls of it that it points at, and what it says."""

    panel: str  # its name
    controls: tuple[str, ...]  # attributes of the panel; the line goes around all of them that are in sight
    title: str
    words: str


STEPS = (
    Step(
        "overview",
        ("findings", "pages"),
        "What is redundant",
        "The sentences say what was found in each layer, and the table compares all layers. Click a number in a "
        "sentence to see where it comes from, or a row to go to that layer.",
    ),
    Step(
        "graph",
        ("view",),
        "The weight graph",
        "Each node is a unit, and an edge joins two units that point nearly the same way. Crosses are dead units: "
        "they fire on none of the validation images.",
    ),
    Step(
        "timeline",
        ("plot", "play_button"),
        "When it happened",
        "Drag the line, or press Space to play: all panels follow. The marks show when units died, clusters formed "
        "or outliers appeared.",
    ),
    Step(
        "spectrum",
        ("plot",),
        "The spectrum",
        "These are the eigenvalues of WWᵀ. Random weights would stay below the edge of the bulk; the outliers "
        "beyond it show what the layer learned.",
    ),
    Step(
        "pruning",
        ("plot", "legend"),
        "What pruning costs",
        "Each curve shows the accuracy as units are removed in one order. The legend says how many can be "
        "removed within a point of accuracy. Drag along a curve to select the units that are removed there.",
    ),
    Step(
        "units",
        ("view", "export"),
        "One row for each unit",
        "Sort by a column, or press Ctrl+D to select the dead units: all panels mark them. The export button in "
        "the panel's header saves the table as CSV.",
    ),
)
