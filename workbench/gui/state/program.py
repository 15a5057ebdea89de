"""Programs of the public API, as text to paste."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.evaluation.networks.named import named
from workbench.runs.files.regular_file import resolved

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.runs.run import Run


def program(run: Run, *lines: str, imports: tuple[str, ...] = ()) -> str:
    """A program that opens a run and does these lines with it.

    Whatever comes from a file must stand in the lines as `repr`: then it is data, whatever it holds.
    """
    heads = "".join(f"{each}\n" for each in ("import workbench as wb", *imports))
    body = "".join(f"    {line}\n" for line in (*naming(run), *lines))
    return f"{heads}\nwith wb.open_run({absolute(run.path)}) as run:\n{body}"


def naming(run: Run, called: str = "run") -> list[str]:
    """The line that names the network and data that the user has named for a run, or none; the run is `called` so."""
    known = named(run)
    said = [f"{what}={given!r}" for what, given in (("net", known.net), ("data", known.data)) if isinstance(given, str)]
    return [f"wb.name({called}, {', '.join(said)})"] if said else []


def absolute(path: Path) -> str:
    """The whole path as a Python text."""
    return repr(str(resolved(path)))
