"""The process that draws: `python -m workbench.figures.process.child`.

It reads requests on standard input until that ends. A request is a line {"format", "recipe"} with a page as MessagePack
behind it; the answer is an empty object with the file behind it, or {"problem"} with a sentence.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import msgspec

from workbench.figures.files.embedding import embedded
from workbench.figures.page import Format  # noqa: TC001 (msgspec resolves it)
from workbench.figures.process.wire import unpacked
from workbench.figures.recipe import Recipe
from workbench.runs.confinement.framing import Frame, framed, frames, private_output
from workbench.runs.saying import in_words

MOST = 1 << 40  # bytes of a page or a file: both processes are ours


@dataclass(frozen=True)
class Request:
    """How the page is to be drawn that comes with it; the recipe, as JSON, goes into the file."""

    format: Format
    recipe: str | None = None


@dataclass(frozen=True)
class Answer:
    """Why the page cannot be drawn; else the file comes with it."""

    problem: str | None = None


for _type in (Request, Answer):  # prepared at import: see the end of `runs/spec.py`
    msgspec.json.Decoder(_type)


def drawn(request: Frame) -> Frame:
    """The answer to a request."""
    work = msgspec.json.decode(request.line, type=Request)
    try:
        content = unpacked(request.payload).bytes(work.format)
        if work.recipe is not None:
            content = embedded(content, work.format, Recipe.from_json(work.recipe.encode()))
    except (ValueError, RuntimeError, MemoryError, OverflowError, ImportError) as error:
        return Frame(msgspec.json.encode(Answer(in_words(error) or "the figure cannot be drawn")))
    return Frame(b"{}", bytes(content))


def main() -> None:
    """Answer requests until standard input ends."""
    requests, answers = frames(sys.stdin.buffer, MOST), private_output()
    for request in requests:
        answers.write(framed(*drawn(request)))
        answers.flush()


if __name__ == "__main__":
    main()
