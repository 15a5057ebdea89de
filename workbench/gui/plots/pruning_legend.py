"""The legend of the pruning plot: how far each curve stays within a point, or its value at the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.figures.pruning.group import reaching_of
from workbench.figures.pruning.guessing import IN_BRIEF
from workbench.figures.pruning.words import CAN_GO, dead_in_words, merged_reaching, merged_reading, reading
from workbench.gui.plots.legend import Entry
from workbench.gui.plots.mean_band import mean_entries
from workbench.gui.state import theme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.figures.pruning.lines import Line
    from workbench.figures.pruning.picture import Picture
    from workbench.gui.plots.pruning_plot import PruningPlot


def entries(picture: Picture, plot: PruningPlot, brief: bool = False) -> list[Entry]:
    """An entry for each curve, merging, and the mark where the dead units end; `brief` in as few words as possible."""
    found = [
        Entry(_of_line(line, picture, plot, brief), plot.pen(line.name).color(), plot.mark(line.name))
        for line in picture.lines
    ]
    found += _of_merging(picture, plot, brief)
    if found and not plot.level and (brief or picture.guess):
        found.append(Entry(IN_BRIEF if picture.guess else CAN_GO[picture.quantity], "black", "none"))
    return [*found, *_of_dead(picture, brief), *mean_entries(picture.question.place.source, "dot")]


def _of_line(line: Line, picture: Picture, plot: PruningPlot, brief: bool) -> str:
    if plot.level:
        return reading(line, plot.place, picture.quantity, brief)
    return reaching_of(line, picture, brief=brief)


def _of_merging(picture: Picture, plot: PruningPlot, brief: bool) -> Iterator[Entry]:
    if picture.merging is None:
        return
    if plot.level:
        text = merged_reading(picture.merging, plot.level, picture.quantity)
    else:
        text = merged_reaching(picture, brief)
    yield Entry(text, theme.current().foreground, "ring")


def _of_dead(picture: Picture, brief: bool) -> Iterator[Entry]:
    words = dead_in_words(picture, brief)
    if words:
        yield Entry(words, theme.current().foreground, "tick")
