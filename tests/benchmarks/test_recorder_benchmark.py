"""What recording costs a training of Conv-2 at one snapshot each 100 steps, as a fraction of its time."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

import workbench as wb
from workbench.nets.architectures.building import build
from workbench.training.background import Background

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

STEPS, EVERY = int(os.environ.get("WORKBENCH_BENCHMARK_STEPS", "200")), 100


def test_recording_a_training_of_conv2(benchmark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both figures are of the same minutes: what the loop waits for the recorder, and what its thread computes."""
    background = []
    done = Background._done

    def timed(self: Background, work: object) -> None:
        began = time.thread_time()
        done(self, work)
        background.append(time.thread_time() - began)

    monkeypatch.setattr(Background, "_done", timed)
    torch.manual_seed(0)
    model = build("conv2")
    optimiser = torch.optim.Adam(model.parameters(), 2e-4)
    images, labels = torch.randn(64, 3, 32, 32), torch.randint(10, (64,))
    waited: list[float] = []

    def train() -> None:
        with wb.record(tmp_path / "run.h5", model, snapshots=EVERY, steps=STEPS, optimizer=optimiser) as recorder:
            for _ in range(STEPS):
                loss = functional.cross_entropy(model(images), labels)
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                began = time.perf_counter()
                recorder.step(train_loss=loss)
                waited.append(time.perf_counter() - began)

    began = time.perf_counter()
    benchmark.pedantic(train, rounds=1)
    total = time.perf_counter() - began
    interval = EVERY * total / STEPS  # from one snapshot to the next
    share = {
        "waited": 100 * sum(waited) / total,
        "in the background": 100 * sum(background) / len(background) / interval,
    }
    benchmark.extra_info.update(share)
    figures = ", ".join(f"{percent:.2f} % {name}" for name, percent in share.items())
    sys.stdout.write(f"{figures}, of {total / STEPS * 1e3:.0f} ms a step\n")
