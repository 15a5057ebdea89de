"""The help of the map."""

from __future__ import annotations

from workbench.gui.panels.kind import Help

MAP = Help(
    shows=(
        "Other views of the units of the weight graph, with its similarity, cut-off, colours and stacked layers. "
        "<i>Similarity matrix</i>: the similarity of all pairs of units, which are ordered by component, the largest "
        "first; red is above 0, blue below. The strip beside it has the colours of the graph. Of more than 2,048 "
        "units a cell is the mean over its pairs of different units. <i>Principal plane</i>: the rows around their "
        "mean, seen along their two directions of most variance; distances in this plane are measurements. <i>Pairs "
        "of a stack</i>: which unit of a stacked layer is which of the selected one, by the Hungarian method on the "
        "cosines, or by their numbers within one layer; and how many pairs have which cosine, with what independent "
        "directions give. <i>Clusters over time</i>: the sizes of the components of two units or more at every "
        "snapshot. A cluster is the same as one before if of all pairs they share the most units. A click selects "
        "units in all panels: in the matrix those of a row and a column, with Shift all from the cell that was "
        "clicked before, beside it a component; in the plane a unit, or with Shift those inside a line that you draw; "
        "a pair in the list, a bar, a band. Ctrl adds to the selection."
    ),
    formulas=(
        (
            "W − 1w̄ᵀ = U S Vᵀ,&nbsp; shares s<sub>k</sub>² / Σ s<sub>j</sub>²",
            "The principal directions are the first two columns of V; w̄ is the mean row. Removed units are left out.",
        ),
        (
            "max<sub>π</sub> Σ<sub>i</sub> cos(w<sub>i</sub>, w′<sub>π(i)</sub>)",
            "The pairs of two layers: the Hungarian method finds the best assignment π. A pair is beyond chance if "
            "its cosine is larger than any pair of independent directions has in 19 of 20 layers. A bias or "
            "shift that is compared too is kept by chance.",
        ),
    ),
    controls=(),
    report="Section 3.2 and Fig. 5; the matrix, the plane and the clusters over time are ours.",
)
