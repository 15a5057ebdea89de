"""What `start.py` does: an environment, what the system lacks, then the workbench or its tests.

Standard library only, no shell, so that it runs before anything is installed, on Linux, macOS and Windows.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import system_libraries
from system_libraries import SetUpError, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
CONSTRAINTS = ROOT / "resources" / "constraints.txt"
SAMPLE = ROOT / "sample_runs" / "digits_conv.h5"
PICTURES = ROOT / "screenshots"
RUN_ENDINGS = (".h5", ".hdf5")

# Three processes for two cores, because tests also wait for other processes and the window; the tests of a
# file stay together and share what they made.
IN_PARALLEL = ("-n", str(min(max(3 * (os.cpu_count() or 1) // 2, 1), 8)), "--dist", "loadfile")
COMPILE = "from workbench.analysis.layout.forces import compile_now; compile_now()"


def main(arguments: Sequence[str]) -> int:
    """The exit status of the workbench, of pytest (`test`) or of the set-up alone (`setup`)."""
    command = arguments[0] if arguments else ""
    with_tests = command in ("setup", "test")
    try:
        system_libraries.provide(screen=has_screen(os.environ, sys.platform))
        set_up(with_tests)
    except SetUpError as problem:
        say(str(problem))
        return 1
    if command == "setup":
        say("Everything is set up.")
        return 0
    if command == "test":
        os.chdir(ROOT)
        # A thread for each process: more would take the cores from the other processes. What one of them
        # compiles serves the others, whatever the user's shell says of such files.
        environment = {"QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": "1", **os.environ}
        environment["PYTHONDONTWRITEBYTECODE"] = ""
        return hand_over("pytest", *IN_PARALLEL, *arguments[1:], environment=environment)
    return start_workbench(arguments)


def start_workbench(arguments: Sequence[str]) -> int:
    """The exit status of `workbench` with these arguments; without a screen the window becomes PNG files."""
    if not opens_window(arguments):
        return hand_over("workbench", *arguments)
    if has_screen(os.environ, sys.platform):
        return hand_over("workbench", *arguments)
    runs = list(arguments) or [str(SAMPLE)]
    say("There is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set).")
    say(f"Drawing the window on {runs[0]} into picture files instead …")
    drawing = in_environment("workbench", "screenshot", runs[0], "--out", str(PICTURES), "--overwrite")
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    status = subprocess.run(drawing, env=environment, check=False).returncode
    if status == 0:
        say(f"The window and each of its panels are in {PICTURES}")
    return status


def opens_window(arguments: Sequence[str]) -> bool:
    """Whether the arguments are run files (or nothing), not a command or an option of `workbench`."""
    return not arguments or Path(arguments[0]).suffix in RUN_ENDINGS or Path(arguments[0]).is_file()


def has_screen(environment: Mapping[str, str], system: str) -> bool:
    """Whether a window can be opened; QT_QPA_PLATFORM counts as an answer of the user's own."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return not system.startswith("linux") or any(environment.get(name) for name in names)


def set_up(with_tests: bool) -> None:
    """Makes or completes the environment; done at once when nothing has changed since the last time."""
    stamp = ENVIRONMENT / "workbench-set-up"
    made = stamp.read_text().split() if stamp.exists() and environment_python().exists() else []
    if fingerprint(with_tests) in made:
        return
    if not environment_fits():
        make_environment()
    say("Installing the workbench and what it needs into .venv (minutes and gigabytes the first time) …")
    wanted = ".[torch,test]" if with_tests else ".[torch]"
    pip = in_environment("pip", "install", "--no-compile", "-e", wanted, "-c", str(CONSTRAINTS))
    if subprocess.run(pip, cwd=ROOT, check=False).returncode:
        raise SetUpError("pip could not install everything; it says why above. After that, start this again.")
    compile_modules()
    say("Compiling the graph layout, once …")
    compiled = [str(environment_python()), "-P", "-c", COMPILE]
    if subprocess.run(compiled, cwd=ROOT, check=False).returncode:
        raise SetUpError("The graph layout could not be compiled; it says why above.")
    # What the tests need includes what the window needs.
    stamp.write_text("\n".join(fingerprint(extra) for extra in {False, with_tests}))


def compile_modules() -> None:
    """Compile what was installed on all cores: pip does it on one, which is a third of its time."""
    compiling = in_environment("compileall", "-qq", "-j", "0", str(ENVIRONMENT))
    subprocess.run(compiling, check=False)  # what cannot be compiled is no module: a template, a test of a parser


def fingerprint(with_tests: bool) -> str:
    """Hex digest of all that decides what is in the environment, where it lies included."""
    facts = [str(ROOT), str(sys.version_info[:2]), "test" if with_tests else ""]
    files = [(ROOT / "pyproject.toml").read_bytes(), CONSTRAINTS.read_bytes()]
    return hashlib.sha256(b"\0".join([*map(str.encode, facts), *files])).hexdigest()


def environment_python() -> Path:
    """The Python of the environment in the checkout."""
    return ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def environment_fits() -> bool:
    """Whether there is an environment whose Python runs, is of this version and has pip."""
    if not environment_python().exists():
        return False
    question = "import pip, sys; print(*sys.version_info[:2])"
    command = [str(environment_python()), "-P", "-c", question]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return answer.stdout.split() == [str(number) for number in sys.version_info[:2]]


def make_environment() -> None:
    """Makes .venv anew with this Python; Debian and Ubuntu get the venv module first where it lacks."""
    if not can_make_environments():
        names = [f"python3.{sys.version_info.minor}-venv", "python3-venv"]
        package = next(filter(system_libraries.known, names), names[-1])
        system_libraries.install([package], "to make environments")
        importlib.invalidate_caches()
    if not can_make_environments():
        raise SetUpError("This Python cannot make environments: its modules venv and ensurepip are missing.")
    say(f"Making an environment in {ENVIRONMENT} with Python {sys.version.split()[0]} …")
    if subprocess.run([sys.executable, "-P", "-m", "venv", "--clear", ENVIRONMENT], check=False).returncode:
        raise SetUpError(f"Python could not make an environment in {ENVIRONMENT}; it says why above.")


def can_make_environments() -> bool:
    """Whether this Python has both modules; Debian leaves ensurepip to a package of its own."""
    return all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))


def hand_over(module: str, *arguments: str, environment: Mapping[str, str] = os.environ) -> int:
    """The exit status of `python -m module arguments…` in the environment.

    Where the system can, that process takes this one's place: Ctrl-C and other signals reach it directly.
    """
    command = in_environment(module, *arguments)
    sys.stdout.flush()
    if os.name == "posix":
        os.execve(command[0], command, environment)
    return subprocess.run(command, env=environment, check=False).returncode


def in_environment(module: str, *arguments: str) -> list[str]:
    """The command line for a module in the environment; -P: files in the current folder hide no module."""
    return [str(environment_python()), "-P", "-m", module, *arguments]
