"""Tables of users and items are told from layers by structure, or doubted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from importing_steps import by_key, floats

from workbench.importing.evidence import readings

if TYPE_CHECKING:
    from importing_steps import Shape

USERS, ITEMS, FEW = (610, 32), (9724, 32), (20, 32)


TOP = {"top__0__bias": (16,), "top__2__weight": (1, 16), "top__2__bias": (1,)}


JOINED = "a layer takes its rows joined with those of others, and none takes its units"


UNCHAINED = "it has no bias, no other layer takes its units and nothing gives its inputs"


ALONE = "it has no bias and nothing else has its sizes"


EQUAL = "no later layer takes {:,} inputs, and 32 is the width of what follows"


# the tables beside a first layer of so many inputs, whether they are tables (or layers in doubt), and why
RECOMMENDERS: dict[str, tuple[dict[str, Shape], int, str, str]] = {
    "joined": ({"users": USERS, "items": ITEMS}, 64, "table", JOINED),
    "joined with a short table": ({"users": FEW, "items": ITEMS}, 64, "table", JOINED),
    "of several widths": ({"users": USERS, "items": (9724, 24)}, 56, "table", JOINED),
    "multiplied": ({"users": USERS, "items": ITEMS}, 32, "table", EQUAL),
    "joined with other features": ({"users": USERS, "items": ITEMS}, 70, "layer", UNCHAINED),
    "a short table and other features": ({"users": FEW, "items": ITEMS}, 70, "layer", UNCHAINED),
    "one table and other features": ({"users": USERS}, 38, "layer", ALONE),
    "alone": ({"users": USERS, "items": ITEMS}, 0, "layer", UNCHAINED),
    "alone, one short": ({"users": FEW, "items": ITEMS}, 0, "layer", UNCHAINED),
}


@pytest.mark.parametrize("order", ["first", "last"])
@pytest.mark.parametrize("case", RECOMMENDERS)
def test_the_tables_of_a_recommender_are_told_by_structure_or_doubted(case: str, order: str) -> None:
    tables, inputs, role, why = RECOMMENDERS[case]
    own = {f"{name}__weight": shape for name, shape in tables.items()}
    top = {"top__0__weight": (16, inputs), **TOP} if inputs else {}
    found = by_key(readings(floats(**(own | top if order == "first" else top | own))))
    for name, (rows, _) in tables.items():
        reading = found[f"{name}.weight"]
        if order == "last" and why == EQUAL:  # it may also be the last layer
            role, why = "layer", UNCHAINED
        assert reading.role == role
        assert why.format(rows) in (reading.because if role == "table" else reading.doubt)
    assert {found[key].doubt for key in found if key.startswith("top")} <= {""}


NO_END = (
    "it has no bias, and it is not the only one whose units no other layer takes, so that it may also be a lookup table"
)


# the tables as wide as the bias of a layer that has nothing to do with them; the inputs of that layer; the order; the
# reading, and what decides or is doubted
BY_CHANCE: dict[str, tuple[dict[str, Shape], int, str, str, str]] = {
    "joined": ({"users": (610, 16), "items": (9724, 16)}, 32, "first", "table", JOINED),
    "joined, of several widths": ({"users": (610, 16), "items": (9724, 24)}, 40, "first", "table", JOINED),
    "with other features": ({"users": (610, 16), "items": (9724, 16)}, 38, "first", "layer", UNCHAINED),
    "behind the layers": ({"users": (610, 16), "items": (9724, 16)}, 32, "last", "layer", NO_END),
    "names sorted": ({"users": (610, 16), "items": (9724, 16)}, 32, "sorted", "layer", NO_END),
    "in one list": ({"tables.0": (610, 16), "tables.1": (9724, 16)}, 32, "last", "layer", NO_END),
}


@pytest.mark.parametrize("case", BY_CHANCE)
def test_tables_as_wide_as_a_bias_by_chance_are_told_by_structure_or_doubted(case: str) -> None:
    tables, inputs, order, role, why = BY_CHANCE[case]
    own = {f"{name}.weight": shape for name, shape in tables.items()}
    top = {"top.0.weight": (48, inputs), "top.0.bias": (48,), "top.2.weight": (16, 48), "top.2.bias": (16,)}
    shapes = own | top if order == "first" else top | own
    found = by_key(
        readings({key: (shapes[key], "float32") for key in (sorted(shapes) if order == "sorted" else shapes)})
    )
    for name in tables:
        reading = found[f"{name}.weight"]
        assert reading.role == role
        assert why in (reading.because if role == "table" else reading.doubt)
    assert {found[key].doubt for key in found if key.startswith("top")} == {""}


def test_what_is_called_a_layer_or_is_chained_is_no_table_of_a_recommender() -> None:
    tables = {"users__weight": USERS, "items__weight": ITEMS}
    for sure in (
        {**tables, "next__weight": (8, 610), "other__weight": (8, 9724)},  # their units are taken
        {"fc1__weight": USERS, "head__weight": ITEMS},
        {"one__weight": USERS, "one__bias": (610,), "two__weight": ITEMS, "two__bias": (9724,)},
        {"first__weight": (32, 8), "users__weight": USERS},  # its inputs are given, and it is the only last one
    ):
        assert {(each.role, each.doubt) for each in readings(floats(**sure))} == {("layer", "")}
    (found,) = readings(floats(lm_head__weight=(5000, 64)))
    assert (found.role, found.doubt) == ("layer", "")
    assert found.because == "it is called head, PyTorch keeps units first"
