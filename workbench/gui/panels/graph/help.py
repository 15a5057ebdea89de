"""What the weight graph panel says of itself."""

from __future__ import annotations

from workbench.gui.panels.kind import Help

GRAPH = Help(
    shows=(
        "Every node is a unit of the layer (a neuron or a filter). Its radius is the norm of its weights. An edge "
        "joins two units whose weight vectors point in nearly the same direction. Colours are <i>communities</i>: "
        "units with more edges among themselves than chance would give; the legend states the modularity. Bold edges "
        "join <i>repeated</i> units (cosine at least .95). Grey crosses are <i>dead</i> units: above zero on none of "
        "the first validation images. Blue diamonds have <i>hardly moved</i> from their weights at snapshot 0, if "
        "the training began there. Units without an edge lie in blocks next to the graph. Removed units are left "
        "out. Of more than 8,192 units, those with the most edges are drawn. The layout pulls connected units "
        "together and pushes all others apart. Only edges are measurements; distances on the screen are not."
    ),
    formulas=(
        (
            "X<sub>ij</sub> = ⟨w<sub>i</sub>, w<sub>j</sub>⟩ / (‖w<sub>i</sub>‖ ‖w<sub>j</sub>‖)",
            "The cosine of the weight vectors of two units, which are rows of W. There is an edge if X<sub>ij</sub> is "
            "at least the cut-off.",
        ),
        (
            "weight<sub>ij</sub> = exp(−(1 − X<sub>ij</sub>) / σ²)",
            "How strongly an edge is drawn, and how strongly it pulls. Edges are paler if their units have many, and "
            "edges between repeated units pull more.",
        ),
        (
            "modularity = Σ<sub>c</sub> [ W<sub>c</sub>/W − (D<sub>c</sub>/2W)² ]",
            "For communities c: the part of all edge weight W that is inside them, minus the part that chance would "
            "put there. D is the sum of the edge weights at their units. The Louvain method looks for the largest.",
        ),
    ),
    controls=(
        (
            "Cut-off",
            "Where edges begin. The button chooses the unit: the cosine; the weight of an edge; the percentile of all "
            "pairs; the number of edges; p, the probability that two independent directions are as close; or the edges "
            "that these would have by chance, which is p after Bonferroni. The tip gives it in all units. "
            "<i>report</i>: the report's value, .25. <i>null</i>: the cosine that, in 95 of 100 cases, no pair of "
            "independent directions reaches. If more than two million pairs reach the cut-off, it is "
            "raised, and the line says so.",
        ),
        ("Charge", "How strongly nodes repel each other. Positive values attract."),
        (
            "Colour by",
            "What the colours show (under Advanced, or in the menu of the graph and its legend): communities where "
            "a component has more than one, else components; groups of repeated units; or a "
            "column of the units in steps from its smallest number at the snapshot to its largest, where dead units "
            "stay crosses. A group has the colour of "
            "the one at the last snapshot with which it shares most units.",
        ),
        (
            "Similarity",
            "What is compared (under Advanced): the weights; the weights and the bias; the outputs on the validation "
            "images, by their correlation; or the weights with the edge weights of the report's code, exp(−d²/k²), "
            "where d = (1 − X<sub>ij</sub>)/2 and k is the mean of d over all pairs and snapshots. That code cuts "
            "edges by weight: set <i>Smallest edge weight</i>.",
        ),
        (
            "Forces",
            "Under Advanced: each force can be switched off, and keeps its numbers. <i>Springs</i>: edges pull by "
            "their weight, or all alike as in the report. <i>Reheat</i> lets the layout move on from where it is. "
            "<i>Pin here</i> in the menu of a node, or a drag with Ctrl, keeps a node where it is at every snapshot; "
            "a dot marks it.",
        ),
        (
            "Stack",
            "Shows the units of several layers in one graph, coloured by where they come from: other open runs, other "
            "snapshots, or the best approximation of the layer by a low rank. The line says how many units have a "
            "partner beyond chance. Units of one layer are paired by their number, those of other runs so that the sum "
            "of their cosines is largest. A line joins the units of each pair that is beyond chance; switch the lines "
            "off with <i>Pairs of a stack</i> under Advanced. <i>List the pairs</i> shows them in the map. A click "
            "selects the unit that a node stands for.",
        ),
        (
            "Arrows",
            "From where each unit was in the layout of the first snapshot, or of the one before, to where it is "
            "(under Advanced). A snapshot that you looked at is as you saw it; another is laid out from the places of "
            "now, with its own edges. Arrows say which units joined or left a cluster; their lengths "
            "measure no weights.",
        ),
        ("Advanced", "Also sets the σ² of the kernel and the other forces, lays out again and restores the defaults."),
        (
            "Mouse",
            "Point at a node for its card and its neighbours. Drag it to move it; double-click it for its page. Zoom "
            "with the wheel. Drag the background to pan. Click to select, or draw a line around nodes with Shift; "
            "click an entry of the legend to select what it names. "
            "Right-click a node, the background or the legend for more.",
        ),
        (
            "Zoom",
            "Figures and films show the view that you zoomed to. A double click on the background shows everything "
            "again. A film begins with the nodes where they are in the window.",
        ),
    ),
    report=(
        "Section 3.2, Visualizing training dynamics (figures 3 and 4). Hardly moved: cos(w, w₀) is above .95. The "
        "layout starts from that of the previous snapshot."
    ),
)
