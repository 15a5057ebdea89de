"""By how much three readers of a growing run, looking twice a second as a window does, slow its training down."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
import psutil
import pytest
import torch

from workbench.training.events import Snapshot, Started
from workbench.training.loop.loop import train
from workbench.training.recipes import recipe
from workbench.training.recording import record_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SNAPSHOTS, STEPS_BETWEEN = int(os.environ.get("WORKBENCH_BENCHMARK_SNAPSHOTS", "60")), 50

# As a window: look twice a second, and read what its panels show of the newest snapshot. Or as plain h5py.
READER = """
import sys, time, h5py, workbench
from workbench.runs.errors import RunError
path, kind = sys.argv[1:]
run = workbench.open_run(path)
while True:
    time.sleep(0.5)
    if kind == "h5py":
        with h5py.File(path, "r", locking=False) as file:
            [file[f"/gram/{name}"][max(run.snapshots - 1, 0)] for name in file["/gram"]]
    run = run.refreshed()
    if run.snapshots:
        for layer in run.layers:
            layer.gram(), layer.eigenvalues(), layer.activity()
"""


@contextmanager
def readers(path: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Three processes that read the run at `path`."""
    places = os.pathsep.join(sys.path)
    environment = os.environ | {"PYTHONPATH": places, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    started = [
        subprocess.Popen([sys.executable, "-c", READER, str(path), kind], env=environment)
        for kind in ("workbench", "workbench", "h5py")
    ]
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.wait()


@pytest.mark.skipif(sys.platform == "win32", reason="holds processes up by signals")
def test_readers_beside_a_training(benchmark, tmp_path: Path) -> None:
    """Every other snapshot the readers are held up, so that both figures are of the same minutes."""
    spec = replace(
        recipe("digits-conv"),
        epochs=None,
        iterations=SNAPSHOTS * STEPS_BETWEEN,
        snapshots=f"every:{STEPS_BETWEEN}",
        device="cpu",
    )
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # with more, other programs on the machine are measured
    shares: list[float] = []
    took: dict[bool, list[float]] = {True: [], False: []}

    def follow() -> None:
        path = tmp_path / "run.h5"
        events = record_run(path, train(spec))
        assert isinstance(next(events), Started)
        with readers(path) as others:
            reading, began = True, time.perf_counter()
            for event in events:
                if isinstance(event, Snapshot):
                    now = time.perf_counter()
                    if event.index > 4:  # they have all begun by then
                        took[reading].append(now - began)
                    reading = event.index % 2 == 0
                    for other in others:
                        other.send_signal(signal.SIGCONT if reading else signal.SIGSTOP)
                    began = time.perf_counter()
            assert [other.poll() for other in others] == [None] * 3  # none has failed
            for other in others:
                other.send_signal(signal.SIGCONT)
                process = psutil.Process(other.pid)
                before, since = sum(process.cpu_times()[:2]), time.perf_counter()
                time.sleep(5.0)
                shares.append(100 * (sum(process.cpu_times()[:2]) - before) / (time.perf_counter() - since))

    try:
        benchmark.pedantic(follow, rounds=1)
    finally:
        torch.set_num_threads(threads)
    pairs = [100 * (beside / alone - 1) for beside, alone in zip(took[True], took[False], strict=False)]
    low, slower, high = np.percentile(pairs, 25), median(pairs), np.percentile(pairs, 75)
    benchmark.extra_info["slower, percent"] = slower
    sys.stdout.write(
        f"{slower:+.2f} % time for {STEPS_BETWEEN} steps and a snapshot with three readers: the median of"
        f" {len(pairs)} pairs, half of which lie between {low:+.2f} and {high:+.2f} %;"
        f" a reader takes {median(shares):.2f} % of a core\n"
    )
