"""Large libraries are loaded beside a window that goes on drawing, and only when they are needed."""

from __future__ import annotations

import gc
import importlib
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from workbench.gui.background import loading
from workbench.resource import resource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What a package of a large library finds while it is imported.
WITNESS = "import gc, sys\nseen = gc.isenabled(), sys.getswitchinterval()\n"


@pytest.fixture
def finder() -> Iterator[None]:
    """The gentle imports, for one test."""
    interval = sys.getswitchinterval()
    loading.install()
    yield
    sys.meta_path.remove(loading.GentleFinder)  # type: ignore[arg-type]
    sys.setswitchinterval(interval)


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package that counts as large."""
    (tmp_path / "ponderous").mkdir()
    (tmp_path / "ponderous" / "__init__.py").write_text(WITNESS)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(loading, "LARGE", frozenset(("ponderous",)))
    monkeypatch.delitem(sys.modules, "ponderous", raising=False)
    return "ponderous"


@pytest.mark.usefixtures("finder")
def test_a_large_package_is_imported_without_collections_and_with_frequent_turns(large: str) -> None:
    interval = sys.getswitchinterval()
    collecting, turns = importlib.import_module(large).seen
    assert not collecting
    assert turns <= loading.OFTEN * 1.001
    assert gc.isenabled()
    assert sys.getswitchinterval() == interval
    del sys.modules[large]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mapped on Linux alone")
@pytest.mark.usefixtures("finder")
def test_the_shared_library_of_a_large_package_is_mapped_before_it_is_imported(
    large: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import _testcapi  # a shared library that is there wherever Python is, under a name of its own

    library = tmp_path / large / "lib" / "weighty.so"
    library.parent.mkdir()
    shutil.copy(_testcapi.__file__, library)
    (tmp_path / large / "__init__.py").write_text("with open('/proc/self/maps') as maps:\n    there = maps.read()\n")
    monkeypatch.setattr(loading, "MAPPED", {large: "lib/weighty.so"})
    assert str(library) in importlib.import_module(large).there
    del sys.modules[large]


@pytest.mark.usefixtures("finder")
def test_threads_that_compute_let_the_window_go_on_soon() -> None:
    assert sys.getswitchinterval() <= loading.OFTEN * 1.001


def test_without_the_finder_an_import_is_an_ordinary_one(large: str) -> None:
    collecting, _paint_queue = importlib.import_module(large).seen
    assert collecting
    del sys.modules[large]


def test_blocks_may_lie_in_each_other_and_a_failure_ends_them() -> None:
    interval = sys.getswitchinterval()
    with loading.gently():
        with pytest.raises(ModuleNotFoundError), loading.gently():
            importlib.import_module("a_module_that_is_not_there")
        assert not gc.isenabled(), "the inner block ended the outer one"
    assert gc.isenabled()
    assert sys.getswitchinterval() == interval


def after(program: str) -> str:
    """What a fresh Python prints at the end of this program."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_no_source_is_read_of_what_is_imported_beside_the_window() -> None:
    program = (
        "import workbench.gui.window.main_window, linecache\n"
        "import fractions, http.client\n"
        "print([name for name in linecache.cache if name.endswith(('fractions.py', 'client.py', 'main_window.py'))])"
    )
    assert after(program) == "[]"


def test_a_real_library_is_complete_when_it_was_loaded_gently() -> None:
    program = (
        "from workbench.gui.background import loading; loading.install()\n"
        "import torch, gc; print(torch.ones(2).sum().item(), gc.isenabled(), gc.get_freeze_count() > 10_000)"
    )
    assert after(program) == "2.0 True True"


def test_a_window_with_a_run_shows_its_quick_panels_without_the_large_libraries() -> None:
    """Evaluating needs torch, laying out numba and a figure matplotlib: the first picture waits for none of them."""
    program = f"""
import sys
from pathlib import Path
from PySide6.QtCore import QEventLoop, QTimer
from workbench.gui.window import app
from workbench.gui.window.main_window import MainWindow
from workbench.gui.state.settings import Settings
import tempfile
application = app.application()
with tempfile.TemporaryDirectory() as folder:
    window = MainWindow(Settings(Path(folder) / "settings.ini"))
    window.play_when_opened = False
    loaded = []
    def look():
        if window.session.selection.run is not None and window.is_settled():
            loaded.extend(name for name in ("torch", "matplotlib", "scipy", "networkx", "av") if name in sys.modules)
            window.close()
    for name in ("pruning", "low_rank", "directions", "compare"):  # these ask the network, or are behind such a tab
        window.docks[name].hide()
    window.docks["graph"].hide()  # this one loads numba behind its first picture
    timer = QTimer(); timer.timeout.connect(look); timer.start(5)
    window.closed.connect(application.quit)
    window.show()
    window.open(Path({str(resource("sample_runs/digits_conv.h5"))!r}))
    application.exec()
    print(loaded, "numba" in sys.modules)
"""
    assert after(program) == "[] False"


def test_pyqtgraph_has_all_names_of_qt_and_makes_their_classes_when_they_are_asked_for() -> None:
    program = """
import workbench.gui, pyqtgraph
from PySide6 import QtWidgets
made = "QWizard" in vars(pyqtgraph.Qt.QtWidgets)
print(made, pyqtgraph.Qt.QtWidgets.QWizard is QtWidgets.QWizard, "QWizard" in dir(QtWidgets))
"""
    assert after(program) == "False True True"


def test_the_window_starts_without_what_imports() -> None:
    program = "import sys, workbench.gui.window.app; print([m for m in sys.modules if 'workbench.importing' in m])"
    assert after(program) == "[]"
