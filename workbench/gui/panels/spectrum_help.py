"""What explains the spectrum."""

from __future__ import annotations

from workbench.gui.widgets.help_text import Help

HELP = Help(
    shows=(
        "The bars are the eigenvalues of WWᵀ, a density over the layer's m units. The curves are the Marchenko–Pastur "
        "law: what a random matrix of this shape would give. What stands beyond its edge, the ticks, are directions "
        "that the layer has learned. The outline is the spectrum at the initialisation."
    ),
    formulas=(
        (
            "λ<sub>±</sub> = nσ² (1 ± √(1/Q))²,  Q = n / m",
            "The edges of the law, for m units of n inputs and weights of variance σ²: the initialiser's (solid) "
            "or that of the present entries (dashed).",
        ),
        (
            "ρ(λ) = Q / (2π nσ² λ) · √((λ<sub>+</sub> − λ)(λ − λ<sub>−</sub>))",
            "The density between the edges. For Q &lt; 1 the other m − n eigenvalues are zero: they are stated and not "
            "drawn.",
        ),
    ),
    controls=(
        ("Axis", "Linear or logarithmic; <i>auto</i> is logarithmic where the largest is over ten times the edge."),
        ("Initial", "The outline of the spectrum at snapshot 0."),
    ),
    report=(
        "Section 3.3, Random Matrix Theory (figures 6 and 7). Outliers are counted beyond the edge and its finite-size "
        "margin of a few m<sup>−2/3</sup>; where the bulk has shrunk or is gone, the panel says so instead."
    ),
)
