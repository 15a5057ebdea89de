"""What is said of a layer of two networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.runs.saying import counted, plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workbench.analysis.changes.difference import Difference
    from workbench.comparing.layers import LayerChange

_UNRELATED = 1.0  # relative norm of a change from which on nothing of the first weights need be left
_MOST = 0.5  # of the units, or of a change
_SCALED = 0.05  # a smaller change of scale is not worth a word


def verdict(found: LayerChange) -> str:
    """What became of a layer, in a sentence."""
    if found.changes is None:
        return f"Cannot be compared: {found.why_not}."
    parts = list(filter(None, [_of_weights(found), *_of_units(found), *_few(found)]))
    sentence = "; ".join(parts)
    return f"{sentence[0].upper()}{sentence[1:]}."


def _of_weights(found: LayerChange) -> str:
    if found.difference is None:
        return f"{found.why_not}, so that only units are compared"
    if found.difference.kind == "identical":
        return "the weights are identical"
    if _permuted(found):
        return "the same units in another order, so that the change of each weight means little"
    if _unrelated(found):
        return _in_common(found)
    change = found.difference
    sentence = f"{_of_rank(change, found.units)}, {_size(change)}"
    if change.of_scale < _MOST or abs(change.scale - 1.0) < _SCALED:
        return sentence
    verb = "shrinking" if change.scale < 1.0 else "growing"
    return f"{verb} to {_percent(change.scale)} explains {_percent(change.of_scale)} of the squared change; {sentence}"


def _of_rank(change: Difference, units: int) -> str:
    """The rank of a change in words."""
    directions = counted(change.rank, "direction")
    if change.kind == "noise":
        return "noise only: no direction of the change stands out"
    if change.kind == "exact":
        if change.rank == min(change.units, change.inputs) and change.units < units:
            return f"only {counted(change.units, 'unit')} of {units:,} changed"
        return f"a change of rank {change.rank}, and nothing else"
    if change.kind == "above noise":
        held = f"{directions} {plural(change.rank, 'holds', 'hold')} {100 * change.share:.0f} % of the squared change"
        return f"a change of rank {change.rank} above noise ({held})"
    return f"changed in many directions without a level of noise: at least {directions} stand out"


def _size(change: Difference) -> str:
    if change.relative == float("inf"):
        return "from weights that were all zero"
    return f"{_percent(change.relative)} of the norm of the weights"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.1 else f"{100 * share:.2g} %"


def _of_units(found: LayerChange) -> Iterator[str]:
    changes = found.changes
    assert changes is not None
    if _unrelated(found) or (found.difference is not None and found.difference.kind == "identical"):
        return
    if found.units != found.other_units and changes.matched is not None:
        yield f"{counted(changes.matched, 'unit')} {plural(changes.matched, 'has', 'have')} a partner"
    if changes.removed:
        yield f"{counted(changes.removed, 'unit')} removed"
    if changes.new:
        yield f"{counted(changes.new, 'unit')} new"
    if _permuted(found):
        assert found.partners is not None
        yield f"{found.partners.copied:,} of {found.units:,} units have another number"
    elif changes.moved:
        yield f"{counted(changes.moved, 'unit')} moved (cosine at most .95)"
        if found.difference is not None and changes.matched is not None and changes.matched < found.units:
            yield f"{changes.matched:,} of {found.units:,} units are recognised by their direction"


def _few(found: LayerChange) -> Iterator[str]:
    """Weights that look quantised."""
    before, after = found.few_weights
    if after and not before:
        yield f"only {after} different weights are left, as after quantisation"
    elif before and not after:
        yield f"the first network has only {before} different weights, as after quantisation"


def _permuted(found: LayerChange) -> bool:
    """Whether most units are those of the other network under another number."""
    pairs = found.partners
    return found.difference is not None and pairs is not None and pairs.copied > _MOST * len(pairs.first)


def _unrelated(found: LayerChange) -> bool:
    """Whether nothing need be left of the first weights, and most units are closest to one of another number."""
    change, pairs = found.difference, found.partners
    if change is None or pairs is None or change.relative < _UNRELATED or _permuted(found):
        return False
    return pairs.matched - pairs.renumbered <= (1.0 - _MOST) * len(pairs.first)


def _in_common(found: LayerChange) -> str:
    """What two networks have in common that are not of one training."""
    pairs = found.partners
    assert pairs is not None
    if not pairs.matched:
        return "nothing in common: no unit is closer to one of the other network than chance"
    return (
        f"other units: matched one to one, {pairs.matched:,} of {len(pairs.first):,} are closer than chance, with "
        f"a median cosine of {pairs.typical:.2f} (chance reaches {pairs.chance:.2f})"
    )


def listed(names: Sequence[str], most: int = 5) -> str:
    """The first names, and how many more there are."""
    more = len(names) - most
    return f"{', '.join(names[:most])}{f' and {more} more' if more > 0 else ''}"
