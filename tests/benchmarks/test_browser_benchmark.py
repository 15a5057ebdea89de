"""A folder of a thousand runs in the table of the browser, beside opening every one of them.

Run with `pytest tests/benchmarks/test_browser_benchmark.py --benchmark-only`; no time is asserted.
"""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from workbench.resource import resource
from workbench.runs.collection import listing

RUNS = 1000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("runs")
    shutil.copy(resource("sample_runs/digits_lenet.h5"), place / "run0000.h5")
    for number in range(1, RUNS):
        os.link(place / "run0000.h5", place / f"run{number:04d}.h5")
    return place


@pytest.mark.benchmark(group="1,000 runs")
def test_listing_a_thousand_runs_in_the_table(benchmark, folder, qapp):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QSortFilterProxyModel

    from workbench.gui.widgets.run_table import SORTED_BY, RunTable

    with ThreadPoolExecutor(1) as pool:
        model = RunTable(pool, qapp)
        proxy = QSortFilterProxyModel()
        proxy.setSortRole(SORTED_BY)
        proxy.setSourceModel(model)
        proxy.sort(0)

        def listed():
            model.show_files(listing.run_files(folder))
            return proxy.rowCount()

        assert benchmark(listed) == RUNS
        model.reader.close()


@pytest.mark.benchmark(group="1,000 runs")
def test_reading_ten_of_them(benchmark, folder):
    paths = [listed.path for listed in listing.run_files(folder)[:10]]
    found = benchmark.pedantic(lambda: [listing.summary(path) for path in paths], rounds=3)
    assert all(not each.problem for each in found)
