"""The files that the monkey plays with: sound runs, copies, damaged, diverged and hostile ones, and no runs at all."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import attacks
import h5py
import numpy as np
import sound
import spoils
from safetensors.numpy import save_file

from workbench.runs import layout
from workbench.runs.writing.birth import create
from workbench.runs.writing.recorder import Recorder

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator
    from pathlib import Path

# Attacks that are cheap to build; a FIFO is made by itself.
HOSTILE = tuple(
    name for name in attacks.ATTACKS if name not in ("FIFO", "device", "socket", "folder", "20,500 objects", "rank 31")
)
HOSTILE_FILES = 6


def build(folder: Path, samples: Path, seeded: random.Random) -> list[Path]:
    """Fill `folder` and return the files that can be opened, by rights or not."""
    (folder / "elsewhere").mkdir(parents=True)
    for name in ("digits_conv.h5", "digits_lenet.h5"):
        shutil.copyfile(samples / name, folder / name)
    conv = folder / "digits_conv.h5"
    for copy in ("copy of digits_conv.h5", "elsewhere/digits_conv.h5", "damaged.h5"):
        shutil.copyfile(conv, folder / copy)
    flip_bits(folder / "damaged.h5", seeded)
    for name, write in RUNS.items():
        write(folder / f"{name}.h5")
    shutil.copyfile(folder / "interrupted.h5", folder / "interrupted copy.h5")
    hostile(folder, seeded)
    no_runs(folder)
    return sorted(path for path in folder.rglob("*") if not path.is_dir())


def flip_bits(path: Path, seeded: random.Random) -> None:
    """Damage some stored numbers of the first hidden layer, as a failing disk does."""
    with h5py.File(path) as file:
        dataset = file[f"{layout.PARAMETERS}/fc1.weight"]
        start, row = dataset.id.get_offset(), dataset.nbytes // len(dataset)
        last = len(dataset) - 1
    with path.open("r+b") as file:
        for snapshot in (last, last // 2):
            place = start + snapshot * row + seeded.randrange(row)
            file.seek(place)
            (byte,) = file.read(1)
            file.seek(place)
            file.write(bytes([byte ^ 0x41]))


def diverged(path: Path, value: float = np.nan) -> None:
    """A run whose weights are not finite from the second snapshot on."""
    rows = [sound.rows(snapshot) for snapshot in range(sound.SNAPSHOTS)]
    spoilt = ("parameters", "spectrum", "gram")
    names = [name for name in rows[0] if name.strip("/").split("/")[0] in spoilt]
    instead = {
        name: [each[name] if not number else np.full_like(each[name], value) for number, each in enumerate(rows)]
        for name in names
    }
    sound.make(path, title="a diverged run", instead=instead)


def _one_snapshot(path: Path) -> None:
    create(path, sound.SPEC, sound.LAYERS, sound.PLAN, 1, "one snapshot")
    recorder = Recorder(path)
    recorder.commit(sound.rows(0))
    recorder.close()


def _zero_weights(path: Path) -> None:
    rows = sound.rows(0)
    spoilt = ("parameters", "spectrum", "gram")
    names = [name for name in rows if name.strip("/").split("/")[0] in spoilt]
    sound.make(path, title="all zero", instead={name: [np.zeros_like(rows[name])] * sound.SNAPSHOTS for name in names})


RUNS: dict[str, Callable[[Path], None]] = {
    "sound": sound.make,
    "interrupted": lambda path: sound.make(path, title="interrupted", capacity=8),
    "one snapshot": _one_snapshot,
    "NaN": diverged,
    "infinite": lambda path: diverged(path, np.inf),
    "zero weights": _zero_weights,
    "<b>name<b> & \u202emore": lambda path: sound.make(path, title="<h1>title</h1>\x1b[31m"),
}


def hostile(folder: Path, seeded: random.Random) -> None:
    """A few hostile files, others for each seed."""
    canary = folder / "elsewhere" / "private"
    canary.write_bytes(spoils.CANARY * 20)
    for number, name in enumerate(seeded.sample(HOSTILE, HOSTILE_FILES)):
        path = folder / f"hostile {number}.h5"
        sound.make(path)
        attacks.ATTACKS[name][0](path, canary)


def no_runs(folder: Path) -> None:
    """What is not even a file, or not of this kind."""
    for name in ("pipe.h5", "pipe.svg", "pipe.mp4", "pipe.workbench.json"):
        os.mkfifo(folder / name)
    (folder / "loop.h5").symlink_to("loop.h5")
    (folder / "empty.h5").touch()
    (folder / "letter.h5").write_text("Dear workbench,\n")
    (folder / "broken.workbench.json").write_text('{"runs": [')
    (folder / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    rows = sound.rows(2)
    start = f"{layout.PARAMETERS}/"
    weights = {name.removeprefix(start): value for name, value in rows.items() if name.startswith(start)}
    save_file(weights, folder / "weights.safetensors")


def runs(files: list[Path]) -> Iterator[Path]:
    """Those that lie where runs lie and can be written to by somebody else."""
    return (path for path in files if path.suffix == ".h5" and path.is_file() and not path.is_symlink())
