"""What explains the timeline."""

from __future__ import annotations

from workbench.gui.widgets.help_text import Help

HELP = Help(
    shows=(
        "The snapshots of the run, from the initialisation (0) to the last, with the accuracies in percent that were "
        "stored while it trained. Drag anywhere to go there: every panel follows. Snapshots lie side by side however "
        "far apart their epochs are; the numbers below are the epochs."
    ),
    formulas=(
        ("epoch = iteration · batch / images", "One epoch has seen every training image once; it may be a fraction."),
    ),
    controls=(
        ("Play", "From the snapshot shown, or the first if that is the last; never faster than all panels can draw."),
        ("Speed", "Snapshots per second."),
        ("Loop", "Begins again at the end."),
        ("Follow newest", "While a run trains: goes to each new snapshot until you look back."),
    ),
    report="Section 3.2: the time steps of the graph are moments of the training.",
)
