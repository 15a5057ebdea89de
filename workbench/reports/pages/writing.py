"""Making a page: the snapshots one after another, then the file, whole or not at all."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.evaluation.similarity.table import similarity
from workbench.figures.files.saving import check_place, write_whole
from workbench.figures.progress import Progress, Written
from workbench.figures.recipe import software
from workbench.figures.settings import GraphSettings, SpectrumSettings
from workbench.figures.training import missing_curves, training_of
from workbench.reports.pages.data import page_data
from workbench.reports.pages.html import Words, page
from workbench.reports.pages.moments import moments
from workbench.reports.words import specification
from workbench.runs.collection.naming import course
from workbench.runs.errors import shown
from workbench.runs.pace import Pace
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from os import PathLike

    from workbench.figures.progress import Event
    from workbench.reports.pages.moments import Moment
    from workbench.runs.place import Place
    from workbench.runs.run import Run

MOST_BYTES = 300_000  # of a page; where it would be larger, it has fewer snapshots
FEW = 8  # snapshots that a page has at least, however large it is


@dataclass(frozen=True)
class PageOf:
    """What a page shows: a layer of a run, with the settings of the panels.

    ValueError: the snapshots are not in order, or the spectrum is to be of selected units.
    """

    place: Place  # whose snapshot does not matter
    graph: GraphSettings = field(default_factory=GraphSettings)
    spectrum: SpectrumSettings = field(default_factory=SpectrumSettings)
    first: int = 0
    last: int = -1
    command: tuple[str, ...] = ()  # that makes it again
    others: tuple[Run, ...] = ()  # whose layers are stacked under it in the graph

    def __post_init__(self) -> None:
        if self.spectrum.matrix == "units":
            raise ValueError("a page shows the spectrum of all units, not of selected ones")
        if self.snapshots.start >= self.snapshots.stop:
            raise ValueError(f"snapshot {self.snapshots.stop - 1} does not come after snapshot {self.snapshots.start}")

    @property
    def snapshots(self) -> range:
        """Those that are looked at."""
        run = self.place.run
        return range(run.resolve(self.first), run.resolve(self.last) + 1)


def write_page(wanted: PageOf, path: str | PathLike[str]) -> Generator[Event, None, None]:
    """Write the page as one HTML file, telling how far it is.

    Closing the generator gives up, and nothing is left behind. An earlier file of that name is replaced, a run never.
    ValueError: no snapshot has finite weights, or the layer has no such similarity; OSError: it cannot be written.
    """
    target = Path(path)
    check_place(target)
    found: list[Moment] = []
    total, pace = len(wanted.snapshots), Pace()
    for _ in range(total):
        pace.expect("snapshot")
    pace.enter("snapshot")
    for each in moments(wanted.place, wanted.graph, wanted.spectrum, wanted.snapshots, wanted.others):
        found.append(each)
        pace.count()
        yield Progress.of(f"laying out snapshot {len(found):,} of {total:,}", pace.estimate())
    content, number = fitting(wanted, found)
    write_whole({target: content})
    left_out = "" if number == total else f" of {total:,}, so that it stays small"
    yield Written((str(target),), f"{counted(number, 'snapshot')}{left_out}, {len(content) / 1000:,.0f} kB")


def fitting(wanted: PageOf, found: Sequence[Moment]) -> tuple[bytes, int]:
    """The page with as many of the snapshots as `MOST_BYTES` allow, at least `FEW`, and how many these are.

    Every second one, or every third …; the first and the last are always there.
    """
    every, most = 1, max((len(found) - 1) // (FEW - 1), 1)
    while True:
        chosen = [*found[:-1:every], found[-1]]
        content = _page_with(wanted, chosen, every)
        if len(content) <= MOST_BYTES or every >= most:
            return content, len(chosen)
        every = min(max(every + 1, every * len(content) // MOST_BYTES), most)


def _page_with(wanted: PageOf, chosen: Sequence[Moment], every: int) -> bytes:
    run = wanted.place.run
    word = similarity(wanted.graph.similarity).cosine
    training = None if missing_curves(run) else training_of(run)
    marks = course(run)[1][[each.snapshot for each in chosen]].tolist()
    return page(_words(wanted, chosen, every), page_data(chosen, training, marks, word))


def _words(wanted: PageOf, chosen: Sequence[Moment], every: int) -> Words:
    place = wanted.place
    layer = place.layer_view
    rows = dict(specification(place.run, chosen[-1].snapshot))
    facts: list[tuple[str, str]] = [(name, rows[name]) for name in ("Run", "Network", "Data") if name in rows]
    row = similarity(wanted.graph.similarity)
    facts += [
        ("Edge", f"two units are joined where their {row.cosine} reaches the cut-off; compared: {row.words}"),
        ("Spectrum", "eigenvalues of WWᵀ, beside the Marchenko–Pastur law of independent entries"),
        ("Precision", "positions to a twentieth of a pixel of the layout, norms to five digits, cosines to 1/510 of "
         "their range, curves to 1/2000 of an axis"),
    ]  # fmt: skip
    stack = next((each.graph.layers for each in chosen if each.graph is not None), ())
    if stack:
        listed = "; ".join(f"{shown(name)}, {counted(units, 'unit')}" for name, units in stack)
        lines = any(each.graph is not None and len(each.graph.joined) for each in chosen)
        joined = ". A coloured line joins two units that are a pair beyond chance" if lines else ""
        said = f"layers stacked on top of one another: {listed}{joined}. The spectrum is that of the first"
        facts.append(("Graph", said))
    if every > 1:
        facts.append(("Snapshots", f"{len(chosen)} of {len(wanted.snapshots)}, so that this file stays small"))
    facts.append(("Link", "add # and the number of a snapshot to the address to begin there"))
    facts.append(("Made by", f"workbench {software().get('workbench', '')}"))
    if wanted.command:
        facts.append(("Again", shlex.join(wanted.command)))
    about = f"{layer.units:,} units with {layer.inputs:,} inputs each, {chosen[0].label} to {chosen[-1].label}"
    return Words(f"{shown(place.name)} · {shown(place.layer)}", about, tuple(facts))
