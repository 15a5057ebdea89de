"""What explains the spectrum."""

from __future__ import annotations

from workbench.gui.widgets.help_text import Help

HELP = Help(
    shows=(
        "The bars are the eigenvalues of WWᵀ, as a density over the m units of the layer. The curves are the "
        "Marchenko–Pastur law: the eigenvalues of a random matrix of this shape. Eigenvalues beyond its edge, marked "
        "by ticks, are directions that the layer has learned. The outline is the spectrum at snapshot 0, if the run "
        "contains the weights that its training began with."
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
        (
            "Axis",
            "Linear or logarithmic. <i>auto</i> is logarithmic if the largest eigenvalue is more than ten times the "
            "edge.",
        ),
        (
            "Initial",
            "The outline of the spectrum at snapshot 0. Not available if the run does not contain its initialisation.",
        ),
    ),
    report=(
        "Section 3.3, Random Matrix Theory (figures 6 and 7). If the initialiser is known, all eigenvalues are "
        "counted against its edges, with a finite-size margin that chance exceeds in at most one spectrum of a "
        "thousand. A law fitted to the lowest eigenvalues (dotted) is named with their number. It decides if the bulk "
        "has grown or the initialiser is unknown; on small layers its margin is widened by simulation. Units whose "
        "weights are all zero are left out."
    ),
)
