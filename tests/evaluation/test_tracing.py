"""Networks are followed step by step while other threads run networks of their own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import torch
from torch import nn

from workbench.evaluation.tracing import Traced

IMAGES = torch.rand(2, 1, 6, 6)


def network() -> nn.Sequential:
    return nn.Sequential(nn.Flatten(), nn.Linear(36, 8), nn.ReLU(), nn.Linear(8, 3))


def test_threads_that_trace_and_run_networks_do_not_disturb_each_other() -> None:
    done = Event()

    def run() -> int:
        module, calls = network(), 0
        expected = module(IMAGES)
        while not done.is_set():
            assert torch.equal(module(IMAGES), expected)
            calls += 1
        return calls

    def trace() -> list[str]:
        return [str(node.target) for _ in range(60) for node in Traced(network(), IMAGES).nodes]

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(run) for _ in range(2)]
        tracing = [pool.submit(trace) for _ in range(2)]
        steps = [each.exception() or each.result() for each in tracing]
        done.set()
        assert all(each.result() > 0 for each in running)
    assert steps == [["input", "0", "1", "2", "3", "output"] * 60] * 2
