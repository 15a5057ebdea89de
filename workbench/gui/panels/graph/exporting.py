"""What the weight graph panel gives to a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.figures.drawing import Drawing
from workbench.figures.graph.figure import graph_figure

if TYPE_CHECKING:
    from workbench.gui.panels.graph.panel import GraphPanel


def drawing_of(panel: GraphPanel) -> Drawing | None:
    """The figure of what the panel shows; None: it shows no graph."""
    result, positions = panel.result, panel.view.item.positions
    if result is None or len(positions) != result.graph.units:
        return None
    needs, units = result.needs, panel.session.selection.units
    # Also the default cut-off: the picture must not depend on the defaults.
    layer, given = needs.place.layer_view, result.graph.requested if needs.cutoff is None else needs.cutoff
    key = f"{layer.units}x{layer.inputs}" if needs.unit == "cosine" else needs.unit
    settings = panel.settings() | {"cutoffs": {key: given}, "cutoff_unit": needs.unit, "sets": {}}
    settings |= {"stacked": list(panel.stacking.explicit(needs))}
    found, pairs = panel.drift.found, panel.more.pairs.isChecked()
    figure = graph_figure(result, positions, units, panel.zoom.zoom, pairs, found)
    return Drawing(figure, needs.place, tuple(sorted(units)), settings, group=panel.stacking.others(needs))
