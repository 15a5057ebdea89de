"""The flags of the layout of the weight graph: the forces, named and with the defaults of the panel's settings."""

from __future__ import annotations

import argparse
from dataclasses import fields
from typing import TYPE_CHECKING, Any, get_args

from workbench.analysis.layout.forces import Force, Forces
from workbench.cli.failures import BadUsage
from workbench.figures.controls import controls_of
from workbench.figures.settings import GraphSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.figures.controls import Control

NAMES = tuple(each.name for each in fields(Forces) if each.name in controls_of(GraphSettings))


def declare_layout(parser: argparse.ArgumentParser) -> None:
    """A flag for each setting of the forces, and `--off`."""
    group = parser.add_argument_group("layout", "The forces that place the nodes, as in the weight graph panel.")
    for name in NAMES:
        control, default = controls_of(GraphSettings)[name]
        about = ". ".join(filter(None, (control.name, control.tip)))
        flag, texts = f"--{name.replace('_', '-')}", control.texts
        if texts:
            meanings = "; ".join(f"{choice}: {text}" for choice, text in texts.items())
            group.add_argument(flag, choices=tuple(texts), help=f"{about}. {meanings} (default {default})")
            continue
        span = f"{control.low:g} to {control.high:g}, default {default:g}"
        read = _number(type(default), control)
        group.add_argument(flag, type=read, metavar="N", help=f"{about} ({span})")
    off = f"forces that are switched off: {', '.join(get_args(Force))}"
    group.add_argument("--off", type=_forces, metavar="NAMES", help=off)


def layout_of(options: argparse.Namespace) -> dict[str, Any]:
    """The settings that were given, by name."""
    given = {name: getattr(options, name) for name in (*NAMES, "off")}
    return {name: value for name, value in given.items() if value is not None}


def refuse_layout_of_nothing(options: argparse.Namespace) -> None:
    """BadUsage where a setting of the layout was given, but nothing is laid out."""
    stacked = options.others or options.rank
    given = layout_of(options)
    if given and (stacked or not options.positions):
        why = "a stack is written without positions" if stacked else "leave out --no-positions"
        raise BadUsage(f"--{next(iter(given)).replace('_', '-')} is of the layout: {why}")


def _number(kind: type, control: Control) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value: float = kind(text)
        except ValueError:
            what = "a whole number" if kind is int else "a number"
            raise argparse.ArgumentTypeError(f"{text!r} is not {what}") from None
        if not control.low <= value <= control.high:
            raise argparse.ArgumentTypeError(f"{text} is not between {control.low:g} and {control.high:g}")
        return value

    return read


def _forces(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    unknown = [name for name in names if name not in get_args(Force)]
    if unknown:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is no force: {', '.join(get_args(Force))}")
    return names
