"""What explains the timeline."""

from __future__ import annotations

from workbench.gui.widgets.help_text import Help

HELP = Help(
    shows=(
        "The snapshots of the run, from the first (0: the initialisation, where the run holds it) to the last, with "
        "the accuracies in percent that are stored in it. Drag anywhere to go there: every panel follows. Snapshots "
        "lie side by side however far apart their epochs are; the numbers below are the epochs, or iterations or "
        "snapshots where the run does not say its epochs. A run that was imported from one checkpoint has no history "
        "to show."
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
