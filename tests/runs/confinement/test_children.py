"""Every child is started in one place, and nothing that lies in the working folder runs in it."""

from __future__ import annotations

import ast
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import run_files

import workbench
from workbench import display
from workbench.figures.files.reading import recipe_in
from workbench.figures.kinds import figure
from workbench.figures.page import Page
from workbench.figures.process.renderer import Renderer
from workbench.figures.recipe import RecipeError
from workbench.gui.background.command_process import run_command
from workbench.resource import resource
from workbench.runs.confinement import children
from workbench.runs.confinement.children import PIPE, start_code
from workbench.runs.confinement.sandbox import Sandbox
from workbench.runs.files.descriptor import Descriptor
from workbench.training.events import TrainingError
from workbench.training.process.host import host_rest

if TYPE_CHECKING:
    from collections.abc import Callable

SOURCES = Path(workbench.__file__).parent
STARTERS = {"subprocess", "multiprocessing", "concurrent.futures.process", "pty", "asyncio.subprocess"}
CALLS = {"QProcess", "ProcessPoolExecutor", "popen", "system", "startfile", "posix_spawn", "fork", "forkpty"}
TRAPS = ("json", "runpy", "numpy", "msgspec", "h5py", "torch", "PySide6", "matplotlib", "workbench", "sitecustomize",
         "usercustomize", "ctypes", "typing")  # fmt: skip


def starts_processes(path: Path) -> set[str]:
    """What in a module could start a process."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name in STARTERS}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module} & STARTERS | {alias.name for alias in node.names} & (STARTERS | CALLS)
        elif isinstance(node, ast.Attribute) and (node.attr in CALLS or node.attr.startswith(("exec", "spawn"))):
            found |= {node.attr} if isinstance(node.value, ast.Name) and node.value.id in ("os", "QtCore") else set()
    return found


def test_no_other_module_starts_processes() -> None:
    found = {path.relative_to(SOURCES).as_posix(): starts_processes(path) for path in SOURCES.rglob("*.py")}
    assert {path: what for path, what in found.items() if what} == {
        "runs/confinement/children.py": {"subprocess"},
        "runs/confinement/sandbox_child.py": {"fork"},  # of a process that looks at nothing itself
    }


# --- traps ---


def examine(path: Path, forking: bool) -> None:
    sandbox, descriptor = Sandbox("workbench.runs.confinement.probe:answer", forking=forking), Descriptor(path)
    try:
        assert b'"refused":null' in sandbox.ask(b"workbench-run", descriptor).data
    finally:
        descriptor.give_back()
        sandbox.close()


def draw(path: Path) -> None:
    renderer = Renderer()
    try:
        with workbench.open_run(path) as run:
            assert renderer.render(Page((figure("training", run).figure,)), "svg")[:5] == b"<?xml"
    finally:
        renderer.close()


def read_figure(path: Path) -> None:
    path.with_suffix(".svg").write_text("<svg><metadata><workbench-recipe>{}</workbench-recipe></metadata></svg>")
    with pytest.raises(RecipeError, match="missing required field `views`"):
        recipe_in(path.with_suffix(".svg"))


def go_on_training(path: Path) -> None:
    with pytest.raises(TrainingError, match="was not trained by this workbench"):
        list(host_rest(path))


def command(path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"gone\.h5 does not exist"):
        list(run_command(["animate", "training", "gone.h5", "--out", "film.mp4"], path.parent))


def ask_qt(_path: Path) -> None:
    assert display.ask_qt([], on_screen=False).facts["platform"] == "offscreen"


CHILDREN: dict[str, Callable[[Path], None]] = {
    "probe that forks": lambda path: examine(path, forking=True),
    "probe": lambda path: examine(path, forking=False),
    "drawing": draw,
    "figure that is dropped": read_figure,
    "training": go_on_training,
    "command": command,
    "doctor": ask_qt,
}


@pytest.fixture
def trapped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run beside modules that leave a mark when they are imported, in the working folder."""
    run_files.make(tmp_path / "run.h5")
    for name in TRAPS:
        (tmp_path / f"{name}.py").write_text(f"import os; os.mkdir({str(tmp_path / 'sprung')!r})\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep)  # two empty entries: the working folder, twice
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "json.py"))
    return tmp_path


@pytest.mark.parametrize("name", CHILDREN)
@pytest.mark.thinned(3)
def test_a_module_beside_a_run_is_never_imported(trapped: Path, name: str) -> None:
    if name == "probe that forks" and sys.platform != "linux":
        pytest.skip("processes fork on Linux only")
    CHILDREN[name](trapped / "run.h5")
    assert not (trapped / "sprung").exists()


def test_python_m_workbench_imports_nothing_from_the_working_folder(
    trapped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONPATH")
    (trapped / "workbench.py").unlink()  # Python itself takes this one from here, before any line of ours has run
    command = [sys.executable, "-m", "workbench", "info", "run.h5"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "a small run" in said.stdout, said.stderr
    assert not (trapped / "sprung").exists()


def test_a_child_imports_from_the_same_places_but_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = tmp_path / "site-packages"
    packages.mkdir()
    places = ["", ".", str(tmp_path), f"{tmp_path}/../{tmp_path.name}", str(tmp_path / "gone"), str(packages)]
    monkeypatch.setattr(sys, "path", [*places, os.path.dirname(os.__file__)])
    ours = str(SOURCES.parent)
    monkeypatch.chdir(tmp_path)
    assert children.search_path() == [str(tmp_path / "gone"), str(packages), os.path.dirname(os.__file__), ours]
    monkeypatch.chdir(packages)  # working where packages are installed takes none of them away
    assert str(packages) in children.search_path()


def test_a_child_has_no_standard_input_and_no_open_file_of_ours(tmp_path: Path) -> None:
    with (tmp_path / "secret").open("wb") as file:
        os.set_inheritable(file.fileno(), True)
        code = "import os, sys; print(repr(sys.stdin.read()), os.path.exists(f'/dev/fd/{sys.argv[1]}'), end='')"
        child = children.start_code(code, str(file.fileno()), stdout=children.PIPE)
        said, _ = children.output_of(child, 30)
    assert said == b"'' False"


def test_a_child_that_does_not_end_is_killed() -> None:
    child = children.start_code("import time; time.sleep(600)")
    with pytest.raises(children.TimeoutExpired):
        children.output_of(child, 0.2)
    with contextlib.suppress(ProcessLookupError):
        os.kill(child.pid, 0)
    assert child.returncode is not None


@pytest.mark.skipif(os.name == "nt", reason="there is no session to be in")
def test_a_child_is_out_of_the_terminals_reach() -> None:
    process = children.start_code("import os; print(os.getsid(0) == os.getpid())", stdout=children.PIPE)
    assert children.output_of(process, 60)[0] == b"True\n"


def test_a_child_whose_answer_nobody_waits_for_any_more_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    process = children.start_code("import sys; sys.stdin.read()", stdin=children.PIPE, stdout=children.PIPE)
    real, calls = process.communicate, list[object]()

    def interrupted(*_: object, timeout: float | None = None) -> tuple[bytes, bytes]:
        calls.append(timeout)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return real(timeout=10)

    monkeypatch.setattr(process, "communicate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        children.output_of(process, 60)
    assert process.poll() is not None


def test_whether_a_child_is_stopped_is_known_and_it_can_be_ended() -> None:
    child = children.start_code("import time; time.sleep(600)")
    assert not children.is_stopped(child)
    child.send_signal(signal.SIGSTOP)
    while not children.is_stopped(child):
        time.sleep(0.01)
    assert children.is_stopped(child)  # and the child is still waited for
    child.send_signal(signal.SIGCONT)
    while children.is_stopped(child):
        time.sleep(0.01)
    child.send_signal(signal.SIGSTOP)
    children.end(child, grace=600.0)  # at once
    assert child.returncode == -signal.SIGKILL
    assert not children.is_stopped(child)


def test_the_output_of_a_stopped_child_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    stops = "import os, signal; print('so far', flush=True); os.kill(os.getpid(), signal.SIGSTOP)"
    child = children.start_code(stops, stdout=children.PIPE)
    with pytest.raises(children.ChildStopped) as caught:
        children.output_of(child, 600.0)
    assert (caught.value.output, child.returncode) == (b"so far\n", -signal.SIGKILL)
    monkeypatch.setattr(display, "ASK_QT", stops.replace("'so far'", "'{}'"))
    complaint = display.ask_qt([], on_screen=False).complaint
    assert complaint == "the process that asks Qt was stopped by the system (SIGSTOP)"


def test_a_child_that_is_slow_to_read_gets_its_whole_input() -> None:
    code = f"import time; time.sleep({3 * children.LOOK}); print(len(input()))"
    slow = children.start_code(code, stdin=children.PIPE, stdout=children.PIPE)
    assert children.output_of(slow, 600.0, b"x" * 200_000 + b"\n") == (b"200000\n", None)
    deaf = children.start_code("print('done')", stdin=children.PIPE, stdout=children.PIPE)
    assert children.output_of(deaf, 600.0, b"x" * 200_000) == (b"done\n", None)


def test_a_bundled_program_starts_itself_as_a_child(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "bundled"
    program.write_text(f"#!{sys.executable}\n" + resource("bundle/entry.py").read_text(encoding="utf-8"))
    program.chmod(0o755)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setenv("PYTHONPATH", str(Path(workbench.__file__).parent.parent))
    process = start_code("import sys; print(__name__, *sys.argv)", "one", "two words", stdout=PIPE)
    assert process.communicate()[0].decode().strip() == "__main__ -c one two words"
