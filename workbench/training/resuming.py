"""Going on with a training that was interrupted or stopped, in its own run file."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.nets.architectures.catalogue import architecture
from workbench.nets.architectures.shapes import at_hand, parameter_shapes
from workbench.runs.agreement import check_same_training
from workbench.runs.errors import RunError, shown
from workbench.runs.run import open_run
from workbench.runs.writing.recorder import finish
from workbench.runs.writing.resumption import check_state, kept_state, remove_state
from workbench.training.events import Finished, Started

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from workbench.runs.run import Run
    from workbench.runs.spec import RunSpec
    from workbench.training.events import Event
    from workbench.training.loop.state import Beginning

NOT_FROM_HERE = "its specification was changed: resume from the file that the training wrote"


def resume(
    path: str | Path,
    root: str | Path | None = None,
    download: bool = False,
    should_stop: Callable[[], bool] | None = None,
    new_name: Callable[[], Path | None] | None = None,
) -> Generator[Event, None, None]:
    """The events of the rest of the training of the run at `path`, recorded into it as by `recording.record_run`.

    On the processor, with as many threads, the run becomes what it would have been without the interruption, bit for
    bit but for the seconds. RunError: the run is complete, is being written, or what the training needs to go on is
    not beside it. SpecError: the data are not those that it began with. Else as `loop.train`.
    """
    with open_run(path) as run:
        check_resumable(run)
        run_id, snapshots, complete = run.run_id, run.snapshots, _complete(run)
        spec, since = run.spec, None if complete else _beginning(run)
    if complete:  # and died before it could say so
        finish(path)
        remove_state(path, run_id)
        yield Finished(str(path), snapshots, "finished")
        return
    from workbench.training.loop.loop import train  # imports torch
    from workbench.training.recording import record_on

    yield from record_on(path, _the_same(train(spec, root, download, should_stop, since), spec), should_stop, new_name)


def _the_same(events: Generator[Event, None, None], spec: RunSpec) -> Generator[Event, None, None]:
    """The events of a training, once it is certain that it is the one that `spec` describes, on the same data."""
    with closing(events):
        started = next(events)
        assert isinstance(started, Started)
        check_same_training(started.spec, spec)
        yield replace(started, spec=spec)
        yield from events


def check_resumable(run: Run) -> None:
    """Raise RunError where the training of `run` cannot go on. Needs no torch and reads very little."""
    if run.finished and _complete(run):
        raise RunError(run.path, "is complete: its training has made all of its iterations", "open it as it is")
    if run.spec.facts is None:
        raise RunError(run.path, "was not trained by this workbench", "resume it with the program that trained it")
    _check_network(run)
    if run.snapshots > 1 and not _complete(run):
        check_state(run.path, run.run_id, run.snapshots - 1)


def _check_network(run: Run) -> None:
    """Raise RunError unless the stored parameters have the shapes that the specification asks for."""
    net = run.spec.net
    if net.image_shape and not at_hand(net.name, net.image_shape, net.classes or 10):
        return  # that takes seconds, and whoever makes the network compares them
    try:
        image_shape = net.image_shape or architecture(net.name).image_shape
        shapes = parameter_shapes(net.name, image_shape, net.classes or 10, net.widths, net.bias)
    except ValueError as error:
        raise RunError(run.path, f"describes a network that cannot be made ({error})", NOT_FROM_HERE) from error
    wrong = [key for key, (shape, _) in shapes.items() if run.parameter_shapes.get(key) != shape]
    if wrong or len(shapes) != len(run.parameter_shapes):
        where = shown(next(iter(wrong), "its list of parameters"))
        raise RunError(run.path, f"does not hold the network that it describes (see {where})", NOT_FROM_HERE)


def _complete(run: Run) -> bool:
    return run.snapshots > 0 and run.spec.iterations is not None and run.iterations[-1] >= run.spec.iterations


def resumable(run: Run) -> bool:
    """Whether the training of `run` can go on."""
    try:
        check_resumable(run)
    except RunError:
        return False
    return True


def _beginning(run: Run) -> Beginning | None:
    """Where the training goes on; None: at its very beginning, which the specification makes again."""
    from workbench.training.loop.state import Beginning

    if run.snapshots <= 1:
        return None
    last = run.snapshots - 1
    return Beginning(
        run.spec,
        tuple(map(int, run.iterations)),
        float(run.history("seconds")[last]),
        run.parameters(last),
        kept_state(run.path, run.run_id, last),
        {part: float(run.history(f"{part}_accuracy")[last]) for part in ("validation", "test")},
    )
