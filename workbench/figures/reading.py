"""Reading the recipe of a file that may come from anybody: in a child process with limits, which may die of it.

`python -m workbench.figures.reading` reads the file on standard input and writes a byte that says whether it went well
and then the recipe, or a sentence, on standard output.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from workbench.figures.embedding import LARGEST_FILE, recipe_from
from workbench.figures.recipe import Recipe, RecipeError

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 20.0  # seconds
MEMORY = 2 << 30  # bytes
FILM = ".mp4"  # of which the beginning is enough, however large it is
SUFFIXES = (".pdf", ".svg", ".png", FILM)
FOUND, REFUSED = b"+", b"-"


def recipe_in(path: Path) -> Recipe:
    """The recipe in the file of a figure or a film. RecipeError: none, or it is damaged; OSError: it cannot be read."""
    size = path.stat().st_size
    if size > LARGEST_FILE and path.suffix.lower() != FILM:
        raise RecipeError(f"{path.name} has {size:,} bytes, {LARGEST_FILE:,} are allowed")
    try:
        with path.open("rb") as stream:
            command = [sys.executable, "-m", "workbench.figures.reading"]
            answer = subprocess.run(command, stdin=stream, capture_output=True, timeout=PATIENCE, check=False).stdout
    except subprocess.TimeoutExpired as error:
        raise RecipeError(f"{path.name}: the file took more than {PATIENCE:.0f} s to read: it is damaged") from error
    if answer[:1] == FOUND:
        return Recipe.from_json(answer[1:])
    reason = answer[1:].decode(errors="replace") if answer[:1] == REFUSED else "the file is damaged"
    raise RecipeError(f"{path.name}: {reason}")


def main() -> None:
    """The child: from standard input to standard output."""
    _limit()
    try:
        answer = FOUND + recipe_from(sys.stdin.buffer.read(LARGEST_FILE)).to_json()
    except RecipeError as error:
        answer = REFUSED + str(error).encode()
    sys.stdout.buffer.write(answer)


def _limit() -> None:
    """No more memory and time than a figure needs, where the system knows limits."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (int(PATIENCE), int(PATIENCE)))


if __name__ == "__main__":
    main()
