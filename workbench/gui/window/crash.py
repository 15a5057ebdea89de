"""A report of a workbench that ended without being closed, for the next start to show.

While the window is open a small file lies beside the log. It says which versions run, and takes what Python knows
where the process crashes (`faulthandler`). It is removed at an orderly end; one that is still there at a start tells of
a crash.
"""

from __future__ import annotations

import faulthandler
import os
import platform
import sys
import time
import traceback
from contextlib import contextmanager, suppress
from importlib import metadata
from typing import TYPE_CHECKING

from PySide6.QtCore import QtMsgType, qInstallMessageHandler

from workbench import __version__
from workbench.display import why_no_window
from workbench.gui.background.errors import log_file
from workbench.runs.files.regular_file import beginning

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtCore import QMessageLogContext

PACKAGES = ("PySide6-Essentials", "pyqtgraph", "numpy", "torch", "numba", "h5py")
LOG_LINES = 60
LARGEST_REPORT = 4 << 20  # bytes; the log begins a new file long before
KILLED = "The process left no trace: it was killed, or the machine stopped.\n"


@contextmanager
def watched() -> Iterator[tuple[str, ...]]:
    """In this block a crash leaves a report. Gives the reports of earlier processes, which are removed then."""
    folder = log_file().parent
    earlier = tuple(earlier_reports(folder))
    path = _own_report()
    was_enabled = faulthandler.is_enabled()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = path.open("x", encoding="utf-8")
    except OSError:  # where no log can be written there is no report either
        yield earlier
        return
    try:
        with file:
            file.write(_head())
            file.flush()
            faulthandler.enable(file)
            try:
                yield earlier
            except Exception:
                traceback.print_exc(file=file)
                raise
            finally:
                faulthandler.disable()
                if was_enabled:
                    faulthandler.enable()
    except (KeyboardInterrupt, SystemExit):  # it was asked to end, at whatever moment: that is no crash
        path.unlink(missing_ok=True)
        raise
    path.unlink(missing_ok=True)


def forget() -> None:
    """Leave no report of this process, which ends at once because it was asked to."""
    _own_report().unlink(missing_ok=True)


def _own_report() -> Path:
    return log_file().parent / f"crash-{os.getpid()}.txt"


def _head() -> str:
    versions = [f"{name} {_version(name)}" for name in PACKAGES]
    return (
        f"workbench {__version__}, started {time.strftime('%Y-%m-%d %H:%M:%S')}\n"
        f"Python {platform.python_version()}, {', '.join(versions)}\n{platform.platform()}\n\n"
    )


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "is missing"


def earlier_reports(folder: Path) -> Iterator[str]:
    """The reports in the folder whose process is no more, oldest first; each is removed."""
    for path in sorted(folder.glob("crash-*.txt"), key=lambda path: path.name):
        number = path.stem.removeprefix("crash-")
        if not number.isdecimal() or (int(number) != os.getpid() and _is_running(int(number))):
            continue
        with suppress(OSError):  # another start may have taken it
            report = beginning(path, LARGEST_REPORT).decode(errors="replace")
            path.unlink()
            trace = report.partition("\n\n")[2].strip()
            yield report + ("" if trace else KILLED) + _log_tail()


def _log_tail() -> str:
    try:
        lines = beginning(log_file(), LARGEST_REPORT).decode(errors="replace").splitlines()
    except OSError:
        return ""
    return "\n\nThe end of the log:\n" + "\n".join(lines[-LOG_LINES:]) + "\n"


def _is_running(process: int) -> bool:
    if sys.platform == "win32":  # there a file that is open cannot be removed, which says the same
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is there, but somebody else's
        return True
    return True


@contextmanager
def fatal_in_words() -> Iterator[None]:
    """In this block Qt's last words become one line on standard error and exit status 1; all others come after it."""
    said: list[str] = []

    def take(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
        said.append(text)
        if kind is QtMsgType.QtFatalMsg:
            sys.stderr.write(f"workbench: {why_no_window(chr(10).join(said))}\n")
            sys.stderr.flush()
            os._exit(1)

    before = qInstallMessageHandler(take)
    try:
        yield
    finally:
        qInstallMessageHandler(before)
        sys.stderr.writelines(f"{text}\n" for text in said)
