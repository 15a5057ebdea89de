"""Whether Qt can open a window here, and what a person is told to install."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from workbench import display
from workbench.display import QtAnswer

PACKAGES = {"libEGL.so.1": "libegl1", "libGL.so.1": "libgl1", "libxcb-cursor.so.0": "libxcb-cursor0"}


@pytest.mark.parametrize(
    ("platform", "said"), [("xcb", "type: sudo apt-get install"), ("nonsense", 'plugin "nonsense"')]
)
def test_a_window_that_qt_cannot_open_is_told_in_one_line(platform: str, said: str) -> None:
    environment = {**os.environ, "DISPLAY": ":77", "QT_QPA_PLATFORM": platform}
    command = [sys.executable, "-m", "workbench"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    lines = done.stderr.splitlines()
    assert (done.returncode, len(lines)) == (1, 1), done.stderr
    assert lines[0].startswith("workbench: the window cannot open: ")
    assert lines[0].endswith("; `workbench doctor` tries everything it needs")
    if platform != "xcb" or not all(map(display.loads, PACKAGES)):
        assert said in lines[0]


def test_missing_libraries_are_named_with_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    complaint = 'Could not load the Qt platform plugin "xcb" in "" even though it was found.'
    monkeypatch.setattr(display, "loads", lambda library: library != "libxcb-cursor.so.0")
    assert display.why_no_window(complaint) == (
        "the window cannot open: the system lacks libxcb-cursor.so.0; type: sudo apt-get install libxcb-cursor0 "
        "(on Debian and Ubuntu); `workbench doctor` tries everything it needs"
    )
    monkeypatch.setattr(display, "loads", lambda library: True)
    dead = "qt.qpa.xcb: could not connect to display :77\nThis application failed to start …"
    assert "cannot open: qt.qpa.xcb: could not connect to display :77; " in display.why_no_window(dead)


def test_an_import_that_misses_a_library_names_debians_package() -> None:
    complaint = "ImportError: libEGL.so.1: cannot open shared object file: No such file or directory"
    assert "apt-get install libegl1 " in display.qt_remedy(QtAnswer({}, complaint), PACKAGES)
    all_missing = QtAnswer({"missing": ["libGL.so.1", "libEGL.so.1"]}, complaint)
    assert "apt-get install libgl1 libegl1 " in display.qt_remedy(all_missing, PACKAGES)


def test_a_library_that_no_table_knows_is_named_itself() -> None:
    answer = QtAnswer({"missing": []}, "ImportError: libnovel.so.7: cannot open shared object file")
    assert "libnovel.so.7" in display.qt_remedy(answer, PACKAGES)


def test_qt_answers_from_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    answer = display.ask_qt(["libnosuchthing.so.1"], on_screen=False)
    assert answer.complaint == ""
    assert answer.facts["missing"] == ["libnosuchthing.so.1"]
    assert answer.facts["platform"] == "offscreen"


def test_qt_that_gives_up_leaves_what_it_said_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "nosuchplatform")
    answer = display.ask_qt([], on_screen=True)
    assert "version" in answer.facts
    assert "platform" not in answer.facts
    assert "nosuchplatform" in answer.complaint
