"""Random crops and flips of a batch, on the device."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional

PADDING = 4  # pixels on each side (He et al. 2016, section 4.2)
_STREAM = 3  # of the run's seed; `nets.parts` uses 0 to 2


def augmented(images: torch.Tensor, seed: int, iteration: int) -> torch.Tensor:
    """`images` (N × C × H × W) cropped at random out of a padded black frame, half of them mirrored.

    What is drawn follows from the seed and the iteration alone, by PCG64 of the seed sequence
    (seed, 3, iteration).
    """
    count, channels, height, width = images.shape
    random = np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, _STREAM, iteration))))
    top = random.integers(2 * PADDING + 1, size=(count, 1))
    left = random.integers(2 * PADDING + 1, size=(count, 1))
    columns = np.where(random.random((count, 1)) < 0.5, np.arange(width), np.arange(width)[::-1]) + left
    rows = top + np.arange(height)
    padded = functional.pad(images, (PADDING,) * 4)
    image = torch.arange(count, device=images.device)[:, None, None, None]
    channel = torch.arange(channels, device=images.device)[None, :, None, None]
    row = torch.from_numpy(rows).to(images.device)[:, None, :, None]
    column = torch.from_numpy(columns).to(images.device)[:, None, None, :]
    return padded[image, channel, row, column]
