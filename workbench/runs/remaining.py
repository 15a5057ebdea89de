"""How much of each layer is left where units were removed: units of units stored, and inputs of inputs stored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from workbench.runs.errors import RunError, few_of, shown
from workbench.runs.feeding import is_sequence
from workbench.runs.place import Place
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.runs.layer import Layer
    from workbench.runs.run import Run

LARGE = 64 << 20  # bytes of weights that take long to read, where the run keeps no Gram matrix
NOT_YET = "units that were removed are still being looked for"
ALL_INPUTS = "inputs from removed units counted"  # a doubt about inputs in short, for a legend


@dataclass(frozen=True)
class Remaining:
    """A layer's stored sizes, and what is left of them."""

    name: str
    units: int
    inputs: int
    units_stored: int
    inputs_stored: int
    problem: str = ""  # why nothing was looked at, so that these are the stored sizes

    @property
    def q(self) -> float:
        """The aspect ratio of what is left; 0 where no unit is."""
        return self.inputs / self.units if self.units else 0.0

    @property
    def removed(self) -> int:
        """How many units are."""
        return self.units_stored - self.units

    @property
    def units_in_words(self) -> str:
        """The units, as `of_stored`."""
        return of_stored(self.units, self.units_stored)

    @property
    def inputs_in_words(self) -> str:
        """The inputs, as `of_stored`."""
        return of_stored(self.inputs, self.inputs_stored)


def remaining(run: Run, snapshot: int = -1, quickly: bool = False) -> tuple[Remaining, ...]:
    """What is left of every layer at a snapshot, in order; what is stored where no unit can have been removed.

    Reads the disk only for runs that were pruned or come from elsewhere, and once for each layer and snapshot;
    `quickly` puts off what takes long, and says so in `problem`.
    """
    sizes = ((layer.name, layer.units, layer.inputs) for layer in run.layers)
    stored = tuple(Remaining(name, units, inputs, units, inputs) for name, units, inputs in sizes)
    if not _may_lack_units(run):
        return stored
    return tuple(_looked_at(each, Place(run, each.name, run.resolve(snapshot)), quickly) for each in stored)


def uncertain(run: Run, left: Sequence[Remaining]) -> list[str]:
    """What is not known of the sizes of a run's layers, a clause each: what could not be read, and what is fed."""
    found = [f"{shown(each.name)}: {each.problem}" for each in left if each.problem]
    doubted = [_givers(run, left, at) for at in range(len(left))]
    names_of_givers = {each.name for among in doubted for each in among}
    givers = [each for each in left if each.name in names_of_givers]
    if givers:
        gone = counted(sum(each.removed for each in givers), "unit")
        names = few_of([each.name for each in givers])
        taken = "which layers take their outputs is not known, so all inputs are counted"
        found.append(f"{gone} of {names} removed; {taken}")
    return found


def doubt_about_inputs(run: Run, name: str, snapshot: int = -1) -> str:
    """Why more inputs of a layer may be counted than it has, as a sentence; "" where that is not so."""
    at = next(at for at, layer in enumerate(run.layers) if layer.name == name)
    givers = [] if run.layers[at].knows_its_inputs else _givers(run, remaining(run, snapshot), at)
    if not givers:
        return ""
    removed = [counted(each.removed, "removed unit") for each in givers]
    which = few_of([f"the {units} of {each.name}" for units, each in zip(removed, givers, strict=True)])
    inputs = counted(run.layers[at].inputs, "input")
    return f"Some of its {inputs} may come from {which}: which ones is not known, so all inputs are counted."


def is_known(run: Run, snapshot: int = -1) -> bool:
    """Whether `remaining` and `doubt_about_inputs` need not read the disk any more."""
    known = _known.get(run.open_file, {})
    return not _may_lack_units(run) or all((layer.name, run.resolve(snapshot)) in known for layer in run.layers)


def _givers(run: Run, left: Sequence[Remaining], at: int) -> list[Remaining]:
    """The layers with removed units that may feed a layer of which it is not known which ones do."""
    if run.layers[at].knows_its_inputs:
        return []
    others = left[max(at - 1, 0) : at] if is_sequence(run.spec) else [*left[:at], *left[at + 1 :]]
    return [each for each in others if each.removed]


def _may_lack_units(run: Run) -> bool:
    return run.snapshots > 0 and (run.spec.origin is not None or run.spec.surgery is not None)


def _looked_at(stored: Remaining, place: Place, quickly: bool) -> Remaining:
    layer, snapshot = place.layer_view, place.snapshot
    known, key = _known.setdefault(place.run.open_file, {}), (place.layer, snapshot)
    if key not in known:
        if quickly and not layer.stored_gram and layer.units * layer.inputs * 4 > LARGE:
            return replace(stored, problem=NOT_YET)
        known[key] = _left(stored, layer, snapshot)
    return known[key]


def _left(stored: Remaining, layer: Layer, snapshot: int) -> Remaining:
    try:
        return replace(stored, units=layer.units - layer.zero_units(snapshot), inputs=layer.inputs_left(snapshot))
    except RunError as error:
        return replace(stored, problem=f"units that were removed are not looked for: it {error.problem}")


def of_stored(left: int, stored: int) -> str:
    """A number of which some may be gone: "256", or "120 of 256"."""
    return f"{stored:,}" if left == stored else f"{left:,} of {stored:,}"


_known: WeakKeyDictionary[object, dict[tuple[str, int], Remaining]] = WeakKeyDictionary()  # by the open file
