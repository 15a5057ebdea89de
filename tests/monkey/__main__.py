"""A monkey uses the real window at random, and everything that goes wrong is told.

    python -m tests.monkey --actions 2000 --seed 1

Opens, drops, drags, plays, selects, trains, stops, resumes, exports, undoes and closes in the middle, over sound,
copied, damaged, diverged, hostile and replaced files. After each action what is shown is compared with what is
selected, and at rest every number with the file. The same seed makes the same choices as far as the window does.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from running import let_loose

KIND = 60  # characters at both ends of a fault by which its kind is known


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--actions", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quiet", action="store_true", help="do not print every action")
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="monkey-") as name:
        folder = Path(name).resolve()
        outcome = let_loose(options.actions, options.seed, folder, lambda line: None if options.quiet else print(line))
    kinds: dict[str, list[tuple[int, str, tuple[str, ...]]]] = {}
    for each in outcome.faults:
        kinds.setdefault(re.sub(r"[0-9.]+", "_", each[1])[:KIND] + each[1][-KIND:], []).append(each)
    for number, fault, before in (of_a_kind[0] for of_a_kind in kinds.values()):
        print(f"\n--- seed {options.seed}, action {number}: {fault}\nbefore it:", *before, sep="\n    ")
    words = f"{len(outcome.faults)} faults" if outcome.faults else "nothing wrong"
    print(f"seed {options.seed}: {outcome.done} actions, {words}; {time.monotonic() - began:.0f} s")
    if len(outcome.held) > 1:
        print("grown since the first quarter:", {what: outcome.growth(what) for what in outcome.held[-1]})
    return bool(outcome.faults)


if __name__ == "__main__":
    sys.exit(main())
