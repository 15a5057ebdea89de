"""What the overview shows, as the overview that figures and tables are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.figures.drawing import Drawing, in_file_name
from workbench.figures.figure import Table
from workbench.figures.overview.figure import overview_figure, table_of
from workbench.figures.overview.measures import TABLE
from workbench.figures.overview.run import Overview, in_order
from workbench.gui.state.program import program

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from workbench.figures.overview.costs import LayerCosts
    from workbench.gui.panels.overview import answers
    from workbench.runs.place import Place


def drawing_of(
    known: answers.Overview, costs: Mapping[str, LayerCosts] | None, place: Place, settings: Mapping[str, Any]
) -> Drawing:
    """The figure of what is shown at a place. `costs`: what is known of them; None: they are not wanted."""
    measure = settings["measure"]
    found = _found(known, costs, {place.snapshot, known.last} if measure == TABLE else None)
    notes = tuple(_still_to_come(known, found))
    figure = overview_figure(found, place, measure)
    return Drawing(figure, place.alone, settings=settings, notes=notes, group=place.others)


def csv_of(known: answers.Overview, costs: Mapping[str, LayerCosts] | None, place: Place, measure: str) -> str:
    """The table of what is shown: of the selected snapshot, or of all of them under a map."""
    found = _found(known, costs, {place.snapshot} if measure == TABLE else None)
    return found.csv() if place.group is None else Table(*table_of(found, place, costs)).text()


def csv_name(place: Place) -> str:
    """What its file is called."""
    return f"{in_file_name(place.run.path.stem)}_overview.csv"


def program_of(place: Place, measure: str, costs: bool) -> str:
    """The program that prints the same numbers."""
    every = measure != TABLE or place.snapshot < place.snapshots - 1
    options = (", all_snapshots=True" if every else "") + (", costs=True" if costs else "")
    rows = "found.rows()" if measure != TABLE or not every else f"found.at({place.snapshot}).rows()"
    return program(
        place.run,
        f"found = wb.overview(run{options})",
        "print(*found.columns)",
        f"for row in {rows}:",
        "    print(*row)",
    )


def _found(known: answers.Overview, costs: Mapping[str, LayerCosts] | None, snapshots: set[int] | None) -> Overview:
    rows = (row for history in known.histories.values() for row in history.values())
    return in_order((row for row in rows if snapshots is None or row.snapshot in snapshots), costs)


def _still_to_come(known: answers.Overview, found: Overview) -> Iterator[str]:
    if known.known < known.total and len(found.layers) > 2 * len(known.histories):
        yield f"computed so far: {known.known:,} of {known.total:,} cells"
    if found.costs is not None and not all(
        name in found.costs and found.costs[name].complete for name in known.histories
    ):
        yield "what can be removed or merged is still being measured"
