"""What is found of a layer, as one finding that window, report and commands share, with what its numbers rest on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workbench.analysis.merging import REPEATED_COSINE
from workbench.figures.groups.rows import GroupRow, in_sentence
from workbench.figures.pruning.dead_first import DEAD_FIRST
from workbench.runs.collection.naming import between, moment
from workbench.runs.saying import counted, plural
from workbench.runs.spec import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workbench.figures.overview.costs import LayerCosts
    from workbench.figures.overview.layer import LayerOverview
    from workbench.runs.place import Place
    from workbench.runs.run import Run

BasisKind = Literal[
    "dead", "hardly_moved", "isolated", "component", "repeated", "removable", "more", "mergeable", "rank"
]
MOST_SIZES, DIGITS = 3, 3  # of clusters, that are named; of epochs


@dataclass(frozen=True)
class Basis:
    """What a number of a finding rests on."""

    kind: BasisKind  # "more": what can be removed besides the dead units
    place: Place
    number: int | None = None  # the component, the rank, or how many units are removed
    order: str = ""  # in which units are removed


@dataclass(frozen=True)
class Span:
    """A piece of a finding; `basis` is where a click on it leads, if anywhere."""

    text: str
    basis: Basis | None = None


def finding(
    row: LayerOverview, costs: LayerCosts | None = None, measuring: bool = False, basis: bool = True
) -> tuple[Span, ...]:
    """The finding of a layer in a few sentences; `costs` are those of the same place, as far as they are known.

    `measuring`: more will be known of them, which the finding says. `basis`: it names the images of its costs.
    """
    if isinstance(row, GroupRow):
        head, colon, numbers = in_sentence(row, costs).partition(": ")
        return Span(head + colon), Span(numbers)
    return tuple(_Finding(row, costs, measuring, basis).spans())


def text_of(spans: Sequence[Span]) -> str:
    """A finding as plain text."""
    return "".join(span.text for span in spans)


def noun_of(place: Place) -> str:
    """What a unit of the layer is called."""
    return "filter" if place.layer_view.kind == "conv2d" else "unit"


def are_classes(place: Place) -> bool:
    """Whether the units of the layer are the classes: an output that is negative on all images is not dead."""
    layers, known = place.run.layers, place.run.spec.net.name != UNKNOWN  # else the last one of the file may be hidden
    return known and len(layers) > 1 and layers[-1].name == place.layer


def watched_images(run: Run) -> str:
    """The images on which units are dead that never fire: "the first 1,000 validation images"."""
    facts = run.spec.facts
    if facts is None or not facts.activity_images:
        return "the images that were watched"
    held_out = facts.validation_images > 0
    part, there = ("validation", facts.validation_images) if held_out else ("training", facts.train_images)
    first = "first " if facts.activity_images < there else ""
    images = counted(facts.activity_images, f"{part} image")
    return f"the {first}{images}" if facts.activity_images > 1 else f"the {first}{part} image"


@dataclass(frozen=True)
class _Finding:
    row: LayerOverview
    costs: LayerCosts | None
    measuring: bool = False
    basis: bool = True

    def spans(self) -> Iterator[Span]:
        row = self.row
        yield Span(f"{row.layer}: ")
        if not row.units:
            yield Span("every weight is zero, so no unit is left.")
            return
        if "isolated" in row.missing and "outliers" in row.missing and "dead" in row.missing and row.elbow is None:
            yield Span(f"nothing can be said of this snapshot, because {row.missing['isolated']}.")
            return
        yield from self._dead()
        yield from self._removable()
        yield from self._hardly_moved()
        yield from self._clusters()
        yield from self._repeated()
        yield from self._rank()
        for warning in () if self.costs is None else self.costs.warnings:
            yield Span(f" {warning}")

    def _units(self, count: int) -> str:
        """ "1 unit", "256 units"; of a convolution filters."""
        return counted(count, self._noun)

    @property
    def _noun(self) -> str:
        return noun_of(self.row.place)

    def _basis(self, kind: BasisKind, number: int | None = None, order: str = "") -> Basis:
        return Basis(kind, self.row.place, number, order)

    def _dead(self) -> Iterator[Span]:
        row, images = self.row, watched_images(self.row.place.run)
        if row.dead is None:
            yield Span(f"which of its {self._units(row.units)} never fire is not known, because {row.missing['dead']}")
        elif not row.dead:
            each = f"its only {self._noun} fires" if row.units == 1 else f"each of its {self._units(row.units)} fires"
            yield Span(f"{each} on some of {images}")
        else:
            which = f"{row.dead:,} of {self._units(row.units)}"
            if row.dead == row.units:
                which = f"its only {self._noun}" if row.units == 1 else f"all {self._units(row.units)}"
            yield Span(which, self._basis("dead"))
            if are_classes(row.place):
                one = row.dead == 1
                yield Span(f" {'is' if one else 'are'} above zero on none of {images}, as the output of a class may be")
                return
            yield Span(f" never {'fires' if row.dead == 1 else 'fire'} on {images}{self._since()}")

    def _since(self) -> str:
        """When the dead units have died: most of them, and the last. Between two snapshots nobody has looked."""
        run, died = self.row.place.run, self.row.died
        if not died or run.snapshots == 1:
            return ""
        most, last = (moment(run, died[at], DIGITS) for at in (len(died) // 2, -1))
        if most != last:
            return f" (most died by {most}, all by {last})"
        if died[0] != died[-1]:
            return f" (all died by {last})"
        them = "all " if len(died) > 1 else ""
        return f" ({them}{f'died {between(run, died[-1], DIGITS)}' if died[-1] else f'dead since {last}'})"

    def _removable(self) -> Iterator[Span]:
        costs, row = self.costs, self.row
        if costs is None or costs.removable is None:
            yield Span("; how many can be removed is being measured." if self._waits_for("removable") else ".")
            return
        if costs.guess:  # all units can be removed, which says nothing of them
            yield Span(".")
            return
        removable, dead = costs.removable, row.dead or 0
        within, on = f"within {costs.tolerated}", f" ({costs.basis})" if self.basis else ""
        if dead and costs.dead_lost is not None:
            yield from self._without_dead(dead, costs.dead_lost)
            if costs.covers_dead and costs.dead_lost <= 0.0:
                more, so_far = removable - dead, " so far" if costs.hedge("removable") else ""
                yield Span(", and " if more else f", and no more {within}{so_far}")
                if more:
                    yield Span(f"{costs.hedged('removable', more)} more", self._basis("more", more, costs.order))
                    yield Span(f" {within}")
                yield Span(f"{on}.")
                return
            if costs.order == DEAD_FIRST and not costs.covers_dead:  # its curve is still to come
                further = f"; whether more can be removed {within} is being measured"
                yield Span(f"{on}{further if self.measuring and not costs.complete else ''}.")
                return
        later = "; what the dead ones cost is being measured" if dead and self._waits_for("dead_lost") else ""
        yield Span("; ")
        number = costs.hedged("removable", removable) if removable else "none"
        yield Span(number, self._basis("removable", removable, costs.order))
        so_far = " so far" if not removable and costs.hedge("removable") else ""
        yield Span(f"{' in all' if dead and removable else ''} can be removed {within}{so_far}{on}{later}.")

    def _waits_for(self, name: str) -> bool:
        """Whether a number of the costs is still to come."""
        costs = self.costs
        if not self.measuring or costs is None:
            return self.measuring
        return not costs.complete and name not in costs.missing and getattr(costs, name) is None

    def _without_dead(self, dead: int, lost: float) -> Iterator[Span]:
        assert self.costs is not None
        them, hedge = "it" if dead == 1 else "all of them", self.costs.hedge("dead_lost")
        if lost <= 0.0:
            yield Span("; ")
            yield Span(them, self._basis("dead"))
            yield Span(f" can be removed at no cost{' so far' if hedge else ''}")
        else:
            yield Span("; removing ")
            yield Span(them, self._basis("dead"))
            yield Span(f" costs {f'{hedge} ' if hedge else ''}{lost:.2g} {plural(lost, 'point')}")

    def _hardly_moved(self) -> Iterator[Span]:
        row = self.row
        if not row.hardly_moved or not row.snapshot:
            return
        began = "" if row.place.run.spec.starts_untrained else " since this training began"
        count, all_others = f"{row.hardly_moved:,}", row.hardly_moved + (row.dead or 0) == row.units > 1
        if all_others:
            count = f"{'the other' if row.dead else 'all'} {'one' if row.hardly_moved == 1 else count}"
            count = "both" if count == "all 2" else count
        yield Span(" ")
        yield Span(count[:1].upper() + count[1:], self._basis("hardly_moved"))
        more = " more" if row.dead and not all_others else ""
        yield Span(f"{more} {'has' if row.hardly_moved == 1 else 'have'} hardly moved{began}.")

    def _clusters(self) -> Iterator[Span]:
        row = self.row
        if row.isolated is None:
            yield Span(f" Its {self._noun}s were not compared, because {row.missing['isolated']}.")
            return
        others = bool(row.dead) and row.isolated_dead == row.dead  # then all that is not dead can be told of
        total = row.units - (row.dead or 0) if others else row.units
        isolated = row.isolated - (row.dead or 0) if others else row.isolated
        if total:
            yield from self._shape(total, isolated, others)

    def _shape(self, total: int, isolated: int, others: bool) -> Iterator[Span]:
        """How many of `total` units are isolated, and which clusters the rest form; `others` than the dead ones."""
        if total == 1:  # it has no other to point with
            if others:
                yield Span(" The other one is isolated.")
            return
        whole = f"the other {total:,}" if others else f"the {self._units(total)}"
        if isolated == total:
            if not self.row.repeated:
                yield Span(f" No two of {whole} point nearly the same way.")
            return
        joined = total - isolated
        yield Span(f" {whole[0].upper()}{whole[1:]} " if not isolated else f" Of {whole}, {joined:,} ")
        yield Span("form ")
        yield Span(self._sizes(), self._basis("component"))
        if isolated:
            yield Span(" and ")
            yield Span(f"{isolated:,}", self._basis("isolated"))
            yield Span(f" {'is' if isolated == 1 else 'are'} isolated")
        yield Span(".")

    def _sizes(self) -> str:
        sizes = [f"{size:,}" for size in self.row.sizes[:MOST_SIZES]]
        if len(self.row.sizes) == 1:
            return "one cluster"
        if self.row.sizes[0] == self.row.sizes[-1]:
            return f"{len(self.row.sizes):,} clusters of {sizes[0]}"
        left = len(self.row.sizes) - MOST_SIZES
        named = f"{', '.join(sizes)}, …" if left > 0 else f"{', '.join(sizes[:-1])} and {sizes[-1]}"
        return f"{len(self.row.sizes):,} clusters ({named})"

    def _repeated(self) -> Iterator[Span]:
        row, costs = self.row, self.costs
        if row.repeated:
            yield Span(" ")
            yield Span(f"{row.repeated:,}", self._basis("repeated"))
            verb = "repeats" if row.repeated == 1 else "repeat"
            chance = ", which chance may bring with so few inputs" if row.isolated == row.units else ""
            yield Span(f" {verb} another (cosine of at least {REPEATED_COSINE:g}){chance}.")
        elif row.repeated == 0 and row.isolated is not None and row.isolated < row.units:  # in a cluster, yet apart
            yield Span(" None repeats another.")
        if costs is not None and costs.mergeable and not costs.guess:
            yield Span(" ")
            yield Span(f"{costs.mergeable:,}", self._basis("mergeable", costs.mergeable))
            at = "" if costs.merge_cosine is None else f" (down to a cosine of {costs.merge_cosine:.2f})"
            yield Span(f" can be merged into others{at} within {costs.tolerated}.")

    def _rank(self) -> Iterator[Span]:
        row, costs = self.row, self.costs
        if row.elbow is None:
            return
        yield Span(" ")
        yield Span(f"Rank {row.elbow}", self._basis("rank", row.elbow))
        if costs is not None and costs.rank_accuracy is not None and not costs.guess:
            yield Span(f", the elbow, keeps {costs.rank_accuracy:.1f} of {costs.start:.1f} % accuracy.")
        elif row.norm_percent is not None:
            kept = f"{row.norm_percent:.1f} %"
            kept = "over 99.9 %" if kept == "100.0 %" and row.norm_percent < 100.0 else kept
            yield Span(f", the elbow, keeps {kept} of the norm.")
