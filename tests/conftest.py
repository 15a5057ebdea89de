"""What holds for every test: nothing is read from or kept in the user's own folders."""

from __future__ import annotations

import gc
import os
import random
import sys
from collections import Counter
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from pytestqt.qtbot import QtBot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PySide6.QtWidgets import QApplication

    from workbench.runs.run import Run

settings.register_profile("suite", suppress_health_check=[HealthCheck.too_slow], deadline=None)  # busy machines
settings.load_profile("suite")

BETWEEN_COLLECTIONS = 600  # tests
BETWEEN_LOOKS = 20_000, 20, 20  # new objects, and how often those are looked through before older ones are
PATIENCE = 60_000  # ms
_number = count()
_folder = count()


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Let each of the processes begin with other test files, and find compiled what the others began with."""
    gc.disable()  # what is loaded stays
    config = session.config
    worker = getattr(config, "workerinput", None)
    if worker is None or config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return
    files = sorted(map(str, Path(__file__).parent.rglob("test_*.py")))
    first = len(files) * int(worker["workerid"].removeprefix("gw")) // worker["workercount"]
    config.args[:] = files[first:] + files[:first]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the files into the same order in every process, and leave out what is thinned."""
    items.sort(key=lambda item: str(item.path))
    dropped = [] if os.environ.get("WORKBENCH_EVERY_CASE") else list(_thinned(items))
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        left_out = set(dropped)
        items[:] = [item for item in items if item not in left_out]


def _thinned(items: list[pytest.Item]) -> Iterator[pytest.Item]:
    """All tests marked "lengthy", and of those marked "thinned" all cases but one in so many; what is named is run."""
    seen = Counter[str]()
    for item in items:
        if item.get_closest_marker("lengthy") and not any("::" in argument for argument in item.config.args):
            yield item
        mark = item.get_closest_marker("thinned")
        if mark is not None and not any("[" in argument for argument in item.config.args):
            name = item.nodeid.partition("[")[0]
            if seen[name] % mark.args[0]:
                yield item
            seen[name] += 1


def pytest_collection_finish() -> None:
    """Look for garbage among what the tests make, and not often: a tenth of their time went there."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(*BETWEEN_LOOKS)


@pytest.hookimpl(tryfirst=True)
def pytest_unconfigure() -> None:
    """Look through all objects for garbage once at the end, where pytest would five times."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No loop is compiled in two processes at the same time: the second waits, and finds what the first has kept."""
    if "numba" not in sys.modules or sys.platform == "win32":
        yield
        return
    from one_compiler import one_at_a_time

    several = "PYTEST_XDIST_WORKER" in os.environ
    folder = tmp_path_factory.getbasetemp().parent if several else tmp_path_factory.getbasetemp()
    with one_at_a_time(folder / "compiling"):
        yield


@pytest.fixture(autouse=True)
def collected() -> None:
    """Old objects are looked through for garbage once in so many tests: half a million of them take a second."""
    if next(_number) % BETWEEN_COLLECTIONS == 0:
        gc.unfreeze()
        gc.collect()
        gc.freeze()


@pytest.fixture(autouse=True)
def seeded() -> None:
    """Every test starts from the same random numbers, so that none fails by chance."""
    random.seed(0)
    np.random.seed(0)
    if "torch" in sys.modules:  # a test that needs no torch does not wait for it
        import torch  # waits where the thread of a window is in the middle of this

        # Seeding all devices takes two milliseconds; one that was not used yet begins the same by itself.
        (torch.manual_seed if torch.cuda.is_initialized() else torch.default_generator.manual_seed)(0)


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Spinning threads of a busy machine make small networks many times slower."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def no_evaluator_stays() -> Iterator[None]:
    """Networks and data that the tests of a module asked are forgotten after the last of them."""
    from workbench.evaluation.run_evaluators import forget

    yield
    forget()


@pytest.fixture(scope="session")
def caches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds each test's folders for caches and data."""
    return tmp_path_factory.mktemp("caches")


@pytest.fixture(scope="session", autouse=True)
def warm_children() -> Iterator[None]:
    """The processes that the workbench starts need not load torch and matplotlib each."""
    from warm_children import popen

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("workbench.runs.confinement.children.Popen", popen)
        yield


@pytest.fixture(autouse=True)
def private_cache(caches: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's folders for caches and data are new ones for each test."""
    own = caches / str(next(_folder))
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME"):
        folder = own / name
        folder.mkdir(parents=True)
        monkeypatch.setenv(name, str(folder))


class PatientBot(QtBot):
    """A QtBot that gives every condition at least a minute: on a busy machine each of them can take long."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = PATIENCE) -> None:
        super().waitUntil(callback, timeout=max(timeout, PATIENCE))

    def waitSignal(self, signal: Any, *, timeout: int = PATIENCE, raising: bool = True, **options: Any) -> Any:
        patience = max(timeout, PATIENCE) if raising else timeout
        return super().waitSignal(signal, timeout=patience, raising=raising, **options)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    return PatientBot(request)


@pytest.fixture(scope="module")
def module_qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    """The same for what lasts for a module; widgets are not added to it."""
    return PatientBot(request)


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """The sample run A: a small convolutional network on digits."""
    from workbench.resource import resource
    from workbench.runs.run import open_run

    with open_run(resource("sample_runs/digits_conv.h5")) as opened:
        yield opened


@pytest.fixture(scope="session")
def on_mnist(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A run and the data folder it was trained on (see `own_mnist`), which no test may change."""
    from tests.own_mnist import trained, write_data

    folder = tmp_path_factory.mktemp("mnist")
    root = write_data(folder / "data")
    return trained(folder / "run.h5", root), root
