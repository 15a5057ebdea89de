"""Evaluation on a device other than the processor: what can be held without having one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest
import torch
from brute_force import best_of_rank, images_for, logits_with, logits_without, small
from torch.utils._python_dispatch import TorchDispatchMode
from warm_children import run_python

import workbench
from workbench.evaluation import cached_curves, run_evaluators
from workbench.evaluation.evaluator import Evaluator, exact
from workbench.evaluation.networks import memory
from workbench.evaluation.networks.network import Network
from workbench.evaluation.networks.prefix import Prefix
from workbench.evaluation.ranks import channels as rank_channels
from workbench.evaluation.ranks import kernels as rank_kernels
from workbench.evaluation.removal import oracle, rows
from workbench.evaluation.removal.scores import snip, taylor
from workbench.evaluation.several import JointEvaluator
from workbench.nets import devices
from workbench.nets.devices import device, evaluation_device, full_precision
from workbench.nets.units import layers
from workbench.resource import resource
from workbench.runs.place import place_in


@pytest.mark.skipif(
    torch.accelerator.is_available(), reason="PyTorch trains on the real device beside the pretended one"
)
def test_everything_that_is_asked_stays_on_the_device_and_needs_no_doubles_there() -> None:
    done = run_python(str(Path(__file__).with_name("pretend_device.py")))
    lines = done.stdout.splitlines()
    assert [line for line in lines if not line.endswith(": ok")] == [], done.stderr
    assert len(lines) == 25, done.stderr


@pytest.fixture
def without_loops(monkeypatch) -> None:
    """Every answer is computed as on a device for which no loop is fused."""
    for module in (rows, rank_channels, rank_kernels):
        monkeypatch.setattr(module, "suits_loops", lambda _: False)


CASES = [(name, layer.name) for name in ("lenet", "conv2", "digits_conv") for layer in layers(small(name))[::-1]]


@pytest.mark.usefixtures("without_loops")
@pytest.mark.parametrize(("name", "layer"), CASES)
def test_without_fused_loops_every_level_predicts_what_the_masked_network_predicts(name, layer) -> None:
    net, data = small(name), images_for(name, 60)
    evaluator = Evaluator(net, data, layer)
    order = np.random.default_rng(3).permutation(evaluator.units)
    for removed in ("bias", "zero", "mean"):
        predictions = evaluator.removal_predictions(order, removed)
        for level in range(evaluator.units + 1):
            twin = logits_without(net, layer, order[:level].tolist(), removed, data.images)
            assert np.array_equal(predictions[level], twin.argmax(1).numpy()), f"{removed}, {level} removed"


@pytest.mark.usefixtures("without_loops")
@pytest.mark.parametrize("layer", ["fc1", "fc2", "fc3"])
def test_without_fused_loops_every_rank_predicts_what_the_network_with_that_matrix_predicts(layer) -> None:
    net, data = small("lenet"), images_for("lenet", 60)
    evaluator = Evaluator(net, data, layer)
    for rank, found in enumerate(evaluator.rank_predictions()):
        twin = logits_with(net, layer, best_of_rank(evaluator.weights(), rank), data.images)
        assert np.array_equal(found, twin.argmax(1).numpy()), f"rank {rank}"


@pytest.mark.usefixtures("without_loops")
@pytest.mark.parametrize("layer", ["fc1", "fc2"])
@pytest.mark.parametrize("at_once", [1, 1 << 20])
def test_without_fused_loops_many_units_are_left_out_at_a_time(monkeypatch, layer, at_once) -> None:
    monkeypatch.setattr(oracle, "_BYTES_AT_ONCE", at_once)
    evaluator = Evaluator(small("lenet"), images_for("lenet", 60), layer)
    constants = evaluator.prefix.constants("bias")
    left, gone = np.array([0, 2, 3, 7]), [1, 4, 5, 6]
    ways = (oracle.by_products(evaluator, constants), oracle.one_by_one(evaluator, constants))
    found, expected = (way(0, gone, left) for way in ways)
    assert torch.equal(found.predictions, expected.predictions)
    # Each loss comes from float32 sums of up to 64 products, which may be added up in any order: 64 · 2⁻²⁴ of it.
    torch.testing.assert_close(found.losses, expected.losses, rtol=64 * 2.0**-24, atol=0.0)


@pytest.mark.parametrize(
    ("there_are", "variable", "expected"),
    [((), "", "cpu"), (("cuda", "mps"), "", "cuda"), (("mps",), "auto", "mps"), (("mps",), "cpu", "cpu")],
)
def test_networks_are_evaluated_on_the_fastest_device_unless_the_user_says_where(
    monkeypatch, there_are, variable, expected
) -> None:
    monkeypatch.setattr(devices, "accelerators", lambda: there_are)
    monkeypatch.setenv(devices.VARIABLE, variable)
    assert evaluation_device() == torch.device(expected)


def test_a_device_that_there_is_not_is_refused_with_the_name_of_the_variable(monkeypatch) -> None:
    monkeypatch.setattr(devices, "accelerators", tuple)
    monkeypatch.setenv(devices.VARIABLE, "abacus")
    with pytest.raises(ValueError, match="WORKBENCH_DEVICE: there is no device 'abacus' here; choose one of auto, cpu"):
        evaluation_device()
    with pytest.raises(ValueError, match="there is no device 'cuda' here"):
        device("cuda")


def test_a_curve_found_on_one_kind_of_device_is_not_shown_for_another(monkeypatch, tmp_path) -> None:
    with workbench.open_run(resource("sample_runs/digits_conv.h5")) as run:
        paths = set()
        for kind in ("cpu", "cuda:0", "cuda:1"):
            monkeypatch.setattr(cached_curves, "evaluation_device", lambda kind=kind: torch.device(kind))
            paths.add(cached_curves._path(tmp_path, place_in(run, "fc1"), ("fc1",), run_evaluators.data_of(run)))
    assert len(paths) == 2


@pytest.fixture
def rounding():
    """The switches by which torch rounds the factors of products; afterwards they are as they were."""
    switches = [switch for several in devices.ROUNDING.values() for switch in several]
    before = [switch.fp32_precision for switch in switches]
    yield switches
    for switch, value in zip(switches, before, strict=True):
        switch.fp32_precision = value


@pytest.mark.parametrize("kind", ["cuda", "cpu"])
def test_factors_are_rounded_again_only_when_the_last_thread_has_left(rounding, kind) -> None:
    own, others = devices.ROUNDING[kind], set(rounding) - set(devices.ROUNDING[kind])
    for switch in rounding:
        switch.fp32_precision = "tf32"
    inside, left = Barrier(2), Barrier(2)

    def first() -> None:
        with full_precision(torch.device(kind)):
            inside.wait(60)
        left.wait(60)

    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(first)
        with full_precision(torch.device(kind)):
            inside.wait(60)
            left.wait(60)
            asked.result()
            assert {switch.fp32_precision for switch in own} == {"ieee"}
            assert {switch.fp32_precision for switch in others} == {"tf32"}
    assert {switch.fp32_precision for switch in rounding} == {"tf32"}
    with pytest.raises(MemoryError), full_precision(torch.device(kind)):
        raise MemoryError
    assert {switch.fp32_precision for switch in rounding} == {"tf32"}


class Watching(TorchDispatchMode):
    """Which precision the products are asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        if str(operator).split(".")[1] in ("addmm", "addmm_", "mm", "matmul", "linear", "conv2d", "convolution"):
            self.seen += [switch.fp32_precision for switch in devices.ROUNDING["cpu"]]
        return operator(*args, **(kwargs or {}))


@pytest.mark.usefixtures("without_loops")
def test_whatever_is_asked_products_are_computed_in_full_precision(rounding) -> None:
    for switch in devices.ROUNDING["cpu"]:
        switch.fp32_precision = "bf16"
    net, data = small("conv2"), images_for("conv2", 30)
    evaluator, together = Evaluator(net, data, "conv2", 0), JointEvaluator(net, data, ("conv1", "fc1"), 0)
    order = [("fc1", 3), ("conv1", 1)]
    for question in (
        lambda: exact(evaluator.removal_curve(range(6), "mean")),
        lambda: exact(evaluator.low_ranks(2)),
        lambda: evaluator.removal_predictions(range(6)),
        lambda: exact(together.removal_curve(order, "mean")),
        lambda: snip(evaluator),
        lambda: taylor(evaluator),
    ):
        with Watching() as watching:
            question()
        assert set(watching.seen) == {"ieee"}
    progress = evaluator.removal_curve(range(6))
    next(progress)  # and between two answers nothing is switched
    assert {switch.fp32_precision for switch in devices.ROUNDING["cpu"]} == {"bf16"}


class Small:
    """A device with memory for so many images at a time, and fewer when something is kept."""

    def __init__(self, images: int) -> None:
        self.images, self.kept, self.lacked = images, 0, 0

    def __call__(self, network: Network, inputs: torch.Tensor) -> torch.Tensor:
        if len(inputs) + self.kept > self.images:
            self.lacked += 1
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return inputs


@pytest.fixture
def room(monkeypatch):
    """Memory for 7 images at a time."""
    room, inputs, keep = Small(7), Prefix.inputs, memory.Memory.keep

    def kept(self: memory.Memory, key: memory.Key, tensor: torch.Tensor) -> None:
        keep(self, key, tensor)
        room.kept = 5 if self._cached else 0

    def given_up(self: memory.Memory, give_up=memory.Memory.give_up) -> bool:
        room.kept = 0
        return give_up(self)

    monkeypatch.setattr(Prefix, "inputs", lambda self, rows: (room(self._network, each) for each in inputs(self, rows)))
    monkeypatch.setattr(memory.Memory, "keep", kept)
    monkeypatch.setattr(memory.Memory, "give_up", given_up)
    return room


@pytest.mark.parametrize("layer", ["conv1", "fc1"])
def test_where_memory_is_short_fewer_images_are_computed_at_a_time(room, layer) -> None:
    net, data = small("conv2"), images_for("conv2")
    evaluator = Evaluator(net, data, layer)
    order = np.random.default_rng(3).permutation(evaluator.units)
    predictions = evaluator.removal_predictions(order, "mean")
    twin = logits_without(net, layer, order[:3].tolist(), "mean", data.images)
    assert np.array_equal(predictions[3], twin.argmax(1).numpy())
    assert snip(evaluator).shape == (evaluator.units,)
    joint = exact(JointEvaluator(net, data, (layer,)).removal_curve([(layer, int(unit)) for unit in order[:3]], "mean"))
    assert joint.correct[3] == int((twin.argmax(1) == data.labels).sum())
    assert room.lacked > 0


def test_where_not_even_one_image_fits_it_is_said_what_can_be_done(room, monkeypatch) -> None:
    room.images = 0
    monkeypatch.setattr(Network, "running", lambda self: torch.no_grad())
    with pytest.raises(
        MemoryError,
        match=r"device cpu has too little memory.*close other programs that use it\. \(CUDA "
        r"out of memory",
    ):
        Evaluator(small("lenet"), images_for("lenet"), "fc1")
    with pytest.raises(MemoryError, match="evaluate on the CPU with WORKBENCH_DEVICE=cpu"):
        memory.with_room(lambda: room(None, [0]), lambda: False, torch.device("cuda"))


def test_other_errors_are_not_taken_for_a_lack_of_memory() -> None:
    with pytest.raises(RuntimeError, match="must match"):
        memory.with_room(lambda: torch.ones(2) + torch.ones(3), lambda: True, torch.device("cpu"))


def test_of_a_devices_own_memory_evaluators_keep_a_small_part(monkeypatch) -> None:
    monkeypatch.setattr(memory, "memory_of", lambda _: 1600)
    kept = memory.Memory(1 << 30, torch.device("cuda"))
    kept.keep(("large", 0), torch.zeros(26))
    kept.keep(("small", 0), torch.zeros(25))
    assert ("large", 0) not in kept
    assert ("small", 0) in kept


def test_where_memory_was_short_once_nothing_is_kept_any_more() -> None:
    kept = memory.Memory(1000, torch.device("cpu"))
    kept.keep(("first", 0), torch.zeros(9))
    assert kept.give_up()
    assert not kept.give_up()
    kept.keep(("first", 0), torch.zeros(9))
    assert ("first", 0) not in kept


def test_how_many_images_an_accelerator_is_given_follows_from_the_largest_value_of_one() -> None:
    assert Network(small("conv2"), images_for("conv2")).graph.largest == 6 * 8 * 8 * 4


def test_evaluators_are_kept_for_each_device(monkeypatch) -> None:
    with workbench.open_run(resource("sample_runs/digits_lenet.h5")) as run:
        first = run_evaluators.evaluator(place_in(run, "fc1"))
        assert run_evaluators.evaluator(place_in(run, "fc1")) is first
        monkeypatch.setattr(run_evaluators, "evaluation_device", lambda: torch.device("cpu", 0))
        assert run_evaluators.evaluator(place_in(run, "fc1")) is not first
    run_evaluators.forget()
