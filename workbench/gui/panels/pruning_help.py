"""What explains the pruning panel."""

from __future__ import annotations

from workbench.gui.widgets.help_text import Help

HELP = Help(
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
