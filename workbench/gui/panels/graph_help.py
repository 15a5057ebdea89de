"""What explains the weight graph."""

from __future__ import annotations

from workbench.gui.widgets.help_text import Help

HELP = Help(
    shows=(
        "Every node is a unit of the layer (a neuron or a filter); its radius is the norm of its weights. An edge "
        "joins two units whose weight vectors point nearly the same way. Units of one colour hang together; grey ones "
        "are <i>dead</i> (above zero on no image), sky blue ones have <i>hardly moved</i> from where they began, as "
        "far as the run holds that. "
        "Removed units, whose weights are all zero, are left out; of more than 4,096 units those with the most edges "
        "are drawn. "
        "The layout pulls joined units together and pushes all others apart: the distance on the screen is no "
        "measurement, the edges are."
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
            "The smallest cosine that is an edge. <i>report</i>: the report's .25; <i>null</i>: what the cosines of "
            "independent directions do not reach, all pairs together, in 95 of 100 cases. Where more than two million "
            "edges would reach it, it is raised, and the line below says so.",
        ),
        ("Charge", "How strongly nodes repel each other; positive values attract."),
        ("Advanced", "The kernel's σ² and the other forces; lay out anew; show all; defaults."),
        ("Mouse", "Drag a node; wheel to zoom; drag the ground to pan; click or Shift-drag to select units."),
        (
            "Zoom",
            "Figures and films show the place that you zoomed to; a double click shows all again. A film lays the "
            "graph out from its own first snapshot on, so that nodes may come to lie elsewhere, or move away.",
        ),
    ),
    report=(
        "Section 3.2, Visualizing training dynamics (figures 3 and 4). Not moved: cos(w, w₀) above .95. The layout "
        "starts from the one of the snapshot before."
    ),
)
