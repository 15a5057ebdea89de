"""What a figure is made of may go to the process that draws: its row names every type."""

from __future__ import annotations

import re
import sys
from dataclasses import fields, is_dataclass

import pytest

from workbench.figures.kinds import KINDS
from workbench.figures.process.wire import TYPES

HOMES = ("workbench.figures", "workbench.analysis")
OURS = {  # the dataclasses that a figure could hold
    name
    for module, held in list(sys.modules.items())
    if module.startswith(HOMES)
    for name, each in vars(held).items()
    if is_dataclass(each)
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_row_of_a_figure_names_every_type_it_holds(kind: str) -> None:
    types = KINDS[kind].types
    named = {each.__name__ for each in types}
    held = {word for each in types for field in fields(each) for word in re.findall(r"\w+", str(field.type))} & OURS
    assert held <= named
    assert types[0].__name__ in named - held
    assert named - held == {each.__name__ for each in types if hasattr(each, "settle")}  # figures, and no other
    assert all(TYPES[each.__name__] is each for each in types)
