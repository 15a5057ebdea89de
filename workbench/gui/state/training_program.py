"""Trainings as programs of the public API, as text to paste."""

from __future__ import annotations

import os
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.gui.state import data_folder
from workbench.gui.state.program import absolute
from workbench.nets.architectures.catalogue import DATA_SETS
from workbench.runs.files.regular_file import resolved
from workbench.training.command_line import command_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.runs.spec import RunSpec


def training_program(spec: RunSpec, path: Path, root: Path | None = None, download: bool = False) -> str:
    """A program that trains as the window would, into the same file."""
    target = resolved(path)
    spec = replace(spec, command=command_line(spec, target))
    arguments = ["spec"]
    if (folder := root or _usual_folder(spec)) is not None:
        arguments.append(f"root={absolute(folder)}")
    if download:
        arguments.append("download=True")
    lines = [
        "from pathlib import Path",
        "",
        f"from workbench import {', '.join([*sorted(set(_types(spec))), 'record_run', 'train'])}",
        "",
        "spec = RunSpec(",
        *(f"    {name}={_source(value)}," for name, value in _named(spec)),
        ")",
        f"path = Path({str(target)!r})",
        "path.parent.mkdir(parents=True, exist_ok=True)",
        f"for event in record_run(path, train({', '.join(arguments)})):",
        "    print(event)",
    ]
    return "".join(f"{line}\n" for line in lines)


def resuming_program(spec: RunSpec, path: Path) -> str:
    """A program that resumes the interrupted training of the run at `path`."""
    folder = _usual_folder(spec)
    where = "" if folder is None else f", root={absolute(folder)}"
    head = "from workbench import resume\n"
    return f"{head}\nfor event in resume({absolute(path)}{where}):\n    print(event)\n"


def _usual_folder(spec: RunSpec) -> Path | None:
    """Where the window looks for the data, if they lie in a folder."""
    known, folder = DATA_SETS.get(spec.data.name), os.environ.get(data_folder.VARIABLE, "")
    return Path(folder) if folder and known is not None and not known.bundled else None


def _named(value: Any) -> Iterator[tuple[str, Any]]:
    """The fields of a dataclass, every value spelled out, except those that were not given."""
    for each in fields(value):
        given = getattr(value, each.name)
        if not (given is each.default is None):
            yield each.name, given


def _types(value: Any) -> Iterator[str]:
    """The names of the dataclasses in the source of this one."""
    yield type(value).__name__
    for _, inner in _named(value):
        if is_dataclass(inner):
            yield from _types(inner)


def _source(value: Any) -> str:
    """The value as Python; whatever comes from a file is data in it."""
    if not is_dataclass(value):
        return repr(value)
    arguments = ", ".join(f"{name}={_source(inner)}" for name, inner in _named(value))
    return f"{type(value).__name__}({arguments})"
