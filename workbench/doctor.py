"""What this machine has and lacks for the workbench; Qt is asked in a process of its own, not loaded here."""

from __future__ import annotations

import json
import os
import platform
import re
import sys
import tempfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from workbench.display import QtAnswer, apt, ask_qt, complaint_in, has_screen, qt_remedy
from workbench.nets.architectures.catalogue import DATA_SETS
from workbench.resource import resource
from workbench.runs.confinement.children import (
    PIPE,
    STOPPED,
    ChildStopped,
    TimeoutExpired,
    output_of,
    start_module,
)
from workbench.runs.confinement.framing import whole_frames
from workbench.runs.saying import DISTRIBUTION, Requirement, about, requirements
from workbench.trials import IMPORT, NEED_TORCH, TRIALS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

OLDEST_PYTHON = (3, 11)
WITHOUT_TORCH = ": runs are shown, drawn and reported; nothing is trained or evaluated"
AGAIN = "python -m pip install --force-reinstall"
MODULES = {"pyside6-essentials": "PySide6.QtCore"}  # package -> module to import where it is called otherwise
REMEDIES = {  # trial -> what to do where it fails
    "Training device": f"{AGAIN} torch, or train with --device cpu.",
    "Evaluation device": "Unset WORKBENCH_DEVICE, or name a device that there is; WORKBENCH_DEVICE=cpu always works.",
    "Compiled loops": f"{AGAIN} numba llvmlite, and check that the cache folder below can be written to.",
    "Figures": f"{AGAIN} matplotlib fonttools pillow",
    "Films": f"{AGAIN} av; without it `workbench animate --out FOLDER` writes pictures.",
    "Child process": "Check that this user may start processes, and that the folder for temporary files has space.",
    "Confinement": "Open only files of people you trust, or use a kernel with Landlock (Linux 5.13 or newer).",
    "Sample runs": "Reinstall the workbench; its folder sample_runs is missing or damaged.",
}
UNLIMITED = "not blocked"  # among the protections: a file that takes over its reader could reach others
TRIALS_PATIENCE = 300  # seconds; compiling and the first import of torch take long on a busy machine


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
class Trial:
    """How a trial went: whether well, and what was found or went wrong."""

    ok: bool
    said: str


def diagnose() -> tuple[Check, ...]:
    """Everything that was tried, in the order of need: Python, packages, computing, Qt, files."""
    packages = tuple(check_packages())
    there = [check.name for check in packages if check.ok and not check.value.startswith("not installed")]
    modules = {name: MODULES.get(_normal(name), name) for name in there}
    data = data_sets() if "torch" in there else []
    names = [name for name in TRIALS if "torch" in there or name not in NEED_TORCH]
    found = trials([*(f"{IMPORT}{module}" for module in modules.values()), *names, *data])
    imported = (check_import(check, found.get(f"{IMPORT}{modules.get(check.name)}")) for check in packages)
    return (
        check_python(),
        *imported,
        *(check_trial(name, found[name]) for name in names),
        *check_qt(),
        *folders(),
        check_data({title: found[title] for title in data}),
    )


def check_python() -> Check:
    fits = sys.version_info >= OLDEST_PYTHON
    remedy = "" if fits else f"Start with Python {'.'.join(map(str, OLDEST_PYTHON))} or newer."
    return Check("Python", f"{platform.python_version()} on {platform.platform()}", fits, remedy)


def check_packages() -> Iterator[Check]:
    """The workbench and each package it depends on, beside the version it was tried with."""
    try:
        yield Check("workbench", metadata.version(DISTRIBUTION), True)
    except metadata.PackageNotFoundError:
        yield Check("workbench", "not installed", False, "python -m pip install -e . (in the checkout)")
        return
    tried = _tried_versions()
    for requirement in requirements():
        yield check_package(requirement, tried)


def check_package(requirement: Requirement, tried: Mapping[str, str]) -> Check:
    name = requirement.name
    if not requirement.installed:
        said = f"not installed{WITHOUT_TORCH if requirement.optional else ''}"
        return Check(name, said, requirement.optional, f'python -m pip install "{requirement.text}"')
    found = metadata.version(name)
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


def trials(names: Sequence[str]) -> dict[str, Trial]:
    """How these trials of `workbench.trials` went, in child processes: one that dies takes only its trial with it."""
    found: dict[str, Trial] = {}
    while left := [name for name in names if name not in found]:
        process = start_module("workbench.trials", *left, stdout=PIPE, stderr=PIPE)
        try:
            said, errors = output_of(process, TRIALS_PATIENCE)
        except ChildStopped as stopped:
            said, errors = stopped.output or b"", f"it {STOPPED}".encode()
        except TimeoutExpired as late:
            said, errors = late.output or b"", b"it took too long"
        for frame in whole_frames(said):
            heard = json.loads(frame.line)
            found[heard["name"]] = Trial(heard["ok"], heard["said"])
        missing = next((name for name in left if name not in found), None)
        if missing is not None:
            complaint = complaint_in(errors.decode(errors="replace"))
            found[missing] = Trial(False, f"the process that tried it died: {complaint}")
    return found


def check_import(check: Check, trial: Trial | None) -> Check:
    """The check of a package, with whether it can be imported."""
    if trial is None or trial.ok:
        return check
    return Check(check.name, f"{check.value}, but: {trial.said}", False, f"{AGAIN} {check.name}")


def check_trial(name: str, trial: Trial) -> Check:
    limited = trial.ok and name == "Confinement" and UNLIMITED in trial.said
    remedy = REMEDIES[name] if not trial.ok or limited else ""
    return Check(name, trial.said, trial.ok, remedy)


def check_qt() -> Iterator[Check]:
    """Whether Qt loads, draws (on a screen if there is one), has fonts and can keep its settings."""
    on_screen = has_screen(os.environ, sys.platform)
    table = json.loads(resource("system_packages.json").read_text(encoding="utf-8"))
    libraries = table["offscreen"] | (table["screen"] if on_screen else {})
    answer = ask_qt(list(libraries) if sys.platform.startswith("linux") else [], on_screen)
    facts = answer.facts
    remedy = qt_remedy(answer, libraries)
    works = "window" in facts or ("version" in facts and on_screen)
    yield Check("Qt", facts["version"] if works else answer.complaint, works, "" if works else remedy)
    yield check_screen(answer, on_screen, remedy)
    if "fonts" in facts:
        found, families = facts["fonts"] > 0, "family" if facts["fonts"] == 1 else "families"
        yield Check("Fonts", f"{facts['fonts']} {families}", found, "" if found else apt(table["font"]))
    if "settings" in facts:
        yield check_folder("Settings", Path(facts["settings"]).parent)


def check_screen(answer: QtAnswer, on_screen: bool, remedy: str) -> Check:
    drawn_by = answer.facts.get("platform")
    if not on_screen and "QT_QPA_PLATFORM" not in os.environ:
        without = "Everything but the window works without one; `workbench screenshot` draws the window into files."
        return Check("Screen", "none: neither DISPLAY nor WAYLAND_DISPLAY is set", True, without)
    wrong = "DISPLAY, WAYLAND_DISPLAY and QT_QPA_PLATFORM must name a screen that you may draw on."
    if drawn_by is None:
        return Check("Screen", answer.complaint, False, remedy or wrong)
    if not answer.facts.get("window"):
        return Check("Screen", f"Qt platform {drawn_by}, which opened no window: {answer.complaint}", False, wrong)
    return Check("Screen", f"Qt platform {drawn_by}; a window was opened", True)


def folders() -> tuple[Check, ...]:
    """Whether files can be made where the workbench keeps its log and what it has computed."""
    log = Path(platformdirs.user_log_dir("workbench", appauthor=False))
    cache = Path(platformdirs.user_cache_dir("workbench", appauthor=False))
    return check_folder("Log", log), check_folder("Cache", cache)


def check_folder(name: str, folder: Path) -> Check:
    """Whether a file can be written in the folder, or in the nearest one there is where it is still to be made."""
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest) as file:
            file.write(b"trial")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return Check(name, about(nearest, error), False, f"Make {nearest} a folder that you may write to.")
    return Check(name, f"{folder} (a file was written)", True)


def data_sets() -> list[str]:
    """The data sets that seem to be in the folder of data."""
    root = os.environ.get("WORKBENCH_DATA", "")
    outside = [row for row in DATA_SETS.values() if root and not row.bundled]
    return [row.title for row in outside if (Path(root) / str(row.folder)).is_dir()]


def check_data(found: Mapping[str, Trial]) -> Check:
    """The data sets that do not travel with the workbench; none is needed for those that do."""
    name, root = "Data sets", os.environ.get("WORKBENCH_DATA")
    bundled = [row.name for row in DATA_SETS.values() if row.bundled and not row.generated]
    others = ", ".join(row.title for row in DATA_SETS.values() if not row.bundled)
    hint = f"Set WORKBENCH_DATA=FOLDER or use --data-root FOLDER, and --download once, for {others}."
    if not root:
        return Check(name, f"{', '.join(bundled)} (WORKBENCH_DATA is not set)", True, hint)
    if not Path(root).is_dir():
        return Check(name, f"WORKBENCH_DATA={root} is not a folder", False, hint)
    broken = [f"{title} cannot be loaded: {trial.said}" for title, trial in found.items() if not trial.ok]
    if broken:
        return Check(
            name, "; ".join(broken), False, "Remove the damaged folder, and download it again with --download."
        )
    titles = ", ".join([*bundled, *(f"{title} ({trial.said})" for title, trial in found.items())])
    return Check(name, f"{titles} (WORKBENCH_DATA={root})", True, "" if found else hint)
