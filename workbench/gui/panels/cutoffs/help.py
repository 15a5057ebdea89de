"""The help of the cut-offs panel."""

from __future__ import annotations

from workbench.gui.panels.kind import Help

CUTOFFS = Help(
    shows=(
        "What each cut-off of the weight graph gives, in four plots. Above: how many pairs of units have which cosine, "
        "and what part of the pairs reaches each cosine; the horizontal line is 5 % of the pairs. Below: how many "
        "components there are at each cut-off, isolated units too, and how many of them have two units or more; and "
        "for each component at the cut-off its size and the largest norm of its units. Dashed curves are what as many "
        "independent directions have. The similarity, the kernel and the cut-off are those of the weight graph: drag "
        "the vertical line to set it."
    ),
    formulas=(
        (
            "100 · #{i &lt; j : X<sub>ij</sub> ≥ c} / (m(m − 1)/2)",
            "The part of the pairs of m units that reaches a cut-off c. Removed units are left out.",
        ),
        (
            "(1 + X)/2 ~ Beta((n − 1)/2, (n − 1)/2)",
            "The cosine X of two independent directions of n numbers.",
        ),
    ),
    controls=(),
    report="Its notebooks choose the cut-off of section 3.2 with these four plots.",
)
