"""A session as a program that makes the figures of its panels again, without a window."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING

from workbench.figures.drawing import file_name
from workbench.gui.figure_program import figure_call
from workbench.gui.program import naming
from workbench.gui.session_file import written

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
    for path, run in {drawing.run.path: drawing.run for drawing in drawings}.items():
        parts.append(f"\nwith wb.open_run(here / {written(path, folder)!r}) as run:\n")
        parts += [f"    {line}\n" for line in naming(run)]
        of_run = (drawing for drawing in drawings if drawing.run.path == path)
        parts += [indent(f"{figure_call(each)}.save(here / {file_name([each], 'pdf')!r})\n", "    ") for each in of_run]
    return "".join(parts)
