"""Single random faults are put into a copy of the workbench; its tests should notice each. Not part of the suite.

    python -m tests.mutations --count 100 --seed 0
    python -m tests.mutations --count 30 --package analysis

Prints every mutant that survives with its difference, and at the end how many were caught. A mutant that no test could
tell from the original belongs in `explained.py`.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from covering import tests_of
from explained import EXPLAINED
from mutants import Mutant, mutants

CHECKOUT = Path(__file__).parent.parent.parent
PACKAGES = ("analysis", "evaluation", "runs", "training")
COPIED = ("workbench", "tests", "resources", "sample_runs", "pyproject.toml", "README.md")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--package", choices=PACKAGES, action="append", help="only this one; may be repeated")
    parser.add_argument("--limit", type=float, default=240.0, help="seconds for the tests of one mutant")
    parser.add_argument("--skip", type=int, default=0, help="pass over so many mutants of this seed, to go on later")
    options = parser.parse_args()
    seeded, outcomes = random.Random(options.seed), dict.fromkeys(("caught", "too slow", "explained", "survived"), 0)
    with tempfile.TemporaryDirectory(prefix="mutations-") as name:
        copied = Path(name).resolve()
        copy_to(copied)
        modules = [path for package in options.package or PACKAGES
                   for path in sorted((copied / "workbench" / package).rglob("*.py"))]  # fmt: skip
        sizes = [path.stat().st_size for path in modules]
        for number in range(options.count):
            (module,) = seeded.choices(modules, sizes)
            mutant = seeded.choice(mutants(module) or [None])  # type: ignore[list-item]
            if mutant is None or number < options.skip:
                continue
            began = time.monotonic()
            outcome = "explained" if mutant.key in EXPLAINED else tried(mutant, copied, options.limit)
            outcomes[outcome] += 1
            where = f"{module.relative_to(copied)}:{mutant.line}"
            print(f"{number}: {outcome} in {time.monotonic() - began:.0f} s: {where} {mutant.key}", flush=True)
            if outcome not in ("caught", "explained"):
                print(mutant.diff, flush=True)
    total = max(sum(outcomes.values()), 1)
    print(outcomes, f"{100 * (total - outcomes['survived']) / total:.0f} % caught or explained")
    return bool(outcomes["survived"])


def copy_to(folder: Path) -> None:
    for name in COPIED:
        source = CHECKOUT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)


def tried(mutant: Mutant, copied: Path, limit: float) -> str:
    """What becomes of a mutant: "caught", "survived" or "too slow", as a fault that never ends is."""
    sound = mutant.path.read_text(encoding="utf-8")
    mutant.path.write_text(mutant.source, encoding="utf-8")
    files = [str(path.relative_to(copied)) for path in tests_of(mutant.path, copied)]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *files]
    environment = {**os.environ, "PYTHONPATH": str(copied), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(command, cwd=copied, env=environment, capture_output=True, timeout=limit, check=False)
        return "survived" if done.returncode == 0 else "caught"
    except subprocess.TimeoutExpired:
        return "too slow"
    finally:
        mutant.path.write_text(sound, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
