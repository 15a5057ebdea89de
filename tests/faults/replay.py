"""Crashes at every moment of a recorded training, and power cuts at any."""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

import torch
from faults.tape import Acknowledged, Disk, Step, Tape, states_of_a_kill
from faults.trained import NAME, SNAPSHOTS, SPEC, Truth, rows_of, wrong

from workbench.runs.run import open_run
from workbench.training.events import Snapshot
from workbench.training.loop.loop import train
from workbench.training.recording import record_run

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Count:
    """How many states were opened, and what was wrong in which."""

    states: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, where: str, found: list[str]) -> None:
        self.states += 1
        self.wrong += [f"{where}: {each}" for each in found]


def taped(folder: Path, stop_after: int | None = None) -> tuple[list[Step], Truth]:
    """The steps of a real training recorded in the empty `folder`, and the rows of the finished run.

    It is stopped after some snapshots where `stop_after` says so.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    tape = Tape(folder)
    try:
        with tape.recording(), closing(record_run(folder / NAME, train(SPEC))) as events:
            for event in events:
                if isinstance(event, Snapshot):
                    tape.steps.append(Acknowledged(event.index + 1))
                    if event.index + 1 == stop_after:
                        events.close()
    finally:
        torch.set_num_threads(threads)
    with open_run(folder / NAME) as run:
        assert run.finished
        assert run.snapshots == (stop_after or SNAPSHOTS)
        return tape.steps, rows_of(run)


def killed_everywhere(folder: Path, stop_after: int | None = None, every: int = 1) -> Count:
    """Every state that a kill can leave behind, page by page, opened (or every so many). `folder` is empty at first."""
    for name in ("taped", "killed"):
        (folder / name).mkdir()
    steps, truth = taped(folder / "taped", stop_after)
    count = Count()
    for number, (acknowledged, where) in enumerate(states_of_a_kill(steps, folder / "killed")):
        if number % every == 0:
            count.add(where, wrong(folder / "killed" / NAME, acknowledged, truth))
    return count


def power_cuts(folder: Path, states: int, seed: int, stop_after: int | None = None) -> Count:
    """Some random states that a power cut can leave behind, opened. `folder` is empty at first."""
    (folder / "taped").mkdir()
    steps, truth = taped(folder / "taped", stop_after)
    random, count = Random(seed), Count()
    moments = sorted(random.randrange(1, len(steps) + 1) for _ in range(states))
    disk, done = Disk(), 0
    for moment in moments:
        for step in steps[done:moment]:
            disk.take(step)
        done = moment
        after = folder / "after"
        after.mkdir()
        for name, content in disk.after_power_cut(random).items():
            (after / name).write_bytes(content)
        count.add(f"seed {seed}, step {moment}", wrong(after / NAME, disk.acknowledged, truth))
        shutil.rmtree(after)
    return count
