"""Which files are imported, which of them are one snapshot, and in what order they come. Loads no torch."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from workbench.importing.files.foreign import ImportProblem, reader_of
from workbench.importing.importers import available_importers
from workbench.runs.errors import few_of

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Sequence

Order = Literal["name", "step", "time"]
ORDERS: dict[Order, str] = {
    "name": "by name (numbers in it count as numbers)",
    "step": "by the step or epoch that the file or its name says, else by name",
    "time": "by the time of the last change",
}
HDF5 = (".weights.h5", ".h5", ".hdf5", ".keras")
ENDINGS = (".safetensors", ".pt", ".pth", ".ckpt", ".bin", ".pth.tar", ".pt.tar", *HDF5)
SAFE = ".safetensors"
OF_HDF5 = ("hdf5", "keras")  # what reads files of named arrays
# Beside the weights in a checkpoint's folder, and never weights themselves.
NO_WEIGHTS = ("optimizer", "scheduler", "scaler", "rng_state", "training_args", "sampler", "random_states", "dl_state")
INDEX = ".index.json"
LOOK_AGAIN = "nothing was written: examine the files again, and import what they contain now"
SHARD = re.compile(r"(?P<stem>.*)-(?P<at>\d{5})-of-(?P<count>\d{5})")
SNAPSHOTS = "snapshots"  # the folder of the report's code: 0, 1, …
ACCURACIES = Path("metrics", "training", "accuracies.npy")  # beside it: percent, one for each of them

# The number behind a word that says what it counts; "1e3" is 1000.
NUMBER = r"[-_= ]?(\d+(?:e\d+)?)(?![\d])"
EPOCH = re.compile(r"(?<![a-z0-9])(?:epochs?|ep|e)" + NUMBER)
STEP = re.compile(r"(?<![a-z0-9])(?:global_?steps?|steps?|iterations?|iters?|it)" + NUMBER)
OF_TRAINER = re.compile(r"checkpoint-(\d+)")  # a folder's whole name, as transformers' Trainer gives it


class FileChanged(ImportProblem):
    """A file is not the one that was looked into: what the plan says need not be true of it."""


@dataclass(frozen=True)
class Source:
    """One snapshot: a file, or the shards of one."""

    paths: tuple[Path, ...]
    label: str  # the name of the file, or of the folder where that tells it apart
    modified: float  # seconds since 1970
    size: int  # bytes
    epoch: float | None = None  # as the file or its name says
    step: float | None = None
    index: Path | None = None  # says in which shard a tensor lies
    seen: tuple[tuple[int, ...], ...] = ()  # device, inode, bytes and time of the last change (ns) of each path

    @property
    def path(self) -> Path:
        """The file, or the first shard."""
        return self.paths[0]


@dataclass(frozen=True)
class Sources:
    """The snapshots of an import, in order."""

    files: tuple[Source, ...]
    report: Path | None = None  # the folder of the report's code that they lie in
    hdf5: bool = False  # they are HDF5 files of another tool
    notes: tuple[str, ...] = ()  # what was skipped


def sources(paths: Sequence[Path], order: Order = "name") -> Sources:
    """The snapshots in `paths` (files and folders) in the requested order.

    ImportProblem: there are none, one does not exist, or shards are missing.
    """
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise ImportProblem(missing[0], "does not exist", "check the name and the folder")
    if len(paths) == 1 and paths[0].is_dir():
        tree = _report_tree(paths[0])
        if tree is not None:
            return Sources(in_order(tree, "name"), paths[0] if paths[0].name != SNAPSHOTS else paths[0].parent)
    found, notes = _snapshots([path for path in paths if path.is_file()])
    for folder in paths:
        if folder.is_dir():
            inside, more = _in_folder(folder)
            found += inside
            notes += more
    if not found:
        said = f" ({'; '.join(notes)})" if notes else ""
        advice = f"choose files that end in {', '.join(known_endings())}"
        raise ImportProblem(paths[0], f"holds no checkpoints{said}", advice)
    if len(found) == 1 and found[0].step is None and (of_step := OF_TRAINER.fullmatch(found[0].path.parent.name)):
        found = [replace(found[0], step=float(of_step[1]))]
    ordered = in_order(found, order)
    return Sources(ordered, hdf5=_are_hdf5(ordered), notes=tuple(notes))


def known_endings() -> tuple[str, ...]:
    """How the names of files end that are imported, those of installed packages included. Loads these packages."""
    return (*ENDINGS, *available_importers().endings)


def in_order(files: Iterable[Source], order: Order) -> tuple[Source, ...]:
    """The snapshots in another order."""
    listed = list(files)
    numbers = next((each for each in ("step", "epoch") if all(getattr(file, each) is not None for file in listed)), "")
    keys: dict[Order, Callable[[Source], Any]] = {
        "name": lambda file: natural(file.label),
        "step": lambda file: (getattr(file, numbers) if numbers else 0.0, natural(file.label)),
        "time": lambda file: (file.modified, natural(file.label)),
    }
    return tuple(sorted(listed, key=keys[order]))


def natural(text: str) -> list[tuple[int, int, str]]:
    """A key that sorts texts with the numbers in them as numbers: 2 before 10."""
    parts = re.split(r"(\d+)", text)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part]


def with_facts(file: Source, facts: dict[str, float]) -> Source:
    """The snapshot with the epoch and step that its name says, or else the file itself."""
    step = next((facts[name] for name in ("global_step", "step", "iteration") if name in facts), None)
    return replace(
        file,
        epoch=facts.get("epoch") if file.epoch is None else file.epoch,
        step=step if file.step is None else file.step,
    )


def _snapshots(files: Sequence[Path], label: str = "", beside: bool = False) -> tuple[list[Source], list[str]]:
    """Files as snapshots: shards together; of the same weights in two formats the safer one. And what is skipped.

    `label` is the name of the folder that tells them apart; `beside` says that all lie in that folder.
    """
    shards: dict[tuple[Path, str], list[Path]] = defaultdict(list)
    single = []
    for path in files:
        match = SHARD.fullmatch(_stem(path))
        if match and not _is_json(path):
            shards[path.with_name(match["stem"] + path.name[len(_stem(path)) :]), match["count"]].append(path)
        elif not path.name.endswith(INDEX):
            single.append(path)
    made = [_source((path,), label or path.name) for path in single]
    made += [_of_shards(whole, int(count), parts, label, beside) for (whole, count), parts in shards.items()]
    safe = {file.path.parent for file in made if file.path.suffix == SAFE}
    doubled = [file for file in made if beside and file.path.suffix == ".bin" and file.path.parent in safe]
    notes = (
        [f"skipped, because there are {SAFE} files: {few_of([file.path.name for file in doubled])}"] if doubled else []
    )
    return [file for file in made if file not in doubled], notes


def _of_shards(whole: Path, count: int, parts: list[Path], label: str, all_of_folder: bool) -> Source:
    """The snapshot that some shards are together. ImportProblem: one of them is missing."""
    here = {int(SHARD.fullmatch(_stem(path))["at"]): path for path in parts}  # type: ignore[index]
    missing = [at for at in range(1, count + 1) if at not in here]
    if missing and len(parts) == 1 and not all_of_folder:
        problem, advice = f"is one of {count} shards of a network", "choose the folder, or all of its shards"
        raise ImportProblem(parts[0], problem, advice)
    if missing:
        names = f"shard {missing[0]} of {count} is" if len(missing) == 1 else f"{len(missing)} of {count} shards are"
        raise ImportProblem(whole, f"is not complete: {names} missing", "copy the missing files next to the others")
    index = next((path for path in whole.parent.glob(f"*{INDEX}") if path.name.startswith(_stem(whole))), None)
    source = _source(tuple(here[at] for at in sorted(here)), label or whole.name)
    return replace(source, index=index)


def _in_folder(folder: Path) -> tuple[list[Source], list[str]]:
    """The snapshots in a folder, or those in its sub-folders that hold one each ("checkpoint-500")."""
    here, notes = _snapshots([path for path in folder.iterdir() if _is_checkpoint(path)], beside=True)
    inner: list[Source] = []
    several = []
    for sub in sorted((each for each in folder.iterdir() if each.is_dir()), key=lambda each: natural(each.name)):
        found, more = _snapshots([path for path in sub.iterdir() if _is_checkpoint(path)], sub.name, beside=True)
        notes += [f"{sub.name}: {note}" for note in more]
        if len(found) == 1:
            inner += found
        elif found:
            several.append(sub.name)
    if several:
        notes.append(f"folders with several checkpoints are skipped: {few_of(several)}")
    if here and inner:
        notes.append(f"folders next to the files are skipped: {few_of([file.label for file in inner])}")
    return here or inner, notes


def _source(paths: tuple[Path, ...], label: str) -> Source:
    every = [path.stat() for path in paths]
    low = label.lower()
    epoch, step = EPOCH.search(low), STEP.search(low) or OF_TRAINER.fullmatch(low)
    return Source(
        paths,
        label,
        max(status.st_mtime for status in every),
        sum(status.st_size for status in every),
        None if epoch is None else float(epoch[1]),
        None if step is None else float(step[1]),
        seen=tuple(map(_state, every)),
    )


def check_unchanged(file: Source) -> None:
    """Do nothing; FileChanged where a file of a snapshot is not as it was when it was looked into."""
    for path, seen in zip(file.paths, file.seen, strict=True):
        try:
            now = _state(path.stat())
        except FileNotFoundError as error:
            raise FileChanged(path, "was deleted since it was examined", LOOK_AGAIN) from error
        if now != seen:
            how = "is another file" if now[:2] != seen[:2] else "was written again"
            sizes = f": {now[2]:,} bytes instead of {seen[2]:,}" if now[2] != seen[2] else ""
            raise FileChanged(path, f"{how} since it was examined{sizes}", LOOK_AGAIN)


def _state(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _is_checkpoint(path: Path) -> bool:
    named = path.name.lower().endswith(known_endings())
    return named and not path.name.startswith(NO_WEIGHTS) and path.is_file()


def _stem(path: Path) -> str:
    """A file's name without its ending, of two words where that is usual."""
    name = path.name
    ending = max((each for each in ENDINGS if name.lower().endswith(each)), key=len, default=path.suffix)
    return name[: len(name) - len(ending)] if ending else name


def _is_json(path: Path) -> bool:
    return path.suffix == ".json"


def _report_tree(folder: Path) -> list[Source] | None:
    """The files 0, 1, … of the report's code in `folder` or in its folder "snapshots"; None: it is no such tree."""
    snapshots = folder if folder.name == SNAPSHOTS else folder / SNAPSHOTS
    if not snapshots.is_dir():
        return None
    files = [path for path in snapshots.iterdir() if path.is_file() and path.name.isdecimal()]
    return [replace(_source((path,), path.name), epoch=float(path.name)) for path in files] or None


def _are_hdf5(files: Sequence[Source]) -> bool:
    """Whether files are read as HDF5. ImportProblem: only some of them are."""
    readers = [reader_of(file.path) in OF_HDF5 for file in files]
    if any(readers) and not all(readers):
        odd = files[readers.index(not readers[0])]
        problem = f"is {'no ' if readers[0] else 'an '}HDF5 file, unlike {files[0].label}"
        raise ImportProblem(odd.path, problem, "import files of one kind at a time")
    return all(readers)
