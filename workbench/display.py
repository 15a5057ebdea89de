"""Whether Qt can open a window here, and what the system lacks for it; Qt is asked in a process of its own."""

from __future__ import annotations

import ctypes
import json
import os
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.resource import resource
from workbench.runs.confinement.children import (
    PIPE,
    STOPPED,
    ChildStopped,
    TimeoutExpired,
    output_of,
    start_code,
)
from workbench.runs.confinement.framing import whole_frames
from workbench.trials import ASK_QT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


PATIENCE = 60  # seconds for Qt to answer; an X server behind a dead connection never does


@dataclass(frozen=True)
class QtAnswer:
    """What Qt told in a process of its own: `facts` as far as it got, and its complaint if it failed."""

    facts: Mapping[str, Any]  # missing, version, settings, platform, fonts
    complaint: str


def has_screen(environment: Mapping[str, str], system: str) -> bool:
    """Whether there is a screen for a window, as far as the environment variables tell."""
    named = any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return named or not system.startswith("linux")


def ask_qt(libraries: Sequence[str], on_screen: bool) -> QtAnswer:
    """What Qt says in a fresh process that also tries to load these system libraries; never raises."""
    surroundings = dict(os.environ) if on_screen else {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    process = start_code(ASK_QT, *libraries, env=surroundings, stdout=PIPE, stderr=PIPE)
    try:
        said, errors = output_of(process, PATIENCE)
    except ChildStopped:
        return QtAnswer({}, f"the process that asks Qt {STOPPED}")
    except TimeoutExpired:
        return QtAnswer({}, f"Qt did not answer within {PATIENCE} seconds")
    facts: dict[str, Any] = {}
    for frame in whole_frames(said):
        facts |= json.loads(frame.line)
    return QtAnswer(facts, complaint_in(errors.decode(errors="replace")) if process.returncode else "")


def complaint_in(errors: str) -> str:
    """The telling line: the last one of a traceback, the first one of what Qt prints before it gives up."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()] or ["it ended without a message"]
    return lines[-1] if lines[0].startswith("Traceback") else lines[0]


def qt_remedy(answer: QtAnswer, packages: Mapping[str, str]) -> str:
    """How to get the system libraries that Qt misses; `packages`: their file name -> Debian's package."""
    named = re.findall(r"(lib[\w.+-]+\.so[.\d]*): cannot open", answer.complaint)
    missing = list(dict.fromkeys([*answer.facts.get("missing", ()), *named]))
    unknown = [library for library in missing if library not in packages]
    if unknown:
        return f"Install the system libraries {', '.join(missing)} with the system's package manager."
    if missing:
        return apt(*dict.fromkeys(packages[library] for library in missing))
    broken = "version" not in answer.facts
    return "python -m pip install --force-reinstall PySide6-Essentials" if broken else ""


def why_no_window(complaint: str) -> str:
    """What keeps Qt from opening a window here, in a sentence with what to type; `complaint` is what it said."""
    table = json.loads(resource("system_packages.json").read_text(encoding="utf-8"))
    libraries = table["offscreen"] | (table["screen"] if '"xcb"' in complaint else {})
    missing = [library for library in libraries if sys.platform.startswith("linux") and not loads(library)]
    remedy = qt_remedy(QtAnswer({"missing": missing, "version": "loaded"}, complaint), libraries)
    lacking = f"the system lacks {', '.join(missing)}; type: {remedy}" if missing else complaint_in(complaint)
    return f"the window cannot open: {lacking}; `workbench doctor` tries everything it needs"


def loads(library: str) -> bool:
    """Whether the system's loader finds the library and all that it needs."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def apt(*packages: str) -> str:
    return f"sudo apt-get install {' '.join(packages)} (on Debian and Ubuntu)"
