"""How a run, and a place in it, is called where there is little room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.runs.spec import UNKNOWN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.runs.collection.groups import RunGroup
    from workbench.runs.run import Run
    from workbench.runs.spec import RunSpec

LONGEST_NAME = 28


def short_name(run: Run) -> str:
    """The name of a run's file without its ending, shortened: what people tell runs apart by."""
    name = run.path.stem
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def moment(run: Run | RunGroup, snapshot: int, digits: int = 4) -> str:
    """What a snapshot is called: "epoch 40"; if epochs are unknown, "iteration 1200" or "snapshot 3"."""
    word, values = moments(run)
    value = values[snapshot]
    return f"{word} {value:.{digits}g}" if word == "epoch" and value < 10.0**digits else f"{word} {value:.0f}"


def moment_beside_number(run: Run | RunGroup, snapshot: int) -> str:
    """What a snapshot is called beside its number: "epoch 40", "iteration 1200"; "" where it only has its number."""
    return "" if moments(run)[0] == "snapshot" else moment(run, snapshot)


def between(run: Run | RunGroup, snapshot: int, digits: int = 4) -> str:
    """In which time something changed that is first seen at a snapshot: "between epoch 0 and 0.511".

    At snapshot 0 it was so before: "since epoch 0".
    """
    now = moment(run, snapshot, digits)
    if not snapshot:
        return f"since {now}"
    before, (word, number) = moment(run, snapshot - 1, digits), now.split(" ")
    if before == now:  # too near to be told apart
        return f"between snapshot {snapshot - 1} and {snapshot}"
    return f"between {before} and {number}" if before.startswith(f"{word} ") else f"between {before} and {now}"


def death(run: Run | RunGroup, snapshot: int, digits: int = 4) -> str:
    """How it is said that a unit is dead from a snapshot on: "dead, died between epoch 0 and 0.511"."""
    when = between(run, snapshot, digits)
    return f"dead, died {when}" if snapshot else f"dead {when}"


def moments(run: Run | RunGroup) -> tuple[str, NDArray[np.float64]]:
    """What the snapshots are numbered by, and the number of each, (T,): epochs, else iterations, else themselves."""
    for word, values in (("epoch", run.epochs), ("iteration", run.iterations)):
        if np.isfinite(values).all():
            return word, values
    return "snapshot", np.arange(run.snapshots, dtype=np.float64)


def nearest_snapshot(run: Run | RunGroup, word: str, number: float) -> int | None:
    """The snapshot nearest to an "epoch", "iteration" or "snapshot"; None: the run does not say these numbers."""
    if word == "snapshot":
        return min(int(number), run.snapshots - 1)
    values = run.history(word)
    return int(np.abs(values - number).argmin()) if np.isfinite(values).all() else None


def course(run: Run | RunGroup) -> tuple[str, NDArray[np.float64]]:
    """What curves of the training are drawn over: iterations where they are known, else as in `moments`."""
    known = np.isfinite(run.iterations).all()
    return ("iteration", run.iterations) if known else moments(run)


def network_and_data(spec: RunSpec) -> str:
    """Which network on which data: "lenet on digits", or which of the two is unknown or a guess."""
    net, data = f"{spec.net.name}{' (by the shapes of its parameters)' * spec.guessed}", spec.data.name
    if UNKNOWN not in (net, data):
        return f"{net} on {data}"
    who = "recording" if spec.origin is not None and spec.origin.how == "recorded" else "file"
    if net == data:
        return f"the {who} names neither the network nor its data"
    if data == UNKNOWN:
        return f"{net}; the {who} does not name its data"
    return f"the {who} does not name the network; the data are {data}"
