"""The long forms: `python -m tests.faults replay | powercut | kill | flip | read`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))  # as pytest does

if TYPE_CHECKING:
    from collections.abc import Sequence


def _replay(_options: argparse.Namespace, folder: Path) -> list[str]:
    from faults.replay import killed_everywhere

    found = []
    for stop_after in (None, 4):
        home = folder / str(stop_after)
        home.mkdir()
        count = killed_everywhere(home, stop_after)
        print(f"{count.states} states between two writes or pages, {'stopped early' if stop_after else 'to its end'}")
        found += count.wrong
    return found


def _powercut(options: argparse.Namespace, folder: Path) -> list[str]:
    from faults.replay import power_cuts

    found = []
    for number, stop_after in enumerate((None, 4)):
        home = folder / str(number)
        home.mkdir()
        count = power_cuts(home, options.states // 2, options.seed + number, stop_after)
        print(f"{count.states} power cuts of a training {'stopped early' if stop_after else 'to its end'}")
        found += count.wrong
    return found


def _kill(options: argparse.Namespace, folder: Path) -> list[str]:
    from faults.kills import Killed, killed

    count = Killed()
    for count in killed(folder, options.times, options.resumed, options.seed):
        if count.kills % 20 == 0:
            print(f"{count.kills} killed ({count.midway} midway), {count.resumed} resumed", flush=True)
    return count.wrong


def _read(options: argparse.Namespace, folder: Path) -> list[str]:
    from faults.live import followed

    found, reads, number = [], 0, 0
    while reads < options.reads:
        home = folder / str(number)
        home.mkdir()
        for name, read in followed(home, 300, ("workbench", "h5py", "workbench")):
            reads += read.reads
            found += [f"{name}: {read.wrong} wrong rows, {read.behind} times behind"] * (read.wrong + read.behind > 0)
        number += 1
        print(f"{reads} reads by three readers while {300 * number} snapshots were written", flush=True)
    return found


def _flip(options: argparse.Namespace, folder: Path) -> list[str]:
    from faults.flips import flipped

    tried = list(flipped(folder, options.times, options.seed))
    print(f"{len(tried)} runs with one bit flipped")
    return [each for wrong in tried for each in wrong]


def main(arguments: Sequence[str] | None = None) -> int:
    """Try one kind of fault many times; 0 where nothing was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    kinds = parser.add_subparsers(required=True)
    replay = kinds.add_parser("replay", help="a kill at every boundary of every write and page")
    replay.set_defaults(run=_replay)
    powercut = kinds.add_parser("powercut", help="the loss of random pages that were not synced")
    powercut.add_argument("--states", type=int, default=1500)
    powercut.set_defaults(run=_powercut)
    kill = kinds.add_parser("kill", help="kill -9 of real trainings at random moments")
    kill.add_argument("--times", type=int, default=200)
    kill.add_argument("--resumed", type=int, default=20, help="of them, trained on and compared")
    kill.set_defaults(run=_kill)
    read = kinds.add_parser("read", help="readers beside a writer")
    read.add_argument("--reads", type=int, default=1000)
    read.set_defaults(run=_read)
    flip = kinds.add_parser("flip", help="one flipped bit, which verify must name")
    flip.add_argument("--times", type=int, default=1000)
    flip.set_defaults(run=_flip)
    for each in kinds.choices.values():
        each.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        found = options.run(options, Path(folder))
    print(*found[:20] or ["nothing was wrong"], sep="\n")
    return bool(found)


if __name__ == "__main__":
    raise SystemExit(main())
