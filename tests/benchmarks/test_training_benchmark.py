"""How fast Conv-2 trains, beside the loop of PyTorch's tutorials: a DataLoader, one tensor from each picture."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from workbench.nets.architectures.building import build
from workbench.nets.datasets import DataMissing, load
from workbench.nets.devices import device as device_called
from workbench.training.loop.steps import Steps
from workbench.training.loop.tally import Tally
from workbench.training.preparation import prepare
from workbench.training.recipes import recipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STEPS, BLOCKS = int(os.environ.get("WORKBENCH_BENCHMARK_STEPS", "20")), 3  # steps of a block; blocks of each loop
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)  # of CIFAR-10


class Pictures(Dataset[Any]):
    """The training images as torchvision's transforms make them: each a tensor, normalised when it is drawn."""

    def __init__(self, pixels: np.ndarray, labels: np.ndarray) -> None:
        self.pixels, self.labels = pixels, labels
        self.mean, self.std = (torch.tensor(each)[:, None, None] for each in (MEAN, STD))

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        image = torch.from_numpy(self.pixels[index]).permute(2, 0, 1).contiguous().float().div_(255)
        return image.sub_(self.mean).div_(self.std), int(self.labels[index])


def plain(data: Pictures, device: torch.device, workers: int) -> Callable[[int], None]:
    """Takes so many steps of the plain loop."""
    torch.manual_seed(0)
    model = build("conv2").to(device)
    optimiser = torch.optim.Adam(model.parameters(), 2e-4)
    loader = DataLoader(data, batch_size=64, shuffle=True, num_workers=workers, persistent_workers=workers > 0)

    def batches() -> Iterator[Any]:
        while True:
            yield from loader

    endless, seen = batches(), [0.0]

    def steps(count: int) -> None:
        for _ in range(count):
            images, labels = (each.to(device) for each in next(endless))
            logits = model(images)
            loss = functional.cross_entropy(logits, labels)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            seen[0] += loss.item() + (logits.argmax(1) == labels).float().mean().item()  # as a loop that tells both

    return steps


def ours(device: torch.device, precision: str) -> Callable[[int], None]:
    """Takes so many steps of the recipe's training."""
    spec = replace(recipe("conv2-cifar10"), device=str(device), precision=precision)  # type: ignore[arg-type]
    training, tally = Steps(prepare(spec)), Tally()

    def steps(count: int) -> None:
        for _ in range(count):
            training.step(tally)

    return steps


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_conv2_beside_a_plain_loop(benchmark, precision: str) -> None:
    """Blocks of steps take turns, so that all figures are of the same minutes."""
    try:
        data = load("cifar10")
    except DataMissing as error:
        pytest.skip(str(error))
    pixels = np.ascontiguousarray(data.train_images.permute(0, 2, 3, 1).numpy()).astype(np.uint8)
    pictures, device = Pictures(pixels, data.train_labels.numpy()), device_called("auto")
    loops = {"ours": ours(device, precision), **{f"{n} workers": plain(pictures, device, n) for n in (0, 2)}}
    took: dict[str, list[float]] = {name: [] for name in loops}

    def alternate() -> None:
        for number in range(BLOCKS + 1):
            for name, steps in loops.items():
                began = time.perf_counter()
                steps(STEPS)
                if device.type == "cuda":
                    torch.cuda.synchronize()
                if number:  # the first block is for warming up
                    took[name].append(time.perf_counter() - began)

    benchmark.pedantic(alternate, rounds=1)
    own = median(took["ours"])
    ratios = {name: median(times) / own for name, times in took.items() if name != "ours"}
    benchmark.extra_info.update(ratios)
    told = ", ".join(f"{ratio:.2f} times faster than with {name}" for name, ratio in ratios.items())
    sys.stdout.write(f"Conv-2, {precision}, {device}: {1000 * own / STEPS:.1f} ms a step; {told}\n")
