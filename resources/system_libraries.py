"""What Qt needs of a Linux system beyond Python packages.

On Debian and Ubuntu it is installed with apt-get where that is allowed; else the command to type is named.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

TABLE = Path(__file__).with_name("system_packages.json")
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
PACKAGE_LISTS = Path("/var/lib/apt/lists")


class SetUpError(Exception):
    """The set-up cannot go on; the text says what is missing and what to type."""


def provide(screen: bool) -> None:
    """Installs what is missing for drawing (on a screen, if there is one) or says what to type.

    Goes on in any case: training and other commands need none of it, and Qt says again what it cannot load.
    """
    if not sys.platform.startswith("linux"):
        return
    missing = missing_packages(screen)
    if missing and not shutil.which("apt-get"):
        say(f"The window needs system libraries that are missing here: {', '.join(missing)}.")
        say(f"Install them with the system's package manager; Debian's names: {' '.join(missing.values())}")
    elif missing:
        try:
            install(list(dict.fromkeys(missing.values())), "for drawing")
        except SetUpError as problem:
            say(f"{problem}\nUntil then the window cannot open.")


def missing_packages(screen: bool) -> dict[str, str]:
    """What is missing here (file name of the library, or "a font") -> name of Debian's package for it."""
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    libraries = table["offscreen"] | (table["screen"] if screen else {})
    missing = {library: package for library, package in libraries.items() if not loads(library)}
    return missing if has_font() else {**missing, "a font": table["font"]}


def loads(library: str) -> bool:
    """Whether the system's loader finds the library and all that it needs."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def has_font() -> bool:
    """Whether at least one scalable font is installed; Qt brings none of its own."""
    return any(next(Path(folder).expanduser().rglob("*.[ot]t[cf]"), None) for folder in FONT_FOLDERS)


def install(packages: Sequence[str], purpose: str) -> None:
    """Installs Debian packages as root or through a sudo that asks for no password.

    SetUpError with the exact command to type where neither is allowed or apt-get fails.
    """
    root = become_root()
    if root is None:
        raise SetUpError(f"System packages {purpose} are missing. Type:  {typed(packages)}\nand start again.")
    say(f"Installing system packages {purpose}: {' '.join(packages)} …")
    if not have_lists():
        apt_get(root, "update")
    if not apt_get(root, "install", *map(current_name, packages)):
        apt_get(root, "update")  # the lists may be older than what the mirror still holds
        if not apt_get(root, "install", *map(current_name, packages)):
            raise SetUpError(f"apt-get could not install the packages {purpose}. Try:  {typed(packages)}")


def typed(packages: Sequence[str]) -> str:
    """The command by which a person installs these packages."""
    update = "" if have_lists() else "sudo apt-get update && "
    return f"{update}sudo apt-get install {' '.join(map(current_name, packages))}"


def current_name(package: str) -> str:
    """The package's name in this release: some got the suffix t64 with the wider type for times."""
    return next(filter(known, (package, package + "t64")), package)


def known(package: str) -> bool:
    """Whether the package lists on this machine have a package of exactly this name."""
    query = ["apt-cache", "show", "--no-all-versions", package]
    return bool(shutil.which("apt-cache")) and succeeds(query)


def have_lists() -> bool:
    """Whether `apt-get update` ever ran here; fresh containers come without package lists."""
    return any(PACKAGE_LISTS.glob("*_Packages*"))


def become_root() -> list[str] | None:
    """What goes before a command that needs root: nothing, or a sudo that asks nothing; None: impossible."""
    if os.geteuid() == 0:
        return []
    sudo = ["sudo", "-n"]
    return sudo if shutil.which("sudo") and succeeds([*sudo, "true"]) else None


def succeeds(command: Sequence[str]) -> bool:
    """Whether the command ends with status 0; what it prints is not shown."""
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def apt_get(root: Sequence[str], action: str, *packages: str) -> bool:
    """Whether `apt-get` did it, without a question to anyone."""
    options = ["-y", "-q", "--no-install-recommends"] if packages else ["-q"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = [*root, "apt-get", action, *options, *packages]
    return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False).returncode == 0


def say(sentence: str) -> None:
    """One line for the user, shown at once and before what the programs started here print."""
    print(sentence, flush=True)
