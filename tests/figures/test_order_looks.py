"""Every order has a look of its own, which no other order changes."""

from __future__ import annotations

from dataclasses import replace
from runpy import run_path

import pytest

from workbench.analysis import orders
from workbench.analysis.orders import ORDERS
from workbench.figures import looks as module
from workbench.figures.looks import Look, look_of_class, looks_of_orders

MINE = replace(ORDERS["max_fp"], colour=None)


def test_the_built_in_orders_look_as_they_always_did_and_all_differ() -> None:
    found = looks_of_orders(ORDERS)
    assert found["max_mag"] == Look("#0072B2")
    assert found["random"] == Look("#8C8C8C", "dotted")
    assert found["in_out_norm"] == Look("#D55E00", "dotted")
    assert found["oracle"] == Look("#CC79A7", "dashed")
    assert len(set(found.values())) == len(ORDERS)


@pytest.mark.parametrize("added", [{"aaa": MINE}, {"zzz": MINE, "aaa": MINE}])
def test_orders_of_packages_change_no_look(added: dict[str, object]) -> None:
    others = {"mine": MINE, **ORDERS}
    more = looks_of_orders({**added, **others})  # type: ignore[dict-item]
    before = looks_of_orders(others)
    assert {name: more[name] for name in others} == before
    assert before["mine"] not in looks_of_orders(ORDERS).values()


def test_a_built_in_row_needs_no_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "ORDERS", {**ORDERS, "mine": MINE})
    looks = run_path(module.__file__)["ORDERS"]  # as the table is read at the next start
    assert looks["mine"] not in [look for name, look in looks.items() if name != "mine"]


@pytest.mark.parametrize(("colour", "seen"), [("blue", "#0072B2"), ("#123456", "#123456"), ("", "")])
def test_an_order_may_say_its_look(colour: str, seen: str) -> None:
    mine = replace(MINE, colour=colour, dash="dashed")
    assert looks_of_orders({"mine": mine}) == {"mine": Look(seen, "dashed")}


def test_the_first_classes_look_as_they_always_did() -> None:
    first = [*list(ORDERS)[:8], "random"]
    assert [look_of_class(at) for at in range(9)] == [looks_of_orders(ORDERS)[name] for name in first]
    assert look_of_class(9) == Look("#D55E00", "dotted")
    assert look_of_class(22) == look_of_class(0)
