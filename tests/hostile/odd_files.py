"""Files that are not what they seem, for every kind of file the window opens: built by code, opened one by one.

A case says what lies there, and what the window says of it: a notice, the mark of a run that opens, or a note.
"""

from __future__ import annotations

import json
import os
import socket
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import odd_data
import sound

from workbench.gui.dialogs.import_dialog import ImportDialog
from workbench.gui.work.sessions.file import FORMAT, SUFFIX
from workbench.runs.spec import NetSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.gui.window.main_window import MainWindow

HUGE = 1 << 42
UNREADABLE = r"FIFO|is a folder|symbolic links|leads back to itself|socket|device|does not exist|is not there|too long"


@dataclass(frozen=True)
class Case:
    """Something to open, and what is to be said of it within half a minute."""

    make: Callable[[Path], Path]  # makes it in a folder; gives the path to open
    said: str = UNREADABLE
    how: Callable[[MainWindow, Path], None] = lambda window, path: window.open(path)
    where: Callable[[MainWindow], str] = lambda window: " ".join(notice.message for notice in window.notices.shown)


def bound(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))


ODD: dict[str, Callable[[Path], object]] = {
    "FIFO": os.mkfifo,
    "loop": lambda path: path.symlink_to(path.name),
    "folder": os.mkdir,
    "socket": bound,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "gone": lambda _path: None,
}


def _named(name: str, odd: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        ODD[odd](folder / name)
        return folder / name

    return make


def _restore(window: MainWindow, path: Path) -> None:
    window.restorer.restore(path)


def _browse(window: MainWindow, path: Path) -> None:
    window.browse(path)


def _notes_shown(window: MainWindow) -> str:
    browsers = [each for each in window.children() if hasattr(each, "notes") and hasattr(each, "model")]
    return " ".join(each.model.note(0) for each in browsers if each.model.files)


def _noted(odd: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        inside = folder / "noted"
        inside.mkdir()
        sound.make(inside / "run.h5")
        ODD[odd](inside / "run.notes.txt")
        return inside

    return make


def _session(*runs: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        kept = {"format": FORMAT, "runs": [{"path": run, "run_id": "x"} for run in runs]}
        (folder / f"kept{SUFFIX}").write_text(json.dumps(kept))
        for odd in ("FIFO", "loop", "folder"):
            ODD[odd](folder / f"{odd}.h5")
        return folder / f"kept{SUFFIX}"

    return make


def _lost(window: MainWindow) -> str:
    dialog = window.sessions.dialog
    return "" if dialog is None else " ".join(each.problem for each in dialog.lost)


def _import_offered(window: MainWindow) -> str:
    return " ".join(dialog.status.text() for dialog in window.findChildren(ImportDialog))


def _lying(net: NetSpec) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        sound.make(folder / "lying.h5", spec=replace(sound.SPEC, net=net))
        return folder / "lying.h5"

    return make


def _replaced(folder: Path) -> Path:
    """A run that becomes a FIFO as soon as it is open: see `_open_and_replace`."""
    sound.make(folder / "replaced.h5", capacity=8)
    return folder / "replaced.h5"


def _open_and_replace(window: MainWindow, path: Path) -> None:
    def replace_it(_run: object) -> None:
        path.unlink()
        os.mkfifo(path)
        window.opener.opened.disconnect(replace_it)

    window.opener.opened.connect(replace_it)
    window.open(path)


NAMES = {"run": "odd.h5", "session": f"odd{SUFFIX}"}
FIGURES = {"PDF": "odd.pdf", "SVG": "odd.svg", "PNG": "odd.png", "film": "odd.mp4"}
LIES = {
    "widths": replace(sound.NET, widths=(HUGE, HUGE)),
    "classes": replace(sound.NET, classes=HUGE),
    "images": replace(sound.NET, image_shape=(1, HUGE, HUGE)),
    "torchvision": NetSpec("torchvision:alexnet", classes=HUGE),
}
CASES: dict[str, Case] = {
    **{f"{kind}: {odd}": Case(_named(name, odd)) for kind, name in NAMES.items() for odd in ODD},
    **{f"{kind}: {odd}": Case(_named(name, odd), how=_restore) for kind, name in FIGURES.items() for odd in ODD},
    **{f"notes: {odd}": Case(_noted(odd), how=_browse, where=_notes_shown) for odd in ODD if odd != "gone"},
    "run: folder": Case(_named(NAMES["run"], "folder"), "holds no checkpoints", where=_import_offered),
    "run: ~name": Case(lambda _folder: Path("~nobody-of-that-name/run.h5")),
    "run: long name": Case(lambda folder: folder / f"{'n' * 300}.h5"),
    "session: odd runs": Case(
        _session("FIFO.h5", "loop.h5", "folder.h5", "~nobody-of-that-name/run.h5", "nul\0.h5", "n" * 300),
        r"FIFO.*(symbolic links|leads back).*folder.*is not there.*cannot be the name.*too long", where=_lost),
    **{f"run: a specification that lies of its {what}": Case(
        _lying(net), r"does not hold the parameters|no such network can exist", where=odd_data.pruning)
       for what, net in LIES.items()},
    "data: not those of the run": Case(
        odd_data.run_on, "but the run stored 70.00 %", odd_data.open_with, odd_data.pruning),
    "data: changed under the window": Case(
        odd_data.run_on, "on these 90 test images", odd_data.open_with, odd_data.changed_once_seen),
    **{f"data: {odd}": Case(odd_data.with_labels(make), "is damaged there", odd_data.open_with, odd_data.pruning)
       for odd, make in (ODD | {"cut": lambda path: path.write_bytes(b"\0\0\x08\x01")}).items()},
    "run: replaced by a FIFO": Case(_replaced, how=_open_and_replace),
}  # fmt: skip
