"""Data folders that are not what they seem: other labels, files that change under the window, FIFOs in their place."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import sound

from workbench.runs.spec import DataSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.gui.window.main_window import MainWindow

SPEC = replace(sound.SPEC, data=DataSpec("mnist"))
LABELS = "t10k-labels-idx1-ubyte"


def run_on(folder: Path, images: int = 100) -> Path:
    """A run that says it was trained on MNIST; beside it is a data folder whose images are noise of 8 × 8."""
    sound.make(folder / "run.h5", spec=SPEC)
    write(folder, images)
    return folder / "run.h5"


def with_labels(odd: Callable[[Path], object]) -> Callable[[Path], Path]:
    """The same, with something odd in the place of the test labels."""

    def make(folder: Path) -> Path:
        path = run_on(folder)
        labels = _raw(folder) / LABELS
        labels.unlink()
        odd(labels)
        return path

    return make


def open_with(window: MainWindow, path: Path) -> None:
    """Open the run with the data beside it."""
    os.environ["WORKBENCH_DATA"] = str(path.parent)
    window.open(path)


def pruning(window: MainWindow) -> str:
    """What the pruning panel says of the last snapshot."""
    if window.session.runs:
        window.timeline.go_to(sound.SNAPSHOTS - 1)
    panel = window.panels["pruning"]
    if panel.behind:  # in a low window, where it rests
        window.docks["pruning"].come()
    return f"{panel.line.text()} {panel.message}"


def changed_once_seen(window: MainWindow) -> str:
    """The same; when the answer for 100 images is there, the files become others, and the window looks for changes."""
    said, folder = pruning(window), Path(os.environ["WORKBENCH_DATA"])
    if " on these 100 test images" in said and not (folder / "changed").exists():
        write(folder, 90)
        (folder / "changed").touch()
        window.changed_data.look()
    return said


def write(folder: Path, images: int) -> None:
    """Write or replace MNIST's four files."""
    random = np.random.default_rng(images)
    for part, count in (("train", 300), ("t10k", images)):
        pixels = random.integers(0, 256, (count, 8, 8), np.uint8)
        _idx(_raw(folder) / f"{part}-images-idx3-ubyte", pixels)
        _idx(_raw(folder) / f"{part}-labels-idx1-ubyte", random.integers(0, 10, count).astype(np.uint8))


def _raw(folder: Path) -> Path:
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    return raw


def _idx(path: Path, values: np.ndarray) -> None:
    head = b"\x00\x00\x08" + bytes([values.ndim]) + np.array(values.shape, ">i4").tobytes()
    path.write_bytes(head + values.tobytes())
