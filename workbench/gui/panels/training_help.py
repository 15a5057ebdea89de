"""What explains the training panel."""

from __future__ import annotations

from workbench.gui.widgets.help_text import Help

HELP = Help(
    shows=(
        "Loss and accuracy over the iterations: live while this window trains, else as the selected run keeps them. "
        "Data have three parts: <i>train</i>, <i>validation</i> (held out of it, one tenth) and <i>test</i>. Orders, "
        "ranks and cut-offs are chosen on validation and reported on test. The upright line is the snapshot shown."
    ),
    formulas=(
        (
            "loss = −(1/N) Σ<sub>i</sub> log p(y<sub>i</sub> | x<sub>i</sub>)",
            "Cross-entropy, the mean over N images; the accuracy is the percentage of images whose class comes first.",
        ),
    ),
    controls=(
        ("Train…", "Chooses net, data and recipe, and starts; the run opens with its first snapshot."),
        ("Stop", "Ends at the next moment; everything recorded so far is kept."),
    ),
    report="Section 3, Models and the training set-ups; every recipe of the report is offered by name.",
)
