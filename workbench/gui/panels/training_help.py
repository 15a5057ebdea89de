"""What explains the training panel."""

from __future__ import annotations

from workbench.gui.widgets.help_text import Help

HELP = Help(
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
