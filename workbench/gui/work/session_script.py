"""A session as a program that makes the figures of its panels again, without a window."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING

from workbench.figures.drawing import file_name
from workbench.gui.state.figure_program import figure_call, names_of
from workbench.gui.state.program import naming
from workbench.gui.work.session_file import written

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from workbench.figures.drawing import Drawing

HEAD = '''\
"""The figures of a session of the workbench, made again without its window: beside this file, as PDF."""

from pathlib import Path

import workbench as wb

here = Path(__file__).resolve().parent
'''


def script(drawings: Sequence[Drawing], folder: Path) -> str:
    """The program, for a file in `folder`, that makes these figures; runs are named relative to it as in a session.

    Whatever comes from a run stands in it as the `repr` of plain data.
    """
    parts = [HEAD]
    for path in {drawing.place.run.path: None for drawing in drawings}:
        of_this_run = [drawing for drawing in drawings if drawing.place.run.path == path]
        names = names_of(of_this_run)
        opened = (f"wb.open_run(here / {written(each, folder)!r}) as {called}" for each, (_, called) in names.items())
        parts.append(f"\nwith {', '.join(opened)}:\n")
        parts += [f"    {line}\n" for run, called in names.values() for line in naming(run, called)]
        calls = (f"{figure_call(each, names)}.save(here / {file_name([each], 'pdf')!r})\n" for each in of_this_run)
        parts += [indent(call, "    ") for call in calls]
    return "".join(parts)
