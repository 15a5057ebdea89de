"""Figures, pages of them and what the command line makes, as programs to paste."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING, Any

import msgspec

from workbench.gui.state.program import absolute, naming

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from workbench.figures.drawing import Drawing
    from workbench.figures.page import Page
    from workbench.runs.run import Run

STEP = "    "
PAGE = "import workbench as wb\nfrom workbench import Style, save\n"


def names_of(drawings: Iterable[Drawing]) -> dict[Path, tuple[Run, str]]:
    """The runs that these drawings show, each with its name in a program, by where it lies."""
    runs = {run.path: run for drawing in drawings for run in (drawing.place.run, *drawing.group)}
    return {path: (run, f"run_{number}" if number > 1 else "run") for number, (path, run) in enumerate(runs.items(), 1)}


def figure_call(drawing: Drawing, names: Mapping[Path, tuple[Run, str]]) -> str:
    """The call that makes a figure of runs of these names again; only settings that are not as at first are named.

    Whatever comes from a run stands in it as the `repr` of plain data. Reads no file: the run may have been closed.
    """
    from workbench.figures.comparing.beside import taken_apart

    kind, place = drawing.figure.kind, drawing.place
    named: dict[str, Any] = {"layer": place.layer or None, "snapshot": place.snapshot, "units": drawing.units}
    if drawing.positions:
        named["positions"] = drawing.positions
    named |= _settings(kind, drawing.settings)
    arguments = [repr(kind), names[place.run.path][1], *(f"{name}={value!r}" for name, value in named.items())]
    group, beside = taken_apart(drawing.group, drawing.settings)
    if group:
        arguments.append(f"group=[{', '.join(names[run.path][1] for run in group)}]")
    if beside is not None:
        arguments += [f"beside={names[beside[0].path][1]}", f"beside_snapshot={beside[1]}"]
    return f"wb.figure(\n{_lines(arguments)})"


def page_program(drawings: Sequence[Drawing], page: Page, path: Path, csv: bool) -> str:
    """The program that saves these figures on one page under `path`, with their numbers beside it if `csv`."""
    names = names_of(drawings)
    opened = "".join(f"\n{called} = wb.open_run({absolute(path)})\n" for path, (_, called) in names.items())
    said = "".join(f"{line}\n" for run, called in names.values() for line in naming(run, called))
    calls = _lines([figure_call(drawing, names) for drawing in drawings])
    further = f"columns={page.columns!r}, csv={csv!r}"
    return f"{PAGE}{opened}{said}page = [\n{calls}]\nsave(page, {str(path)!r}, {page.style!r}, {further})\n"


def group_table_program(drawing: Drawing | None) -> str | None:
    """The program that prints the numbers of a figure, such as means with their intervals; None without a drawing."""
    if drawing is None:
        return None
    names = names_of((drawing,))
    opened = "".join(f"{called} = wb.open_run({absolute(path)})\n" for path, (_, called) in names.items())
    said = "".join(f"{line}\n" for run, called in names.values() for line in naming(run, called))
    call = f"shown = {figure_call(drawing, names)}"
    return f"import workbench as wb\n\n{opened}{said}{call}\nprint(shown.figure.table().text())\n"


def command_program(words: Sequence[str]) -> str:
    """The program that does what the command line does with these words."""
    listed = indent(f"[\n{_lines([repr(word) for word in words])}]", STEP)
    return f"from workbench import main\n\nmain(\n{listed}\n)\n"


def _lines(parts: Sequence[str]) -> str:
    return "".join(f"{indent(part, STEP)},\n" for part in parts)


def _settings(kind: str, settings: Any) -> dict[str, Any]:
    """Those that a figure of this kind has, and that are not as at first."""
    from workbench.figures.kinds import KINDS

    first = msgspec.json.decode(msgspec.json.encode(KINDS[kind].settings()))
    return {name: value for name, value in settings.items() if name in first and value != first[name]}
