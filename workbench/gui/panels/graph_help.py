"""What explains the weight graph."""

from __future__ import annotations

from workbench.gui.widgets.help_text import Help

HELP = Help(
    shows=(
        "Every node is a unit of the layer (a neuron or a filter). Its radius is the norm of its weights. An edge "
        "joins two units whose weight vectors point in nearly the same direction. Units of one colour are connected. "
        "Grey crosses are <i>dead</i>: above zero on no image. Blue diamonds have <i>hardly moved</i> from their "
        "initial weights, if the run contains those; in a run that goes on with a trained network, since this training "
        "began. Removed units, whose weights are all zero, are left out. Of more "
        "than 4,096 units, those with the most edges are drawn. The layout pulls joined units together and pushes all "
        "others apart: edges are measurements, distances on the screen are not."
    ),
    formulas=(
        (
            "X<sub>ij</sub> = ⟨w<sub>i</sub>, w<sub>j</sub>⟩ / (‖w<sub>i</sub>‖ ‖w<sub>j</sub>‖)",
            "The cosine of two units' weight vectors, one row of W each. There is an edge where X<sub>ij</sub> is at "
            "least the cut-off.",
        ),
        (
            "weight<sub>ij</sub> = exp(−(1 − X<sub>ij</sub>) / σ²)",
            "How strong an edge is drawn and pulls.",
        ),
    ),
    controls=(
        (
            "Cut-off",
            "The smallest cosine that is an edge. <i>report</i>: the .25 of the report. <i>null</i>: the cosine that "
            "no pair of independent directions reaches in 95 of 100 cases. If more than two million edges would reach "
            "the cut-off, it is raised, and the line below says so.",
        ),
        ("Charge", "How strongly nodes repel each other. Positive values attract."),
        ("Advanced", "The σ² of the kernel and the other forces. Lay out again, show all, restore the defaults."),
        ("Mouse", "Drag a node. Zoom with the wheel. Drag the background to pan. Click or Shift-drag to select units."),
        (
            "Zoom",
            "Figures and films show the place you zoomed to. A double click shows everything again. A film lays out "
            "the graph from its own first snapshot, so nodes may be elsewhere than in the window.",
        ),
    ),
    report=(
        "Section 3.2, Visualizing training dynamics (figures 3 and 4). Hardly moved: cos(w, w₀) above .95. The layout "
        "starts from that of the previous snapshot."
    ),
)
