"""What is said to be shut off is shut off: a system that refuses any step is believed, and said to have refused."""

from __future__ import annotations

import ctypes
import errno
import os
from typing import Any

import pytest

from workbench.runs.confinement import landlock
from workbench.runs.confinement import restrictions as confinement

ANSWERS = {landlock.ADD_RULE: "a rule", landlock.RESTRICT_SELF: "the restriction"}


class System:
    """Answers as Linux with that version of Landlock does, except that one step is refused."""

    def __init__(self, version: int, refused: str = "") -> None:
        self.version, self.refused = version, refused
        self.steps: list[str] = []
        self.rules: list[tuple[int, int]] = []  # (what is allowed, descriptor)
        self.known = 0  # bytes of the ruleset that the system reads

    def syscall(self, number: int, first: Any, *rest: Any) -> int:
        if number == landlock.CREATE_RULESET and first is None:
            return self.version
        if number == landlock.CREATE_RULESET:
            self.known = rest[0].value
            return os.open(os.devnull, os.O_RDONLY) if self._done("a ruleset") == 0 else -1
        if number == landlock.ADD_RULE:
            rule = rest[1]._obj
            self.rules.append((rule.allowed, rule.number))
        return self._done(ANSWERS[number])

    def prctl(self, *_: int) -> int:
        return self._done("no new privileges")

    def _done(self, step: str) -> int:
        self.steps.append(step)
        if step != self.refused:
            return 0
        ctypes.set_errno(errno.EPERM)
        return -1


def entered(monkeypatch: pytest.MonkeyPatch, system: System) -> str:
    """What is said after such a system was asked to shut other files off."""
    monkeypatch.setattr(landlock, "_libc", lambda: system)
    monkeypatch.setattr(landlock.sys, "platform", "linux")
    return confinement._enter_landlock([3, 4])


STEPS = ["a ruleset", "a rule", "a rule", "no new privileges", "the restriction"]


@pytest.mark.parametrize(
    ("version", "known", "said"),
    [
        (1, 8, "no other file (Landlock 1)"),
        (3, 8, "no other file (Landlock 3)"),
        (4, 16, "no other file and no TCP connection (Landlock 4)"),
        (6, 24, "no other file and no TCP connection (Landlock 6)"),
        (9, 24, "no other file and no TCP connection (Landlock 9)"),
    ],
)
def test_what_is_in_force_is_said(monkeypatch: pytest.MonkeyPatch, version: int, known: int, said: str) -> None:
    system = System(version)
    assert entered(monkeypatch, system) == said
    assert system.steps == STEPS
    assert system.rules == [(landlock.READ_FILE, 3), (landlock.READ_FILE, 4)]
    assert system.known == known


@pytest.mark.parametrize("step", dict.fromkeys(STEPS))
def test_a_step_that_is_refused_is_said_and_ends_it(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    system = System(5, refused=step)
    before = len(os.listdir("/dev/fd")) if os.path.isdir("/dev/fd") else 0
    assert entered(monkeypatch, system) == f"other files are not blocked (Landlock: {os.strerror(errno.EPERM)})"
    assert system.steps[-1] == step
    assert (len(os.listdir("/dev/fd")) if before else 0) == before


def test_a_kernel_without_it_is_said_to_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    system = System(-1)
    assert entered(monkeypatch, system) == "other files are not blocked: this kernel has no Landlock"
    assert system.steps == []
