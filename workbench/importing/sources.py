"""Which files are imported and in what order: a list, a folder, the report's own tree. Loads no torch."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from workbench.importing.foreign import ImportProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Order = Literal["name", "step", "time"]
ORDERS: dict[Order, str] = {
    "name": "by name (numbers in it count as numbers)",
    "step": "by the step or epoch that the file says, else by the last number in its name",
    "time": "by the time of the last change",
}
ENDINGS = (".safetensors", ".pt", ".pth", ".ckpt", ".bin")
NO_WEIGHTS = ("optimizer", "scheduler", "scaler", "rng_state", "training_args")  # beside the weights in a checkpoint
SNAPSHOTS = "snapshots"  # the folder of the report's code: 0, 1, …
ACCURACIES = Path("metrics", "training", "accuracies.npy")  # beside it: percent, one for each of them


@dataclass(frozen=True)
class Source:
    """One file that becomes a snapshot."""

    path: Path
    label: str  # its name, with the folder where that tells it apart
    modified: float  # seconds since 1970
    size: int  # bytes
    number: float | None = None  # the last number in its name
    says: str = ""  # what the number is: "step", "epoch" or ""


@dataclass(frozen=True)
class Sources:
    """The files of an import, in order."""

    files: tuple[Source, ...]
    report: Path | None = None  # the folder of the report's code that they lie in
    hdf5: bool = False  # one file of another tool that holds all snapshots


def sources(paths: Sequence[Path], order: Order = "name") -> Sources:
    """The files in `paths` (files and folders) in the order that is asked for.

    ImportProblem where there are none. By "step" the files themselves may say more: see `importing.looked_into`.
    """
    if len(paths) == 1 and paths[0].is_dir():
        tree = _report_tree(paths[0])
        if tree is not None:
            return Sources(_sorted(tree, "name"), paths[0] if paths[0].name != SNAPSHOTS else paths[0].parent)
    found = [_source(path, path.name) for path in paths if path.is_file()]
    found += [source for folder in paths if folder.is_dir() for source in _in_folder(folder)]
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise ImportProblem(missing[0], "does not exist", "check the name and the folder")
    if not found:
        raise ImportProblem(paths[0], "holds no checkpoints", f"choose files that end in {', '.join(ENDINGS)}")
    hdf5 = len(found) == 1 and _begins_like_hdf5(found[0].path)
    return Sources(_sorted(found, order), hdf5=hdf5)


def in_order(files: Iterable[Source], order: Order) -> tuple[Source, ...]:
    """The files in another order."""
    return _sorted(files, order)


def natural(text: str) -> list[tuple[int, int, str]]:
    """A key that sorts texts with the numbers in them as numbers: 2 before 10."""
    parts = re.split(r"(\d+)", text)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part]


def _sorted(files: Iterable[Source], order: Order) -> tuple[Source, ...]:
    keys: dict[Order, Callable[[Source], Any]] = {
        "name": lambda file: natural(file.label),
        "step": lambda file: (file.number is None, file.number or 0.0, natural(file.label)),
        "time": lambda file: (file.modified, natural(file.label)),
    }
    return tuple(sorted(files, key=keys[order]))


def _source(path: Path, label: str) -> Source:
    status = path.stat()
    numbers = list(re.finditer(r"(step|iter|global_step|checkpoint|epoch|ep|e)?[-_=]?(\d+)(?!.*\d)", label.lower()))
    source = Source(path, label, status.st_mtime, status.st_size)
    if not numbers:
        return source
    word = numbers[-1][1] or ""
    says = "epoch" if word.startswith("e") else "step" if word else ""
    return replace(source, number=float(numbers[-1][2]), says=says)


def _in_folder(folder: Path) -> list[Source]:
    """The checkpoints in a folder, and those in its sub-folders that hold one each ("checkpoint-500")."""
    here = [_source(path, path.name) for path in folder.iterdir() if _is_checkpoint(path)]
    if here:
        return here
    folders = [sub for sub in folder.iterdir() if sub.is_dir()]
    inner = [(sub, [path for path in sub.iterdir() if _is_checkpoint(path)]) for sub in folders]
    return [_source(files[0], sub.name) for sub, files in inner if len(files) == 1]


def _is_checkpoint(path: Path) -> bool:
    return path.suffix.lower() in ENDINGS and not path.name.startswith(NO_WEIGHTS) and path.is_file()


def _report_tree(folder: Path) -> list[Source] | None:
    """The files 0, 1, … of the report's code in `folder` or in its folder "snapshots"; None: it is no such tree."""
    snapshots = folder if folder.name == SNAPSHOTS else folder / SNAPSHOTS
    if not snapshots.is_dir():
        return None
    files = [path for path in snapshots.iterdir() if path.is_file() and path.name.isdecimal()]
    return [replace(_source(path, path.name), says="epoch") for path in files] or None


def _begins_like_hdf5(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(8) == b"\x89HDF\r\n\x1a\n"
