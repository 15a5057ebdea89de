"""Landlock: on Linux 5.13 and later a process can permanently give up what it does not need. Asked by system call.

See landlock(7). The numbers of the calls are the same on every processor that Python and HDF5 run on under Linux.
"""

from __future__ import annotations

import ctypes
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
ASK_VERSION = 1  # flag of CREATE_RULESET
PATH_BENEATH = 1  # kind of rule
NO_NEW_PRIVILEGES = 38  # of prctl
READ_FILE = 1 << 2
# version -> how many rights over files it knows: 13 at first, then also REFER, TRUNCATE and IOCTL_DEV
FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
NETWORK_SINCE, TCP = 4, 0b11  # bind and connect
SCOPES_SINCE, SCOPES = 6, 0b11  # abstract sockets and signals of other processes


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("number", ctypes.c_int32))


def version() -> int:
    """The version (ABI) of Landlock that this kernel has and uses; 0 where there is none."""
    if sys.platform != "linux":
        return 0
    found: int = _libc().syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(ASK_VERSION))
    return max(found, 0)


def enter(readable: Sequence[int]) -> int:
    """The version of Landlock that is in force from now on; 0 where there is none.

    This process can open the files that the descriptors `readable` have open, for reading, and nothing else; from
    version 4 on it can neither bind nor connect a TCP socket. What is open stays open. OSError where the system
    refuses.
    """
    found = version()
    if not found:
        return 0
    ruleset = _ruleset(found)
    try:
        for number in readable:
            rule = _Beneath(READ_FILE, number)
            _call(ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(PATH_BENEATH), ctypes.byref(rule), ctypes.c_uint32(0))
        if _libc().prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        _call(RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    finally:
        os.close(ruleset)
    return found


def _ruleset(found: int) -> int:
    rights = (1 << FILE_RIGHTS[min(found, max(FILE_RIGHTS))]) - 1
    network = TCP if found >= NETWORK_SINCE else 0
    scopes = SCOPES if found >= SCOPES_SINCE else 0
    known = 24 if found >= SCOPES_SINCE else 16 if found >= NETWORK_SINCE else 8  # bytes this version reads
    rules = _Ruleset(rights, network, scopes)
    return _call(CREATE_RULESET, ctypes.byref(rules), ctypes.c_size_t(known), ctypes.c_uint32(0))


def _call(number: int, *arguments: object) -> int:
    result: int = _libc().syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
