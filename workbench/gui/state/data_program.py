"""Checkpoints that come in and parts of runs that go out: what there is, and the programs that do the same."""

from __future__ import annotations

from dataclasses import dataclass, fields
from importlib import import_module
from typing import TYPE_CHECKING, Any

from workbench.gui.state.program import program

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workbench.importing.plan import Wanted
    from workbench.runs.place import Place

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
