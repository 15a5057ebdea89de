"""The command line: `workbench [RUN.h5 …]` opens the window, `workbench COMMAND …` does one thing.

Little is imported here: until `main` is reached, Python answers Ctrl-C with a traceback.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

from workbench import signals

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workbench.cli.command import Command


class Commands(Mapping[str, "Command"]):
    """The commands by name. Each module is loaded when its command is used: the window needs none of them."""

    _PLACES: ClassVar = {
        "train": ("training", "TRAIN"),
        "sweep": ("sweeping.sweep", "SWEEP"),
        "info": ("informing", "INFO"),
        "verify": ("inspecting", "VERIFY"),
        "repair": ("correcting", "REPAIR"),
        "overview": ("overviewing", "OVERVIEW"),
        "overview-group": ("groups.means", "OVERVIEW_GROUP"),
        "units": ("overviewing", "UNITS"),
        "spectrum": ("spectra", "SPECTRUM"),
        "graph": ("inspecting", "GRAPH"),
        "directions": ("directions", "DIRECTIONS"),
        "prune": ("evaluating", "PRUNE"),
        "prune-group": ("groups.means", "PRUNE_GROUP"),
        "lowrank": ("low_ranks", "LOWRANK"),
        "band": ("spectra", "BAND"),
        "lowrank-group": ("low_ranks", "LOWRANK_GROUP"),
        "angles": ("comparing.angles", "ANGLES"),
        "barrier": ("comparing.line", "BARRIER"),
        "cka": ("comparing.alignment", "CKA"),
        "compare": ("comparing.layers", "COMPARE"),
        "resample": ("comparing.resampling", "RESAMPLE"),
        "subspace": ("comparing.subspaces", "SUBSPACE"),
        "ablate": ("evaluating", "ABLATE"),
        "merge": ("surgery", "MERGE"),
        "shrink": ("surgery", "SHRINK"),
        "figure": ("figures", "FIGURE"),
        "animate": ("moving.animating", "ANIMATE"),
        "page": ("moving.paging", "PAGE"),
        "report": ("figures", "REPORT"),
        "reproduce": ("reproducing", "REPRODUCE"),
        "ask": ("reproducing", "ASK"),
        "import": ("exchanging", "IMPORT"),
        "export": ("exchanging", "EXPORT"),
        "confirm": ("correcting", "CONFIRM"),
        "screenshot": ("window", "SCREENSHOT"),
        "bench": ("window", "BENCH"),
        "doctor": ("inspecting", "DOCTOR"),
        "desktop-entry": ("desktop", "DESKTOP_ENTRY"),
    }

    def __getitem__(self, name: str) -> Command:
        module, constant = self._PLACES[name]
        where = module if "." in module else f"commands.{module}"
        command: Command = getattr(import_module(f"workbench.cli.{where}"), constant)
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(self._PLACES)

    def __len__(self) -> int:
        return len(self._PLACES)


COMMANDS = Commands()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status: 0, 1 for a failure, 2 for bad usage, 130 for Ctrl-C.

    Without `arguments` those of the process count, which has nothing more to do afterwards.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        with signals.interrupting(to_the_end=arguments is None):
            try:
                from workbench.cli.dispatching import dispatch

                return dispatch(given)
            except BaseException:
                signals.check()  # whatever an interruption has become on its way here
                raise
    except KeyboardInterrupt as request:
        with suppress(OSError):  # the terminal is gone
            print("workbench: interrupted", file=sys.stderr, flush=True)
        return signals.status_of(request.number if isinstance(request, signals.Interrupted) else signal.SIGINT)
    except ImportError as error:
        from workbench.runs.saying import lacking

        who = given[0] if given and given[0] in list(COMMANDS) else "the window"
        print(f"workbench: {lacking(error, who)}", file=sys.stderr)
        return 1
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 2
