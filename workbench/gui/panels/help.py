"""The help of each panel: its picture, formulas, controls, and the section of the report."""

from __future__ import annotations

from workbench.gui.panels.kind import Help

RUN = Help(
    shows=(
        "The open runs and their layers. A <i>run</i> is one training in one file. The workbench only reads it. The "
        "layer that you choose is shown in every panel. Units are neurons, or filters of a convolution, whose weights "
        "are flattened over everything but the output channels."
    ),
    formulas=(
        ("W ∈ ℝ<sup>m×n</sup>,  Q = n / m", "A layer's weight matrix has one row for each of its m units of n inputs."),
    ),
    controls=(
        ("Open…", "Opens run files. You can also drop them on the window."),
        ("Close run", "Closes the selected run. Its file does not change."),
    ),
    report="Section 3, Models, and 3.3 for the aspect ratio Q.",
)

OVERVIEW = Help(
    shows=(
        "Every layer of the run. Above: what is found of each layer at the last snapshot. Click a number to select the "
        "units it counts, or to see the curve it is read from. Below: the numbers of each layer at the snapshot of the "
        "timeline. The bar shows the number as a part of the layer's units, or of its largest possible rank. The curve "
        "shows the number over all snapshots; the dot is the snapshot of the timeline. Click a row to go to its layer. "
        "What can be removed or merged is measured on the test images, one layer after the other."
    ),
    formulas=(
        (
            "‖W‖²<sub>F</sub> / λ<sub>max</sub>",
            "Stable rank: the squared norm of the weights by the largest eigenvalue of WWᵀ.",
        ),
    ),
    controls=(
        (
            "Show",
            "All measures, or one of them at every snapshot as a map: lighter is more. Drag on the map to go there.",
        ),
        ("Costs", "Measures in the background what can be removed and merged. Switch it off to stop."),
    ),
    report="Section 3 compares layers in words; the numbers here are those of the other panels at their defaults.",
)

TIMELINE = Help(
    shows=(
        "The snapshots of the run with the accuracies, in percent, that it stores. Drag anywhere to go there: every "
        "panel follows. Snapshots are evenly spaced. The numbers below are epochs, or iterations or snapshots if the "
        "run does not record epochs. Snapshot 0 is the initialisation if the run contains it. A run that was imported "
        "from one checkpoint has no history to show."
    ),
    formulas=(
        ("epoch = iteration · batch / images", "One epoch has seen every training image once; it may be a fraction."),
    ),
    controls=(
        (
            "Play",
            "Plays from this snapshot, or from the first if this is the last. It never runs faster than all panels "
            "can draw.",
        ),
        ("Speed", "Snapshots per second."),
        ("Loop", "Starts again at the end."),
        ("Follow newest", "During a training: goes to each new snapshot until you look back."),
    ),
    report="Section 3.2. The time steps of the graph are moments of the training.",
)

TRAINING = Help(
    shows=(
        "Loss and accuracy over the iterations: live while this window trains, otherwise as stored in the selected "
        "run. Data have three parts: <i>train</i>, <i>validation</i> (a tenth of the training images, held out) and "
        "<i>test</i>. Orders, ranks and cut-offs are chosen on validation images and reported on test images. The "
        "vertical line is the snapshot that the other panels show."
    ),
    formulas=(
        (
            "loss = −(1/N) Σ<sub>i</sub> log p(y<sub>i</sub> | x<sub>i</sub>)",
            "Cross-entropy, the mean over N images; the accuracy is the percentage of images whose class comes first.",
        ),
    ),
    controls=(
        ("Train…", "Chooses network, data and recipe, and starts. The run opens with its first snapshot."),
        ("Stop", "Stops at once, with a last snapshot. Everything recorded so far is kept."),
    ),
    report="Section 3, Models, and the training set-ups. Every recipe of the report is available by name.",
)

GRAPH = Help(
    shows=(
        "Every node is a unit of the layer (a neuron or a filter). Its radius is the norm of its weights. An edge "
        "joins two units whose weight vectors point in nearly the same direction. Units of one colour are connected. "
        "Grey crosses are <i>dead</i>: above zero on no image. Blue diamonds have <i>hardly moved</i> from their "
        "initial weights, if the run contains those; in a run that continues from a trained network, since this "
        "training began. Removed units, whose weights are all zero, are left out. Of more "
        "than 4,096 units, those with the most edges are drawn. The layout pulls joined units together and pushes all "
        "others apart: edges are measurements, distances on the screen are not."
    ),
    formulas=(
        (
            "X<sub>ij</sub> = ⟨w<sub>i</sub>, w<sub>j</sub>⟩ / (‖w<sub>i</sub>‖ ‖w<sub>j</sub>‖)",
            "The cosine of two units' weight vectors, one row of W each. There is an edge where X<sub>ij</sub> is at "
            "least the cut-off.",
        ),
        (
            "weight<sub>ij</sub> = exp(−(1 − X<sub>ij</sub>) / σ²)",
            "How strong an edge is drawn and pulls.",
        ),
    ),
    controls=(
        (
            "Cut-off",
            "The smallest cosine that is an edge. <i>report</i>: the .25 of the report. <i>null</i>: the cosine that "
            "no pair of independent directions reaches in 95 of 100 cases. If more than two million edges would reach "
            "the cut-off, it is raised, and the line below says so.",
        ),
        ("Charge", "How strongly nodes repel each other. Positive values attract."),
        (
            "Similarity",
            "What is compared (under Advanced): the weights; the weights with the bias as one more; or the weights "
            "with edges weighed as in the report's code, exp(−d²/k²), where d = (1 − X<sub>ij</sub>)/2 and k is the "
            "mean of d over all pairs and snapshots. That code cuts edges by weight: set <i>Least edge weight</i>.",
        ),
        ("Advanced", "Also the σ² of the kernel and the other forces. Lay out again, show all, restore the defaults."),
        ("Mouse", "Drag a node. Zoom with the wheel. Drag the background to pan. Click or Shift-drag to select units."),
        (
            "Zoom",
            "Figures and films show the place you zoomed to. A double click shows everything again. A film lays out "
            "the graph from its own first snapshot, so nodes may be elsewhere than in the window.",
        ),
    ),
    report=(
        "Section 3.2, Visualizing training dynamics (figures 3 and 4). Hardly moved: cos(w, w₀) above .95. The layout "
        "starts from that of the previous snapshot."
    ),
)

SPECTRUM = Help(
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

PRUNING = Help(
    shows=(
        "The accuracy that is left as units of the layer are removed one after another, without training in between. "
        "After each removal, the remaining units are ranked again. Each curve is an order. The band shows random "
        "orders (95 % interval of their mean, five seeds). Drag the cursor, or move it with the arrow keys: the "
        "removed units get a ring in the graph. Select units in the graph, and points show what these units cost, "
        "beside as many units drawn at random."
    ),
    formulas=(
        ("max_mag:  remove  argmin<sub>i</sub> ‖w<sub>i</sub>‖", "Magnitude: the largest norms stay."),
        (
            "max_fp:  remove  argmin<sub>i</sub> Σ<sub>j</sub> ⟨ŵ<sub>i</sub>, ŵ<sub>j</sub>⟩²",
            "The contribution to the frame potential FP(Ŵ) = Σ<sub>ij</sub> ⟨ŵ<sub>i</sub>, ŵ<sub>j</sub>⟩² = "
            "‖ŴŴᵀ‖²<sub>F</sub>, rows normalised: units that many others resemble stay. max_ip takes |⟨·,·⟩| "
            "instead of its square, max_fp_mod the raw rows; min_… removes the largest first. Ties: the lowest index.",
        ),
    ),
    controls=(
        ("Orders", "The curves to draw. <i>merged</i> joins repeated units instead of removing them."),
        (
            "Removed means",
            "<i>Bias kept</i>: weights zero, as in the report's code. <i>Whole unit zero</i>: what a smaller network "
            "computes. <i>Mean output</i>: the output is replaced by its mean.",
        ),
        ("Advanced", "What the axes show, on which images, and which layers lose units together."),
    ),
    report=(
        "Section 3.1, Comparison of pruning criteria (figure 2). The report keeps the bias. Compare with whole units "
        "to see what this choice is worth."
    ),
)

LOW_RANK = Help(
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
