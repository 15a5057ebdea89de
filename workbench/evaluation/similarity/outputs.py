"""How alike the units of a place are by their outputs on real images; the last few are cached."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, TypeAlias

from workbench.evaluation.ranks.moments import part_of_inputs
from workbench.evaluation.removal.scores import output_correlation
from workbench.evaluation.run_evaluators import data_of, evaluator, source_of

if TYPE_CHECKING:
    from collections.abc import Hashable
    from os import PathLike

    import numpy as np
    from numpy.typing import NDArray

    from workbench.runs.place import Place

    Key: TypeAlias = tuple[Hashable, ...]

CACHED = 4  # correlation matrices
_cached, _lock = OrderedDict["Key", "NDArray[np.float64]"](), Lock()


def correlation_of(place: Place, root: str | PathLike[str] | None = None) -> NDArray[np.float64]:
    """The correlation of the units' outputs, (m, m), as `output_correlation`, on the validation images.

    Of a run that holds none out, on the training images. ValueError: the network cannot be evaluated; DataMissing: the
    images are not on this machine.
    """
    part = part_of_inputs(place.run)
    key = (place.layer, *source_of(place.run, place.snapshot, data_of(place.run, part, root)))
    with _lock:
        if key in _cached:
            _cached.move_to_end(key)
            return _cached[key]
    found = output_correlation(evaluator(place, part, root))
    found.flags.writeable = False
    with _lock:
        _cached[key] = found
        while len(_cached) > CACHED:
            _cached.popitem(last=False)
    return found


def images_of(place: Place) -> int:
    """How many images that is from, without reading them; 1 where it is not known."""
    facts = place.run.spec.facts
    return 1 if facts is None else facts.validation_images or facts.train_images or 1
