"""Arrays that lie as in Keras, Flax or another tool's HDF5 file: which parameter each one is. Loads no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.importing.files.foreign import ImportProblem
from workbench.importing.inputs_first import Contradiction, holds_kernels, is_optimiser, laid_out
from workbench.importing.mapping import ParameterMap, given, guessed, passed_over, with_numbers, words_of
from workbench.importing.reading import Said
from workbench.runs.errors import few_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from workbench.importing.files.foreign import Contents, Shapes
    from workbench.importing.inputs_first import Laid
    from workbench.importing.turns import Turn

TURNED = "kernels are transposed, so that units are the first axis and inputs the second"


@dataclass(frozen=True)
class Arrays:
    """What the arrays of a file are, and how they are turned to lie as in a run."""

    mapping: ParameterMap
    turned: dict[str, Turn]  # key -> how it is turned
    shapes: Shapes  # of the parameters, as a run keeps them
    said: dict[str, Said]  # key -> what the file says of its units
    ordered: bool  # the parameters stand in the order of the network
    notes: tuple[str, ...]

    def as_kept(self, shapes: Shapes) -> Shapes:
        """The shapes of some parameters as a run keeps them."""
        return as_kept(shapes, self.turned)


def as_kept(shapes: Shapes, turned: Mapping[str, Turn]) -> Shapes:
    """The shapes of some parameters as a run keeps them."""
    return {key: (turned[key].shape(each) if key in turned else each, dtype) for key, (each, dtype) in shapes.items()}


def are_inputs_first(paths: Iterable[str]) -> bool:
    """Whether the tensors of a file are named as Keras and Flax name theirs."""
    return holds_kernels(map(words_of, paths))


def arrays_of(path: Path, contents: Contents, wanted: Mapping[str, str] | Sequence[str] | None, series: bool) -> Arrays:
    """What the arrays of a file are, as `wanted` maps them or else as they are called.

    `series` says that the file is one snapshot of several. ImportProblem: it says of itself what cannot be; ValueError:
    a mapping that does not fit.
    """
    classes = contents.classes
    optimiser = [each for each in contents.shapes if is_optimiser(words_of(each))]
    shapes = {each: what for each, what in contents.shapes.items() if each not in set(optimiser)}
    try:
        laid = laid_out({each: shape for each, (shape, _) in shapes.items()}, {e: words_of(e) for e in shapes}, classes)
        mapping = _mapping(contents.shapes, wanted) if wanted is not None else guessed(shapes, classes)
    except Contradiction as error:
        raise ImportProblem(path, f"contradicts itself: {error}", "save the model again") from error
    if series and len(mapping.numbers) > 1:
        problem = f"holds {len(mapping.numbers)} snapshots by itself"
        raise ImportProblem(path, problem, "import it alone, or choose other files beside it")
    places = mapping.paths(mapping.numbers[0])
    known = {key: laid[each] for key, each in places.items() if each in laid}
    turned = {key: each.turn for key, each in known.items() if each.turn is not None}
    said = {key: _said(each) for key, each in known.items() if each.kernel}
    over = passed_over(mapping, shapes)
    notes = [TURNED] if any(key in said for key in turned) else []
    notes += ["the optimizer's state is left out"] if optimiser else []
    notes += [f"arrays are skipped: {few_of(over)}"] if over else []
    unsure = {key: each.doubt for key, each in known.items() if each.doubt and not each.kernel}
    notes += [f"unsure what {few_of(list(unsure))} is: {next(iter(unsure.values()))}"] if unsure else []
    kept = as_kept({key: shapes[each] for key, each in places.items()}, turned)
    ordered = not known or any(each.place >= 0 for each in known.values())
    return Arrays(mapping, turned, kept, said, ordered, tuple(notes))


def _said(laid: Laid) -> Said:
    return Said(not laid.transposed, laid.because, laid.sure, laid.doubt)


def _mapping(shapes: Shapes, wanted: Mapping[str, str] | Sequence[str]) -> ParameterMap:
    return given(wanted, shapes) if isinstance(wanted, Sequence) else with_numbers(wanted, shapes)
