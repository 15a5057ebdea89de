"""Load large libraries while the window keeps drawing.

A thread that imports them alone is not enough: the longest pause of the window is then three times as long, in medians
of seven starts 470 to 630 ms instead of 140. Two things make the difference. No garbage is collected meanwhile: each
full collection that a large import sets off holds the interpreter, and later ones spare what was loaded. And the thread
that imports is asked ten times as often to let others run. On Linux a third one shortens the longest pause again, on a
busy machine from 250 to 290 ms to 60 to 80: the largest shared libraries are mapped before Python asks for them, which
would hold the interpreter meanwhile. A finder does all this whichever thread asks first, because the panels, the layout
and the figures load what they need when they need it.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import sys
import threading
from contextlib import contextmanager
from functools import partial
from importlib.machinery import PathFinder
from types import ModuleType
from typing import TYPE_CHECKING

from workbench import signals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from importlib.machinery import ModuleSpec

OFTEN = 0.0005  # seconds after which a thread lets another run, if one waits; Python's own 5 ms are half a frame
# Top-level packages that are slow to load.
LARGE = frozenset(("torch", "torchvision", "llvmlite", "numba", "scipy", "matplotlib", "networkx", "av"))
MAPPED = {"torch": "lib/libtorch_cpu.so", "llvmlite": "binding/libllvmlite.so"}  # hundreds of megabytes each
_count = threading.Lock()  # of the blocks under way; held for an instant only
_under_way = 0
_before: tuple[float, bool] = (0.0, False)


@contextmanager
def gently() -> Iterator[None]:
    """In this block, which may be on any thread, imports and compilations leave the window its turns."""
    _begin()
    try:
        yield
    finally:
        _end()


def _begin() -> None:
    global _under_way, _before
    with _count:
        _under_way += 1
        if _under_way == 1:
            _before = sys.getswitchinterval(), gc.isenabled()
            sys.setswitchinterval(min(OFTEN, _before[0]))
            gc.disable()


def _end() -> None:
    global _under_way
    with _count:
        _under_way -= 1
        if _under_way == 0:
            interval, collecting = _before
            sys.setswitchinterval(interval)
            if collecting:
                gc.freeze()  # what was loaded stays, and is not gone through again and again
                gc.enable()


class GentleFinder:
    """Lets the packages in `LARGE` be imported gently, whichever thread asks for them, and wherever."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name not in LARGE:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            _map_library(name, spec.submodule_search_locations or ())
            spec.loader.exec_module = gently()(spec.loader.exec_module)  # type: ignore[method-assign]
        return spec


def _map_library(name: str, folders: Iterable[str]) -> None:
    """Have the system map a package's shared library while other threads go on; a call of C lets them."""
    library = MAPPED.get(name)
    if library is None or not sys.platform.startswith("linux"):
        return
    for folder in folders:
        path = os.path.join(folder, library)
        if os.path.exists(path):
            ctypes.CDLL(None).dlopen(os.fsencode(path), os.RTLD_NOW)  # where it fails the import says why


def leave_sources_unread() -> None:
    """Keep PySide from reading the source text of every module that is imported once it is there.

    It looks whether the text names PySide, for features (`from __feature__ import …`) that nothing here uses. That
    is a tenth of the time that loading the window takes, as much of loading torch, and 70 MB that stay in memory.
    """
    with signals.put_off():
        import PySide6.QtCore  # noqa: F401  what it looks with is there afterwards
    looking = sys.modules.get("shibokensupport.feature")
    if looking is not None and hasattr(looking, "_mod_uses_pyside"):  # its own affair, and may change
        looking._mod_uses_pyside = lambda _module: False  # type: ignore[attr-defined]


class PlotFinder:
    """Lets pyqtgraph be imported without making every class of Qt: see `leave_classes_unmade`."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != "pyqtgraph":
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader.exec_module = _looked_up_later()(spec.loader.exec_module)  # type: ignore[method-assign]
        return spec


def leave_classes_unmade() -> None:
    """Have pyqtgraph imported without making every class of Qt, a tenth of the time that loading the window takes.

    PySide makes a class when its name is first asked for, and pyqtgraph asks for all names to repeat them in modules of
    its own. Here those modules look a name up when it is asked for.
    """
    if "pyqtgraph" not in sys.modules and PlotFinder not in sys.meta_path:
        sys.meta_path.insert(0, PlotFinder)


@contextmanager
def _looked_up_later() -> Iterator[None]:
    """Amid this, pyqtgraph finds no name of Qt to repeat, but modules that look each one up."""
    repeated = [importlib.import_module(f"PySide6.{name}") for name in ("QtCore", "QtGui", "QtWidgets")]
    for original in repeated:
        twin = ModuleType(original.__name__.replace("PySide6", "pyqtgraph.Qt"))
        twin.__getattr__ = partial(getattr, original)  # type: ignore[method-assign]
        original.__dir__ = list  # type: ignore[method-assign]
        sys.modules[twin.__name__] = twin
    try:
        yield
    finally:
        for original in repeated:
            del original.__dir__


def install() -> None:
    """Import large libraries gently from now on, and have threads that compute let the window go on soon."""
    sys.setswitchinterval(min(OFTEN, sys.getswitchinterval()))
    if GentleFinder not in sys.meta_path:
        sys.meta_path.insert(0, GentleFinder)
