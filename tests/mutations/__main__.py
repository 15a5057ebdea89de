"""Single random faults are put into a copy of the workbench; its tests should notice each. Not part of the suite.

    python -m tests.mutations --count 100 --seed 0
    python -m tests.mutations --count 30 --package analysis
    python -m tests.mutations --unexecuted

At first the lines that each test runs are measured (`executed.py`, about twenty minutes, then kept in `--kept`; a test
file that has changed is measured again). A mutant is tried by the tests that run the mutated line, those of its own
package first, in forks of this process (`warm.py`). A line that no measured test runs is a survivor at once, and
`--unexecuted` lists all of these; tests of the window are not measured.

Prints every mutant that survives with its difference, and at the end how many were caught. Where the tests take longer
than `--limit` without a failure, the mutant counts as one that survived. A mutant that no test could tell from the
original belongs in `explained.py`.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from executed import Executed, Reach, names_of_lines
from explained import EXPLAINED
from mutants import Mutant, mutant
from trying import Trial
from warm import warm_up

CHECKOUT = Path(__file__).parent.parent.parent
PACKAGES = ("analysis", "evaluation", "runs", "training", "recorders")
COPIED = ("workbench", "tests", "resources", "sample_runs", "pyproject.toml", "README.md")
NEEDED = {"lightning.py": "lightning", "transformers.py": "transformers"}  # left out where they are not installed
KEPT = Path(tempfile.gettempdir()) / f"workbench-mutations-{os.getuid()}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--package", choices=PACKAGES, action="append", help="only this one; may be repeated")
    parser.add_argument("--limit", type=float, default=120.0, help="seconds for the tests of one mutant")
    parser.add_argument("--skip", type=int, default=0, help="pass over so many mutants of this seed, to go on later")
    parser.add_argument("--kept", type=Path, default=KEPT, help="the folder of what was measured")
    parser.add_argument("--unexecuted", action="store_true", help="list the lines that no measured test runs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mutations-") as name:
        copied = Path(name).resolve()
        copy_to(copied)
        warm_up()
        executed = Executed(copied, PACKAGES, options.kept, lambda words: print(words, flush=True))
        reaches = executed.reaches()
        absent = {name for name, package in NEEDED.items() if find_spec(package) is None}
        chosen_packages = {copied / "workbench" / name for name in options.package or PACKAGES}
        modules = [path for path in executed.modules if chosen_packages.intersection(path.parents)]
        modules = [path for path in modules if path.name not in absent]
        if options.unexecuted:
            return unexecuted(modules, reaches, copied)
        seeded, sizes = random.Random(options.seed), [path.stat().st_size for path in modules]
        chosen = [mutant(*seeded.choices(modules, sizes), seeded) for _ in range(options.count)]
        trial = Trial(copied, reaches, options.limit, options.kept / "tried")
        return report(trial, [each for each in chosen[options.skip :] if each])


def copy_to(folder: Path) -> None:
    for name in COPIED:
        source = CHECKOUT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)


def report(trial: Trial, chosen: list[Mutant]) -> int:
    """Tries the mutants and says what becomes of each; 1 where any survives."""
    outcomes: dict[str, int] = {}
    for number, each in enumerate(chosen):
        began = time.monotonic()
        outcome, why = ("explained", EXPLAINED[each.key]) if each.key in EXPLAINED else trial.outcome(each)
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
        where = f"{each.path.relative_to(trial.copied)}:{each.line}"
        print(f"{number}: {outcome} in {time.monotonic() - began:.0f} s: {where} {each.key} ({why})", flush=True)
        if outcome not in ("caught", "explained"):
            print(each.diff, flush=True)
    good = outcomes.get("caught", 0) + outcomes.get("explained", 0)
    print(outcomes, f"{100 * good / max(len(chosen), 1):.1f} % caught or explained")
    return int(good < len(chosen))


def unexecuted(modules: list[Path], reaches: list[Reach], copied: Path) -> int:
    """Lists the statements in functions that no test runs."""
    from mutants import statements

    for module in modules:
        short, source = str(module.relative_to(copied / "workbench")), module.read_text(encoding="utf-8")
        run = {line for reach in reaches for line in reach.lines.get(short, ())}
        names, text = names_of_lines(source), source.splitlines()
        missing = sorted(lines.start for lines in statements(source) if not any(names[line] in run for line in lines))
        for line in missing:
            print(f"{short}:{line}: {text[line - 1].strip()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
