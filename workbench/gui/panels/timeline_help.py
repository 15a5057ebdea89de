"""What explains the timeline."""

from __future__ import annotations

from workbench.gui.widgets.help_text import Help

HELP = Help(
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
