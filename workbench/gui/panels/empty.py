"""Why a panel has nothing to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.gui.state.session import Selection
    from workbench.runs.place import Place


@dataclass(frozen=True)
class Empty:
    """Why a panel has nothing to show."""

    reason: str


def place_with_layer(selection: Selection) -> Place | Empty:
    """The place that is chosen, where it has a layer and a snapshot; else why nothing of a layer can be shown."""
    place = selection.place
    if place is None:
        return Empty("No run is open.")
    if not place.layer:
        return Empty("This run has no layer with a weight matrix.")
    if place.snapshots == 0:
        return Empty("This run has no snapshot yet. If it is still training, wait for the first one.")
    return place
