"""What explains the spectrum."""

from __future__ import annotations

from workbench.gui.widgets.help_text import Help

HELP = Help(
    shows=(
        "The bars are the eigenvalues of WWᵀ, a density over the layer's m units. The curves are the Marchenko–Pastur "
        "law: what a random matrix of this shape would give. What stands beyond its edge, the ticks, are directions "
        "that the layer has learned. The outline is the spectrum at snapshot 0, where the run holds the weights that "
        "its training began with."
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
        ("Initial", "The outline of the spectrum at snapshot 0; off where the run does not hold its initialisation."),
    ),
    report=(
        "Section 3.3, Random Matrix Theory (figures 6 and 7). Where the initialiser is known, all eigenvalues are "
        "counted against its edges and their finite-size margins, which chance goes past in at most one spectrum of a "
        "thousand. A law fitted to the lowest eigenvalues (dotted) is named with their number; it decides where the "
        "bulk has grown or the initialiser is unknown, and its margin is wider on small layers, by simulation. Units "
        "with all weights zero are left out."
    ),
)
