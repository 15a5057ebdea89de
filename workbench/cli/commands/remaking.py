"""The runs of a figure or film that is made again from its file."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.failures import BadUsage
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from workbench.figures.recipe import Recipe, RunKey, View
    from workbench.runs.run import Run


def views_with_runs(
    recipe: Recipe, made: Path, named: Iterable[str], command: str, out: Path
) -> Iterator[tuple[View, Run, tuple[Run, ...]]]:
    """Each view of the recipe in the file `made`, its run and its group's: of those `named`, or else beside the file.

    BadUsage: one is not there; says what to type. RunError: what is named is no run.
    """
    from workbench.figures.files.finding import find_run, needed

    files = [Path(word) for word in named]
    for path in files:
        open_run(path).close()  # what a person names must be a run: says what is wrong with it
    folders = [] if files else [made.absolute().parent, Path.cwd()]
    count = len({key.run_id for view in recipe.views for key in (view.run, *view.group)})

    def found(key: RunKey) -> Run:
        run = find_run(key, files, folders)
        if run is not None:
            return run
        elsewhere = f"that run is neither beside {made.name} nor in the current folder"
        where = "none of the given runs is that run" if files else elsewhere
        name, places = "name its file", ["WHERE/THE-RUN-IS.h5"]
        if count > 1:
            name = f"name the files of all its {count} runs"
            places = [f"WHERE/RUN-{number}-IS.h5" for number in range(1, count + 1)]
        again = shlex.join(["workbench", command, "--from", str(made), *places, "--out", str(out)])
        raise BadUsage(f"{made.name} was made from {needed(key)}, and {where}; {name}: {again}")

    for view in recipe.views:
        yield view, found(view.run), tuple(map(found, view.group))
