"""The help of each panel: its picture, formulas, controls, and the section of the report."""

from __future__ import annotations

from workbench.gui.panels.kind import Help

RUN = Help(
    shows=(
        "The open runs and their layers. A <i>run</i> is one training in one file, which the workbench only reads. "
        "Choose a layer to show it in every panel. Units are neurons, or filters of a convolution with their weights "
        "flattened over everything but the output channels."
    ),
    formulas=(
        ("W ∈ ℝ<sup>m×n</sup>,  Q = n / m", "A layer's weight matrix has one row for each of its m units of n inputs."),
    ),
    controls=(
        ("Open…", "Opens run files. You can also drop them on the window."),
        ("Close run", "Closes the selected run. Its file does not change."),
    ),
    report="Section 3, Models; section 3.3 for the aspect ratio Q.",
)

OVERVIEW = Help(
    shows=(
        "All layers of the run. The text gives a finding for each layer at the last snapshot. Click a number in it to "
        "select the units that it counts, or to see the curve that it comes from. The table gives the numbers of each "
        "layer at the snapshot of the timeline. A bar shows a number as a fraction of the layer's units, or of its "
        "largest possible rank; a curve shows it over all snapshots, with a dot at the snapshot of the timeline. Click "
        "a row to go to its layer. What can be removed or merged is measured on the test images, layer by layer, at "
        "the last snapshot; at other snapshots these numbers are pale."
    ),
    formulas=(
        (
            "‖W‖²<sub>F</sub> / λ<sub>max</sub>",
            "Stable rank: the squared norm of the weights, divided by the largest eigenvalue of WWᵀ.",
        ),
    ),
    controls=(
        (
            "Show",
            "All measures, or a map of one of them at every snapshot: lighter is more. Drag on the map to go there.",
        ),
        ("Costs", "Measures in the background how many units can be removed or merged. Switch it off to stop."),
        ("All columns", "Shows the columns too that the table has no room for; it scrolls then."),
    ),
    report="Section 3 compares layers in words. The numbers are those of the other panels at their default settings.",
)

TIMELINE = Help(
    shows=(
        "How the selected layer changed over the snapshots of the run: one track for each number, stacked over a "
        "common time axis. The number next to a track is its value at the vertical line. Drag anywhere to go to a "
        "snapshot: every panel follows. A circle marks where units die, a cluster forms or dissolves, or outliers "
        "appear; a diamond marks where clusters merge or split. Point at a mark to read what happened; click it to go "
        "there and select its "
        "units. Snapshot 0 is the initialisation if the run contains it. A run that was imported from "
        "one checkpoint has no history to show."
    ),
    formulas=(
        (
            "epoch = iteration · batch / images",
            "In one epoch, the network sees every training image once. An epoch may be a fraction.",
        ),
        (
            "update = ‖W(t) − W(t − 1)‖<sub>F</sub> / ‖W(t − 1)‖<sub>F</sub>",
            "How much the weights changed since the snapshot before.",
        ),
    ),
    controls=(
        (
            "Play",
            "Plays from this snapshot, or from the first if this is the last. It waits until all panels have drawn.",
        ),
        ("Speed", "Snapshots per second."),
        ("Loop", "Starts again at the end."),
        ("Follow newest", "During a training: goes to each new snapshot until you choose an earlier one."),
        (
            "Tracks",
            "What is shown, and over which time: snapshots in equal steps, iterations, epochs, or the logarithm of "
            "the iterations. The label to the left of the axis names it.",
        ),
        (
            "Mark where",
            "A rule such as <i>dead &gt; 10 %</i> or <i>stable_rank &lt; 5 and accuracy &gt; 90</i>. The snapshots at "
            "which it holds are shaded, and the line names the first. A percentage is of the layer's units, of its "
            "largest possible rank (outliers, stable_rank, elbow), or of the norm (update).",
        ),
    ),
    report="Section 3.2. A snapshot is what the report calls a time step of the graph.",
)

TRAINING = Help(
    shows=(
        "The loss over the iterations: live while this window trains a network, otherwise as stored in the selected "
        "run. The timeline shows the accuracies; an exported figure has both. Data have three parts: <i>train</i>, "
        "<i>validation</i> (a tenth of the training images, held out) and <i>test</i>. Orders, ranks and cut-offs are "
        "chosen on validation images and reported on test images. The vertical line is the snapshot that the other "
        "panels show."
    ),
    formulas=(
        (
            "loss = −(1/N) Σ<sub>i</sub> log p(y<sub>i</sub> | x<sub>i</sub>)",
            "The mean cross-entropy of N images. The accuracy is the percentage of correctly classified images.",
        ),
    ),
    controls=(
        ("Train…", "Choose network, data and recipe, and start. The run opens with its first snapshot."),
        ("Stop", "Stops at once, with a last snapshot. Everything recorded so far is kept."),
    ),
    report="Section 3, Models, and the training set-ups. Each of the report's trainings is a recipe.",
)

SPECTRUM = Help(
    shows=(
        "The bars are the eigenvalues of WWᵀ, as a density over the m units of the layer. The curves are the "
        "Marchenko–Pastur law: the eigenvalues of a random matrix of this shape. Eigenvalues beyond its edge, marked "
        "by ticks, are directions that the layer has learned. The outline is the spectrum at snapshot 0, if the run "
        "contains its initial weights."
    ),
    formulas=(
        (
            "λ<sub>±</sub> = nσ² (1 ± √(1/Q))²,  Q = n / m",
            "The edges of the law, for m units of n inputs and weights of variance σ²: that of the initialiser "
            "(solid), or that of the current weights (dashed).",
        ),
        (
            "ρ(λ) = Q / (2π nσ² λ) · √((λ<sub>+</sub> − λ)(λ − λ<sub>−</sub>))",
            "The density between the edges. For Q &lt; 1, the other m − n eigenvalues are zero: they are counted, but "
            "not drawn.",
        ),
    ),
    controls=(
        (
            "Axis",
            "Linear or logarithmic. <i>auto</i> is logarithmic if the largest eigenvalue is more than ten times the "
            "upper edge.",
        ),
        (
            "W, W − W₀, …",
            "The matrix A whose AAᵀ has these eigenvalues: the weights, what training added, selected units, rows of "
            "length one, rows with batch norm folded in, or W Σ^½ with Σ the covariance of the layer’s real inputs.",
        ),
        (
            "Band",
            "Marks a band of eigenvalues. Drag it or its edges: the line next to the title gives the accuracy without "
            "these directions, and without the same number of random directions (mean and 95 % interval, five seeds).",
        ),
        (
            "Advanced",
            "<i>Initial</i>: the outline of the spectrum at snapshot 0, if the run contains its initialisation. "
            "<i>Shuffled</i>: the outline after the entries are moved to random places, which is what chance makes of "
            "these entries. <i>Counts</i>: eigenvalues in each bin instead of their density. "
            "<i>Left tail</i>, <i>Bulk</i>, <i>Right tail</i>: a band below, between or beyond the edges.",
        ),
        ("Ticks", "Click an outlier to select the units that load on its singular vector."),
    ),
    report=(
        "Section 3.3, Random Matrix Theory (figures 6 and 7). If the initialiser is known, all eigenvalues are "
        "compared with its edges, with a finite-size margin that chance exceeds in at most one of a thousand spectra. "
        "If the bulk has grown or the initialiser is unknown, outliers are counted beyond the edge of a law that is "
        "fitted to the lowest eigenvalues (dotted); its margin is wider for small layers, by simulation. Overview and "
        "timeline count the same outliers, always of W. Units whose weights are all zero are left out."
    ),
)

PRUNING = Help(
    shows=(
        "The accuracy that is left as units of the layer are removed one after another, without training in between. "
        "After each removal, the remaining units are ranked again. Each curve is an order. The band shows random "
        "orders (95 % interval of their mean, five seeds). The legend says how many units can be removed in each "
        "order within a point of accuracy; a tick on a curve marks where the dead units end. At chance, as at snapshot "
        "0, every unit can, so no number is given. Drag the cursor, or move "
        "it with the arrow keys: the legend then gives the value of each curve there, and the removed units get a ring "
        "in the graph. If you select units in the graph, points show the accuracy without them, and without the same "
        "number of random units."
    ),
    formulas=(
        ("max_mag:  remove  argmin<sub>i</sub> ‖w<sub>i</sub>‖", "Magnitude: the largest norms stay."),
        (
            "max_fp:  remove  argmin<sub>i</sub> Σ<sub>j</sub> ⟨ŵ<sub>i</sub>, ŵ<sub>j</sub>⟩²",
            "The contribution to the frame potential FP(Ŵ) = Σ<sub>ij</sub> ⟨ŵ<sub>i</sub>, ŵ<sub>j</sub>⟩² = "
            "‖ŴŴᵀ‖²<sub>F</sub>, rows normalised: units similar to many others stay. max_ip uses |⟨·,·⟩| "
            "instead of the square; max_fp_mod uses the raw rows; min_… removes the largest first. Of equal units, "
            "the one with the lowest index is removed first.",
        ),
    ),
    controls=(
        ("Orders", "The curves to draw. <i>merged</i> joins repeated units instead of removing them."),
        (
            "Removed means",
            "<i>Bias kept</i>: weights zero, as in the report's code. <i>Whole unit zero</i>: what a smaller network "
            "computes. <i>Mean output</i>: the output is replaced by its mean.",
        ),
        ("Advanced", "What the axes show, which images are used, and which layers lose units together."),
    ),
    report=(
        "Section 3.1, Comparison of pruning criteria (figure 2). The report keeps the bias. Compare with whole units "
        "to see the difference."
    ),
)

LOW_RANK = Help(
    shows=(
        "W is replaced by its best approximation of rank k, and the network is evaluated again. One curve "
        "shows the residual, the part of ‖W‖² that is lost; the other shows the accuracy at every rank. The marks are "
        "elbows: ranks that different rules propose."
    ),
    formulas=(
        (
            "W<sub>k</sub> = Σ<sub>j≤k</sub> s<sub>j</sub> u<sub>j</sub> v<sub>j</sub>ᵀ",
            "The first k terms of the singular value decomposition: the best matrix of rank k (Eckart, Young, Mirsky).",
        ),
        (
            "RE(k) = Σ<sub>j&gt;k</sub> s<sub>j</sub>²,   100 · ‖W<sub>k</sub>‖<sub>F</sub> / ‖W‖<sub>F</sub>",
            "The residual, drawn in percent of ‖W‖², and the part of the norm that is kept, as in figure 8.",
        ),
        (
            "Kneedle:  argmax<sub>k</sub> (1 − x − y)",
            "On axes from 0 to 1, over k = 0 … min(m, n). <i>gap</i>: the largest drop between two eigenvalues; "
            "<i>MP edge</i>: the eigenvalues beyond the Marchenko–Pastur edge; <i>tolerance</i>: the smallest rank "
            "within a tolerated loss of validation accuracy.",
        ),
    ),
    controls=(
        ("Rank", "The rank k. Drag the handle in the plot, or click an elbow."),
        (
            "W, W − W₀, …",
            "What is approximated: the weights, what training added, selected units, rows normalised or with batch "
            "norm folded in, or W Σ^½, the weights on the layer’s real inputs, as ASVD and SVD-LLM do.",
        ),
        ("Advanced", "Images, tolerances, all layers together, accuracy over the snapshots, mean over the group."),
    ),
    report="Section 3.3, Orthogonal Projections (figure 8). As in the report, ranks and elbows count from 0.",
)
