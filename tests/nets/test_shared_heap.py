"""Memory that is freed goes back to the system."""

from __future__ import annotations

import subprocess
import sys

import pytest

THREADS = """
import ctypes, threading
from workbench.nets.memory import share_one_heap
{}
libc, together = ctypes.CDLL(None), threading.Barrier(4)
def work():
    libc.malloc(5000)
    together.wait()
threads = [threading.Thread(target=work) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
libc.malloc_stats()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="of the GNU C library")
def test_all_threads_take_memory_from_one_heap() -> None:
    def heaps(first: str) -> int:
        done = subprocess.run([sys.executable, "-c", THREADS.format(first)], capture_output=True, text=True, check=True)
        return done.stderr.count("Arena ")

    assert heaps("") > 1
    assert heaps("share_one_heap()") == 1
