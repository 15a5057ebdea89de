"""The training itself: a generator of events that knows neither Qt nor files."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.nets.devices import lacks_memory
from workbench.runs.agreement import disagree, holds_digests
from workbench.runs.derived import spectrum
from workbench.runs.spec import SpecError
from workbench.training.events import NOT_A_NUMBER, Event, Progress, Snapshot, TrainingError
from workbench.training.loop.evaluation import Score, activity, chunk_size, score
from workbench.training.loop.state import NOTHING, SINCE_SNAPSHOT, as_array, restore, state_of
from workbench.training.loop.steps import Steps
from workbench.training.loop.tally import Mean, Tally
from workbench.training.preparation import Preparation, prepare
from workbench.training.schedule import pace_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from workbench.nets.parts import Part
    from workbench.runs.spec import RunSpec
    from workbench.training.events import Phase
    from workbench.training.loop.state import Beginning

PROGRESS_INTERVAL = 0.1  # seconds between two signs of life, where a single step does not take longer
UNDIGESTED = "this run stores no digest of its data: only their number and the stored accuracies could be compared"
MEASURING = 1.0  # seconds a training that is to stop may still measure its last snapshot


def train(
    spec: RunSpec,
    root: str | Path | None = None,
    download: bool = False,
    should_stop: Callable[[], bool] | None = None,
    since: Beginning | None = None,
) -> Generator[Event, None, None]:
    """The events of training `spec`: Started, then Progress several times a second and the Snapshots that
    Started announced, from the initialisation (0) to the last iteration.

    `root` and `download` say where data sets are and whether to fetch them (see `nets.datasets.load`). When
    `should_stop()` is true it ends after the step under way, with a Snapshot of that moment; what cannot be measured
    within a second is NaN in it. On the processor the same spec gives the same snapshots bit for bit (but for their
    seconds), also when it goes on `since` the last snapshot of an interrupted or stopped training: the snapshots after
    that one come then. ValueError or DataMissing: the spec cannot be trained; TrainingError: out of memory.
    """
    with _lack_of_memory_explained(spec):
        preparation = prepare(spec, root, download, since)
        yield preparation.started
        yield from _Training(preparation, should_stop or (lambda: False), since).run()


class _Training:
    """The state of one training."""

    def __init__(
        self, preparation: Preparation, should_stop: Callable[[], bool], since: Beginning | None = None
    ) -> None:
        self.started = preparation.started
        self._all = preparation
        self._spec = preparation.spec
        self._steps = Steps(preparation)
        self._net = preparation.net
        self._asked_to_stop = should_stop
        self._stopped_at: float | None = None  # when a stop was first seen
        self._classes = self._spec.net.classes or 1
        self._chunk = chunk_size(self._net, preparation.inputs(preparation.parts.train.images[:1]))
        self._tally = Tally()
        self._pace = pace_of(self.started, since)
        self._begun = time.perf_counter() - (0.0 if since is None else since.seconds)
        self._next = 0  # the snapshot that comes next
        self._since = since
        self._kept_at = 0  # the iteration of the last one
        if since is not None:
            self._go_on(since)
        self._told = time.perf_counter()

    def _go_on(self, since: Beginning) -> None:
        self._tally.diverged_at = restore(self._steps.optimiser, self._net, since.state)
        self._tally.since_snapshot = Mean(*since.state.get(SINCE_SNAPSHOT, NOTHING).tolist())
        self._steps.iteration = self._kept_at = since.iteration
        self._next = since.snapshot + 1

    def run(self) -> Iterator[Event]:
        """All events after the first. SpecError: the data are not those that the training began with."""
        yield from self._compare_accuracies()
        for index, moment in enumerate(self.started.snapshots[self._next :], self._next):
            yield from self._train_until(moment)
            if self._should_stop() and self._steps.iteration == self._kept_at:
                return
            snapshot = yield from self._snapshot(index, planned=self._steps.iteration == moment)
            if snapshot is None:
                return
            self._kept_at = self._steps.iteration
            self._pace.enter("writing")
            yield snapshot
            self._pace.count()

    def _compare_accuracies(self) -> Iterator[Event]:
        """Of a run that holds no digest of its data: whether the network still has the accuracies that are stored."""
        if self._since is None or holds_digests(self._since.spec):
            return
        for part, stored in self._since.accuracies.items():
            images: Part = getattr(self._all.parts, part)
            found = yield from self._measured(score(self._net, images, self._all.inputs, self._classes, self._chunk))
            if found is not None and disagree(found.accuracy, stored, len(images)):
                raise SpecError(
                    f"the training cannot be resumed: its network is right on {found.accuracy:.2f} % of these {part} "
                    f"images, but the run stored {stored:.2f} %: they are not those that it began with"
                )

    def _train_until(self, moment: int) -> Iterator[Event]:
        self._pace.enter("training")
        while self._steps.iteration < moment and not self._should_stop():
            self._steps.step(self._tally)
            self._pace.count()
            yield from self._progress("training")

    def _snapshot(self, index: int, planned: bool) -> Generator[Event, None, Snapshot | None]:
        """The present snapshot, with progress while it is being measured; None for a stop before the first step."""
        self._pace.enter("evaluating")
        parameters = {key: as_array(tensor) for key, tensor in self._net.state_dict().items()}
        parts, (net, inputs, chunk) = self._all.parts, (self._net, self._all.inputs, self._chunk)
        spectra = yield from self._done(self._spectra(parameters))
        nothing = Score.unknown(self._classes)
        test = (yield from self._measured(score(net, parts.test, inputs, self._classes, chunk))) or nothing
        validation = (yield from self._measured(score(net, parts.validation, inputs, self._classes, chunk))) or nothing
        active = (yield from self._measured(activity(net, self._all.activity, inputs, chunk))) or self._unwatched()
        if self._stopped_at is not None and not self._steps.iteration:
            return None
        history = self._history(validation, test)
        self._pace.count()
        note = self._note()
        if planned:  # where a training was stopped the mean is not begun again: the next one is as without the stop
            self._tally.since_snapshot = Mean()
        return Snapshot(
            index,
            self._steps.iteration,
            self._steps.epoch,
            history,
            test.per_class,
            parameters,
            spectrum={name: values for name, (values, _) in spectra.items()},
            gram={name: gram for name, (_, gram) in spectra.items() if gram is not None},
            activity=active,
            state=self._state(),
            note=note,
        )

    def _state(self) -> dict[str, Any]:
        """Nothing for the first snapshot, which the specification makes again, and for the last."""
        if self._steps.iteration in (0, self._steps.iterations):
            return {}
        return state_of(self._steps.optimiser, self._net, self._all.removal, self._tally)

    def _done(self, work: Generator[None, None, Any]) -> Generator[Event, None, Any]:
        """What `work` returns, with progress between its pieces."""
        while True:
            try:
                next(work)
            except StopIteration as end:
                return end.value
            yield from self._progress("evaluating")

    def _measured(self, work: Generator[None, None, Any]) -> Generator[Event, None, Any]:
        """As `_done`, but None where the training is to stop and a second has passed since."""

        def pieces() -> Generator[None, None, Any]:
            while not self._is_late():
                try:
                    next(work)
                except StopIteration as end:
                    return end.value
                yield
            work.close()
            return None

        return (yield from self._done(pieces()))

    def _is_late(self) -> bool:
        return self._should_stop() and time.perf_counter() > (self._stopped_at or 0.0) + MEASURING

    def _unwatched(self) -> dict[str, Any]:
        """For the activity of units, if measuring it was skipped."""
        return {layer.name: np.full(layer.units, np.nan, np.float32) for layer in self.started.layers}

    def _spectra(self, parameters: dict[str, Any]) -> Generator[None, None, dict[str, tuple[Any, Any]]]:
        spectra = {}
        for layer in self.started.layers:
            spectra[layer.name] = spectrum(layer, parameters[layer.key])
            yield
        return spectra

    def _history(self, validation: Score, test: Score) -> dict[str, float]:
        self._tally.drain()
        seen = self._tally.since_snapshot if self._steps.iteration else self._steps.first_batch()
        return {
            "epoch": self._steps.epoch,
            "iteration": float(self._steps.iteration),
            "seconds": self._seconds,
            "learning_rate": self._steps.rate,  # of the last step; before any, of the first
            "train_loss": seen.loss,
            "train_accuracy": seen.accuracy,
            "validation_loss": validation.loss,
            "validation_accuracy": validation.accuracy,
            "test_loss": test.loss,
            "test_accuracy": test.accuracy,
        }

    @property
    def _seconds(self) -> float:
        """Since the training began, without the time between an interruption and its resumption."""
        return time.perf_counter() - self._begun

    def _progress(self, phase: Phase) -> Iterator[Event]:
        if time.perf_counter() - self._told < PROGRESS_INTERVAL:
            return
        self._tally.drain()
        seen, self._tally.since_progress = self._tally.since_progress, Mean()
        estimate = self._pace.estimate()
        yield Progress(
            phase,
            self._steps.iteration,
            self._steps.iterations,
            self._steps.epoch,
            seen.loss,
            seen.accuracy,
            self._seconds,
            NOT_A_NUMBER if estimate.seconds is None else estimate.seconds,
            self._note(),
            estimate.done,
            estimate.late,
        )
        self._told = time.perf_counter()

    def _note(self) -> str:
        notes = [self._all.note]
        if self._since is not None and not holds_digests(self._since.spec):
            notes.append(UNDIGESTED)
        if (at := self._tally.diverged_at) is not None:
            notes.append(f"the loss is not a finite number since iteration {at}: a smaller learning rate usually helps")
        return "; ".join(filter(None, notes))

    def _should_stop(self) -> bool:
        if self._stopped_at is None and self._asked_to_stop():
            self._stopped_at = time.perf_counter()
        return self._stopped_at is not None


@contextlib.contextmanager
def _lack_of_memory_explained(spec: RunSpec) -> Iterator[None]:
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not lacks_memory(error):
            raise
        raise TrainingError(
            f"the {spec.device} device ran out of memory with batches of {spec.batch_size}: "
            "choose a smaller batch or network, or another device",
            str(error),
        ) from error
