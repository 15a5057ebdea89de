"""A run made of somebody else's checkpoints: looked into first, then written whole or not at all. Loads no torch."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import isnan, nan
from typing import TYPE_CHECKING, TypeAlias

from workbench.importing.claims import claims_of
from workbench.importing.files.arrays import are_inputs_first, arrays_of
from workbench.importing.files.foreign import Foreign, ImportProblem, nameable
from workbench.importing.files.seen import Seen, common, labels, parts, several
from workbench.importing.files.shards import contents_of
from workbench.importing.files.sources import ACCURACIES, Order, Source, Sources, in_order, sources, with_facts
from workbench.importing.layers import TORCHVISION, chosen_layers, known_net, refuse_function
from workbench.importing.plain import computed, plain_shapes
from workbench.importing.reading import arguments, doubts_in
from workbench.nets.architectures.catalogue import data_set, title_of, usual_data
from workbench.runs.derived import affordable
from workbench.runs.errors import few_of
from workbench.runs.layer import without_layer
from workbench.runs.layout import ACTIVITY, GRAM, HISTORY_FIELDS, MAX_OBJECTS, SPECTRUM, DatasetPlan, plan
from workbench.runs.spec import UNKNOWN, DataSpec, NetSpec, OriginSpec, RunSpec
from workbench.runs.writing.birth import forecast_bytes

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from pathlib import Path

    from workbench.importing.files.arrays import Arrays
    from workbench.importing.files.foreign import Shapes
    from workbench.importing.likeness import Values
    from workbench.importing.mapping import ParameterMap
    from workbench.importing.reading import Reading
    from workbench.importing.turns import Turn
    from workbench.runs.layout import LayerInfo
    from workbench.runs.spec import Claim

FIXED_OBJECTS = 20  # groups of a run file, and what is there once
MASK = ".mask"  # what the report's code multiplies weights with


@dataclass(frozen=True)
class Wanted:
    """What is to be imported, as somebody says it."""

    paths: tuple[Path, ...]
    order: Order = "name"
    net: str | None = None  # of the catalogue, or "torchvision:NAME"; None: what the shapes say
    data: str | None = None  # of the catalogue
    part: str | None = None  # where in a checkpoint the network lies; None: what has the most weights
    turn: tuple[str, ...] = ()  # weights whose units lie on the other axis than the evidence says: names or patterns
    layers: tuple[str, ...] | None = None  # names or patterns; None: the whole state dict
    mapping: Mapping[str, str] | Sequence[str] | None = None  # of an HDF5 file: key -> path with {}, or "key=path"


@dataclass(frozen=True)
class Looking:
    """A file that is being looked into."""

    done: int
    files: int
    name: str


@dataclass(frozen=True)
class ImportPlan:
    """What an import will make, before anything is written, and why each tensor is taken for what it is."""

    wanted: Wanted
    files: tuple[Source, ...]  # in order; of an HDF5 file, one for each snapshot
    layers: tuple[LayerInfo, ...]
    parameters: Shapes
    plan: tuple[DatasetPlan, ...]
    spec: RunSpec
    title: str
    epochs: tuple[float, ...]
    iterations: tuple[float, ...]
    accuracies: tuple[float, ...]  # on the test images, percent; NaN: not stated
    bytes: int  # of the run file, at most
    notes: tuple[str, ...]
    readings: tuple[Reading, ...] = ()  # of every matrix and filter that is kept
    prefix: str = ""  # what stands before the names in the files
    mapping: ParameterMap | None = None
    masked: bool = False  # weights are multiplied with the masks beside them
    parts: tuple[str, ...] = ()  # of a file with several networks: the one that is taken, and the others
    computed: bool = False  # some weights are computed from what the files hold, see `import_plain`
    shapes: Shapes | None = None  # of a file of another tool: every array in it
    turned: Mapping[str, Turn] = field(default_factory=dict)  # of such a file: parameters that lie otherwise there


Look: TypeAlias = "Generator[Looking, None, ImportPlan]"


def look(wanted: Wanted) -> Look:
    """What would be imported, returned at the end; yields before each file it looks into.

    Every file is looked into, so that the import then does what the plan says. ImportProblem or ValueError say in one
    sentence why it cannot be.
    """
    refuse_function("net", wanted.net)
    refuse_function("data", wanted.data)
    if wanted.data is not None:
        data_set(wanted.data)
    found = sources(wanted.paths, wanted.order)
    foreign = Foreign(max(file.size for file in found.files))
    seen = yield from _all(foreign, found, wanted)
    if found.hdf5 or are_inputs_first(seen[0].shapes):
        return _of_arrays(wanted, found, seen)
    return _of_checkpoints(wanted, found, seen, _accuracies(foreign, found))


def plan_of(wanted: Wanted) -> ImportPlan:
    """What `look` finds, in one call; the same errors."""
    looking = look(wanted)
    while True:
        try:
            next(looking)
        except StopIteration as end:
            found: ImportPlan = end.value
            return found


def _all(foreign: Foreign, found: Sources, wanted: Wanted) -> Generator[Looking, None, list[Seen]]:
    """What every file holds, in order. ImportProblem: one holds another network than the first."""
    seen: dict[tuple[Path, ...], Seen] = {}
    for at, file in enumerate(found.files):
        yield Looking(at, len(found.files), file.label)
        contents = contents_of(foreign, file, wanted.part)
        shapes, masked = _without_masks(contents.shapes) if found.report else (contents.shapes, False)
        recipes = computed(shapes)
        facts = {} if found.report else contents.facts
        what = tuple((start, recipe.what) for start, recipe in recipes.items())
        seen[file.paths] = Seen(with_facts(file, facts), contents, plain_shapes(shapes, recipes), what, masked)
    files = in_order((each.file for each in seen.values()), "name" if found.report else wanted.order)
    return [seen[file.paths] for file in files]


def _of_checkpoints(wanted: Wanted, found: Sources, seen: list[Seen], accuracies: tuple[float, ...]) -> ImportPlan:
    shapes, notes = common(seen)
    files = tuple(each.file for each in seen)
    unknown = (nan,) * len(files)
    epochs, steps = (labels([getattr(file, what) for file in files]) for what in ("epoch", "step"))
    known = accuracies if len(accuracies) == len(files) else unknown
    masked, report = any(each.masked for each in seen), found.report is not None
    named = epochs or unknown, steps or unknown, known
    made = _plan(wanted, files, shapes, *named, masked, report, None, seen[0].contents.values, seen[0].contents.notes)
    by_recipe = _by_recipe(seen)
    notes += [f"kept as the network computes with them ({what}): {few_of(names)}" for what, names in by_recipe.items()]
    notes += parts(seen[0].contents)
    said = list(dict.fromkeys(note for each in seen for note in each.contents.notes))
    claims = claims_of([each.contents.facts for each in seen])
    made = _claiming(made, claims)
    notes += [f"the file states {each.words}; it does not say on which images" for each in claims[-1:] if each]
    made = replace(made, computed=bool(by_recipe), parts=several(seen[0].contents))
    return _noted(made, [*found.notes, *said, *notes, *_uncounted(made)])


def _by_recipe(seen: Sequence[Seen]) -> dict[str, list[str]]:
    """By what weights are computed from others -> the names of the modules that have them."""
    found: dict[str, list[str]] = {}
    for start, what in dict.fromkeys(each for snapshot in seen for each in snapshot.computed):
        found.setdefault(what, []).append(start.removesuffix(".") or "the layer")
    return found


def _source(wanted: Wanted, files: Sequence[Source]) -> str:
    """What the run comes from, as it was named: the folder, else the file; that of several files lie in."""
    named, first = wanted.paths[0].absolute(), files[0]
    if len(wanted.paths) == 1 and named.is_dir():
        return named.name
    if len(files) > 1 and len(wanted.paths) > 1:
        return named.parent.name
    return first.path.name if len(first.paths) == 1 else first.label


def _uncounted(made: ImportPlan) -> list[str]:
    """A note where several snapshots have neither an epoch nor a step."""
    known = any(not isnan(number) for number in (*made.epochs, *made.iterations))
    return [] if known or len(made.files) < 2 else ["no file says its epoch or step: snapshots are numbered"]


def _noted(made: ImportPlan, more: Sequence[str]) -> ImportPlan:
    """The plan with more notes, which the run keeps."""
    notes = (*made.notes, *more)
    assert made.spec.origin is not None
    origin = replace(made.spec.origin, note="; ".join(notes))
    return replace(made, notes=notes, spec=made.spec.changed(origin=origin))


def _claiming(made: ImportPlan, claims: tuple[Claim | None, ...]) -> ImportPlan:
    """The plan with the accuracies that the files state."""
    assert made.spec.origin is not None
    return replace(made, spec=made.spec.changed(origin=replace(made.spec.origin, claims=claims)))


def _accuracies(foreign: Foreign, found: Sources) -> tuple[float, ...]:
    """The test accuracies that the report's code keeps beside its snapshots, in percent."""
    path = found.report / ACCURACIES if found.report else None
    if path is None or not path.is_file():
        return ()
    values = foreign.arrays(path, kind="npy")[0]["values"]
    return tuple(map(float, values)) if values.ndim == 1 and values.dtype.kind == "f" else ()


def _of_arrays(wanted: Wanted, found: Sources, seen: list[Seen]) -> ImportPlan:
    """Of files of another tool, whose arrays are mapped: one for each snapshot, or one with all of them."""
    first, series = seen[0], len(seen) > 1
    arrays = arrays_of(first.file.path, first.contents, wanted.mapping, series)
    mapping, notes = arrays.mapping, list(arrays.notes)
    if series:
        paths = mapping.paths(mapping.numbers[0])
        held = [{key: each.shapes[at] for key, at in paths.items() if at in each.shapes} for each in seen]
        common([replace(each, shapes=arrays.as_kept(shapes)) for each, shapes in zip(seen, held, strict=True)])
    numbers = mapping.numbers * len(seen)
    files = tuple(
        replace(seen[at if series else 0].file, label=f"{seen[at if series else 0].file.label}{f': {n}' * bool(n)}")
        for at, n in enumerate(numbers)
    )
    unknown = (nan,) * len(files)
    epochs, steps = (labels([getattr(file, what) for file in files]) or unknown for what in ("epoch", "step"))
    if not series:
        epochs = tuple(float(number) if number and mapping.of_epochs else nan for number in numbers)
        epochs, steps = (epochs, unknown) if mapping.numbers != ("",) else (labels([files[0].epoch]) or unknown, steps)
    places = mapping.paths(mapping.numbers[0])
    values = {key: first.contents.values[at] for key, at in places.items() if at in first.contents.values}
    made = _plan(wanted, files, arrays.shapes, epochs, steps, unknown, False, False, arrays, values)
    made = replace(made, mapping=mapping, shapes=first.shapes, turned=arrays.turned)
    said = list(dict.fromkeys(note for each in seen for note in each.contents.notes))
    return _noted(made, [*found.notes, *said, *notes, *_uncounted(made)])


def _refuse_too_many(path: Path, layers: int, datasets: int) -> None:
    """ImportProblem: a run file cannot hold so many layers."""
    objects = layers + datasets + len(HISTORY_FIELDS) + FIXED_OBJECTS
    if objects > MAX_OBJECTS:
        problem = f"has {layers:,} layers, which take {objects:,} objects in a run; it holds {MAX_OBJECTS:,}"
        raise ImportProblem(path, problem, "choose some of them with --layers")


def _without_masks(shapes: Shapes) -> tuple[Shapes, bool]:
    masks = {key for key in shapes if key.endswith(MASK) and f"{key.removesuffix(MASK)}.weight" in shapes}
    return {key: shape for key, shape in shapes.items() if key not in masks}, bool(masks)


def _plan(
    wanted: Wanted,
    files: tuple[Source, ...],
    shapes: Shapes,
    epochs: tuple[float, ...],
    iterations: tuple[float, ...],
    accuracies: tuple[float, ...],
    masked: bool,
    report: bool,
    arrays: Arrays | None = None,
    values: Mapping[str, Values] | None = None,
    said: Sequence[str] = (),
) -> ImportPlan:
    path = files[0].path
    for key in shapes:
        nameable(path, key)
    known = known_net(wanted.net, path, shapes, wanted.turn, arrays, values)
    layers, kept = chosen_layers(wanted.layers, path, known, said)
    net = known.net if wanted.layers is None else NetSpec(UNKNOWN)
    left_out = (ACTIVITY,) if affordable(layers) else (ACTIVITY, SPECTRUM, GRAM)
    rows = tuple(row for row in plan(layers, kept, 0) if not row.path.startswith(left_out))
    _refuse_too_many(path, len(layers), len(rows))
    notes = [*([known.like.words] if known.like is not None else []), *known.notes]
    notes += doubts_in([reading for reading in known.readings if reading.doubt and reading.key in kept])
    if wanted.layers is None:
        notes += without_layer(known.shapes, layers)
    if masked:
        notes.append("weights are multiplied with their masks, as the report's code computes with them")
    data = wanted.data or UNKNOWN
    if report and wanted.data is None and net.name != UNKNOWN:
        data = usual_data(net.name) or UNKNOWN
    where = _source(wanted, files)
    spec = RunSpec(
        net,
        DataSpec(data if data == UNKNOWN else data_set(data).name, validation=0.0),
        initialiser=UNKNOWN,
        snapshots="imported",
        origin=OriginSpec(
            "imported",
            where,
            "as in the files",
            "; ".join(notes),
            arguments(reading for reading in known.readings if reading.key in kept),
            begins=report or iterations[0] == 0,
            identity=known.identity,
        ),
    )
    other = net.name == UNKNOWN or net.name.startswith(TORCHVISION)
    named = net.name if other else title_of(net.name, net.widths)
    title = f"{where if net.name == UNKNOWN else named}, imported"
    size = forecast_bytes(rows, len(files))
    return ImportPlan(
        wanted, files, layers, kept, rows, spec, title, epochs, iterations, accuracies, size, tuple(notes),
        known.readings, known.prefix, masked=masked,
    )  # fmt: skip
