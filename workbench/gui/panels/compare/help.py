"""The explanation of the panel."""

from __future__ import annotations

from workbench.gui.panels.kind import Help

COMPARE = Help(
    shows=(
        "What changed in the selected layer: from an earlier snapshot of this run, or from another open run, to the "
        "selected snapshot. On the left are the eigenvalues of the change. Those above the line stand out from noise "
        "of the same size; how many there are is the rank of the change. On the right are the principal angles "
        "between the row spaces of both, beside those between random spaces: 0° is a direction that both share. "
        "<i>Angles</i> adds the range of random spaces, another open seed, and how much of each direction of both "
        "together belongs to the selected network. <i>Units in the space</i> shows where the largest units lie. "
        "<i>CKA</i> compares what all layers make of the same images, and <i>Barrier</i> measures the accuracy on the "
        "straight line between the networks, before and after their units are matched."
    ),
    formulas=(
        ("ΔW = W − W′", "W: the weights at the selected snapshot; W′: those they are compared with"),
        ("λ<sub>j</sub>(ΔWΔWᵀ)", "compared with the Marchenko–Pastur law whose variance fits the bulk of them"),
        (
            "cos θ<sub>j</sub> = σ<sub>j</sub>(V<sub>k</sub>ᵀV′<sub>k</sub>)",
            "V<sub>k</sub>: the k leading right singular vectors",
        ),
    ),
    controls=(
        ("Show", "changes, angles, units in the space, CKA or barrier"),
        ("Compared with", "this run, or another open run; the other panels show that one, too"),
        ("Snapshot", "which of its snapshots: the first, the last, or the one of the same moment"),
        ("Layer", "for the angles: the same layer, or another one that has as many inputs"),
        ("Rank", "the rank k of the row spaces between which angles are measured"),
        ("Another seed", "a run that has nothing to do with the selected one, whose angles stand beside"),
        ("Images", "the part of the data on which CKA and barrier are measured"),
        ("Cancel", "stops what is being measured"),
    ),
    report=(
        "Section 3.2 compares networks with a redrawn classifier, and its code measured principal angles of rank 10: "
        "31° to 40° with a redrawn classifier, and 81° to 90° between unrelated seeds. The rank of the change against "
        "noise is not in the report."
    ),
)
