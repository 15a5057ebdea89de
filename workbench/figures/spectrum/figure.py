"""The figure of a spectrum: eigenvalues of W Wᵀ as a histogram under the Marchenko–Pastur laws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from workbench.figures.figure import Cell, Floats, Ints, Table, legend, line_options, text_width
from workbench.figures.labels import arrange
from workbench.figures.looks import LAWS
from workbench.figures.spectrum.group import mean_of, runs_of
from workbench.figures.spectrum.picture import DENSITY
from workbench.figures.style import POINTS
from workbench.figures.zoom import Zoom, show
from workbench.runs.remaining import ALL_INPUTS

if TYPE_CHECKING:
    from workbench.analysis.spectra.marchenko_pastur import Scale
    from workbench.figures.groups.trainings import Trainings
    from workbench.figures.spectrum.picture import Picture
    from workbench.figures.style import Style

NAMES = {
    "initialiser": "Marchenko–Pastur, σ² of the initialiser",
    "entries": "Marchenko–Pastur, σ² of the entries",
    "bulk": "Marchenko–Pastur, σ² of the bulk",
}
SHORT = {"initialiser": "MP, σ² initialiser", "entries": "MP, σ² entries", "bulk": "MP, σ² of the bulk"}
SHUFFLED = "shuffled entries"


@dataclass(frozen=True, eq=False)
class Law:
    """One Marchenko–Pastur density, in λ."""

    name: str
    x: Floats
    density: Floats
    edges: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class SpectrumFigure:
    """A spectrum in λ on a linear or a log axis."""

    kind: ClassVar[str] = "spectrum"
    lines: ClassVar[float] = 6.0
    title: str
    scale: Scale
    edges: Floats  # (bins + 1,)
    counts: Ints  # (bins,)
    density: Floats  # (bins,)
    initial: Floats | None  # (bins,) at snapshot 0; None: not drawn
    laws: tuple[Law, ...]
    outliers: Floats  # descending
    outliers_named: bool  # they are outliers; else only the largest eigenvalues
    view: tuple[float, float]  # the axis of eigenvalues, in λ
    top: float
    zoom: Zoom | None = None
    start: str = "at initialisation"  # what snapshot 0 is called
    all_inputs: bool = False  # also those are counted that may come from removed units
    null: Floats | None = None  # (bins,) with shuffled entries; None: not drawn
    matrix: str = "W"
    band: tuple[float, float] | None = None  # from λ to λ: eigenvalues that are looked at
    height: str = DENSITY["linear"]  # what goes up the plot
    runs: Trainings | None = None  # of a group: the bars of each run
    mean: str = ""  # what the bars are the mean of; "" of a single run

    @property
    def aspect(self) -> float:
        return 0.72

    def draw(self, part: Any, style: Style) -> None:
        from matplotlib.lines import Line2D

        colours, axes = style.colours, part.subplots()
        axes.set_xscale(self.scale)
        bars = axes.stairs(self.density, self.edges, fill=True, color=colours.accent, alpha=0.4, label="eigenvalues")
        axes.stairs(self.density, self.edges, color=colours.accent, linewidth=0.6 * style.line)
        handles = [bars]
        if self.runs is not None:
            self.runs.draw_bins(axes, self.edges, self.middles, colours.text, style)
        handles += self._draw_others(axes, style)
        for law in self.laws:
            options = line_options(LAWS[law.name], style)
            handles += axes.plot(law.x, law.density, label=SHORT[law.name], **options)
            for edge in law.edges:
                axes.axvline(edge, alpha=0.6, linewidth=0.7 * style.line, linestyle=options["linestyle"],
                             color=options["color"])  # fmt: skip
        if len(self.outliers):
            axes.vlines(self.outliers, 0.0, 0.045, color=colours.text, linewidth=0.9 * style.line,
                        transform=axes.get_xaxis_transform())  # fmt: skip
            name = "outliers" if self.outliers_named else "largest"
            handles.append(Line2D([], [], color=colours.text, marker="|", linestyle="none", label=name))
        if self.all_inputs:
            handles.append(Line2D([], [], linestyle="none", label=ALL_INPUTS))
        axes.set(xlim=self.view, ylim=(0.0, self.top), ylabel=self.height, xlabel=axis_label(self.matrix))
        show(self.zoom, axes)
        if self.scale == "log":
            _plain_numbers(axes)
        legend(part, handles, style, title=self.mean)

    @property
    def middles(self) -> Floats:
        """The middle of each bin on its axis, in λ."""
        left, right = self.edges[:-1], self.edges[1:]
        return np.asarray(np.sqrt(left * right) if self.scale == "log" else (left + right) / 2)

    def _draw_others(self, axes: Any, style: Style) -> list[Any]:
        """Draw what the eigenvalues are compared with, and the band; the handles for the legend."""
        colours = style.colours
        handles: list[Any] = []
        if self.initial is not None:
            handles.append(
                axes.stairs(self.initial, self.edges, color=colours.text, alpha=0.55, linewidth=0.8 * style.line,
                            label=self.start)
            )  # fmt: skip
        if self.null is not None:
            handles.append(
                axes.stairs(self.null, self.edges, color=colours.text, linestyle=":", linewidth=0.9 * style.line,
                            label=SHUFFLED)
            )  # fmt: skip
        if self.band is not None:
            handles.append(axes.axvspan(*self.band, color=colours.accent, alpha=0.15, linewidth=0, label="band"))
        return handles

    def settle(self, part: Any, style: Style) -> None:
        """The labels of the outliers, where there is room for them."""
        axes = part.axes[0]
        box = axes.get_window_extent()
        low, high = axes.get_xlim()
        seen = self.outliers[(self.outliers >= low) & (self.outliers <= high)]
        pixels = axes.transData.transform(np.column_stack((seen, np.zeros(len(seen)))))[:, 0] - box.x0
        size = 0.85 * style.font
        point = axes.get_figure(root=True).dpi / POINTS  # in pixels
        texts = [f"{value:.3g}" for value in seen]
        behind = {"facecolor": style.colours.background, "alpha": 0.75, "pad": 0.6, "linewidth": 0}
        for label in arrange(pixels, texts, box.width, lambda text: point * text_width(text, size)):
            x, y = (label.left + label.width / 2) / box.width, 0.055 + 0.2 * point * size / box.height
            axes.text(x, y, label.text, transform=axes.transAxes, ha="center", va="bottom", fontsize=size, bbox=behind)

    def table(self) -> Table:
        initial = self.initial if self.initial is not None else np.full(len(self.counts), np.nan)
        middles, runs = self.middles, self.runs
        laws = [np.interp(middles, law.x, law.density, left=0.0, right=0.0) for law in self.laws]
        null = () if self.null is None else (self.null,)
        more = () if runs is None else runs.columns
        counted = "eigenvalues" if runs is None else "eigenvalues of all runs"
        height = self.height if runs is None else f"mean {self.height}"
        columns = (
            "from λ", "to λ", counted, height, f"density {self.start}", *(NAMES[law.name] for law in self.laws),
            *(f"density with {SHUFFLED}" for _ in null), *more,
        )  # fmt: skip
        bins = zip(self.edges[:-1], self.edges[1:], self.counts, self.density, initial, *laws, *null, strict=True)
        rows: list[tuple[Cell, ...]] = [
            (float(low), float(high), int(count), *map(float, rest), *(() if runs is None else runs.cells(at)))
            for at, (low, high, count, *rest) in enumerate(bins)
        ]
        beyond = self.outliers[self.outliers > self.edges[-1]]
        empty = (None,) * (1 + len(laws) + len(null) + 1 + len(more))
        rows += [(float(value), float(value), 1, *empty) for value in beyond[::-1]]
        return Table(columns, tuple(rows))


def axis_label(matrix: str) -> str:
    """What the axis of the eigenvalues says, for the matrix of this name."""
    return "eigenvalue λ of WWᵀ" if matrix == "W" else f"eigenvalue λ of AAᵀ, A: {matrix}"


def spectrum_figure(
    picture: Picture, initial: bool = True, zoom: Zoom | None = None, band: tuple[float, float] | None = None
) -> SpectrumFigure:
    """The figure of what the spectrum panel shows; `zoom` holds where it was chosen on these axes.

    `band` goes from one λ to another.
    """
    in_lambda = (lambda values: 10.0 ** np.asarray(values)) if picture.scale == "log" else np.asarray
    laws = tuple(
        Law(name, in_lambda(x), y, tuple(in_lambda(picture.limits[name]).tolist()))
        for name, (x, y) in picture.curves.items()
        if len(x)
    )
    return SpectrumFigure(
        title=picture.place,
        scale=picture.scale,
        edges=picture.edges,
        counts=picture.counts,
        density=picture.density,
        initial=picture.initial if initial and picture.initial.any() else None,
        start=picture.start,
        laws=laws,
        outliers=in_lambda(picture.rug),
        outliers_named=picture.named_outliers,
        view=tuple(in_lambda(picture.view).tolist()),
        top=picture.top,
        zoom=zoom and zoom.on(picture.axes),
        all_inputs=bool(picture.result.doubt),
        null=picture.null,
        matrix=picture.matrix,
        band=band,
        height=picture.height,
        runs=runs_of(picture),
        mean=mean_of(picture),
    )


def _plain_numbers(axes: Any) -> None:
    """Numbers as they are, not as powers of ten; 1, 2 and 5 of every decade where there are few decades."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    low, high = axes.get_xlim()
    few = np.log10(high / low) < 2.5
    axes.xaxis.set_major_locator(LogLocator(10.0, subs=(1.0, 2.0, 5.0) if few else (1.0,)))
    axes.xaxis.set_minor_locator(LogLocator(10.0, subs=tuple(range(2, 10))))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:.4g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
