"""The view of the weight graph without a panel around it."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

from workbench.gui.background import compiling

if TYPE_CHECKING:
    import pytest


def test_where_numba_is_missing_compiling_in_advance_is_given_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.setattr(compiling.forces, "compile_now", lambda: sys.exit("our kernels are imported all the same"))
    compiling.compile_beside.__wrapped__()
    for thread in threading.enumerate():
        if thread.name == "layout":
            thread.join()
    (line,) = (record.message for record in caplog.records)
    assert line.startswith("the graph layout could not be compiled in advance:")
    assert "numba" in line
