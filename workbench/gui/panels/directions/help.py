"""The help of the directions panel."""

from __future__ import annotations

from workbench.gui.panels.kind import Help

DIRECTIONS = Help(
    shows=(
        "Above: the units of the layer in clusters of directions, by K-means. The bars count the units by their angle "
        "to the centre of their cluster; the lines show the same at initialisation and for as many independent "
        "directions. If training gathers the weights around a few directions, the bars lie to the left of the lines. "
        "Below: the norms of the units. If two groups describe them clearly better than one, a line separates the "
        "units that training has made larger from the others; the shaded band is the 95 % interval of the line. Click "
        "a bar to select its units; selected units are dark."
    ),
    formulas=(
        (
            "max Σ<sub>i</sub> ⟨ŵ<sub>i</sub>, c<sub>k(i)</sub>⟩",
            "Spherical K-means: ŵ are the weights of a unit scaled to length one, c the centre of its cluster, also of "
            "length one. The best of ten starts counts.",
        ),
        (
            "BIC<sub>1</sub> − BIC<sub>2</sub> &gt; 10",
            "The logarithms of the norms are split if a mixture of two normal distributions is better by more than 10 "
            "(Bayesian information criterion), and each group has at least three units.",
        ),
    ),
    controls=(("Clusters", "The number of clusters. <i>auto</i> takes the number with the largest mean silhouette."),),
    report=(
        "Section 2 describes the experiment of Brutzkus and Globerson (2019) with four clusters. The report's notebook "
        "separates trained from untrained units at a norm of 1.2, chosen by hand."
    ),
)
