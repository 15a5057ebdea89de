"""What explains the low-rank panel."""

from __future__ import annotations

from workbench.gui.widgets.help_text import Help

HELP = Help(
    shows=(
        "W is replaced by its best approximation of rank k, and the network is evaluated again. The line is the part "
        "of ‖W‖² that is lost, the curve the accuracy at every rank. The marks are elbows: ranks that different rules "
        "propose."
    ),
    formulas=(
        (
            "W<sub>k</sub> = Σ<sub>j≤k</sub> s<sub>j</sub> u<sub>j</sub> v<sub>j</sub>ᵀ",
            "The first k terms of the singular value decomposition: the best of rank k (Eckart, Young, Mirsky).",
        ),
        (
            "RE(k) = Σ<sub>j&gt;k</sub> s<sub>j</sub>²,   100 · ‖W<sub>k</sub>‖<sub>F</sub> / ‖W‖<sub>F</sub>",
            "The residual, drawn in percent of ‖W‖²; and the part of the norm that is kept, as in figure 8.",
        ),
        (
            "Kneedle:  argmax<sub>k</sub> (1 − x − y)",
            "On axes from 0 to 1, over k = 0 … min(m, n). <i>gap</i>: the largest drop between two eigenvalues; "
            "<i>MP edge</i>: the eigenvalues beyond the Marchenko–Pastur edge; <i>tolerance</i>: the smallest rank "
            "within a tolerated loss of validation accuracy.",
        ),
    ),
    controls=(
        ("Rank", "k. Drag the handle in the plot, or click an elbow."),
        ("W, W − W₀, …", "What is approximated: the weights, what training added, selected units, or normalised rows."),
        ("Advanced", "Images, tolerances, all layers together, the accuracy over the snapshots, the group's mean."),
    ),
    report="Section 3.3, Orthogonal Projections (figure 8). As in the report, ranks and elbows count from 0.",
)
