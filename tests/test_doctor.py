"""What `workbench doctor` finds and what it tells a person to do."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workbench import doctor, trials
from workbench.cli import main
from workbench.display import QtAnswer
from workbench.doctor import Check
from workbench.runs.confinement.children import start_code
from workbench.runs.saying import Requirement

if TYPE_CHECKING:
    from collections.abc import Mapping

DRAWN = {"missing": [], "version": "6.10.3", "platform": "offscreen", "fonts": 9}
OPENED = {**DRAWN, "window": True}


def named(name: str, checks: tuple[Check, ...]) -> Check:
    return next(check for check in checks if check.name == name)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> tuple[Check, ...]:
    """The diagnosis of the machine that runs the tests, with a small data folder."""
    from tests.own_mnist import write_data

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_DATA", str(write_data(tmp_path_factory.mktemp("data"))))
        return doctor.diagnose()


@pytest.fixture
def without_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)


def answering(monkeypatch: pytest.MonkeyPatch, facts: Mapping[str, object], complaint: str = "") -> None:
    monkeypatch.setattr(doctor, "ask_qt", lambda libraries, on_screen: QtAnswer(facts, complaint))


def test_the_doctor_loads_no_qt_into_its_own_process() -> None:
    loaded = "[name for name in sys.modules if name.startswith('PySide6')]"
    program = f"import sys, workbench.doctor; list(workbench.doctor.check_qt()); print({loaded})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_everything_the_start_needs_is_looked_at_once(here: tuple[Check, ...]) -> None:
    names = [check.name for check in here]
    assert len(set(names)) == len(names)
    assert {"Python", "workbench", "Qt", "Settings", "Log", "Cache", "Data sets", *trials.TRIALS} <= set(names)
    assert "MNIST (1,437 and 360 images)" in named("Data sets", here).value


def test_whatever_will_not_do_has_a_remedy(here: tuple[Check, ...]) -> None:
    assert [check.name for check in here if not check.ok and not check.remedy] == []


def refuse(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device", "/there")


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("Training device", "workbench.training.loop.steps.Steps.step"),
        ("Compiled loops", "workbench.analysis.layout.forces.compile_now"),
        ("Figures", "workbench.figures.page.Page.bytes"),
        ("Films", "av.open"),
        ("Child process", "workbench.runs.confinement.children.Popen"),
        ("Sample runs", "workbench.runs.run.open_run"),
        ("Confinement", "workbench.runs.run.open_run"),
    ],
)
def test_a_trial_fails_where_what_it_claims_fails(name: str, broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broken, refuse)
    assert trials.tried(name) == (False, "/there cannot be written: the disk is full; free some space, then try again.")
    check = doctor.check_trial(name, doctor.Trial(*trials.tried(name)))
    assert (check.ok, check.remedy) == (False, doctor.REMEDIES[name])


def test_every_trial_has_a_remedy_and_goes_well_here(here: tuple[Check, ...]) -> None:
    assert set(doctor.REMEDIES) == set(trials.TRIALS)
    assert [named(name, here).value for name in trials.TRIALS if not named(name, here).ok] == []


def test_a_device_to_evaluate_on_that_there_is_not_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_DEVICE", "abacus")
    ok, said = trials.tried("Evaluation device")
    assert not ok
    assert "there is no device 'abacus' here" in said
    assert "WORKBENCH_DEVICE" in doctor.REMEDIES["Evaluation device"]


def test_a_damaged_sample_run_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "sample.h5").write_bytes(b"no run")
    monkeypatch.setattr(trials, "resource", lambda _name: tmp_path)
    ok, said = trials.tried("Sample runs")
    assert not ok
    assert "sample.h5 is not an HDF5 file" in said


def test_damaged_data_are_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "MNIST" / "raw").mkdir(parents=True)
    monkeypatch.setenv("WORKBENCH_DATA", str(tmp_path))
    assert doctor.data_sets() == ["MNIST"]
    check = doctor.check_data({"MNIST": doctor.Trial(*trials.tried("MNIST"))})
    assert not check.ok
    assert "MNIST cannot be loaded" in check.value


def test_a_reader_that_is_not_shut_in_is_a_note() -> None:
    said = "a process of its own; other files are not blocked: this kernel has no Landlock"
    assert doctor.check_trial("Confinement", doctor.Trial(True, said)).mark == "note"


def test_a_trial_that_takes_its_process_with_it_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    program = (
        "import json, os, sys\n"
        "for name in sys.argv[1:]:\n"
        "    if name == 'deadly': os.write(2, b'Illegal instruction'); os.abort()\n"
        "    print(json.dumps({'name': name, 'ok': True, 'said': 'done'}), flush=True)\n"
    )
    monkeypatch.setattr(doctor, "start_module", lambda _, *names, **how: start_code(program, *names, **how))
    found = doctor.trials(["first", "deadly", "last"])
    assert [found[name].ok for name in ("first", "deadly", "last")] == [True, False, True]
    assert found["deadly"].said == "the process that tried it died: Illegal instruction"


def test_a_package_that_is_installed_and_cannot_be_imported_is_bad() -> None:
    check = doctor.check_import(Check("av", "18.1.0", True), doctor.Trial(*trials.tried("import no_such_module")))
    assert (check.ok, check.remedy) == (False, "python -m pip install --force-reinstall av")
    assert check.value.startswith("18.1.0, but: this needs no_such_module, which is not installed")
    assert trials.tried("import torchvision") == (True, "imported")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a folder in which nobody can make a file")
def test_a_folder_in_which_no_file_can_be_made_is_bad() -> None:
    check = doctor.check_folder("Log", Path("/proc/workbench/log"))
    assert not check.ok
    assert check.value.startswith("/proc ")
    assert check.remedy == "Make /proc a folder that you may write to."


def test_a_platform_that_opens_no_window_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":77")
    answering(monkeypatch, DRAWN, "Segmentation fault")
    screen = named("Screen", tuple(doctor.check_qt()))
    assert (screen.ok, screen.value) == (False, "Qt platform offscreen, which opened no window: Segmentation fault")


def test_a_missing_package_is_installed_by_the_requirement_of_the_workbench(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    installed = {"redundancy-workbench": "0.1.0", "numpy": "2.0.0"}

    def version(name: str) -> str:
        if name not in installed:
            raise metadata.PackageNotFoundError(name)
        return installed[name]

    needed = ["numpy<3,>=2.0", "h5py<4,>=3.12", "pytest<10,>=9; extra == 'test'", "torch<3; extra == 'torch'"]
    monkeypatch.setattr(metadata, "version", version)
    monkeypatch.setattr(metadata, "requires", lambda name: needed)
    found = tuple(doctor.check_packages())
    assert [check.name for check in found] == ["workbench", "numpy", "h5py", "torch"]
    assert named("numpy", found).ok
    assert "tried with 2.4" in named("numpy", found).value
    assert named("h5py", found).mark == "BAD"
    assert named("h5py", found).remedy == 'python -m pip install "h5py<4,>=3.12"'
    assert named("torch", found).mark == "note", "a viewer does without it"


def test_a_local_build_counts_as_the_version_that_was_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "version", lambda name: "2.13.0+cpu")
    assert (
        doctor.check_package(Requirement("torch", "torch<2.14,>=2.13", True), {"torch": "2.13.0"}).value == "2.13.0+cpu"
    )


@pytest.mark.usefixtures("without_screen")
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a screen")
def test_without_a_screen_the_way_to_pictures_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, OPENED)
    checks = tuple(doctor.check_qt())
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
    checks = tuple(doctor.check_qt())
    assert named("Qt", checks).ok
    screen = named("Screen", checks)
    assert (screen.ok, screen.value) == (False, "could not connect to display :77")
    assert "DISPLAY" in screen.remedy


def test_a_machine_without_fonts_is_told_which_package_has_some(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, {**DRAWN, "fonts": 0})
    fonts = named("Fonts", tuple(doctor.check_qt()))
    assert not fonts.ok
    assert "fonts-dejavu-core" in fonts.remedy


def test_a_folder_that_is_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    check = doctor.check_folder("Log", tmp_path / "taken" / "inside")
    assert not check.ok
    assert str(tmp_path / "taken") in check.remedy
    assert doctor.check_folder("Log", tmp_path / "new" / "inside").ok
    assert not (tmp_path / "new").exists()


def test_data_sets_found_in_the_data_folder_are_listed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("WORKBENCH_DATA", raising=False)
    assert doctor.check_data({}).ok
    monkeypatch.setenv("WORKBENCH_DATA", str(tmp_path / "nowhere"))
    assert not doctor.check_data({}).ok
    monkeypatch.setenv("WORKBENCH_DATA", str(tmp_path))
    check = doctor.check_data({"MNIST": doctor.Trial(True, "60,000 and 10,000 images")})
    assert check.value == f"digits, MNIST (60,000 and 10,000 images) (WORKBENCH_DATA={tmp_path})"


def test_an_installation_without_sample_runs_is_bad(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(trials, "resource", lambda _name: tmp_path)
    assert trials.tried("Sample runs") == (False, "there is no sample run")
