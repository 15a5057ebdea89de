"""What explains the run panel."""

from __future__ import annotations

from workbench.gui.widgets.help_text import Help

HELP = Help(
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
