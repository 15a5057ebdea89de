"""What each tensor of a network is taken for, and by which evidence, where only names and shapes are there.

A reading is an argument: clues that speak for one reading or another, each with a weight and in words. Where the
weights of the clues are close, the reading is unsure and says so. Loads no torch.
"""

from __future__ import annotations

import re
from dataclasses import replace
from fnmatch import fnmatchcase
from math import prod
from typing import TYPE_CHECKING

from workbench.importing.files.surroundings import Surroundings
from workbench.importing.reading import CLOSE, Clue, Reading, Said
from workbench.runs.errors import few_of, shown
from workbench.runs.layout import LAYER_KINDS, WEIGHT_DTYPES, LayerInfo
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Shape = tuple[int, ...]
    Parameters = Mapping[str, tuple[Shape, str]]  # state-dict key -> shape, number type

First = bool  # whether the units are the first axis, and not the second
KINDS = {rank: kind for kind, rank in LAYER_KINDS.items()}
FUSED = ("c_attn", "qkv", "in_proj")  # what layers of three projections in one are called
PROJECTIONS = tuple(f"{part}_proj_weight" for part in "qkv")  # of an attention whose keys have their own width

# Weights of the clues. A bias shows the number of units, so nothing outweighs it.
CERTAIN, STRONG, USUAL, WEAK = 8, 4, 3, 2
TABLE_WORDS = ("embed", "emb", "embedding", "embeddings", "wte", "wpe", "token", "tokens", "position", "positions",
               "vocab", "lookup", "codebook", "vectors", "factors", "queries")  # fmt: skip
LAYER_WORDS = ("proj", "projection", "dense", "linear", "fc", "mapping", "transform", "transformation", "conv", "mlp")
LAST_WORDS = ("head", "out", "output", "classifier", "logits", "score", "decoder", "prediction", "predictions")
MAY_BE_LAST = "its names are sorted, so that it may also be the last layer"
MAY_BE_UNCHAINED = (
    "it has no bias, no other layer takes its units and nothing gives its inputs, so that it may also be a lookup table"
)
MAY_BE_NO_END = (
    "it has no bias, and it is not the only one whose units no other layer takes, so that it may also be a lookup table"
)
MAY_BE_TABLE = "it has no bias and nothing else has its sizes, so that it may also be a lookup table"


def readings(
    parameters: Parameters, said: Mapping[str, Said] | None = None, ordered: bool = True
) -> tuple[Reading, ...]:
    """A reading of every floating-point tensor of two axes or more, in the order of the state dict.

    Layers are numbered in that order. A norm's factors and what weights are computed from have no reading. `said` is
    what the file says of some; what comes before and after is no clue where the parameters are not `ordered`.
    """
    around = Surroundings({key: shape for key, (shape, _) in parameters.items()}, ordered)
    found = []
    for key, (shape, dtype) in parameters.items():
        if dtype in WEIGHT_DTYPES and sum(length > 1 for length in shape) > 0 and len(shape) > 1:
            reading = _read(key, shape, around, (said or {}).get(key))
            if reading is not None:
                found.append(reading)
    return tuple(_numbered(found))


def turned(found: Sequence[Reading], names: Sequence[str]) -> tuple[Reading, ...]:
    """The readings, the weights that somebody names (or patterns of them) with their units on the other axis.

    What may be a lookup table or a layer becomes the other one. ValueError: a name is of no layer that could be turned.
    """
    can = [reading for reading in found if reading.layers or reading.may_be_table]
    for name in names:
        if not any(_is_called(reading, name) for reading in can):
            known = few_of([reading.key for reading in can])
            raise ValueError(f"no layer has weights called {shown(name)}; there are {known}")
    keys = {reading.key for reading in can if any(_is_called(reading, name) for name in names)}
    return tuple(_numbered(_other_way(reading) if reading.key in keys else reading for reading in found))


def _is_called(reading: Reading, pattern: str) -> bool:
    return any(fnmatchcase(name, pattern) for name in (reading.key, reading.key.removesuffix(".weight")))


def _other_way(reading: Reading) -> Reading:
    said = (Clue(CERTAIN, "the person who imported it said so"),)
    if reading.may_be_table and reading.layers:
        return replace(reading, role="table", layers=(), clues=said, doubt="")
    layers = _infos(reading.key, reading.shape, bool(reading.layers) and not reading.layers[0].transposed)
    return replace(reading, role="layer", layers=layers, clues=said, doubt="")


def _numbered(found: Iterable[Reading]) -> Iterator[Reading]:
    order = 0
    for reading in found:
        yield replace(reading, layers=tuple(replace(each, order=order + at) for at, each in enumerate(reading.layers)))
        order += len(reading.layers)


def _read(key: str, shape: Shape, around: Surroundings, said: Said | None) -> Reading | None:
    module, _, own = key.rpartition(".")
    bias = around.bias(key)
    if bias == shape or around.is_norm(module):
        return None
    if own == "in_proj_weight" and len(shape) == 2 and shape[0] % 3 == 0:
        thirds = _split(f"{module}." * bool(module) + "in_proj", key, shape[0] // 3, shape[1], False)
        return Reading(key, shape, "layer", thirds, (Clue(CERTAIN, "it holds queries, keys and values"),))
    if own != "weight" and not (own in PROJECTIONS and len(shape) == 2):
        return Reading(key, shape, "other", clues=(Clue(USUAL, f"a layer's weights are not called {own}"),))
    if len(shape) not in KINDS:
        return Reading(key, shape, "other", clues=(Clue(CERTAIN, f"no layer has weights of {len(shape)} axes"),))
    table = [] if said is not None else _table_clues(key, shape, around)
    if sum(clue.weight for clue in table) >= USUAL:
        doubt = "" if around.ordered or _table_word(key) else MAY_BE_LAST
        return Reading(key, shape, "table", clues=tuple(table), doubt=doubt, may_be_table=bool(doubt))
    found = _layer(key, shape, around, said)
    doubt = "" if said is not None or found.doubt else _why_a_table(key, around)
    if doubt and (word := layer_word(key)):
        return replace(found, clues=(Clue(USUAL, f"it is called {word}"), *found.clues))
    return replace(found, doubt=doubt, may_be_table=True) if doubt else found


def _why_a_table(key: str, around: Surroundings) -> str:
    """Why what reads as a layer may also be a lookup table; "" where nothing says so."""
    reasons = (
        (MAY_BE_TABLE, around.stands_alone),
        (MAY_BE_UNCHAINED, around.is_unchained),
        (MAY_BE_NO_END, around.is_one_end_of_several),
    )
    return next((doubt for doubt, holds in reasons if holds(key)), "")


def _table_clues(key: str, shape: Shape, around: Surroundings) -> list[Clue]:
    """What says that rows are looked up in this matrix, so that they are no units."""
    if len(shape) != 2 or around.bias(key):
        return []
    found = []
    named = _table_word(key)
    if named == "bias":
        found.append(Clue(USUAL, "it is called a bias and has rows"))
    elif named:
        found.append(Clue(USUAL, f"it is called {named} and has no bias"))
    if around.looks_up(key) and (around.ordered or not layer_word(key)):
        said = f"no later layer takes {shape[0]:,} inputs, and {shape[1]:,} is the width of what follows"
        general = "no later layer takes as many inputs as it has rows, and its columns are the width of what follows"
        found.append(Clue(USUAL, said, general))
    elif around.is_joined(key) and not layer_word(key):
        found.append(Clue(USUAL, "a layer takes its rows joined with those of others, and none takes its units"))
    return found


def _table_word(key: str) -> str:
    """The word in a name that says that it is a lookup table; "" where none does."""
    words = _words(key)
    if words and words[-1] == "bias":
        return "bias"
    named = [word for word in words if word.startswith("embed") or word in TABLE_WORDS]
    return named[0] if named and not any(word in LAYER_WORDS for word in words) else ""


def layer_word(key: str) -> str:
    """The word in a name that says that it is a layer; "" where none does."""
    return next((word for word in _words(key) if word.rstrip("0123456789") in LAYER_WORDS + LAST_WORDS), "")


def _words(key: str) -> list[str]:
    """The words of the name of the module that holds a parameter; of the one around it where it is only a number."""
    parts = [part for part in key.split(".")[:-1] if not part.isdecimal()]
    spaced = re.sub(r"([a-z])([A-Z])", r"\1_\2", parts[-1]) if parts else ""
    return [word for word in re.split(r"[_\W]+", spaced.lower()) if word]


def _layer(key: str, shape: Shape, around: Surroundings, said: Said | None) -> Reading:
    groups = 1 if said is not None else around.groups(key)
    if groups > 1:
        why = f"a transposed convolution in {groups} groups, whose filters do not lie in one matrix"
        return Reading(key, shape, "other", clues=(Clue(CERTAIN, why),))
    clues = orientation(key, shape, around, said)
    first = sum(clue.weight if units_first else -clue.weight for units_first, clue in clues)
    lead = [clue for units_first, clue in clues if units_first == (first >= 0)]
    against = [clue for units_first, clue in clues if units_first != (first >= 0)]
    doubt = " and ".join(clue.words for clue in against) if abs(first) < CLOSE else ""
    layers = _infos(key, shape, transposed=first < 0)
    return Reading(key, shape, "layer", layers, tuple(sorted(lead, key=lambda clue: -clue.weight)), doubt)


def orientation(key: str, shape: Shape, around: Surroundings, said: Said | None = None) -> list[tuple[First, Clue]]:
    """What says that the units are the first axis (True) or the second (False)."""
    found = _first_clues(key, shape, around, said)
    if said is not None and (said.sure or said.doubt or shape[0] == shape[1]):
        return found
    if shape[0] == shape[1]:
        return found + _like_neighbours(key, around)
    bias, norm = around.bias(key), around.norm_after(key)
    if len(bias) == 1 and bias[0] in shape[:2]:
        words = f"its bias has {counted(bias[0], 'number')}"
        found.append((bias[0] == shape[0], Clue(CERTAIN, words, "the bias has as many numbers as there are units")))
    if norm in shape[:2]:
        words = f"the norm that follows has {norm:,}"
        found.append((norm == shape[0], Clue(STRONG, words, "the norm that follows has as many as there are units")))
    fits = around.takes(key, shape[1], len(shape)), around.takes(key, shape[0], len(shape))
    if fits in ((False, True), (True, False)):
        inputs, units = (shape[0], shape[1]) if fits[1] else (shape[1], shape[0])
        words = f"the layers before it give {inputs:,} and not {units:,}"
        found.append((fits[0], Clue(WEAK, words, "the layers before it give as many as it has inputs")))
    if len(shape) > 2 and around.beside_transposed(key):
        found += _as_beside(key, shape, around, either=fits == (True, True))
    return found


def _as_beside(key: str, shape: Shape, around: Surroundings, either: bool) -> Iterator[tuple[First, Clue]]:
    """What transposed convolutions beside a convolution say; `either`: the layers before would fit both axes."""
    yield False, Clue(WEAK, "the convolutions next to it with the same window are transposed")
    if either and shape[1] == 1:
        words = f"the layers before it give {shape[0]:,} and not 1"
        yield False, Clue(WEAK, words, "the layers before it give as many as it has inputs")
    beside = around.only_norm_beside(key)
    if beside:
        yield beside == shape[0], Clue(WEAK, f"a norm beside it has {beside:,}")


def _first_clues(key: str, shape: Shape, around: Surroundings, said: Said | None) -> list[tuple[First, Clue]]:
    """What the file says, or else what is usual."""
    if said is None:
        bare = len(shape) == 2 and not around.bias(key)  # the only transposed linear layers of PyTorch have biases
        return [(True, Clue(STRONG + CLOSE if bare else USUAL, "PyTorch keeps units first"))]
    found = [(said.units_first, Clue(CERTAIN if said.sure else USUAL, said.words))]
    return [*found, (not said.units_first, Clue(WEAK, said.doubt))] if said.doubt else found


def _like_neighbours(key: str, around: Surroundings) -> list[tuple[First, Clue]]:
    """A square matrix goes with the uneven ones of its block, where their biases all say the same."""
    beside = around.uneven_neighbours(key)
    if beside and not any(beside):
        return [(False, Clue(CERTAIN, "the biases beside it in its block show units last"))]
    return []


def _infos(key: str, shape: Shape, transposed: bool) -> tuple[LayerInfo, ...]:
    name = key.removesuffix(".weight")
    units, rest = (shape[1], shape[0]) if transposed else (shape[0], shape[1])
    inputs = rest * prod(shape[2:])
    if name.rpartition(".")[2] in FUSED and len(shape) == 2 and units == 3 * inputs:
        return _split(name, key, inputs, inputs, transposed)
    plain = key.endswith(".weight") and not transposed
    shown = name.removesuffix("_weight") if name != "weight" else "layer"
    kind = KINDS[len(shape)]
    return (LayerInfo(shown, kind, units, inputs, 0, parameter="" if plain else key, transposed=transposed),)


def _split(name: str, key: str, units: int, inputs: int, transposed: bool) -> tuple[LayerInfo, ...]:
    parts: Sequence[str] = "qkv"
    return tuple(
        LayerInfo(f"{name}.{part}", "linear", units, inputs, 0, parameter=key, first=at * units, transposed=transposed)
        for at, part in enumerate(parts)
    )
