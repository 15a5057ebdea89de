"""The training loop beside the same training written down plainly."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
import torch
from torch.nn import functional

from workbench.nets.architectures.building import build
from workbench.nets.datasets import load
from workbench.nets.initialisers import initialise
from workbench.nets.parts import Part, epoch_order, normalise, split

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from workbench.runs.spec import RunSpec
    from workbench.training.events import Snapshot, Started

    Trained = Callable[..., tuple[Started, list[Snapshot]]]


def test_history_equals_a_naive_loop(tiny: RunSpec, run_of: Trained) -> None:
    spec = tiny.changed(snapshots="every:5")
    _, snapshots = run_of(spec)
    naive = naive_rows(spec, {0, 5, 10, 15, 18})
    for snapshot, (weights, row) in zip(snapshots, naive, strict=True):
        assert snapshot.parameters["fc1.weight"] == pytest.approx(weights, abs=1e-5)
        assert {name: snapshot.history[name] for name in row} == pytest.approx(row, rel=1e-4)


def naive_rows(spec: RunSpec, kept: set[int]) -> list[tuple[np.ndarray, dict[str, float]]]:
    """The same training written down plainly, with the schedule's formula and PyTorch's plain SGD."""
    data = load("digits")
    parts = split(data, classes=(3, 5, 7), seed=spec.seed)
    net = build("lenet", (1, 8, 8), 3, (12, 6))
    initialise(net, "glorot_normal", spec.seed)
    sgd = torch.optim.SGD(net.parameters(), 0.1, 0.9, weight_decay=1e-3, foreach=False)
    count = len(parts.train)
    batches = [
        order[start : start + 50]
        for order in (torch.from_numpy(epoch_order(count, spec.seed, epoch)) for epoch in range(2))
        for start in range(0, count, 50)
    ]
    rows = []
    seen: list[tuple[float, int, int]] = []
    rate = 0.1
    for iteration in range(len(batches) + 1):
        if iteration in kept:
            seen = seen or [measured(net, taken(parts.train, batches[0]))]
            images = sum(n for *_, n in seen)
            validation, test = measured(net, parts.validation), measured(net, parts.test)
            row = {
                "epoch": iteration / 9,
                "iteration": iteration,
                "learning_rate": rate,
                "train_loss": sum(loss * n for loss, _, n in seen) / images,
                "train_accuracy": 100 * sum(right for _, right, _ in seen) / images,
                "validation_loss": validation[0],
                "validation_accuracy": 100 * validation[1] / validation[2],
                "test_loss": test[0],
                "test_accuracy": 100 * test[1] / test[2],
            }
            rows.append((net.get_submodule("fc1").weight.detach().numpy().copy(), row))
            seen = []
        if iteration < len(batches):
            batch = taken(parts.train, batches[iteration])
            seen.append(measured(net, batch))
            rate = 0.1 * 0.5 * (1 + math.cos(math.pi * iteration / len(batches)))
            sgd.param_groups[0]["lr"] = rate
            sgd.zero_grad()
            functional.cross_entropy(net(normalise(batch.images, data.mean, data.std)), batch.labels).backward()
            sgd.step()
    return rows


def taken(part: Part, rows: torch.Tensor) -> Part:
    return Part(part.images[rows], part.labels[rows])


def measured(net: torch.nn.Module, part: Part) -> tuple[float, int, int]:
    """Mean loss, right answers, images."""
    data = load("digits")
    with torch.no_grad():
        logits = net(normalise(part.images, data.mean, data.std))
    right = (logits.argmax(1) == part.labels).sum().item()
    return functional.cross_entropy(logits, part.labels).item(), int(right), len(part)
