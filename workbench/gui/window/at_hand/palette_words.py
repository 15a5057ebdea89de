"""Other words that people use for what the palette offers: they find it too, and are not shown."""

from __future__ import annotations

WORDS = {  # text of a command without its …, or of a panel -> words, each found by its beginning
    "Open a run": "load read file h5 hdf5",
    "Browse runs": "list folder directory experiments compare search",
    "Save session": "workspace project store keep",
    "Save session as Python": "script notebook jupyter reproduce",
    "Export figure": "picture image png svg screenshot plot paper print",
    "Export animation": "film video movie gif mp4",
    "Write a report": "summary supplement print document",
    "Import": "checkpoint pytorch safetensors keras flax lightning pt pth onnx convert",
    "Network and data": "model architecture dataset confirm",
    "Train a network": "fit learn run start new",
    "Prune and train on": "finetune fine-tune retrain compress shrink lottery",
    "Resume the training": "continue restart",
    "Quit": "exit leave",
    "Copy as Python": "code script snippet program api notebook",
    "Dead units": "dying relu inactive silent zero neurons filters",
    "Isolated units": "lonely alone unconnected singletons outliers",
    "Hardly moved units": "unmoved untrained unchanged frozen static",
    "Repeated units": "duplicates redundant clones copies similar same",
    "This component": "cluster group community connected",
    "Neighbours too": "neighbors adjacent grow expand",
    "By rule": "filter query where condition find",
    "Invert the selection": "others complement inverse",
    "None": "deselect clear unselect nothing",
    "Play or pause": "animate stop",
    "Back": "previous earlier",
    "Forward": "next later",
    "First snapshot": "start beginning initialisation initialization",
    "Last snapshot": "end final latest newest",
    "Reset layout": "default arrange windows panels restore",
    "Fill the window with a panel": "fullscreen full-screen maximize maximise zoom enlarge focus",
    "Theme: dark": "night black mode",
    "Theme: light": "day white mode",
    "Larger text": "font zoom bigger size",
    "Smaller text": "font size",
    "Guide": "manual documentation docs tutorial handbook",
    "Tour": "introduction getting started tutorial walkthrough first steps demo sample",
    "What this panel shows": "help explain formula meaning",
    "Show all keys": "shortcuts hotkeys keyboard bindings",
    "Log": "errors messages console",
    "Go to Run": "layers files tree",
    "Go to Overview": "redundancy findings summary table heatmap layers",
    "Go to Units": "neurons filters table rows norms",
    "Go to Weight graph": "network similarity cosine clusters edges nodes",
    "Go to Spectrum": "eigenvalues esd histogram marchenko pastur mp singular outliers",
    "Go to Low rank": "svd pca rank approximation compression elbow residual",
    "Go to Pruning": "ablation removal curves magnitude removable importance",
    "Go to Training": "loss accuracy curves progress learning",
    "Go to Timeline": "epochs slider history time iterations snapshots",
}


def others_for(text: str) -> str:
    """The other words for a command or panel of this text."""
    return WORDS.get(text.partition("…")[0].partition(" (")[0], "")
