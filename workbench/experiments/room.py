"""How many trainings fit on this machine at a time, told from its cores and its memory."""

from __future__ import annotations

import os
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.nets.architectures.catalogue import data_set
from workbench.nets.architectures.shapes import parameter_shapes
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.runs.spec import RunSpec

PROCESS = 450_000_000  # bytes of a process with torch and no network
COPIES = 5  # of the parameters: weights, gradients, two of the optimiser's, and a snapshot that is written
ON_DEVICE = 700_000_000  # bytes of an accelerator that each process takes besides
PER_INPUT = 120  # bytes for each number of a batch's images: what layers keep for the gradient
LEFT_FREE = 0.2  # of the memory


@dataclass(frozen=True)
class Room:
    """How many processes train at a time, the threads of each, and what allows no more."""

    workers: int
    threads: int
    bound: str  # "2 cores", "1.3 GB of free memory, 600 MB each"


def room(
    specs: Sequence[RunSpec], cores: int | None = None, free: int | None = None, on_device: int | None = None
) -> Room:
    """The room on a machine of so many cores and bytes of free memory, by default this one, for these trainings.

    One core each; if there are more cores than trainings they are shared out as threads. At least one process.
    `on_device`: the bytes of the accelerator on which they train, where it is one.
    """
    cores = cores or usable_cores()
    free = free_memory() if free is None else free
    each = max(map(memory_of, set(specs)), default=PROCESS)
    bounds = {counted(len(specs), "training"): len(specs), counted(cores, "core"): cores}
    if free:
        bounds[f"{_gigabytes(free)} of free memory, about {_gigabytes(each)} each"] = _times(free, each)
    if on_device:
        taken = each - PROCESS + ON_DEVICE
        words = f"{_gigabytes(on_device)} on the accelerator, about {_gigabytes(taken)} each"
        bounds[words] = _times(on_device, taken)
    bound = min(bounds, key=lambda words: bounds[words])
    workers = max(1, bounds[bound])
    return Room(workers, max(1, cores // workers), bound)


def _times(there: int, each: int) -> int:
    return int(there * (1 - LEFT_FREE) / each)


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB"


def memory_of(spec: RunSpec) -> int:
    """About how many bytes a process takes that trains `spec`. ValueError: there is no such network or data set."""
    data = data_set(spec.data.name)
    shapes = parameter_shapes(spec.net.name, data.image_shape, data.classes, spec.net.widths, spec.net.bias)
    parameters = sum(prod(shape) for shape, _ in shapes.values())
    pixels = prod(data.image_shape)
    images = (data.train_images + data.test_images) * pixels
    return PROCESS + 4 * COPIES * parameters + images + PER_INPUT * spec.batch_size * pixels


def usable_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def free_memory() -> int:
    """The bytes that may still be taken, by this machine and by its container; 0: not known."""
    known = [each for each in (_of_machine(), _of_container()) if each is not None]
    return min(known, default=0)


def _of_machine() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        return None


def _of_container() -> int | None:
    folder = Path("/sys/fs/cgroup")
    try:
        most, taken = ((folder / name).read_text(encoding="ascii") for name in ("memory.max", "memory.current"))
        cached = next(
            int(line.split()[1])
            for line in (folder / "memory.stat").read_text(encoding="ascii").splitlines()
            if line.startswith("inactive_file ")
        )
        return int(most) - int(taken) + cached
    except (OSError, StopIteration, ValueError):  # no container, or one without a limit
        return None
