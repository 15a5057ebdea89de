"""Programs of the public API, as text to paste."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.runs.run import Run


def program(run: Run, *lines: str, imports: tuple[str, ...] = ()) -> str:
    """A program that opens a run and does these lines with it.

    Whatever comes from a file must stand in the lines as `repr`: then it is data, whatever it holds.
    """
    heads = "".join(f"{each}\n" for each in ("import workbench as wb", *imports))
    return f"{heads}\nwith wb.open_run({absolute(run.path)}) as run:\n" + "".join(f"    {line}\n" for line in lines)


def absolute(path: Path) -> str:
    """The whole path as a Python text."""
    return repr(str(path.resolve()))
