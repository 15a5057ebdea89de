"""Run commands in a Python that lacks a package: `python without_package.py PACKAGE COMMAND …`.

Prints a JSON object: command -> [exit status, standard error]. For "window" it opens the window on a run, and what the
pruning panel says comes in the place of standard error.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import traceback
from pathlib import Path


class Lacking:
    """Finds no module of the package, as where it is not installed."""

    def __init__(self, package: str) -> None:
        self.package = package

    def find_spec(self, name: str, *_: object) -> None:
        if name.partition(".")[0] == self.package:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def tried(words: list[str]) -> tuple[int, str]:
    from workbench.cli import main

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = main(words)
        except BaseException:
            return -1, traceback.format_exc()
    return status, err.getvalue()


def said_in_the_window() -> tuple[int, str]:
    from workbench.gui.bench.waiting import close, wait_until
    from workbench.gui.window.app import application
    from workbench.gui.window.main_window import MainWindow

    application()
    window = MainWindow()
    window.show()
    window.open(Path(RUN))
    panel = window.panels["pruning"]
    wait_until(lambda: "needs" in panel.message, "say what it needs")
    close(window)
    return 0, panel.message


if __name__ == "__main__":
    package, *commands = sys.argv[1:]
    sys.path.insert(0, str(Path(__file__).parent))
    from every_command import RUN, words_of

    sys.meta_path.insert(0, Lacking(package))  # type: ignore[arg-type]
    found = {name: said_in_the_window() if name == "window" else tried(words_of(name)) for name in commands}
    sys.stdout.write(f"{json.dumps(found)}\n")
    sys.stdout.flush()
    os._exit(0)
