"""An evaluation that nobody wants any more ends at its next chunk, and one that is not urgent lets others go first."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from brute_force import images_for, small

from workbench.evaluation.evaluator import Evaluator, exact
from workbench.evaluation.giving_up import GivenUp, Urgency, asked_to_end, go_on, without_waiting
from workbench.evaluation.removal import pooled


def test_an_evaluation_ends_between_two_answers() -> None:
    evaluator, asked = Evaluator(small("lenet"), images_for("lenet", 2_300), "fc1"), 0

    def ends() -> bool:
        nonlocal asked
        asked += 1
        return asked > 2  # in the second of three chunks: the constants are asked for first

    with asked_to_end(ends), pytest.raises(GivenUp):
        exact(evaluator.removal_curve(np.arange(evaluator.units)))
    assert exact(evaluator.accuracies()).exact, "on another question it goes on"


def test_a_chunk_of_a_convolution_is_given_up_in_its_midst(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pooled, "_BYTES_AT_ONCE", 1)  # one image at a time
    evaluator, seen = Evaluator(small("conv2"), images_for("conv2", 40), "conv1"), []
    logits = pooled.Pooled._logits
    monkeypatch.setattr(pooled.Pooled, "_logits", lambda *asked: seen.append(1) or logits(*asked))
    with asked_to_end(lambda: len(seen) > 2), pytest.raises(GivenUp):
        exact(evaluator.removal_curve(np.arange(evaluator.units)))
    assert len(seen) == 3


def test_what_is_not_urgent_waits_and_can_be_given_up_meanwhile() -> None:
    urgency, ended, steps = Urgency(), threading.Event(), list[str]()

    def work() -> None:
        with asked_to_end(ended.is_set, step_aside=True):
            with without_waiting():
                go_on()
            steps.append("made what others wait for")
            try:
                go_on()
            except GivenUp:
                steps.append("given up")

    urgency.begin()
    urgency.begin()  # counts once
    thread = threading.Thread(target=work)
    thread.start()
    thread.join(0.2)
    assert thread.is_alive()
    ended.set()
    thread.join(30)
    assert steps == ["made what others wait for", "given up"]
    ended.clear()
    urgency.end()
    with asked_to_end(ended.is_set, step_aside=True):
        go_on()  # nobody is waited for any more


def test_without_anyone_to_end_it_an_evaluation_goes_on() -> None:
    go_on()
