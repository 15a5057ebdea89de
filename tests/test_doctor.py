"""What `workbench doctor` finds and what it tells a person to do."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from typing import TYPE_CHECKING

import pytest

from workbench import doctor
from workbench.cli import main
from workbench.doctor import Check, QtAnswer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PACKAGES = {"libEGL.so.1": "libegl1", "libGL.so.1": "libgl1", "libxcb-cursor.so.0": "libxcb-cursor0"}
DRAWN = {"missing": [], "version": "6.10.3", "platform": "offscreen", "fonts": 9}


def named(name: str, checks: tuple[Check, ...]) -> Check:
    return next(check for check in checks if check.name == name)


@pytest.fixture(scope="module")
def here() -> tuple[Check, ...]:
    """The diagnosis of the machine that runs the tests."""
    return doctor.diagnose()


@pytest.fixture
def without_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)


def answering(monkeypatch: pytest.MonkeyPatch, facts: Mapping[str, object], complaint: str = "") -> None:
    monkeypatch.setattr(doctor, "ask_qt", lambda libraries, on_screen: QtAnswer(facts, complaint))


def test_the_doctor_loads_no_qt_into_its_own_process() -> None:
    loaded = "[name for name in sys.modules if name.startswith('PySide6')]"
    program = f"import sys, workbench.doctor; workbench.doctor.diagnose(); print({loaded})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_everything_the_start_needs_is_looked_at_once(here: tuple[Check, ...]) -> None:
    names = [check.name for check in here]
    assert len(set(names)) == len(names)
    first_and_last = {"Python", "workbench", "Training device", "Evaluation device", "Qt", "Data sets", "Sample runs"}
    assert first_and_last | {"Log"} <= set(names)


def test_whatever_will_not_do_has_a_remedy(here: tuple[Check, ...]) -> None:
    assert [check.name for check in here if not check.ok and not check.remedy] == []


def test_a_device_to_evaluate_on_that_there_is_not_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_DEVICE", "abacus")
    check = doctor._evaluation()
    assert not check.ok
    assert "there is no device 'abacus' here" in check.value
    assert "WORKBENCH_DEVICE" in check.remedy


def test_a_missing_package_is_installed_by_the_requirement_of_the_workbench(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    installed = {"workbench": "0.1.0", "numpy": "2.0.0"}

    def version(name: str) -> str:
        if name not in installed:
            raise metadata.PackageNotFoundError(name)
        return installed[name]

    needed = ["numpy<3,>=2.0", "h5py<4,>=3.12", "pytest<10,>=9; extra == 'test'"]
    monkeypatch.setattr(metadata, "version", version)
    monkeypatch.setattr(metadata, "requires", lambda name: needed)
    found = tuple(doctor._packages())
    assert [check.name for check in found] == ["workbench", "numpy", "h5py"]
    assert named("numpy", found).ok
    assert "tried with 2.4" in named("numpy", found).value
    assert named("h5py", found).remedy == 'python -m pip install "h5py<4,>=3.12"'


def test_a_local_build_counts_as_the_version_that_was_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "version", lambda name: "2.13.0+cpu")
    assert doctor._package("torch<2.14,>=2.13", {"torch": "2.13.0"}).value == "2.13.0+cpu"


def test_an_import_that_misses_a_library_names_debians_package() -> None:
    complaint = "ImportError: libEGL.so.1: cannot open shared object file: No such file or directory"
    assert "apt-get install libegl1 " in doctor.qt_remedy(QtAnswer({}, complaint), PACKAGES)
    all_missing = QtAnswer({"missing": ["libGL.so.1", "libEGL.so.1"]}, complaint)
    assert "apt-get install libgl1 libegl1 " in doctor.qt_remedy(all_missing, PACKAGES)


def test_a_library_that_no_table_knows_is_named_itself() -> None:
    answer = QtAnswer({"missing": []}, "ImportError: libnovel.so.7: cannot open shared object file")
    assert "libnovel.so.7" in doctor.qt_remedy(answer, PACKAGES)


@pytest.mark.usefixtures("without_screen")
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a screen")
def test_without_a_screen_the_way_to_pictures_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, DRAWN)
    checks = tuple(doctor._qt())
    assert named("Qt", checks).ok
    assert named("Screen", checks).mark == "note"
    assert "workbench screenshot" in named("Screen", checks).remedy


@pytest.mark.parametrize(
    ("check", "line", "status"),
    [
        (Check("Screen", "none", True, "Draw into files."), "note  Screen", 0),
        (Check("Screen", ":77 cannot be reached", False, "Name another."), "BAD   Screen", 1),
        (Check("Screen", "xcb", True), "ok    Screen", 0),
    ],
)
def test_the_command_fails_only_where_something_is_broken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], check: Check, line: str, status: int
) -> None:
    monkeypatch.setattr(doctor, "diagnose", lambda: (check,))
    assert main(["doctor"]) == status
    told = capsys.readouterr().out
    assert told.startswith(line)
    assert check.remedy in told


@pytest.mark.usefixtures("without_screen")
def test_a_screen_that_qt_cannot_reach_is_reported_in_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":77")
    answering(monkeypatch, {"missing": [], "version": "6.10.3"}, "could not connect to display :77")
    checks = tuple(doctor._qt())
    assert named("Qt", checks).ok
    screen = named("Screen", checks)
    assert (screen.ok, screen.value) == (False, "could not connect to display :77")
    assert "DISPLAY" in screen.remedy


def test_a_machine_without_fonts_is_told_which_package_has_some(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, {**DRAWN, "fonts": 0})
    fonts = named("Fonts", tuple(doctor._qt()))
    assert not fonts.ok
    assert "fonts-dejavu-core" in fonts.remedy


def test_qt_answers_from_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    answer = doctor.ask_qt(["libnosuchthing.so.1"], on_screen=False)
    assert answer.complaint == ""
    assert answer.facts["missing"] == ["libnosuchthing.so.1"]
    assert answer.facts["platform"] == "offscreen"


def test_qt_that_gives_up_leaves_what_it_said_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "nosuchplatform")
    answer = doctor.ask_qt([], on_screen=True)
    assert "version" in answer.facts
    assert "platform" not in answer.facts
    assert "nosuchplatform" in answer.complaint


def test_a_folder_that_is_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    check = doctor._writable("Log", tmp_path / "taken" / "inside")
    assert not check.ok
    assert str(tmp_path / "taken") in check.remedy
    assert doctor._writable("Log", tmp_path / "new" / "inside").ok
    assert not (tmp_path / "new").exists()


def test_data_sets_found_in_the_data_folder_are_listed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("WORKBENCH_DATA", raising=False)
    assert doctor._data().ok
    monkeypatch.setenv("WORKBENCH_DATA", str(tmp_path / "nowhere"))
    assert not doctor._data().ok
    (tmp_path / "MNIST" / "raw").mkdir(parents=True)
    monkeypatch.setenv("WORKBENCH_DATA", str(tmp_path))
    assert doctor._data().value.startswith("digits, MNIST (")


@pytest.mark.parametrize("runs", [(), ("a.h5", "b.h5")])
def test_sample_runs_are_counted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, runs: tuple[str, ...]
) -> None:
    for run in runs:
        (tmp_path / run).write_bytes(b"x" * 2_000_000)
    monkeypatch.setattr(doctor, "resource", lambda name: tmp_path)
    check = doctor._samples()
    assert check.ok is bool(runs)
    assert check.value == ("a.h5 (2.0 MB), b.h5 (2.0 MB)" if runs else "none")
