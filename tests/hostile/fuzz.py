"""Opens mutated run files in the real window and counts what becomes of them.

    python -m tests.hostile.fuzz --files 20000 --seed 1

It begins with files that are not what they seem (`odd_files`): FIFOs, links to themselves, devices, specifications that
lie, in the place of runs, sessions, figures, films and notes; data folders that are others or change (`odd_data`). It
ends with windows that get a signal at a random moment (`signalled`).

The window runs in a process of its own (offscreen), so that its death or a hang is seen, counted and survived: the
files to blame are kept in `--kept`. The same seed makes the same files; what was interrupted goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # as pytest does
import signalled

HANG = 150.0  # seconds without a word from the window
BATCH = 2500  # files that one window opens
LATEST_VERDICT = 10.0  # seconds
MOST_GROWTH = 100  # MB that the window's process takes for one file
WINDOW = Path(__file__).with_name("fuzzed_window.py")


@dataclass
class Count:
    """What was found so far; `bad` holds the numbers of the files by what went wrong."""

    seed: int
    done: int = 0
    opened: int = 0
    refused: int = 0
    slowest_verdict: float = 0.0  # seconds
    growth: float = 0.0  # MB that the window took for one file, at most
    in_all: float = 0.0  # MB that a window has more after many files, at most
    signals: int = 0  # that were sent to windows
    cases: int = 0  # of `odd_files` that were opened
    case: str = ""  # the one that is being opened
    places: Counter[str] = field(default_factory=Counter)  # refusals by what is said, without names and numbers
    bad: dict[str, list[int]] = field(default_factory=dict)

    def blame(self, what: str, number: int) -> None:
        self.bad.setdefault(what, []).append(number)

    def take(self, said: dict[str, object]) -> None:
        """Count what the window said about one file."""
        number = int(str(said["number"]))
        self.done = number + 1
        self.opened += bool(said["opened"])
        self.refused += not said["opened"]
        seconds, growth = float(str(said["seconds"])), float(str(said["growth"]))
        if seconds > LATEST_VERDICT:
            self.blame("late verdict", number)
        if growth > MOST_GROWTH:
            self.blame("memory", number)
        self.in_all = max(self.in_all, float(str(said["in_all"])))
        self.slowest_verdict, self.growth = max(self.slowest_verdict, seconds), max(self.growth, growth)
        for what in said["wrong"]:  # type: ignore[attr-defined]
            self.blame(what, number)
        if not said["opened"]:
            self.places[str(said["kind"])] += 1

    def take_case(self, said: dict[str, object]) -> None:
        """Count what the window said about one case."""
        self.case = str(said["case"])
        if "wrong" not in said:  # it begins
            return
        self.cases += 1
        if float(str(said["growth"])) > MOST_GROWTH:
            self.blame(f"{self.case}: memory", -1)
        for what in said["wrong"]:  # type: ignore[attr-defined]
            self.blame(f"{self.case}: {what}", -1)
        self.case = ""

    def in_words(self) -> str:
        faults = "; ".join(f"{what}: {len(numbers)} ({numbers[:5]})" for what, numbers in self.bad.items())
        return (
            f"seed {self.seed}: {self.cases} cases, {self.signals} signals, {self.done} files,"
            f" {self.opened} opened, {self.refused} refused;"
            f" slowest verdict {self.slowest_verdict:.2f} s; window + {self.growth:.0f} MB for a file,"
            f" + {self.in_all:.0f} MB after {min(self.done, BATCH)} files; {faults or 'nothing wrong'}"
        )


def fuzz(files: int, seed: int, kept: Path, state: Path | None = None, report: bool = True, signals: int = 0) -> Count:
    """The count after so many files and signals, going on from the one in `state`."""
    count = _read(state, seed)
    told = count.done
    while count.done < files:
        _until_it_dies(count, files, kept, state)
        if report and count.done > told:
            told = count.done
            sys.stderr.write(f"{count.in_words()}\n")
    _send(count, signals if signalled.SIGNALS else 0)
    _write(state, count)
    return count


def _send(count: Count, signals: int) -> None:
    """Send so many signals in all, each to a window of its own."""
    while count.signals < signals:
        name = signalled.SIGNALS[count.signals % len(signalled.SIGNALS)]
        with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
            for what in signalled.signalled(name, Path(folder), count.seed + count.signals):
                count.blame(f"{name}: {what}", count.signals)
        count.signals += 1


def _until_it_dies(count: Count, files: int, kept: Path, state: Path | None) -> None:
    """One window, until its batch is done or it dies or hangs; the file to blame is then counted and skipped."""
    end = min(files, count.done + BATCH)
    command = [sys.executable, str(WINDOW), str(count.seed), str(count.done), str(end), str(kept)]
    with tempfile.TemporaryFile() as errors, _Window(command, errors) as window:
        for line in window.lines():
            said = json.loads(line)
            if "case" in said:
                count.take_case(said)
            if "number" in said:
                count.take(said)
                if count.done % 100 == 0:
                    _write(state, count)
        if window.hung or window.process.wait() != 0:
            what = "hang" if window.hung else f"death ({window.process.returncode})"
            count.blame(f"{count.case}: {what}" if count.case else what, count.done)
            errors.seek(0)
            (kept / f"{count.seed}-{count.done}.txt").write_bytes(errors.read()[-20_000:])
            count.done += 1


class _Window:
    """The process with the window, and the lines it says."""

    def __init__(self, command: list[str], errors: object) -> None:
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "OMP_WAIT_POLICY": "passive"}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=environment)  # type: ignore[call-overload]
        self.hung = False
        self._said: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> _Window:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()
        self.process.stdout.close()

    def lines(self):  # type: ignore[no-untyped-def]
        """Each line that comes; the end, or no line for too long, ends it."""
        while True:
            try:
                line = self._said.get(timeout=HANG)
            except queue.Empty:
                self.hung = True
                return
            if line is None:
                return
            yield line

    def _read(self) -> None:
        for line in self.process.stdout:
            self._said.put(line)
        self._said.put(None)


def _read(state: Path | None, seed: int) -> Count:
    if state is None or not state.exists():
        return Count(seed)
    known = json.loads(state.read_text())
    return Count(**{**known, "places": Counter(known["places"])}) if known["seed"] == seed else Count(seed)


def _write(state: Path | None, count: Count) -> None:
    if state is not None:
        state.write_text(json.dumps(vars(count)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--signals", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kept", type=Path, default=Path("fuzz-kept"), help="folder for the files that did harm")
    options = parser.parse_args()
    options.kept.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    state = options.kept / f"state-{options.seed}.json"
    count = fuzz(options.files, options.seed, options.kept, state, signals=options.signals)
    for kind, times in count.places.most_common(40):
        sys.stdout.write(f"{times:6}  {kind}\n")
    sys.stdout.write(f"{count.in_words()}; {time.monotonic() - began:.0f} s\n")
    return bool(count.bad)


if __name__ == "__main__":
    sys.exit(main())
