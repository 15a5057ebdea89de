"""Real trainings killed at random moments, and resumed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from typing import IO, TYPE_CHECKING

from faults.trained import NAME, SNAPSHOTS, left_over, rows_of, wrong
from warm_children import start_python

from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from faults.trained import Truth

# Imports torch once; then each line ["train" or "resume", path] is a training in a process of its own, whose id and
# snapshots are told as they come.
NURSERY = """
import json, os, sys
import torch
from contextlib import closing
from faults.trained import SPEC
from workbench.training.events import Snapshot
from workbench.training.loop.loop import train
from workbench.training.recording import record_run
from workbench.training.resuming import resume

torch.set_num_threads(1)

def trained(what, path):
    print(json.dumps(["begun", os.getpid()]), flush=True)
    with closing(resume(path) if what == "resume" else record_run(path, train(SPEC))) as events:
        for event in events:
            if isinstance(event, Snapshot):
                print(json.dumps(["safe", event.index + 1]), flush=True)

for line in sys.stdin:
    child = os.fork()
    if not child:
        status = 1
        try:
            trained(*json.loads(line))
            status = 0
        except Exception as error:
            print(json.dumps(["failed", str(error)]), flush=True)
        finally:
            os._exit(status)
    os.waitpid(child, 0)
    print(json.dumps(["gone", 0]), flush=True)
"""


class Nursery:
    """Starts trainings, one after another."""

    def __init__(self, orders: IO[str], told: IO[str]) -> None:
        self._orders, self._told = orders, told

    def begin(self, what: str, path: Path) -> int:
        """The id of a process that trains into `path` ("train") or goes on with it ("resume")."""
        self._orders.write(json.dumps([what, str(path)]) + "\n")
        self._orders.flush()
        kind, number = json.loads(self._told.readline())
        assert kind == "begun"
        return int(number)

    def words(self) -> Iterator[tuple[str, object]]:
        """What the process says until it is gone."""
        while True:
            kind, value = json.loads(self._told.readline())
            if kind == "gone":
                return
            yield kind, value

    def rest(self) -> list[tuple[str, object]]:
        """All that it says from now on."""
        return list(self.words())

    def whole(self, what: str, path: Path) -> list[tuple[str, object]]:
        """What a training that nobody interrupts says."""
        self.begin(what, path)
        return self.rest()


@contextmanager
def nursery() -> Iterator[Nursery]:
    """A place to start trainings from, gone at the end."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with start_python("-c", NURSERY, env=environment, stdin=subprocess.PIPE, stderr=None) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Nursery(process.stdin, process.stdout)
        finally:
            process.stdin.close()


@dataclass
class Killed:
    """How many trainings were killed and resumed, and what went wrong."""

    kills: int = 0
    midway: int = 0  # kills that came between the first snapshot and the last
    resumed: int = 0
    wrong: list[str] = field(default_factory=list)


def killed(folder: Path, times: int, resumed: int, seed: int) -> Iterator[Killed]:
    """The count after each of so many trainings, which are killed at a random moment; so many of them are resumed.

    A resumed run must equal one that nobody interrupted, bit for bit but for the seconds.
    """
    random, count = Random(seed), Killed()
    with nursery() as place:
        pause = _pause(place, folder / "whole.h5")
        with open_run(folder / "whole.h5") as run:
            truth = rows_of(run)
        for number in range(times):
            home = folder / str(number)
            home.mkdir()
            said = _kill(place, "train", home / NAME, random.randrange(SNAPSHOTS), random.uniform(0, pause))
            count.kills += 1
            count.midway += 0 < len(said) < SNAPSHOTS
            found = wrong(home / NAME, max(said, default=0), truth)
            if not found and count.resumed < resumed and 1 < len(said) < SNAPSHOTS:
                count.resumed += 1
                found = _resumed(place, home, random.uniform(0, pause), truth)
            count.wrong += [f"training {number}, seed {seed}: {each}" for each in found]
            shutil.rmtree(home)
            yield count


def _pause(place: Nursery, path: Path) -> float:
    """Twice the mean time from one snapshot to the next, of a training that nobody interrupts."""
    place.begin("train", path)
    told = [time.monotonic() for _ in place.words()]
    assert len(told) == SNAPSHOTS
    return 2 * (told[-1] - told[0]) / (SNAPSHOTS - 1)


def _kill(place: Nursery, what: str, path: Path, snapshots: int, delay: float) -> list[int]:
    """The numbers of snapshots that a training said to be safe, killed some time after so many of them."""
    process = place.begin(what, path)
    words, said = place.words(), list[tuple[str, object]]()
    while len(said) < snapshots:
        said.append(next(words))
    time.sleep(delay)
    with suppress(ProcessLookupError):  # it had ended
        os.kill(process, signal.SIGKILL)
    said += words
    assert all(kind == "safe" for kind, _ in said), said
    return [int(str(value)) for _, value in said]


def _resumed(place: Nursery, home: Path, killed_after: float, truth: Truth) -> list[str]:
    """What is wrong with a run that is resumed, killed again, and resumed to its end."""
    _kill(place, "resume", home / NAME, 0, killed_after)
    place.whole("resume", home / NAME)
    with open_run(home / NAME) as run:
        state = [] if run.state == "finished" else [f"is {run.state} after it was resumed"]
    left = [f"{name} is left" for name in left_over(home)]
    return [*wrong(home / NAME, SNAPSHOTS, truth), *state, *left]
