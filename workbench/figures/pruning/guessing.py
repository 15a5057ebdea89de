"""What is said of a network that classifies no better than by guessing: nothing that goes costs anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.analysis.guessing import at_chance, guessed

if TYPE_CHECKING:
    from workbench.runs.run import Run

IN_BRIEF = "at chance: nothing to lose"


def guess_of(run: Run, accuracy: float, images: int = 0) -> str:
    """Why it says nothing what a change of the network costs; "" where it classifies better than by guessing.

    "at chance: nothing to lose (11.4 %; guessing gives 10 %)". `accuracy` is that with nothing changed, in
    percent, on so many images (0: not known).
    """
    classes = run.layers[-1].units
    if classes < 2 or not at_chance(accuracy, classes, images):  # one output tells two classes apart by its sign
        return ""
    return f"{IN_BRIEF} ({accuracy:.1f} %; guessing gives {guessed(classes):.3g} %)"
