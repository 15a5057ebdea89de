"""The definitions behind the numbers of a report, as text; the sections are those of the report on the method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.analysis.graph import KERNEL_VARIANCE, REPORT_CUTOFF
from workbench.analysis.units import HARDLY_MOVED_COSINE
from workbench.evaluation.results import MEANINGS
from workbench.figures.pruning.dead_first import DEAD_FIRST
from workbench.reports.blocks import Block, Facts, Heading, Paragraph
from workbench.reports.costs import REMOVED

if TYPE_CHECKING:
    from collections.abc import Iterator

METHOD = "J. N. Heitmann, Sources of Redundancy in Neural Networks, EPFL LTS4"

WEIGHTS = (
    ("Unit, weight matrix", "A unit is one neuron or one convolutional filter. A layer's weight matrix W is m × n, "
     "one row wᵢ a unit; the weights of a convolution are flattened over all but the output channels. ŵᵢ = wᵢ/‖wᵢ‖; a "
     "row of zeros stays zero. A training begins at snapshot 0: at its initialisation, or at the weights of "
     "another run that it continues from. If an imported run does not contain its initial weights, nothing is "
     "compared with them."),
    ("Weight graph", "Units i and j are joined where their cosine ⟨ŵᵢ, ŵⱼ⟩ is at least the cut-off (section 3.2). The "
     f"cut-off is max({REPORT_CUTOFF}, c₀): {REPORT_CUTOFF} is the report's, and c₀ is what no pair of m independent "
     "directions in n dimensions exceeds at 95 % (the angle between two of them has density ∝ sinⁿ⁻²θ; Bonferroni over "
     f"m(m − 1)/2 pairs). Edges weigh exp(−(1 − ⟨ŵᵢ, ŵⱼ⟩)/σ²) with σ² = {KERNEL_VARIANCE}; the radius of a node is "
     "proportional to ‖wᵢ‖. The positions of the nodes are the equilibrium of a force layout (charge −30, gravity "
     ".03, link distance 30, collision radius 12)."),
    ("Components, isolated units", "Connected components of that graph; a unit without an edge is isolated."),
    ("Dead unit", "Its output after the non-linearity is above zero on none of a fixed set of images of the validation "
     "part (of the training part where none is held out)."),
    ("Hardly moved unit", f"Not dead, and cos(wᵢ, wᵢ at snapshot 0) > {HARDLY_MOVED_COSINE}."),
    ("Frame potential", "FP(Ŵ) = Σᵢⱼ⟨ŵᵢ, ŵⱼ⟩² = ‖ŴŴᵀ‖²_F (section 3.1); FP/m² is the mean squared cosine, between 0 "
     "and 1."),
    ("Spectrum", "The eigenvalues λ₁ ≥ λ₂ ≥ … of X = WWᵀ (section 3.3). For independent entries of variance σ² they "
     "fill the Marchenko–Pastur bulk with the edges λ± = nσ²(1 ± √(m/n))². For n < m, m − n eigenvalues are zero "
     "whatever the weights are."),
    ("Outliers", "Eigenvalues beyond the upper edge and a finite-size margin (Tracy–Widom scale), which chance "
        "exceeds in at most one spectrum of a thousand. The edge is that of the initialiser’s σ², against which all "
     "eigenvalues are counted; where the bulk has grown, or the initialiser is unknown, that of the σ² fitted to the "
     "lowest eigenvalues, whose number is given and whose margin is wider on small layers, by simulation. Units with "
     "all weights zero are left out."),
    ("Stable rank", "‖W‖²_F/‖W‖²₂ = Σλⱼ/λ₁."),
    ("Low rank, elbows", "Wₖ is the best approximation of rank k; its residual is RE(k) = ‖W − Wₖ‖²_F = Σ_{j>k} λⱼ, "
     "and 100·‖Wₖ‖_F/‖W‖_F is the share of the norm that it keeps. Kneedle: the k = 0…min(m, n) at which 1 − x − y is "
     "largest on axes from 0 to 1. Gap: before the widest λₖ − λₖ₊₁. MP edge: the number of outliers."),
)  # fmt: skip

COSTS = (
    ("Accuracy", "Percentage of all test images that are classified correctly. Intervals are 95 % intervals: "
        "Wilson's for a number of images, Student's t over repeats."),
    ("Removed", f"The {MEANINGS[REMOVED]} (as the report's code does)."),
    ("Pruning orders", "Units are removed one at a time, and the ranking is updated after each (section 3.1). "
        "max_mag removes "
     "the smallest ‖wᵢ‖ first, so that the largest stay; max_fp removes the unit with the smallest contribution "
     "Σⱼ⟨ŵᵢ, ŵⱼ⟩² to the frame potential of those that remain; random is the mean of five orders (seeds 0–4). "
     f"{DEAD_FIRST} removes the unit that is above zero on the smallest share of the validation images first, so that "
     "dead units go first; it is measured where the first two keep dead units whose removal costs at most a point. "
     "Among equals, the lowest index is removed first."),
    ("Area", "The mean accuracy over the curve from 0 to m removed units, both ends included. Where a layer's section "
     "says that it was measured at fewer numbers of units, the curve is straight between them."),
    ("Removable", "Units that can be removed in that order before the accuracy first falls by more than one point. "
        "Chosen on "
     "validation: the same number read off the validation images, with the test accuracy it leads to."),
    ("Merged", "Units whose [wᵢ, bᵢ] have pairwise cosines of at least a threshold become one, which takes over the "
     "outgoing weights of the others, each times its multiple; at thresholds from 1 down to .1."),
    ("Tolerance", "The smallest rank whose validation accuracy is within one point of full rank; its accuracy is "
     "reported on the test images."),
)  # fmt: skip


def methods(with_costs: bool) -> Iterator[Block]:
    """The section of definitions."""
    yield Heading(2, "Methods")
    yield Paragraph(f"The method is that of {METHOD}; sections are that report's.")
    yield Facts((*WEIGHTS, *COSTS) if with_costs else WEIGHTS)
