"""What a process gives up before it reads a file from someone else, as far as the system allows."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.runs.confinement import landlock

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Limits:
    """What a confined process may use."""

    memory: int = 768 << 20  # bytes, besides those it has when it begins
    processor: int = 6  # seconds
    wall: float = 8.0  # seconds
    written: int = 0  # bytes into any one file


def confine(limits: Limits, numbers: Sequence[int]) -> tuple[str, ...]:
    """What is in force from now on, in words; `numbers` are the descriptors of the files it was given.

    Those files can be opened once more for reading, as libraries do that want a name. Everything that is needed must
    have been imported before: afterwards no module can be read.
    """
    in_force = ["a process of its own", f"{limits.wall:g} s"]
    if os.name == "posix":
        in_force += _set_limits(limits, numbers)
    if sys.platform == "linux":
        in_force.append(_enter_landlock(numbers))
    else:
        in_force.append("other files are not blocked on this system")
    return tuple(in_force)


def _set_limits(limits: Limits, numbers: Sequence[int]) -> list[str]:
    import resource  # not on Windows

    wanted = {
        "RLIMIT_CORE": 0,
        "RLIMIT_NPROC": 0,  # no other process
        "RLIMIT_FSIZE": limits.written,
        "RLIMIT_CPU": limits.processor,
        "RLIMIT_NOFILE": max(numbers, default=2) + 2,  # one more descriptor, which is the same file again
    }
    said = [f"{limits.processor} s of CPU time", "no second file, no other process"]
    if sys.platform == "linux":  # elsewhere this limit is not kept
        wanted["RLIMIT_AS"] = _address_space() + limits.memory
        said.insert(0, f"{limits.memory >> 20} MB of memory")
    else:
        said.insert(0, "memory is not limited on this system")
    for name, value in wanted.items():
        number = getattr(resource, name)
        most = resource.getrlimit(number)[1]
        least, hard = value, value + (name == "RLIMIT_CPU")  # a signal that tells, then one that cannot be ignored
        if most != resource.RLIM_INFINITY:
            least, hard = min(least, most), min(hard, most)
        resource.setrlimit(number, (least, hard))
    return said


def _address_space() -> int:
    with open("/proc/self/statm", encoding="ascii") as stream:
        return int(stream.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def _enter_landlock(numbers: Sequence[int]) -> str:
    try:
        version = landlock.enter(numbers)
    except OSError as error:
        return f"other files are not blocked (Landlock: {error.strerror})"
    if not version:
        return "other files are not blocked: this kernel has no Landlock"
    network = "" if version < landlock.NETWORK_SINCE else " and no TCP connection"
    return f"no other file{network} (Landlock {version})"
