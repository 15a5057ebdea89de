"""How the panels share the window, as plain data: read from the docks, given to them, kept in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

import msgspec
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QStyle

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from PySide6.QtWidgets import QDockWidget, QMainWindow

    from workbench.gui.widgets.titled_dock import TitledDock

AREA = Qt.DockWidgetArea.LeftDockWidgetArea  # the one that holds all docks
ACROSS, DOWN = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
LARGEST = 100_000  # of any length or place in pixels

Pixels: TypeAlias = Annotated[int, msgspec.Meta(ge=-LARGEST, le=LARGEST)]
Share: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=LARGEST)]
Name: TypeAlias = Annotated[str, msgspec.Meta(max_length=100)]


class Saved(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What all that is kept in a session has in common: nothing unknown is read, nothing changes."""


class Tabs(Saved, frozen=True, tag_field="kind", tag="panel"):
    """One panel, or several behind one another."""

    names: tuple[Name, ...]
    share: Share = 100.0  # of the length along its row or column
    front: Name = ""


class Row(Saved, frozen=True, tag_field="kind", tag="row"):
    """Parts beside one another."""

    parts: tuple[Tabs | Row | Column, ...]
    share: Share = 100.0


class Column(Saved, frozen=True, tag_field="kind", tag="column"):
    """Parts one below the other."""

    parts: tuple[Tabs | Row | Column, ...]
    share: Share = 100.0


Part: TypeAlias = "Tabs | Row | Column"


class Rectangle(Saved, frozen=True):
    """A place on the screens, in pixels."""

    x: Pixels
    y: Pixels
    width: Pixels
    height: Pixels


class Layout(Saved, frozen=True):
    """The panels that are shown: those in the window, and those that float. The others are hidden."""

    docked: Tabs | Row | Column | None = None
    floating: dict[Name, Rectangle] = msgspec.field(default_factory=dict)


def panel(*names: str, share: float = 100.0) -> Tabs:
    """One panel of a layout, or several as tabs of which the first is in front."""
    return Tabs(names, share)


def row(*parts: Part, share: float = 100.0) -> Row:
    """Parts of a layout beside one another."""
    return Row(parts, share)


def column(*parts: Part, share: float = 100.0) -> Column:
    """Parts of a layout one below the other."""
    return Column(parts, share)


# --- of one another ---


def tabbed(part: Part) -> Part:
    """The part for a low window: panels above one another in a row lie behind one another, the upper one in front."""
    if isinstance(part, Tabs):
        return part
    if isinstance(part, Column):
        return msgspec.structs.replace(part, parts=tuple(map(tabbed, part.parts)))
    names = ((tuple(name for names, _ in tabs(each) for name in names), each.share) for each in part.parts)
    return msgspec.structs.replace(part, parts=tuple(Tabs(*each) for each in names))


def shape(part: Part | None) -> object:
    """Which panels lie where, whatever their sizes and whichever tab is in front: equal or not."""
    if part is None or isinstance(part, Tabs):
        return part and frozenset(part.names)
    return type(part), tuple(map(shape, part.parts))


def with_fronts(part: Part, fronts: Collection[str]) -> Part:
    """The part with these panels in front of the others that they share a place with."""
    if isinstance(part, Tabs):
        front = next((name for name in part.names if name in fronts and len(part.names) > 1), "")
        return msgspec.structs.replace(part, front=front)
    return msgspec.structs.replace(part, parts=tuple(with_fronts(each, fronts) for each in part.parts))


def fronts_of(part: Part | None) -> set[str]:
    """The names of the panels that are in front of others."""
    return set() if part is None else {front for _, front in tabs(part)}


# --- from the docks ---


def read(window: QMainWindow, docks: Mapping[str, TitledDock]) -> Layout:
    """The layout of docks that are on screen."""
    floating = {name: _rectangle(dock.geometry()) for name, dock in docks.items()
                if dock.isFloating() and not dock.isHidden()}  # fmt: skip
    groups = list(_groups(window, docks))
    return Layout(_part(groups, across=False) if groups else None, floating)


def _rectangle(place: QRect) -> Rectangle:
    return Rectangle(place.x(), place.y(), place.width(), place.height())


def _groups(window: QMainWindow, docks: Mapping[str, TitledDock]) -> Iterator[tuple[QRect, Tabs]]:
    """Every place that holds docks, with what is there."""
    done: set[str] = set()
    for name, dock in docks.items():
        if name in done or dock.isHidden() or dock.isFloating():
            continue
        behind = [other.objectName() for other in window.tabifiedDockWidgets(dock) if not other.isHidden()]
        names = (name, *(other for other in docks if other in behind))
        done.update(names)
        front = next((each for each in names if docks[each].in_front), name)
        yield docks[front].geometry(), Tabs(names, front=front if len(names) > 1 else "")


def _part(groups: Sequence[tuple[QRect, Tabs]], across: bool, tried: bool = False) -> Part:
    """The part that these places make up, cut through between them, across or down."""
    if len(groups) == 1:
        return groups[0][1]
    cut = _cut(groups, across)
    if len(cut) == 1 and not tried:
        return _part(groups, not across, tried=True)
    if len(cut) == 1:  # no straight line parts them: nothing that Qt's splitters can make
        cut = [[group] for group in groups]
    parts = []
    for inner in cut:
        length = max(_ends(place, across)[1] for place, _ in inner) - min(_ends(place, across)[0] for place, _ in inner)
        parts.append(msgspec.structs.replace(_part(inner, not across), share=float(length)))
    return Row(tuple(parts)) if across else Column(tuple(parts))


def _cut(groups: Sequence[tuple[QRect, Tabs]], across: bool) -> list[list[tuple[QRect, Tabs]]]:
    """The places in bunches that straight lines part."""
    bunches: list[list[tuple[QRect, Tabs]]] = []
    end = 0
    for group in sorted(groups, key=lambda group: _ends(group[0], across)):
        start, stop = _ends(group[0], across)
        if bunches and start < end:
            bunches[-1].append(group)
        else:
            bunches.append([group])
        end = max(end, stop) if bunches[-1] != [group] else stop
    return bunches


def _ends(place: QRect, across: bool) -> tuple[int, int]:
    start, length = (place.x(), place.width()) if across else (place.y(), place.height())
    return start, start + length


# --- to the docks ---


def fitting(layout: Layout, names: Iterable[str]) -> Layout:
    """The layout without panels that are not among `names`, or are in it twice."""
    left = set(names)
    docked = _fitting(layout.docked, left)
    return Layout(docked, {name: place for name, place in layout.floating.items() if name in left})


def _fitting(part: Part | None, left: set[str]) -> Part | None:
    if part is None:
        return None
    if isinstance(part, Tabs):
        mine = tuple(name for name in dict.fromkeys(part.names) if name in left)
        left.difference_update(mine)
        return msgspec.structs.replace(part, names=mine) if mine else None
    parts = tuple(known for each in part.parts if (known := _fitting(each, left)) is not None)
    return msgspec.structs.replace(part, parts=parts) if parts else None


def place(window: QMainWindow, docks: Mapping[str, QDockWidget], part: Part) -> None:
    """Put the first docks of all places of a part (all of them known) beside and below one another."""
    window.addDockWidget(AREA, docks[first(part)])
    _split(window, docks, part)


def fill(window: QMainWindow, docks: Mapping[str, QDockWidget], part: Part) -> None:
    """Put the others behind them, and show all. What is put beside a dock with others behind it becomes a tab."""
    for names, front in tabs(part):
        for name in names:
            docks[name].setVisible(True)
        for name in names[1:]:
            window.tabifyDockWidget(docks[names[0]], docks[name])
        docks[front if front in names else names[0]].raise_()


def first(part: Part) -> str:
    """The name of the panel in the upper left corner."""
    return part.names[0] if isinstance(part, Tabs) else first(part.parts[0])


def share_room(window: QMainWindow, docks: Mapping[str, QDockWidget], part: Part, size: QSize) -> None:
    """Give every part of a layout of this size its share; has an effect only once the window has its size."""
    if isinstance(part, Tabs):
        return
    across = isinstance(part, Row)
    between = window.style().pixelMetric(QStyle.PixelMetric.PM_DockWidgetSeparatorExtent, None, window)
    room = (size.width() if across else size.height()) - between * (len(part.parts) - 1)
    shares = sum(each.share for each in part.parts) or 1.0
    # Qt makes each row as high as what is resized in it last: within it all lengths must add up to its own.
    lengths = [max(round(room * each.share / shares), 1) for each in part.parts]
    window.resizeDocks([docks[first(each)] for each in part.parts], lengths, ACROSS if across else DOWN)
    for each, length in zip(part.parts, lengths, strict=True):
        inner = QSize(length, size.height()) if across else QSize(size.width(), length)
        share_room(window, docks, each, inner)


def _split(window: QMainWindow, docks: Mapping[str, QDockWidget], part: Part) -> None:
    if isinstance(part, Tabs):
        return
    way = ACROSS if isinstance(part, Row) else DOWN
    for before, after in zip(part.parts, part.parts[1:], strict=False):
        window.splitDockWidget(docks[first(before)], docks[first(after)], way)
    for each in part.parts:
        _split(window, docks, each)


def panels_of(part: Part | None) -> set[str]:
    """The names of all panels of a part."""
    return set() if part is None else {name for names, _front in tabs(part) for name in names}


def tabs(part: Part) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(part, Tabs):
        yield part.names, part.front
    else:
        for each in part.parts:
            yield from tabs(each)
