"""Whether the flat start of a pruning curve is dead units: those that are above zero on no image. Loads no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.analysis.greedy import JointOrder
    from workbench.runs.run import Run


@dataclass(frozen=True)
class FlatStart:
    """How many units go before the accuracy first changes, and how many of these are dead."""

    removed: int
    dead: int

    @property
    def words(self) -> str:
        """As a clause; "" where no dead unit is among them."""
        if not self.dead:
            return ""
        if self.dead < self.removed:
            of = f"{self.dead} of the first {self.removed} removed {'is' if self.dead == 1 else 'are'} dead"
            return f"the flat start is not only dead units: {of}"
        if self.removed == 1:
            return "the flat start is a dead unit: the first removed"
        return f"the flat start is dead units: the first {self.removed} removed are all dead"


def flat_start(
    accuracy: NDArray[np.float64], levels: NDArray[np.int64], order: JointOrder, dead: Sequence[NDArray[np.bool_]]
) -> FlatStart:
    """How many units `order` removes before the accuracy, (L,) at `levels` from 0, is first not what it was.

    Levels that were not measured end the flat start. `dead` holds, layer by layer, which units are dead.
    """
    known = levels == np.arange(len(levels))
    flat = known & (accuracy == accuracy[0])
    removed = int(np.argmin(flat)) - 1 if not flat.all() else len(flat) - 1
    gone = zip(order.layers[:removed].tolist(), order.units[:removed].tolist(), strict=True)
    return FlatStart(removed, sum(bool(dead[layer][unit]) for layer, unit in gone))


def dead_among(order: JointOrder, dead: Sequence[NDArray[np.bool_]]) -> NDArray[np.int64]:
    """How many of the first 0…M units that `order` removes are dead, (M + 1,)."""
    pairs = zip(order.layers.tolist(), order.units.tolist(), strict=True)
    return np.cumsum([0, *(bool(dead[layer][unit]) for layer, unit in pairs)])


def dead_first(order: JointOrder, dead: Sequence[NDArray[np.bool_]]) -> int:
    """How many units `order` removes before the first that is not dead."""
    pairs = zip(order.layers.tolist(), order.units.tolist(), strict=True)
    return next((count for count, (layer, unit) in enumerate(pairs) if not dead[layer][unit]), len(order.units))


def dead_units(run: Run, layers: Sequence[str], snapshot: int) -> list[NDArray[np.bool_]] | None:
    """Which units of these layers are dead, layer by layer; None where the activity of one was not kept."""
    activity = [run.layer(name).activity(snapshot) for name in layers]
    known = [each == 0.0 for each in activity if each is not None]
    return known if len(known) == len(activity) else None
