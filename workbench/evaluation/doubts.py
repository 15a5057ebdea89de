"""What makes an answer doubtful: data or a network that are not those of the training, images used for two purposes.

Every answer carries these sentences as its `warnings`; they are made here alone.
"""

from __future__ import annotations

from functools import lru_cache
from math import isfinite
from typing import TYPE_CHECKING

from workbench.analysis.intervals import wilson_interval
from workbench.evaluation.evaluator import Evaluator, exact
from workbench.evaluation.identity import doubt, is_confirmed, is_guess
from workbench.evaluation.networks.named import is_function, named
from workbench.evaluation.run_evaluators import data_of, network_of, source_of
from workbench.runs import saying
from workbench.runs.agreement import disagree, other_data
from workbench.runs.errors import shown
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator
    from os import PathLike

    from workbench.evaluation.networks.data import Data
    from workbench.evaluation.run_evaluators import PartName
    from workbench.runs.run import Run

    Root = str | PathLike[str] | None

MOST_MEASURED = 256  # accuracies in memory
MEASURED: tuple[PartName, ...] = ("test", "validation")
NATURAL = 0.01  # of the validation images may be test images too: real data sets hold duplicates


def warnings_of(
    run: Run,
    snapshot: int,
    part: PartName,
    root: Root = None,
    unchanged: float | None = None,
    chooses: bool = False,
) -> tuple[str, ...]:
    """Why an answer about a part of a run's data is doubtful, in sentences; none where it is not.

    `unchanged` is the accuracy on all images of the part with nothing changed, in percent (None: it is measured here,
    once for each snapshot). With `chooses` the answer also rests on a choice by the validation images. What a run does
    not store is not compared. Errors as `run_evaluators.data_of`.
    """
    data, own = data_of(run, part, root), _is_own(run)
    found = list(_of_part(run, snapshot, part, data, unchanged))
    if not found:
        found.append(_of_guess(run, snapshot, root))
    validation = _validation(run, root) if part != "validation" and (chooses or own) else None
    if validation is not None:
        found += _of_part(run, snapshot, "validation", validation, float("nan")) if chooses else []
        found += [_shared(data, validation)] if own else []
    return tuple(filter(None, found))


def _of_part(run: Run, snapshot: int, part: PartName, data: Data, unchanged: float | None) -> Iterator[str]:
    """The doubt about the data of a part and the accuracy on them, if there is one."""
    whole = data.whole or data
    others = None if _is_own(run) else other_data(run.spec.facts, part, len(whole), whole.digest)
    stored = _stored(run, snapshot, part)
    if unchanged is None:
        unchanged = _measured(run, snapshot, data) if isfinite(stored) else stored
    images = counted(len(data), f"{part} image")
    if disagree(unchanged, stored, len(data), run.spec.origin is not None, data.share):
        computed = f"The network computes {unchanged:.2f} % on these {images}"
        yield f"{computed}, but the run stored {stored:.2f} %: {_WHY[others]}."
    elif others:
        yield f"These {images} or their labels are not those of the training."


_WHY = {
    True: "the images or their labels are not those of the training",
    False: "the images and labels are those of the training, so the network is a different one",
    None: "the data or the network are not those of the training",
}


def _of_guess(run: Run, snapshot: int, root: Root) -> str:
    """The doubt about a network that only its shapes name; "" where there is no doubt."""
    if not is_guess(run) or named(run).net is not None or _reproduces(run, snapshot, root):
        return ""
    against = _against_claim(run, snapshot, root)
    if against == "":
        return ""
    said = doubt(run) if against is None else doubt(run, against)
    try:
        return "" if is_confirmed(run) else said
    except (OSError, ValueError) as error:
        return f"{said} {saying.in_words(error)}"


def _against_claim(run: Run, snapshot: int, root: Root) -> str | None:
    """How the network fails to reproduce the accuracy that the file states; "" where it does.

    None: it states none, or the network only guesses.
    """
    origin, index = run.spec.origin, run.resolve(snapshot)
    claim = origin.claims[index] if origin is not None and index < len(origin.claims) else None
    if claim is None:
        return None
    data = data_of(run, "test", root)
    measured = _measured(run, snapshot, data)
    if _near_chance(measured, data):
        return None
    for percent in claim.percent:
        if not disagree(measured, percent, len(data), elsewhere=True, share=data.share):
            return ""
    computed = f"{measured:.2f} % on these {counted(len(data), 'test image')}"
    return f"the file states {shown(claim.words)}, but the network computes {computed}"


def _reproduces(run: Run, snapshot: int, root: Root) -> bool:
    """Whether the network reproduces an accuracy that was stored of this snapshot."""
    for part in MEASURED:
        stored = _stored(run, snapshot, part)
        if isfinite(stored):
            try:
                data = data_of(run, part, root)
            except ValueError:  # there is no such part
                continue
            measured = _measured(run, snapshot, data)
            alike = not disagree(measured, stored, len(data), elsewhere=True, share=data.share)
            if alike and not _near_chance(measured, data):
                return True
    return False


def _near_chance(measured: float, data: Data) -> bool:
    """Whether an accuracy may be that of guesses, which any network with so many classes reproduces."""
    low, high = wilson_interval(measured, len(data))
    return bool(low <= 100.0 / data.classes <= high)


def _is_own(run: Run) -> bool:
    """Whether a function of the user's gives the data, which normalises images in its own way."""
    return is_function(named(run).data)


def _stored(run: Run, snapshot: int, part: PartName) -> float:
    """The accuracy that the run stored; NaN where it did not, and for training images: theirs is a running mean."""
    return float("nan") if part == "train" else float(run.history(f"{part}_accuracy")[run.resolve(snapshot)])


def _measured(run: Run, snapshot: int, data: Data) -> float:
    """The accuracy with nothing changed in percent, measured once."""
    source = source_of(run, snapshot, data)
    found = _measured_before.get(source)
    if found is None:
        engine = Evaluator(network_of(run, snapshot), data, run.layers[-1].name, budget_bytes=0)
        found = exact(engine.accuracies()).accuracy
        if len(_measured_before) >= MOST_MEASURED:
            _measured_before.clear()
        _measured_before[source] = found
    return found


_measured_before: dict[tuple[Hashable, ...], float] = {}


def _validation(run: Run, root: Root) -> Data | None:
    try:
        return data_of(run, "validation", root)
    except ValueError:  # there is none: whoever needs it says so
        return None


def forget() -> None:
    """Let go of the images that were compared."""
    _shared.cache_clear()


@lru_cache(maxsize=4)
def _shared(data: Data, validation: Data) -> str:
    """A sentence where images of the part are validation images too; else nothing."""
    there = set(data.of_each)
    both = sum(image in there for image in validation.of_each)
    if both <= NATURAL * len(validation):
        return ""
    which = "All" if both == len(validation) else f"{both:,} of the {len(validation):,}"
    return f"{which} validation images are {data.name} images too: anything chosen on validation is chosen on these."
