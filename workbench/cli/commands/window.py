"""Pictures of the real window, and how fast it answers."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict, replace
from pathlib import Path

from workbench import signals
from workbench.cli.command import Command
from workbench.cli.commands.inspecting import chosen, declare_layer
from workbench.cli.failures import BadUsage
from workbench.cli.places import check_free, declare_overwrite
from workbench.cli.telling import waiting


def _screenshot(options: argparse.Namespace) -> int:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["QT_SCALE_FACTOR"] = str(options.scale)
    with signals.put_off():
        from workbench.gui.bench.screenshot import Patience, places, take_pictures
    from workbench.runs.run import open_run

    if options.out.is_dir():
        check_free(options.overwrite, *places(options.out))
    with open_run(options.run) as run:
        layer, snapshot = chosen(options, run) if options.layer else (None, run.resolve(options.snapshot))
    name = layer.name if layer else None
    with waiting() as tell:
        shown = options.run, name, snapshot, options.out, options.size, options.dark
        found = take_pictures(*shown, Patience(options.wait, tell))
    print(*found.paths, sep="\n")
    for sentence in found.preliminary:
        print(
            f"preliminary, as the picture says: {sentence}; give a longer --wait for the exact curve", file=sys.stderr
        )
    return 0


def _whole(text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) <= 100_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number up to 100,000")
    return int(text)


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal() and 300 <= int(width) <= 8000 and 200 <= int(height) <= 8000):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 1280x800 (from 300x200 to 8000x8000)")
    return int(width), int(height)


def _declare_screenshot(parser: argparse.ArgumentParser) -> None:
    declare_layer(parser)
    for action in parser._actions:
        if action.dest == "layer":
            action.required = False
            action.help = "name of the layer (default: the one that the window shows first)"
    parser.add_argument("--out", type=Path, required=True, help="the folder for the pictures")
    parser.add_argument(
        "--size", type=_size, default=(1280, 800), metavar="1280x800", help="size of the window in points"
    )
    parser.add_argument("--scale", type=int, choices=(1, 2, 3), default=1, help="pixels per point")
    wait = "how long to wait for exact curves (default 60); after that, the picture shows preliminary ones"
    parser.add_argument("--wait", type=float, default=60.0, metavar="SECONDS", help=wait)
    parser.add_argument("--dark", action="store_true", help="use the dark theme")
    declare_overwrite(parser)


SCREENSHOT = Command(
    "take pictures of the real window, whole and panel by panel", _declare_screenshot, _screenshot, asks_network=True
)


def _bench(options: argparse.Namespace) -> int:
    if options.what == "run":
        return _synthetic(options)
    if not options.on_screen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with signals.put_off():
        from workbench.gui.bench.amount import Amount
        from workbench.gui.bench.report import lines
        from workbench.gui.bench.scenes import measure

    amount = Amount().quickly() if options.quick else Amount()
    if options.scenes is not None:
        amount = replace(amount, scenes=options.scenes)
    if options.drags is not None:
        amount = replace(amount, drags=options.drags)
    found = measure(options.runs, amount, lambda what: print(what, "…", file=sys.stderr, flush=True))
    if options.json:
        print(json.dumps(asdict(found), indent=2))
    else:
        print("\n".join(lines(found)))
    return 0


def _synthetic(options: argparse.Namespace) -> int:
    """Write a synthetic run."""
    from workbench.gui.bench.synthetic import Wide, make

    if min(options.units, options.inputs, options.snapshots) < 1:
        raise BadUsage("a run has at least one unit, one input and one snapshot")
    if len(options.runs) != 1:
        raise BadUsage("bench run writes one file: name it, such as wide.h5")
    (target,) = options.runs
    with waiting() as tell:
        sizes = Wide(options.units, options.inputs, options.snapshots, options.seed)
        make(target, sizes, tell)
    print(target)
    return 0


SCENES = {
    "starts": "start the window",
    "pruning": "first numbers of pruning, and their memory",
    "drag": "drag the timeline from end to end",
    "play": "play the timeline",
    "scroll": "scroll the table of units",
    "training": "drag while a training runs",
    "drags": "random drags, with the growth of memory",
    "openings": "open and close a run, with the growth of memory",
    "wide": "layers of many units",
}


def _scenes(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    for name in names:
        if name not in SCENES:
            raise argparse.ArgumentTypeError(f"there is no scene {name!r}: choose {', '.join(SCENES)}")
    return names


def _declare_bench(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what", choices=("gui", "run"),
        help="gui: drive the window as a person would, and measure it; run: write a synthetic run of one wide layer",
    )  # fmt: skip
    parser.add_argument(
        "runs",
        nargs="*",
        type=Path,
        metavar="RUN.h5",
        help="runs to open (default: a sample run), or the file to write",
    )
    sizes = {"units": 4096, "inputs": 1024, "snapshots": 6, "seed": 0}
    for name, default in sizes.items():
        text = f"{name} of the synthetic run (default {default})"
        parser.add_argument(f"--{name}", type=_whole, default=default, metavar="N", help=text)
    parser.add_argument("--json", action="store_true", help="print everything that was measured as JSON")
    drags = "how many random drags of the timeline (default 100; 1000 shows how memory grows)"
    scenes = "; ".join(f"{name}: {what}" for name, what in SCENES.items())
    parser.add_argument(
        "--scenes", type=_scenes, metavar="drag,play", help=f"measure these alone, not all of them. {scenes}"
    )
    parser.add_argument("--drags", type=_whole, metavar="N", help=drags)
    parser.add_argument("--quick", action="store_true", help="do a little of everything, to check that it works")
    parser.add_argument("--on-screen", action="store_true", help="draw on the screen, if there is one")


BENCH = Command(
    "measure how fast the window responds, and what memory and threads it leaves behind", _declare_bench, _bench
)
