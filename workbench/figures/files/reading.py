"""Reading the recipe of a figure or film that may come from anybody: in a confined process, as a run is looked into."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from workbench.figures.files.embedding import FOUND, LARGEST_FILE
from workbench.figures.recipe import LARGEST, Recipe, RecipeError
from workbench.runs.confinement.restrictions import Limits
from workbench.runs.confinement.sandbox import Sandbox, SandboxError
from workbench.runs.errors import shown
from workbench.runs.files.descriptor import Descriptor
from workbench.runs.files.regular_file import open_regular, resolved

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 20.0  # seconds
MEMORY = 1 << 30  # bytes
FILM = ".mp4"  # of which the beginning is enough, however large it is
SUFFIXES = (".pdf", ".svg", ".png", FILM)

# A figure is read now and then: a process for each, and none that waits.
confined = Sandbox(
    "workbench.figures.files.reading_task:answer",
    Limits(memory=MEMORY, processor=int(PATIENCE), wall=PATIENCE),
    most=2 * LARGEST,
    forking=False,
)


def recipe_in(path: Path) -> Recipe:
    """The recipe in the file of a figure or a film. RecipeError: none, or it is damaged; OSError: it cannot be read."""
    name = shown(path.name)
    descriptor = Descriptor.received(open_regular(path), os.fspath(resolved(path)))
    try:
        size = descriptor.identity()[2]
        if size > LARGEST_FILE and path.suffix.lower() != FILM:
            raise RecipeError(f"{name} has {size:,} bytes, {LARGEST_FILE:,} are allowed")
        answer = confined.ask(b"", descriptor).data
    except SandboxError as error:
        raise RecipeError(f"{name}: {_in_words(error)}") from error
    finally:
        descriptor.give_back()
    if answer[:1] != FOUND:
        raise RecipeError(f"{name}: {shown(answer[1:].decode(errors='replace'))}")
    return Recipe.from_json(answer[1:])


def _in_words(error: SandboxError) -> str:
    if error.late:
        return f"the file took more than {PATIENCE:.0f} s to read: it is damaged"
    if error.worked:
        return f"the file is damaged: the process that reads it {error.problem}"
    return f"the process that reads the file {error.problem}: close other programs and try again"
