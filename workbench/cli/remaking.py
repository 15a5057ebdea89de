"""The run of a figure or film that is made again from its file."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.failures import BadUsage
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from workbench.figures.recipe import Recipe, View
    from workbench.runs.run import Run


def views_with_runs(
    recipe: Recipe, made: Path, named: Iterable[str], command: str, out: Path
) -> Iterator[tuple[View, Run]]:
    """Each view of the recipe in the file `made`, and its run: one of those `named`, or else beside the file.

    BadUsage: it is not there; says what to type. RunError: what is named is no run.
    """
    from workbench.figures.finding import find_run, needed

    files = [Path(word) for word in named]
    for path in files:
        open_run(path).close()  # what a person names must be a run: says what is wrong with it
    folders = [] if files else [made.absolute().parent, Path.cwd()]
    for view in recipe.views:
        run = find_run(view, files, folders)
        if run is None:
            where = "none of the runs given is that" if files else f"that is neither beside {made.name} nor here"
            again = shlex.join(["workbench", command, "--from", str(made), "WHERE/THE-RUN-IS.h5", "--out", str(out)])
            raise BadUsage(f"{made.name} was made of {needed(view)}, and {where}; name its file: {again}")
        yield view, run
