"""What a file looks like that is no network of layers, and why: data, tables, stacks, adapters. Loads no torch."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from math import isqrt, prod
from typing import TYPE_CHECKING

from workbench.cached import cached_property
from workbench.runs.errors import few_of, shown
from workbench.runs.layout import WEIGHT_DTYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from workbench.importing.files.beside import Beside
    from workbench.importing.files.foreign import Shapes
    from workbench.importing.reading import Reading

LORA = "lora"  # a word in the names of an adapter's factors
DATA = ("image", "images", "x", "data", "inputs", "features", "samples", "pixels")
LABELS = ("y", "label", "labels", "target", "targets", "classes")
BASE_LAYER = "base_layer.weight"  # what peft calls the weights that factors are added to
TINY = 4  # times smaller than the layer is the rank of an adapter, and the width of a table than its rows
WIDE = 7  # positions a side; the windows of convolutions are rarely larger
COLOURS = (1, 3, 4)  # channels of images


@dataclass(frozen=True)
class Values:
    """The range of some of a tensor's numbers."""

    low: float
    high: float
    whole: bool  # all of them are whole numbers

    @property
    def words(self) -> str:
        """As evidence; "" where weights might be such numbers."""
        if self.low < 0 or self.low == self.high:
            return ""
        kind = "whole numbers" if self.whole else "numbers"
        return f"its {kind} go from {self.low:.4g} to {self.high:.4g}, none is negative"


NOT_LOOKED_AT = Values(0.0, 0.0, False)


@dataclass(frozen=True)
class Likeness:
    """What a file looks like, and why."""

    what: str
    because: tuple[str, ...]
    advice: str = "choose a file that holds the weights of a whole network"

    @property
    def words(self) -> str:
        """The whole sentence without its end."""
        *first, last = self.because
        because = f"{', '.join(first)}, and {last}" if first else last
        return f"looks like {self.what} and not like a network of layers, because {because}"


@dataclass(frozen=True)
class Held:
    """A file that is asked what it looks like."""

    shapes: Shapes
    readings: Sequence[Reading]
    beside: Beside
    values: Mapping[str, Values] = field(default_factory=dict)

    @cached_property
    def matrices(self) -> dict[str, tuple[int, ...]]:
        """Everything of two axes or more, but for a row of whole numbers, which counts something."""
        return {
            key: shape
            for key, (shape, dtype) in self.shapes.items()
            if len(shape) > 1 and (dtype in WEIGHT_DTYPES or sum(each > 1 for each in shape) > 1)
        }

    def has_bias(self, key: str) -> bool:
        """Whether a bias lies beside a weight."""
        return f"{key.removesuffix('weight')}bias" in self.shapes

    def described(self, key: str) -> str:
        """A tensor by its name and shape."""
        return f"{shown(key)} is {' × '.join(f'{each:,}' for each in self.shapes[key][0])}"


def likeness(held: Held) -> Likeness | None:
    """What a file looks like that is no network of layers; None where it looks like one."""
    return next((found for look in LOOKS if (found := look(held)) is not None), None)


# --- adapters ---


def factors(shapes: Mapping[str, tuple[int, ...]]) -> list[tuple[str, str]]:
    """Pairs of matrices side by side, r × inputs and outputs × r with a tiny r, that make up all of these."""
    by_parent: dict[str, list[str]] = defaultdict(list)
    for key in shapes:
        by_parent[_module(key).rpartition(".")[0]].append(key)
    pairs = []
    for keys in by_parent.values():
        if len(keys) != 2 or not _are_factors(*(shapes[key] for key in keys)):
            return []
        pairs.append((keys[0], keys[1]))
    return pairs


def _are_factors(first: tuple[int, ...], second: tuple[int, ...]) -> bool:
    rank = min(*first[:2], *second[:2])
    inside = (first[0], second[1]), (first[1], second[0])
    return (rank, rank) in inside and TINY * rank <= min(max(first[:2]), max(second[:2]))


def _module(key: str) -> str:
    """The name of what holds a parameter, or of the parameter itself where it is not called weight."""
    return key.removesuffix(".weight").removesuffix(".default")


def _adapter(held: Held) -> Likeness | None:
    matrices = held.matrices
    named, biased = _named_factors(held), any(map(held.has_bias, matrices))
    pairs = [] if biased else factors(matrices)
    because = []
    if held.beside.adapter and (named or not biased):
        base = f" for the network {held.beside.base}" if held.beside.base else ""
        because.append(f"adapter_config.json says so ({held.beside.adapter}{base})")
    if named and not _has_base(held, named):
        because.append(f"it has names such as {shown(named[0])}")
    if because or len(pairs) > 1:
        because += _of_rank(held, pairs)
    if not because:
        return None
    advice = "merge it into the network it was made for, and import that"
    return Likeness("a LoRA adapter", tuple(because), advice)


def _of_rank(held: Held, pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    ranks = sorted({min(*held.matrices[key][:2]) for pair in pairs for key in pair})
    if ranks:
        rank = f"{ranks[0]}" if len(ranks) == 1 else f"{ranks[0]} to {ranks[-1]}"
        both = " and ".join(map(held.described, pairs[0]))
        yield f"all of its matrices are pairs of factors of rank {rank} ({both})"


def adapter_beside(held: Held) -> str:
    """A note where the factors of an adapter lie beside the weights they are added to; "" where they do not."""
    named = _named_factors(held)
    if not named or not _has_base(held, named):
        return ""
    return (
        f"contains a LoRA adapter together with the weights that it is added to; its factors are separate layers here: "
        f"{few_of(named)}; merge them to see what the network computes with"
    )


def _named_factors(held: Held) -> list[str]:
    return [key for key in held.matrices if LORA in _words(key)]


def _has_base(held: Held, named: Sequence[str]) -> bool:
    """Whether the file also holds weights that some of these factors are added to."""
    wrapped = any(key.endswith(f".{BASE_LAYER}") for key in held.shapes)
    return wrapped or any(f"{_before_factors(key)}weight" in held.shapes for key in named)


def _before_factors(key: str) -> str:
    parts = key.split(".")
    at = next(at for at, part in enumerate(parts) if LORA in part.lower())
    return "".join(f"{part}." for part in parts[:at])


# --- data ---


def _images(held: Held) -> Likeness | None:
    alone = [key for key in held.matrices if not held.has_bias(key)]
    if not alone or len(alone) < len(held.matrices):
        return None
    seen = {key: tuple(_of_images(held, key)) for key in alone}
    if not all(seen.values()):
        return None
    first = alone[0]
    what = "a set of images" if _is_picture(held.shapes[first][0]) else "a data set"
    labels = [key for key in held.shapes if key not in alone and set(_words(key)) & set(LABELS)]
    beside = [f"{shown(labels[0])} is next to it"] if labels else []
    return Likeness(what, (held.described(first), *seen[first], *beside))


def _of_images(held: Held, key: str) -> Iterator[str]:
    """The evidence that a tensor holds data: of its numbers, or of a name that no weight has."""
    shape, dtype = held.shapes[key]
    values, picture = held.values.get(key, NOT_LOOKED_AT), _is_picture(shape)
    name = next((word for word in _words(_module(key).rpartition(".")[2]) if word in DATA), "")
    found = [values.words] if values.words and (values.whole or picture) else []
    found += [f"it is called {name}"] if name else []
    found += [f"it is stored as {dtype}"] if found and dtype not in WEIGHT_DTYPES else []
    if found and picture:
        found.append("its rows are as long as those of pictures" if len(shape) == 2 else
                     f"{shape[-2]} × {shape[-1]} positions are not a usual window of a convolution")  # fmt: skip
    yield from found


def _is_picture(shape: tuple[int, ...]) -> bool:
    flat = len(shape) == 2 and isqrt(shape[1]) ** 2 == shape[1] and shape[1] >= WIDE**2
    return flat or (len(shape) > 2 and min(shape[-2:]) > WIDE and (len(shape) != 4 or shape[1] in COLOURS))


def _stack(held: Held) -> Likeness | None:
    matrices = held.matrices
    if any(map(held.has_bias, matrices)) or not matrices:
        return None
    odd = {
        key: shape for key, shape in matrices.items() if len(shape) > 2 and prod(shape[2:]) > WIDE ** (len(shape) - 2)
    }
    if len(odd) < len(matrices):
        return None
    first, shape = next(iter(odd.items()))
    window = " × ".join(map(str, shape[2:]))
    said = "there is no bias with it", f"{window} is not a usual window of a convolution"
    return Likeness("a stack of arrays", (held.described(first), *said))


# --- tables ---


def _table(held: Held) -> Likeness | None:
    matrices = held.matrices
    tables = [each for each in held.readings if each.role == "table"]
    if tables and len(tables) == len(matrices):
        table = tables[0]
        return Likeness(_tables(len(tables)), (held.described(table.key), table.because))
    if any(each.role == "layer" and not each.may_be_table for each in held.readings):
        return None
    understood = all(each.role in ("layer", "table") for each in held.readings)
    if len(matrices) > 1 and len(held.readings) == len(matrices) and understood:
        first = next(iter(matrices))
        because = "none of its matrices has a bias", "none takes what another gives"
        return Likeness(_tables(len(matrices)), (held.described(first), *because))
    if len(matrices) != 1 or len(held.shapes) > 1:
        return None
    ((key, shape),) = matrices.items()
    if len(shape) != 2 or shape[0] < TINY * shape[1] or shape[1] < 2:
        return None
    because = "it has many more rows than columns and no bias", "it is all that the file holds"
    return Likeness(_tables(1), (held.described(key), *because))


def _tables(count: int) -> str:
    return "an embedding table" if count == 1 else f"{count} embedding tables"


def _words(key: str) -> list[str]:
    """The words of the names of a parameter and of what holds it."""
    return [word for part in _module(key).lower().split(".") for word in part.split("_")]


LOOKS: tuple[Callable[[Held], Likeness | None], ...] = (_adapter, _images, _stack, _table)
