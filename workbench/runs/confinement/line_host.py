"""The one host of child processes that answer: it sends frames, receives them in time, and ends the child.

`children` starts a child with `PIPES`; a user of this host defines its messages and nothing else. Three threads move
the bytes, so that neither a full pipe nor a child that hangs holds up whoever waits. So hosted are the training, the
drawing of figures, and the commands that the window runs. Children that print something and end need no host, only
`children.output_of`; the confined ones of `sandbox` cannot have it: they are forks that are handed open files. What all
of them say comes in the same frames.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Generic, TypeVar

from workbench.runs.confinement.children import PIPE, end, is_stopped
from workbench.runs.confinement.framing import FrameError, framed, frames

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.runs.confinement.children import Process
    from workbench.runs.confinement.framing import Frame

PIPES: dict[str, Any] = {"stdin": PIPE, "stdout": PIPE, "stderr": PIPE}
KEPT_OUTPUT = 200  # lines of standard error kept for the details of an error

Message = TypeVar("Message")


@dataclass(frozen=True)
class _End:
    """Comes after the last message: why there is no other."""

    error: Exception


class LineHost(Generic[Message]):
    """Hosts a child that was started with `PIPES`.

    `decode` makes a message of a frame, at once, on the thread that reads.
    `most` is the largest number of bytes that a frame of the child may carry.
    """

    def __init__(self, process: Process, decode: Callable[[Frame], Message], most: int = 0) -> None:
        self.process, self.heard = process, time.monotonic()  # when it gave its last sign of life
        self._decode, self._most = decode, most
        self._incoming: queue.SimpleQueue[Message | _End] = queue.SimpleQueue()
        self._outgoing: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._output: deque[bytes] = deque(maxlen=KEPT_OUTPUT)
        self._end: _End | None = None
        self._threads = tuple(
            threading.Thread(target=work, args=(pipe,), name=work.__name__.strip("_"), daemon=True)
            for work, pipe in (
                (self._read_frames, process.stdout),
                (self._read_output, process.stderr),
                (self._write, process.stdin),
            )
        )
        for thread in self._threads:
            thread.start()

    def send(self, line: bytes, payload: bytes = b"") -> None:
        """Send a JSON object and its bytes; never waits. Where the child is gone, `receive` says so."""
        self._outgoing.put(framed(line, payload))

    def receive(self, seconds: float) -> Message | None:
        """The next message; None where none comes within so many seconds.

        EOFError: the child sends nothing any more. FrameError: it sent what is no message.
        """
        if self._end is not None:
            raise self._end.error
        try:
            message = self._incoming.get(timeout=seconds)
        except queue.Empty:
            return None
        if isinstance(message, _End):
            self._end = message
            return self.receive(0)
        return message

    @property
    def is_stopped(self) -> bool:
        """Whether the child is alive but stopped by the system."""
        return is_stopped(self.process)

    def end(self, grace: float = 0.0) -> int:
        """End the input of the child, kill it if it is still there after `grace` seconds; its exit status.

        Nothing of it is left then; safe to call again.
        """
        self._outgoing.put(None)
        end(self.process, grace)
        for thread in self._threads:
            thread.join()
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
        return self.process.wait()

    def last_output(self) -> str:
        """The last lines that the child wrote to standard error; all of them once it was ended."""
        return b"".join(self._output).decode(errors="replace")

    def _read_frames(self, pipe: IO[bytes]) -> None:
        error: Exception = EOFError()
        try:
            for frame in frames(pipe, self._most):
                self.heard = time.monotonic()
                self._incoming.put(self._decode(frame))
        except (EOFError, FrameError) as problem:  # raised by whoever waits
            error = problem
        except (ValueError, TypeError, KeyError) as problem:
            error = FrameError(f"sent an invalid message ({problem})")
        finally:
            self._incoming.put(_End(error))

    def _read_output(self, pipe: IO[bytes]) -> None:
        while line := pipe.readline(4096):
            self._output.append(line)

    def _write(self, pipe: IO[bytes]) -> None:
        with suppress(OSError), pipe:  # it is gone, or has closed its input; the end of its frames says so
            while content := self._outgoing.get():
                pipe.write(content)
                pipe.flush()
