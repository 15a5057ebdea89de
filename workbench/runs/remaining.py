"""How much of each layer is left where units were removed: units of units stored, and inputs of inputs stored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from workbench.runs.counted import counted
from workbench.runs.errors import RunError, few_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.runs.layer import Layer
    from workbench.runs.run import Run
    from workbench.runs.spec import RunSpec

LARGEST = 64 << 20  # bytes of weights that are read to look for removed units, where the run keeps no Gram matrix


@dataclass(frozen=True)
class Remaining:
    """A layer's stored sizes, and what is left of them."""

    name: str
    units: int
    inputs: int
    units_stored: int
    inputs_stored: int
    knows_its_inputs: bool
    problem: str = ""  # why nothing was looked at, so that these are the stored sizes

    @property
    def q(self) -> float:
        """The aspect ratio of what is left; 0 where no unit is."""
        return self.inputs / self.units if self.units else 0.0

    @property
    def units_in_words(self) -> str:
        """The units, as `of_stored`."""
        return of_stored(self.units, self.units_stored)

    @property
    def inputs_in_words(self) -> str:
        """The inputs, as `of_stored`."""
        return of_stored(self.inputs, self.inputs_stored)


def remaining(run: Run, snapshot: int = -1) -> tuple[Remaining, ...]:
    """What is left of every layer at a snapshot, in order; what is stored where no unit can have been removed.

    Reads the disk only for runs that were pruned or come from elsewhere.
    """
    if not run.snapshots or not _may_lack_units(run.spec):
        return tuple(_stored(layer) for layer in run.layers)
    return tuple(_left(layer, snapshot) if _is_looked_at(layer) else _stored(layer) for layer in run.layers)


def uncertain(left: Sequence[Remaining]) -> list[str]:
    """What is not known of these sizes, a clause each: layers that could not be read, and what removed units feed."""
    found = [f"{each.name}: {each.problem}" for each in left if each.problem]
    lacking = [at for at, each in enumerate(left[:-1]) if each.units < each.units_stored]
    unknown = [at for at in lacking if not left[at + 1].knows_its_inputs]
    if unknown:
        gone = sum(left[at].units_stored - left[at].units for at in unknown)
        what = f"{counted(gone, 'unit')} of {few_of([left[at].name for at in unknown])} removed"
        found.append(f"{what}; which layers take their outputs is not known, so that all inputs are counted")
    return found


def _may_lack_units(spec: RunSpec) -> bool:
    return spec.origin is not None or spec.surgery is not None


def _is_looked_at(layer: Layer) -> bool:
    return layer.stored_gram or layer.units * layer.inputs * 4 <= LARGEST


def _left(layer: Layer, snapshot: int) -> Remaining:
    try:
        units, inputs = layer.units - layer.zero_units(snapshot), layer.inputs_left(snapshot)
    except RunError as error:
        return replace(_stored(layer), problem=f"units that were removed are not looked for: it {error.problem}")
    return replace(_stored(layer), units=units, inputs=inputs)


def _stored(layer: Layer) -> Remaining:
    return Remaining(layer.name, layer.units, layer.inputs, layer.units, layer.inputs, layer.knows_its_inputs)


def of_stored(left: int, stored: int) -> str:
    """A number of which some may be gone: "256", or "120 of 256"."""
    return f"{stored:,}" if left == stored else f"{left:,} of {stored:,}"
