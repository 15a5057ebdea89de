"""Marks each line of the workbench that runs. A copied `workbench/__init__.py` runs this, in children too.

It is run by `exec` with MARKS, a file with a byte for each line, and OFFSETS, where the bytes of a module begin. Loops
compiled by numba leave no marks.
"""

from __future__ import annotations

import mmap
import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import CodeType, FrameType

_given = globals()
_offsets: dict[str, int] = _given["OFFSETS"]
ENOUGH = 200  # calls of a function in one test; tracing all would take twice as long
calls: dict[CodeType, int] = {}
with open(_given["MARKS"], "r+b") as _file:
    _marks = mmap.mmap(_file.fileno(), 0)


def _called(frame: FrameType, event: str, _: Any) -> Any:
    offset = _offsets.get(frame.f_code.co_filename)
    if offset is None:
        return None
    calls[frame.f_code] = calls.get(frame.f_code, 0) + 1
    if calls[frame.f_code] > ENOUGH:
        return None

    def ran(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            _marks[offset + frame.f_lineno] = 1
        return ran

    _marks[offset + frame.f_lineno] = 1
    return ran


sys.settrace(_called)
threading.settrace(_called)
