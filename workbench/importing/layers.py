"""The net and the layers of somebody else's parameters. Loads no torch, but for a net of torchvision."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from workbench.importing.evidence import readings, turned
from workbench.importing.files.beside import CONFIG, beside
from workbench.importing.files.foreign import SKIPPED, ImportProblem
from workbench.importing.likeness import Held, adapter_beside, likeness
from workbench.importing.reading import layers_of
from workbench.nets.architectures.catalogue import architecture, title_of
from workbench.nets.architectures.recognition import recognised
from workbench.runs.errors import few_of, shown
from workbench.runs.layer import without_layer
from workbench.runs.spec import UNKNOWN, NetSpec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from workbench.importing.files.arrays import Arrays
    from workbench.importing.files.foreign import Shapes
    from workbench.importing.likeness import Likeness, Values
    from workbench.importing.reading import Reading
    from workbench.nets.architectures.recognition import Recognised
    from workbench.runs.layout import LayerInfo
    from workbench.runs.spec import Identity

TORCHVISION = "torchvision:"  # begins the name of a net of torchvision
OF_TORCHVISION = f"One of torchvision is written {TORCHVISION}NAME."


@dataclass(frozen=True)
class Known:
    """What the parameters of a file are taken for."""

    net: NetSpec
    shapes: Shapes  # of what is kept, in the network's order, named as the network names it
    readings: tuple[Reading, ...]  # none for a net of torchvision, whose modules say what its layers are
    layers: tuple[LayerInfo, ...]
    prefix: str = ""  # what stands before these names in the file
    notes: tuple[str, ...] = ()
    identity: Identity = "guessed"  # how the net is known
    like: Likeness | None = None  # what the file looks like that is no network


def known_net(
    wanted: str | None,
    path: Path,
    shapes: Shapes,
    turn: Sequence[str] = (),
    arrays: Arrays | None = None,
    values: Mapping[str, Values] | None = None,
) -> Known:
    """The net that parameters belong to, and its layers.

    `wanted` is of the catalogue or "torchvision:NAME"; None: what the shapes say. The weights of `turn` (names or
    patterns) have their units on the other axis than the evidence says. `arrays` is what the file of another tool says
    of them, `values` the ranges of some. ImportProblem: it is another net.
    """
    if arrays is not None and _flattens_otherwise(arrays):
        return _of_another_tool(wanted, path, shapes, arrays, turn)
    if wanted is not None and wanted.startswith(TORCHVISION):
        from workbench.importing import torchvision  # loads torch

        layers, ordered = torchvision.layers_of(wanted.removeprefix(TORCHVISION), path, shapes)
        return Known(NetSpec(wanted, classes=layers[-1].units), ordered, (), layers, identity="given")
    try:
        found, prefix, left = _recognised(shapes, wanted)
    except ValueError as error:
        raise ValueError(f"{error} {OF_TORCHVISION}") from error
    if wanted is not None and found is None:
        title = architecture(wanted).title
        raise ImportProblem(path, f"does not hold the parameters of {title}", "leave the net out, or name another")
    of_arrays = ({}, True) if arrays is None else (arrays.said, arrays.ordered)
    held = Held(shapes, readings(shapes, *of_arrays), beside(path), values or {})
    like = None if wanted is not None else likeness(held)
    against = _against(found, held) if wanted is None else []
    notes = [*filter(None, [held.beside.note]), *against]
    if found is None and held.beside.nets:
        notes.append(f"{CONFIG} names the architecture {held.beside.nets[0]}, which is not in the catalogue")
    if found is None or like is not None or against:
        known = turned(held.readings, turn)
        return Known(NetSpec(UNKNOWN), shapes, known, layers_of(known), notes=tuple(notes), like=like)
    if turn:
        title = title_of(found.name, found.widths)
        raise ValueError(f"{path} holds {title}, whose layers are known: turn none of them")
    return _of_catalogue(found, shapes, prefix, left, held, wanted, notes)


def _against(found: Recognised | None, held: Held) -> list[str]:
    """Notes on what says that the network is none of the catalogue, although its shapes may fit."""
    notes = [adapter_beside(held)]
    if found is not None and (contradiction := held.beside.contradicts(found.name)):
        title = title_of(found.name, found.widths)
        notes.append(f"not taken for {title}, whose shapes it has: {contradiction}")
    return [note for note in notes if note]


def _of_catalogue(
    found: Recognised,
    shapes: Shapes,
    prefix: str,
    left: Sequence[str],
    held: Held,
    wanted: str | None,
    notes: list[str],
) -> Known:
    """A network of the catalogue, without what stands before all names and what is left beside them."""
    title, by_config = title_of(found.name, found.widths), held.beside.confirms(found.name)
    kept = {key.removeprefix(prefix): shape for key, shape in shapes.items() if key not in left}
    net = NetSpec(found.name, found.widths, found.bias, found.image_shape, found.classes)
    notes += [f"names are without the {shown(prefix)!r} before all of them"] if prefix else []
    notes += [f"left out, because they are not weights of the network: {few_of(left)}"] if left else []
    if found.by_name:
        kept = _as_in_catalogue(net, kept)
    if by_config and wanted is None:
        notes.append(f"{title}, because {by_config}")
    identity: Identity = "given" if wanted is not None else "config" if by_config else "guessed"
    known = readings(kept)
    return Known(net, kept, known, layers_of(known), prefix, tuple(notes), identity)


def _flattens_otherwise(arrays: Arrays) -> bool:
    """Whether convolutions come before layers whose inputs are then in the order of Keras and Flax."""
    ranks = {len(arrays.shapes[key][0]) for key in arrays.turned if key in arrays.said}
    return 2 in ranks and len(ranks) > 1


def _of_another_tool(wanted: str | None, path: Path, shapes: Shapes, arrays: Arrays, turn: Sequence[str]) -> Known:
    """The layers of a network that none of the catalogue computes like, whatever its shapes."""
    if wanted is not None:
        problem = "keeps the inputs of its first dense layer in the order of Keras and Flax, in which channels are last"
        raise ImportProblem(path, f"{problem}, so that no net of PyTorch computes with them", "leave the net out")
    known = turned(readings(shapes, arrays.said, arrays.ordered), turn)
    return Known(NetSpec(UNKNOWN), shapes, known, layers_of(known))


def _recognised(shapes: Shapes, wanted: str | None) -> tuple[Recognised | None, str, tuple[str, ...]]:
    """The catalogue's net with these parameters, what stands before its names, and what beside it is no weight.

    A module that holds the network puts its own name before all of its parameters, and averaging adds a counter.
    """
    plain = {key: shape for key, (shape, _) in shapes.items()}
    found = recognised(plain, wanted)
    if found is not None and found.by_name:
        return found, "", ()
    prefix = _common_prefix([key for key, shape in plain.items() if len(shape) > 1])
    left = tuple(key for key, shape in plain.items() if not key.startswith(prefix) or (not shape and "." not in key))
    inner = {key.removeprefix(prefix): shape for key, shape in plain.items() if key not in left}
    if (prefix or left) and len(inner) + len(left) == len(plain) and all(inner):
        named = recognised(inner, wanted)
        if named is not None and named.by_name:
            return named, prefix, left
    return found, "", ()


def _common_prefix(keys: Sequence[str]) -> str:
    """What all names of weights begin with, up to a dot, where something is left of each."""
    parts = [key.split(".")[:-2] for key in keys]
    shared = []
    for words in zip(*parts, strict=False):
        if len(set(words)) > 1:
            break
        shared.append(words[0])
    return "".join(f"{word}." for word in shared)


def _as_in_catalogue(net: NetSpec, shapes: Shapes) -> Shapes:
    from workbench.nets.architectures.shapes import parameter_shapes

    order = parameter_shapes(net.name, net.image_shape or (1, 1, 1), net.classes or 1, net.widths, net.bias)
    return {key: shapes[key] for key in order}


def refuse_function(what: str, name: str | None) -> None:
    """Refuse (ValueError) the name of a function as the "net" or "data" of an import."""
    if name is not None and ":" in name and not name.startswith(TORCHVISION):
        where = f"in the window with File → Network and data…, on the command line with --{what}"
        advice = f"leave it out, and name it when accuracies are computed, {where}"
        raise ValueError(f"{name}: a run stores no functions; {advice}")


def chosen_layers(
    wanted: tuple[str, ...] | None, path: Path, known: Known, said: Sequence[str] = ()
) -> tuple[tuple[LayerInfo, ...], Shapes]:
    """The layers that are wanted by names or patterns (None: all), and their parameters.

    ImportProblem: there are none, perhaps because of what is `said` to be skipped in the file.
    """
    layers, shapes = known.layers, known.shapes
    if not layers and known.like is not None:
        raise ImportProblem(path, known.like.words, known.like.advice)
    if not layers:
        skipped = [note for note in said if note.startswith(SKIPPED)]
        notes = "; ".join([*skipped, *(note.removeprefix("kept, but ") for note in without_layer(shapes, ()))])
        problem = f"holds no weights of linear or convolutional layers{f' ({notes})' if notes else ''}"
        raise ImportProblem(path, problem, "choose other files")
    if wanted is None:
        return layers, shapes
    kept = tuple(layer for layer in layers if any(fnmatchcase(layer.name, pattern) for pattern in wanted))
    if not kept:
        names = ", ".join(shown(layer.name) for layer in layers[:20])
        raise ImportProblem(path, f"has no layer {', '.join(wanted)}", f"it has {names}")
    weights = {layer.key for layer in kept}
    beside = {f"{key.removesuffix('weight')}bias" for key in weights}
    return kept, {key: shape for key, shape in shapes.items() if key in weights | beside}
