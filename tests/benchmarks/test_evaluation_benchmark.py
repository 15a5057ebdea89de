"""One removal curve of Conv-2 by the engine, beside masking the weights and running the network again.

10,000 images of CIFAR-10's shape. Run with `pytest tests/benchmarks/test_evaluation_benchmark.py --benchmark-only`.
The naive twin is measured on one level, in the engine's own memory format and batches, and multiplied by the number
of levels: `naive_seconds` and `times_faster` stand in each benchmark's extra information (`--benchmark-json`, or
printed with `-s`). Nothing is asserted about time. WORKBENCH_BENCHMARK_RUN names a trained Conv-2 run to take its
parameters from; without one they are PyTorch's initial ones, of which more units are active.
"""

from __future__ import annotations

import os
import time

import numpy as np
import pytest
import torch

import workbench
from workbench.evaluation.evaluator import Evaluator, exact
from workbench.evaluation.networks.data import Data
from workbench.evaluation.run_evaluators import network_of
from workbench.nets.architectures.building import build
from workbench.nets.initialisers import initialise

IMAGES = int(os.environ.get("WORKBENCH_BENCHMARK_IMAGES", "10000"))


@pytest.fixture(scope="module")
def net():
    path = os.environ.get("WORKBENCH_BENCHMARK_RUN")
    if path:
        with workbench.open_run(path) as run:
            return network_of(run)
    module = build("conv2")
    initialise(module, "torch_default", 0)
    return module


@pytest.fixture(scope="module")
def data():
    random = torch.Generator().manual_seed(0)
    images = torch.randn(IMAGES, 3, 32, 32, generator=random)
    return Data(images, torch.randint(0, 10, (IMAGES,), generator=random), 10)


@pytest.fixture(scope="module")
def naive_level(net, data):
    """Seconds for one level by masking and running the whole network, after a warm-up."""
    evaluator = Evaluator(net, data, "fc3")

    def run(images: int) -> None:
        with torch.inference_mode():
            for inputs in evaluator.prefix.inputs(slice(0, images)):
                evaluator.network(inputs)

    run(min(500, IMAGES))
    start = time.perf_counter()
    run(IMAGES)
    return time.perf_counter() - start


@pytest.fixture(autouse=True)
def compiled(net, data):
    """The loops are compiled and the network has run before anything is measured."""
    few = Data(data.images[:20], data.labels[:20], 10)
    for layer in ("conv1", "fc1"):
        evaluator = Evaluator(net, few, layer)
        exact(evaluator.removal_curve(range(evaluator.units)))


def curve(evaluator: Evaluator) -> None:
    exact(evaluator.removal_curve(np.random.default_rng(0).permutation(evaluator.units)))


def report(benchmark, name: str, naive_seconds: float) -> None:
    ratio = naive_seconds / benchmark.stats.stats.min
    benchmark.extra_info |= {"naive_seconds": round(naive_seconds, 1), "times_faster": round(ratio, 1)}
    print(f"\n{name}: {benchmark.stats.stats.min:.3f} s, naive {naive_seconds:.0f} s, {ratio:.0f} times")  # noqa: T201


@pytest.mark.parametrize("layer", ["fc1", "conv2", "conv1"])
def test_a_whole_curve_with_its_prefix(benchmark, net, data, naive_level, layer) -> None:
    units = Evaluator(net, data, layer).units
    benchmark.pedantic(lambda: curve(Evaluator(net, data, layer)), rounds=1)
    report(benchmark, f"{layer}, prefix included", naive_level * (units + 1))


@pytest.mark.parametrize("layer", ["fc1", "conv2"])
def test_a_whole_curve_once_the_prefix_is_kept(benchmark, net, data, naive_level, layer) -> None:
    evaluator = Evaluator(net, data, layer)
    exact(evaluator.accuracies())
    benchmark.pedantic(lambda: curve(evaluator), rounds=5 if layer == "fc1" else 1, warmup_rounds=1)
    report(benchmark, f"{layer}, prefix kept", naive_level * (evaluator.units + 1))


def test_the_complete_figure_of_fc1(benchmark, net, data, naive_level) -> None:
    """Four orders and five random ones, prefix included."""

    def figure() -> None:
        evaluator = Evaluator(net, data, "fc1")
        for seed in range(9):
            exact(evaluator.removal_curve(np.random.default_rng(seed).permutation(256)))

    benchmark.pedantic(figure, rounds=1)
    report(benchmark, "complete fc1 figure", naive_level * 257 * 9)


def test_the_complete_figure_of_lenet_fc1(benchmark) -> None:
    """Four orders and five random ones on images of MNIST's shape, prefix included; processor time is told too."""
    path = os.environ.get("WORKBENCH_BENCHMARK_LENET")
    module = build("lenet")
    initialise(module, "torch_default", 0)
    if path:
        with workbench.open_run(path) as run:
            module = network_of(run)
    random = torch.Generator().manual_seed(0)
    images = torch.randn(IMAGES, 1, 28, 28, generator=random)
    data = Data(images, torch.randint(0, 10, (IMAGES,), generator=random), 10)
    seconds: list[float] = []

    def figure() -> None:
        start, evaluator = time.process_time(), Evaluator(module, data, "fc1")
        for seed in range(9):
            exact(evaluator.removal_curve(np.random.default_rng(seed).permutation(300)))
        seconds.append(time.process_time() - start)

    benchmark.pedantic(figure, rounds=2, warmup_rounds=1)
    benchmark.extra_info |= {"processor_seconds": round(min(seconds), 2)}
    print(f"\nLeNet fc1 figure: {min(seconds):.2f} s of processor time")  # noqa: T201


@pytest.mark.parametrize("layer", ["fc1", "fc2"])
@pytest.mark.parametrize("question", ["lasso", "rank"])
def test_one_answer_once_the_prefix_is_kept(benchmark, net, data, naive_level, layer, question) -> None:
    evaluator = Evaluator(net, data, layer)
    ask = {"lasso": lambda: evaluator.ablations(range(0, 256, 3)), "rank": lambda: evaluator.low_ranks(10)}[question]
    exact(ask())
    benchmark.pedantic(lambda: exact(ask()), rounds=5)
    report(benchmark, f"{layer}, {question}", naive_level)
