"""What a user would type in the palette leads to what they mean: the first hit of sixty words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.gui.recorded_weights import planted, record_weights
from workbench.gui.widgets.palette import best
from workbench.gui.window.at_hand.palette_words import WORDS, others_for
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow

FIRST = {
    "open": "Open a run…",
    "load": "Open a run…",
    "browse": "Browse runs…",
    "runs folder": "Browse runs…",
    "close": "Close run",
    "save": "Save session",
    "notebook": "Save session as Python…",
    "export": "Export figure…",
    "png": "Export figure…",
    "picture": "Export figure…",
    "svg": "Export figure…",
    "movie": "Export animation…",
    "gif": "Export animation…",
    "pdf": "Write a report (HTML, PDF)…",
    "report": "Write a report (HTML, PDF)…",
    "reproduce": "Rebuild Figures 1 to 8…",
    "suffix": "Ask an open question…",
    "import": "Import…",
    "checkpoint": "Import…",
    "safetensors": "Import…",
    "dataset": "Network and data…",
    "train": "Train a network…",
    "fit": "Train a network…",
    "finetune": "Prune and train on…",
    "resume": "Resume the training",
    "continue": "Resume the training",
    "exit": "Quit",
    "code": "Copy as Python",
    "dead": "Dead units",
    "dying relu": "Dead units",
    "dead neurons": "Dead units",
    "isolated": "Isolated units",
    "untrained": "Hardly moved units",
    "duplicates": "Repeated units",
    "redundant units": "Repeated units",
    "cluster": "This component",
    "neighbors": "Neighbours too",
    "filter": "By rule…",
    "select where": "By rule…",
    "norm < .5 and dead": "Units where norm < .5 and dead",
    "invert": "Invert the selection",
    "deselect": "None",
    "play": "Play or pause",
    "next": "Forward",
    "previous": "Back",
    "last": "Last snapshot",
    "initialization": "First snapshot",
    "epoch 3": "epoch 3, snapshot 3",
    "dark": "Theme: dark",
    "font bigger": "Larger text",
    "fullscreen": "Fill the window with a panel",
    "maximize": "Fill the window with a panel",
    "reset": "Reset layout",
    "manual": "Guide",
    "help": "Guide",
    "explain": "What this panel shows",
    "shortcuts": "Show all keys",
    "errors": "Log",
    "graph": "Go to Weight graph",
    "similarity network": "Go to Weight graph",
    "eigenvalues": "Go to Spectrum",
    "marchenko": "Go to Spectrum",
    "svd": "Go to Low rank",
    "compression": "Go to Low rank",
    "ablation": "Go to Pruning",
    "summary table": "Go to Overview",
    "loss": "Go to Training",
    "slider": "Go to Timeline",
    "fc1": "fc1, 40 × 90",
    "conv2 fc1": "fc1, 24 × 32 · conv2_seed0.h5",
    "seed0 fc2": "fc2, 10 × 24 · conv2_seed0.h5",
    "rank 5": "Low rank: rank = 5",
    "min_mag": "Pruning: orders min_mag on",
}


def test_the_first_hit_is_what_is_meant(qtbot: QtBot, shared: MainWindow, tmp_path: Path) -> None:
    first = shared.session.selection.run
    assert first is not None
    other = tmp_path / "conv2_seed0.h5"
    record_weights(other, {"fc1": planted(24, 32, 2), "fc2": planted(10, 24, 2)}).close()
    shared.session.add(open_run(other))
    shared.session.choose_run(first)
    shared.session.select(units=frozenset({1}))
    deeds = [deed for deed in shared.commands.deeds() if deed.possible]
    hits = {}
    for words in FIRST:
        shown = [*shared.commands.typed(words), *best(words, deeds)]
        hits[words] = shown[0].text if shown else ""
    assert len(FIRST) >= 60
    assert hits == FIRST


def test_every_other_word_belongs_to_something_that_is_there(shared: MainWindow) -> None:
    named = {deed.text for deed in shared.commands.deeds() if others_for(deed.text)}
    assert {text.partition("…")[0].partition(" (")[0] for text in named} == WORDS.keys()
