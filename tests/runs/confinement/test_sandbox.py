"""The confined process: what it may not do, what becomes of it when it dies, is late or lies."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import psutil
import pytest
import sandbox_tasks

from workbench.runs.confinement import landlock
from workbench.runs.confinement.children import TimeoutExpired
from workbench.runs.confinement.restrictions import Limits
from workbench.runs.confinement.sandbox import Sandbox, SandboxError
from workbench.runs.files.descriptor import Descriptor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QUICK = Limits(memory=64 << 20, processor=2, wall=1.5)
linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux keeps these limits")
landlocked = pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock")

Make = Callable[..., Sandbox]


WAYS = {"forks": True, "once": False} if sys.platform == "linux" else {"once": False}


@pytest.fixture(params=WAYS.values(), ids=WAYS)
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    """`make(task)` gives a sandbox for a task of `sandbox_tasks`, closed at the end."""
    made: list[Sandbox] = []

    def sandbox(task: str, **options: object) -> Sandbox:
        made.append(Sandbox(f"{sandbox_tasks.__name__}:{task}", **{"limits": QUICK, **options}, forking=request.param))
        return made[-1]

    yield sandbox
    for each in made:
        each.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(b"what was given")
    return path


def asked(sandbox: Sandbox, request: bytes, *paths: Path) -> bytes:
    descriptors = [Descriptor(path) for path in paths]
    try:
        return sandbox.ask(request, *descriptors).data
    finally:
        for descriptor in descriptors:
            descriptor.give_back()


def test_it_reads_the_very_file_that_is_open(make: Make, file: Path) -> None:
    sandbox = make("contents")
    descriptor = Descriptor(file)
    file.unlink()
    file.write_bytes(b"another file of that name")
    assert sandbox.ask(b"", descriptor).data == b"what was given"
    descriptor.give_back()


def test_it_says_what_is_in_force(make: Make, file: Path) -> None:
    words = make("echo").ask(b"x").protections
    assert words[0] == "a process of its own"
    if sys.platform == "linux":
        assert "64 MB of memory" in words
        assert "Landlock" in words[-1]


def test_an_empty_request_stays_empty(make: Make) -> None:
    assert make("echo").ask().data == b""


def test_a_request_as_large_as_is_allowed_arrives(make: Make) -> None:
    request = os.urandom(65_536)
    assert make("echo").ask(request).data == request


def test_an_answer_larger_than_a_pipe_arrives(make: Make) -> None:
    assert len(make("many_bytes").ask(b"3000000").data) == 3_000_000


def test_an_answer_that_is_too_long_is_given_up(make: Make) -> None:
    with pytest.raises(SandboxError, match="sent too much data"):
        make("many_bytes", most=1_000_000).ask(b"3000000")


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ("dies", "died .SIGSEGV."),
        ("leaves", "ended with status 7"),
        ("sleeps", "no answer within 1.5 s"),
        ("ignores_signals", "no answer within 1.5 s"),
        ("raises", "failed .ValueError: no such thing."),
    ],
)
@pytest.mark.thinned(2)
def test_a_process_that_fails_is_told_apart(make: Make, task: str, said: str) -> None:
    sandbox = make(task)
    with pytest.raises(SandboxError, match=said) as caught:
        sandbox.ask()
    assert caught.value.worked
    assert caught.value.protections
    assert caught.value.late == ("no answer" in said)


@linux
def test_the_processor_time_is_limited(make: Make) -> None:
    with pytest.raises(SandboxError, match="more than 1 s of CPU time"):
        make("computes", limits=Limits(processor=1, wall=30.0)).ask()


@linux
def test_memory_is_limited(make: Make) -> None:
    assert make("allocates").ask(str(32 << 20).encode()).data == b"got it"
    with pytest.raises(SandboxError, match="MemoryError"):
        make("allocates").ask(str(256 << 20).encode())


@linux
def test_no_process_can_take_more_than_a_gigabyte() -> None:
    sandbox = Sandbox("sandbox_tasks:address_space")
    assert 0 < int(sandbox.ask().data) <= 1 << 30
    sandbox.close()


@linux
@pytest.mark.parametrize("forbidden", ["opens", "writes", "connects", "forks", "two_descriptors"])
def test_everything_else_is_forbidden(make: Make, file: Path, forbidden: str) -> None:
    if forbidden in ("connects", "opens") and landlock.version() < landlock.NETWORK_SINCE:
        pytest.skip("this kernel's Landlock does not cover that")
    if forbidden == "forks" and os.geteuid() == 0:
        pytest.skip("the limit on processes does not hold for root")
    said = asked(make(forbidden), str(file.parent / "other").encode(), file)
    assert said == b"forbidden"


@landlocked
def test_the_file_itself_can_be_opened_by_name(make: Make, file: Path) -> None:
    assert asked(make("reopens"), b"", file) == b"what was given"


def test_what_is_not_there_cannot_be_started() -> None:
    sandbox = Sandbox("sandbox_tasks:no_such_task")
    with pytest.raises(SandboxError, match="could not be started") as caught:
        sandbox.ask()
    assert not caught.value.worked
    sandbox.close()


def test_many_threads_ask_at_once(make: Make) -> None:
    sandbox = make("echo", limits=Limits(wall=30.0))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda number: sandbox.ask(b"%d" % number).data, range(12)))
    assert answers == [b"%d" % number for number in range(12)]


@linux
def test_a_slow_file_does_not_hold_up_another() -> None:
    sandbox = Sandbox("sandbox_tasks:waits_or_echoes", Limits(wall=2.0))
    failures: list[Exception] = []

    def ask_slow() -> None:
        try:
            sandbox.ask(b"wait")
        except SandboxError as error:
            failures.append(error)

    slow = threading.Thread(target=ask_slow)
    slow.start()
    assert sandbox.ask(b"quick").data == b"quick"
    assert not failures
    slow.join()
    assert len(failures) == 1
    sandbox.close()


@linux
def test_one_server_answers_all_requests_and_stays() -> None:
    sandbox = Sandbox("sandbox_tasks:echo")
    assert sandbox.ask(b"first").data == b"first"
    assert sandbox.server is not None
    server = sandbox.server
    descriptors = psutil.Process(server.pid).num_fds()
    with pytest.raises(TimeoutExpired):
        server.wait(0.2)
    assert sandbox.ask(b"second").data == b"second"
    assert sandbox.server is server
    assert psutil.Process(server.pid).num_fds() == descriptors
    sandbox.close()
    assert server.wait(10) is not None


@linux
def test_a_server_that_went_away_is_started_again() -> None:
    sandbox = Sandbox("sandbox_tasks:echo")
    assert sandbox.ask(b"1").data == b"1"
    assert sandbox.server is not None
    sandbox.server.send_signal(signal.SIGKILL)
    assert sandbox.ask(b"2").data == b"2"
    sandbox.close()


@linux
def test_a_server_that_dies_at_any_time_is_started_again() -> None:
    sandbox = Sandbox("sandbox_tasks:echo")
    for number in range(6):
        assert sandbox.ask(b"%d" % number).data == b"%d" % number
        assert sandbox.server is not None
        sandbox.server.send_signal(signal.SIGKILL)
        if number % 2:
            sandbox.server.wait()
    sandbox.close()


@linux
def test_a_stopped_server_is_replaced_by_another() -> None:
    sandbox = Sandbox("sandbox_tasks:echo")
    assert sandbox.ask(b"1").data == b"1"
    assert sandbox.server is not None
    stopped = sandbox.server
    stopped.send_signal(signal.SIGSTOP)
    assert sandbox.ask(b"2").data == b"2"
    assert stopped.poll() == -signal.SIGKILL
    sandbox.close()


@linux
@pytest.mark.parametrize("forking", [True, False])
def test_a_process_that_is_stopped_while_it_works_does_not_damn_the_file(forking: bool) -> None:
    sandbox = Sandbox("sandbox_tasks:is_stopped", Limits(wall=60.0), forking=forking)
    with pytest.raises(SandboxError) as caught:
        sandbox.ask()
    error = caught.value
    assert (error.problem, error.worked, error.late) == ("was stopped by the system (SIGSTOP)", False, False)
    sandbox.close()


@linux
def test_no_process_and_no_descriptor_is_left() -> None:
    sandbox = Sandbox("sandbox_tasks:echo")
    process = psutil.Process()
    gc.collect()  # what earlier tests left open is closed now, not while this one counts
    before, descriptors = set(process.children(recursive=True)), process.num_fds()
    for _ in range(5):
        sandbox.ask(b"x")
    sandbox.close()
    assert set(process.children(recursive=True)) == before
    assert process.num_fds() <= descriptors


@linux
def test_a_server_goes_with_whoever_started_it(tmp_path: Path) -> None:
    import subprocess

    code = (
        "import sandbox_tasks, os, time; from workbench.runs.confinement.sandbox import Sandbox;"
        " box = Sandbox('sandbox_tasks:echo'); box.ask(b'x'); print(box._server[0].pid, flush=True); time.sleep(60)"
    )
    path = os.pathsep.join([os.path.dirname(sandbox_tasks.__file__), *sys.path])
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path}
    ) as parent:
        assert parent.stdout is not None
        server = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    deadline = time.monotonic() + 20
    while server.is_running() and server.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not server.is_running() or server.status() == psutil.STATUS_ZOMBIE
