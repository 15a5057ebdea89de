"""What the curves and costs of pruning say, in words."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.curves import area_under, winners, winners_in_words
from workbench.analysis.orders import available_orders
from workbench.figures.pruning.lines import (
    MANY,
    POINT,
    RANDOM,
    SLACK,
    TITLES,
    Ablation,
    Drawn,
    Line,
    reach,
    reach_of,
    worth,
)
from workbench.runs.saying import counted, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from workbench.evaluation.results import Quantity
    from workbench.evaluation.smaller.merging import Merging

CAN_GO: dict[Quantity, str] = {  # after a number of units
    "accuracy": "can go within a point",
    "class": "can go within a point",
    "loss": "can go within 10 % of the loss",
    "potential": "removed halve it",
}


def value_in_words(value: float, quantity: Quantity) -> str:
    """A number of the y axis, with as many digits as mean something and its unit."""
    return f"{_digits(value, quantity)} %" if quantity in ("accuracy", "class") else _digits(value, quantity)


def called(name: str) -> str:
    """An order by what it does, with its name: "smallest norm first (max_mag)"; a class as it is."""
    order = available_orders().orders.get(name)
    return name if order is None or order.title == name else f"{order.title} ({name})"


def reaching(line: Line, quantity: Quantity, interval: bool = False, brief: bool = False) -> str:
    """How many units a curve can lose, for its legend: "smallest norm first (max_mag): 141 can go within a point".

    `interval` says that its 95 % interval is drawn around it, where it has one; `brief`: "max_mag 141". A number from
    some of the images is "about 141", or "≈ 141".
    """
    gone, drawn = f"{reach_of(line, quantity):,}", interval and len(line.values) > 1
    if brief:
        return f"{line.name}{' (95 % interval)' if drawn else ''} {near(line, brief)}{gone}"
    return f"{called(line.name)}{' with its 95 % interval' if drawn else ''}: {near(line)}{gone} {CAN_GO[quantity]}"


def near(line: Line, brief: bool = False) -> str:
    """What stands before a number of a curve that rests on some of the images so far."""
    return ("≈ " if brief else "about ") if line.provisional else ""


def merged_reaching(picture: Drawn, brief: bool = False) -> str:
    """How many units can be merged, for the legend of the merging curve; "merged" where no order shows the start."""
    if picture.merging is None or not picture.lines or picture.guess:
        return "merged"
    gone = f"{merged_reach(picture.merging, float(picture.lines[0].mean[0]), picture.quantity):,}"
    return f"merged {gone}" if brief else f"merged: {gone} {CAN_GO[picture.quantity]}"


def reading(line: Line, position: float, quantity: Quantity, brief: bool = False) -> str:
    """A curve at a place along the plot, in the axis' unit, with its interval where it has one."""
    mean, half = line.at(position)
    interval = (
        "" if len(line.values) == 1 else f" ({_digits(mean - half, quantity)} to {_digits(mean + half, quantity)})"
    )
    if brief:
        return f"{line.name} {near(line, brief)}{_digits(mean, quantity)}{interval}"
    return f"{called(line.name)}: {near(line)}{value_in_words(mean, quantity)}{interval}"


def merged_reading(merging: Merging, level: int, quantity: Quantity) -> str:
    """What merging costs where at least `level` units are gone: at the first point of its curve from there on."""
    reached = [point for point in merging.points if point.removed >= level]
    if not reached:
        return "merged –"
    return f"merged ({reached[0].removed}) {_digits(getattr(reached[0].accuracy, quantity), quantity)}"


def dead_in_words(picture: Drawn, brief: bool = False) -> str:
    """What the ticks say that stand where the dead units end, beside how many units are dead; "" where there is none.

    "the first 5 removed are dead; 101 of 256 units are"; with the order where the orders differ in that.
    """
    first, dead = picture.dead_starts, picture.dead
    if not any(first.values()):
        return ""
    if len(set(first.values())) > 1:
        which = listed([f"{count:,} by {name}" for name, count in first.items()])
        if brief:
            return f"of {dead:,} dead, gone first: {', '.join(f'{name} {count:,}' for name, count in first.items())}"
        return f"dead units removed before any other: {which}; {dead:,} of {counted(picture.units, 'unit')} are dead"
    count = next(iter(first.values()))
    if count == dead:
        several = f"the first {count:,} removed are the dead units"
        whole = several if dead > 1 else "the first removed is the only dead unit"
        return f"first {count:,} dead" if brief else whole
    if brief:
        return f"first {count:,} dead, {dead:,} in all"
    those = f"the first {count:,} removed are" if count > 1 else "the first removed is"
    return f"{those} dead; {dead:,} of {counted(picture.units, 'unit')} are"


def details(picture: Drawn, known: float) -> Iterator[str]:
    """What the tool tip adds: areas, the best order of each range; `known` is stored for nothing removed, or NaN."""
    quantity = picture.quantity
    if not picture.lines:
        return
    yield f"Mean {TITLES[quantity]} over 0 to {picture.units} removed: " + ", ".join(
        _area(line, quantity) for line in picture.lines
    )
    if len(picture.lines) > 1 and quantity == "accuracy":
        yield _best(picture)
    if picture.ablation is not None:
        yield f"“{picture.ablation.count} random”: mean of five draws, and their standard deviation (SD)"
    yield from _explained(picture)
    if picture.whole_unit is not None:
        yield f"With whole units set to zero: {_reaches(picture.whole_unit, picture)}"
    measured = picture.lines[0].mean[0]
    if isfinite(known):
        same = f"{value_in_words(float(measured), quantity)} measured, {value_in_words(known, quantity)} stored"
        yield f"With nothing removed: {same}"


def _explained(picture: Drawn) -> Iterator[str]:
    """What stands behind random, joint and merging curves."""
    for line in picture.lines:
        if line.name == RANDOM:
            yield f"random: the mean of {len(line.values)} orders and its 95 % interval (Student's t)"
    levels = picture.lines[0].levels
    if levels is not None and len(levels) <= picture.units:
        yield f"Measured at {len(levels)} numbers of removed units, with straight lines between"
    if picture.merging is not None:
        yield (
            "merged: repeated units are joined into one that takes over their outgoing weights, at cosines from "
            "1 down to 0.1"
        )
        yield (
            "merged (n): the value at the first point with at least as many units removed as at the cursor; n is "
            "their number"
        )
    if any(line.name == "mean_activity" for line in picture.lines):
        yield (
            "mean_activity: the least active units go first, and with them the dead ones. The overview counts in this "
            "order where max_mag and max_fp keep dead units that could go; then its curve is shown beside theirs"
        )
    if any(line.name == "oracle" for line in picture.lines):
        yield "oracle: each step costs least on the validation images; on others it may cost more"


def _digits(value: float, quantity: Quantity) -> str:
    percent = f"{value:.1f}"
    return {"accuracy": percent, "class": percent, "loss": f"{value:.3f}", "potential": f"{value:,.1f}"}[quantity]


def _area(line: Line, quantity: Quantity) -> str:
    whole = line.images == line.total and quantity == "accuracy"
    area = area_under(line.values, images=line.images if whole else None)
    digits = 3 if quantity == "loss" else 2
    interval = f" ({area.low:.{digits}f} to {area.high:.{digits}f})" if isfinite(area.low) else ""
    return f"{line.name} {area.mean:.{digits}f}{interval}"


def _best(picture: Drawn) -> str:
    ranges = winners({line.name: line.mean for line in picture.lines}, POINT + SLACK)
    if len(ranges[0].names) == len(picture.lines) and len(ranges) == 1:
        return "No order is better than another by more than a point"
    return f"{winners_in_words(ranges)} (or within a point of the best)"


def findings(picture: Drawn, dead: Mapping[str, NDArray[np.int64]] | None = None) -> Iterator[str]:
    """How far the orders go, the best first; `dead` says how many of the first units that each removes are dead."""
    quantity = picture.quantity
    if quantity == "potential" and picture.lines:
        start = value_in_words(float(picture.lines[0].mean[0]), quantity)
        yield f"frame potential {start}, {picture.units} if all units were orthogonal"
    if quantity == "class" and picture.lines:
        yield _by_class(picture)
        return
    best = _best_first(picture)
    for number, line in enumerate(best):
        level = reach_of(line, quantity)
        yield (
            f"{line.name} {near(line, brief=True)}{level:,}"
            if number
            else _reaches(line, picture, (dead or {}).get(line.name))
        )
    if picture.merging is not None and picture.lines:
        yield f"merged {merged_reach(picture.merging, float(picture.lines[0].mean[0]), quantity)}"
    if not picture.lines:
        yield "no curve yet" if picture.progress else "no order is chosen"


def _best_first(picture: Drawn) -> list[Line]:
    """The curves, with the one that goes farthest first; random orders name no units that can go."""
    named = [line for line in picture.lines if line.name != RANDOM]
    if picture.quantity == "potential" or not named:
        return list(picture.lines)
    best = max(named, key=lambda line: reach_of(line, picture.quantity))
    return [best, *(line for line in picture.lines if line is not best)]


def merged_reach(merging: Merging, start: float, quantity: Quantity) -> int:
    """How many units are gone at the last point before the merging curve first leaves the start by too much."""
    heights = [getattr(point.accuracy, quantity) for point in merging.points]
    removed = (0, *(point.removed for point in merging.points))
    return removed[reach(np.array([start, *heights]), quantity)]


def _by_class(picture: Drawn) -> str:
    levels = {line.name: reach_of(line, picture.quantity) for line in picture.lines}
    first, last = min(levels, key=levels.__getitem__), max(levels, key=levels.__getitem__)
    return (
        f"{first} is the first to leave its start by a point, beyond {levels[first]} of {picture.units} removed, "
        f"{last} the last, beyond {levels[last]}"
    )


def _reaches(line: Line, picture: Drawn, dead: NDArray[np.int64] | None = None) -> str:
    """How far a curve goes: "57 of 100 can go within a point, 7 of them dead (max_mag)".

    Where fewer go than are dead it says so: another order would remove those first.
    """
    level = reach_of(line, picture.quantity)
    gone, there = (0, 0) if dead is None or picture.quantity == "potential" else (int(dead[level]), int(dead[-1]))
    which = f", {'all' if gone == level > 1 else f'{gone:,}'} of them dead" if gone and level > 1 else ""
    which = ", a dead one" if gone and level == 1 else which
    which = f", {gone:,} of the {there:,} dead units among them" if level < there else which
    number = f"{near(line)}{level:,}" if level else "none so far" if line.provisional else "none"
    return f"{number} of {picture.units:,} {CAN_GO[picture.quantity]}{which} ({line.name})"


def cost(ablation: Ablation, quantity: Quantity) -> str:
    """What the chosen units cost, and as many random ones."""
    value, change = value_in_words(ablation.value, quantity), ablation.value - ablation.start
    size = _digits(abs(change), quantity)
    changed = f"{'−' if change < 0 else '+'}{size}" if float(size.replace(",", "")) else "0"
    text = f"{counted(ablation.count, 'selected unit')} removed: {value} ({changed})"
    if not len(ablation.random):
        return text
    mean = value_in_words(float(ablation.random.mean()), quantity)
    spread = _digits(float(ablation.random.std(ddof=1)), quantity)
    random = f"{ablation.count} random: {mean}, SD {spread}"
    if ablation.mixed:
        return f"{text} on {ablation.images:,} images; {random} on {ablation.random_images:,}"
    return f"{text}; {random}"


def cost_in_brief(ablation: Ablation, units: str, part: str, guess: str = "") -> str:
    """What selected units, so called, cost: "12 units selected: about −0.4 points on 1,000 of 10,000 test images".

    Where the network only guesses, `guess` says so, and no number is given.
    """
    if guess:
        return f"{units} selected: {guess}"
    change = ablation.value - ablation.start
    size = _digits(abs(change), "accuracy")
    points = f"{'−' if change < 0 else '+'}{size}" if float(size) else "0"
    images = counted(ablation.total, f"{part} image")
    if ablation.images < ablation.total:
        return f"{units} selected: about {points} points on {ablation.images:,} of {images}"
    return f"{units} selected: {points} points on {images}"


def basis(picture: Drawn, part: str) -> str:
    """On how many images of the part what is said stands; "" where it needs none.

    That is what selected units cost, or how far the curves go. Where that names its images itself, how many there are.
    """
    ablation = picture.ablation
    images, total = picture.images if ablation is None else (ablation.images, ablation.total)
    if not images:
        return ""
    every = counted(total, f"{part} image")
    if ablation is not None and ablation.mixed:
        return f" (of {every}; more to come)"
    if images < total:
        return f" (first {images:,} of {every}; more to come)"
    one = f", {worth(total)}" if total < MANY and picture.quantity == "accuracy" else ""
    return f" ({every}{one})"
