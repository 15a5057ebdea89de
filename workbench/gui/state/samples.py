"""The sample runs that travel with the workbench."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.resource import resource

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Sample:
    """A sample run: what it is, and what is found in it. Its picture is the weight graph of `layer` at the end."""

    stem: str  # of its file
    title: str
    finding: str
    layer: str

    @property
    def path(self) -> Path:
        """FileNotFoundError: it is not there."""
        return resource(f"sample_runs/{self.stem}.h5")

    def picture(self, dark: bool) -> Path:
        """Made by resources/pictures/start_page.py. FileNotFoundError: it is not there."""
        return resource(f"pictures/start-{self.stem}-{'dark' if dark else 'light'}.png")


FIRST = Sample(
    "digits_conv", "Sample A: a small convolutional net on digits", "26 of 100 units in fc1 never fire.", "fc1"
)
SECOND = Sample(
    "digits_lenet", "Sample B: LeNet on digits, with weight decay", "194 of 300 units in fc1 repeat another.", "fc1"
)
SAMPLES = (FIRST, SECOND)


def listed() -> tuple[Sample, ...]:
    """Every sample whose run is there."""
    return tuple(sample for sample in SAMPLES if _is_there(sample))


def _is_there(sample: Sample) -> bool:
    try:
        return sample.path.exists()
    except FileNotFoundError:
        return False  # a start page without samples still opens runs; `workbench doctor` names what is missing
