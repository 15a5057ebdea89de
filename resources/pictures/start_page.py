"""Draw the pictures of the start page: the weight graph of each sample run at its end, on nothing, for both themes.

python resources/pictures/start_page.py
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
from matplotlib.collections import EllipseCollection, LineCollection
from matplotlib.figure import Figure
from matplotlib.markers import MarkerStyle
from PIL import Image

import workbench as wb
from workbench.figures.graph import figure as graph
from workbench.figures.graph.key import SHAPES, node
from workbench.figures.graph.picture import Graphs
from workbench.figures.kinds import graph_result
from workbench.figures.settings import GraphSettings
from workbench.figures.style import Style
from workbench.gui.state.samples import SAMPLES
from workbench.runs.place import Place

SIZE, DPI = (2.4, 1.5), 200  # inches, and pixels in one: twice what the page shows
COLOURS = 128  # with as many shades of clear
LARGEST = 0.36  # radius, of the side of the square that each unit would have


def main() -> None:
    folder = Path(__file__).parent
    for sample in SAMPLES:
        with wb.open_run(sample.path) as run:
            settings = GraphSettings()
            result = graph_result(Graphs(), Place(run, sample.layer, run.snapshots - 1), settings)
            drawn = graph.graph_figure(result, graph.settled(result))
        for theme, style in (("light", Style()), ("dark", Style(theme="dark"))):
            path = folder / f"start-{sample.stem}-{theme}.png"
            drawing = BytesIO()
            picture(drawn, style).savefig(drawing, transparent=True, dpi=DPI)
            Image.open(drawing).quantize(COLOURS, Image.Quantize.FASTOCTREE).save(path, optimize=True)
            print(path, path.stat().st_size)


def picture(drawn: graph.GraphFigure, style: Style) -> Figure:
    figure = Figure(figsize=SIZE)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    for members, opacity in drawn.shades():
        places = list(drawn.positions[members])
        axes.add_collection(LineCollection(places, colors=style.colours.text, alpha=opacity, linewidths=0.4))
    shown = drawn.positions[drawn.drawn]
    low, high = shown.min(axis=0), shown.max(axis=0)
    largest = LARGEST * np.sqrt(np.prod(high - low) / len(shown))
    radii = drawn.radii * largest / drawn.radii.max()
    for group in drawn.drawn_groups:
        units = np.flatnonzero(drawn.groups == group)
        look = {**node(group, style), "units": "xy", "zorder": 3, "offsets": drawn.positions[units]}
        sizes = 2.0 * radii[units]
        discs = EllipseCollection(sizes, sizes, np.zeros(len(units)), transOffset=axes.transData, **look)
        axes.add_collection(discs)
        if group in SHAPES:
            discs.set_paths([MarkerStyle(SHAPES[group]).get_path()])
    axes.set(xlim=(low[0] - largest, high[0] + largest), ylim=(low[1] - largest, high[1] + largest), aspect="equal")
    axes.set_axis_off()
    return figure


if __name__ == "__main__":
    main()
