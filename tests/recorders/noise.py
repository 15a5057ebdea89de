"""A small network, and a training of it on noise, for the tests of the recorder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    import numpy as np

    from workbench.recorders.own_loop import LoopRecorder


def small() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.BatchNorm1d(8), nn.Linear(8, 3))


def trained(recorder: LoopRecorder, model: nn.Module, steps: int, **curves: float) -> list[dict]:
    """The state dict after each step of a training of noise, the one before the first included."""
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    generator = torch.Generator().manual_seed(1)
    states = [copy(model)]
    for _ in range(steps):
        loss = model(torch.randn(5, 6, generator=generator)).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        states.append(copy(model))
        recorder.step(train_loss=loss, **curves)
    return states


def copy(model: nn.Module) -> dict[str, np.ndarray]:
    return {key: value.detach().clone().numpy() for key, value in model.state_dict().items()}
