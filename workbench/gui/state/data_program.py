"""Trainings, checkpoints that come in and parts of runs that go out, as programs of the public API to paste."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields, is_dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.gui.state import data_folder
from workbench.gui.state.program import absolute, program
from workbench.nets.architectures.catalogue import DATA_SETS
from workbench.runs.files.regular_file import resolved
from workbench.training.command_line import command_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from workbench.importing.plan import Wanted
    from workbench.runs.place import Place
    from workbench.runs.spec import RunSpec

EXPORTING = "workbench.evaluation.smaller.exporting"


@dataclass(frozen=True)
class Part:
    """A part of a run that other programs read."""

    text: str
    function: str  # of EXPORTING: takes the run, the arguments and the path
    arguments: Callable[[Place], tuple[Any, ...]]
    endings: tuple[str, ...]  # of its file, the usual one first
    kinds: str  # of files, as the dialog says it

    def save(self, place: Place, path: Path) -> None:
        """Write the part to the new file `path`. The errors are those of the function."""
        getattr(import_module(EXPORTING), self.function)(place.run, *self.arguments(place), path)

    def program(self, place: Place, path: Path) -> str:
        """A program that does the same."""
        given = "".join(f"{each!r}, " for each in self.arguments(place))
        imports = ("from pathlib import Path", "", f"from {EXPORTING} import {self.function}")
        return program(place.run, f"{self.function}(run, {given}Path({str(path)!r}))", imports=imports)


PARTS = (
    Part(
        "Snapshot as a state dict", "save_snapshot", lambda place: (place.snapshot,),
        (".safetensors", ".pt"), "State dicts (*.safetensors *.pt)",
    ),
    Part(
        "Weight matrix of the layer", "save_layer",
        lambda place: (place.layer or place.run.layers[0].name, place.snapshot),
        (".npy",), "Arrays (*.npy)",
    ),
    Part("Curves as CSV", "save_history", lambda _place: (), (".csv",), "Tables (*.csv)"),
)  # fmt: skip


def import_program(wanted: Wanted, path: Path) -> str:
    """A program that imports what is wanted into the new run `path`; whatever comes from a file is data in it."""
    given = {each.name: getattr(wanted, each.name) for each in fields(wanted)}
    # Not resolved: a run that is imported is called as its folder is called here.
    files = "".join(f"        Path({str(file.absolute())!r}),\n" for file in given.pop("paths"))
    others = "".join(f"    {name}={value!r},\n" for name, value in given.items() if value not in (None, ()))
    return (
        "from pathlib import Path\n\n"
        "from workbench import Wanted, import_run, plan_of\n\n"
        f"wanted = Wanted(\n    paths=(\n{files}    ),\n{others})\n"
        f"path = Path({str(path.absolute())!r})\n"
        "path.parent.mkdir(parents=True, exist_ok=True)\n"
        "for imported in import_run(plan_of(wanted), path):\n"
        "    print(imported)\n"
    )


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


def sweep_program(
    base: RunSpec,
    factors: Mapping[str, tuple[Any, ...]],
    folder: Path,
    repeats: int,
    workers: int | None = None,
    root: Path | None = None,
    download: bool = False,
) -> str:
    """A program that trains the table which `product` makes of these, as the window would, into the same files."""
    how = [] if workers is None else [f"workers={workers}"]
    data = [f"root={absolute(root)}"] if root is not None else []
    data += ["download=True"] if download else []
    lines = [
        "import workbench as wb",
        f"from workbench import {', '.join(sorted(set(_types(base))))}",
        "",
        "base = RunSpec(",
        *(f"    {name}={_source(value)}," for name, value in _named(base)),
        ")",
        "values = {",
        *(f"    {name!r}: {values!r}," for name, values in factors.items()),
        "}",
        f"trials = wb.product(base, values, {absolute(folder)}, repeats={repeats})",
        f"with wb.this_machine({', '.join(['[trial.spec for trial in trials]', *how])}) as (executor, room):",
        '    print(f"{len(trials)} trainings, {room.workers} at a time ({room.bound})")',
        f"    for event in wb.run_trials({', '.join(['trials, executor', *data])}):",
        "        if event.settled:",
        "            print(event.trial.name, event.state, event.accuracy, event.problem)",
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
