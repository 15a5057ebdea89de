"""What lies around a tensor in a state dict: its bias, the norm that follows, what the layers before it give."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from workbench.cached import cached_property
from workbench.importing.files.keys import are_sorted, is_in_block, is_numbered, parent_of, part_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Shape = tuple[int, ...]

OF_MODULES = ("weight", "bias")  # what a module calls its own parameters


class Surroundings:
    """A state dict's shapes, asked about the surroundings of one tensor.

    Its order is that of the network, unless the names are sorted, as .safetensors and HDF5 files keep them, or it is
    said not to be `ordered`. Then only modules that are numbered within their parent are known to follow each other.
    """

    def __init__(self, shapes: Mapping[str, Shape], ordered: bool = True) -> None:
        self._shapes, self._ordered = shapes, ordered and not are_sorted(list(shapes))
        self._modules: dict[str, dict[str, Shape]] = defaultdict(dict)
        for key, shape in shapes.items():
            module, _, own = key.rpartition(".")
            self._modules[module][own] = shape
        self._names = list(self._modules)
        self._places = {name: at for at, name in enumerate(self._names)}

    def bias(self, key: str) -> Shape:
        """The shape of the bias beside a weight; () where there is none."""
        return self._shapes.get(f"{key.removesuffix('weight')}bias", ())

    def is_norm(self, module: str) -> bool:
        """Whether a module holds one factor for each of its inputs, as batch norm and layer norm do."""
        own = self._modules.get(module, {})
        weight = own.get("weight", ())
        return len(weight) == 1 and all(len(shape) < 2 for shape in own.values())

    def norm_after(self, key: str) -> int | None:
        """The size of the norm that comes next after a weight, in the same block; None where anything else does.

        The first norm of another block often works on what that block is given, and not on what this weight gives.
        """
        at = self._places[key.rpartition(".")[0]] + 1
        following = self._names[at] if at < len(self._names) else ""
        if not self.is_norm(following) or following.rpartition(".")[0] != parent_of(key):
            return None
        if not self._ordered and not (is_numbered(key) and following.rpartition(".")[2].isdecimal()):
            return None
        return self._modules[following]["weight"][0]

    def only_norm_beside(self, key: str) -> int | None:
        """Which of the first two lengths of a weight a norm in its block has, where no order says which norm follows.

        None where both have one, or neither.
        """
        if self._ordered or is_numbered(key):
            return None
        beside = (name for name in self._names if name.rpartition(".")[0] == parent_of(key) and self.is_norm(name))
        fitting = {self._modules[name]["weight"][0] for name in beside}.intersection(self._shapes[key][:2])
        return fitting.pop() if len(fitting) == 1 else None

    def groups(self, key: str) -> int:
        """The groups of a transposed convolution, whose bias or norm is a multiple of its second axis; else 1."""
        shape, bias = self._shapes[key], self.bias(key)
        if len(shape) < 3:
            return 1
        found = bias[0] if len(bias) == 1 else self.norm_after(key)
        if not found or found in shape[:2] or found % shape[1]:
            return 1
        groups = found // shape[1]
        return groups if shape[0] % groups == 0 and shape[1] > 1 else 1

    def takes(self, key: str, inputs: int, rank: int) -> bool:
        """Whether something before a weight can give it so many inputs; True where nothing is known before it."""
        if not self._ordered and not is_numbered(key):
            return True
        at = self._order[key]
        seen = self._first_seen[part_of(key)] if self._ordered else self._first_numbered[parent_of(key)]
        widths = [width for width, first in seen.items() if first < at]
        if not widths or inputs in widths or inputs == 1:
            return True
        if rank == 2 and any(inputs % width == 0 for width in widths if width > 1):  # flattened positions
            return True
        if rank > 2 and any(width % inputs == 0 for width in widths):  # groups
            return True
        return any(seen.get(inputs - width, at) < at for width in widths)  # two that are joined

    def beside_transposed(self, key: str) -> bool:
        """Whether a convolution of the same window and parent is transposed, as its norm or bias shows."""
        shown = self._transposed_beside[parent_of(key), self._shapes[key][2:]]
        return bool(shown - {key})

    def uneven_neighbours(self, key: str) -> list[bool]:
        """Of each weight in the same block that is not square: whether its bias shows the units first."""
        return self._uneven_in[parent_of(key), len(self._shapes[key])]

    def looks_up(self, key: str) -> bool:
        """Whether rows can only be looked up in a matrix without a bias that comes before all blocks and layers.

        No later layer takes as many inputs as it has rows, and what follows is as wide as its rows are long.
        """
        rows, columns = self._shapes[key]
        if is_in_block(key):
            return False
        if self._ordered:
            at = self._order[key]
            taken = {width for width, last in self._last_taken.items() if last > at}
            possible = at <= self._first_layer
        else:
            own = columns if key not in self._unchained | self._ends else 0
            taken = {width for width, count in self._taken_by_chained.items() if count > (width == own)}
            possible = rows > columns and not is_numbered(key)
        widths = taken | self._norms
        return possible and columns in widths and not any(width % rows == 0 for width in widths)

    def stands_alone(self, key: str) -> bool:
        """Whether a tall matrix without a bias shares neither its rows nor its columns with anything else."""
        shape = self._shapes[key]
        if len(shape) != 2 or shape[0] <= shape[1] or self.bias(key):
            return False
        others = {length for other, sizes in self._shapes.items() if other != key for length in sizes[:2]}
        return not others.intersection(shape)

    def is_unchained(self, key: str) -> bool:
        """Whether a tall matrix without a bias, or one as wide as such, takes what nothing gives and feeds nothing."""
        return key in self._unchained

    def is_joined(self, key: str) -> bool:
        """Whether a layer takes just the rows of this matrix joined with those of others, and none their units.

        Such are the tables of a recommender.
        """
        return self._joined and key in self._unchained

    def is_one_end_of_several(self, key: str) -> bool:
        """Whether nothing takes the units of this tall matrix without a bias, nor those of another: which one is last?

        Of modules that are numbered in one parent, one follows another.
        """
        beside = {each for each in self._ends if not is_numbered(key) or parent_of(each) == parent_of(key)}
        return key in self._ends and len(beside) > 1

    @cached_property
    def _ends(self) -> set[str]:
        return {
            key
            for key, shape in self._weights.items()
            if self._is_table_like(key) and shape[0] > shape[1] and not self._feeds(key) and not is_in_block(key)
        }

    @cached_property
    def _joined(self) -> bool:
        joined = sum(self._shapes[each][1] for each in self._unchained)
        others = {shape[1] for key, shape in self._weights.items() if key not in self._unchained}
        return len(self._unchained) > 1 and joined in others

    @cached_property
    def _unchained(self) -> set[str]:
        bare = {key: shape for key, shape in self._weights.items() if self._is_table_like(key)}
        if len(self._weights) < 2:
            return set()
        found = {
            key: shape
            for key, shape in bare.items()
            if not self._is_fed(key) and not self._feeds(key) and not is_in_block(key)
        }
        tall = {columns for rows, columns in found.values() if rows > columns}
        return {key for key, (_, columns) in found.items() if columns in tall}

    def _feeds(self, key: str) -> bool:
        """Whether another weight takes as many inputs as this one has rows, or a multiple."""
        rows, columns = self._shapes[key]
        return any(width % rows == 0 for width, count in self._taken.items() if count > (width == columns))

    def _is_fed(self, key: str) -> bool:
        """Whether a bias, a norm or another weight has as many numbers as this weight has inputs, or flattens to it.

        In the order of the network only what comes before can give them.
        """
        columns, at = self._shapes[key][1], self._order[key]
        givers = self._given.get(columns, [])
        fed = givers[:1] < [at] if self._ordered else givers != [at]
        return (bool(givers) and fed) or any(columns % width == 0 for width in self._channels if width > 1)

    @cached_property
    def _taken(self) -> Counter[int]:
        """A number of inputs -> how many weights take so many."""
        return Counter(shape[1] for shape in self._weights.values())

    @cached_property
    def _taken_by_chained(self) -> Counter[int]:
        return self._taken - Counter(self._shapes[key][1] for key in self._unchained | self._ends)

    @cached_property
    def _given(self) -> dict[int, list[int]]:
        """A width -> where the biases, norms and weights stand that have it as their first axis."""
        found: dict[int, list[int]] = defaultdict(list)
        for at, (key, shape) in enumerate(self._shapes.items()):
            if shape and key.rpartition(".")[2] in OF_MODULES:
                found[shape[0]].append(at)
        return found

    @cached_property
    def _channels(self) -> set[int]:
        """The units of all convolutions."""
        return {shape[axis] for shape in self._weights.values() if len(shape) > 2 for axis in (0, 1)}

    @property
    def ordered(self) -> bool:
        """Whether tensors stand in the order of the network."""
        return self._ordered

    def _is_table_like(self, key: str) -> bool:
        return len(self._shapes[key]) == 2 and not self.bias(key)

    def _shows_transposed(self, key: str, shape: Shape) -> bool:
        bias = self.bias(key)
        units = bias[0] if len(bias) == 1 else self.norm_after(key)
        return shape[0] != shape[1] and units == shape[1]

    @cached_property
    def _weights(self) -> dict[str, Shape]:
        return {
            key: shape
            for key, shape in self._shapes.items()
            if len(shape) > 1 and key.rpartition(".")[2] == "weight" and self.bias(key) != shape
        }

    @cached_property
    def _transposed_beside(self) -> dict[tuple[str, Shape], set[str]]:
        """(parent, window) -> the weights there that their norms or biases show to be transposed."""
        found: dict[tuple[str, Shape], set[str]] = defaultdict(set)
        for key, shape in self._weights.items():
            if self._shows_transposed(key, shape):
                found[parent_of(key), shape[2:]].add(key)
        return found

    @cached_property
    def _uneven_in(self) -> dict[tuple[str, int], list[bool]]:
        """(block, axes) -> of each weight at any depth in it that is not square: whether its bias shows units first."""
        found: dict[tuple[str, int], list[bool]] = defaultdict(list)
        for key, shape in self._weights.items():
            bias = self.bias(key)
            if shape[0] != shape[1] and len(bias) == 1 and bias[0] in shape[:2]:
                words = key.split(".")[:-1]
                for depth in range(len(words)):
                    found[".".join(words[:depth]), len(shape)].append(bias[0] == shape[0])
        return found

    @cached_property
    def _norms(self) -> set[int]:
        """The sizes of all norms."""
        return {self._modules[name]["weight"][0] for name in self._names if self.is_norm(name)}

    @cached_property
    def _order(self) -> dict[str, int]:
        return {key: at for at, key in enumerate(self._shapes)}

    @cached_property
    def _first_layer(self) -> int:
        """Where the first weight stands that can be no table."""
        places = (self._order[key] for key in self._weights if not self._is_table_like(key))
        bare = (self._order[key] for key, shape in self._weights.items() if self._is_taken(key, shape))
        return min([*places, *bare], default=len(self._shapes))

    def _is_taken(self, key: str, shape: Shape) -> bool:
        return self._last_taken.get(shape[0], -1) > self._order[key]

    @cached_property
    def _last_taken(self) -> dict[int, int]:
        """A number of inputs -> where the last weight stands that takes so many."""
        chained = ((key, shape) for key, shape in self._weights.items() if key not in self._unchained)
        return {shape[1]: self._order[key] for key, shape in chained}

    @cached_property
    def _first_seen(self) -> dict[str, dict[int, int]]:
        """Part of the network -> size of a bias, a norm or a weight's units -> where it first stands."""
        return self._first_in(part_of, lambda key: key.rpartition(".")[2] in OF_MODULES)

    @cached_property
    def _first_numbered(self) -> dict[str, dict[int, int]]:
        """Parent of numbered modules -> the same, of those modules."""
        return self._first_in(parent_of, is_numbered)

    def _first_in(self, within: Callable[[str], str], counts: Callable[[str], bool]) -> dict[str, dict[int, int]]:
        found: dict[str, dict[int, int]] = defaultdict(dict)
        for key, shape in self._shapes.items():
            if shape and counts(key):
                units = shape[1] if len(shape) > 1 and self._shows_transposed(key, shape) else shape[0]
                found[within(key)].setdefault(units, self._order[key])
        return found
