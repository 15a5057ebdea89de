"""An executor of processes on this machine that are started once, train with low priority, and are replaced if lost."""

from __future__ import annotations

import pickle
import queue
import threading
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from workbench.experiments.worker import MOST
from workbench.runs.confinement.children import how_it_ended, start_module
from workbench.runs.confinement.framing import FrameError
from workbench.runs.confinement.line_host import PIPES, LineHost
from workbench.training.events import TrainingError

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.runs.confinement.framing import Frame

CHILD = "workbench.experiments.worker"
ATTEMPTS = 3  # processes that a call may lose before it fails
LOOK = 0.5  # seconds between two looks whether the executor is being ended
GRACE = 12.0  # seconds a process has for leaving its run in order


@dataclass(frozen=True)
class _Call:
    """A call that waits for its result."""

    future: Future[Any]
    pickled: bytes


class Processes(Executor):
    """Up to `workers` processes of this machine, each with `threads` threads of torch; use it in a with block.

    As `concurrent.futures.ProcessPoolExecutor`, but a process that is killed (by a machine without memory, say) takes
    nothing with it: its call is made again in another one, three times at most, then fails with a TrainingError that
    says how the processes ended. `shutdown(cancel_futures=True)` also ends the calls that are under way, and so does
    the end of this process. Functions are pickled by their names.
    """

    def __init__(self, workers: int, threads: int = 1) -> None:
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._torch_threads = threads
        self._ending, self._closed = threading.Event(), False
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._serve, name=f"trials-{number}", daemon=True) for number in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """The future result of the call. RuntimeError after `shutdown`."""
        call = _Call(Future(), pickle.dumps((fn, args, kwargs)))
        with self._lock:
            if self._closed:
                raise RuntimeError("the executor was shut down: make a new one")
            self._calls.put(call)
        return call.future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more calls; with `cancel_futures` those that wait are cancelled and those under way are ended."""
        if cancel_futures:
            self._ending.set()
        with self._lock:
            if not self._closed:
                self._closed = True
                for _ in self._threads:
                    self._calls.put(None)
        if wait:
            for thread in self._threads:
                thread.join()

    def _serve(self) -> None:
        """The thread that has one of the processes."""
        process = _Worker(self._torch_threads)
        try:
            while (call := self._calls.get()) is not None:
                if self._ending.is_set():
                    call.future.cancel()
                elif call.future.set_running_or_notify_cancel():
                    self._fulfil(call, process)
        finally:
            process.end()

    def _fulfil(self, call: _Call, process: _Worker) -> None:
        try:
            result = process.result(call.pickled, self._ending)
        except BaseException as error:  # raised by whoever asks for the result
            call.future.set_exception(error)
        else:
            call.future.set_result(result)


class _Worker:
    """A process that is there when it is needed."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._host: LineHost[Frame] | None = None
        self._host_output = ""

    def result(self, call: bytes, ending: threading.Event) -> Any:
        """What the call returns. TrainingError: it raised, its processes were lost, or `ending` was set."""
        for attempt in range(ATTEMPTS):
            self._host = self._host or self._started()
            self._host.send(b"{}", call)
            try:
                return _unpacked(self._answer(self._host, ending))
            except (EOFError, FrameError) as error:
                status, output = self.end(), self._host_output
                how = str(error) if isinstance(error, FrameError) else how_it_ended(status)
                if attempt == ATTEMPTS - 1:
                    raise TrainingError(f"the training process {how}, {ATTEMPTS} times", output) from error
        raise AssertionError

    def end(self) -> int:
        """The process is gone; its exit status."""
        if self._host is None:
            return 0
        status = self._host.end(GRACE)
        self._host_output = self._host.last_output()
        self._host = None
        return status

    def _started(self) -> LineHost[Frame]:
        process = start_module(CHILD, str(self._threads), flags=("-X", "faulthandler"), low_priority=True, **PIPES)
        return LineHost(process, lambda frame: frame, MOST)

    def _answer(self, host: LineHost[Frame], ending: threading.Event) -> Frame:
        while (answer := host.receive(LOOK)) is None:
            if ending.is_set():
                self.end()
                raise TrainingError("the training was ended; it can be resumed")
        return answer


def _unpacked(answer: Frame) -> Any:
    if answer.payload:
        return pickle.loads(answer.payload)  # from a process started here, by its own pipe; never from a file
    said = msgspec.json.decode(answer.line)
    raise TrainingError(said["problem"], said["details"])
