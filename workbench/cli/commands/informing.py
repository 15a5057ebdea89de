"""`workbench info`: what a run is, or what a folder holds."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.cli.command import Command
from workbench.evaluation.identity import NOT_CONFIRMED, confirmation
from workbench.evaluation.identity import in_words as known_how
from workbench.evaluation.networks.named import how, is_function, missing
from workbench.runs.collection.listing import begins_as_run, run_files, summary
from workbench.runs.collection.naming import moment_beside_number, network_and_data
from workbench.runs.confinement.examination import in_words
from workbench.runs.errors import RunError, few_of, shown
from workbench.runs.files.regular_file import A_FOLDER
from workbench.runs.remaining import of_stored, remaining, uncertain
from workbench.runs.run import Run, open_run
from workbench.runs.saying import counted

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from workbench.importing.files.sources import Sources


def _info(options: argparse.Namespace) -> int:
    if options.run.is_dir():
        return _folder(options)
    with open_run(options.run) as run:
        facts, network = _facts(run), tuple(_network(run))
        newest = moment_beside_number(run, -1) if run.snapshots else ""
    if options.json:
        json.dump(facts, sys.stdout, indent=2)
        print()
    else:
        _print_facts(facts, network, newest)
    return 0


def _facts(run: Run) -> dict[str, Any]:
    def curve(values: np.ndarray) -> list[float | None]:
        return [float(value) if np.isfinite(value) else None for value in values]

    left = remaining(run)
    return {
        "path": str(run.path),
        "run_id": run.run_id,
        "title": run.title,
        "created": run.created,
        "software": run.software,
        "finished": run.finished,
        "state": run.state,
        "snapshots": run.snapshots,
        "capacity": run.capacity,
        "epochs": curve(run.epochs),
        "iterations": curve(run.iterations),
        "test_accuracy": curve(run.test_accuracy),
        "validation_accuracy": curve(run.validation_accuracy),
        "train_accuracy": curve(run.train_accuracy),
        "layers": [
            {
                "name": layer.name,
                "kind": layer.kind,
                "units": layer.units,
                "inputs": layer.inputs,
                "q": each.q,
                "units_left": each.units,
                "inputs_left": each.inputs,
            }
            for layer, each in zip(run.layers, left, strict=True)
        ],
        "notes": [*run.notes, *uncertain(run, left)],
        "protections": list(run.protections),
        "spec": asdict(run.spec),
    }


def _print_facts(facts: dict[str, Any], network: Sequence[str], newest: str) -> None:
    spec = facts["spec"]
    state = facts["state"]
    print(f"{facts['title']}  ({facts['path']})")
    print(f"  run      {facts['run_id']}, made {facts['created']} by {facts['software']}")
    print(f"  {_origin(spec)}, {state}")
    for at, line in enumerate(network):
        print(f"  {'' if at else 'network':<8} {line}")
    if spec["command"]:
        print(f"  command  {spec['command']}")
    if spec["facts"]:
        digest = spec["facts"]["test_sha256"]
        print(f"  data     {f'SHA-256 of the test part {digest}' if digest else 'no digest stored'}")
    print(f"  {counted(facts['snapshots'], 'snapshot')}", end="")
    if facts["snapshots"]:
        last = [facts[part + "_accuracy"][-1] for part in ("test", "validation", "train")]
        shown = ", ".join(
            f"{part} {value:.2f} %" for part, value in zip(("test", "validation", "train"), last, strict=True)
            if value is not None
        )  # fmt: skip
        until = "to" if facts["snapshots"] > 1 else "at"
        print(f", {until} {newest}" if newest else "", f": {shown}" if shown else "", sep="", end="")
    print("\n".join(("", *_layer_table(facts["layers"]))))
    origin = spec["origin"] or {"evidence": (), "note": ""}
    for argument in origin["evidence"]:
        print(f"  evidence: {argument}")
    for note in filter(None, (origin["note"], *facts["notes"])):
        print(f"  note: {note}")
    print(f"  {in_words(tuple(facts['protections']))}")


def _layer_table(layers: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The layers in columns, with what is left of each where units were removed."""
    rows = [
        (
            shown(layer["name"]), layer["kind"], of_stored(layer["units_left"], layer["units"]),
            of_stored(layer["inputs_left"], layer["inputs"]), f"{layer['q']:.4g}",
        )
        for layer in layers
    ]  # fmt: skip
    rows = [("layer", "kind", "units", "inputs", "Q"), *rows]
    name, kind, units, inputs, _ = (max(len(row[at]) for row in rows) for at in range(5))
    for row in rows:
        yield f"  {row[0]:<{max(name, 16)}} {row[1]:<{kind}} {row[2]:>{units}} {row[3]:>{inputs}} {row[4]:>7}"


def _origin(spec: dict[str, Any]) -> str:
    """How the run came to be, in one line."""
    origin = spec["origin"]
    if origin is None:
        return f"trained  {spec['net']['name']} on {spec['data']['name']}, seed {spec['seed']}"
    return f"{origin['how']:<8} from {origin['source']}, parameters {origin['storage']}"


def _network(run: Run) -> Iterator[str]:
    """Which network and data a run that was not trained here is of, how that is known, and what is left to say."""
    if run.spec.origin is None:
        return
    known = known_how(run)
    yield f"{network_and_data(run.spec)}{known}"
    lacking, doubtful = missing(run.spec), NOT_CONFIRMED in known
    found = None if doubtful else confirmation(run)
    if found is not None and lacking == ("data",):
        if is_function(found.data):
            yield f"for accuracies, add to each command: --data {quote(found.data)}"
    elif lacking:
        yield f"for accuracies {how(*lacking)}"
    if doubtful:
        yield f"if that is right, type: workbench confirm {quote(str(run.path))}{' --data NAME' * bool(lacking)}"


def _folder(options: argparse.Namespace) -> int:
    """Say what a folder holds: its runs, or else the checkpoints that can be imported."""
    folder: Path = options.run
    runs = [file.path for file in run_files(folder) if begins_as_run(file.path)]
    found = _checkpoints(folder) if not runs else None
    if options.json:
        checkpoints = [] if found is None else [file.label for file in found.files]
        json.dump({"path": str(folder), "runs": list(map(str, runs)), "checkpoints": checkpoints}, sys.stdout, indent=2)
        print()
    elif found is not None:
        print(f"{folder} {A_FOLDER} with {counted(len(found.files), 'checkpoint')}:", end=" ")
        print(few_of([file.label for file in found.files]))
        for note in found.notes:
            print(f"  note: {note}")
        print(f"  examine them:    workbench import {quote(str(folder))} --dry-run")
        print(f"  import them:     workbench import {quote(str(folder))} --out RUN.h5")
    else:
        print(f"{folder} {A_FOLDER} with {counted(len(runs), 'run')}; 'workbench {folder}' lists them in the window")
        for path in runs:
            print(f"  {shown(path.name):<24} {_in_short(path)}")
    return 0


def _checkpoints(folder: Path) -> Sources:
    """The checkpoints in a folder. RunError: it holds none, or not all of one."""
    from workbench.importing.files.sources import sources

    try:
        return sources([folder])
    except RunError as error:
        if "holds no checkpoints" not in error.problem:
            raise
        problem = f"{A_FOLDER} that holds neither runs nor checkpoints"
        raise RunError(folder, problem, "name a run (usually NAME.h5), a checkpoint or another folder") from error


def _in_short(path: Path) -> str:
    found = summary(path)
    if found.problem:
        return found.problem
    accuracy = f", test {found.test_accuracy:.2f} %" if np.isfinite(found.test_accuracy) else ""
    return f"{found.title}: {counted(found.snapshots, 'snapshot')}, {found.state}{accuracy}"


def _declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, metavar="RUN.h5", help="a run file, or a folder")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


INFO = Command("describe a run, or the runs and checkpoints in a folder", _declare, _info)
