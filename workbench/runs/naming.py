"""How a run, and a place in it, is called where there is little room."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.runs.run import Run

LONGEST_NAME = 28


def short_name(run: Run) -> str:
    """The name of a run's file without its ending, shortened: what people tell runs apart by."""
    name = run.path.stem
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def where(run: Run, layer: str, snapshot: int) -> str:
    """The run, layer and epoch a picture shows: "digits_conv · fc1, epoch 40"."""
    return f"{short_name(run)} · {layer}, epoch {run.epochs[snapshot]:.4g}"
