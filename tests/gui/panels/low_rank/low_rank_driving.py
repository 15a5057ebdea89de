"""What the tests of the low-rank panel share: the twin of its numbers, and hands for its controls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from workbench.evaluation.run_evaluators import data_of, network_of

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from workbench.gui.panels.low_rank.panel import LowRankPanel
    from workbench.runs.run import Run


def wait(qtbot: QtBot, panel: LowRankPanel) -> LowRankPanel:
    qtbot.waitUntil(lambda: panel.complete and panel.settled, timeout=30_000)
    return panel


def truncated(matrix: np.ndarray, rank: int) -> np.ndarray:
    left, values, right = np.linalg.svd(matrix.astype(np.float64), full_matrices=False)
    return (left[:, :rank] * values[:rank]) @ right[:rank]


def correct_with(run: Run, layer: str, weights: np.ndarray, snapshot: int = -1, part: str = "test") -> int:
    """How many images the whole network gets right with other weights in a layer."""
    network, data = network_of(run, snapshot), data_of(run, part)
    weight = network.get_submodule(layer).weight
    with torch.inference_mode():
        weight.copy_(torch.from_numpy(weights.astype(np.float32)).reshape(weight.shape))
        logits = network(data.inputs(slice(0, len(data)), torch.device("cpu"), torch.contiguous_format))
        return int((logits.argmax(1) == data.labels).sum())


def shown_correct(panel: LowRankPanel) -> int:
    accuracy = panel.answers.accuracy()
    assert accuracy is not None
    assert accuracy.exact
    return accuracy.correct


def go(qtbot: QtBot, panel: LowRankPanel, rank: int) -> None:
    panel.rank.box.setValue(rank)
    wait(qtbot, panel)
