"""This machine as an executor, with as many processes as fit."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.experiments.processes import Processes
from workbench.experiments.room import room, usable_cores

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Executor

    from workbench.experiments.room import Room
    from workbench.runs.spec import RunSpec

ASKED = "as you asked"


@contextmanager
def this_machine(specs: Sequence[RunSpec], workers: int | None = None) -> Iterator[tuple[Executor, Room]]:
    """Processes that train these specifications, and how many they are and why; in a with block, which ends them.

    `workers`: how many, instead of as many as fit. ValueError: a specification names a device that is not here.
    """
    found = room(specs, on_device=_accelerator(specs))
    if workers is not None:
        found = replace(found, workers=workers, threads=max(1, usable_cores() // workers), bound=ASKED)
    executor = Processes(found.workers, found.threads)
    try:
        yield executor, found
    finally:
        executor.shutdown(cancel_futures=True)


def _accelerator(specs: Sequence[RunSpec]) -> int | None:
    """The bytes of memory of the accelerator that the trainings take; None: none."""
    names = {spec.device for spec in specs}
    if names == {"cpu"}:
        return None
    from workbench.nets import devices  # imports torch

    where = {devices.device(name) for name in names}
    return min((devices.memory_of(each) or 0 for each in where if each.type != "cpu"), default=None)
