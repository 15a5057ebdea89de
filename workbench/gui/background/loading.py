"""Load large libraries while the window keeps drawing.

An import holds the interpreter, and a window that waits for it stands still: 200 ms for torch. Three things take that
down to some 10 ms. The shared libraries are mapped first, by a call that lets the interpreter go (importing them holds
it). No garbage is collected meanwhile: each of the full collections that a large import sets off takes 50 ms, and later
ones spare what was loaded. And the thread that imports is asked ten times as often to let others run.
"""

from __future__ import annotations

import ctypes
import gc
import sys
import threading
from contextlib import contextmanager
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

from workbench import signals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

OFTEN = 0.0005  # seconds after which a thread lets another run, if one waits; Python's own 5 ms are half a frame
# Top-level packages that are slow to load, and their largest shared libraries.
LARGE = {
    "torch": ("lib/libc10.so", "lib/libtorch_cpu.so"),
    "torchvision": (),
    "llvmlite": ("binding/libllvmlite.so",),
    "numba": (),
    "scipy": (),
    "matplotlib": (),
    "networkx": (),
    "av": (),
}
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
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in LARGE:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None and spec.origin is not None:
            gentle = _gentle(spec.loader.exec_module, Path(spec.origin).parent, LARGE[name])
            spec.loader.exec_module = gentle  # type: ignore[method-assign,assignment]
        return spec


def leave_sources_unread() -> None:
    """Keep PySide from reading the source text of every module that is imported once it is there.

    It looks whether the text names PySide, for features (`from __feature__ import …`) that nothing here uses. That
    is a tenth of the time the window takes to start, 60 ms of loading torch, and 15 MB of text that stays in memory.
    """
    with signals.noted():  # PySide begins in C, where an exception of a signal would end the process
        import PySide6.QtCore  # noqa: F401  what it looks with is there afterwards
    signals.check()
    looking = sys.modules.get("shibokensupport.feature")
    if looking is not None and hasattr(looking, "_mod_uses_pyside"):  # its own affair, and may change
        looking._mod_uses_pyside = lambda _module: False  # type: ignore[attr-defined]


def install() -> None:
    """Import large libraries gently from now on, and have threads that compute let the window go on soon."""
    sys.setswitchinterval(min(OFTEN, sys.getswitchinterval()))
    if GentleFinder not in sys.meta_path:
        sys.meta_path.insert(0, GentleFinder)


def _gentle(
    execute: Callable[[ModuleType], None], folder: Path, libraries: tuple[str, ...]
) -> Callable[[ModuleType], None]:
    def exec_module(module: ModuleType) -> None:
        with gently():
            _map(folder / library for library in libraries)
            execute(module)

    return exec_module


def _map(libraries: Iterator[Path]) -> None:
    """Map shared libraries without holding the interpreter; what is not there is left to the import."""
    if not sys.platform.startswith("linux"):
        return
    there = [str(library).encode() for library in libraries if library.is_file()]
    if not there:
        return
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.argtypes, dlopen.restype = (ctypes.c_char_p, ctypes.c_int), ctypes.c_void_p
    for library in there:
        dlopen(library, _NOW)


_NOW = 2  # RTLD_NOW
