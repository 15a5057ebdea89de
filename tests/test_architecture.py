"""The rules of the house: who imports whom, what a light import loads, how long a file may be."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workbench.resource import resource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

CHECKOUT = Path(__file__).parent.parent
PACKAGE = CHECKOUT / "workbench"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 300  # lines

EVERYWHERE = ("cached", "resource")  # modules that all others may import
# Sub-package -> those of ours it may import besides itself and `EVERYWHERE`.
ALLOWED = {
    "nets": set[str](),
    "analysis": set[str](),
    "runs": {"analysis"},
    "training": {"nets", "runs", "analysis"},
    "recorders": {"nets", "runs", "analysis", "training", "figures"},
    "importing": {"nets", "runs", "analysis"},
    "evaluation": {"nets", "analysis", "runs"},
    "comparing": {"nets", "analysis", "runs", "importing", "evaluation"},
    "figures": {"nets", "analysis", "runs", "evaluation", "comparing"},
    "films": {"nets", "analysis", "runs", "evaluation", "figures"},
    "reports": {"nets", "analysis", "runs", "evaluation", "figures"},
    "experiments": {"nets", "analysis", "runs", "training", "evaluation", "comparing", "figures", "reports"},
}
ALLOWED["gui"] = {*ALLOWED, "display", "doctor", "signals"}
ALLOWED["cli"] = {*ALLOWED, "display", "doctor", "signals"}
QT = {"PySide6", "shiboken6", "pyqtgraph", "qtpy", "PyQt6"}
WITHOUT_TORCH = ("analysis", "runs")
SHARED_BY_PANELS = {"whole_matrix", "base", "beside", "frame", "help", "kind", "programs", "sight"}
# The rooms of the window: each may import those before it. Plots are widgets of their own kind.
GUI_ROOMS = ("background", "state", "widgets", "plots", "dialogs", "work", "panels", "window", "bench")
MOST_MODULES = 15  # in a folder


@cache
def imports(path: Path) -> set[str]:
    """The full dotted names that a module imports, wherever in it; `from a import b` counts as a and a.b."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def part_of(path: Path) -> str:
    """The sub-package of a module, or its own name where it lies directly in `workbench`."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def our_parts(path: Path) -> set[str]:
    """The sub-packages of ours that a module imports."""
    dotted = (name.split(".") for name in imports(path))
    return {words[1] for words in dotted if words[0] == "workbench" and len(words) > 1}


def modules_of(*parts: str) -> list[Path]:
    return [path for path in MODULES if part_of(path) in parts]


def label(path: Path) -> str:
    return path.relative_to(CHECKOUT).as_posix()


def found(forbidden: Callable[[Path], set[str]], paths: Iterable[Path]) -> dict[str, set[str]]:
    """The modules that import what they may not, and what that is."""
    return {label(path): names for path in paths if (names := forbidden(path))}


def test_imports_go_one_way() -> None:
    def forbidden(path: Path) -> set[str]:
        return our_parts(path) - ALLOWED[part_of(path)] - {part_of(path), *EVERYWHERE, "__version__"}

    assert found(forbidden, modules_of(*ALLOWED)) == {}


def test_every_sub_package_has_its_rule() -> None:
    assert {part_of(path) for path in MODULES if path.parent != PACKAGE} <= set(ALLOWED)


def packages_in(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports(path)}


def test_qt_is_at_home_in_gui_only() -> None:
    assert found(lambda path: packages_in(path) & QT, (path for path in MODULES if part_of(path) != "gui")) == {}


def test_reading_and_analysing_runs_needs_no_torch() -> None:
    assert found(lambda path: packages_in(path) & {"torch", "torchvision"}, modules_of(*WITHOUT_TORCH)) == {}


def test_rooms_of_the_window_import_only_those_before_them() -> None:
    def forbidden(path: Path) -> set[str]:
        rooms = {name.split(".")[2] for name in imports(path) if name.startswith("workbench.gui.")}
        last = GUI_ROOMS.index("background" if path.parent.name == "gui" else path.relative_to(PACKAGE).parts[1])
        return rooms & set(GUI_ROOMS[last + 1 :])

    assert found(forbidden, modules_of("gui")) == {}


def test_cached_properties_are_those_that_hold_no_lock() -> None:
    others = (path for path in MODULES if label(path) != "workbench/cached.py")
    assert found(lambda path: imports(path) & {"functools.cached_property"}, others) == {}


def test_panels_do_not_know_each_other() -> None:
    home, folder = "workbench.gui.panels.", PACKAGE / "gui" / "panels"

    def forbidden(path: Path) -> set[str]:
        panels = {name.removeprefix(home).partition(".")[0] for name in imports(path) if name.startswith(home)}
        own = path.relative_to(folder).parts[0].removesuffix(".py")
        # A panel may keep its parts in a folder of its own, or beside it: pruning.py, pruning_menus.py.
        return {name for name in panels - SHARED_BY_PANELS if name != own and not name.startswith(f"{own}_")}

    assert found(forbidden, (path for path in modules_of("gui") if path.is_relative_to(folder))) == {}


def test_no_folder_holds_too_many_modules() -> None:
    held = Counter(label(path.parent) for path in MODULES if path.name != "__init__.py")
    assert {folder: number for folder, number in held.items() if number > MOST_MODULES} == {}


def heavy_modules_after(program: str) -> str:
    """What a fresh Python prints as the heavy modules loaded after these statements."""
    heavy = sorted(QT | {"torch", "torchvision", "numba", "scipy", "matplotlib"})
    program += f"; import sys; print([name for name in {heavy} if name in sys.modules])"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    return done.stdout.strip() + done.stderr


def test_importing_the_workbench_loads_neither_qt_nor_torch() -> None:
    assert heavy_modules_after("import workbench") == "[]"


def test_reading_a_run_loads_neither_qt_nor_torch() -> None:
    sample = str(resource("sample_runs/digits_conv.h5"))
    reading = f"run = workbench.open_run({sample!r}); run.layer('fc1').gram(0); run.layer('fc1').weights(-1)"
    assert heavy_modules_after(f"import workbench; {reading}") == "[]"


@pytest.mark.parametrize("kind", ["py", "md"])
def test_no_file_or_page_is_too_long_to_read_in_one_go(kind: str) -> None:
    files = [path for folder in ("workbench", "resources", "tests") for path in (CHECKOUT / folder).rglob(f"*.{kind}")]
    files += CHECKOUT.glob(f"*.{kind}")
    lengths = {label(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert lengths
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_no_two_modules_of_the_tests_have_the_same_name() -> None:
    """Folders of tests are no packages: of two modules of one name, the second to be imported would be the first."""
    tests = CHECKOUT / "tests"
    names = [path.stem for path in tests.rglob("*.py") if path.stem not in {"__main__", "conftest"}]
    names += [path.name for path in tests.iterdir() if path.is_dir() and path.name != "__pycache__"]
    assert [name for name, times in Counter(names).items() if times > 1] == []


def test_folders_go_two_levels_deep() -> None:
    """Three in the window, whose rooms are as large as packages."""

    def depth(path: Path) -> int:
        return len(path.relative_to(PACKAGE).parts) - 1

    assert [label(path) for path in MODULES if depth(path) > (3 if part_of(path) == "gui" else 2)] == []
