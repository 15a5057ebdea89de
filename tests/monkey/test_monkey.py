"""A monkey uses the real window: nothing unhandled, no wrong caption, nothing left, nothing written elsewhere.

The long form is `python -m tests.monkey --actions 2000 --seed 1`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from running import MOST_GROWTH, Outcome, grown, let_loose

if TYPE_CHECKING:
    from pathlib import Path

ACTIONS, SEED = 70, 2


def test_nothing_goes_wrong_whatever_is_done(tmp_path: Path) -> None:
    outcome = let_loose(ACTIONS, SEED, tmp_path.resolve())
    found = [f"action {number}: {fault}\nbefore it:\n    " + "\n    ".join(before)
             for number, fault, before in outcome.faults]  # fmt: skip
    assert not found, "\n\n".join(found)
    assert outcome.done == ACTIONS


def test_a_window_that_holds_more_and_more_is_noticed() -> None:
    held = [{what: number * most for what, most in MOST_GROWTH.items()} for number in (0.0, 0.2, 0.4, 1.2)]
    assert grown(Outcome(0, held=held)) == []
    held[-1]["handles"] = 10.0
    assert grown(Outcome(0, held=held)) == ["grew by 9 handles"]
    assert grown(Outcome(0, held=held[1:])) == [], "a short run"
