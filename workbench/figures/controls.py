"""How a setting is set by hand, said in the field of its dataclass: forms are built from this, without Qt here."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY = "control"  # in the metadata of a field


@dataclass(frozen=True)
class Control:
    """A name and a tip; and what can be set: the range of a number, or the texts of the values that can be chosen."""

    name: str
    tip: str = ""
    low: float = 0.0
    high: float = 0.0
    digits: int = 0
    unit: str = ""  # a number with a unit or a step is typed; any other has a slider
    step: float = 0.0
    choices: Mapping[str, str] = field(default_factory=dict)
    words: str = ""  # what people call the setting in a sentence; "": the name


def setting(default: Any, name: str, tip: str = "", **more: Any) -> Any:
    """The field of a setting with this default and `Control`."""
    return field(default=default, metadata={KEY: Control(name, tip, **more)})


def words_for(settings: type, name: str) -> str:
    """What people call a setting: as its field says, else its own name."""
    for each in fields(settings):
        if each.name == name and KEY in each.metadata:
            control: Control = each.metadata[KEY]
            return control.words or control.name.lower()
    return name.replace("_", " ")


def control_in(settings: type, name: str) -> tuple[Control, Any]:
    """How the field of this name is set, and its default. KeyError: there is no such field, or nothing is said."""
    (found,) = (each for each in fields(settings) if each.name == name)
    return found.metadata[KEY], found.default
