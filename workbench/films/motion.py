"""Motion from one drawn page to the next: the first one's artists are fed with what lies between the two.

Only the picture moves: a place, a height or a limit goes in a straight line from where it is to where it will be. What
has no counterpart (an edge that comes, a text, a colour) stays as it is until the next page takes over.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.figures.graph.figure import RINGS, GraphFigure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from workbench.figures.figure import Figure

    Move = Callable[[float], None]  # to a part of the way, 0…1


def moves_between(now: Any, then: Any) -> list[Move]:
    """What moves from one page's axes to those of the next, which was drawn in the same way."""
    targets = dict(_named(then))
    pairs = ((artist, targets[name]) for name, artist in _named(now) if name in targets)
    logs = tuple(axis.get_scale() == "log" for axis in (now.xaxis, now.yaxis))
    moves = (_move(artist, target, logs) for artist, target in pairs)
    return [move for move in moves if move is not None]


def limit_moves(now: Any, then: Any) -> list[Move]:
    """How the axes' own limits move; none where they stay."""
    moves: list[Move] = []
    for get, put, axis in (("get_xlim", "set_xlim", now.xaxis), ("get_ylim", "set_ylim", now.yaxis)):
        ends, others = np.array(getattr(now, get)()), np.array(getattr(then, get)())
        if not np.array_equal(ends, others):
            moves.append(_limit_move(getattr(now, put), ends, others, axis.get_scale() == "log"))
    return moves


def graph_moves(now: Any, then: Any, before: GraphFigure, after: GraphFigure) -> list[Move]:
    """How a graph moves: each unit is one disc, whatever the groups are called in the two graphs.

    The label of a block goes with it, until the next page says how many units it has then.
    """
    sizes = _widths(now, before), _widths(then, after)
    edges = [(line, members) for line, (members, _) in zip(_of(now, "LineCollection"), before.shades(), strict=True)]
    discs = [(disc, before.groups == group) for disc, group in zip(_discs(now), before.drawn_groups, strict=False)]
    chosen, labels = np.array(before.selected, np.int64), list(_moving_labels(now, before, after))
    pairs = zip(_rings(now), _rings(then), strict=True)
    rings = [(ring, ring.get_widths(), other.get_widths()) for ring, other in pairs]

    overlays = {line.get_label(): line for line in now.lines}

    def move(part: float) -> None:
        places, widths = _mix(before.positions, after.positions, part), _mix(*sizes, part)
        both = before.tails is not None and after.tails is not None
        tails = _mix(before.tails, after.tails, part) if both else before.tails
        for name, path in before.overlays(places, tails, widths / 2.0).items():
            overlays[name].set_data(*path.T)
        for line, members in edges:
            line.set_segments(list(places[members]))
        for disc, units in discs:
            _feed_discs(disc, places[units], widths[units])
        for ring, start, end in rings:
            _feed_discs(ring, places[chosen], _mix(start, end, part))
        for text, start, end in labels:
            text.set_position(_mix(start, end, part).tolist())

    return [move]


def data_artists(axes: Any) -> list[Any]:
    """What of the axes changes with the data, from the bottom up; the lines of its frame last."""
    data = (*axes.patches, *axes.collections, *axes.lines, *axes.texts)
    frame = axes.spines.values() if axes.axison else ()
    return [*sorted(data, key=lambda artist: float(artist.get_zorder())), *frame]


def moves_of(figure: Figure, target: Figure, now: Any, then: Any) -> list[Move]:
    """What moves in one figure's axes on the way to the next figure of its kind."""
    if isinstance(figure, GraphFigure) and isinstance(target, GraphFigure):
        return graph_moves(now, then, figure, target)
    return moves_between(now, then)


# --- artist by artist ---


def _named(axes: Any) -> Iterator[tuple[tuple[str, str, int], Any]]:
    """The artists of data with what tells them apart: kind, label, and which of these."""
    counts: Counter[tuple[str, str]] = Counter()
    for artist in (*axes.lines, *axes.patches, *axes.collections):
        label = str(artist.get_label())
        name = (type(artist).__name__, "" if label.startswith("_") else label)
        yield (*name, counts[name]), artist
        counts[name] += 1


def _move(artist: Any, target: Any, logs: tuple[bool, bool]) -> Move | None:
    from matplotlib.collections import LineCollection, PolyCollection
    from matplotlib.lines import Line2D
    from matplotlib.patches import StepPatch

    if isinstance(artist, Line2D):
        return _line_move(artist, target, logs)
    if isinstance(artist, StepPatch):
        return _steps_move(artist, target)
    if isinstance(artist, LineCollection):
        return _ticks_move(artist, target, logs)
    if isinstance(artist, PolyCollection):
        return _area_move(artist, target)
    return None


def _line_move(line: Any, target: Any, logs: tuple[bool, bool]) -> Move | None:
    starts, ends = (_pair(each.get_data(orig=True)) for each in (line, target))
    if starts is None or ends is None or starts.shape != ends.shape or np.array_equal(starts, ends, equal_nan=True):
        return None
    rows = list(zip(starts, ends, logs, strict=True))
    return lambda part: line.set_data(*(_mix(start, end, part, log) for start, end, log in rows))


def _steps_move(steps: Any, target: Any) -> Move | None:
    (values, edges, _), (others, ends, _) = steps.get_data(), target.get_data()
    if values.shape != others.shape or (np.array_equal(values, others) and np.array_equal(edges, ends)):
        return None
    return lambda part: steps.set_data(_mix(values, others, part), _mix(edges, ends, part))


def _ticks_move(ticks: Any, target: Any, logs: tuple[bool, bool]) -> Move | None:
    """The first ones of both move, so that an eigenvalue stays itself; those that are too many stay."""
    starts, ends = (np.array(each.get_segments()) for each in (ticks, target))
    count = min(len(starts), len(ends))
    if not count or starts.shape[1:] != ends.shape[1:] or np.array_equal(starts, ends):
        return None

    def move(part: float) -> None:
        places = starts.copy()
        for side, log in enumerate(logs):
            places[:count, :, side] = _mix(starts[:count, :, side], ends[:count, :, side], part, log)
        ticks.set_segments(list(places))

    return move


def _area_move(area: Any, target: Any) -> Move | None:
    outlines = [[path.vertices for path in each.get_paths()] for each in (area, target)]
    if len(outlines[0]) != 1 or len(outlines[1]) != 1 or outlines[0][0].shape != outlines[1][0].shape:
        return None
    starts, ends = outlines[0][0].copy(), outlines[1][0].copy()
    return lambda part: area.set_verts([_mix(starts, ends, part)])


def _limit_move(put: Callable[[float, float], Any], ends: Any, others: Any, log: bool) -> Move:
    return lambda part: put(*_mix(ends, others, part, log).tolist()) and None


# --- the parts of a graph ---


def _of(axes: Any, kind: str) -> list[Any]:
    return [each for each in axes.collections if type(each).__name__ == kind]


def _discs(axes: Any) -> list[Any]:
    """One for each group, then the rings of the selected units."""
    return _of(axes, "EllipseCollection")


def _rings(axes: Any) -> list[Any]:
    return [each for each in _discs(axes) if each.get_label() == RINGS]


def _moving_labels(axes: Any, before: GraphFigure, after: GraphFigure) -> Iterator[tuple[Any, Any, Any]]:
    """The label of each block of both graphs, and from where to where it goes; the number in front may change."""
    ends = {label.partition(" ")[2]: place for label, place in after.labels()}
    for text, (label, place) in zip(axes.texts, before.labels(), strict=False):
        end = ends.get(label.partition(" ")[2])
        if end is not None:
            yield text, np.array(place), np.array(end)


def _widths(axes: Any, figure: GraphFigure) -> Any:
    """(m,) the width of each unit's disc, in the layout's pixels."""
    widths = np.zeros(len(figure.positions))
    for disc, group in zip(_discs(axes), figure.drawn_groups, strict=False):
        widths[figure.groups == group] = disc.get_widths()
    return widths


def _feed_discs(disc: Any, places: Any, widths: Any) -> None:
    disc.set_offsets(places)
    disc.set_widths(widths)
    disc.set_heights(widths)


# --- numbers ---


def _pair(data: Iterable[Any]) -> Any:
    rows = [np.asarray(row, np.float64) for row in data]
    return np.stack(rows) if rows[0].shape == rows[1].shape else None


def _mix(starts: Any, ends: Any, part: float, log: bool = False) -> Any:
    """Where things are after this part of their way; in a straight line as it is seen, on a log axis too."""
    if log and (starts > 0).all() and (ends > 0).all():
        return starts ** (1.0 - part) * ends**part
    return (1.0 - part) * starts + part * ends
