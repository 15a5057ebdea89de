"""The figure of the timeline: tracks above one another over one time axis, with marks where something happened."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from workbench.figures.figure import Cell, Floats, Table, height_of, legend, line_options, text_width, width_of
from workbench.figures.groups.trainings import draw_spread, mean_words
from workbench.figures.looks import ACCENT, DEAD, HARDLY_MOVED, PARTS, Look
from workbench.figures.overview.history import ACCURACY, TRACKS
from workbench.figures.timeline.answers import Computed, Question, answers
from workbench.figures.timeline.reading import accuracy_track, shown_of, unknowable, written
from workbench.figures.timeline.time_axis import TimeAxis, time_axis
from workbench.figures.timeline.tracks import Mark, Shown, inside, stretches
from workbench.runs.collection.naming import short_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.figures.groups.trainings import Trainings
    from workbench.figures.settings import TimelineSettings
    from workbench.figures.style import Style
    from workbench.figures.timeline.tracks import Track
    from workbench.runs.place import Place
    from workbench.runs.run import Run

COLOURS = {"dead": DEAD, "hardly_moved": HARDLY_MOVED}  # of tracks; the others have the accent
ASPECT, WIDEST = 0.45, 312.0  # height over width of a single track, up to a width in points
TRACK, LEAST, AROUND = 3.4, 2.8, 6.0  # times the font: a track, one with two lines beside it, what is around them
PAD = 0.14  # of a track's height, above and below its curve
SHADE = 0.18  # opacity of what a rule matches


@dataclass(frozen=True, eq=False)
class PrintedTrack:
    """A track: its curves over the snapshots, and from where to where they go."""

    name: str
    title: str
    unit: str  # "" of a count or a ratio
    curves: Mapping[str, Floats]  # by part of the data or name of the track, (T,) each; the first one is read
    scale: tuple[float, float]  # at the foot and at the top
    ends: tuple[str, str]  # the same as text
    here: str = ""  # the number at the selected snapshot
    reason: str = ""  # why there is no curve
    runs: Mapping[str, Trainings] = field(default_factory=dict)  # of a group: a curve of each run, by the same names

    def heights(self, foot: float, values: Floats) -> Floats:
        """Where values lie in a track that begins at this height and is 1 high."""
        low, high = self.scale
        return foot + PAD + (1.0 - 2.0 * PAD) * (values - low) / (high - low)


@dataclass(frozen=True, eq=False)
class TimelineFigure:
    """Tracks over the snapshots of a run; a line marks the selected snapshot."""

    kind: ClassVar[str] = "timeline"
    title: str
    time: TimeAxis
    tracks: tuple[PrintedTrack, ...]
    marks: tuple[Mark, ...] = ()
    held: tuple[tuple[float, float], ...] = ()  # from where to where a rule holds
    here: float | None = None  # where the selected snapshot lies
    rule: str = ""
    mean: str = ""  # what the curves are the mean of; "" of a single run

    @property
    def aspect(self) -> float:
        return ASPECT

    def height_at(self, width: float, font: float) -> float:
        """The height that it takes at a width with letters of this size, all in points."""
        return max(ASPECT * min(width, WIDEST), font * (TRACK * len(self.tracks) + AROUND))

    @property
    def lines(self) -> float:
        return 5.0 if len(self.tracks) < 2 else 3.0 + 1.7 * len(self.tracks)

    def draw(self, part: Any, style: Style) -> None:
        axes = part.subplots()
        single = len(self.tracks) == 1
        handles: dict[str, Any] = {}
        for number, track in enumerate(self.tracks):
            foot = float(len(self.tracks) - 1 - number)
            for name, values in track.curves.items():
                heights = values if single else track.heights(foot, values)
                line = _curve(axes, self.time.places, heights, name, style)
                if name in track.runs:
                    self._draw_runs(axes, track, foot, single, name, style)
                if name in PARTS and not track.reason:
                    handles[name] = line
            self._draw_marks(axes, track, foot, single, style)
            if track.reason:
                at = (self.time.ends()[0], 0.5 if single else foot + 0.5)
                axes.annotate(track.reason, at, color=style.colours.faint, va="center", fontsize=0.9 * style.font)
        for left, right in self.held:
            look: Any = {"color": style.colours.accent, "alpha": SHADE, "linewidth": 0, "zorder": -5}
            handles["rule"] = axes.axvspan(left, right, label=self.rule, **look)
        self._label(axes, style, single)
        if self.here is not None:
            axes.axvline(self.here, color=style.colours.faint, linewidth=0.8 * style.line)
        legend(part, handles.values(), style, title=self.mean)

    def _draw_runs(self, axes: Any, track: PrintedTrack, foot: float, single: bool, name: str, style: Style) -> None:
        """The interval and the curves of the runs, in the colour of the mean."""
        runs, colour = track.runs[name], line_options(_look(name), style)["color"]
        low, high, values = *inside(track.scale, runs), runs.values
        if not single:
            low, high, values = (track.heights(foot, each) for each in (low, high, values))
        draw_spread(axes, self.time.places, low, high, values, colour, style)

    def _draw_marks(self, axes: Any, track: PrintedTrack, foot: float, single: bool, style: Style) -> None:
        main, places = next(iter(track.curves.values())), self.time.places
        for mark in (mark for mark in self.marks if mark.track == track.name):
            value = main[mark.snapshot]
            height = foot + 0.5 if not np.isfinite(value) else value if single else track.heights(foot, value)
            colour = style.colours.line(COLOURS.get(track.name, ACCENT))
            axes.plot(
                [places[mark.snapshot]], [height], marker="D" if mark.diamond else "o", markersize=0.4 * style.font,
                markerfacecolor=style.colours.background, markeredgecolor=colour, linestyle="none", zorder=4,
            )  # fmt: skip

    def _label(self, axes: Any, style: Style, single: bool) -> None:
        axes.set_xlim(self.time.ends())
        axes.set_xlabel(self.time.words.removesuffix(", equal steps") if single else self.time.words)
        if single:
            unit = self.tracks[0].unit
            axes.set_ylabel(f"{self.tracks[0].title} ({unit})" if unit else self.tracks[0].title)
        else:
            count = len(self.tracks)
            axes.set_ylim(0.0, float(max(count, 1)))
            feet = range(count - 1, -1, -1)
            spans = height_of(axes.get_figure(root=False)) >= style.font * (LEAST * count + AROUND)
            axes.set_yticks([foot + 0.5 for foot in feet], [_words(track, spans) for track in self.tracks])
            axes.tick_params(axis="y", length=0)
            for border in range(1, count):
                axes.axhline(float(border), color=style.colours.faint, linewidth=0.4 * style.line, alpha=0.6)
        self._number(axes, style)

    def _number(self, axes: Any, style: Style) -> None:
        """The numbers below, as many as fit."""
        if self.time.kind == "linear":
            return
        room = 0.7 if len(self.tracks) > 1 else 0.85
        pairs = [*self.time.ticks()] if self.time.kind == "log" else []
        if self.time.kind == "log":
            axes.set_xticks(*_apart(pairs, self.time.ends(), room * width_of(axes.get_figure(root=False)), style))
            return
        labels = [_moment(number) for number in self.time.numbers.tolist()]
        widest = max(text_width(label, style.font) for label in {max(labels, key=len), labels[-1]})
        most = max(int(room * width_of(axes.get_figure(root=False)) / (widest + style.font)), 2)  # labels that fit
        last = len(labels) - 1
        step = max(-(-last // (most - 1)), 1)
        shown = [*range(0, last - step // 2, step), last]  # alike, but for the way to the last
        axes.set_xticks(shown, [labels[at] for at in shown])

    def at(self, snapshot: int) -> TimelineFigure:
        """The same with another snapshot marked."""
        tracks = tuple(replace(track, here=_number_at(track, snapshot)) for track in self.tracks)
        return replace(self, tracks=tracks, here=float(self.time.places[snapshot]))

    def settle(self, part: Any, style: Style) -> None:
        """Nothing depends on where the axes lie."""

    def table(self) -> Table:
        """A row for each snapshot."""
        counted = self.time.words.partition(",")[0]
        named = [(name, track, values) for track in self.tracks for name, values in track.curves.items()]
        heads = [f"{name} accuracy (%)" if name in PARTS else track.title for name, track, _ in named]
        spreads = [
            (head, track.runs[name]) for head, (name, track, _) in zip(heads, named, strict=True) if name in track.runs
        ]
        more = [f"{head}, {column}" for head, runs in spreads for column in runs.columns]
        if self.mean:
            heads = [f"mean {head}" for head in heads]
        happened: dict[int, list[str]] = {}
        for mark in self.marks:
            happened.setdefault(mark.snapshot, []).append(mark.words)
        rows: list[tuple[Cell, ...]] = [
            (at, float(number), *(float(values[at]) for _, _, values in named),
             *(cell for _, runs in spreads for cell in runs.cells(at)), "; ".join(happened.get(at, ())))
            for at, number in enumerate(self.time.numbers)
        ]  # fmt: skip
        if not self.marks:
            rows = [row[:-1] for row in rows]
        return Table(("snapshot", counted, *heads, *more, *(("what happened",) if self.marks else ())), tuple(rows))


def _curve(axes: Any, places: Floats, heights: Floats, name: str, style: Style) -> Any:
    single = np.count_nonzero(np.isfinite(heights)) == 1
    look = line_options(_look(name), style)
    (line,) = axes.plot(places, heights, label=name, **look, **({"marker": "o"} if single else {}))
    return line


def _look(name: str) -> Look:
    return PARTS.get(name, Look(COLOURS.get(name, ACCENT)))


def _words(track: PrintedTrack, spans: bool) -> str:
    """What is written beside a track: its name and number, and from where to where it goes if there is room."""
    named = f"{track.title}: {track.here}" if track.here else track.title
    return named if track.reason or not spans else f"{named}\n{track.ends[0].removesuffix(' %')} – {track.ends[1]}"


def _apart(
    pairs: Sequence[tuple[float, float]], ends: tuple[float, float], room: float, style: Style
) -> tuple[list[float], list[str]]:
    """The places and labels of those numbers that do not touch one another, the first ones first."""
    scale = room / (ends[1] - ends[0])
    taken: list[tuple[float, float, str]] = []
    for place, number in pairs:
        half = 0.5 * (text_width(_moment(number), style.font) + style.font)
        if all(abs(place - other) * scale >= half + wide for other, wide, _ in taken):
            taken.append((place, half, _moment(number)))
    taken.sort()
    return [place for place, _, _ in taken], [label for _, _, label in taken]


def _moment(epoch: float) -> str:
    """Of an epoch or iteration as short as it can be told: "0.095", "8.38", "2,510"."""
    return f"{epoch:,.0f}" if epoch >= 1000.0 else f"{epoch:.{2 if epoch < 1.0 else 3}g}"


def timeline_figure(shown: Shown, place: Place, rule: str = "") -> TimelineFigure:
    """The figure of what the timeline shows, with the snapshot of a place marked."""
    at = place.snapshot
    held = () if shown.held is None else tuple(stretches(shown.time, shown.held))
    tracks = tuple(_printed(track, at) for track in shown.tracks)
    here = float(shown.time.places[at])
    mean = "" if place.group is None else mean_words(place.group)
    return TimelineFigure(place.name, shown.time, tracks, shown.marks, held, here, rule, mean)


def _printed(track: Track, at: int) -> PrintedTrack:
    low, high = track.scale
    ends = track.write(low), track.write(high)
    unit, curves = TRACKS[track.name].unit, dict(track.curves)
    printed = PrintedTrack(track.name, track.title, unit, curves, (low, high), ends, "", track.reason, dict(track.runs))
    return replace(printed, here=_number_at(printed, at))


def _number_at(track: PrintedTrack, snapshot: int) -> str:
    value = float(next(iter(track.curves.values()))[snapshot])
    return written(track.name, bool(track.runs))(value) if np.isfinite(value) else ""


def accuracies_figure(run: Run, snapshot: int | None = None) -> TimelineFigure:
    """The figure of a run's accuracies over its snapshots; `snapshot` is marked."""
    time = time_axis(run, "steps")
    here = None if snapshot is None else float(time.places[snapshot])
    return TimelineFigure(short_name(run), time, (_printed(accuracy_track(run), snapshot or 0),), here=here)


def shown_at(place: Place, chosen: TimelineSettings, notes: list[str]) -> Shown:
    """What the timeline shows at a place with these settings; without a layer only the accuracies.

    ValueError: there is no such track, or a rule that is none.
    """
    if unknown := [name for name in chosen.tracks if name not in TRACKS]:
        raise ValueError(f"there is no track {unknown[0]!r}: choose {', '.join(TRACKS)}")
    tracks, rule = [name for name in TRACKS if name in chosen.tracks], chosen.rule.strip()
    tracks.sort(key=lambda name: name != ACCURACY)  # from the top, as in the panel
    reason = unknowable(place)
    of_layer = tuple(name for name in tracks if name != ACCURACY)
    known = None
    if not place.layer and of_layer:
        notes.append(f"left out, as no layer is named: {', '.join(TRACKS[name].title for name in of_layer)}")
        tracks = [name for name in tracks if name == ACCURACY] or [ACCURACY]
    elif not reason and (of_layer or rule):
        *_, known = answers(Computed(), Question(place.at(place.snapshots - 1), of_layer, rule))
        if known.problem:
            raise ValueError(f"the rule {rule!r} cannot be used: {known.problem}")
    return shown_of(place.source, tracks, chosen.axis, rule, known, reason)
