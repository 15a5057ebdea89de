"""Checkpoints of a training, to be imported in the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from safetensors.torch import save_file

if TYPE_CHECKING:
    from pathlib import Path


HOSTILE = "<img src=x>&<b>"


def checkpoints(folder: Path, count: int = 3) -> list[dict[str, torch.Tensor]]:
    folder.mkdir()
    torch.manual_seed(0)
    states = [{f"{HOSTILE}fc1.weight": torch.randn(6, 9), "fc2.weight": torch.randn(4, 6)} for _ in range(count)]
    for at, state in enumerate(states):
        save_file(state, folder / f"{HOSTILE.replace('/', '')}epoch_{at * 5}.safetensors")
    return states
