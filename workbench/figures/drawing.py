"""A figure together with where it comes from; one or several of them as a file that carries its recipe."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.figures.files.embedding import embedded
from workbench.figures.files.saving import write_whole
from workbench.figures.page import FORMATS, Page
from workbench.figures.recipe import Recipe, RunKey, View, software
from workbench.figures.style import Style
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    from workbench.figures.figure import Figure
    from workbench.figures.page import Format
    from workbench.runs.place import Place
    from workbench.runs.run import Run


@dataclass(frozen=True)
class Wanted:
    """What a figure is made of."""

    place: Place
    units: tuple[int, ...]
    positions: tuple[tuple[float, float], ...]
    group: tuple[Run, ...] = ()  # other runs, which differ by their seed


@dataclass(frozen=True, eq=False)
class Drawing:
    """A figure, and the selection and settings it shows."""

    figure: Figure
    place: Place
    units: tuple[int, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()  # what is missing in it, and why
    group: tuple[Run, ...] = ()  # the other runs of which it shows a mean

    @property
    def positions(self) -> tuple[tuple[float, float], ...]:
        """The places of the nodes of a graph, and behind them where arrows begin; none for other figures."""
        whole = [getattr(self.figure, name, None) for name in ("positions", "tails")]
        return tuple(tuple(place) for places in whole if places is not None for place in places.tolist())

    def view(self) -> View:
        """What the recipe says of it. Reads the runs' commit records."""
        about = (self.place.layer or None, self.place.snapshot, self.units, dict(self.settings), self.positions)
        return View(self.figure.kind, key_of(self.place.run), *about, tuple(map(key_of, self.group)))

    def save(self, path: str | PathLike[str], csv: bool = False, **style: Any) -> tuple[Path, ...]:
        """Write the figure as `path` says (.pdf, .svg or .png), with its numbers as CSV beside it; what was written.

        `style` are fields of `Style`: width=84, font=8, dpi=300, theme="print" … See `save`.
        """
        return save((self,), path, Style(**style), csv=csv)

    def _repr_svg_(self) -> str:
        """How a notebook shows it."""
        return Page((self.figure,)).bytes("svg").decode()


def selected_units(at: Wanted, matrix: str, what: str) -> tuple[int, ...]:
    """The units whose rows are the matrix; none: it has all. ValueError: none is selected."""
    if matrix == "units" and not at.units:
        raise ValueError(f"{what} of selected units needs a selection, and no unit is selected")
    return tuple(sorted(at.units)) if matrix == "units" else ()


def key_of(run: Run) -> RunKey:
    """Which run this is, as a recipe says it. Reads its commit records."""
    return RunKey(run.run_id, run.content(), run.snapshots, run.path.name)


def check_run(key: RunKey, run: Run) -> None:
    """Raise ValueError where `run` is not the one that a recipe names so, or another state of it."""
    if key.run_id != run.run_id:
        raise ValueError(f"{run.path.name} is another run than {key.file}, from which the figure was made")
    if not 0 <= key.snapshots <= run.snapshots:
        there = counted(run.snapshots, "snapshot")
        raise ValueError(f"{run.path.name} has {there}; the figure was made when it had more")
    if run.content(key.snapshots) != key.content:
        raise ValueError(f"{run.path.name} was changed since the figure was made from it")


def recipe_of(drawings: Sequence[Drawing], style: Style, columns: int | None = None) -> Recipe:
    """The recipe of a page. Reads the runs' commit records."""
    return Recipe(tuple(drawing.view() for drawing in drawings), style, columns, software())


def save(
    drawings: Sequence[Drawing],
    path: str | PathLike[str],
    style: Style | None = None,
    columns: int | None = None,
    csv: bool = False,
) -> tuple[Path, ...]:
    """Write these figures on one page, whole or not at all; the files that were written.

    Another figure of that name is replaced, a run never. ValueError: an ending that is no format, or a picture that
    is too large; OSError: it cannot be written there.
    """
    target = Path(path)
    kind, look = format_of(target), style or Style()
    page = Page(tuple(drawing.figure for drawing in drawings), look, columns)
    content = embedded(page.bytes(kind), kind, recipe_of(drawings, look, columns))
    return write_files(target, content, page, csv)


def write_files(target: Path, content: bytes, page: Page, csv: bool) -> tuple[Path, ...]:
    """Write the page's file and, beside it, a table for each of its figures."""
    files = {target: content}
    if csv:
        files |= {
            path: figure.table().text().encode()
            for path, figure in zip(csv_paths(target, page.figures), page.figures, strict=True)
        }
    write_whole(files)
    return tuple(files)


def table_bytes(figures: Sequence[Figure]) -> int:
    """About how many bytes the tables of a page's figures take: 0 where that is never much."""
    return sum(getattr(figure, "table_bytes", 0) for figure in figures)


def csv_paths(target: Path, figures: Sequence[Figure]) -> tuple[Path, ...]:
    """Where the tables of a page's figures lie: beside it, with the figure's letter where there are several."""
    if len(figures) == 1:
        return (target.with_suffix(".csv"),)
    letters = "abcdefghijkl"
    return tuple(
        target.with_name(f"{target.stem}_{letter}_{figure.kind}.csv")
        for letter, figure in zip(letters, figures, strict=False)
    )


def format_of(path: Path) -> Format:
    """The format that a file's ending names. ValueError where it names none."""
    for kind in FORMATS:
        if path.suffix.lower() == f".{kind}":
            return kind
    raise ValueError(f"{path.name}: figures are saved as {', '.join('.' + kind for kind in FORMATS)}")


def file_name(drawings: Sequence[Drawing], kind: Format) -> str:
    """A name for the file, of letters, digits, - and _ only: "digits_conv-fc1-spectrum-28.pdf"."""
    first = drawings[0]
    kinds = first.figure.kind if len(drawings) == 1 else "figure"
    words = (first.place.run.path.stem, first.place.layer, kinds, str(first.place.snapshot))
    slug = "-".join(in_file_name(word) for word in words if word)
    return f"{slug.strip('-') or 'figure'}.{kind}"


def in_file_name(word: str) -> str:
    """A name that comes from a file as part of the name of another: letters, digits, - and _ only."""
    return re.sub(r"[^A-Za-z0-9_]+", "-", word).strip("-")[:60]


def restyled(recipe: Recipe, **changes: Any) -> Recipe:
    """The recipe with fields of its style replaced."""
    return replace(recipe, style=replace(recipe.style, **changes))
