"""What this machine has and lacks for the workbench; Qt is asked in a process of its own, not loaded here."""

from __future__ import annotations

import json
import os
import platform
import re
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from workbench.resource import resource
from workbench.runs.children import PIPE, TimeoutExpired, output_of, start_code
from workbench.runs.saying import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

OLDEST_PYTHON = (3, 11)
TORCH_AGAIN = "python -m pip install --force-reinstall torch"
PATIENCE = 60  # seconds for Qt to answer; an X server behind a dead connection never does
DATA_FOLDERS = {  # what torchvision lays down in a data folder
    "MNIST": "MNIST/raw",
    "FashionMNIST": "FashionMNIST/raw",
    "CIFAR-10": "cifar-10-batches-py",
    "CIFAR-100": "cifar-100-python",
}

# Each line of output is a JSON object, written as soon as it is known, for Qt ends a process it cannot serve.
_ASK_QT = """
import ctypes, json, sys

def loads(library):
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True

def tell(**facts):
    print(json.dumps(facts), flush=True)

tell(missing=[library for library in sys.argv[1:] if not loads(library)])
from PySide6 import QtCore, QtGui, QtWidgets
ini, user = QtCore.QSettings.Format.IniFormat, QtCore.QSettings.Scope.UserScope
tell(version=QtCore.qVersion(), settings=QtCore.QSettings(ini, user, "workbench", "workbench").fileName())
application = QtGui.QGuiApplication([])
tell(platform=application.platformName(), fonts=len(QtGui.QFontDatabase.families()))
"""


@dataclass(frozen=True)
class Check:
    """One thing looked at: its name, what was found, whether that will do, and else how to get it."""

    name: str
    value: str
    ok: bool
    remedy: str = ""  # may also stand beside something that will do: how to get more

    @property
    def mark(self) -> str:
        """What stands before it: "ok", "note" where it will do and there is more to say, or "BAD"."""
        return ("note" if self.remedy else "ok") if self.ok else "BAD"


@dataclass(frozen=True)
class QtAnswer:
    """What Qt told in a process of its own: `facts` as far as it got, and its complaint if it failed."""

    facts: Mapping[str, Any]  # missing, version, settings, platform, fonts
    complaint: str


def diagnose() -> tuple[Check, ...]:
    """Everything that was looked at, in the order of need: Python, packages, device, Qt, files."""
    return (_python(), *_packages(), _device(), _evaluation(), *_qt(), _logs(), _data(), _samples())


def has_screen(environment: Mapping[str, str], system: str) -> bool:
    """Whether there is a screen for a window, as far as the environment variables tell."""
    named = any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return named or not system.startswith("linux")


def _python() -> Check:
    fits = sys.version_info >= OLDEST_PYTHON
    remedy = "" if fits else f"Start with Python {'.'.join(map(str, OLDEST_PYTHON))} or newer."
    return Check("Python", f"{platform.python_version()} on {platform.platform()}", fits, remedy)


def _packages() -> Iterator[Check]:
    """The workbench and each package it depends on, beside the version it was tried with."""
    try:
        yield Check("workbench", metadata.version("workbench"), True)
    except metadata.PackageNotFoundError:
        yield Check("workbench", "not installed", False, "python -m pip install -e . (in the checkout)")
        return
    tried = _tried_versions()
    for requirement in metadata.requires("workbench") or ():
        if "extra ==" not in requirement:
            yield _package(requirement, tried)


def _package(requirement: str, tried: Mapping[str, str]) -> Check:
    name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Check(name, "not installed", False, f'python -m pip install "{requirement}"')
    known = tried.get(_normal(name), found)
    same = found.partition("+")[0] == known.partition("+")[0]
    return Check(name, found if same else f"{found} (tried with {known})", True)


def _tried_versions() -> dict[str, str]:
    """Normalised package name -> version, from the lock of everything that was tried."""
    lines = resource("constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("==") for line in lines if "==" in line and not line.startswith("#"))
    return {_normal(name): version.strip() for name, version in pairs}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _device() -> Check:
    name = "Training device"
    try:
        import torch
    except (ImportError, OSError) as error:
        return Check(name, f"torch cannot be loaded: {in_words(error)}", False, TORCH_AGAIN)
    if torch.cuda.is_available():
        card = torch.cuda.get_device_properties(0)
        return Check(name, f"cuda: {card.name}, {card.total_memory / 2**30:.0f} GiB", True)
    if torch.backends.mps.is_available():
        return Check(name, "mps: this computer's Apple GPU", True)
    threads = torch.get_num_threads()
    many = "1 thread" if threads == 1 else f"{threads} threads"
    return Check(name, f"cpu: {many} (no CUDA or Apple GPU was found)", True)


def _evaluation() -> Check:
    name = "Evaluation device"
    try:
        from workbench.nets.devices import evaluation_device

        return Check(name, str(evaluation_device()), True)
    except (ImportError, OSError) as error:
        return Check(name, f"torch cannot be loaded: {in_words(error)}", False, TORCH_AGAIN)
    except ValueError as error:
        return Check(name, str(error), False, "Unset WORKBENCH_DEVICE, or name a device that there is.")


def _qt() -> Iterator[Check]:
    """Whether Qt loads, draws (on a screen if there is one), has fonts and can keep its settings."""
    on_screen = has_screen(os.environ, sys.platform)
    table = json.loads(resource("system_packages.json").read_text(encoding="utf-8"))
    libraries = table["offscreen"] | (table["screen"] if on_screen else {})
    answer = ask_qt(list(libraries) if sys.platform.startswith("linux") else [], on_screen)
    facts = answer.facts
    remedy = qt_remedy(answer, libraries)
    works = "platform" in facts or ("version" in facts and on_screen)
    yield Check("Qt", facts["version"] if works else answer.complaint, works, "" if works else remedy)
    yield _screen(answer, on_screen, remedy)
    if "fonts" in facts:
        found, families = facts["fonts"] > 0, "family" if facts["fonts"] == 1 else "families"
        yield Check("Fonts", f"{facts['fonts']} {families}", found, "" if found else _apt(table["font"]))
    if "settings" in facts:
        yield _writable("Settings", Path(facts["settings"]).parent)


def _screen(answer: QtAnswer, on_screen: bool, remedy: str) -> Check:
    drawn_by = answer.facts.get("platform")
    if not on_screen and "QT_QPA_PLATFORM" not in os.environ:
        without = "All but the window goes without one; `workbench screenshot` draws the window into files."
        return Check("Screen", "none: neither DISPLAY nor WAYLAND_DISPLAY is set", True, without)
    if drawn_by is None:
        wrong = "DISPLAY, WAYLAND_DISPLAY and QT_QPA_PLATFORM must name a screen that you may draw on."
        return Check("Screen", answer.complaint, False, remedy or wrong)
    return Check("Screen", f"Qt platform {drawn_by}", True)


def ask_qt(libraries: Sequence[str], on_screen: bool) -> QtAnswer:
    """What Qt says in a fresh process that also tries to load these system libraries; never raises."""
    surroundings = dict(os.environ) if on_screen else {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    process = start_code(_ASK_QT, *libraries, env=surroundings, stdout=PIPE, stderr=PIPE)
    try:
        said, errors = output_of(process, PATIENCE)
    except TimeoutExpired:
        return QtAnswer({}, f"Qt did not answer within {PATIENCE} seconds")
    facts: dict[str, Any] = {}
    for line in said.splitlines():
        facts |= json.loads(line)
    return QtAnswer(facts, _complaint(errors.decode(errors="replace")) if process.returncode else "")


def _complaint(errors: str) -> str:
    """The telling line: the last one of a traceback, the first one of what Qt prints before it gives up."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()] or ["it ended without a word"]
    return lines[-1] if lines[0].startswith("Traceback") else lines[0]


def qt_remedy(answer: QtAnswer, packages: Mapping[str, str]) -> str:
    """How to get the system libraries that Qt misses; `packages`: their file name -> Debian's package."""
    named = re.findall(r"(lib[\w.+-]+\.so[.\d]*): cannot open", answer.complaint)
    missing = list(dict.fromkeys([*answer.facts.get("missing", ()), *named]))
    unknown = [library for library in missing if library not in packages]
    if unknown:
        return f"Install the system libraries {', '.join(missing)} with the system's package manager."
    if missing:
        return _apt(*dict.fromkeys(packages[library] for library in missing))
    broken = "version" not in answer.facts
    return "python -m pip install --force-reinstall PySide6-Essentials" if broken else ""


def _apt(*packages: str) -> str:
    return f"sudo apt-get install {' '.join(packages)} (on Debian and Ubuntu)"


def _logs() -> Check:
    return _writable("Log", Path(platformdirs.user_log_dir("workbench", appauthor=False)))


def _writable(name: str, folder: Path) -> Check:
    """Whether files can be made in the folder, or the folder itself where it is not there yet."""
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    can = nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
    remedy = "" if can else f"Make {nearest} a folder that you may write to."
    return Check(name, f"{folder} ({'can' if can else 'cannot'} be written)", can, remedy)


def _data() -> Check:
    """The folder of data sets that do not travel with the workbench; none is needed for the digits."""
    name, root = "Data sets", os.environ.get("WORKBENCH_DATA")
    hint = "Set WORKBENCH_DATA=FOLDER or use --data-root FOLDER, and --download once, for MNIST and CIFAR."
    if not root:
        return Check(name, "digits (WORKBENCH_DATA is not set)", True, hint)
    if not Path(root).is_dir():
        return Check(name, f"WORKBENCH_DATA={root} is not a folder", False, hint)
    found = [title for title, inside in DATA_FOLDERS.items() if (Path(root) / inside).is_dir()]
    titles = ", ".join(["digits", *found])
    return Check(name, f"{titles} (WORKBENCH_DATA={root})", True, "" if found else hint)


def _samples() -> Check:
    name, remedy = "Sample runs", "Install the workbench anew; its folder sample_runs is missing or empty."
    try:
        runs = sorted(resource("sample_runs").glob("*.h5"))
    except FileNotFoundError as error:
        return Check(name, in_words(error), False, remedy)
    found = ", ".join(f"{run.name} ({run.stat().st_size / 1e6:.1f} MB)" for run in runs)
    return Check(name, found or "none", bool(runs), "" if runs else remedy)
