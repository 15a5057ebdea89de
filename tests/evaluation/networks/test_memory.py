"""What all evaluators keep together stays within one budget, and what was used last stays longest."""

from __future__ import annotations

import threading

import pytest
import torch

from workbench.evaluation.networks import memory
from workbench.evaluation.networks.memory import Memory, held

CPU = torch.device("cpu")


@pytest.fixture
def budget(monkeypatch: pytest.MonkeyPatch) -> int:
    """Room for ten floating-point numbers besides what earlier tests hold."""
    for other in list(memory._memories):
        other.clear()
    monkeypatch.setattr(memory, "BUDGET", 40)
    return 40


def ask(kept: Memory, index: int, made: list[int], size: int = 4) -> None:
    def compute() -> tuple[torch.Tensor]:
        made.append(index)
        return (torch.full((size,), float(index)),)

    (found,) = kept.all([("taken", index)], compute)
    assert found[0] == index


def test_all_memories_share_one_budget_and_the_oldest_goes_first(budget: int) -> None:
    one, other, made = Memory(1 << 30, CPU), Memory(1 << 30, CPU), list[int]()
    ask(one, 1, made)
    ask(other, 2, made)
    ask(one, 1, made)  # now 2 is the oldest
    ask(one, 3, made)
    assert (("taken", 1) in one, ("taken", 2) in other, ("taken", 3) in one) == (True, False, True)
    assert held() == one.held + other.held == 32
    ask(other, 2, made)
    assert made == [1, 2, 3, 2]
    assert ("taken", 1) not in one
    assert held() <= budget


def test_what_no_budget_can_hold_is_made_each_time_and_drives_nothing_out(budget: int) -> None:
    one, made = Memory(1 << 30, CPU), list[int]()
    ask(one, 1, made)
    for _ in range(2):
        ask(one, 2, made, size=11)
    assert made == [1, 2, 2]
    assert ("taken", 1) in one


def test_a_memory_that_is_gone_takes_no_room(budget: int) -> None:
    one, other = Memory(1 << 30, CPU), Memory(1 << 30, CPU)
    ask(one, 1, [], size=10)
    del one
    ask(other, 2, [], size=10)
    assert held() == 40


def test_one_chunk_is_computed_while_another_is_waited_for() -> None:
    kept, gate, other_made = Memory(1 << 30, CPU), threading.Event(), threading.Event()

    def slow() -> tuple[torch.Tensor]:
        assert gate.wait(30)
        return (torch.zeros(1),)

    thread = threading.Thread(target=lambda: (kept.all([("taken", 1)], slow), other_made.set()))
    thread.start()
    ask(kept, 2, [])  # does not wait for chunk 1
    assert not other_made.is_set()
    gate.set()
    thread.join(30)
    assert other_made.is_set()


def test_without_room_for_a_copy_the_tensor_itself_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_of: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(memory, "mmap", full)
    kept, large = Memory(8 << 20, torch.device("cpu")), torch.ones(1 << 20)
    kept.keep(("large", 0), large)
    assert kept.all([("large", 0)], lambda: ())[0] is large
