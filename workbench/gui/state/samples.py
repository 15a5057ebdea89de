"""The sample runs that travel with the workbench."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.resource import resource

if TYPE_CHECKING:
    from pathlib import Path

FIRST = "digits_conv.h5"
DESCRIPTIONS = {
    FIRST: (
        "Sample A: a small convolutional net on digits",
        "One cluster of trained units, and units that died",
    ),
    "digits_lenet.h5": ("Sample B: LeNet on digits, with weight decay", "Units that repeat each other"),
}


def listed() -> tuple[tuple[str, str, Path], ...]:
    """Title, description and path of every sample run that is there."""
    found = []
    for name, (title, description) in DESCRIPTIONS.items():
        try:
            found.append((title, description, resource(f"sample_runs/{name}")))
        except FileNotFoundError:
            continue  # a start page without samples still opens runs; `workbench doctor` names what is missing
    return tuple(found)
