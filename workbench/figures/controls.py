"""How a setting is set by hand, declared in the field of its dataclass. Forms are built from this; no Qt here."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from math import log
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KEY = "control"  # in the metadata of a field


@dataclass(frozen=True)
class Control:
    """A switch, a number or a choice: its name and tip, and the range of the number or the texts of the choices."""

    name: str
    tip: str = ""
    low: float = 0.0
    high: float = 0.0
    digits: int = 0
    unit: str = ""  # a number with a unit or a step is typed; any other has a slider
    step: float = 0.0
    nothing: str = ""  # what a typed number shows that is None; "": it never is
    choices: Mapping[Any, str] | Callable[[], Mapping[Any, str]] = field(default_factory=dict)
    free: bool = False  # any other text can be typed in place of a choice
    words: str = ""  # what people call the setting in a sentence; "": the name
    label: str = ""  # what stands beside the control; "": the name

    @property
    def texts(self) -> Mapping[Any, str]:
        """The texts of the choices by value, as their table is now."""
        return self.choices() if callable(self.choices) else self.choices


@dataclass(frozen=True)
class SliderScale:
    """Where the numbers of a slider lie, from 0 at the left to 1 at the right."""

    low: float
    high: float
    digits: int | None = 2  # decimals; None: three significant digits
    kind: Literal["linear", "falling", "tail"] = "linear"  # falling: logarithmic, the largest at the left; tail:
    # logarithmic in what is left to `high`, of which a millionth is the least that is told apart

    def fraction(self, value: float) -> float:
        """The place of a number, 0 to 1."""
        value = min(max(value, self.low), self.high)
        if self.kind == "linear":
            return (value - self.low) / (self.high - self.low)
        low, high = self._ends
        left = value if self.kind == "falling" else self.high - value + low
        return log(high / left) / log(high / low)

    def value(self, fraction: float) -> float:
        """The number at a place."""
        if self.kind == "linear":
            return self.low + fraction * (self.high - self.low)
        low, high = self._ends
        left: float = high * (low / high) ** fraction
        return left if self.kind == "falling" else self.high + low - left

    @property
    def _ends(self) -> tuple[float, float]:
        if self.kind == "falling":
            return self.low, self.high
        least = (self.high - self.low) * 1e-6
        return least, self.high - self.low + least

    def text(self, value: float) -> str:
        """How a number is written."""
        return f"{value:.3g}" if self.digits is None else f"{value:,.{self.digits}f}"


@dataclass(frozen=True)
class Line(Control):
    """A line of text that `parse` turns into the value and `show` back into text."""

    parse: Callable[[str], Any] = str  # a ValueError says what is allowed
    show: Callable[[Any], str] = str
    empty: str = ""  # shown where nothing is typed


@dataclass(frozen=True)
class Amount(Control):
    """A number with a unit that can be chosen: the value is (unit, number)."""

    units: Mapping[str, Callable[[str], Any]] = field(default_factory=dict)  # how the number of each is read


@dataclass(frozen=True)
class Location(Control):
    """A path: of a file to write, or of a folder; None where nothing is typed."""

    files: str = ""  # the kinds of files, as a file dialog takes them; "": a folder


def setting(default: Any, name: str, tip: str = "", kind: type[Control] = Control, **more: Any) -> Any:
    """The field of a setting with this default and this kind of control."""
    return field(default=default, metadata={KEY: kind(name, tip, **more)})


def controls_of(settings: type) -> dict[str, tuple[Control, Any]]:
    """The control and the default of each field that has a control, by name."""
    return {each.name: (each.metadata[KEY], each.default) for each in fields(settings) if KEY in each.metadata}


def control_in(settings: type, name: str) -> tuple[Control, Any]:
    """How the field of this name is set, and its default. KeyError: there is no such field, or it has no control."""
    return controls_of(settings)[name]


def words_for(settings: type, name: str) -> str:
    """What people call a setting: as its field says, else its own name."""
    control, _ = controls_of(settings).get(name, (Control(name.replace("_", " ")), None))
    return control.words or control.name.lower()
