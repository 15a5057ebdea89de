"""Types that are decoded on threads are prepared when their module is imported.

msgspec (0.22) prepares a dataclass at its first use; two threads that do so at once crash the process.
"""

from __future__ import annotations

import subprocess
import sys

PREPARED = """
import workbench.figures.kinds as kinds, workbench.figures.progress as progress
import workbench.figures.recipe as recipe
import workbench.runs.spec as spec, workbench.runs.confinement.structure as structure
import workbench.training.process.wire as wire
types = {
    spec.RunSpec, structure.Structure, structure.Verdict, recipe.Recipe, progress.Progress, progress.Written,
    wire.Request, wire.Failed, *wire.NAMES, *(kind.settings for kind in kinds.KINDS.values()),
}
print(sorted(each.__name__ for each in types if "__msgspec_cache__" not in vars(each)))
"""


def test_types_are_prepared_before_any_thread_decodes_them() -> None:
    done = subprocess.run([sys.executable, "-c", PREPARED], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
