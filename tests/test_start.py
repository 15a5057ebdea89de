"""The set-up script, with every process it would start recorded instead of started."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from types import ModuleType

CHECKOUT = Path(__file__).parent.parent
RESOURCES = CHECKOUT / "resources"


class Version(NamedTuple):
    major: int
    minor: int


class Handed(Exception):
    """Raised in place of the process that would take over."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        super().__init__(command)
        self.command = command
        self.environment = environment


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(RESOURCES)
    return importlib.import_module("system_libraries")


@pytest.fixture
def script(system: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """`set_up` on a checkout that holds no more than what the set-up reads; no system packages missing."""
    module = importlib.import_module("set_up")
    (tmp_path / "pyproject.toml").write_text("[project]")
    (tmp_path / "constraints.txt").write_text("numpy==2.0")
    places = {"ROOT": "", "ENVIRONMENT": ".venv", "CONSTRAINTS": "constraints.txt", "PICTURES": "screenshots"}
    for name, place in places.items():
        monkeypatch.setattr(module, name, tmp_path / place)
    monkeypatch.setattr(system, "missing_packages", lambda screen: {})

    def take_over(path: str, command: list[str], environment: dict[str, str]) -> None:
        raise Handed(command, environment)

    monkeypatch.setattr("os.execve", take_over)
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    return module


@pytest.fixture
def started(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The command lines of the processes that were started; each succeeds, and `venv` leaves a Python."""
    commands: list[list[str]] = []
    version = f"{sys.version_info.major} {sys.version_info.minor}"

    def run(command: list[object], **options: object) -> SimpleNamespace:
        words = [str(word) for word in command]
        commands.append(words)
        if "venv" in words:
            script.environment_python().parent.mkdir(parents=True, exist_ok=True)
            script.environment_python().touch()
        return SimpleNamespace(returncode=0, stdout=version if "-c" in words else "")

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def pip_runs(commands: list[list[str]]) -> list[list[str]]:
    return [command for command in commands if "pip" in command]


def test_a_python_that_is_too_old_gets_a_sentence() -> None:
    program = (
        "import runpy, sys; sys.version_info = (3, 8, 0); "
        f"runpy.run_path({str(RESOURCES / 'start.py')!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "needs Python 3.11 or newer" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_first_file_is_readable_for_any_python_3() -> None:
    ast.parse((RESOURCES / "start.py").read_text(encoding="utf-8"), feature_version=(3, 4))


def test_the_set_up_needs_the_standard_library_only() -> None:
    ours = {path.stem for path in RESOURCES.glob("*.py")} - {"packaging"}
    for path in (RESOURCES / f"{name}.py" for name in ours):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names | ours, path


def test_the_first_start_makes_an_environment_and_installs_with_the_lock(
    script: ModuleType, started: list[list[str]], tmp_path: Path
) -> None:
    script.set_up(with_tests=False)
    assert started[0][1:] == ["-P", "-m", "venv", "--clear", str(tmp_path / ".venv")]
    words = ["pip", "install", "--no-compile", "-e", ".[torch]", "-c", str(tmp_path / "constraints.txt")]
    assert started[1][-len(words) :] == words
    assert started[2][1:] == ["-P", "-m", "compileall", "-qq", "-j", "0", str(tmp_path / ".venv")]


def test_a_second_start_runs_nothing(script: ModuleType, started: list[list[str]]) -> None:
    script.set_up(with_tests=False)
    started.clear()
    script.set_up(with_tests=False)
    assert started == []


def test_an_environment_for_the_tests_serves_the_window_too_but_not_the_other_way_round(
    script: ModuleType, started: list[list[str]]
) -> None:
    script.set_up(with_tests=False)
    script.set_up(with_tests=True)
    assert [command[-3] for command in pip_runs(started)] == [".[torch]", ".[torch,test]"]
    script.set_up(with_tests=False)
    assert len(pip_runs(started)) == 2


@pytest.mark.parametrize("changed", ["pyproject.toml", "constraints.txt"])
def test_a_changed_requirement_installs_again_into_the_same_environment(
    script: ModuleType, started: list[list[str]], tmp_path: Path, changed: str
) -> None:
    script.set_up(with_tests=False)
    started.clear()
    (tmp_path / changed).write_text("something else")
    script.set_up(with_tests=False)
    assert len(pip_runs(started)) == 1
    assert not any("venv" in command for command in started)


def test_an_environment_of_another_python_is_made_anew(
    script: ModuleType, started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    script.set_up(with_tests=False)
    (script.ENVIRONMENT / "workbench-set-up").unlink()
    monkeypatch.setattr(sys, "version_info", Version(3, 99))
    started.clear()
    script.set_up(with_tests=False)
    assert any("--clear" in command for command in started)


def test_a_failed_installation_leaves_no_stamp_and_status_1(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script.environment_python().parent.mkdir(parents=True)
    script.environment_python().touch()
    monkeypatch.setattr(script, "environment_fits", lambda: True)
    monkeypatch.setattr(subprocess, "run", lambda command, **options: SimpleNamespace(returncode=1))
    assert script.main(["setup"]) == 1
    assert "pip could not install" in capsys.readouterr().out
    assert not (script.ENVIRONMENT / "workbench-set-up").exists()


def test_test_hands_over_to_pytest_offscreen(
    script: ModuleType, started: list[list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with pytest.raises(Handed) as handed:
        script.main(["test", "-k", "graph"])
    assert handed.value.command[1:] == ["-P", "-m", "pytest", *script.IN_PARALLEL, "-k", "graph"]
    assert handed.value.environment["QT_QPA_PLATFORM"] == "offscreen"
    assert handed.value.environment["OMP_NUM_THREADS"] == "1"
    assert ".[torch,test]" in pip_runs(started)[0]


def test_setup_includes_the_tests_and_starts_nothing(script: ModuleType, started: list[list[str]]) -> None:
    assert script.main(["setup"]) == 0
    assert ".[torch,test]" in started[-3]
    assert "compile_now()" in started[-1][-1]


@pytest.mark.parametrize("arguments", [["train", "--out", "a.h5"], ["info", "a.h5"], ["--help"], ["doctor"]])
@pytest.mark.usefixtures("started")
def test_commands_are_passed_on_as_they_are(script: ModuleType, arguments: list[str]) -> None:
    with pytest.raises(Handed) as handed:
        script.main(arguments)
    assert handed.value.command[1:] == ["-P", "-m", "workbench", *arguments]
    assert "QT_QPA_PLATFORM" not in handed.value.environment


@pytest.mark.parametrize("arguments", [[], ["a.h5", "b.h5"]])
@pytest.mark.usefixtures("started")
def test_with_a_screen_the_window_opens_on_the_runs_named_or_as_it_was_left(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    with pytest.raises(Handed) as handed:
        script.main(arguments)
    assert list(handed.value.command[3:]) == ["workbench", *arguments]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a screen")
@pytest.mark.parametrize(("arguments", "drawn"), [([], "digits_conv.h5"), (["a.h5"], "a.h5")])
def test_without_a_screen_the_window_is_drawn_into_a_folder_that_is_named(
    script: ModuleType,
    started: list[list[str]],
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    drawn: str,
) -> None:
    assert script.main(arguments) == 0
    *_, command, run, option, folder, again = started[-1]
    assert (command, Path(run).name, option, folder) == ("screenshot", drawn, "--out", str(script.PICTURES))
    assert again == "--overwrite"  # a second start draws into the same folder
    told = capsys.readouterr().out
    assert "no screen" in told
    assert told.rstrip().endswith(str(script.PICTURES))


@pytest.mark.parametrize(
    ("environment", "platform", "expected"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ""}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"QT_QPA_PLATFORM": "offscreen"}, "linux", True),
        ({}, "darwin", True),
        ({}, "win32", True),
    ],
)
def test_a_screen_is_recognised(script: ModuleType, environment: dict[str, str], platform: str, expected: bool) -> None:
    assert script.has_screen(environment, platform) is expected


def test_without_the_venv_module_the_package_to_install_is_named(
    script: ModuleType,
    system: ModuleType,
    started: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(script, "can_make_environments", lambda: False)
    monkeypatch.setattr(system, "become_root", lambda: None)
    monkeypatch.setattr(system, "known", lambda package: package == "python3-venv")
    monkeypatch.setattr(system, "have_lists", lambda: True)
    assert script.main([]) == 1
    assert "sudo apt-get install python3-venv" in capsys.readouterr().out
    assert started == []


def test_the_lock_holds_every_direct_dependency_in_a_version_that_is_allowed() -> None:
    lines = (RESOURCES / "constraints.txt").read_text(encoding="utf-8").splitlines()
    locked = dict(line.split("==") for line in lines if not line.startswith("#"))
    assert all(re.fullmatch(r"[\d.]+", version) for version in locked.values()), "one host's build is locked"
    assert not [name for name in locked if name.startswith(("nvidia", "cuda", "triton"))]
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    for text in [*project["dependencies"], *extras["torch"], *extras["test"]]:
        requirement = Requirement(text)
        assert locked[canonicalize_name(requirement.name)] in requirement.specifier, text
