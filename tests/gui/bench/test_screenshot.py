"""Pictures of the window are written together or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from full_disk import EARLIER, LARGE, full_disk

from workbench.gui.bench import screenshot
from workbench.resource import resource
from workbench.runs.files.whole_files import NotWritten

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def in_little_room(write: Callable[..., Any]) -> Callable[..., Any]:
    def written(*files: object) -> Any:
        with full_disk():
            return write(*files)

    return written


@pytest.mark.parametrize("name", ["there", "new/inner"])
def test_screenshots_that_have_no_room_leave_the_earlier_ones_and_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    earlier = tmp_path / "there" / "window.png"
    earlier.parent.mkdir()
    earlier.write_bytes(EARLIER)
    monkeypatch.setattr(screenshot, "_pictures", lambda *_: ({"window.png": b"small", "panel-run.png": LARGE}, {}))
    monkeypatch.setattr(screenshot, "write_whole_folder", in_little_room(screenshot.write_whole_folder))
    sample = resource("sample_runs/digits_conv.h5")
    with pytest.raises(NotWritten, match=r"panel-run.png cannot be written: it exceeds"):
        screenshot.take_pictures(sample, "fc1", 3, tmp_path / name, (800, 500))
    assert list(tmp_path.rglob("*")) == [earlier.parent, earlier]
    assert earlier.read_bytes() == EARLIER
