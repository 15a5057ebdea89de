"""A reading: what a tensor is taken for, with the clues that speak for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from workbench.runs.errors import few_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from workbench.runs.layout import LayerInfo

    Shape = tuple[int, ...]

Role = Literal["layer", "table", "other"]
MOST_ARGUMENTS = 40  # that are kept of a network
CLOSE = 2  # a lead of less than this is unsure


@dataclass(frozen=True)
class Clue:
    """One thing that speaks for a reading."""

    weight: int
    words: str
    general: str = ""  # the same without this tensor's numbers, where it has some

    @property
    def kind(self) -> str:
        """The words that many tensors share."""
        return self.general or self.words


@dataclass(frozen=True)
class Reading:
    """What a tensor of two axes or more is taken for."""

    key: str
    shape: Shape
    role: Role
    layers: tuple[LayerInfo, ...] = ()  # three of a fused projection; none where it is no layer
    clues: tuple[Clue, ...] = field(default=(), repr=False)  # those that speak for this reading, the strongest first
    doubt: str = ""  # what speaks against it, where that is nearly as strong; "": sure
    may_be_table: bool = False  # the other reading is no other axis, but a lookup table or a layer

    @property
    def taken_for(self) -> str:
        """The reading in a few words."""
        if not self.layers:
            return "lookup table" if self.role == "table" else "no layer"
        axis = "second" if self.layers[0].transposed else "first"
        kind = "linear layer" if self.layers[0].kind == "linear" else "convolution"
        several = "queries, keys and values of a " if len(self.layers) > 1 else ""
        return f"{several}{kind}, units on the {axis} axis"

    @property
    def because(self) -> str:
        """The clues for this reading in words."""
        return ", ".join(clue.words for clue in self.clues)

    @property
    def words(self) -> str:
        """The whole argument in one sentence without its end."""
        against = f", although {self.doubt}" if self.doubt else ""
        return f"{self.because or 'there is no evidence against it'}{against}"


@dataclass(frozen=True)
class Said:
    """What a file itself says of a layer's weights."""

    units_first: bool
    words: str
    sure: bool = True  # it is not only how its tool usually keeps them
    doubt: str = ""  # what speaks against it


def arguments(found: Iterable[Reading]) -> tuple[str, ...]:
    """What is taken for what and why, a sentence without its end for all readings that rest on the same clues."""
    groups: dict[tuple[str, str], list[str]] = {}
    for reading in found:
        because = ", ".join(clue.kind for clue in reading.clues) or "there is no evidence against it"
        against = f", although {reading.doubt}" if reading.doubt else ""
        groups.setdefault((reading.taken_for, f"{because}{against}"), []).append(reading.key)
    sentences = [f"{few_of(keys)}: {taken_for}, because {why}" for (taken_for, why), keys in groups.items()]
    left = len(sentences) - MOST_ARGUMENTS
    return (*sentences[:MOST_ARGUMENTS], *([f"and {left:,} more reasons"] if left > 0 else []))


def layers_of(found: Iterable[Reading]) -> tuple[LayerInfo, ...]:
    """The layers of some readings."""
    return tuple(layer for reading in found for layer in reading.layers)


def doubts_in(unsure: Sequence[Reading]) -> list[str]:
    """Notes on the weights that may be something else than what they are taken for, with both sides."""
    axes = [each for each in unsure if not each.may_be_table]
    notes = []
    if axes:
        said = f"unsure which axis has the units of {few_of([reading.key for reading in axes])}"
        notes.append(f"{said}: the {'second' if axes[0].layers[0].transposed else 'first'}, because {axes[0].words}")
    for taken, other in (("a lookup table", "a layer"), ("a layer", "a lookup table")):
        found = [each for each in unsure if each.may_be_table and bool(each.layers) == (taken == "a layer")]
        if found:
            keys = few_of([reading.key for reading in found])
            are = f"is {taken} or {other}" if len(found) == 1 else f"are each {taken} or {other}"
            notes.append(f"unsure whether {keys} {are}: {taken}, because {found[0].words}")
    return notes
