"""A small data folder in MNIST's own format, whose labels a test may alter."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pytest
from torch.nn import functional

from workbench.nets.datasets import load
from workbench.runs.spec import DataSpec, NetSpec, OptimiserSpec, RunSpec
from workbench.training import preparation
from workbench.training.loop.loop import train
from workbench.training.recording import record_run

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SPEC = RunSpec(
    NetSpec("lenet", widths=(16, 8)),
    DataSpec("mnist"),
    OptimiserSpec("sgd", learning_rate=0.02, momentum=0.9),
    batch_size=50,
    epochs=4,
    device="cpu",
)


def write_data(root: Path, shift: int = 0, part: str = "t10k", first: int | None = None) -> Path:
    """The data folder `root` with the digits as MNIST of 28 × 28; `shift` is added to the labels of `part`.

    To those of the first so many images, if that is said.
    """
    digits, raw = load("digits"), root / "MNIST" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    parts = {"train": (digits.train_images, digits.train_labels), "t10k": (digits.test_images, digits.test_labels)}
    for name, (images, labels) in parts.items():
        pixels = functional.interpolate(images.float(), (28, 28)).mul(255 / 16).byte().squeeze(1).numpy()
        moved = labels.numpy().astype(np.uint8)
        if name == part:
            moved[:first] = (moved[:first] + shift) % 10
        _write(raw / f"{name}-images-idx3-ubyte", pixels)
        _write(raw / f"{name}-labels-idx1-ubyte", moved)
    return root


def trained(path: Path, root: Path, spec: RunSpec = SPEC) -> Path:
    """The file of a small LeNet's training on the data in `root`."""
    for _ in record_run(path, train(spec, root)):
        pass
    return path


def trained_long_ago(path: Path, root: Path, spec: RunSpec = SPEC) -> Path:
    """The same by a workbench that stored no digests of the data."""
    with pytest.MonkeyPatch.context() as before:
        before.setattr(preparation, "digest", lambda *_: None)
        return trained(path, root, spec)


def _write(path: Path, values: NDArray[np.uint8]) -> None:
    head = b"\x00\x00\x08" + bytes([values.ndim]) + np.array(values.shape, ">i4").tobytes()
    path.with_name("written").write_bytes(head + values.tobytes())
    os.replace(path.with_name("written"), path)
