"""The process that trains one trial after another, `python -m workbench.experiments.worker THREADS`: see `processes`.

A frame with a pickled call is answered by one with its pickled result, or with {"problem", "details"}. At the end of
its input it stops what it trains, whose run can be resumed.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import sys
import threading
import traceback
from typing import TYPE_CHECKING

import msgspec

from workbench.experiments.reports import ending
from workbench.runs.confinement.framing import framed, frames, private_output
from workbench.runs.saying import in_words
from workbench.training.background import lower_priority

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.runs.confinement.framing import Frame

NICENESS = 10
MOST = 1 << 30  # bytes of a call or a result: both processes are ours
LAST_CHANCE = 10.0  # seconds an orphan may take to leave its run in order


def main(threads: int) -> None:
    """Answer calls until standard input ends."""
    os.environ["OMP_NUM_THREADS"] = str(threads)  # torch reads both when it is imported
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    lower_priority(NICENESS, os.getpid())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is for the parent to handle
    answers = private_output()
    # Unbuffered: a daemon thread inside a buffered reader would abort the interpreter when it ends.
    calls: queue.SimpleQueue[Frame | None] = queue.SimpleQueue()
    incoming = frames(os.fdopen(os.dup(0), "rb", buffering=0), MOST)
    threading.Thread(target=_listen, args=(incoming, calls), daemon=True).start()
    while (call := calls.get()) is not None:
        _use_threads(threads)
        answers.write(_answer(call))
        answers.flush()


def _listen(incoming: Iterator[Frame], calls: queue.SimpleQueue[Frame | None]) -> None:
    try:
        for call in incoming:
            calls.put(call)
    finally:
        ending.set()
        calls.put(None)
        # Nobody is left who could kill this process if it hangs in the driver or on a dead disk.
        watchdog = threading.Timer(LAST_CHANCE, os._exit, (1,))
        watchdog.daemon = True
        watchdog.start()


def _use_threads(threads: int) -> None:
    """Where torch was loaded before this process began."""
    if (torch := sys.modules.get("torch")) is not None and torch.get_num_threads() != threads:
        torch.set_num_threads(threads)


def _answer(call: Frame) -> bytes:
    try:
        function, given, named = pickle.loads(call.payload)  # from the process that started this one, never from a file
        return framed(b"{}", pickle.dumps(function(*given, **named)))
    except Exception as error:
        details = "".join(traceback.format_exception(error))
        return framed(msgspec.json.encode({"problem": in_words(error), "details": details}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
    sys.stderr.flush()
    os._exit(0)  # the runs are closed; torch would take its time to leave
