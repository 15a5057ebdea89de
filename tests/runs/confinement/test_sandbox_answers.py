"""What a sandbox makes of what a process says and how it ends; no process is started."""

from __future__ import annotations

import json
import sys

import pytest

from workbench.runs.confinement import restrictions as confinement
from workbench.runs.confinement.framing import framed
from workbench.runs.confinement.restrictions import Limits
from workbench.runs.confinement.sandbox import Answer, Sandbox, SandboxError
from workbench.runs.confinement.sandbox_child import LARGEST_REQUEST, LATE

resource = pytest.importorskip("resource")  # not on Windows
TASK = "workbench.runs.confinement.probe:answer"


def said(words: bytes, data: bytes, done: bool = True) -> bytes:
    return framed(b'{"in_force":%b}' % words) + framed(json.dumps({"done": done}).encode(), data)


@pytest.mark.parametrize(
    ("words", "known"),
    [
        (b'["no other file", "8 s"]', ("no other file", "8 s")),
        (b"[]", ()),
        (b'["no other file", 8]', ()),
        (b'{"no other file": "8 s"}', ()),
        (b'"no other file"', ()),
        (b"[", ()),
        (b"[" * 60_000, ()),
        (b'["%b"]' % (b"x" * 100_000), ()),
    ],
)
def test_an_answer_has_its_data_and_what_is_in_force_where_that_makes_sense(
    words: bytes, known: tuple[str, ...]
) -> None:
    assert Sandbox(TASK).answer_in(said(words, b"some\0data"), 0) == Answer(b"some\0data", known)


@pytest.mark.parametrize(
    ("code", "problem", "late"),
    [
        (LATE, "gave no answer within 5 s", True),
        (-24, "needed more than 3 s of CPU time", False),
        (-9, "died (SIGKILL)", False),
        (-70, "died (signal 70)", False),
        (3, "ended with status 3", False),
        (0, "failed (why)", False),
    ],
)
@pytest.mark.parametrize("words", [[], ["no other file"]])
def test_how_a_process_ended_is_said_with_what_was_in_force(
    code: int, problem: str, late: bool, words: list[str]
) -> None:
    sandbox = Sandbox(TASK, limits=Limits(processor=3, wall=5.0))
    with pytest.raises(SandboxError) as raised:
        sandbox.answer_in(said(json.dumps(words).encode(), b"why", done=False), code)
    error = raised.value
    assert (error.problem, error.protections, error.late) == (problem, tuple(words), late)
    assert error.worked is (bool(words) or code == 0)


@pytest.mark.parametrize("beyond", [0, 1])
def test_an_answer_may_have_exactly_the_most_bytes(beyond: int) -> None:
    answer = said(b"[]", b"data")
    sandbox = Sandbox(TASK, most=len(answer) - beyond)
    if not beyond:
        assert sandbox.answer_in(answer, 0) == Answer(b"data", ())
        return
    with pytest.raises(SandboxError, match="sent too much data"):
        sandbox.answer_in(answer, 0)


@pytest.mark.parametrize("forking", [True, False])
def test_a_request_may_have_exactly_the_most_bytes(forking: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = Sandbox(TASK, forking=forking)
    way, other = ("_ask_server", "_ask_one") if forking else ("_ask_one", "_ask_server")
    monkeypatch.setattr(sandbox, way, lambda request, files: Answer(request, files))
    monkeypatch.setattr(sandbox, other, None)
    largest = bytes(LARGEST_REQUEST)
    assert sandbox.ask(largest) == Answer(largest, ())
    with pytest.raises(ValueError, match=f"{LARGEST_REQUEST + 1} bytes; {LARGEST_REQUEST} are allowed"):
        sandbox.ask(largest + b"x")


def test_a_package_that_the_process_lacks_is_named() -> None:
    from workbench.runs.confinement.sandbox import _check_modules

    lacks = framed(b'{"lacks":"h5py"}')
    _check_modules(said(b"[]", b"") + lacks)
    with pytest.raises(ModuleNotFoundError, match="No module named 'h5py'") as raised:
        _check_modules(lacks)
    assert raised.value.name == "h5py"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere memory is not limited")
@pytest.mark.parametrize(
    ("most", "files", "processor"),
    [(resource.RLIM_INFINITY, 9, (3, 4)), (10**15, 9, (3, 4)), (4, 4, (3, 4)), (3, 3, (3, 3)), (2, 2, (2, 2))],
)
def test_no_limit_is_above_the_users_own(
    most: int, files: int, processor: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[int, tuple[int, int]] = {}
    monkeypatch.setattr(resource, "getrlimit", lambda number: (0, most))
    monkeypatch.setattr(resource, "setrlimit", given.__setitem__)
    monkeypatch.setattr(confinement, "_address_space", lambda: 1000)
    said = confinement._set_limits(Limits(memory=5 << 20, processor=3, written=0), [5, 7])
    assert said == ["5 MB of memory", "3 s of CPU time", "no second file, no other process"]
    memory = 1000 + (5 << 20) if most > 10 or most == resource.RLIM_INFINITY else most
    assert given == {
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_NPROC: (0, 0),
        resource.RLIMIT_FSIZE: (0, 0),
        resource.RLIMIT_CPU: processor,
        resource.RLIMIT_NOFILE: (files, files),
        resource.RLIMIT_AS: (memory, memory),
    }
