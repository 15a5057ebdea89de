"""Weights as Keras and Flax keep them, inputs first: what each array is, and how it is turned to units first.

Keras 3 numbers the arrays of a layer ("layers/dense/vars/0"), Keras 2 and Flax name them ("dense/kernel").
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from workbench.importing.evidence import TABLE_WORDS
from workbench.importing.turns import Turn, depthwise, turn_of_equation, units_last

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Shape = tuple[int, ...]
    Words = Sequence[str]  # of an array's path, without the epoch

NUMBERED = "vars"  # the group in which Keras 3 numbers the arrays of a layer
OPTIMISER = ("optimizer", "optimizer_weights", "opt_state")  # the group at the top of a file
_KERNEL = ("kernel", "bias")
_RECURRENT = ("kernel", "recurrent_kernel", "bias")
_SEPARABLE = ("depthwise_kernel", "pointwise_kernel", "bias")
_DEPTHWISE = ("depthwise_kernel", "bias")
# class, in small letters without underscores -> its arrays in the order in which Keras 3 numbers them
ARRAYS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("dense", "einsumdense", "conv1d", "conv2d", "conv3d"), _KERNEL),
    **dict.fromkeys(("conv1dtranspose", "conv2dtranspose", "conv3dtranspose"), _KERNEL),
    **dict.fromkeys(("depthwiseconv1d", "depthwiseconv2d"), _DEPTHWISE),
    **dict.fromkeys(("separableconv1d", "separableconv2d"), _SEPARABLE),
    **dict.fromkeys(("cell", "lstm", "gru", "simplernn", "lstmcell", "grucell", "simplernncell"), _RECURRENT),
    **dict.fromkeys(("convlstm1d", "convlstm2d", "convlstm3d"), _RECURRENT),
    "embedding": ("embeddings",),
    "batchnormalization": ("gamma", "beta", "moving_mean", "moving_variance"),
    **dict.fromkeys(("layernormalization", "groupnormalization"), ("gamma", "beta")),
    "rmsnormalization": ("scale",),
}
NORMS = {"gamma": "weight", "scale": "weight", "beta": "bias", "moving_mean": "running_mean",
         "moving_variance": "running_var"}  # fmt: skip
UNSURE, SCALE_OR_CENTRE = "scale or centre", "nothing says whether it is the scale or the centre of its norm"
KERNELS = ("kernel", "recurrent_kernel", "depthwise_kernel", "pointwise_kernel")
OWN = {*KERNELS, *NORMS, "embedding", "embeddings", "bias"}
ASKING = {"query", "key", "value"}  # layers of an attention whose units are heads
ANSWERING = {"attention_output", "output", "out"}  # the one whose inputs are heads


class Contradiction(ValueError):
    """A file says two things of a layer that cannot both be."""


@dataclass(frozen=True)
class Laid:
    """What an array of a file is."""

    words: tuple[str, ...]  # of its state-dict key
    turn: Turn | None = None  # None: it lies as in a run
    kernel: bool = False
    transposed: bool = False  # a transposed convolution: its units are then its second axis
    because: str = ""
    sure: bool = False  # the file says what it is, and not only how its tool usually keeps it
    doubt: str = ""  # what speaks against it, in words
    place: int = -1  # of its layer in the model, where the file says it


def is_optimiser(words: Words) -> bool:
    """Whether an array belongs to the optimiser and not to the network."""
    return bool(words) and words[0].lower() in OPTIMISER


def holds_kernels(paths: Iterable[Words]) -> bool:
    """Whether the arrays of a file are named or numbered as Keras and Flax do."""
    return any(_own(words) in KERNELS or NUMBERED in words[-2:-1] for words in paths if words)


def laid_out(shapes: Mapping[str, Shape], words: Mapping[str, Words], classes: Mapping[str, str]) -> dict[str, Laid]:
    """What each array of Keras or Flax is; an array of any other tool is not there.

    `words` are those of each path, `classes` what a config says of the layers. Contradiction: not all of it can be.
    """
    modules: dict[tuple[str, ...], dict[str, str]] = defaultdict(dict)
    for path in shapes:
        own = tuple(words[path])
        if own:
            modules[own[:-1]][_own(own)] = path
    places = {name: at for at, name in enumerate(classes)}
    known = [_Module(name, held, shapes, classes, places) for name, held in modules.items()]
    attentions = {module.name[:-1] for module in known if module.called in ASKING}
    found = {}
    for module in known:
        found.update(module.laid(module.name[:-1] in attentions))
    return _shortened(found)


def _own(words: Words) -> str:
    return words[-1].removesuffix(":0")


def _plain(name: str) -> str:
    """The name of a layer without the number that tells it apart."""
    return re.sub(r"_\d+$", "", name)


def _normal(word: str) -> str:
    """A class or a name made of one, in a form that both have."""
    return _plain(word).replace("_", "").lower()


class _Module:
    """The arrays of one layer."""

    def __init__(
        self, name: tuple[str, ...], held: dict[str, str], shapes: Mapping[str, Shape],
        classes: Mapping[str, str], places: Mapping[str, int],
    ) -> None:  # fmt: skip
        numbered = name[-1:] == (NUMBERED,)
        self.name = name[:-1] if numbered else name
        self._numbered = numbered
        self._shapes = shapes
        self._shown = tuple(word for word in self.name if not numbered or word not in ("layers", "cell"))
        last = self.name[-1] if self.name else ""
        self.called = last.removeprefix("_").removesuffix("_dense")
        above = ["/".join(self.name[:depth]) for depth in range(len(self.name), 0, -1)]
        named = next((each for each in (*above[:1], last, *self.name[:1]) if classes.get(each)), "")
        self._said, _, self._more = classes.get(named, "").partition(" ")
        listed = next((each for each in (*above, *self.name) if each in places), "")
        self._place = places.get(listed, -1)
        self._class = _normal(self._said) if _normal(self._said) in ARRAYS else _normal(last)
        self._from_config = bool(self._said) and self._class == _normal(self._said)
        self._held = self._named(held) if numbered else held

    def _named(self, held: dict[str, str]) -> dict[str, str]:
        """The arrays by name, which Keras 3 only numbers."""
        ranks = {own: len(self._shapes[path]) for own, path in held.items()}
        names = ARRAYS.get(self._class, ())
        if not names and ranks.get("0", 0) > 1:
            table = ranks == {"0": 2} and set(self.called.lower().split("_")) & set(TABLE_WORDS)
            names = ARRAYS["embedding"] if table else _KERNEL
        if "gamma" in names:
            names = self._of_norm(names, len(held))
        if names == _SEPARABLE and len(held) == 1:
            return held
        return {names[int(own)] if own.isdecimal() and int(own) < len(names) else own: p for own, p in held.items()}

    def _of_norm(self, names: tuple[str, ...], count: int) -> tuple[str, ...]:
        """The arrays of a norm, which may have no scale or no centre, as the config says or else their number."""
        said = tuple(name for name in names if name not in self._more.split())
        if len(said) == count:
            return said
        kept = tuple(name for name in names if name.startswith("moving_"))
        return (UNSURE, *kept) if count == len(kept) + 1 else kept if count == len(kept) else ()

    def laid(self, attends: bool) -> dict[str, Laid]:
        """What each array is; `attends` says that the layer belongs to an attention."""
        found: dict[str, Laid] = {}
        if not self._numbered and not self._held.keys() & (OWN - {"bias"}):
            return found
        for own, path in self._held.items():
            each = self._laid(own, self._shapes[path], attends)
            if each is not None:
                found[path] = each
        return found

    def _laid(self, own: str, shape: Shape, attends: bool) -> Laid | None:
        rank = len(shape)
        if own in KERNELS and rank > 1:
            return self._kernel(own, shape, attends)
        if own in NORMS and rank == 1:
            return self._plain(NORMS[own])
        if own == UNSURE:
            return replace(self._plain("0"), doubt=SCALE_OR_CENTRE)
        if own == "bias" and (rank == 1 or self._held.keys() & set(KERNELS)):
            heads = rank == 2 and self._bias() == self._shape("kernel")[1:]
            inner = ("pointwise",) if "pointwise_kernel" in self._held else ()
            return self._plain(*inner, "bias", turn=Turn((0, 1)) if heads else None)
        if own in ("embedding", "embeddings") and rank == 2:
            return self._plain(own, "weight")
        return self._plain(own) if self._numbered else None

    def _plain(self, *own: str, turn: Turn | None = None) -> Laid:
        return Laid((*self._shown, *own), turn, place=self._place)

    def _shape(self, own: str) -> Shape:
        return self._shapes[self._held[own]] if own in self._held else ()

    def _bias(self) -> Shape:
        return self._shape("bias")

    def _kernel(self, own: str, shape: Shape, attends: bool) -> Laid:
        alone = own == "kernel" or (own == "depthwise_kernel" and "pointwise_kernel" not in self._held)
        inner = () if alone else (own.removesuffix("_kernel"),)
        words = (*self._shown, *inner, "weight")
        return replace(self._turned(own, shape, attends), words=words, kernel=True, place=self._place)

    def _turned(self, own: str, shape: Shape, attends: bool) -> Laid:
        """How a kernel lies, and why."""
        rank = len(shape)
        if own == "depthwise_kernel" or self._class.startswith("depthwiseconv"):
            return _sure("it has filters for every channel by itself", depthwise(rank))
        if "recurrent_kernel" in self._held:
            return _sure("it belongs to a recurrent layer, whose gates are units", units_last(rank))
        if own != "kernel":
            return _sure(f"it is called {own}", units_last(rank))
        by_equation = turn_of_equation(self._more, rank)
        if by_equation is not None:
            return _sure(f"the config gives its equation {self._more}", by_equation)
        if self._class in ARRAYS and self._class != "einsumdense" and self._fits(shape):
            why = f"the config says {self._said}" if self._from_config else f"the file calls it {_plain(self.name[-1])}"
            return _sure(why, units_last(rank), self._class.endswith("transpose"))
        return self._by_shapes(shape, attends)

    def _fits(self, shape: Shape) -> bool:
        """Whether a bias agrees with the class. Contradiction: it does not, and the config itself names that class."""
        bias, units = self._bias(), shape[-2] if self._class.endswith("transpose") else shape[-1]
        if ARRAYS[self._class] != _KERNEL or len(bias) != 1 or bias == (units,):
            return True
        if self._from_config:
            where = "/".join(self.name)
            said = f"its config says that {where} is a {self._said}, whose kernel has {units:,} units"
            raise Contradiction(f"{said}, and its bias has {bias[0]:,} numbers")
        return False

    def _by_shapes(self, shape: Shape, attends: bool) -> Laid:
        bias, rank = self._bias(), len(shape)
        if rank == 3 and (bias == shape[1:] or (attends and self.called in ASKING and not bias)):
            return _sure("its units are heads", Turn((1, 2), (0,)))
        if rank == 3 and attends and self.called in ANSWERING:
            return _sure("its inputs are heads", Turn((2,), (0, 1)))
        if self._class == "einsumdense" and rank > 2:
            doubt = "its equation is not in the file"
            turn = Turn((rank - 1,), tuple(range(rank - 1)))
            return Laid((), turn, because="the last axis of most equations has the units", doubt=doubt)
        known = len(bias) == 1 and bias[0] in (shape[0], *shape[-2:], shape[-2] * shape[-1])
        if not known or bias[0] == shape[-1] == shape[-2]:
            doubt = f"its bias has {bias[0]:,} numbers" if len(bias) == 1 and not known else ""
            doubt = "nothing says what kind of layer it is" if self._numbered and not bias else doubt
            return Laid((), units_last(rank), because="Keras and Flax keep inputs first", doubt=doubt)
        why = "the bias has as many numbers as there are units"
        if bias[0] == shape[-1]:
            return _sure(why, units_last(rank))
        if rank > 2 and bias[0] == shape[-2]:
            return _sure(why, units_last(rank), transposed=True)
        if rank > 2 and bias[0] == shape[-2] * shape[-1]:
            return _sure(why, depthwise(rank))
        return _sure(why, None)


def _sure(because: str, turn: Turn | None, transposed: bool = False) -> Laid:
    return Laid((), turn, transposed=transposed, because=because, sure=True)


def _shortened(found: dict[str, Laid]) -> dict[str, Laid]:
    """The arrays with names that say no more than they must, where these are as distinct."""
    short = {path: replace(each, words=_short(each.words)) for path, each in found.items()}
    return short if len({each.words for each in short.values()}) == len(found) else found


def _short(words: tuple[str, ...]) -> tuple[str, ...]:
    """Without the groups that every file has, and without the layer's name where Keras 2 writes it twice."""
    top = ("model_weights", "params", "batch_stats")
    kept = [word for at, word in enumerate(words) if at or word not in top]
    again = [at for at, word in enumerate(kept[1:-1], 1) if word == kept[0]] if kept else []
    return tuple(kept[again[-1] :] if again else kept)
