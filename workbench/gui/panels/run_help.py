"""What explains the run panel."""

from __future__ import annotations

from workbench.gui.widgets.help_text import Help

HELP = Help(
    shows=(
        "The open runs and their layers. A <i>run</i> is one training in one file; a file is only ever read. Choosing "
        "a layer drives every panel. Units are neurons, or filters of a convolution, whose weights are flattened over "
        "all but the output channels."
    ),
    formulas=(
        ("W ∈ ℝ<sup>m×n</sup>,  Q = n / m", "A layer's weight matrix has one row for each of its m units of n inputs."),
    ),
    controls=(
        ("Open…", "Opens run files; or drop them on the window."),
        ("Close run", "Closes the selected run; its file stays as it is."),
    ),
    report="Section 3, Models, and 3.3 for the aspect ratio Q.",
)
