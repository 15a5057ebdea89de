"""How alike two units are: the similarities of graph, orders, merging and unit table, as one table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from workbench.analysis.close_pairs import Directions, directions_of_weights, of_either_sign
from workbench.analysis.directions.independent import Tilted
from workbench.analysis.matrices import gram

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from os import PathLike

    from numpy.typing import NDArray

    from workbench.analysis.directions.independent import Space
    from workbench.analysis.graph import Kernel
    from workbench.runs.layer import Layer
    from workbench.runs.place import Place

SimilarityName = Literal[  # the names in `SIMILARITIES`
    "weights", "weights-and-bias", "folded", "report-code", "outputs",
    "weights-absolute", "weights-and-bias-absolute", "folded-absolute", "outputs-absolute",
]  # fmt: skip
RankedBy = Literal["weights", "weights-and-bias", "folded", "outputs"]  # those that orders and merging tell apart
ABSOLUTE = "-absolute"  # ends the name of a similarity of either sign


@dataclass(frozen=True)
class Compared:
    """The layer whose units are compared, at a snapshot."""

    layer: Layer
    snapshot: int
    place: Place | None = None  # which says of what network; None: only the weights are known
    root: str | PathLike[str] | None = None  # the folder of the images

    @classmethod
    def of(cls, place: Place, root: str | PathLike[str] | None = None) -> Compared:
        """The layer of a place."""
        return cls(place.layer_view, place.snapshot, place, root)


@dataclass(frozen=True)
class Similarity:
    """One row of the table: where the units of a layer point, so that their cosines are what is compared."""

    title: str
    words: str
    directions: Callable[[Compared], Directions]
    rows: Callable[[Compared], NDArray[np.floating]]  # (m, k) what points there
    inputs: Callable[[Compared], Space]  # in which directions point anywhere by chance
    cosine: str = "cosine"  # what a cosine is called in a figure
    kernel: Kernel = "report"  # of `analysis.graph.KERNELS`: how an edge is weighed
    sides: int = 1  # 2: the sizes of cosines are compared, whatever their sign
    known_products: Callable[[Compared], NDArray[np.float64]] | None = None  # of the rows, where they come first

    def products(self, at: Compared) -> NDArray[np.float64]:
        """The inner products of all rows, (m, m), signs kept. TooManyUnits where the matrix would be too large."""
        return gram(self.rows(at)) if self.known_products is None else self.known_products(at)


def _with_bias(at: Compared) -> NDArray[np.floating]:
    """[w, b]; of a removed unit, whose weights are zero, only zeros.

    ValueError: the run holds no bias of its own for each unit.
    """
    layer, snapshot = at.layer, at.snapshot
    bias = layer.bias(snapshot)
    if bias is None:
        raise ValueError(
            f"{layer.name} has no bias of its own for each unit, so its bias cannot be part of the similarity"
        )
    bias = np.where(layer.present(snapshot), bias, 0.0)
    return np.column_stack((layer.live_weights(snapshot), bias))


def _folded(at: Compared) -> NDArray[np.float64]:
    """[w, b] with the batch norm behind the layer folded in; of a removed unit only zeros.

    ValueError: there is no batch norm behind it.
    """
    from workbench.evaluation.ranks.approximated import norm_of

    place = _place_of(at)
    scale, shift = norm_of(place, advice="choose another similarity, such as weights and bias.")
    bias = at.layer.bias(at.snapshot)
    added = shift if bias is None else shift + scale * bias
    rows = np.column_stack((at.layer.live_weights(at.snapshot) * scale[:, None], added))
    rows[~at.layer.present(at.snapshot)] = 0.0
    return rows


def _tilted(at: Compared, rows: NDArray[np.floating]) -> Tilted:
    """The weights by chance, what is added to them as it is; inputs from removed units do not count."""
    return replace(Tilted.of(rows), free=at.layer.inputs_left(at.snapshot))


def _place_of(at: Compared) -> Place:
    if at.place is None:
        raise ValueError(f"that needs the network: pass run.place({at.layer.name!r}, {at.snapshot}), not a layer")
    return at.place


def _by_outputs(at: Compared) -> Directions:
    """Correlations in the place of cosines. The lengths stay those of the weights: what is removed is said by them."""
    correlation, lengths = _correlations(at), at.layer.norms(at.snapshot)
    return Directions(lengths, lambda start, stop: correlation[start:stop, start:].copy(), 0.0)


def _rows_of_outputs(at: Compared) -> NDArray[np.floating]:
    """Rows with these correlations as inner products, by the eigenvectors."""
    values, vectors = np.linalg.eigh(_correlations(at))
    rows: NDArray[np.float64] = vectors * np.sqrt(np.maximum(values, 0.0))
    return rows


def _correlations(at: Compared) -> NDArray[np.float64]:
    from workbench.evaluation.similarity.outputs import correlation_of

    return correlation_of(_place_of(at), at.root)


def _images_less_one(at: Compared) -> int:
    from workbench.evaluation.similarity.outputs import images_of

    return max(images_of(_place_of(at)) - 1, 1)  # outputs around their mean


def _absolute(row: Similarity) -> Similarity:
    """The same of either sign. By chance twice as many pairs reach a cut-off, so its null is higher."""
    return replace(
        row,
        title=f"{row.title}, either sign",
        words=f"size of the {row.words.partition(';')[0]}: units that point opposite ways are as close",
        directions=lambda at: of_either_sign(row.directions(at)),
        cosine=f"|{row.cosine}|",
        sides=2,
    )


_SIGNED: Mapping[str, Similarity] = MappingProxyType(
    {
        "weights": Similarity(
            "weights",
            "cosine of the weights (the report)",
            lambda at: at.layer.directions(at.snapshot),
            lambda at: at.layer.live_weights(at.snapshot),
            lambda at: at.layer.inputs_left(at.snapshot),
        ),
        "weights-and-bias": Similarity(
            "weights and bias",
            "cosine of the weights and the bias; at 1, with ReLU, one unit is a multiple of the other",
            lambda at: directions_of_weights(_with_bias(at)),
            _with_bias,
            lambda at: _tilted(at, _with_bias(at)),
            cosine="cosine with bias",
        ),
        "folded": Similarity(
            "batch norm folded in",
            "cosine of the weights and the bias with batch norm folded in: what decides when a unit fires",
            lambda at: directions_of_weights(_folded(at)),
            _folded,
            lambda at: _tilted(at, _folded(at)),
            cosine="cosine, batch norm folded in",
        ),
        "report-code": Similarity(
            "weights, as in the report's code",
            "cosine of the weights, weighed as in the report's code: exp(−d²/k²), d = (1 − cosine)/2, k = mean d",
            lambda at: at.layer.directions(at.snapshot),
            lambda at: at.layer.live_weights(at.snapshot),
            lambda at: at.layer.inputs_left(at.snapshot),
            kernel="code",
        ),
        "outputs": Similarity(
            "outputs",
            "correlation of the outputs on the validation images, after bias and non-linearity, over all positions",
            _by_outputs,
            _rows_of_outputs,
            _images_less_one,
            cosine="correlation of outputs",
            known_products=_correlations,
        ),
    }
)
SIMILARITIES: Mapping[str, Similarity] = MappingProxyType(
    {**_SIGNED, **{f"{name}{ABSOLUTE}": _absolute(row) for name, row in _SIGNED.items() if row.kernel == "report"}}
)


def kernel_of(name: str) -> Kernel:
    """The kernel that weighs the edges of this similarity."""
    return similarity(name).kernel


def compared_in_words(name: str) -> str:
    """What a graph adds on its edges, as a clause; "" for the weights alone."""
    row = similarity(name)
    more = "weighed by the kernel of the report's code" if row.kernel == "code" else f"edges by {row.cosine}"
    return "" if row == SIMILARITIES["weights"] else more


def similarity(name: str) -> Similarity:
    """The row of this name. ValueError: there is none."""
    if name not in SIMILARITIES:
        raise ValueError(f'unknown similarity "{name}": choose one of {", ".join(SIMILARITIES)}')
    return SIMILARITIES[name]


RANKED_BY: Mapping[RankedBy, str] = MappingProxyType({name: SIMILARITIES[name].title for name in get_args(RankedBy)})


def ranking_similarity(name: str) -> Similarity:
    """The row by which units are ranked or merged: one with a sign. ValueError: there is none of this name."""
    if name not in RANKED_BY:
        raise ValueError(f'units are not ranked or merged by "{name}": choose one of {", ".join(RANKED_BY)}')
    return SIMILARITIES[name]
