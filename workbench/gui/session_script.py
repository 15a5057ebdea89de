"""A session as a program that makes the figures of its panels again, without a window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from workbench.figures.drawing import file_name
from workbench.figures.of_run import KINDS
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
        parts += [_figure(drawing) for drawing in drawings if drawing.run.path == path]
    return "".join(parts)


def _figure(drawing: Drawing) -> str:
    """The lines that make one figure; only settings that are not as at first are named."""
    view = drawing.view()
    named: dict[str, Any] = {"layer": view.layer, "snapshot": view.snapshot, "units": view.units}
    if view.positions:
        named["positions"] = view.positions
    named |= _settings(view.kind, view.settings)
    arguments = "".join(f"        {name}={value!r},\n" for name, value in named.items())
    saved = file_name([drawing], "pdf")
    return f"    wb.figure(\n        {view.kind!r},\n        run,\n{arguments}    ).save(here / {saved!r})\n"


def _settings(kind: str, settings: Any) -> dict[str, Any]:
    """Those that a figure of this kind has, and that are not as at first."""
    first = msgspec.json.decode(msgspec.json.encode(KINDS[kind].settings()))
    return {name: value for name, value in settings.items() if name in first and value != first[name]}
